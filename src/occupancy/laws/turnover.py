"""Irreversible binding and the renewal of the target.

A drug that never leaves is undone only by synthesis of new target. With F the functional
fraction, dF/dt = kdeg (1 - F) - kobs F and kobs = kinact C / (KI + C).
"""

from __future__ import annotations

from typing import Any

from occupancy.laws._limits import decay_integral, product, quotient
from occupancy.laws._namespace import Array, promote
from occupancy.laws._segments import affine_course, per_segment, rest_axes
from occupancy.laws.binding import occupancy


def inactivation_rate(C: Array, kinact: Array, KI: Array) -> Array:
    """Return the rate at which functional target is lost, kobs = kinact C / (KI + C), per time."""
    return occupancy(C, KI, kinact)


def functional_steady_state(C: Array, kdeg: Array, kinact: Array, KI: Array) -> Array:
    """Return the functional fraction under constant exposure, kdeg / (kdeg + kobs).

    Parameters
    ----------
    C, KI
        Concentration and the concentration of half-maximal inactivation, in one unit.
    kdeg, kinact
        Turnover rate of the target (above 0) and maximal inactivation rate, per time.
    """
    return occupancy(kdeg, inactivation_rate(C, kinact, KI))


def functional_after(
    F0: Array, C: Array, dt: Array, kdeg: Array, kinact: Array, KI: Array
) -> Array:
    """Return the functional fraction after `dt` at constant concentration.

    F(dt) = F_ss + (F0 - F_ss) exp(-(kdeg + kobs) dt); parameters as in
    `functional_steady_state`, `dt` in their time unit, `F0` the fraction at the start.
    """
    xp, f0, c, dt, kdeg, kinact, k_i = promote(F0, C, dt, kdeg, kinact, KI)
    keep, gain = _keep_and_gain(xp, inactivation_rate(c, kinact, k_i), kdeg, dt)
    return f0 * keep + gain


def functional_course(
    F0: Array, C_segments: Array, dt_segments: Array, kdeg: Array, kinact: Array, KI: Array
) -> Array:
    """Return the functional fraction at the edges of segments of constant concentration.

    `C_segments` and `dt_segments` have the segments on the leading axis, (n,) or (n, ...), or
    are 0-d; `F0` and the rates have shape (...). The result has shape (n + 1, ...): the start,
    then the end of each segment.
    """
    xp, f0, c, dt, kdeg, kinact, k_i = promote(F0, C_segments, dt_segments, kdeg, kinact, KI)
    c, dt = per_segment(xp, rest_axes((c, dt), (f0, kdeg, kinact, k_i)), c, dt)
    keep, gain = _keep_and_gain(xp, inactivation_rate(c, kinact, k_i), kdeg, dt)
    return affine_course(xp, f0, keep, gain)


def functional_washout(F0: Array, t: Array, kdeg: Array) -> Array:
    """Return the functional fraction a time `t` after the drug has gone.

    F(t) = 1 - (1 - F0) exp(-kdeg t): recovery knows the turnover, not the dose.
    """
    xp, f0, t, kdeg = promote(F0, t, kdeg)
    elapsed = product(xp, kdeg, t)
    return f0 * xp.exp(-elapsed) - xp.expm1(-elapsed)


def recovery_time(F_start: Array, F_end: Array, kdeg: Array) -> Array:
    """Return the time to recover from one functional fraction to another without drug.

    t = ln((1 - F_start) / (1 - F_end)) / kdeg, for F_start < 1; infinite for F_end = 1 and for
    kdeg = 0, negative when F_end lies below F_start.
    """
    xp, start, end, kdeg = promote(F_start, F_end, kdeg)
    partial = end < 1.0
    log_end = xp.where(partial, xp.log1p(-xp.where(partial, end, 0.0)), -xp.inf)
    return quotient(xp, xp.log1p(-start) - log_end, kdeg)


def receptor_total_steady_state(ksyn: Array, kdeg: Array) -> Array:
    """Return the amount of target at which synthesis balances removal, ksyn / kdeg."""
    xp, ksyn, kdeg = promote(ksyn, kdeg)
    return quotient(xp, ksyn, kdeg)


def receptor_total_after(Rtot0: Array, dt: Array, ksyn: Array, kdeg: Array) -> Array:
    """Return the amount of target after `dt` of synthesis and first-order removal.

    dRtot/dt = ksyn - kdeg Rtot. New target is free; removal takes the free and the bound at one
    rate, so the total does not depend on what is bound.
    """
    xp, total0, dt, ksyn, kdeg = promote(Rtot0, dt, ksyn, kdeg)
    kept = total0 * xp.exp(-product(xp, kdeg, dt))
    return kept + product(xp, ksyn, decay_integral(xp, kdeg, dt))


def _keep_and_gain(xp: Any, kobs: Array, kdeg: Array, dt: Array) -> tuple[Array, Array]:
    """Return what a segment leaves of the old functional fraction and what it adds."""
    rate = kdeg + kobs
    keep = xp.exp(-product(xp, rate, dt))
    return keep, product(xp, kdeg, decay_integral(xp, rate, dt))
