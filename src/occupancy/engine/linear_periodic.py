"""A course whose steps repeat, such as one dose a day read every hour, without stepping.

Only the state at the start of each period is carried on; what is read within it is the row of
exp(A τ) for that output times the state: C(s, u) = Σ_j R(u, j) x_j(s), one product per period
and hour, which needs no loop and writes every result once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_exponential import Exponential
from occupancy.engine.linear_layout import Layout
from occupancy.engine.linear_step import (
    arrive,
    entry_numbers,
    moved,
    occupancies,
    outputs_used,
    table,
)


def read_periods(
    layout: Layout, e: Exponential, grid: Mapping[str, Any], parameters: Mapping[str, Any], x: Any
) -> list[Any]:
    """Readings, each (periods, steps, people), from the very start on.

    grid: `dt` (k,) distinct times, `pair` (steps,) which of them each step of a period is, the
    last entry that of the whole period; `jump_row` and `rate_row` (periods,).
    """
    jax = load()
    jnp, lax = jax.numpy, jax.lax
    people = x.shape[-1]
    moves = table(e, grid["dt"], 1, people)
    whole = moves[grid["pair"][-1]]

    def period(x: Any, rows: tuple[Any, Any]) -> tuple[Any, Any]:
        x = arrive(layout, grid, parameters, x, rows, 0)
        return jnp.stack(moved(layout.structure, whole, x)), x

    _, states = lax.scan(period, x, (grid["jump_row"], grid["rate_row"]))
    C = {}
    for name, state, scale in outputs_used(layout):
        rows = _rows(layout, moves, grid["pair"][:-1], state) * scale(parameters)
        total = 0.0
        for k, j in enumerate(layout.structure.reach[state]):
            # each as an array of its own: the product is then one vectorised loop
            start, row = lax.optimization_barrier((states[:, j], rows[:, k]))
            total = total + start[:, None] * row[None]
        C[name] = total
    return [C[name] for name in layout.read] + occupancies(layout, parameters, C, 0)


def _rows(layout: Layout, moves: Any, pair: Any, state: int) -> Any:
    """The row of exp(A τ) of a state at each time of a period, (steps, reach of it, people)."""
    jax = load()
    jnp = jax.numpy
    structure = layout.structure
    past, number = structure.reach[state], entry_numbers(structure)

    def step(row: Any, by: Any) -> tuple[Any, Any]:
        move = moves[by]
        following = []
        for j in past:
            total = 0.0
            for k, i in enumerate(past):
                if (i, j) in number:
                    total = total + row[k] * move[number[i, j]]
            following.append(total)
        return jnp.stack(following), row

    one = jnp.stack([jnp.full(moves.shape[-1], float(j == state)) for j in past])
    return jax.lax.scan(step, one, pair)[1]
