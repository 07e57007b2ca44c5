"""Courses of many people under linear kinetics, with the occupancy of any number of targets.

A few people are answered by NumPy (the kinetics room), many by the compiled driver; both give
the same numbers to 1e-12 of the peak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.grid import Cycle, event_grid
from occupancy.engine.linear_course import LinearCourse
from occupancy.engine.linear_differentiable import linear_program
from occupancy.engine.person_doses import PersonDoses
from occupancy.engine.target import Target
from occupancy.kinetics import Doses, State, System, simulate_epochs, steady_state
from occupancy.kinetics.disposition import Array
from occupancy.kinetics.doses import Bioavailability
from occupancy.laws import occupancy

FEW_PEOPLE = 64
"""Up to here NumPy answers before JAX is imported."""

Backend = Literal["auto", "numpy", "jax"]


def simulate_linear(
    system: System | Sequence[tuple[System, float]],
    doses: Doses | PersonDoses,
    times_h: ArrayLike,
    targets: Sequence[Target] = (),
    *,
    bioavailability: Bioavailability | None = None,
    initial: State | None = None,
    cycle: Cycle | None = None,
    read: Sequence[str] | None = None,
    backend: Backend = "auto",
) -> LinearCourse:
    """Simulate people, one per member of the system's batch.

    Args:
        system: a system, or occasions (system, start in hours) whose parameters differ.
        doses: at shared times (missed doses are 0 mg), or of each person.
        times_h: hours to read, sorted; at the moment of a dose the value just after it.
        targets: occupancies to compute: theta = Emax · X^h / (1 + X^h), X = Σ C / EC50.
        bioavailability: F, as in `event_grid`.
        initial: a state to go on from.
        cycle: start in the steady state of this cycle.
        read: names of the concentrations to keep; None keeps all.
        backend: "numpy", "jax", or "auto": NumPy up to 64 people with doses at shared times.

    Raises:
        ValueError: see `event_grid` and `linear_program`; PersonDoses with "numpy".
        EngineUnavailable: JAX is needed and not installed.
    """
    occasions = [(system, -np.inf)] if isinstance(system, System) else list(system)
    if backend == "numpy" and isinstance(doses, PersonDoses):
        raise ValueError(
            "backend 'numpy' takes doses at shared times; simulate people with doses of their "
            "own by 'jax', or one at a time."
        )
    few = max((one.batch for one, _ in occasions), default=1) <= FEW_PEOPLE
    if backend == "numpy" or (backend == "auto" and few and isinstance(doses, Doses)):
        assert isinstance(doses, Doses)
        if initial is not None and cycle is not None:
            raise ValueError("give `initial` or `cycle`, not both: each says how it starts.")
        return _by_numpy(occasions, doses, times_h, targets, bioavailability, initial, cycle, read)
    grid = event_grid(
        occasions, doses, times_h, bioavailability=bioavailability, initial=initial, cycle=cycle
    )
    C, theta = linear_program(occasions, grid, targets, read=read).run()
    return LinearCourse(grid.times_h, C, theta)


def _by_numpy(
    occasions: Sequence[tuple[System, float]],
    doses: Doses,
    times_h: ArrayLike,
    targets: Sequence[Target],
    bioavailability: Bioavailability | None,
    initial: State | None,
    cycle: Cycle | None,
    read: Sequence[str] | None,
) -> LinearCourse:
    if cycle is not None:
        initial = steady_state(
            occasions[0][0],
            cycle.doses,
            cycle.interval_h,
            bioavailability=cycle.bioavailability,
        ).state
    result = simulate_epochs(
        occasions, doses, times_h, bioavailability=bioavailability, initial=initial
    )
    C = {name: result[name].T for name in result.names}
    theta = {}
    for one in targets:
        scaled = [C[name] / np.atleast_1d(value) for name, value in one.EC50.items()]
        X = np.sum(np.broadcast_arrays(*scaled), axis=0)
        theta[one.name] = np.asarray(occupancy(X, 1.0, one.Emax, one.Hill))
    people = max(a.shape[1] for a in (*C.values(), *theta.values()))
    kept = {name: C[name] for name in (result.names if read is None else read)}
    return LinearCourse(result.times_h, _of_all(kept, people), _of_all(theta, people))


def _of_all(values: Mapping[str, Array], people: int) -> dict[str, Array]:
    return {k: np.broadcast_to(v, (v.shape[0], people)) for k, v in values.items()}
