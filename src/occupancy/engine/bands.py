"""Quantiles over people at every time: exact, from all values at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from occupancy.kinetics.disposition import Array

ROWS_AT_ONCE = 1 << 16
"""Numbers sorted at once, to stay in the cache."""


def checked_levels(levels: Sequence[float] | Array) -> Array:
    """Probabilities of quantiles as an array.

    Raises ValueError when one lies outside 0 to 1 or none is given.
    """
    wanted = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    if wanted.ndim != 1 or not wanted.size or not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError(f"levels = {wanted.tolist()} are not allowed; give numbers from 0 to 1.")
    return wanted


def between_ranks(levels: Array, people: int) -> tuple[np.ndarray, np.ndarray, Array]:
    """The two ranks a quantile lies between, and the weight of the upper one."""
    position = levels * (people - 1)
    lower = np.floor(position).astype(np.intp)
    return lower, np.minimum(lower + 1, people - 1), position - lower


def quantile_bands(values: Array, levels: Sequence[float] | Array) -> Array:
    """Quantiles over people of time-major values (times, people): (levels, times).

    The definition is that of `numpy.quantile` (linear between order statistics); rows are
    sorted a few at a time, which is several times faster.

    Raises ValueError for levels outside 0 to 1 and values without people.
    """
    wanted = checked_levels(levels)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(f"values have shape {values.shape}; give (times, people), people >= 1.")
    times, people = values.shape
    lower, upper, weight = between_ranks(wanted, people)
    out = np.empty((wanted.size, times))
    rows = max(1, ROWS_AT_ONCE // people)
    for first in range(0, times, rows):
        piece = slice(first, first + rows)
        ordered = np.sort(values[piece], axis=1)
        low, high = ordered[:, lower], ordered[:, upper]
        out[:, piece] = (low + (high - low) * weight).T
    return out
