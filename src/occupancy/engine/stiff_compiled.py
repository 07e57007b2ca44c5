"""A stiff model compiled for many people: one step, shared by the mesh and the adaptive driver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock import Step, Stepper
from occupancy.engine.rosenbrock_dense import DenseStepper
from occupancy.engine.rosenbrock_field import Field
from occupancy.engine.rosenbrock_rolled import rolled_step
from occupancy.engine.rosenbrock_straight_line import StraightLine
from occupancy.engine.rosenbrock_tableau import Tableau
from occupancy.engine.stiff_model import StiffModel

jax = load()
jnp = jax.numpy


class Inputs(NamedTuple):
    """What a run is given, people on the last axis.

    p: by name, () or (people,); y0 (states, people); mg (intervals, 1 or people) that enter the
    forcing at once, run into it per hour, or enter a state (given inputs add an axis of inputs to
    the first two); `length` (intervals,), of which the
    last rows are empty; `rtol`, `atol` (states,); `slack` (bounds,), how far a state may lie
    outside a bound; `one` (people,) of ones.
    """

    p: Mapping[str, Any]
    y0: Any
    at_once: Any
    rate: Any
    into_state: Any
    length: Any
    rtol: Any
    atol: Any
    slack: Any
    one: Any


class Lanes(NamedTuple):
    """Per run, ready to step: the forcing's constants and table, amounts entering a state.

    `prepared` is what follows from parameters and constants alone, (people,) or () each.
    """

    constants: Any
    table: Any
    entering: Any
    prepared: list[Any]


WRITTEN_OUT = 32
"""Most states whose step is written out state by state; more are stepped with whole matrices."""


class Program:
    """The step of one model with one method, over people."""

    def __init__(self, model: StiffModel, tableau: Tableau, names: tuple[str, ...]) -> None:
        """Trace the step of one person for parameters of these names."""
        self.model = model
        self.n = len(model.states)
        self.bounds = model.bounds()
        self.stored = 0
        self.stepper: Stepper | DenseStepper
        if self.n > WRITTEN_OUT:
            self.stepper = DenseStepper(tableau)
            return
        p = {name: np.zeros(()) for name in names}
        constants, row, value = self._shapes(p)
        self.stepper = stepper = Stepper(Field(model.field, self.n, p, value), tableau)
        scalar = np.zeros(())
        y = [scalar] * self.n
        leaves, self._tree = jax.tree.flatten(
            (scalar, scalar, scalar, y, p, constants, row, scalar)
        )
        self._sizes = [np.shape(leaf) for leaf in leaves]
        self._count = sum(int(np.prod(size)) for size in self._sizes)

        def person(*scalars: Any) -> list[Any]:
            rest, arrays = list(scalars), []
            for size in self._sizes:
                taken, rest = rest[: int(np.prod(size))], rest[int(np.prod(size)) :]
                arrays.append(jnp.stack(taken).reshape(size) if size else taken[0])
            t, since, h, y, p, constants, row, one = self._tree.unflatten(arrays)

            def forced(s: Any) -> list[Any]:
                if model.forcing is None:
                    return []
                return jax.tree.leaves(model.forcing.value(t + s, since + s, constants, row))

            step = stepper.step(t, h, y, jax.tree.leaves(p), forced, one)
            self.stored = len(step.stored)
            return [*step.y, *(x for u in step.u for x in u), *step.stored]

        before = 3 + self.n  # t, since, h and y change from step to step, p and constants do not
        count = sum(int(np.prod(np.shape(x))) for x in jax.tree.leaves((p, constants)))
        self._constant = range(before, before + count)
        self._person = StraightLine(person, self._count, self._constant)

    def _shapes(self, p: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        """Shapes of a forcing's constants, of a row of its table, and of its value."""
        if self.model.forcing is None:
            return {}, {}, None
        forcing = self.model.forcing

        def pieces(p: Any) -> Any:
            given, length = jnp.ones((1, *forcing.shape)), jnp.ones(1)
            constants, table = forcing.prepare(p, given, given, length)
            row = jax.tree.map(lambda x: x[0], table)
            return constants, row, forcing.value(jnp.zeros(()), jnp.zeros(()), constants, row)

        return jax.tree.map(lambda a: np.zeros(a.shape), jax.eval_shape(pieces, p))

    def lanes(self, inputs: Inputs) -> Lanes:
        """Prepare the forcing of everybody."""
        entering = self.model.per_mg * inputs.into_state
        constants, table = self._forcing(inputs)
        if isinstance(self.stepper, DenseStepper):
            return Lanes(constants, table, entering, [])
        scalars, axes = _scalars((dict(inputs.p), constants), self._sizes[3 + self.n :])
        varying = {k for k, axis in zip(self._constant, axes, strict=True) if axis is not None}
        if not varying:
            return Lanes(constants, table, entering, self._person.prepare(*scalars))
        out = [0 if on & varying else None for on in self._person.prepared_from()]
        prepare = jax.vmap(self._person.prepare, in_axes=tuple(axes), out_axes=out)
        return Lanes(constants, table, entering, prepare(*scalars))

    def _forcing(self, inputs: Inputs) -> tuple[Any, Any]:
        """Constants and table of everybody's forcing, people on the last axis."""
        forcing = self.model.forcing
        if forcing is None:
            return {}, {}
        people = inputs.one.shape[0]

        def everybody(mg: Any) -> Any:
            return jnp.broadcast_to(mg, (*mg.shape[:-1], people))

        axes = {name: -1 if jnp.ndim(value) else None for name, value in inputs.p.items()}
        prepare = jax.vmap(forcing.prepare, in_axes=(axes, -1, -1, None), out_axes=-1)
        return prepare(inputs.p, everybody(inputs.at_once), everybody(inputs.rate), inputs.length)

    def step(
        self, inputs: Inputs, lanes: Lanes, interval: Any, t: Any, since: Any, h: Any, y: Any
    ) -> Step:
        """One step of everybody; y is a list of (people,) vectors, and so is what returns."""
        if isinstance(self.stepper, DenseStepper):
            return self._densely(self.stepper, inputs, lanes, interval, t, since, h, y)
        row = jax.tree.map(
            lambda x: jax.lax.dynamic_index_in_dim(x, interval, 0, keepdims=False), lanes.table
        )
        arguments = (t, since, h, list(y), dict(inputs.p), lanes.constants, row, inputs.one)
        scalars, axes = _scalars(arguments, self._sizes)
        over = tuple(0 if jnp.ndim(x) else None for x in lanes.prepared)
        flat = self._over_people(tuple(axes), over)(scalars, lanes.prepared)
        n, stages = self.n, self.stepper.tableau.stages
        u = [flat[n * (k + 1) : n * (k + 2)] for k in range(stages)]
        return Step(flat[:n], u[-1], u, flat[n * (stages + 1) :])

    def rolled(
        self, inputs: Inputs, lanes: Lanes, interval: Any, t: Any, since: Any, h: Any, y: Any
    ) -> Step:
        """The same step, slower to run but quick to differentiate and compile."""
        if isinstance(self.stepper, DenseStepper):
            return self._densely(self.stepper, inputs, lanes, interval, t, since, h, y)
        forcing = self.model.forcing
        row = jax.tree.map(
            lambda x: jax.lax.dynamic_index_in_dim(x, interval, 0, keepdims=False), lanes.table
        )
        p = {name: 0 if jnp.ndim(value) else None for name, value in sorted(inputs.p.items())}

        def over(f: Any) -> Any:
            def person(y: Any, p: Any, forced: Any) -> Any:
                return f(y, jax.tree.leaves(p), forced)

            everybody = jax.vmap(person, in_axes=(0, p, -1), out_axes=0)
            return lambda y, forced: everybody(y, dict(inputs.p), forced)

        def forced(s: Any) -> list[Any]:
            if forcing is None:
                return []
            value = jax.vmap(forcing.value, in_axes=(None, None, -1, -1), out_axes=-1)
            return jax.tree.leaves(value(t + s, since + s, lanes.constants, row))

        return rolled_step(self.stepper, over, t, h, y, forced)

    def _densely(
        self,
        stepper: DenseStepper,
        inputs: Inputs,
        lanes: Lanes,
        interval: Any,
        t: Any,
        since: Any,
        h: Any,
        y: Any,
    ) -> Step:
        """The step with whole matrices."""
        model, n = self.model, self.n
        row = jax.tree.map(
            lambda x: jax.lax.dynamic_index_in_dim(x, interval, 0, keepdims=False), lanes.table
        )
        p = dict(inputs.p)
        axes = {name: 0 if jnp.ndim(value) else None for name, value in p.items()}
        last = jax.tree.map(lambda _: -1, (lanes.constants, row))

        def person(s: Any, y: Any, p: Any, constants: Any, row: Any) -> Any:
            forced = None
            if model.forcing is not None:
                forced = model.forcing.value(t + s, since + s, constants, row)
            dy = jnp.asarray(model.field(t + s, y, p, forced), dtype=jnp.float64)
            if dy.shape != (n,):
                raise ValueError(
                    f"the vector field returned shape {dy.shape} for {n} states; return one "
                    f"derivative per state, shape ({n},), for example with jnp.stack([...])"
                )
            return dy

        def over(f: Any, out: int) -> Any:
            everybody = jax.vmap(f, in_axes=(None, -1, axes, *last), out_axes=out)
            return lambda s, y: everybody(s, y, p, lanes.constants, row)

        return stepper.step(over(person, -1), over(jax.jacfwd(person, argnums=(0, 1)), 0), h, y)

    @lru_cache(maxsize=8)  # noqa: B019 - programs are kept as long as the process
    def _over_people(self, axes: tuple[int | None, ...], prepared: tuple[int | None, ...]) -> Any:
        """The step over people, traced once for each number of them."""

        def person(scalars: Sequence[Any], prepared: Sequence[Any]) -> list[Any]:
            return self._person(*scalars, prepared=prepared)

        return jax.jit(jax.vmap(person, in_axes=([*axes], [*prepared])))

    def error_norm(self, inputs: Inputs, y0: Any, step: Step) -> Any:
        """max over states of |error| / (atol + rtol max(|y0|, |y1|)), (people,)."""
        worst = None
        for i in range(self.n):
            size = jnp.maximum(jnp.abs(y0[i]), jnp.abs(step.y[i]))
            share = jnp.abs(step.error[i]) / (inputs.atol[i] + inputs.rtol * size)
            worst = share if worst is None else jnp.maximum(worst, share)
        return worst

    def outside(self, inputs: Inputs, worst: Any, y: Sequence[Any]) -> Any:
        """How far outside its range any state has been, in units of its slack, (people,)."""
        for k, (i, side, bound) in enumerate(self.bounds):
            limit = inputs.p[bound] if isinstance(bound, str) else bound
            beyond = (limit - y[i] if side == "lower" else y[i] - limit) / inputs.slack[k]
            # written so that a value that is not a number stays noted
            worst = jnp.where(beyond <= worst, worst, beyond)
        return worst


def _scalars(
    arguments: Any, sizes: Sequence[tuple[int, ...]]
) -> tuple[list[Any], list[int | None]]:
    """One person's numbers, (people,) or () each, and which of them have people."""
    scalars, axes = [], []
    for leaf, size in zip(jax.tree.leaves(arguments), sizes, strict=False):
        over = jnp.ndim(leaf) > len(size)
        for index in np.ndindex(size):
            scalars.append(leaf[index] if size else leaf)
            axes.append(0 if over else None)
    return scalars, axes


def compiler_options() -> dict[str, Any]:
    """XLA uses half of a 512-bit vector unit unless told otherwise."""
    if jax.default_backend() != "cpu" or not _has_wide_vectors():
        return {}
    return {"xla_cpu_prefer_vector_width": 512}


@lru_cache(maxsize=1)
def _has_wide_vectors() -> bool:
    try:
        return " avx512f " in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


@lru_cache(maxsize=64)
def program(model: StiffModel, tableau: Tableau, names: tuple[str, ...]) -> Program:
    """The program of a model; kept, so that a second run of the same model starts at once."""
    return Program(model, tableau, names)
