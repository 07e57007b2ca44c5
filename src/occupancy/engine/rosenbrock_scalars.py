"""A vector field written with arrays, taken apart into one scalar expression per state.

A user writes f(t, y, p, forcing) -> dy with y of shape (n_states,). Run over many people as it
stands, XLA would stack and slice arrays at every stage and the Jacobian would be dense. Traced
once and evaluated with object arrays of scalars, the same function becomes n scalar
expressions: people fill whole vectors, and which state acts on which is read off exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from importlib import import_module
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load

jax = load()
jnp = jax.numpy

Scalars = Sequence[Any]

_ELEMENTWISE = """
abs acos acosh add add_any and asin asinh atan atan2 atanh cbrt ceil clamp convert_element_type
copy cos cosh digamma div eq erf erf_inv erfc exp exp2 expm1 floor ge gt integer_pow is_finite
le lgamma log log1p logistic lt max min mul ne neg nextafter not or pow real_imag rem round
rsqrt select_n sign sin sinh sqrt square stop_gradient sub tan tanh xor
"""
_REARRANGING = """
broadcast_in_dim concatenate expand_dims reshape rev slice split squeeze stack tile transpose
unstack
"""
ELEMENTWISE, REARRANGING = frozenset(_ELEMENTWISE.split()), frozenset(_REARRANGING.split())
INDEXING = frozenset(("dynamic_slice", "gather"))
FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "reduce_sum": lambda a, b: a + b,
    "reduce_prod": lambda a, b: a * b,
    "reduce_max": lambda a, b: jnp.maximum(a, b),
    "reduce_min": lambda a, b: jnp.minimum(a, b),
}


def scalars_of(value: Any) -> np.ndarray:
    """The elements of an array as an object array of the same shape."""
    shape = np.shape(value)
    return objects([value[i] for i in np.ndindex(shape)] if shape else [value], shape)


def objects(values: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """An object array holding `values` as they are."""
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # one by one: NumPy would try to convert a slice
        out[i] = value
    return out.reshape(shape)


def array_of(scalars: np.ndarray, dtype: Any) -> Any:
    """The reverse of `scalars_of`."""
    flat = [jnp.asarray(s, dtype=dtype) for s in scalars.ravel()]
    return (jnp.stack(flat) if flat else jnp.zeros(0, dtype)).reshape(scalars.shape)


def evaluate(
    jaxpr: Any, consts: Sequence[Any], arguments: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Run a traced function with every array replaced by an object array of scalars."""
    env: dict[Any, np.ndarray] = {}

    def read(atom: Any) -> np.ndarray:
        if hasattr(atom, "val"):  # a literal
            return scalars_of(np.asarray(atom.val))
        return env[atom]

    env.update(zip(jaxpr.constvars, map(scalars_of, consts), strict=True))
    env.update(zip(jaxpr.invars, arguments, strict=True))
    for equation in jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        outputs = _apply(equation, inputs)
        env.update(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _apply(equation: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    name, params = equation.primitive.name, equation.params
    if name in ELEMENTWISE:
        return [_elementwise(equation.primitive, params, inputs)]
    if name in REARRANGING:
        return _rearranged(equation.primitive, params, inputs, [])
    if name in INDEXING and not any(_traced(x) for x in inputs[1:]):
        return _rearranged(equation.primitive, params, inputs[:1], inputs[1:])
    if name in FOLDS:
        return [_folded(FOLDS[name], inputs[0], params["axes"])]
    if name == "dot_general" and not any(params["dimension_numbers"][1]):
        axes = params["dimension_numbers"][0]
        product = np.tensordot(inputs[0], inputs[1], axes=axes)
        return [product if isinstance(product, np.ndarray) else scalars_of(product)]
    inner = params.get("jaxpr") if name in ("pjit", "jit", "closed_call", "core_call") else None
    if inner is not None:
        return evaluate(inner.jaxpr, inner.consts, inputs)
    return _as_arrays(equation, inputs)


def _elementwise(primitive: Any, params: dict[str, Any], inputs: list[np.ndarray]) -> np.ndarray:
    params = {key: value for key, value in params.items() if key != "sharding"}
    if primitive.name == "convert_element_type":
        params["sharding"] = None
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    parts = [np.broadcast_to(x, shape) for x in inputs]
    scalars = zip(*(x.ravel() for x in parts), strict=True)
    return objects([primitive.bind(*each, **params) for each in scalars], shape)


def _rearranged(
    primitive: Any, params: dict[str, Any], inputs: list[np.ndarray], fixed: list[np.ndarray]
) -> list[np.ndarray]:
    """Let the primitive move the places of the elements instead of the elements."""
    places, start = [], 0
    for x in inputs:
        places.append(np.arange(start, start + x.size).reshape(x.shape))
        start += x.size
    pool = [scalar for x in inputs for scalar in x.ravel()]
    with jax.ensure_compile_time_eval():
        given = [jnp.asarray(i) for i in places] + [jnp.asarray(x.tolist()) for x in fixed]
        moved = primitive.bind(*given, **params)
        results = [np.asarray(m) for m in (moved if primitive.multiple_results else [moved])]
    return [objects([pool[i] for i in where.ravel()], where.shape) for where in results]


def _traced(scalars: np.ndarray) -> bool:
    return any(isinstance(s, jax.core.Tracer) for s in scalars.ravel())


def _folded(fold: Callable[[Any, Any], Any], x: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    shape = tuple(x.shape[axis] for axis in kept)
    groups = x.transpose(*kept, *axes).reshape(int(np.prod(shape)), -1)
    return objects([reduce(fold, group) for group in groups], shape)


def _as_arrays(equation: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Anything else runs on whole arrays; its results then depend on all of its inputs."""
    arrays = {
        atom: array_of(scalars, atom.aval.dtype)
        for atom, scalars in zip(equation.invars, inputs, strict=True)
        if not hasattr(atom, "val")
    }
    return [scalars_of(value) for value in _alone(equation, arrays)]


def _alone(equation: Any, values: dict[Any, Any]) -> list[Any]:
    """One equation as a program of its own, which works for those with functions inside."""
    variables = {v: x for v, x in values.items() if not hasattr(v, "val")}
    program = import_module("jax.extend.core").Jaxpr((), [*variables], equation.outvars, [equation])
    return jax.core.eval_jaxpr(program, (), *variables.values())


class StraightLine:
    """A traced function of scalars as a list of operations, each done once and only if needed.

    Tracing a step through it is a matter of binding some hundreds of primitives, so a program
    with another number of people starts quickly; and what its Jacobian's columns share with the
    function itself is shared.
    """

    def __init__(self, function: Callable[..., Sequence[Any]], count: int) -> None:
        """Trace `function` for `count` float64 scalars."""
        traced = jax.make_jaxpr(function)(*[jax.ShapeDtypeStruct((), jnp.float64)] * count)
        same: dict[Any, Any] = {}
        known: dict[Any, tuple[Any, ...]] = {}
        kept: list[tuple[Any, list[Any]]] = []

        def place(atom: Any) -> Any:
            return atom if hasattr(atom, "val") else same.get(atom, atom)

        def key_of(atom: Any) -> Any:
            return (str(atom.aval), atom.val.item()) if hasattr(atom, "val") else id(atom)

        for equation in traced.jaxpr.eqns:
            inputs = [place(atom) for atom in equation.invars]
            key = (equation.primitive, str(equation.params), *map(key_of, inputs))
            if key in known and equation.primitive.name in ELEMENTWISE:
                same.update(zip(equation.outvars, known[key], strict=True))
                continue
            known[key] = tuple(equation.outvars)
            kept.append((equation, inputs))
        self._outputs = [place(atom) for atom in traced.jaxpr.outvars]
        needed = set(map(id, self._outputs))
        self._operations: list[tuple[Any, list[Any]]] = []
        for equation, inputs in reversed(kept):
            if any(id(v) in needed for v in equation.outvars):
                needed.update(map(id, inputs))
                self._operations.append((equation, inputs))
        self._operations.reverse()
        self._arguments = traced.jaxpr.invars
        self._constants = dict(zip(traced.jaxpr.constvars, traced.consts, strict=True))

    def __call__(self, *arguments: Any) -> list[Any]:
        """The function's results."""
        env = {**self._constants, **dict(zip(self._arguments, arguments, strict=True))}

        def read(atom: Any) -> Any:
            return atom.val if hasattr(atom, "val") else env[atom]

        for equation, inputs in self._operations:
            values = [read(atom) for atom in inputs]
            if equation.primitive.name in ELEMENTWISE:
                outputs = [equation.primitive.bind(*values, **equation.params)]
            else:
                outputs = _alone(equation, dict(zip(equation.invars, values, strict=True)))
            env.update(zip(equation.outvars, outputs, strict=True))
        return [read(atom) for atom in self._outputs]

    def dependencies(self) -> list[frozenset[int]]:
        """For each result, the numbers of the arguments it may depend on."""
        env = {v: frozenset((i,)) for i, v in enumerate(self._arguments)}

        def read(atom: Any) -> frozenset[int]:
            return frozenset() if hasattr(atom, "val") else env.get(atom, frozenset())

        for equation, inputs in self._operations:
            union = frozenset[int]().union(*map(read, inputs))
            env.update(dict.fromkeys(equation.outvars, union))
        return [read(atom) for atom in self._outputs]
