"""Stiff models over many people: find the mesh, run everybody, measure the error, say it.

    y' = f(t, y, p, forcing(t)),  doses entering a state at once or acting through the forcing.

A pilot of up to 32 people (parameter extremes among them) is integrated adaptively in
lockstep; its steps are halved and the pilot repeated, which measures the true error; the step
tolerance is moved until that error meets what was asked. Everybody then follows the pilot's
steps, and the people with the largest embedded error are repeated on the halved steps. If they
miss the tolerance the whole population is integrated adaptively instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.mesh import intervals_between
from occupancy.engine.stiff_inputs import InputCourse, check_inputs
from occupancy.engine.stiff_lanes import Task
from occupancy.engine.stiff_model import (
    Array,
    StiffModel,
    checked_parameters,
    checked_times,
)
from occupancy.engine.stiff_result import Mode, StiffResult
from occupancy.kinetics import Doses

FINEST = 1e-13


def simulate_stiff(
    model: StiffModel,
    parameters: Mapping[str, ArrayLike],
    times_h: Sequence[float] | Array,
    *,
    y0: ArrayLike,
    doses: Doses | None = None,
    inputs: InputCourse | None = None,
    start_h: float = 0.0,
    rtol: float = 1e-6,
    atol: float | Mapping[str, float] = 1e-8,
    mode: Mode = "auto",
) -> StiffResult:
    """Integrate `model` for everybody in `parameters`.

    Args:
        model: vector field, states with their ranges, forcing.
        parameters: by name a number or (people,).
        times_h: hours to read, not decreasing.
        y0: states at `start_h`, (states,) or (states, people).
        doses: mg at hours, the same times for all, amounts per person if they differ.
        inputs: values on a time grid, for a model whose forcing is an `InputForcing`.
        start_h: hour at which `y0` holds.
        rtol, atol: how exact the answer should be, |error| <= atol + rtol |y| at every output;
            atol may be given by state name.
        mode: "auto" (mesh, else adaptive), "mesh" (no way back), "adaptive".

    Raises:
        ValueError: an input is not usable; the message names it.
        StiffError: a state left its range (naming state, person and hour), the step became too
            small, or mode="mesh" misses the tolerance.
    """
    from occupancy.engine.stiff_control import solve  # brings JAX

    if mode not in ("auto", "mesh", "adaptive"):
        raise ValueError(f'mode = {mode!r}; choose "auto", "mesh" or "adaptive".')
    task = stiff_task(model, parameters, times_h, y0, doses, start_h, rtol, atol, inputs)
    found = solve(model, task, mode)
    asked = checked_times(times_h, start_h)
    return replace(found, times_h=asked, y=found.y[np.searchsorted(task.times_h, asked)])


def stiff_task(
    model: StiffModel,
    parameters: Mapping[str, ArrayLike],
    times_h: Sequence[float] | Array,
    y0: ArrayLike,
    doses: Doses | None,
    start_h: float,
    rtol: float,
    atol: float | Mapping[str, float],
    inputs: InputCourse | None = None,
) -> Task:
    """Check everything a run is given; an hour asked twice is read once.

    Raises ValueError naming what is wrong.
    """
    taken = doses if doses is not None else Doses(np.zeros(0), np.zeros(0))
    start = np.asarray(y0, dtype=np.float64)
    n = len(model.states)
    if start.ndim not in (1, 2) or start.shape[0] != n:
        raise ValueError(
            f"y0 has shape {start.shape}; give ({n},) or ({n}, people) for {list(model.names)}."
        )
    batch = taken.amount_mg.shape[0] if taken.amount_mg.ndim == 2 else 1
    given = {batch, start.shape[1] if start.ndim == 2 else 1}
    given = (given | {check_inputs(model.forcing, inputs)}) - {1}
    if len(given) > 1:
        raise ValueError(
            f"y0, the doses and the inputs are for different numbers of people: {sorted(given)}."
        )
    p, people = checked_parameters(parameters, given.pop() if given else None)
    times = checked_times(times_h, start_h)
    start = np.broadcast_to(start.reshape(n, -1), (n, people))
    if not np.isfinite(start).all():
        i, k = np.argwhere(~np.isfinite(start))[0]
        raise ValueError(f"y0 of state {model.names[i]!r}, person {k}, is {start[i, k]}.")
    wanted = _tolerances(model, rtol, atol)
    if doses is not None and model.forcing is None and model.doses_into is None:
        raise ValueError(
            "doses are given, but the model has neither a forcing nor doses_into; name the state "
            "they enter with doses_into."
        )
    intervals = intervals_between(
        start_h, float(times[-1]), taken, model.forcing, model.doses_into is not None, inputs
    )
    return Task(people, p, start, intervals, np.unique(times), float(rtol), wanted)


def _tolerances(model: StiffModel, rtol: float, atol: float | Mapping[str, float]) -> Array:
    if isinstance(atol, Mapping):
        missing = sorted(set(model.names) - set(atol))
        unknown = sorted(set(atol) - set(model.names))
        if missing or unknown:
            raise ValueError(
                f"atol by state: missing {missing}, unknown {unknown}; the states are "
                f"{list(model.names)}."
            )
        values = np.asarray([atol[name] for name in model.names], dtype=np.float64)
    else:
        values = np.full(len(model.states), float(atol))
    if not (rtol > 0 and np.isfinite(rtol) and (values > 0).all() and np.isfinite(values).all()):
        raise ValueError(f"rtol = {rtol} and atol = {atol} must be finite and positive.")
    if rtol < FINEST:
        raise ValueError(
            f"rtol = {rtol:g} is finer than 64-bit numbers allow; give at least {FINEST:g}."
        )
    return values
