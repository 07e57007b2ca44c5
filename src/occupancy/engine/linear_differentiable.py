"""A system, a grid and targets made into one program: run it, or differentiate it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.grid import EventGrid
from occupancy.engine.jax_runtime import load, people_bucket
from occupancy.engine.linear_arrays import grid_arrays
from occupancy.engine.linear_layout import Layout
from occupancy.engine.linear_scan import compiled
from occupancy.engine.linear_structure import Structure, parameters, structure
from occupancy.engine.target import Target
from occupancy.kinetics import System
from occupancy.kinetics.disposition import Array


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """A compiled course for any values of its parameters.

    `program(parameters)` is a pure JAX function of a mapping like `parameters`, returning
    concentrations [ng/mL] and occupancies by name, each (outputs, people): differentiate it
    with `jax.jacfwd` or `jax.grad`, or put it into a larger program. `run()` gives NumPy arrays.

    Lags, durations, doses and bioavailability are in the grid and fixed. Rates may grow
    fourfold from those in `parameters` (then the answer is NaN, never wrong; build it anew).

    Attributes:
        parameters: by name (see `linear_structure.parameters` and `Target.parameters`), shape
            (1 or people,), or (occasions, 1 or people) where there are several occasions.
        people: number of people.
    """

    layout: Layout
    arrays: Mapping[str, Any]
    parameters: Mapping[str, Array]
    people: int
    outputs: int

    def __call__(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Concentrations and occupancies for other values of the parameters.

        Raises ValueError when a parameter is missing.
        """
        jnp = load().numpy
        missing = [name for name in self.layout.parameters if name not in values]
        if missing:
            raise ValueError(f"parameter {missing[0]!r} is missing; give all of `parameters`.")
        lanes = self.arrays["lanes"].shape[0]
        shape = (self.layout.occasions, self.people)
        each = [
            jnp.broadcast_to(jnp.asarray(values[name], dtype=jnp.float64), shape)
            for name in self.layout.parameters
        ]
        idle = ((0, 0), (0, 0), (0, lanes - self.people))
        packed = jnp.pad(jnp.stack(each), idle, mode="edge")
        return self._named(compiled()(self.layout, self.arrays, packed))

    def run(
        self, values: Mapping[str, ArrayLike] | None = None
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Concentrations and occupancies by name as NumPy arrays, each (outputs, people).

        `values` takes the place of some of `parameters`: the same course in other people,
        without compiling it anew.

        Raises ValueError for a parameter that the program does not have, and when a course has
        no steady state to start from or a rate has grown beyond the program.
        """
        used = {**self.parameters, **(values or {})}
        if len(used) > len(self.parameters):
            unknown = sorted(set(used) - set(self.parameters))
            raise ValueError(
                f"{unknown[0]!r} is no parameter of this program; it has {list(self.parameters)}."
            )
        lanes = self.arrays["lanes"].shape[0]
        packed = np.empty((len(self.layout.parameters), self.layout.occasions, lanes))
        for row, name in zip(packed, self.layout.parameters, strict=True):
            row[:, : self.people] = used[name]
            row[:, self.people :] = row[:, self.people - 1 : self.people]
        found = compiled()(self.layout, self.arrays, packed)
        C, theta = self._named(
            [np.asarray(one) for one in found] if self.layout.period else np.asarray(found)
        )
        for name, series in (C | theta).items():
            # what is not finite once stays so to the end
            wrong = np.flatnonzero(~np.isfinite(series[-1]))
            if wrong.size:
                raise ValueError(
                    f"person {wrong[0]}: {name!r} is not finite; a compartment or effect site "
                    "that is fed never empties (no steady state), or a rate is out of any range."
                )
        return C, theta

    def _named(self, found: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        count, people = self.outputs, slice(self.people)
        if self.layout.period:
            flat = [one.reshape(-1, one.shape[-1]) for one in found]
            each = [one[1 : count + 1, people] for one in flat]
        else:
            each = [found[:count, k, people] for k in range(found.shape[1])]
        read = len(self.layout.read)
        bound = [name for name, _, _ in self.layout.targets]
        return (
            dict(zip(self.layout.read, each[:read], strict=True)),
            dict(zip(bound, each[read:], strict=True)),
        )


def linear_program(
    system: System | Sequence[tuple[System, float]],
    grid: EventGrid,
    targets: Sequence[Target] = (),
    *,
    read: Sequence[str] | None = None,
) -> LinearProgram:
    """Make the program of a system (or its occasions, as in `event_grid`) on a grid.

    Args:
        system: what the grid was compiled for; its parameters are one number or one per person.
        grid: the event grid.
        targets: occupancies to compute in the same pass.
        read: names of the concentrations to return; None takes all outputs.

    Raises:
        EngineUnavailable: JAX is not installed.
        ValueError: a ligand or a name in `read` that is no output, a different number of people
            or occasions, occasions of different structure.
    """
    load()  # 64-bit numbers are on from here, also in what a caller traces before the first run
    systems = [system] if isinstance(system, System) else [one for one, _ in system]
    shape = structure(systems[0], grid.rate_paths)
    _check(systems, shape, grid, targets, read)
    values = _values(systems, targets)
    people = max([grid.people, *(v.shape[-1] for v in values.values())])
    for name, size in [("the grid", grid.people), *((k, v.shape[-1]) for k, v in values.items())]:
        if size not in (1, people):
            raise ValueError(f"{name} holds {size} people, but others hold {people}.")
    fastest = _fastest(shape, values)
    lanes = people_bucket(people)
    layout, arrays = grid_arrays(shape, grid, fastest, lanes)
    layout = replace(_with_readout(layout, targets, shape, read), parameters=tuple(values))
    arrays["lanes"] = np.zeros(lanes, dtype=bool)
    kept = {k: v[0] if len(systems) == 1 else v for k, v in values.items()}
    return LinearProgram(layout, arrays, kept, people, grid.times_h.size)


def _values(systems: Sequence[System], targets: Sequence[Target]) -> dict[str, Array]:
    """Parameters of all occasions, (1 or occasions, 1 or people)."""
    each = [parameters(one) for one in systems]
    found: dict[str, Array] = {}
    for name in each[0]:
        rows = [one[name] for one in each]
        size = max(row.size for row in rows)
        found[name] = np.stack([np.broadcast_to(row, (size,)) for row in rows])
    for target in targets:
        for name, value in target.parameters.items():
            found[name] = np.broadcast_to(value, (len(systems), value.size))
    return found


def _fastest(shape: Structure, values: Mapping[str, Array]) -> float:
    return max(float(np.max(one)) for one in shape.decay(values))


def _with_readout(
    layout: Layout, targets: Sequence[Target], shape: Structure, read: Sequence[str] | None
) -> Layout:
    names = tuple(read) if read is not None else tuple(name for name, _, _ in shape.outputs)
    bound = tuple((one.name, tuple(one.EC50), one.Hill is not None) for one in targets)
    return replace(layout, read=names, targets=bound)


def _check(
    systems: Sequence[System],
    shape: Structure,
    grid: EventGrid,
    targets: Sequence[Target],
    read: Sequence[str] | None,
) -> None:
    if len(systems) != grid.occasions:
        raise ValueError(f"the grid has {grid.occasions} occasions, but {len(systems)} are given.")
    for k, other in enumerate(systems[1:], start=1):
        if structure(other, grid.rate_paths) != shape:
            raise ValueError(
                f"occasion {k} has other states or flows than the first; only the values of "
                "parameters may differ between occasions."
            )
    if grid.initial is not None and grid.initial.shape[1] != shape.size - len(grid.rate_paths):
        raise ValueError(
            f"initial: its state has {grid.initial.shape[1]} entries, this system "
            f"{shape.size - len(grid.rate_paths)}; start from a state of the same structure."
        )
    names = [name for name, _, _ in shape.outputs]
    for name in read or ():
        if name not in names:
            raise ValueError(f"read names {name!r}, which is no output; outputs are {names}.")
    for target in targets:
        for ligand in target.EC50:
            if ligand not in names:
                raise ValueError(
                    f"Target {target.name!r}: EC50 names {ligand!r}, which is no output of this "
                    f"system; its outputs are {names}."
                )
    repeated = [t.name for t in targets]
    if len(set(repeated)) < len(repeated):
        raise ValueError(f"targets: a name is used twice among {repeated}.")
