"""Bands, means, shares and peaks of any number of people in constant memory.

A course takes people chunk by chunk with `add` and other courses with `merge`. Everything is
counted in whole numbers, so the result is the same to the last bit whatever the chunks and their
order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.histogram import Bins, Histogram
from occupancy.kinetics.disposition import Array

MEAN_BITS = 39
"""Sums are kept in units of the largest value times 2^-39, exact for 2^23 people."""
MOST_PEOPLE = 1 << 23


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
        self._check_people(values.shape[-1])
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
