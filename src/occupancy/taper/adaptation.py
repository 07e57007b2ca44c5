"""A set-point that follows occupancy with one time constant, solved exactly piece by piece.

z' = (o - z) / tau,  W = max(0, z - o)

On a piece o(t) = start + slope t - fall (1 - exp(-rate t)), of which slope or fall is zero,
w = z - o is

    w(t) = exp(-t/tau) (w0 + slope tau + rate fall E(t)) - slope tau,
    E(t) = (exp(d t) - 1) / d,  d = 1/tau - rate  (E = t where d = 0)

so its highest point, its zero (one at most) and its area tau (z(0) - z(t)) are closed forms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from occupancy.course.sampling import Array


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the set-point follows, piece after piece; shape (draws, n), days along n.

    Made by `held`, `relaxing` and `sampled`. Attributes:
        days: length of each piece, (n,); the last may be infinite.
        start: value at the beginning of a piece.
        slope: per day; zero where `fall` is not.
        fall: start minus the value it relaxes to.
        rate: of that relaxation, per day, (n,).
    """

    days: Array
    start: Array
    slope: Array
    fall: Array
    rate: Array

    def at(self, piece: int, t: Array) -> Array:
        """Value t days into a piece; t (draws,), which may be infinite where nothing slopes."""
        value = self.start[:, piece] + self.slope[:, piece] * np.where(np.isinf(t), 0.0, t)
        if self.rate[piece] > 0:
            value = value + self.fall[:, piece] * np.expm1(-self.rate[piece] * t)
        return value


@dataclass(frozen=True, eq=False)
class Filtered:
    """The drive W over pieces.

    Attributes:
        peak: highest W, (draws,).
        peak_day: when, days from the start of the first piece.
        area: of W over all pieces, in days times the unit of what is followed.
        piece_peak: highest W within each piece, (draws, n).
        piece_peak_day: when.
        setpoint: z at the end of the last piece, (draws,).
        gap: w = z - o at the start of each piece, (draws, n).
    """

    peak: Array
    peak_day: Array
    area: Array
    piece_peak: Array
    piece_peak_day: Array
    setpoint: Array
    gap: Array


def held(levels: ArrayLike, days: ArrayLike) -> Pieces:
    """Piecewise constant: `levels` (n,) or (draws, n), each for its `days` (n,)."""
    start = np.atleast_2d(np.asarray(levels, dtype=np.float64))
    zero = np.zeros_like(start)
    return _checked(Pieces(_days(days, start.shape[1]), start, zero, zero, np.zeros(len(start.T))))


def relaxing(before: ArrayLike, levels: ArrayLike, days: ArrayLike, half_life: float) -> Pieces:
    """Piecewise exponential: towards each of `levels` for its `days`, with a half-life in days.

    `before` (draws,) is the value at the start; each piece begins where the one before ends.
    """
    if not (np.isfinite(half_life) and half_life > 0):
        raise ValueError(f"half_life = {half_life:g} days is not allowed; give more than 0.")
    goal = np.atleast_2d(np.asarray(levels, dtype=np.float64))
    length = _days(days, goal.shape[1])
    start = np.empty_like(goal)
    value = np.broadcast_to(np.asarray(before, dtype=np.float64), goal.shape[:1])
    for k in range(goal.shape[1]):
        start[:, k] = value
        value = goal[:, k] + (value - goal[:, k]) * 0.5 ** (length[k] / half_life)
    rate = np.full(length.size, np.log(2.0) / half_life)
    return _checked(Pieces(length, start, np.zeros_like(goal), start - goal, rate))


def sampled(time_days: ArrayLike, values: ArrayLike) -> Pieces:
    """Piecewise linear through `values` (T,) or (draws, T), then held at the last for good."""
    time = np.asarray(time_days, dtype=np.float64)
    at = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if time.ndim != 1 or time.size != at.shape[1] or time.size < 2 or (np.diff(time) <= 0).any():
        raise ValueError("time_days must rise, one time per value, at least two.")
    slope = np.append(np.diff(at, axis=1) / np.diff(time), np.zeros((len(at), 1)), axis=1)
    length = np.append(np.diff(time), np.inf)
    return _checked(Pieces(length, at, slope, np.zeros_like(at), np.zeros(length.size)))


def follow(pieces: Pieces, tau: float, setpoint: ArrayLike | None = None) -> Filtered:
    """Run the set-point over the pieces.

    Args:
        pieces: what it follows.
        tau: time constant, days.
        setpoint: z at the start, (draws,); None is fully adapted to the first value.

    Raises:
        ValueError: a time constant that is not positive.
    """
    if not (np.isfinite(tau) and tau > 0):
        raise ValueError(f"tau = {tau:g} days is not allowed; give more than 0.")
    draws, n = pieces.start.shape
    z = pieces.start[:, 0] if setpoint is None else np.asarray(setpoint, dtype=np.float64)
    z = np.broadcast_to(z, (draws,))
    peaks, whens, gap = (np.zeros((draws, n)) for _ in range(3))
    area, begin = np.zeros(draws), 0.0
    for k, length in enumerate(pieces.days):
        w0 = z - pieces.start[:, k]
        gap[:, k] = w0
        last = np.full(draws, length)
        times = np.stack([np.zeros(draws), np.clip(_turn(pieces, k, w0, tau), 0, length), last])
        W = np.stack([_gap(pieces, k, w0, tau, t) for t in times])
        best, member = W.argmax(axis=0), np.arange(draws)
        peaks[:, k] = np.maximum(W[best, member], 0.0)
        whens[:, k] = begin + times[best, member]
        end = W[2] + pieces.at(k, last)
        # w keeps its sign but for one zero: above it before when it starts above, else after.
        cross = np.minimum(_zero(pieces, k, w0, tau), length)
        middle = _gap(pieces, k, w0, tau, cross) + pieces.at(k, cross)
        first = np.where(w0 < 0, middle, z)
        then = np.where(w0 > 0, middle, end)
        above = (w0 > 0) | (peaks[:, k] > 0)
        area = area + np.where(above, tau * (first - then), 0.0)
        z, begin = end, begin + length
    best = peaks.argmax(axis=1)
    member = np.arange(draws)
    return Filtered(peaks[member, best], whens[member, best], area, peaks, whens, z, gap)


def drive_at(pieces: Pieces, filtered: Filtered, tau: float, time_days: ArrayLike) -> Array:
    """W at days from the start of the first piece, (draws, T), from what `follow` returned."""
    time = np.atleast_1d(np.asarray(time_days, dtype=np.float64))
    begins = np.concatenate([[0.0], np.cumsum(pieces.days)[:-1]])
    if time.min() < 0 or time.max() > begins[-1] + pieces.days[-1]:
        raise ValueError("time_days must lie within the pieces.")
    at = np.searchsorted(begins, time, side="right") - 1
    columns = [
        _gap(pieces, k, filtered.gap[:, k], tau, np.full(len(filtered.gap), t - begins[k]))
        for k, t in zip(at, time, strict=True)
    ]
    return np.maximum(np.stack(columns, axis=1), 0.0)


def _gap(pieces: Pieces, k: int, w0: Array, tau: float, t: Array) -> Array:
    """w = z - o after t days of a piece, (draws,)."""
    w = w0 * np.exp(-t / tau) + pieces.slope[:, k] * tau * np.expm1(-t / tau)
    rate = pieces.rate[k]
    if rate == 0:
        return w
    d = 1.0 / tau - rate
    # exp(-t/tau) E(t), each way round without a growing exponential.
    if d == 0:
        kernel = np.where(np.isinf(t), 0.0, np.exp(-t / tau) * np.where(np.isinf(t), 0.0, t))
    elif d > 0:
        kernel = -np.exp(-rate * t) * np.expm1(-d * t) / d
    else:
        kernel = np.exp(-t / tau) * np.expm1(d * t) / d
    return w + rate * pieces.fall[:, k] * kernel


def _turn(pieces: Pieces, k: int, w0: Array, tau: float) -> Array:
    """Days into a piece at which w turns, E = (1 - w0 / (tau rate fall)) / rate; 0 where never."""
    rate, fall = pieces.rate[k], pieces.fall[:, k]
    if rate == 0:
        return np.zeros_like(w0)
    E = (1.0 - _over(w0, tau * rate * fall)) / rate
    return np.nan_to_num(_time_of(E, 1.0 / tau - rate), posinf=0.0)


def _zero(pieces: Pieces, k: int, w0: Array, tau: float) -> Array:
    """Days into a piece at which w passes zero; infinite where it keeps its sign."""
    rate, fall, slope = pieces.rate[k], pieces.fall[:, k], pieces.slope[:, k] * tau
    if rate > 0:
        return _time_of(_over(-w0, rate * fall), 1.0 / tau - rate)
    ratio = _over(w0, slope)
    return np.where(ratio > 0, tau * np.log1p(np.maximum(ratio, 0.0)), np.inf)


def _over(one: Array, other: Array) -> Array:
    """one / other; infinite where that has no value or is too large for a number."""
    with np.errstate(over="ignore"):
        return np.divide(one, other, out=np.full_like(one, np.inf), where=other != 0)


def _time_of(E: Array, d: float) -> Array:
    """t >= 0 with (exp(d t) - 1) / d = E, infinite where there is none."""
    possible = np.isfinite(E) & (E > 0) & (1.0 + d * E > 0)
    found = np.where(possible, E, 0.0)
    return np.where(possible, np.log1p(d * found) / d if d != 0 else found, np.inf)


def _days(days: ArrayLike, n: int) -> Array:
    length = np.atleast_1d(np.asarray(days, dtype=np.float64))
    if length.shape != (n,):
        raise ValueError(f"days has shape {length.shape}; {n} levels need ({n},).")
    return length


def _checked(pieces: Pieces) -> Pieces:
    length = pieces.days
    if not (np.isfinite(length[:-1]).all() and (length > 0).all()):
        raise ValueError("days must be above 0, and finite but for the last.")
    if not np.isfinite(pieces.start).all():
        raise ValueError("levels must be finite.")
    return pieces
