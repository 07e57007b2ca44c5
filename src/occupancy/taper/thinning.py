"""Fewer doses where a fine liquid makes thousands, said openly and never by rounding."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Thinning:
    """What was left out.

    Attributes:
        made: how many doses the products make.
        kept: how many are left.
        ratio: every dose left out lies within this share above one that was kept.
        full_below_mg: below this dose none was left out.
    """

    made: int
    kept: int
    ratio: float
    full_below_mg: float

    @property
    def text(self) -> str:
        """One sentence."""
        return (
            f"{self.kept} of {self.made} feasible doses are used: all below "
            f"{self.full_below_mg:.4g} mg, and above it every dose left out is less than "
            f"{100 * self.ratio:.2g} % above one that is used."
        )


def thinned(
    dose_mg: NDArray[np.float64],
    plain: NDArray[np.bool_],
    keep_mg: Sequence[float],
    at_most: int | None,
) -> tuple[NDArray[np.intp], Thinning | None]:
    """Rows of about `at_most` doses, spaced by a ratio, and what that leaves out.

    Occupancy moves with the logarithm of the dose, so doses are dropped where they crowd
    relatively: the fine steps at the bottom stay. 0, the smallest, `keep_mg` and the largest
    dose always stay, and so do doses without error while they are at most half of `at_most`.

    Args:
        dose_mg: ascending, 0 first.
        plain: which doses are made without measuring or splitting.
        keep_mg: doses to keep, where they are among them.
        at_most: how many are wanted; None keeps all.
    """
    every = np.arange(dose_mg.size)
    if at_most is None or dose_mg.size <= at_most:
        return every, None
    fixed = np.zeros(dose_mg.size, np.bool_)
    fixed[[0, 1, -1]] = True
    for mg in keep_mg:
        fixed |= np.isclose(dose_mg, mg, rtol=1e-9, atol=0.0)
    if plain.sum() <= at_most // 2:
        fixed |= plain
    doses = dose_mg.tolist()
    stay = set(np.flatnonzero(fixed).tolist())
    low, high = 0.0, doses[-1] / doses[1]
    while high - low > 1e-3 * high:
        ratio = 0.5 * (low + high)
        if len(stay.union(_spaced(doses, ratio))) > at_most:
            low = ratio
        else:
            high = ratio
    rows = np.array(sorted(stay.union(_spaced(doses, high))), np.intp)
    dropped = np.ones(dose_mg.size, np.bool_)
    dropped[rows] = False
    first = float(dose_mg[np.flatnonzero(dropped)[0]])
    return rows, Thinning(dose_mg.size, rows.size, high, first)


def _spaced(doses: list[float], ratio: float) -> list[int]:
    """Positions from the smallest dose up, each the first at least 1 + ratio times the last."""
    rows = [1]
    while True:
        at = bisect_left(doses, doses[rows[-1]] * (1 + ratio), rows[-1] + 1)
        if at >= len(doses):
            return rows
        rows.append(at)
