"""Everybody along one fixed mesh: the fast driver, and the one to differentiate."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from occupancy.engine.jax_runtime import load, power_bucket
from occupancy.engine.mesh import Intervals, Mesh, Reading
from occupancy.engine.rosenbrock import Step
from occupancy.engine.stiff_compiled import Inputs, Program, compiler_options

jax = load()
jnp = jax.numpy

SHORTEST_TABLE = 1 << 14


class MeshArrays(NamedTuple):
    """A mesh as the program takes it: one entry per step."""

    t: Any
    h: Any
    since: Any
    interval: Any
    entering: Any
    theta: Any
    first: Any
    reads: Any


class MeshRun(NamedTuple):
    """y (outputs, states, people); largest embedded error, and way outside the range (people,)."""

    y: Any
    embedded: Any
    outside: Any


def mesh_arrays(mesh: Mesh, reading: Reading, intervals: Intervals, pad: bool) -> MeshArrays:
    """Lay out a mesh; `pad` rounds its length up so that near lengths share a program."""
    begins = np.diff(mesh.interval, prepend=-1) != 0
    columns = MeshArrays(
        t=mesh.t_h,
        h=mesh.h,
        since=mesh.t_h - intervals.start_h[mesh.interval],
        interval=mesh.interval,
        # the row after the last interval holds no dose
        entering=np.where(begins, mesh.interval, intervals.count).astype(np.int32),
        theta=reading.theta,
        first=reading.first,
        reads=reading.reads,
    )
    if not pad:
        return columns
    # only as many entries as there are steps are run, so the padding costs nothing
    extra = power_bucket(max(mesh.steps, SHORTEST_TABLE)) - mesh.steps

    def padded(x: np.ndarray) -> np.ndarray:
        return np.concatenate([x, np.repeat(x[-1:], extra, axis=0)])

    return MeshArrays(*map(padded, columns))


def run_on_mesh(
    program: Program,
    inputs: Inputs,
    mesh: MeshArrays,
    steps: Any,
    n_out: int,
    differentiable: bool,
) -> tuple[MeshRun, list[Any]]:
    """Follow the mesh from y0; returns the run and the values that were carried along.

    With `differentiable` the mesh is scanned whole and reverse derivatives work; without, the
    first `steps` entries are run and intermediate values are carried along, which keeps XLA on
    a CPU from computing them anew in every stage that uses them.
    """
    n, reads = program.n, mesh.theta.shape[1]
    lanes = program.lanes(inputs)
    into = program.model.names.index(program.model.doses_into) if program.model.doses_into else None

    def dosed(y: list[Any], at: MeshArrays) -> list[Any]:
        if into is None:
            return y
        entering = jax.lax.dynamic_index_in_dim(lanes.entering, at.entering, 0, keepdims=False)
        return [*y[:into], y[into] + entering, *y[into + 1 :]]

    def watched(y: Any, step: Step, embedded: Any, outside: Any) -> tuple[Any, Any]:
        share = program.error_norm(inputs, y, step.y, step.error)
        embedded = jnp.where(share <= embedded, embedded, share)
        return embedded, program.outside(inputs, outside, step.y)

    def stepped(y: Any, at: MeshArrays) -> Step:
        return program.step(inputs, lanes, at.interval, at.t, at.since, at.h, y)

    read = program.stepper.read
    y0 = [inputs.y0[i] * inputs.one for i in range(n)]
    nothing = jnp.zeros_like(inputs.one)
    out0 = jnp.zeros((n_out + reads, n, inputs.one.shape[0]))
    start = (y0, out0, nothing, nothing - jnp.inf)

    def scanned(carry: Any, at: MeshArrays) -> Any:
        y, out, *watching = carry
        y = dosed(y, at)
        step = stepped(y, at)
        rows = jnp.stack([read(at.theta[k], y, step) for k in range(reads)])
        zero = jnp.zeros_like(at.first)
        # rows beyond this step's own outputs are overwritten by the steps that follow
        out = jax.lax.dynamic_update_slice(out, rows, (at.first, zero, zero))
        return (step.y, out, *watched(y, step, *watching)), None

    if differentiable:
        (_, out, *watching), _ = jax.lax.scan(scanned, start, mesh)
        return MeshRun(out[:n_out], *watching), []

    def entry(k: Any) -> MeshArrays:
        return jax.tree.map(lambda x: jax.lax.dynamic_index_in_dim(x, k, 0, keepdims=False), mesh)

    def looped(k: Any, carry: Any) -> Any:
        y, out, *watching, _ = carry
        at = entry(k)
        y = dosed(y, at)
        step = stepped(y, at)

        def write(r: Any, out: Any) -> Any:
            row = read(at.theta[r], y, step)
            return jax.lax.dynamic_update_index_in_dim(out, row, at.first + r, 0)

        out = jax.lax.fori_loop(0, at.reads, write, out)
        return step.y, out, *watched(y, step, *watching), step.stored

    stored = [nothing] * program.stored
    _, out, *watching, stored = jax.lax.fori_loop(0, steps, looped, (*start, stored))
    return MeshRun(out[:n_out], *watching), stored


@lru_cache(maxsize=64)
def compiled_mesh_run(program: Program) -> Any:
    """The compiled run: (inputs, mesh, steps, n_out) -> (MeshRun, stored values)."""
    run = partial(run_on_mesh, program, differentiable=False)
    return jax.jit(run, static_argnames=("n_out",), compiler_options=compiler_options())
