"""From when on a graphical plot is a line: t*, given in minutes or chosen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array
from occupancy.pet.linear_fit import linear_fit

MAX_ERROR = 0.10
LEAST_FRAMES = 5


def checked_t_star(t_star: float | str, mid: Array, usable: npt.NDArray[np.bool_], p: int) -> None:
    """Refuse a t* that is neither minutes nor 'auto', or leaves too few frames.

    Raises
    ------
    PetError
        The message says how many frames lie after it.
    """
    if isinstance(t_star, str):
        if t_star != "auto":
            raise PetError(f"t_star {t_star!r}: minutes after injection, or 'auto'.")
        return
    left = int((usable & (mid >= t_star)).sum())
    if left <= p:
        raise PetError(
            f"t_star {t_star:g} min leaves {left} frames (the last has its middle at "
            f"{mid[-1]:g} min); at least {p + 1} are needed. t_star is in minutes, not a frame."
        )


def chosen_t_star(
    x: Array,
    y: Array,
    weights: Array,
    mid: Array,
    max_error: float = MAX_ERROR,
    least: int = LEAST_FRAMES,
) -> float:
    """Return the earliest t* after which no point deviates from the line by more than a share.

    The share is |measured − fitted|/|fitted|, at most `max_error`, over the points with a weight;
    at least `least` points remain. Where no start is good enough, the last `least` points.
    Minutes, the middle of the first frame used.
    """
    usable = np.flatnonzero(weights > 0)
    for first in range(usable.size - least + 1):
        kept = usable[first:]
        line = linear_fit(x[kept], y[kept], weights[kept])
        if (np.abs(y[kept] - line.fitted) <= max_error * np.abs(line.fitted)).all():
            return float(mid[kept[0]])
    return float(mid[usable[max(usable.size - least, 0)]])
