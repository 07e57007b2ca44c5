"""A vector field written with arrays, taken apart into one scalar expression per state.

A user writes f(t, y, p, forcing) -> dy with y of shape (n_states,). Run over many people as it
stands, XLA would stack and slice arrays at every stage and the Jacobian would be dense. Traced
once and evaluated with object arrays of scalars, the same function becomes n scalar
expressions: people fill whole vectors, and which state acts on which is read off exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
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
    direct = _directly(primitive.name, params, inputs, fixed)
    if direct is not None:
        return [direct]
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


def _directly(
    name: str, params: dict[str, Any], inputs: list[np.ndarray], fixed: list[np.ndarray]
) -> np.ndarray | None:
    """The commonest without a compiled program for each, which every new process would load."""
    x = inputs[0]
    if name == "concatenate":
        return np.concatenate(inputs, axis=params["dimension"])
    if name == "stack":
        return np.stack(inputs, axis=params["axis"])
    if name == "squeeze":
        return x.squeeze(tuple(params["dimensions"]))
    if name == "broadcast_in_dim":
        shape = [1] * len(params["shape"])
        for axis, size in zip(params["broadcast_dimensions"], x.shape, strict=True):
            shape[axis] = size
        return np.broadcast_to(x.reshape(shape), params["shape"])
    if name == "slice":
        steps = params["strides"] or [1] * x.ndim
        cuts = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
        return x[tuple(slice(*cut) for cut in cuts)]
    if name == "dynamic_slice":
        sizes = params["slice_sizes"]
        starts = [
            min(max(int(at.item()), 0), have - size)
            for at, have, size in zip(fixed, x.shape, sizes, strict=True)
        ]
        return x[tuple(slice(a, a + size) for a, size in zip(starts, sizes, strict=True))]
    return None


def _traced(scalars: np.ndarray) -> bool:
    return any(isinstance(s, jax.core.Tracer) for s in scalars.ravel())


def _folded(fold: Callable[[Any, Any], Any], x: np.ndarray, axes: Sequence[int]) -> np.ndarray:
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    shape = tuple(x.shape[axis] for axis in kept)
    groups = x.transpose(*kept, *axes).reshape(int(np.prod(shape)), -1)
    return objects([reduce(fold, group) for group in groups], shape)


def _as_arrays(equation: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Anything else runs on whole arrays; its results then depend on all of its inputs."""
    arrays = [
        array_of(scalars, atom.aval.dtype)
        for atom, scalars in zip(equation.invars, inputs, strict=True)
    ]
    return [scalars_of(value) for value in bound(equation, arrays)]


def bound(equation: Any, values: Sequence[Any]) -> list[Any]:
    """Results of one traced equation, which may hold functions of its own."""
    primitive = equation.primitive
    found = primitive.bind(*values, **primitive.get_bind_params(equation.params))
    return list(found) if primitive.multiple_results else [found]
