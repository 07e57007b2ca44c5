"""One step of the linear driver: moving, arriving, and what is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_exponential import Exponential, matrices
from occupancy.engine.linear_layout import Layout
from occupancy.engine.linear_structure import Structure
from occupancy.laws import occupancy


def arrive(
    layout: Layout,
    grid: Mapping[str, Any],
    parameters: Mapping[str, Any],
    x: Any,
    rows: tuple[Any, Any],
    occasion: Any,
) -> Any:
    """Amounts (states, people) after the jump and rate rows of a node have come into force."""
    jnp = load().numpy
    jump_row, rate_row = rows
    y = list(x)
    for slot, path in enumerate(layout.structure.rate_paths):
        rate = grid["rate"][rate_row, slot]
        if not layout.fraction_included:
            rate = rate * parameters[f"input {path + 1}.fraction"][0]
        y[slot] = jnp.broadcast_to(rate, y[slot].shape)
    for path, state, share in layout.structure.entries:
        value = share(parameters)
        if not layout.fraction_included:
            value = value * parameters[f"input {path + 1}.fraction"]
        y[state] = y[state] + grid["jump"][jump_row, path] * at(layout, value, occasion)
    return jnp.stack(y)


def at(layout: Layout, value: Any, occasion: Any) -> Any:
    """The value (occasions, people) of one occasion; a plain number is the same in all."""
    if not isinstance(value, load().Array):
        return value
    return value[occasion] if layout.occasions > 1 else value[0]


def outputs_used(layout: Layout) -> list[tuple[str, int, Any]]:
    """(name, state, scale) of the concentrations that are returned or that bind."""
    used = {*layout.read, *(one for _, ligands, _ in layout.targets for one in ligands)}
    return [one for one in layout.structure.outputs if one[0] in used]


def occupancies(
    layout: Layout, parameters: Mapping[str, Any], C: Mapping[str, Any], occasion: Any
) -> list[Any]:
    """Occupancy of each target from concentrations (..., people): Emax X^h / (1 + X^h)."""
    jnp = load().numpy
    found = []
    for name, ligands, hill in layout.targets:
        X = 0.0
        for one in ligands:
            X = X + C[one] * at(layout, 1.0 / parameters[f"{name}.EC50 {one}"], occasion)
        Emax = at(layout, parameters[f"{name}.Emax"], occasion)
        if hill:
            theta = occupancy(X, 1.0, Emax, at(layout, parameters[f"{name}.Hill"], occasion))
        else:
            theta = Emax * X / (1.0 + X)
        found.append(jnp.broadcast_to(theta, C[ligands[0]].shape))
    return found


def table(e: Exponential, dt: Any, occasions: int, people: int) -> Any:
    """Entries of the propagators not zero, (occasions · distinct steps, entries, people)."""
    jnp = load().numpy
    f = matrices(e, dt)
    entries = [f[:, i, j] for i, past in enumerate(e.structure.reach) for j in past]
    stacked = jnp.stack(entries, axis=1)
    if occasions == 1:
        return stacked
    stacked = stacked.reshape(*stacked.shape[:2], occasions, people)
    return jnp.moveaxis(stacked, 2, 0).reshape(-1, stacked.shape[1], people)


def entry_numbers(structure: Structure) -> dict[tuple[int, int], int]:
    """Where the entry (to, from) of a propagator stands in a `table`."""
    pairs = [(i, j) for i, past in enumerate(structure.reach) for j in past]
    return {pair: k for k, pair in enumerate(pairs)}


def moved(structure: Structure, move: Any, x: Any) -> list[Any]:
    """Amounts after a step whose propagator is one entry of a `table`."""
    number = entry_numbers(structure)
    y = []
    for i, past in enumerate(structure.reach):
        total = move[number[i, past[0]]] * x[past[0]]
        for j in past[1:]:
            total = total + move[number[i, j]] * x[j]
        y.append(total)
    return y
