"""Counts on a fixed grid: quantiles of any number of people in constant memory.

Counts are whole numbers, and least and greatest values exact, so that adding and merging give the
same to the last bit in any order and grouping.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.bands import between_ranks, checked_levels
from occupancy.kinetics.disposition import Array

NARROWEST = np.uint16
"""Counts begin as these."""
ROUNDING = 1e-9
"""How far a value may lie outside its bins, as a share of their width together."""


@dataclass(frozen=True)
class Bins:
    """A fixed grid of values: equal steps, or equal ratios when `ratio` is given.

    Equal steps cover [low, high] with `count` bins: a quantile is within `error` = half a bin.
    Equal ratios cover [low, high] so that a quantile is within `error` = ratio / 2 of its value
    (relative); values below `low` are read as 0, an absolute error below `low`.

    Raises ValueError when the limits do not rise or, for ratios, are not positive.
    """

    low: float
    high: float
    count: int
    ratio: float | None = None

    def __post_init__(self) -> None:
        """Check the limits."""
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ValueError(f"Bins: low = {self.low} and high = {self.high} must rise.")
        if self.ratio is not None and not (self.low > 0 and 0 < self.ratio < 1):
            raise ValueError(
                f"Bins: low = {self.low} and ratio = {self.ratio} are not allowed; equal ratios "
                "need low > 0 and a ratio between 0 and 1."
            )
        if self.count < 1:
            raise ValueError(f"Bins: count = {self.count} is not allowed; give 1 or more.")

    @classmethod
    def fractions(cls, width: float = 1e-4) -> Bins:
        """Bins for occupancies, 0 to 1."""
        return cls(0.0, 1.0, int(np.ceil(1.0 / width)))

    @classmethod
    def concentrations(cls, low: float = 1e-4, high: float = 1e6, ratio: float = 2e-3) -> Bins:
        """Bins for concentrations in ng/mL, with a relative error of half of `ratio`."""
        count = int(np.ceil(np.log(high / low) / np.log1p(ratio))) + 1
        return cls(low, high, count, ratio)

    @property
    def error(self) -> float:
        """Largest error of a quantile: absolute for equal steps, relative for equal ratios."""
        return 0.5 * ((self.high - self.low) / self.count if self.ratio is None else self.ratio)

    def check(self, least: Array, greatest: Array) -> None:
        """See that what lies between fits.

        Raises ValueError when a value is not a number or lies outside by more than rounding.
        """
        low = self.low if self.ratio is None else 0.0
        lowest, highest = float(np.min(least)), float(np.max(greatest))
        slack = ROUNDING * (self.high - low)
        if not (lowest >= low - slack and highest <= self.high + slack):
            raise ValueError(
                f"values from {lowest:g} to {highest:g} do not fit bins from {low:g} to "
                f"{self.high:g}; give bins that hold them."
            )

    def index(self, values: Array) -> NDArray[np.intp]:
        """The bin of each value; of what lies outside, the first or last."""
        if self.ratio is None:
            place = values - self.low
            place *= self.count / (self.high - self.low)
        else:
            place = np.log(np.maximum(values, self.low) / self.low)
            place *= 1.0 / np.log1p(self.ratio)
            place += values >= self.low
        found = place.astype(np.intp)
        return np.clip(found, 0, self.count - 1, out=found)

    def value(self, index: NDArray[np.intp]) -> Array:
        """The middle of each bin."""
        if self.ratio is None:
            return self.low + (index.astype(np.float64) + 0.5) * (2.0 * self.error)
        middle = self.low * np.exp((index - 0.5) * np.log1p(self.ratio))
        return np.where(index == 0, 0.0, middle)


@dataclass(eq=False)
class Histogram:
    """How many people fall in each bin, for many rows (times, metrics) at once.

    `add` and `merge` change it. Counts are as narrow as the number of people allows: a grid that
    stays in a core's cache leaves the memory, which all cores share, to what is counted.

    Attributes:
        counts: shape (rows, bins); 16-bit numbers up to 65,535 people, wider ones above.
        least, greatest: of each row, exact, shape (rows,); infinite while nobody is counted.
    """

    bins: Bins
    counts: NDArray[np.unsignedinteger[Any]]
    least: Array
    greatest: Array

    @classmethod
    def empty(cls, bins: Bins, rows: int) -> Histogram:
        """A histogram of nobody."""
        return cls(
            bins,
            np.zeros((rows, bins.count), dtype=NARROWEST),
            np.full(rows, np.inf),
            np.full(rows, -np.inf),
        )

    @property
    def people(self) -> int:
        """Number of people counted."""
        return int(self.counts[0].sum()) if self.counts.size else 0

    def add(self, values: Array) -> None:
        """Count the people of values (rows, people).

        Raises ValueError for another number of rows, nobody, and values outside the bins.
        """
        rows = len(self.counts)
        if values.ndim != 2 or values.shape[0] != rows or values.shape[1] == 0:
            raise ValueError(
                f"values have shape {values.shape}; give ({rows}, people), people >= 1."
            )
        least, greatest = values.min(axis=1), values.max(axis=1)
        self.bins.check(least, greatest)
        place = self.bins.index(values)
        place += (np.arange(rows) * self.bins.count)[:, None]
        self._make_room(values.shape[1])
        # Only the counts that change are touched: the grid is larger than what is counted.
        one = self.counts.dtype.type(1)
        np.add.at(self.counts.reshape(-1), place.ravel(order="K"), one)
        np.minimum(self.least, least, out=self.least)
        np.maximum(self.greatest, greatest, out=self.greatest)

    def merge(self, other: Histogram) -> None:
        """Count the people of another histogram of the same bins and rows as well.

        Raises ValueError for other bins or rows.
        """
        if other.bins != self.bins or other.counts.shape != self.counts.shape:
            raise ValueError("merge: the histograms have different bins or rows.")
        self._make_room(other.people)
        np.add(self.counts, other.counts, out=self.counts, casting="same_kind")
        np.minimum(self.least, other.least, out=self.least)
        np.maximum(self.greatest, other.greatest, out=self.greatest)

    def quantiles(self, levels: Sequence[float] | Array) -> Array:
        """Quantiles over people, (levels, rows), within `bins.error` of `numpy.quantile`.

        An order statistic is taken as the middle of its bin, held between least and greatest.

        Raises ValueError when nobody has been counted.
        """
        wanted = checked_levels(levels)
        if not self.people:
            raise ValueError("quantiles: nobody has been counted yet; add people first.")
        lower, upper, weight = between_ranks(wanted, self.people)
        low, high = np.empty((2, wanted.size, len(self.counts)))
        for r, row in enumerate(self.counts):
            below = np.cumsum(row)
            low[:, r] = self.bins.value(np.searchsorted(below, lower, side="right"))
            high[:, r] = self.bins.value(np.searchsorted(below, upper, side="right"))
        for one in (low, high):
            np.clip(one, self.least, self.greatest, out=one)
        return low + (high - low) * weight[:, None]

    def _make_room(self, people: int) -> None:
        """Widen the counts, where a bin could otherwise run over with so many more people."""
        needed = np.min_scalar_type(self.people + people)
        if needed.itemsize > self.counts.itemsize:
            self.counts = self.counts.astype(needed)

    def __getstate__(self) -> dict[str, Any]:
        """Counts in the fewest bytes that hold them: most of what a worker sends is these."""
        small = np.min_scalar_type(int(self.counts.max(initial=0)))
        return {**self.__dict__, "counts": self.counts.astype(small)}
