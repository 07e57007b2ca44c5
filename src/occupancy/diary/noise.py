"""How far a person's days wander when nothing changes: the null that alarms are held against.

A quiet series is Gaussian with unknown mean and spread, and each day resembles the one before
(AR(1), correlation phi from 0 to 0.9); sums of symptoms, of which most are low and some far
above, are so after g(x) = sqrt(x + 3/8), other numbers as they are:

    g(x_t) = mu + sigma z_t,   z_t = phi z_(t-1) + sqrt(1 - phi^2) e_t,   e_t ~ N(0, 1).

Every day from the third value on one looks at

    T_d = (mean of g over the last 10 days since the step - mean before it) / SD before it,

and the largest |T_d| of the whole watch decides. Its distribution has neither mu nor sigma in it,
only phi, and is drawn on the very days on which the person wrote. phi is not known either: the
days before the step show a lag-1 correlation r, which scatters widely around it. The threshold is

    c(r + delta),   c(phi) = the 1 - 0.5 alpha quantile of the largest |T_d| at phi,

with the smallest delta for which at no phi considered more than 0.6 alpha of the watches pass it,
T and r drawn together; the rest is for days that are rounded, cut off or skewed otherwise. So the
rate holds whatever phi is up to 0.9, and is paid for with larger changes where a person's days
resemble one another. Beyond, a series wanders without a baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Day-to-day correlations considered.
PHI: Final = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Days before the step that make the baseline, and how many of them need a value.
BASELINE_DAYS: Final = 42
FEWEST_BEFORE: Final = 14
#: Days that a look averages over, and how many values since the step it needs.
WINDOW_DAYS: Final = 10
FEWEST_AFTER: Final = 3
#: Shares of alpha: of the quantiles, and of the watches that may pass.
QUANTILE_SHARE: Final = 0.5
PASSING_SHARE: Final = 0.6
#: Steps in which delta is sought.
DELTA_STEP: Final = 0.05
#: Series drawn for each phi.
DRAWS: Final = 8000
#: Pairs of neighbouring days below which nothing can be said of phi.
FEWEST_PAIRS: Final = 6


@dataclass(frozen=True)
class Rule:
    """Thresholds of |T|: `c` at each phi of `PHI`, read `delta` above the correlation found."""

    c: Array
    delta: float

    def threshold(self, lag: Array | float | None) -> Array:
        """|T| that has to be passed.

        Args:
            lag: lag-1 correlations of baselines; None where they cannot be told.
        """
        if lag is None:
            return self.c[-1]
        return np.interp(np.asarray(lag) + self.delta, PHI, self.c)


@dataclass(frozen=True, eq=False)
class Quiet:
    """What chance alone does on these days.

    Attributes:
        largest: largest |T_d| of the watch; shape (phi, draws).
        lag: lag-1 correlation found in the baseline, same shape; None where too few neighbouring
            days have values.
    """

    largest: Array
    lag: Array | None

    def rule(self, alpha: float) -> Rule:
        """Thresholds that chance passes in a share `alpha` of watches at most."""
        quantile = np.quantile(self.largest, 1 - QUANTILE_SHARE * alpha, axis=1)
        c = np.maximum.accumulate(quantile)
        if self.lag is None:
            return Rule(c, 1.0)
        for delta in np.arange(0.0, 1.0, DELTA_STEP):
            rule = Rule(c, float(delta))
            passed = (self.largest > rule.threshold(self.lag)).mean(axis=1)
            if passed.max() <= PASSING_SHARE * alpha:
                return rule
        return Rule(c, 2.0)


def lag_one(days: Array, values: Array) -> Array | None:
    """Lag-1 correlation over neighbouring days, for each row of values (draws, days).

    Returns:
        Shape (draws,), or None when fewer than `FEWEST_PAIRS` days have a neighbour.
    """
    neighbours = np.flatnonzero(np.diff(days) == 1)
    if neighbours.size < FEWEST_PAIRS:
        return None
    rest = values - values.mean(axis=-1, keepdims=True)
    together = (rest[..., neighbours] * rest[..., neighbours + 1]).mean(axis=-1)
    spread = (rest**2).mean(axis=-1)
    return np.divide(together, spread, out=np.zeros_like(together), where=spread > 0)


def steadied(values: Array) -> Array:
    """Sums of symptoms, 0 or more, on a scale where their spread does not follow their size."""
    return np.sqrt(values + 0.375)


def looks(
    before: tuple[int, ...], after: tuple[int, ...], values: Array
) -> tuple[tuple[int, ...], Array]:
    """T_d of every look.

    Args:
        before: days with a value before the step, below 0.
        after: days with a value from the step on, from 0.
        values: shape (draws, len(before) + len(after)).

    Returns:
        The days of the looks, and T_d, shape (draws, looks).
    """
    base, since = values[:, : len(before)], values[:, len(before) :]
    middle, spread = base.mean(axis=1), base.std(axis=1, ddof=1)
    days = np.asarray(after)
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(since, axis=1)], axis=1)
    at = np.arange(FEWEST_AFTER - 1, days.size)
    first = np.searchsorted(days, days[at] - WINDOW_DAYS + 1)
    mean = (sums[:, at + 1] - sums[:, first]) / (at + 1 - first)
    return tuple(days[at].tolist()), (mean - middle[:, None]) / spread[:, None]


@lru_cache(maxsize=16)
def quiet(before: tuple[int, ...], after: tuple[int, ...], seed: int = 0) -> Quiet:
    """Draw what chance does when values stand on the days `before` and `after` the step."""
    rng = np.random.default_rng(seed)
    first, last = before[0], after[-1]
    phi = np.asarray(PHI)[:, None]
    kept = {day: k for k, day in enumerate((*before, *after))}
    values = np.empty((len(PHI), DRAWS, len(kept)))
    state = np.broadcast_to(rng.standard_normal(DRAWS), (len(PHI), DRAWS))
    for day in range(first, last + 1):
        if day > first:
            state = phi * state + np.sqrt(1 - phi**2) * rng.standard_normal(DRAWS)
        if day in kept:
            values[:, :, kept[day]] = state
    flat = values.reshape(-1, len(kept))
    _, T = looks(before, after, flat)
    shape = values.shape[:2]
    lag = lag_one(np.asarray(before, dtype=np.float64), flat[:, : len(before)])
    return Quiet(np.abs(T).max(axis=1).reshape(shape), None if lag is None else lag.reshape(shape))
