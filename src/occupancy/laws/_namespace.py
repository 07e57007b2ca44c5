"""Which array library answers: one helper, so that every law is written once."""

from __future__ import annotations

from typing import Any

import array_api_compat.numpy as array_numpy
import numpy as np
from array_api_compat import array_namespace

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
    try:
        xp: Any = array_namespace(*foreign) if foreign else array_numpy
    except TypeError as error:
        kinds = ", ".join(sorted({type(v).__name__ for v in foreign}))
        message = f"got {kinds}; a law takes Python numbers, NumPy arrays or JAX arrays"
        raise TypeError(message) from error
    # The literal 1.0 turns integers into the default floating type and leaves float32 alone.
    dtype = xp.result_type(1.0, *values)
    return (xp, *(xp.asarray(v, dtype=dtype) for v in values))
