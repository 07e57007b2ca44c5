"""Which array library answers: one helper, so that every law is written once."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
"""A Python number, a NumPy array or a JAX array; arrays broadcast against each other."""


def promote(*values: Array) -> tuple[Any, ...]:
    """Return the array namespace of `values`, then each of them as a floating array in it.

    Python numbers and NumPy values follow whatever other array is present, so a NumPy constant
    may meet a JAX tracer. With nothing but Python numbers and NumPy values the answer is NumPy.

    Raises
    ------
    TypeError
        A value is neither a number nor an array.
    """
    foreign = [v for v in values if not isinstance(v, bool | int | float | np.ndarray | np.generic)]
    xp: Any = _namespace_of(foreign) if foreign else np
    # The literal 1.0 turns integers into the default floating type and leaves float32 alone.
    dtype = xp.result_type(1.0, *values)
    return (xp, *(xp.asarray(v, dtype=dtype) for v in values))


def _namespace_of(foreign: list[Any]) -> Any:
    # Imported here because it costs more than all of NumPy, which follows the standard itself.
    from array_api_compat import array_namespace

    try:
        return array_namespace(*foreign)
    except TypeError as error:
        kinds = ", ".join(sorted({type(v).__name__ for v in foreign}))
        message = f"got {kinds}; a law takes Python numbers, NumPy arrays or JAX arrays"
        raise TypeError(message) from error
