"""Products, quotients and exponentials that keep their limits, silently, with finite gradients."""

from __future__ import annotations

from typing import Any

from occupancy.laws._namespace import Array

_SERIES_BELOW = 0.01  # the eight-term series is exact to double precision here


def product(xp: Any, left: Array, right: Array) -> Array:
    """Return left * right, zero where one side is zero and the other infinite.

    Only the infinite side is masked, so the gradient at an ordinary zero stays right.
    """
    return xp.where(xp.isinf(left) & (right == 0), 0.0, left) * xp.where(
        xp.isinf(right) & (left == 0), 0.0, right
    )


def quotient(xp: Any, numerator: Array, gap: Array) -> Array:
    """Return numerator / gap, infinite where the gap is zero and nan where it is negative."""
    open_gap = gap > 0
    value = numerator / xp.where(open_gap, gap, 1.0)
    return xp.where(open_gap, value, xp.where(gap < 0, xp.nan, xp.inf))[()]


def decay_integral(xp: Any, rate: Array, dt: Array) -> Array:
    """Return the integral of exp(-rate * s) for s from 0 to dt: dt at rate 0, 1/rate at dt = inf.

    Equal to -expm1(-rate * dt) / rate; below rate * dt = 0.01 a Taylor series is used, because
    the quotient's derivative cancels there.
    """
    x = product(xp, rate, dt)
    near = xp.abs(x) < _SERIES_BELOW
    z = xp.where(near, x, 0.0)
    tail = 1.0 - z / 6.0 * (1.0 - z / 7.0 * (1.0 - z / 8.0))
    series = 1.0 - z / 2.0 * (1.0 - z / 3.0 * (1.0 - z / 4.0 * (1.0 - z / 5.0 * tail)))
    return xp.where(
        near,
        xp.where(near, dt, 0.0) * series,
        -xp.expm1(-xp.where(near, 1.0, x)) / xp.where(near, 1.0, rate),
    )
