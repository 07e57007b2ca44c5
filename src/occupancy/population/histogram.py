"""Counts on a fixed grid: quantiles of any number of people in constant memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.course.sampling import Array

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Tally:
    """The state of a histogram: counts (series, bins), least and greatest value (series,)."""

    counts: Counts
    least: Array
    greatest: Array

    def __getstate__(self) -> tuple[NDArray[Any], Array, Array]:
        """Counts in the fewest bytes that hold them: most of what a worker sends is these."""
        small = np.min_scalar_type(int(self.counts.max(initial=0)))
        return self.counts.astype(small), self.least, self.greatest

    def __setstate__(self, state: tuple[NDArray[Any], Array, Array]) -> None:
        """Take them back as 64-bit numbers, so that none runs over."""
        for name, value in zip(("counts", "least", "greatest"), state, strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "counts", self.counts.astype(np.int64))


@dataclass(frozen=True)
class Histogram:
    """Equal bins from `low` to `high`, for many series at once.

    Counts are whole numbers, and least and greatest values exact, so merging is exact in any
    order and grouping. A quantile is off by at most half a bin, `error`, from the one that
    numpy.quantile takes of all values, provided that they lie between `low` and `high`; values
    outside are counted in the end bins.
    """

    low: float
    high: float
    bins: int

    @property
    def error(self) -> float:
        """Half the width of a bin."""
        return 0.5 * (self.high - self.low) / self.bins

    def empty(self, series: int) -> Tally:
        """The state before anything was counted."""
        return Tally(
            np.zeros((series, self.bins), dtype=np.int64),
            np.full(series, np.inf),
            np.full(series, -np.inf),
        )

    def add(self, tally: Tally, values: Array) -> Tally:
        """The state after `values` (people, series) were counted too."""
        if len(values) == 0:
            return tally
        scale = self.bins / (self.high - self.low)
        at = ((values - self.low) * scale).astype(np.int64)
        np.clip(at, 0, self.bins - 1, out=at)
        series = values.shape[1]
        at += np.arange(series) * self.bins
        counts = np.bincount(at.ravel(), minlength=series * self.bins).reshape(series, self.bins)
        return Tally(
            tally.counts + counts,
            np.minimum(tally.least, values.min(axis=0)),
            np.maximum(tally.greatest, values.max(axis=0)),
        )

    def merge(self, first: Tally, second: Tally) -> Tally:
        """Both states as one."""
        return Tally(
            first.counts + second.counts,
            np.minimum(first.least, second.least),
            np.maximum(first.greatest, second.greatest),
        )

    def quantiles(self, tally: Tally, shares: tuple[float, ...]) -> Array:
        """Quantiles, shape (shares, series): interpolated between order statistics.

        An order statistic is taken as the middle of its bin, held between least and greatest.
        NaN where nothing was counted.
        """
        total = int(tally.counts[0].sum()) if len(tally.counts) else 0
        if total == 0:
            return np.full((len(shares), len(tally.counts)), np.nan)
        cumulative = np.cumsum(tally.counts, axis=1)

        def order_statistic(rank: int) -> Array:
            at = (cumulative <= rank).sum(axis=1)
            middle = self.low + (at + 0.5) * (self.high - self.low) / self.bins
            return np.clip(middle, tally.least, tally.greatest)

        found = []
        for share in shares:
            position = share * (total - 1)
            below = int(position)
            weight = position - below
            lower = order_statistic(below)
            upper = order_statistic(below + 1) if weight > 0 else lower
            found.append(lower * (1.0 - weight) + upper * weight)
        return np.stack(found)
