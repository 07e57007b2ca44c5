"""A traced function of scalars as straight-line arithmetic, what never changes taken out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock_scalars import ELEMENTWISE, bound

jax = load()
jnp = jax.numpy

Operation = tuple[Any, list[Any]]
"""A traced equation and what it reads, repeated values replaced by their first."""


class StraightLine:
    """A traced function of scalars as a list of operations, each done once and only if needed.

    Tracing a step through it is a matter of binding some hundreds of primitives, so a program
    with another number of people starts quickly; and what its Jacobian's columns share with the
    function itself is shared.

    What follows from the `constant` arguments alone is computed by `prepare`, once for all
    calls, reciprocals included: a vector unit divides many times slower than it multiplies.
    """

    def __init__(
        self,
        function: Callable[..., Sequence[Any]],
        count: int,
        constant: Collection[int] = (),
    ) -> None:
        """Trace `function` for `count` float64 scalars, of which `constant` stay the same."""
        traced = jax.make_jaxpr(function)(*[jax.ShapeDtypeStruct((), jnp.float64)] * count)
        operations, self._outputs = _without_repeats(traced.jaxpr)
        operations = _needed(operations, self._outputs)
        self._arguments = traced.jaxpr.invars
        self._literals = dict(zip(traced.jaxpr.constvars, traced.consts, strict=True))
        self._constant = sorted(constant)
        self._depends = self._dependencies(operations)
        moving = set(range(count)) - set(constant)

        def fixed(atom: Any) -> bool:
            return not hasattr(atom, "val") and not self._depends.get(atom, moving) & moving

        self._early = [one for one in operations if all(map(fixed, one[0].outvars))]
        self._late = [one for one in operations if not all(map(fixed, one[0].outvars))]
        read = [(equation.primitive.name, inputs) for equation, inputs in self._late]
        self._divisors = _distinct(x[1] for name, x in read if name == "div" and fixed(x[1]))
        made = {v for equation, _ in self._early for v in equation.outvars}
        undivided = [x if name != "div" else x[:1] if fixed(x[1]) else x for name, x in read]
        used = [*(x for inputs in undivided for x in inputs), *self._outputs]
        self._kept = _distinct(x for x in used if not hasattr(x, "val") and x in made)

    def prepare(self, *constant: Any) -> list[Any]:
        """What the `constant` arguments, in their order, determine."""
        arguments = [self._arguments[k] for k in self._constant]
        env = {**self._literals, **dict(zip(arguments, constant, strict=True))}
        _run(self._early, env, {})
        return [*(env[v] for v in self._kept), *(1.0 / env[v] for v in self._divisors)]

    def prepared_from(self) -> list[frozenset[int]]:
        """For each value of `prepare`, the numbers of the arguments it may depend on."""
        return [self._depends[v] for v in (*self._kept, *self._divisors)]

    def __call__(self, *arguments: Any, prepared: Sequence[Any] = ()) -> list[Any]:
        """The function's results; `prepared` is what `prepare` returned."""
        if not prepared and not self._constant:
            prepared = self.prepare()  # what follows from numbers in the function itself
        env = {**self._literals, **dict(zip(self._arguments, arguments, strict=True))}
        env.update(zip(self._kept, prepared, strict=False))
        reciprocals = dict(zip(self._divisors, prepared[len(self._kept) :], strict=True))
        _run(self._late, env, reciprocals)
        return [_read(env, atom) for atom in self._outputs]

    def dependencies(self) -> list[frozenset[int]]:
        """For each result, the numbers of the arguments it may depend on."""
        nothing = frozenset[int]()
        return [
            nothing if hasattr(atom, "val") else self._depends.get(atom, nothing)
            for atom in self._outputs
        ]

    def _dependencies(self, operations: Sequence[Operation]) -> dict[Any, frozenset[int]]:
        on = {v: frozenset((i,)) for i, v in enumerate(self._arguments)}
        on |= dict.fromkeys(self._literals, frozenset())
        for equation, inputs in operations:
            read = [on[atom] for atom in inputs if not hasattr(atom, "val")]
            on.update(dict.fromkeys(equation.outvars, frozenset[int]().union(*read)))
        return on


def _run(
    operations: Sequence[Operation], env: dict[Any, Any], reciprocals: Mapping[Any, Any]
) -> None:
    for equation, inputs in operations:
        name, by = equation.primitive.name, inputs[-1]
        if name == "div" and not hasattr(by, "val") and by in reciprocals:
            product = jax.lax.mul(_read(env, inputs[0]), reciprocals[by])
            env[equation.outvars[0]] = product
            continue
        values = [_read(env, atom) for atom in inputs]
        if name == "div" and hasattr(by, "val"):
            outputs = [jax.lax.mul(values[0], np.divide(1.0, by.val))]
        elif name in ELEMENTWISE:
            outputs = [equation.primitive.bind(*values, **equation.params)]
        else:
            outputs = bound(equation, values)
        env.update(zip(equation.outvars, outputs, strict=True))


def _read(env: Mapping[Any, Any], atom: Any) -> Any:
    return atom.val if hasattr(atom, "val") else env[atom]


def _distinct(variables: Any) -> list[Any]:
    return list(dict.fromkeys(variables))


def _without_repeats(jaxpr: Any) -> tuple[list[Operation], list[Any]]:
    """The operations, each only the first time it is done with the same values; the results."""
    same: dict[Any, Any] = {}
    known: dict[Any, tuple[Any, ...]] = {}
    kept: list[Operation] = []

    def place(atom: Any) -> Any:
        return atom if hasattr(atom, "val") else same.get(atom, atom)

    def key_of(atom: Any) -> Any:
        if hasattr(atom, "val"):
            return str(atom.aval), np.asarray(atom.val).item()
        return id(atom)

    for equation in jaxpr.eqns:
        inputs = [place(atom) for atom in equation.invars]
        key = (equation.primitive, str(equation.params), *map(key_of, inputs))
        if key in known and equation.primitive.name in ELEMENTWISE:
            same.update(zip(equation.outvars, known[key], strict=True))
            continue
        known[key] = tuple(equation.outvars)
        kept.append((equation, inputs))
    return kept, [place(atom) for atom in jaxpr.outvars]


def _needed(operations: Sequence[Operation], outputs: Sequence[Any]) -> list[Operation]:
    """Those that something in `outputs` depends on."""
    needed = set(map(id, outputs))
    found: list[Operation] = []
    for equation, inputs in reversed(operations):
        if any(id(v) in needed for v in equation.outvars):
            needed.update(map(id, inputs))
            found.append((equation, inputs))
    return found[::-1]
