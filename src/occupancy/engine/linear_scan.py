"""The linear driver: one scan over the event grid, people on the last axis.

Each step moves the amounts by exp(A dt), adds what arrives, sets the running rates, and reads
concentrations and occupancies, so that nothing but the results leaves the processor's cache.
Where few different steps occur their propagators are made once; otherwise each step is taken
from the binary powers of one propagator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_exponential import (
    Exponential,
    advance,
    exponential,
    matrices,
)
from occupancy.engine.linear_steady import solve_cycle
from occupancy.engine.linear_structure import Structure
from occupancy.laws import occupancy


@dataclass(frozen=True)
class Layout:
    """Everything static of a program: compiled once, whatever the numbers.

    Attributes:
        structure: states and flows.
        levels: squarings of the propagator.
        occasions: number of parameter sets.
        table: whether the propagators of all distinct steps are made beforehand.
        every_step: whether each step is an output, in order.
        fraction_included: as in `EventGrid`.
        parameters: names of the parameters, in the order they are packed.
        read: names of the concentrations to return.
        targets: (name, ligands, whether it has a Hill coefficient).
        cycle: whether the course starts from the steady state of a cycle, and that cycle's
            own `table`.
    """

    structure: Structure
    levels: int
    occasions: int
    table: bool
    every_step: bool
    fraction_included: bool
    parameters: tuple[str, ...]
    read: tuple[str, ...]
    targets: tuple[tuple[str, tuple[str, ...], bool], ...]
    cycle: Layout | None = None


@lru_cache(maxsize=1)
def compiled() -> Any:
    """The program under `jax.jit`, its layout static."""
    return load().jit(run, static_argnums=0)


def run(layout: Layout, grid: Mapping[str, Any], values: Any) -> tuple[Any, Any]:
    """What is read (outputs, readings, people) and the last amounts (states, people).

    Readings are the concentrations, then the occupancies, in the order of the layout.

    values: (parameters, occasions, people). grid: `dt` (k,) distinct steps and `pair`
    (steps,), or `dt` (steps, 1 or people); `jump`, `jump_row`, `rate`, `rate_row`, `occasion`,
    `output` as in `EventGrid`; `lanes` (people,), whose shape alone counts; optionally `initial`
    (states, 1 or people) and `cycle`.
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
    x, out = _scan(layout, e, grid, parameters, x)
    if not layout.every_step:
        out = out[grid["output"]]
    return out, x[rates:]


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
    structure = layout.structure
    people = x.shape[-1]
    entering = _entering(layout, parameters)
    used = {*layout.read, *(one for _, ligands, _ in layout.targets for one in ligands)}
    rows = {
        name: (state, scale(parameters)) for name, state, scale in structure.outputs if name in used
    }

    per_EC50 = {
        (name, one): 1.0 / parameters[f"{name}.EC50 {one}"]
        for name, ligands, _ in layout.targets
        for one in ligands
    }

    several = layout.occasions > 1

    def at(values: Any, occasion: Any) -> Any:
        if not isinstance(values, jax.Array):
            return values
        return values[occasion] if several else values[0]

    def arrive(x: Any, jump_row: Any, rate_row: Any, occasion: Any) -> Any:
        y = list(x)
        for slot, path in enumerate(structure.rate_paths):
            rate = grid["rate"][rate_row, slot]
            if not layout.fraction_included:
                rate = rate * at(parameters[f"input {path + 1}.fraction"], 0)
            y[slot] = jnp.broadcast_to(rate, (people,))
        for path, state, share in entering:
            y[state] = y[state] + grid["jump"][jump_row, path] * at(share, occasion)
        return jnp.stack(y)

    def readings(x: Any, occasion: Any) -> Any:
        # the barrier keeps a concentration from being computed again wherever it is used
        C = lax.optimization_barrier(
            {name: x[state] * at(scale, occasion) for name, (state, scale) in rows.items()}
        )
        found = [C[name] for name in layout.read]
        for name, ligands, hill in layout.targets:
            X = sum(C[one] * at(per_EC50[name, one], occasion) for one in ligands)
            Emax = at(parameters[f"{name}.Emax"], occasion)
            if hill:
                theta = occupancy(X, 1.0, Emax, at(parameters[f"{name}.Hill"], occasion))
            else:
                theta = Emax * X / (1.0 + X)
            found.append(jnp.broadcast_to(theta, (people,)))
        return jnp.stack(found) if found else jnp.zeros((0, people))

    moves = _table(e, grid["dt"], layout.occasions, people) if layout.table else None

    def step(x: Any, now: tuple[Any, ...]) -> tuple[Any, Any]:
        by, jump_row, rate_row, before, after = now
        if moves is not None:
            move = moves[by]
            x = _sparse(structure, move, x)
        else:
            x = advance(_of_occasion(e, people, before), x, by)
        x = lax.optimization_barrier(arrive(x, jump_row, rate_row, after))
        return x, readings(x, after)

    x = arrive(x, grid["jump_row"][0], grid["rate_row"][0], grid["occasion"][0])
    over = (
        grid["pair"] if layout.table else grid["dt"],
        grid["jump_row"][1:],
        grid["rate_row"][1:],
        grid["occasion"][:-1],
        grid["occasion"][1:],
    )
    # under a reverse gradient only the amounts are kept, and the rest is taken again
    return lax.scan(jax.checkpoint(step, prevent_cse=False), x, over)


def _entering(layout: Layout, parameters: Mapping[str, Any]) -> list[tuple[int, int, Any]]:
    """(path, state, share of the milligrams that arrive) for everything that enters at once."""
    found = []
    for path, state, share in layout.structure.entries:
        value = share(parameters)
        if not layout.fraction_included:
            value = value * parameters[f"input {path + 1}.fraction"]
        found.append((path, state, value))
    return found


def _table(e: Exponential, dt: Any, occasions: int, people: int) -> Any:
    """Entries of the propagators not zero, (occasions · distinct steps, entries, people)."""
    jnp = load().numpy
    f = matrices(e, dt)
    entries = [f[:, i, j] for i, past in enumerate(e.structure.reach) for j in past]
    table = jnp.stack(entries, axis=1)
    if occasions == 1:
        return table
    table = table.reshape(*table.shape[:2], occasions, people)
    return jnp.moveaxis(table, 2, 0).reshape(-1, table.shape[1], people)


def _sparse(structure: Structure, move: Any, x: Any) -> list[Any]:
    y = []
    k = 0
    for past in structure.reach:
        total = move[k] * x[past[0]]
        for offset, j in enumerate(past[1:], start=1):
            total = total + move[k + offset] * x[j]
        k += len(past)
        y.append(total)
    return y
