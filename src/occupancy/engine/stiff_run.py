"""One run of some people by either driver, from a checked task to NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import people_bucket
from occupancy.engine.mesh import Mesh, read_places
from occupancy.engine.mesh_driver import compiled_mesh_run, mesh_arrays
from occupancy.engine.stiff_adaptive import compiled_adaptive_run
from occupancy.engine.stiff_compiled import Program
from occupancy.engine.stiff_lanes import BLOCK_PEOPLE, PILOT_PEOPLE, Task
from occupancy.engine.stiff_model import Array
from occupancy.engine.stiff_range import slack
from occupancy.engine.stiff_result import StiffError

MAX_STEPS = 1 << 17


@dataclass(frozen=True, eq=False)
class Run:
    """A run: y (outputs, states, people), and of each person (people,): largest embedded error,
    furthest way outside the range in units of its slack. `mesh` are its steps, None if several;
    `by_step` (steps,) the largest embedded error of anybody at each.
    """

    y: Array
    embedded: Array
    outside: Array
    mesh: Mesh | None
    steps: int
    by_step: Array


def adaptively(compiled: Program, task: Task, tolerance: float) -> Run:
    """Everybody in lockstep, at most one block. Raises StiffError when the end is not reached."""
    at = task.intervals
    inputs = _inputs(compiled, task, tolerance)
    rows, n_out = inputs.length.size, task.times_h.size
    run, _ = compiled_adaptive_run(compiled)(
        inputs,
        _filled(at.start_h, rows),
        _filled(at.end_h, rows),
        np.int32(at.count),
        _filled(task.times_h, task.outputs),
        np.int32(n_out),
        max_steps=MAX_STEPS,
    )
    if float(run.end) < at.end_h[-1]:
        why = "more steps than allowed" if int(run.tried) >= MAX_STEPS else "a step too small"
        raise StiffError(
            f"the integration stopped at {float(run.end):g} h ({why}) because of person "
            f"{task.name(min(int(run.worst), task.people - 1))}: its solution grows without "
            "bound or jumps there; check its parameters, or declare the jump as a kink of the "
            "forcing"
        )
    steps = int(run.steps)
    mesh = Mesh(*(np.asarray(x)[:steps] for x in (run.t, run.h, run.interval)))
    return _run(run, task, mesh, np.empty(0))


def on_mesh(compiled: Program, task: Task, mesh: Mesh, tolerance: float) -> Run:
    """Everybody along a mesh, in blocks."""
    mesh, reading = read_places(mesh, task.times_h)
    arrays = mesh_arrays(mesh, reading, task.intervals, pad=True)
    start = compiled_mesh_run(compiled)
    parts = []
    for who in blocks(task):
        block = task.chosen(who)
        inputs = _inputs(compiled, block, tolerance)
        run, _ = start(inputs, arrays, mesh.steps, n_out=task.outputs)
        parts.append(_run(run, block, mesh, np.asarray(run.by_step)[: mesh.steps]))
    return joined(parts)


def blocks(task: Task) -> list[NDArray[np.int64]]:
    """The people of a task, block by block."""
    everybody = np.arange(task.people)
    return np.split(everybody, np.arange(BLOCK_PEOPLE, task.people, BLOCK_PEOPLE))


def joined(parts: Sequence[Run]) -> Run:
    """Runs of successive blocks as one."""
    if len(parts) == 1:
        return parts[0]
    shared = len({id(part.mesh) for part in parts}) == 1
    return Run(
        np.concatenate([part.y for part in parts], axis=-1),
        np.concatenate([part.embedded for part in parts]),
        np.concatenate([part.outside for part in parts]),
        parts[0].mesh if shared else None,
        max(part.steps for part in parts),
        np.max([part.by_step for part in parts], axis=0) if shared else np.empty(0),
    )


def _inputs(compiled: Program, task: Task, tolerance: float) -> Any:
    # one person alone, as at a prompt, does not carry idle lanes along
    few = 1 < task.people <= PILOT_PEOPLE
    lanes = PILOT_PEOPLE if few else people_bucket(task.people)
    return task.inputs(lanes, tolerance, slack(compiled.model, task))


def _run(run: Any, task: Task, mesh: Mesh, by_step: Array) -> Run:
    y, embedded, outside = (
        np.asarray(x)[..., : task.people] for x in (run.y, run.embedded, run.outside)
    )
    y = y[: task.times_h.size]
    return Run(y, embedded, outside, mesh, mesh.steps, by_step)


def _filled(x: Array, size: int) -> Array:
    """x up to `size` entries, the last repeated."""
    return np.concatenate([x, np.repeat(x[-1:], size - x.size)])
