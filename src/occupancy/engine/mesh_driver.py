"""Everybody along one fixed mesh: the fast driver, and the one to differentiate."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from occupancy.engine.jax_runtime import load, power_bucket
from occupancy.engine.mesh import READS_PER_STEP, Intervals, Mesh, Reading
from occupancy.engine.stiff_compiled import Inputs, Lanes, Program, compiler_options

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
    """y (outputs, states, people) and what was watched on the way.

    Largest embedded error, and way outside the range (people,); largest embedded error of
    anybody at each step (entries of the mesh,).
    """

    y: Any
    embedded: Any
    outside: Any
    by_step: Any


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
    program: Program, inputs: Inputs, mesh: MeshArrays, steps: Any, n_out: int
) -> tuple[MeshRun, list[Any]]:
    """Follow the first `steps` entries of the mesh from y0.

    Returns the run and the intermediate values of the last step: carried along, XLA on a CPU
    computes them once and not anew in every stage that uses them.
    """
    lanes = program.lanes(inputs)
    y0, out0 = _start(program, inputs, n_out)
    nothing = jnp.zeros_like(inputs.one)

    def entry(k: Any) -> MeshArrays:
        return jax.tree.map(lambda x: jax.lax.dynamic_index_in_dim(x, k, 0, keepdims=False), mesh)

    def one_step(k: Any, carry: Any) -> Any:
        y, out, embedded, outside, by_step, _ = carry
        at = entry(k)
        y = _dosed(program, lanes, y, at)
        step = program.step(inputs, lanes, at.interval, at.t, at.since, at.h, y)

        def write(r: Any, out: Any) -> Any:
            row = program.stepper.read(at.theta[r], y, step)
            return jax.lax.dynamic_update_index_in_dim(out, row, at.first + r, 0)

        out = jax.lax.fori_loop(0, at.reads, write, out)
        share = program.error_norm(inputs, y, step)
        # written so that a value that is not a number stays noted
        embedded = jnp.where(share <= embedded, embedded, share)
        outside = program.outside(inputs, outside, step.y)
        by_step = jax.lax.dynamic_update_index_in_dim(by_step, jnp.max(share), k, 0)
        return step.y, out, embedded, outside, by_step, step.stored

    stored = [nothing] * program.stored
    begin = (y0, out0, nothing, nothing - jnp.inf, jnp.zeros(mesh.h.shape), stored)
    _, out, *watched, stored = jax.lax.fori_loop(0, steps, one_step, begin)
    return MeshRun(out[:n_out], *watched), stored


def follow_mesh(program: Program, inputs: Inputs, mesh: MeshArrays, n_out: int) -> Any:
    """The states along the whole mesh, (outputs, states, people), with derivatives both ways.

    A reverse derivative keeps the states at every step and does each step again on its way back.
    """
    lanes = program.lanes(inputs)
    reads = mesh.theta.shape[1]

    def advance(y: list[Any], at: MeshArrays) -> tuple[list[Any], Any]:
        y = _dosed(program, lanes, y, at)
        step = program.rolled(inputs, lanes, at.interval, at.t, at.since, at.h, y)
        rows = [program.stepper.read(at.theta[k], y, step) for k in range(reads)]
        return step.y, jnp.stack(rows)

    advance = jax.checkpoint(advance, prevent_cse=False)

    def one_step(carry: Any, at: MeshArrays) -> Any:
        y, out = carry
        y, rows = advance(y, at)
        zero = jnp.zeros_like(at.first)
        # rows beyond this step's own outputs are overwritten by the steps that follow
        return (y, jax.lax.dynamic_update_slice(out, rows, (at.first, zero, zero))), None

    (_, out), _ = jax.lax.scan(one_step, _start(program, inputs, n_out), mesh)
    return out[:n_out]


def _start(program: Program, inputs: Inputs, n_out: int) -> tuple[list[Any], Any]:
    y0 = [inputs.y0[i] * inputs.one for i in range(program.n)]
    return y0, jnp.zeros((n_out + READS_PER_STEP, program.n, inputs.one.shape[0]))


def _dosed(program: Program, lanes: Lanes, y: list[Any], at: MeshArrays) -> list[Any]:
    """The states after what enters at the start of a step."""
    if program.model.doses_into is None:
        return y
    into = program.model.names.index(program.model.doses_into)
    entering = jax.lax.dynamic_index_in_dim(lanes.entering, at.entering, 0, keepdims=False)
    return [*y[:into], y[into] + entering, *y[into + 1 :]]


@lru_cache(maxsize=64)
def compiled_mesh_run(program: Program) -> Any:
    """The compiled run: (inputs, mesh, steps, n_out) -> (MeshRun, stored values)."""
    run = partial(run_on_mesh, program)
    return jax.jit(run, static_argnames=("n_out",), compiler_options=compiler_options())


@lru_cache(maxsize=64)
def compiled_follow(program: Program) -> Any:
    """`follow_mesh` compiled: (inputs, mesh, n_out) -> states."""
    return jax.jit(partial(follow_mesh, program), static_argnames=("n_out",))
