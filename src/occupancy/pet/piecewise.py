"""Piecewise linear curves over time, from zero, and the curve behind a reference region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike, Convention, Frames


@final
@dataclass(frozen=True, eq=False)
class Piecewise:
    """A continuous curve, linear between its knots.

    It starts at time zero (a first knot after zero is joined to nothing at zero by a line) and
    keeps its last value after its last knot.

    Attributes
    ----------
    times
        Minutes after injection, increasing, the first of them zero; shape (knots,).
    values
        Shape (knots,).
    """

    times: Array
    values: Array

    def __post_init__(self) -> None:
        """Refuse knots that are not in order, join the first of them to zero.

        Raises
        ------
        PetError
            Times or values that are not finite, unequal lengths, times that do not increase.
        """
        times = np.array(self.times, dtype=np.float64, ndmin=1)
        values = np.array(self.values, dtype=np.float64, ndmin=1)
        if times.shape != values.shape or times.ndim != 1 or times.size == 0:
            raise PetError(
                f"times {times.shape} and values {values.shape} must be two lists of one length."
            )
        if not (np.isfinite(times).all() and np.isfinite(values).all()):
            raise PetError("A curve's times and values must be finite; leave out missing samples.")
        if times[0] < 0 or (np.diff(times) <= 0).any():
            i = 0 if times[0] < 0 else int(np.flatnonzero(np.diff(times) <= 0)[0]) + 1
            raise PetError(
                f"Sample {i + 1} is at {times[i]:g} min; times are not negative and increase."
            )
        if times[0] > 0:
            times = np.concatenate([[0.0], times])
            values = np.concatenate([[0.0], values])
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    def at(self, t: ArrayLike) -> Array:
        """Return the curve at times t >= 0, min."""
        return np.interp(np.asarray(t, dtype=np.float64), self.times, self.values)

    def integral(self, t: ArrayLike) -> Array:
        """Return ∫ from 0 to t of the curve, exactly."""
        when = np.asarray(t, dtype=np.float64)
        total = self._integrated
        i = np.clip(np.searchsorted(self.times, when, side="right") - 1, 0, self.times.size - 1)
        return total[i] + 0.5 * (when - self.times[i]) * (self.values[i] + self.at(when))

    def average(self, frames: Frames) -> Array:
        """Return the mean of the curve over each frame, exactly."""
        return (self.integral(frames.end) - self.integral(frames.start)) / frames.duration

    @cached_property
    def _integrated(self) -> Array:
        """The integral up to each knot."""
        steps = 0.5 * np.diff(self.times) * (self.values[1:] + self.values[:-1])
        return np.concatenate([[0.0], np.cumsum(steps)])

    def seen(self, frames: Frames, convention: Convention) -> Array:
        """Return the curve as frames of this convention show it."""
        return self.average(frames) if convention == "average" else self.at(frames.mid)

    def integral_seen(self, frames: Frames, convention: Convention) -> Array:
        """Return the running integral as frames of this convention show it.

        At the middle of the frame, or averaged over it: (1/Δ) ∫ (end - s) c(s) ds over the frame,
        plus what came before. Both are exact.
        """
        if convention == "mid":
            return self.integral(frames.mid)
        knots = np.union1d(self.times, np.concatenate([frames.start, frames.end]))
        below, above = knots[:-1], knots[1:]
        h = above - below
        # the integral's own integral over a segment on which the curve is a line
        first, last = self.at(below), self.at(above)
        twice = h * self.integral(below) + h * h * (first / 3.0 + last / 6.0)
        total = np.concatenate([[0.0], np.cumsum(twice)])
        return (np.interp(frames.end, knots, total) - np.interp(frames.start, knots, total)) / (
            frames.duration
        )

    def shifted(self, delay: float) -> Piecewise:
        """Return the curve `delay` minutes later: c(t - delay), nothing before."""
        if delay == 0.0:
            return self
        times = self.times + delay
        if delay > 0:
            rise = [0.0, delay] if self.values[0] == 0.0 else [0.0, np.nextafter(delay, 0.0), delay]
            start = np.zeros(len(rise))
            start[-1] = self.values[0]
            return Piecewise(
                np.concatenate([rise, times[1:]]), np.concatenate([start, self.values[1:]])
            )
        later = times > 0
        return Piecewise(
            np.concatenate([[0.0], times[later]]),
            np.concatenate([[self.at(-delay)], self.values[later]]),
        )


def curve_of_frames(frames: Frames, values: Array, convention: Convention) -> Piecewise:
    """Return the curve taken to lie behind a region's frames.

    For 'mid', straight lines through the origin and the points. For 'average', a line through
    the frame boundaries and middles whose mean over every frame is the measured one: at a
    boundary the value that a line between the neighbouring middles has there, and at the middle
    2 c - (a + b)/2, with a and b the frame's boundary values. Missing frames (nan) are bridged.

    Raises
    ------
    PetError
        Fewer than two frames have a value.
    """
    known = np.isfinite(values)
    if known.sum() < 2:
        raise PetError(f"{int(known.sum())} of {len(frames)} frames have a value; two are needed.")
    kept, c = frames.take(known), values[known]
    lines = Piecewise(kept.mid, c)
    if convention == "mid":
        return lines
    slope = (c[-1] - c[-2]) / (kept.mid[-1] - kept.mid[-2])
    a, b = lines.at(kept.start), lines.at(kept.end)
    b[-1] = c[-1] + 0.5 * slope * kept.duration[-1]
    middle = 2.0 * c - 0.5 * (a + b)
    times = np.column_stack([kept.start, kept.mid, kept.end]).ravel()
    points = np.column_stack([a, middle, b]).ravel()
    fresh = np.concatenate([[True], np.diff(times) > 0])
    return Piecewise(times[fresh], points[fresh])
