"""One curve by least squares, its ceiling fixed or free: how far the two readings part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.inference.point import Point

#: Half-saturating exposures tried: from a thousandth of the lowest to a thousand times the
#: highest exposure, then refined about the best.
DECADES = 3.0
STEPS = 601
REFINEMENTS = 6


@dataclass(frozen=True)
class TwoReadings:
    """ED50 with the ceiling fixed at 100 %, and ED50 with its own ceiling.

    Attributes:
        fixed: ED50 with Emax = 1.
        free: ED50 with Emax fitted; infinite when the points are a straight line.
        emax: the fitted Emax, at most 1.
        sse_fixed: sum of squared residuals, fractions, weighted when SDs are given.
        sse_free: the same with the ceiling free.
    """

    fixed: float
    free: float
    emax: float
    sse_fixed: float
    sse_free: float


def two_readings(points: Sequence[Point], *, weighted: bool = False) -> TwoReadings | None:
    """theta = Emax x / (x + ED50) by least squares on the means of one curve.

    Args:
        points: rows of one curve; intervals are left out, ranges enter as their middle.
        weighted: weigh by n / SD^2 where all rows report an SD.

    Returns:
        None with fewer than two means.
    """
    rows = [
        (one.exposure, y, one)
        for one in points
        if (y := one.occupancy if one.occupancy is not None else _middle(one)) is not None
    ]
    if len(rows) < 2:
        return None
    x, y = (
        np.array(side, dtype=np.float64) for side in ([r[0] for r in rows], [r[1] for r in rows])
    )
    weight = np.ones(x.size)
    spreads = [one.spread for _, _, one in rows]
    if weighted and all(spreads):
        weight = np.array([r[2].people / (r[2].spread or 1.0) ** 2 for r in rows])

    def fit(free: bool) -> tuple[float, float, float]:
        low, high = np.log(x.min()) - DECADES * np.log(10), np.log(x.max()) + DECADES * np.log(10)
        found = (1.0, 1.0, np.inf)
        for _ in range(REFINEMENTS):
            log_k = np.linspace(low, high, STEPS)
            share = x / (x + np.exp(log_k)[:, None])
            emax = np.ones(STEPS)
            if free:
                emax = (weight * share * y).sum(axis=1) / (weight * share**2).sum(axis=1)
                emax = np.clip(emax, 0.0, 1.0)
            sse = (weight * (y - emax[:, None] * share) ** 2).sum(axis=1)
            best = int(np.argmin(sse))
            step = log_k[1] - log_k[0]
            low, high = log_k[best] - 2 * step, log_k[best] + 2 * step
            found = float(np.exp(log_k[best])), float(emax[best]), float(sse[best])
        return found

    fixed, _, sse_fixed = fit(free=False)
    free, emax, sse_free = fit(free=True)
    return TwoReadings(fixed, free, emax, sse_fixed, sse_free)


def _middle(point: Point) -> float | None:
    if point.low is None or point.high is None:
        return None
    return 0.5 * (point.low + point.high)
