"""The linear driver: one scan over the event grid, people on the last axis.

Each step moves the amounts by exp(A dt), adds what arrives, sets the running rates, and reads
concentrations and occupancies, so that nothing but the results leaves the processor's cache.
Where few different steps occur their propagators are made once; otherwise each step is taken
from the binary powers of one propagator.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_exponential import Exponential, advance, exponential, matrices
from occupancy.engine.linear_layout import Layout
from occupancy.engine.linear_periodic import read_periods
from occupancy.engine.linear_steady import solve_cycle
from occupancy.engine.linear_step import arrive, at, moved, occupancies, outputs_used, table


@lru_cache(maxsize=1)
def compiled() -> Any:
    """The program under `jax.jit`, its layout static."""
    return load().jit(run, static_argnums=0)


def run(layout: Layout, grid: Mapping[str, Any], values: Any) -> Any:
    """What is read: concentrations, then occupancies, (outputs, readings, people).

    values: (parameters, occasions, people). grid: `dt` (k,) distinct steps and `pair`
    (steps,), or `dt` (steps, 1 or people); `jump`, `jump_row`, `rate`, `rate_row`, `occasion`,
    `output` as in `EventGrid`; `lanes` (people,), whose shape alone counts; optionally `initial`
    (states, 1 or people) and `cycle`. With a period, see `read_periods`: a list of readings
    (periods, steps, people) comes back, in which an output at the very start precedes the others.
    """
    jnp = load().numpy
    people = grid["lanes"].shape[0]
    parameters = dict(zip(layout.parameters, values, strict=True))
    lanes = {name: value.reshape(-1) for name, value in parameters.items()}
    e = exponential(layout.structure, lanes, layout.levels)
    x = jnp.zeros((layout.structure.size, people))
    rates = len(layout.structure.rate_paths)
    if "initial" in grid:
        x = x.at[rates:].set(jnp.broadcast_to(grid["initial"], x[rates:].shape))
    if layout.cycle is not None:
        cycle = grid["cycle"]
        first = _of_occasion(e, people, 0)
        firsts = {name: value[:1] for name, value in parameters.items()}
        left, _ = _scan(layout.cycle, first, cycle, firsts, x)
        phi = matrices(first, cycle["interval"])[0]
        x = x.at[rates:].set(solve_cycle(layout.structure, phi, left))
    if layout.period:
        return read_periods(layout, e, grid, parameters, x)
    _, out = _scan(layout, e, grid, parameters, x)
    return out if layout.every_step else out[grid["output"]]


def _of_occasion(e: Exponential, people: int, k: Any) -> Exponential:
    """The part of an exponential over occasions and people that belongs to one occasion."""
    if e.q.shape[0] == people:
        return e
    lax = load().lax

    def cut(a: Any) -> Any:
        return lax.dynamic_slice_in_dim(a, k * people, people, axis=-1)

    return Exponential(e.structure, cut(e.step), cut(e.q), e.h, cut(e.powers), cut(e.series))


def _scan(
    layout: Layout, e: Exponential, grid: Mapping[str, Any], parameters: Mapping[str, Any], x: Any
) -> tuple[Any, Any]:
    """Amounts after the last step, and what was read after each, (steps, readings, people)."""
    jax = load()
    jnp, lax = jax.numpy, jax.lax
    people = x.shape[-1]
    rows = [(name, state, scale(parameters)) for name, state, scale in outputs_used(layout)]
    moves = table(e, grid["dt"], layout.occasions, people) if layout.table else None

    def step(x: Any, now: tuple[Any, ...]) -> tuple[Any, Any]:
        by, jump_row, rate_row, before, after = now
        if moves is not None:
            x = moved(layout.structure, moves[by], x)
        else:
            x = advance(_of_occasion(e, people, before), x, by)
        x = arrive(layout, grid, parameters, x, (jump_row, rate_row), after)
        # the barriers keep amounts and concentrations from being computed again where used
        x = lax.optimization_barrier(x)
        C = {name: x[state] * at(layout, scale, after) for name, state, scale in rows}
        C = lax.optimization_barrier(C)
        found = [C[name] for name in layout.read] + occupancies(layout, parameters, C, after)
        return x, jnp.stack(found) if found else jnp.zeros((0, people))

    first = (grid["jump_row"][0], grid["rate_row"][0])
    x = arrive(layout, grid, parameters, x, first, grid["occasion"][0])
    over = (
        grid["pair"] if layout.table else grid["dt"],
        grid["jump_row"][1:],
        grid["rate_row"][1:],
        grid["occasion"][:-1],
        grid["occasion"][1:],
    )
    # under a reverse gradient only the amounts are kept, and the rest is taken again
    return lax.scan(jax.checkpoint(step, prevent_cse=False), x, over)
