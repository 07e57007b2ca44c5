"""The discretisation of the R package kinfitr, to tell what in a difference is discretisation.

The input is read off at evenly spaced points from zero to the middle of the last frame, 1,024 for
a reference region and 6,000 for blood; the convolution is the sum
y_n = step Σ over k <= n of c_k e^(−θ (t_n − t_k)), and its values at the middles of the frames are
interpolated between points (kinfitr 0.9.1, kinfit_convolve). To be compared with, not to be used:
the sum counts c_n in full, which the exact convolution does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from occupancy.pet.frames import Array
from occupancy.pet.piecewise import Piecewise

REFERENCE_POINTS: Final = 1024
BLOOD_POINTS: Final = 6000


@final
@dataclass(frozen=True, eq=False)
class RiemannGrid:
    """Evenly spaced points from zero to the last of `mid`, and the points around each of `mid`.

    Attributes
    ----------
    mid
        Middles of the frames, min.
    points
        Their number.
    """

    mid: Array
    points: int

    def _around(self) -> tuple[Array, np.ndarray, Array]:
        grid = np.linspace(0.0, self.mid[-1], self.points)
        below = np.clip(np.searchsorted(grid, self.mid, side="right") - 1, 0, self.points - 2)
        return grid, below, (self.mid - grid[below]) / (grid[below + 1] - grid[below])

    def seen(self, curve: Piecewise) -> Array:
        """Return the curve at the middles, interpolated between the points."""
        grid, below, share = self._around()
        value = curve.at(grid)
        return (1.0 - share) * value[below] + share * value[below + 1]

    def convolved(self, curve: Piecewise, theta: Array) -> Array:
        """Return the sum above at the middles, shape (frames, θ)."""
        grid, below, share = self._around()
        step = grid[1]
        stops = np.union1d(below, below + 1)
        interval = np.searchsorted(stops, np.arange(stops[-1] + 1))
        value = curve.at(grid[: stops[-1] + 1])
        left = grid[stops[interval]] - grid[: interval.size]
        added = value[:, None] * np.exp(-left[:, None] * theta)
        jump = step * np.add.reduceat(added, np.searchsorted(interval, np.arange(stops.size)))
        decay = np.exp(-np.diff(grid[stops], prepend=grid[stops[0]])[:, None] * theta)
        y = np.empty_like(jump)
        state = np.zeros(np.size(theta))
        for k in range(stops.size):
            state = state * decay[k] + jump[k]
            y[k] = state
        at = np.searchsorted(stops, below)
        return (1.0 - share)[:, None] * y[at] + share[:, None] * y[at + 1]
