"""Formulas of an SBML model as nested tuples, and their value with NumPy or JAX.

A formula is a number, the name of a symbol, or (operation, argument, ...). A function of the
model's own is (CALL, (names, body), argument, ...), its arguments worked out once. Whoever asks for
the value gives a function that looks a symbol up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np

from occupancy.interop.sbml_library import SbmlError, libsbml

Formula = Any
TIME, CALL = "time", "call"

_NAMED: dict[str, str] = {
    "AST_PLUS": "+", "AST_MINUS": "-", "AST_TIMES": "*", "AST_DIVIDE": "/", "AST_POWER": "^",
    "AST_FUNCTION_POWER": "^", "AST_FUNCTION_EXP": "exp", "AST_FUNCTION_LN": "ln",
    "AST_FUNCTION_LOG": "log", "AST_FUNCTION_ROOT": "root", "AST_FUNCTION_ABS": "abs",
    "AST_FUNCTION_FLOOR": "floor", "AST_FUNCTION_CEILING": "ceil", "AST_FUNCTION_SIN": "sin",
    "AST_FUNCTION_COS": "cos", "AST_FUNCTION_TAN": "tan", "AST_FUNCTION_TANH": "tanh",
    "AST_FUNCTION_MAX": "max", "AST_FUNCTION_MIN": "min", "AST_FUNCTION_PIECEWISE": "piecewise",
    "AST_RELATIONAL_LT": "<", "AST_RELATIONAL_GT": ">", "AST_RELATIONAL_LEQ": "<=",
    "AST_RELATIONAL_GEQ": ">=", "AST_RELATIONAL_EQ": "==", "AST_RELATIONAL_NEQ": "!=",
    "AST_LOGICAL_AND": "and", "AST_LOGICAL_OR": "or", "AST_LOGICAL_NOT": "not",
}  # fmt: skip
LARGEST_EXPONENT = 300.0
"""Beyond it switches such as 1 / (1 + exp(x)) are off, and their derivative would be inf / inf."""
ORDER = ("<", ">", "<=", ">=")


def formula(node: Any, functions: Mapping[str, tuple[tuple[str, ...], Formula]]) -> Formula:
    """The formula of a libsbml tree; `functions` are the model's own, names and body by id.

    Raises:
        SbmlError: an operation that is not known here, such as a delay.
    """
    library = libsbml()
    kind = node.getType()
    children = [formula(node.getChild(i), functions) for i in range(node.getNumChildren())]
    if node.isNumber():
        return float(node.getValue())
    if kind == library.AST_NAME_TIME:
        return TIME
    if kind == library.AST_NAME:
        return str(node.getName())
    constants = {
        library.AST_CONSTANT_E: math.e,
        library.AST_CONSTANT_PI: math.pi,
        library.AST_CONSTANT_TRUE: 1.0,
        library.AST_CONSTANT_FALSE: 0.0,
    }
    if kind in constants:
        return constants[kind]
    if kind == library.AST_FUNCTION and node.getName() in functions:
        return (CALL, functions[node.getName()], *children)
    for name, operation in _NAMED.items():
        if kind == getattr(library, name):
            return (operation, *children)
    raise SbmlError(f"cannot compute {library.formulaToL3String(node)!r}")


def substituted(body: Formula, symbols: Mapping[str, Formula]) -> Formula:
    """`body` with symbols replaced by formulas, and functions written out."""
    if isinstance(body, str):
        return symbols.get(body, body)
    if not isinstance(body, tuple):
        return body
    if body[0] == CALL:
        _, (names, inside), *given = body
        taken = [substituted(one, symbols) for one in given]
        return substituted(inside, dict(zip(names, taken, strict=True)))
    return (body[0], *(substituted(one, symbols) for one in body[1:]))


def symbols(body: Formula) -> Iterator[str]:
    """Every symbol of a formula."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, tuple):
        for one in body[2 if body[0] == CALL else 1 :]:
            yield from symbols(one)


def comparisons(body: Formula) -> Iterator[tuple[str, Formula, Formula]]:
    """Every order comparison of a formula."""
    if not isinstance(body, tuple):
        return
    if body[0] in ORDER:
        yield body  # type: ignore[misc]
    if body[0] != CALL:
        for one in body[1:]:
            yield from comparisons(one)
        return
    _, (names, inside), *given = body
    for one in given:
        yield from comparisons(one)
    arguments = dict(zip(names, given, strict=True))
    for sign, left, right in comparisons(inside):
        yield sign, substituted(left, arguments), substituted(right, arguments)


def value(body: Formula, look: Callable[[str], Any], xp: Any) -> Any:
    """The value of a formula in the array namespace `xp`."""
    if isinstance(body, float):
        return body
    if isinstance(body, str):
        return look(body)
    operation, *rest = body
    if operation == CALL:
        (names, inside), *given = rest
        known = dict(zip(names, (value(one, look, xp) for one in given), strict=True))
        return value(inside, known.__getitem__, xp)
    x = [value(one, look, xp) for one in rest]
    if all(isinstance(one, float | int | np.generic | np.ndarray) for one in x):
        xp = np  # numbers alone are computed now, whatever will be traced
    if operation == "piecewise":
        out = x[-1] if len(x) % 2 else xp.nan
        for i in reversed(range(0, len(x) - 1, 2)):
            out = xp.where(xp.asarray(x[i + 1], dtype=bool), x[i], out)
        return out
    if operation in ("and", "or", "not"):
        flags = [xp.asarray(one, dtype=bool) for one in x]
        logic = {"and": xp.logical_and, "or": xp.logical_or}
        return xp.logical_not(flags[0]) if operation == "not" else reduce(logic[operation], flags)
    return _ARITHMETIC[operation](xp, *x)


def _log(xp: Any, base: Any, x: Any) -> Any:
    return xp.log(x) / xp.log(base)


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": lambda xp, *x: sum(x),
    "*": lambda xp, *x: (
        math.prod(x) if all(isinstance(a, float) for a in x) else reduce(lambda a, b: a * b, x)
    ),
    "-": lambda xp, *x: -x[0] if len(x) == 1 else x[0] - x[1],
    "/": lambda xp, a, b: a / b,
    "^": lambda xp, a, b: a**b,
    "exp": lambda xp, a: xp.exp(xp.minimum(a, LARGEST_EXPONENT)),
    "ln": lambda xp, a: xp.log(a),
    "log": lambda xp, *x: _log(xp, *x) if len(x) == 2 else xp.log10(x[0]),
    "root": lambda xp, *x: x[1] ** (1.0 / x[0]) if len(x) == 2 else xp.sqrt(x[0]),
    "abs": lambda xp, a: abs(a),
    "floor": lambda xp, a: xp.floor(a),
    "ceil": lambda xp, a: xp.ceil(a),
    "sin": lambda xp, a: xp.sin(a),
    "cos": lambda xp, a: xp.cos(a),
    "tan": lambda xp, a: xp.tan(a),
    "tanh": lambda xp, a: xp.tanh(a),
    "max": lambda xp, *x: reduce(xp.maximum, x),
    "min": lambda xp, *x: reduce(xp.minimum, x),
    "<": lambda xp, a, b: a < b,
    ">": lambda xp, a, b: a > b,
    "<=": lambda xp, a, b: a <= b,
    ">=": lambda xp, a, b: a >= b,
    "==": lambda xp, a, b: a == b,
    "!=": lambda xp, a, b: a != b,
}
