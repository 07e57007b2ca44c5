"""What a course comes to: peak, trough, swing, time in window, time to steady state."""

from dataclasses import dataclass

import numpy as np

from occupancy.course.sampling import Array


@dataclass(frozen=True)
class CycleMetrics:
    """Per draw, over the last dosing cycle of a course; occupancies as fractions, shape (draws,).

    `in_window` is the share of the cycle with low <= occupancy <= high, None without a window.
    """

    peak: Array
    trough: Array
    average: Array
    in_window: Array | None

    @property
    def swing(self) -> Array:
        """Peak minus trough."""
        return self.peak - self.trough


def cycle_metrics(
    time_h: Array, occupancy: Array, window: tuple[float, float] | None
) -> CycleMetrics:
    """Metrics of one cycle sampled on `time_h` (T,); occupancy (draws, T).

    The average is the trapezoidal mean; the share in the window counts the time of the linear
    pieces inside it, so it does not depend on how finely the cycle is sampled.
    """
    width = np.diff(time_h)
    total = float(width.sum())
    if total <= 0:
        return CycleMetrics(
            occupancy.max(axis=1), occupancy.min(axis=1), occupancy.mean(axis=1), None
        )
    middle = 0.5 * (occupancy[:, 1:] + occupancy[:, :-1])
    inside = None if window is None else share_between(time_h, occupancy, *window)
    return CycleMetrics(
        peak=occupancy.max(axis=1),
        trough=occupancy.min(axis=1),
        average=(middle * width).sum(axis=1) / total,
        in_window=inside,
    )


def share_between(time_h: Array, values: Array, low: float, high: float) -> Array:
    """Share of time that piecewise linear `values` (draws, T) spend in [low, high]."""
    a, b = values[:, :-1], values[:, 1:]
    width = np.diff(time_h)
    bottom, top = np.minimum(a, b), np.maximum(a, b)
    rise = top - bottom
    overlap = np.clip(np.minimum(top, high) - np.maximum(bottom, low), 0.0, None)
    level = (bottom >= low) & (top <= high)
    share = np.where(rise > 0, overlap / np.where(rise > 0, rise, 1.0), level)
    return (share * width).sum(axis=1) / width.sum()


def time_to_share(time_h: Array, cycle_average: Array, goal: float, share: float) -> float | None:
    """First time at which `cycle_average` (T,) reaches `share` of `goal`, or None."""
    reached = np.flatnonzero(cycle_average >= share * goal)
    return float(time_h[reached[0]]) if reached.size else None
