"""The delay between plasma and the place of action: dCe/dt = keo (C - Ce).

`C` is the concentration that drives the effect site, unbound plasma times Kp,uu when the site
is the brain. The law is linear, so the caller may scale before or after. Everything is exact.
"""

from __future__ import annotations

from occupancy.laws._limits import decay_integral, product
from occupancy.laws._namespace import Array, promote
from occupancy.laws._segments import affine_course, per_segment, rest_axes


def effect_site_after(Ce0: Array, C: Array, dt: Array, keo: Array) -> Array:
    """Return the effect-site concentration after `dt` at constant driving concentration.

    Ce(dt) = C + (Ce0 - C) exp(-keo dt). An infinite keo means no delay.
    """
    xp, ce0, c, dt, keo = promote(Ce0, C, dt, keo)
    elapsed = product(xp, keo, dt)
    return ce0 * xp.exp(-elapsed) + product(xp, c, -xp.expm1(-elapsed))


def effect_site_course(Ce0: Array, C_segments: Array, dt_segments: Array, keo: Array) -> Array:
    """Return the effect-site concentration at the edges of segments of constant concentration.

    `C_segments` and `dt_segments` have the segments on the leading axis, (n,) or (n, ...), or
    are 0-d; `Ce0` and `keo` have shape (...). The result has shape (n + 1, ...): the start, then
    the end of each segment.
    """
    xp, ce0, c, dt, keo = promote(Ce0, C_segments, dt_segments, keo)
    c, dt = per_segment(xp, rest_axes((c, dt), (ce0, keo)), c, dt)
    elapsed = product(xp, keo, dt)
    return affine_course(xp, ce0, xp.exp(-elapsed), product(xp, c, -xp.expm1(-elapsed)))


def effect_site_after_exponential(
    Ce0: Array, C0: Array, rate: Array, dt: Array, keo: Array
) -> Array:
    """Return the effect-site concentration after `dt` while the drive falls as C0 exp(-rate t).

    Ce(dt) = Ce0 exp(-keo dt) + C0 keo (exp(-rate dt) - exp(-keo dt)) / (keo - rate), the
    quotient taken as a divided difference: right also where keo equals the rate, or nearly.

    Parameters
    ----------
    Ce0, C0
        Effect-site and driving concentration at the start, in one unit.
    rate, keo
        Rate of the exponential and of equilibration, per time; keo may be infinite (no delay).
    dt
        Time since the start.
    """
    xp, ce0, c0, rate, dt, keo = promote(Ce0, C0, rate, dt, keo)
    elapsed = product(xp, keo, dt)
    keo_first = keo <= rate
    slow = xp.where(keo_first, keo, rate)
    spread = xp.where(keo_first, rate, keo) - slow
    difference = product(xp, xp.exp(-product(xp, slow, dt)), decay_integral(xp, spread, dt))
    instant = xp.isinf(keo)
    share = xp.where(
        instant,
        -xp.expm1(-elapsed) * xp.exp(-product(xp, rate, dt)),
        product(xp, xp.where(instant, 0.0, keo), difference),
    )
    return ce0 * xp.exp(-elapsed) + c0 * share
