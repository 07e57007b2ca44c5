"""A stiff model along a fixed mesh as one function of its parameters, to differentiate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.jax_runtime import load, people_bucket
from occupancy.engine.mesh import Intervals, Mesh, Reading, read_places
from occupancy.engine.stiff import simulate_stiff, stiff_task
from occupancy.engine.stiff_inputs import InputCourse
from occupancy.engine.stiff_lanes import Task
from occupancy.engine.stiff_model import Array, StiffModel, checked_times
from occupancy.kinetics import Doses


@dataclass(frozen=True, eq=False)
class StiffProgram:
    """States of a stiff model for any values of its parameters, along the steps of `mesh`.

    `program(parameters)` is a pure JAX function of a mapping like `parameters`, returning each
    state by name, (outputs, people). Differentiate it with `jax.jacfwd` (few parameters) or
    `jax.grad` (reverse through the mesh), or put it into a larger program. The steps do not
    depend on the parameters, so derivatives are those of the numbers returned; how exact these
    are was measured at `parameters`: make the program anew far from them.

    Attributes:
        model: the model.
        mesh: its steps.
        parameters: by name a number or (people,).
        times_h: hours read.
        people: number of people.
    """

    model: StiffModel
    mesh: Mesh
    parameters: Mapping[str, Array]
    times_h: Array
    people: int
    task: Task
    reading: Reading

    def __call__(self, values: Mapping[str, Any], y0: ArrayLike | None = None) -> dict[str, Any]:
        """States for other values of the parameters, and of `y0`, (states, 1 or people).

        Raises ValueError when a parameter is missing.
        """
        jnp = load().numpy
        from occupancy.engine.mesh_driver import compiled_follow, mesh_arrays
        from occupancy.engine.rosenbrock_tableau import RODAS5P
        from occupancy.engine.stiff_compiled import program

        missing = sorted(set(self.parameters) - set(values))
        if missing:
            raise ValueError(f"parameter {missing[0]!r} is missing; give all of `parameters`.")
        lanes = people_bucket(self.people)
        inputs = self.task.inputs(lanes, 1.0, np.zeros(len(self.model.bounds())))

        def spread(value: Any) -> Any:
            wide = jnp.broadcast_to(value, (*jnp.shape(value)[:-1], self.people))
            idle = [(0, 0)] * (wide.ndim - 1) + [(0, lanes - self.people)]
            return jnp.pad(wide, idle, mode="edge")

        names = tuple(sorted(self.parameters))
        p = {name: jnp.asarray(values[name], dtype=jnp.float64) for name in names}
        p = {name: spread(value) if value.ndim else value for name, value in p.items()}
        start = inputs.y0 if y0 is None else spread(jnp.asarray(y0, dtype=jnp.float64))
        arrays = mesh_arrays(self.mesh, self.reading, self.task.intervals, pad=False)
        follow = compiled_follow(program(self.model, RODAS5P, names))
        y = follow(inputs._replace(p=p, y0=start), arrays, n_out=self.task.times_h.size)
        y = y[np.searchsorted(self.task.times_h, self.times_h)]
        return {name: y[:, i, : self.people] for i, name in enumerate(self.model.names)}


def stiff_program(
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
    mesh: Mesh | None = None,
) -> StiffProgram:
    """Make the program of a model; arguments as in `simulate_stiff`.

    Args:
        mesh: steps found before (`StiffResult.mesh`) for the same doses and span; None finds
            them, and checks their error, for `parameters`.

    Raises:
        EngineUnavailable: JAX is not installed.
        ValueError: an input is not usable, or the mesh is of another span or other doses.
        StiffError: no one mesh meets the tolerance for all these people.
    """
    load()  # 64-bit numbers are on from here, also in what a caller traces before the first run
    task = stiff_task(model, parameters, times_h, y0, doses, start_h, rtol, atol, inputs)
    if mesh is None:
        mesh = simulate_stiff(
            model, parameters, times_h,
            y0=y0, doses=doses, inputs=inputs, start_h=start_h, rtol=rtol, atol=atol, mode="mesh",
        ).mesh  # fmt: skip
        assert mesh is not None
    elif not _fits(mesh, task.intervals):
        raise ValueError(
            "mesh: its steps do not run from start_h to the last of times_h with the doses as "
            "nodes; use the mesh of a result with the same doses and span, or None."
        )
    mesh, reading = read_places(mesh, task.times_h)
    times = checked_times(times_h, start_h)
    return StiffProgram(model, mesh, task.p, times, task.people, task, reading)


def _fits(mesh: Mesh, intervals: Intervals) -> bool:
    """Whether the steps fill the intervals."""
    if mesh.interval.max(initial=0) >= intervals.count:
        return False
    begins = np.searchsorted(mesh.interval, np.arange(intervals.count))
    if not np.array_equal(np.unique(mesh.interval), np.arange(intervals.count)):
        return False
    lengths = np.add.reduceat(mesh.h, begins)
    span = intervals.end_h - intervals.start_h
    return bool(
        np.allclose(mesh.t_h[begins], intervals.start_h, rtol=1e-12, atol=1e-9)
        and np.allclose(lengths, span, rtol=1e-9, atol=1e-9)
    )
