"""Bands, means, shares and peaks of any number of people in constant memory.

Each accumulator takes people chunk by chunk with `add` and other accumulators with `merge`.
Everything is counted in whole numbers, so the result is the same to the last bit whatever the
chunks and their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.bands import between_ranks, checked_levels
from occupancy.kinetics.disposition import Array

MEAN_BITS = 39
"""Sums are kept in units of the largest value times 2^-39, exact for 2^23 people."""
MOST_PEOPLE = 1 << 23


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

    def index(self, values: Array) -> NDArray[np.intp]:
        """The bin of each value.

        Raises ValueError when a value is not a number or lies outside.
        """
        least = self.low if self.ratio is None else 0.0
        lowest, highest = float(np.min(values)), float(np.max(values))
        if not (lowest >= least and highest <= self.high):
            raise ValueError(
                f"values from {lowest:g} to {highest:g} do not fit bins from {least:g} to "
                f"{self.high:g}; give bins that hold them."
            )
        if self.ratio is None:
            place = (values - self.low) * (self.count / (self.high - self.low))
        else:
            place = np.log(np.maximum(values, self.low) / self.low)
            place *= 1.0 / np.log1p(self.ratio)
            place += values >= self.low
        found = place.astype(np.intp)
        return np.minimum(found, self.count - 1, out=found)

    def value(self, index: NDArray[np.intp]) -> Array:
        """The middle of each bin."""
        if self.ratio is None:
            return self.low + (index.astype(np.float64) + 0.5) * (2.0 * self.error)
        middle = self.low * np.exp((index - 0.5) * np.log1p(self.ratio))
        return np.where(index == 0, 0.0, middle)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many people fall in each bin, for every row (time); counts (rows, bins)."""

    bins: Bins
    counts: NDArray[np.uint32]

    @classmethod
    def empty(cls, bins: Bins, rows: int) -> Histogram:
        """A histogram of nobody."""
        return cls(bins, np.zeros((rows, bins.count), dtype=np.uint32))

    @property
    def people(self) -> int:
        """Number of people counted."""
        return int(self.counts[0].sum()) if self.counts.size else 0

    def add(self, values: Array) -> None:
        """Count the people of values (rows, people)."""
        _check_rows(values, self.counts.shape[0])
        for row, one in zip(self.counts, values, strict=True):
            row += np.bincount(self.bins.index(one), minlength=row.size).astype(np.uint32)

    def merge(self, other: Histogram) -> None:
        """Count the people of another histogram of the same bins and rows as well."""
        if other.bins != self.bins or other.counts.shape != self.counts.shape:
            raise ValueError("merge: the histograms have different bins or rows.")
        self.counts[...] += other.counts

    def quantiles(self, levels: Sequence[float] | Array) -> Array:
        """Quantiles over people, (levels, rows), within `bins.error` of the exact ones.

        Raises ValueError when nobody has been counted.
        """
        wanted = checked_levels(levels)
        if not self.people:
            raise ValueError("quantiles: nobody has been counted yet; add people first.")
        lower, upper, weight = between_ranks(wanted, self.people)
        out = np.empty((wanted.size, self.counts.shape[0]))
        for r, row in enumerate(self.counts):
            below = np.cumsum(row, dtype=np.int64)
            low = self.bins.value(np.searchsorted(below, lower, side="right"))
            high = self.bins.value(np.searchsorted(below, upper, side="right"))
            out[:, r] = low + (high - low) * weight
        return out


@dataclass(frozen=True, eq=False)
class Course:
    """What a population does over time: bands, mean, share of people in a window, peaks.

    Means are within `high` · 2^-40 of the exact ones. `peaks` counts each person's largest
    value, `in_window` the share of times each person spends in [low, high] of the window.
    """

    bands: Histogram
    peaks: Histogram
    window: tuple[float, float] | None
    in_window: Histogram
    sums: NDArray[np.int64]
    inside: NDArray[np.int64]

    @classmethod
    def empty(cls, times: int, bins: Bins, window: tuple[float, float] | None = None) -> Course:
        """A course of nobody over a number of times."""
        return cls(
            bands=Histogram.empty(bins, times),
            peaks=Histogram.empty(bins, 1),
            window=window,
            in_window=Histogram.empty(Bins.fractions(), 1),
            sums=np.zeros(times, dtype=np.int64),
            inside=np.zeros(times, dtype=np.int64),
        )

    @property
    def people(self) -> int:
        """Number of people seen."""
        return self.bands.people

    def add(self, values: Array) -> None:
        """Take in people: values (times, people).

        Raises ValueError for values outside the bins, another number of times, and more than
        2^23 people.
        """
        _check_rows(values, self.sums.size)
        self._check_people(values.shape[1])
        self.bands.add(values)
        self.peaks.add(values.max(axis=0)[None])
        for r, row in enumerate(values):
            self.sums[r] += np.rint(row * self._per_unit).astype(np.int64).sum()
        if self.window is not None:
            inside = (values >= self.window[0]) & (values <= self.window[1])
            self.inside[...] += np.count_nonzero(inside, axis=1)
            self.in_window.add(inside.mean(axis=0)[None])

    def merge(self, other: Course) -> None:
        """Take in the people of another course of the same times, bins and window."""
        if other.window != self.window:
            raise ValueError(f"merge: windows {self.window} and {other.window} differ.")
        self._check_people(other.people)
        for mine, theirs in (
            (self.bands, other.bands),
            (self.peaks, other.peaks),
            (self.in_window, other.in_window),
        ):
            mine.merge(theirs)
        self.sums[...] += other.sums
        self.inside[...] += other.inside

    @property
    def mean(self) -> Array:
        """Mean over people at each time, (times,)."""
        return self.sums / (self._per_unit * self.people)

    @property
    def share_in_window(self) -> Array:
        """Share of people in the window at each time, (times,).

        Raises ValueError without a window.
        """
        if self.window is None:
            raise ValueError("share_in_window: no window was given to `empty`.")
        return self.inside / self.people

    @property
    def _per_unit(self) -> float:
        return 2.0**MEAN_BITS / self.bands.bins.high

    def _check_people(self, more: int) -> None:
        if self.people + more > MOST_PEOPLE:
            raise ValueError(
                f"{self.people + more} people are too many for one accumulator; it holds "
                f"{MOST_PEOPLE}."
            )


def _check_rows(values: Array, rows: int) -> None:
    if values.ndim != 2 or values.shape[0] != rows or values.shape[1] == 0:
        raise ValueError(f"values have shape {values.shape}; give ({rows}, people), people >= 1.")
