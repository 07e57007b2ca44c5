"""A circuit's equations as text: traced once with JAX, then read equation by equation.

What JAX records of a field is a list of elementary operations. Each is turned into infix text of
SBML level 3; what grows long becomes a quantity of its own, so that the model stays readable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from occupancy.interop.sbml_library import SbmlError

LONG = 90
"""Characters beyond which an expression becomes a quantity of its own."""


class Text(str):
    """Infix text of one scalar."""

    __slots__ = ()


class Writer:
    """Collects quantities: `made` maps each name to its text, in the order they are needed."""

    def __init__(self, prefix: str) -> None:
        """Begin without any; their names start with `prefix`."""
        self.prefix = prefix
        self.made: dict[str, str] = {}
        self._names: dict[str, Text] = {}
        self._count = 0

    def keep(self, text: str) -> Text:
        """`text` itself when short, else the name of a quantity with this text."""
        if len(text) <= LONG:
            return Text(text)
        if text not in self._names:
            self._count += 1
            name = f"{self.prefix}{self._count}"
            self.made[name] = text
            self._names[text] = Text(name)
        return self._names[text]

    def forget(self, names: set[str]) -> None:
        """Drop quantities that turned out not to be needed."""
        self._names = {text: name for text, name in self._names.items() if name not in names}
        self.made = {name: text for name, text in self.made.items() if name not in names}


class Trace:
    """What JAX records of `function(*scalars)`, its arguments called `names`."""

    def __init__(self, function: Callable[..., Sequence[Any]], names: Sequence[str]) -> None:
        """Trace the function once."""
        import jax
        import jax.numpy as jnp

        self._closed = jax.make_jaxpr(function)(
            *[jax.ShapeDtypeStruct((), jnp.float64)] * len(names)
        )
        self._arguments = [_scalar(Text(name)) for name in names]

    def texts(self, writer: Writer, which: slice = slice(None), most: int = 100_000) -> list[str]:
        """The texts of some of the results.

        Raises:
            SbmlError: an operation that has no text here, or more than `most` of them.
        """
        jaxpr = self._closed.jaxpr
        results = jaxpr.outvars[which]
        count = len(_needed(jaxpr, results))
        if count > most:
            raise SbmlError(f"{count} operations, more than {most}")
        found = _evaluate(jaxpr, self._closed.consts, self._arguments, writer, results)
        return [_text(np.asarray(one, dtype=object).item()) for one in found]


def _evaluate(
    jaxpr: Any, consts: Any, arguments: Any, writer: Writer, results: Sequence[Any] | None = None
) -> list[Any]:
    wanted = jaxpr.outvars if results is None else results
    env: dict[Any, Any] = dict(zip(jaxpr.constvars, map(_constant, consts), strict=True))
    env.update(zip(jaxpr.invars, arguments, strict=True))

    def read(atom: Any) -> Any:
        return _constant(atom.val) if hasattr(atom, "val") else env[atom]

    for equation in _needed(jaxpr, wanted):
        outputs = _operation(equation, [read(atom) for atom in equation.invars], writer)
        env.update(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in wanted]


def _needed(jaxpr: Any, results: Sequence[Any]) -> list[Any]:
    """The equations that one of `results` depends on."""
    wanted = {id(v) for v in results}
    found = []
    for equation in reversed(jaxpr.eqns):
        if any(id(v) in wanted for v in equation.outvars):
            wanted.update(id(v) for v in equation.invars)
            found.append(equation)
    return found[::-1]


def _operation(equation: Any, x: list[Any], writer: Writer) -> list[Any]:
    name, params = equation.primitive.name, equation.params
    inner = params.get("jaxpr") or params.get("call_jaxpr")
    if inner is not None and name in ("jit", "pjit", "custom_jvp_call", "closed_call"):
        body = getattr(inner, "jaxpr", inner)
        return _evaluate(body, getattr(inner, "consts", ()), x, writer)
    if name in _SHAPES:
        return [_SHAPES[name](params, *x)]
    if name in _SCALARS:
        make = _SCALARS[name]
        each = np.frompyfunc(lambda *a: _made(make(params, *a), writer), len(x), 1)
        return [np.asarray(each(*x), dtype=object)]
    if name in _REDUCED:
        pair = np.frompyfunc(
            lambda a, b: _made(_SCALARS[_REDUCED[name]](params, a, b), writer), 2, 1
        )
        out = x[0]
        for axis in sorted(params["axes"], reverse=True):
            out = pair.reduce(out, axis=axis)
        return [np.asarray(out, dtype=object)]
    raise SbmlError(f"the operation {name!r} cannot be written as SBML")


def _made(result: Any, writer: Writer) -> Any:
    return writer.keep(result) if isinstance(result, str) else result


def _scalar(value: Any) -> Any:
    out = np.empty((), dtype=object)
    out[()] = value
    return out


def _constant(value: Any) -> Any:
    array = np.asarray(value)
    out = np.empty(array.shape, dtype=object)
    for at in np.ndindex(*array.shape):
        out[at] = bool(array[at]) if array.dtype == bool else float(array[at])
    return out


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"


def _number(*values: Any) -> bool:
    return not any(isinstance(one, str) for one in values)


def _infix(sign: str, work: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def made(params: Any, a: Any, b: Any) -> Any:
        if _number(a, b):
            return work(a, b)
        if sign == "+" and 0.0 in [one for one in (a, b) if _number(one)]:
            return a if isinstance(a, str) else b
        if sign == "*" and 1.0 in [one for one in (a, b) if _number(one)]:
            return a if isinstance(a, str) else b
        return f"({_text(a)} {sign} {_text(b)})"

    return made


def _called(name: str, work: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda params, a: work(a) if _number(a) else f"{name}({_text(a)})"


def _extreme(sign: str, work: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def made(params: Any, a: Any, b: Any) -> Any:
        if _number(a, b):
            return work(a, b)
        return f"piecewise({_text(a)}, {_text(a)} {sign} {_text(b)}, {_text(b)})"

    return made


def _power(params: Any, a: Any, b: Any) -> Any:
    return a**b if _number(a, b) else f"({_text(a)} ^ {_text(b)})"


def _select(params: Any, which: Any, no: Any, yes: Any) -> Any:
    if _number(which):
        return yes if which else no
    return f"piecewise({_text(yes)}, {which}, {_text(no)})"


_SCALARS: Mapping[str, Callable[..., Any]] = {
    "add": _infix("+", lambda a, b: a + b),
    "sub": _infix("-", lambda a, b: a - b),
    "mul": _infix("*", lambda a, b: a * b),
    "div": _infix("/", lambda a, b: a / b),
    "lt": _infix("<", lambda a, b: a < b),
    "gt": _infix(">", lambda a, b: a > b),
    "le": _infix("<=", lambda a, b: a <= b),
    "ge": _infix(">=", lambda a, b: a >= b),
    "max": _extreme(">", max),
    "min": _extreme("<", min),
    "pow": _power,
    "integer_pow": lambda params, a: _power(params, a, float(params["y"])),
    "neg": lambda params, a: -a if _number(a) else f"(-{_text(a)})",
    "abs": _called("abs", abs),
    "exp": _called("exp", np.exp),
    "log": _called("ln", np.log),
    "sqrt": _called("sqrt", np.sqrt),
    "select_n": _select,
    "convert_element_type": lambda params, a: (
        f"piecewise(1, {a}, 0)" if _compares(a) else float(a) if _number(a) else a
    ),
    "copy": lambda params, a: a,
    "stop_gradient": lambda params, a: a,
}
_REDUCED = {"reduce_sum": "add", "reduce_min": "min", "reduce_max": "max"}


def _compares(a: Any) -> bool:
    """Whether a text is a comparison, which is no number."""
    return isinstance(a, str) and any(f" {sign} " in a for sign in ("<", ">", "<=", ">="))


def _broadcast(params: Any, x: Any) -> Any:
    shape, dims = params["shape"], params["broadcast_dimensions"]
    kept = [1] * len(shape)
    for i, d in enumerate(dims):
        kept[d] = x.shape[i]
    return np.broadcast_to(x.reshape(kept), shape)


def _slice(params: Any, x: Any) -> Any:
    strides = params["strides"] or (1,) * x.ndim
    zipped = zip(params["start_indices"], params["limit_indices"], strides, strict=True)
    return x[tuple(slice(*one) for one in zipped)]


_SHAPES: Mapping[str, Callable[..., Any]] = {
    "broadcast_in_dim": _broadcast,
    "reshape": lambda params, x: x.reshape(params["new_sizes"]),
    "squeeze": lambda params, x: np.squeeze(x, axis=tuple(params["dimensions"])),
    "slice": _slice,
    "transpose": lambda params, x: np.transpose(x, params["permutation"]),
    "concatenate": lambda params, *x: np.concatenate(x, axis=params["dimension"]),
    "stack": lambda params, *x: np.stack(x, axis=params.get("axis", params.get("dimension", 0))),
}
