"""From a request to a result whose error has been measured: pilot, mesh, check, way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.mesh import Mesh
from occupancy.engine.rosenbrock_tableau import RODAS5P
from occupancy.engine.stiff_compiled import Program, program
from occupancy.engine.stiff_lanes import PILOT_PEOPLE, Task, pilot_people
from occupancy.engine.stiff_model import Array, StiffModel
from occupancy.engine.stiff_range import check_start, departure, not_a_number
from occupancy.engine.stiff_result import Mode, StiffError, StiffResult
from occupancy.engine.stiff_run import Run, adaptively, blocks, joined, on_mesh

FIRST_TOLERANCE = 12.0
"""Step tolerance to begin with, in units of the accuracy asked: errors of single steps decay."""
AIM, ENOUGH, GENEROUS = 0.35, 0.7, 0.15
"""Error aimed at, still taken, and needlessly small, in units of the accuracy asked."""
ROUNDS = 4
MANY, PART = 12, 4
"""Of so many intervals the tolerance of a step is first found on a quarter."""
FAR = 100.0
"""A beginning that would move the first tolerance by more than this is not believed."""
STRANGER = 1.5
"""People whose steps err by more than this many times what one may do not fit the mesh."""
MOST_GROWTH = 1.4
"""A mesh that would have to grow by more than this for everybody is given up."""


@dataclass(frozen=True, eq=False)
class Errors:
    """Largest difference per state (states,), and in units of atol + rtol |y|."""

    estimate: Array
    ratio: float

    def larger(self, other: Errors) -> Errors:
        """The larger of both."""
        return Errors(np.maximum(self.estimate, other.estimate), max(self.ratio, other.ratio))


@dataclass(frozen=True, eq=False)
class Pilot:
    """The tolerance of a step found, on the run of a few and its errors.

    `measured` says that the run is of the whole course and has that very tolerance.
    """

    run: Run
    tolerance: float
    errors: Errors
    measured: bool


def solve(model: StiffModel, task: Task, mode: Mode) -> StiffResult:
    """Run a checked request; see `simulate_stiff`."""
    compiled = program(model, RODAS5P, tuple(sorted(task.p)))
    check_start(model, task)
    who = pilot_people(task)
    everybody = task.people <= PILOT_PEOPLE
    answers = everybody and mode != "mesh"
    # to look for fewer steps than those of an answer that is exact would cost more than it saves
    least = 0.0 if answers else GENEROUS
    pilot = find_tolerance(compiled, task.chosen(who), foresee=not everybody, least=least)
    messages: list[str] = []
    if answers and pilot.errors.ratio <= 1.0:
        return _result(compiled, task, pilot.run, pilot.errors, "adaptive", messages)
    if mode != "adaptive":
        mesh, more = _mesh_for_others(compiled, task, who, pilot, give_up=mode == "auto")
        if mode == "mesh" or more <= STRANGER:
            run, errors = _everybody_on_mesh(compiled, task, who, mesh, pilot.tolerance)
            if errors.ratio <= 1.0:
                return _result(compiled, task, run, errors, "mesh", messages)
            messages.append(
                f"the mesh of {run.steps} steps missed the tolerance {errors.ratio:.2g}-fold for "
                "the people with the largest embedded error"
            )
        else:
            messages.append(
                "steps that fit the pilot do not fit people outside it: there one errs up to "
                f"{more:.2g} times what it may"
            )
        if mode == "mesh":
            raise StiffError(f'{messages[-1]}; use mode="auto", or a larger rtol or atol.')
        messages.append("everybody was integrated adaptively instead")
    run, errors = _everybody_adaptively(compiled, task, pilot.tolerance)
    if errors.ratio > 1.0:
        messages.append(
            f"the estimated error is {errors.ratio:.2g} times the tolerance asked; see "
            "error_estimate"
        )
    return _result(compiled, task, run, errors, "adaptive", messages)


def find_tolerance(compiled: Program, task: Task, *, foresee: bool, least: float) -> Pilot:
    """The tolerance of a step that meets the accuracy asked for these people, and hardly more.

    An error below `least` of that accuracy is needlessly small. With `foresee`, where everybody's
    run will be measured, the tolerance is found on the beginning of a long course, at a part of
    the price, and taken for the whole.
    """
    part = _beginning(task)
    if foresee and part is not task:
        early = _settled(compiled, part, foresee, least)
        # a beginning in which next to nothing happens says nothing of the whole
        if 1.0 / FAR <= early.tolerance / FIRST_TOLERANCE <= FAR:
            return replace(early, measured=False)
    return _settled(compiled, task, foresee, least)


def _beginning(task: Task) -> Task:
    """The first part of a long course, or the course itself."""
    count = task.intervals.count
    return task.beginning(count // PART) if count >= MANY else task


def _settled(compiled: Program, task: Task, foresee: bool, least: float) -> Pilot:
    """The tolerance of a step at which the error of the answer is close to what was asked.

    The steps taken adaptively are halved to measure that error, and the tolerance is moved.
    With `foresee` a last short move is not measured: the run returned is the one before it.
    """
    tolerance, power, last, rounds = FIRST_TOLERANCE, 1.0, None, 0
    while True:
        run = adaptively(compiled, task, tolerance)
        assert run.mesh is not None
        errors = _difference(task, run.y, on_mesh(compiled, task, run.mesh.doubled(), tolerance).y)
        ratio = float(np.clip(errors.ratio, 1e-9, 1e9))
        rounds += 1
        if least <= ratio <= ENOUGH or rounds == ROUNDS:
            return Pilot(run, tolerance, errors, measured=True)
        if last is not None and not np.isclose(tolerance, last[0]):
            # how the error of the answer follows the tolerance of a step
            power = float(np.log(ratio / last[1]) / np.log(tolerance / last[0]))
            power = float(np.clip(power, 0.7, 2.0))
        last = (tolerance, ratio)
        factor = float(np.clip((AIM / ratio) ** (1.0 / power), 1e-3, 30.0))
        tolerance *= factor
        if foresee and 0.2 <= factor <= 5.0:
            return Pilot(run, tolerance, errors, measured=False)


def _mesh_for_others(
    compiled: Program, task: Task, who: NDArray[np.int64], pilot: Pilot, *, give_up: bool
) -> tuple[Mesh, float]:
    """The pilot's mesh cut where some others need it, and how much their steps err, 1 for allowed.

    To `give_up` early, the beginning of a long course is tried first.
    """
    some = np.setdiff1d(pilot_people(task, 2 * PILOT_PEOPLE), who)[:PILOT_PEOPLE]
    mesh, more = None, 1.0
    for part in (_beginning(task), task) if give_up else (task,):
        known = part is task and pilot.measured
        steps = pilot.run if known else adaptively(compiled, part.chosen(who), pilot.tolerance)
        assert steps.mesh is not None
        mesh = steps.mesh
        if some.size:
            run = on_mesh(compiled, part.chosen(some), mesh, pilot.tolerance)
            assert run.mesh is not None
            worst = float(np.max(run.embedded))
            more = worst if np.isfinite(worst) else np.inf
            mesh = run.mesh.refined(run.by_step, compiled.stepper.tableau.order)
        if more > STRANGER or part is task:
            break
    assert mesh is not None
    return mesh, more


def _everybody_on_mesh(
    compiled: Program, task: Task, who: NDArray[np.int64], mesh: Mesh, tolerance: float
) -> tuple[Run, Errors]:
    """Everybody along a mesh, and along a finer one when somebody's steps are too long.

    The last attempt is returned whether or not it meets the tolerance.
    """
    run = on_mesh(compiled, task, mesh, tolerance)
    errors = _halved(compiled, task, run, who, tolerance)
    assert run.mesh is not None
    finer = run.mesh.refined(run.by_step, compiled.stepper.tableau.order)
    if errors.ratio > 1.0 and run.steps < finer.steps <= MOST_GROWTH * run.steps:
        run = on_mesh(compiled, task, finer, tolerance)
        errors = _halved(compiled, task, run, who, tolerance)
    return run, errors


def _halved(
    compiled: Program,
    task: Task,
    run: Run,
    known: NDArray[np.int64],
    tolerance: float,
) -> Errors:
    """Repeat the people with the largest embedded error, and some of `known`, on half steps."""
    assert run.mesh is not None
    embedded = np.where(np.isnan(run.embedded), np.inf, run.embedded)
    worst = np.argsort(-embedded, kind="stable")[:PILOT_PEOPLE]
    chosen = np.asarray(list(dict.fromkeys([*worst[: PILOT_PEOPLE // 2], *known, *worst])))
    chosen = chosen[:PILOT_PEOPLE]
    some = task.chosen(chosen)
    halved = on_mesh(compiled, some, run.mesh.doubled(), tolerance)
    return _difference(some, run.y[..., chosen], halved.y)


def _everybody_adaptively(compiled: Program, task: Task, tolerance: float) -> tuple[Run, Errors]:
    """Block by block, each with its own steps, until the measured error fits."""
    parts: list[Run] = []
    total: Errors | None = None
    for who in blocks(task):
        block, rounds = task.chosen(who), 0
        while True:
            run = adaptively(compiled, block, tolerance)
            errors = _halved(compiled, block, run, np.empty(0, np.int64), tolerance)
            rounds += 1
            if errors.ratio <= 1.0 or rounds == ROUNDS:
                break
            tolerance *= AIM / min(errors.ratio, 1e3)
        parts.append(run)
        total = errors if total is None else total.larger(errors)
    assert total is not None
    return joined(parts), total


def _difference(task: Task, y: Array, exact: Array) -> Errors:
    difference = np.abs(y - exact)
    ratio = difference / (task.atol[:, None] + task.rtol * np.abs(exact))
    worst = float(ratio.max()) if np.isfinite(ratio).all() else np.inf
    return Errors(difference.max(axis=(0, 2)), worst)


def _result(
    compiled: Program,
    task: Task,
    run: Run,
    errors: Errors,
    mode: Literal["mesh", "adaptive"],
    messages: list[str],
) -> StiffResult:
    _check_range(compiled, task, run)
    return StiffResult(
        states=compiled.model.names,
        times_h=task.times_h,
        y=run.y,
        error_estimate=errors.estimate,
        error_ratio=errors.ratio,
        embedded=run.embedded,
        steps=run.steps,
        mode=mode,
        messages=tuple(messages),
        mesh=run.mesh,
    )


def _check_range(compiled: Program, task: Task, run: Run) -> None:
    """Raise StiffError when a state left its range; the person is followed again to say when."""
    lost = not_a_number(compiled.model, task, run.y)
    if lost:
        raise StiffError(f"{lost}; check the person's parameters and the vector field there.")
    outside = ~(run.outside <= 1.0)
    if not outside.any():
        return
    k = int(np.argmax(np.where(outside, np.nan_to_num(run.outside, nan=np.inf), -np.inf)))
    alone = task.chosen(np.asarray([k]))
    steps = adaptively(compiled, alone, FIRST_TOLERANCE).mesh
    assert steps is not None
    closer = alone.read_at(np.append(steps.t_h[1:], task.times_h[-1]))
    again = on_mesh(compiled, closer, steps, FIRST_TOLERANCE)
    said = departure(compiled.model, closer, again.y[..., 0], name=k)
    others = int(outside.sum()) - 1
    raise StiffError(
        f"{said or f'a state of person {k} left its range'}"
        f"{f' (and {others} more people leave a range)' if others else ''}; the model or the "
        "parameters allow what the declared range does not."
    )
