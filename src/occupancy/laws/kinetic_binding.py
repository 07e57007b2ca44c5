"""Binding with its own kinetics: kon, koff, and an endogenous competitor that is fast beside them.

With the competitor at quasi-equilibrium on the sites the drug leaves open,
d theta / dt = kon C (1 - theta) / (1 + a) - koff theta, which is linear in theta and therefore
exact over any stretch of constant concentration.
"""

from __future__ import annotations

from typing import Any

from occupancy.laws._limits import decay_integral, product
from occupancy.laws._namespace import Array, promote
from occupancy.laws._segments import affine_course, per_segment, rest_axes
from occupancy.laws.binding import occupancy


def occupancy_after(
    theta0: Array, C: Array, dt: Array, kon: Array, koff: Array, a: Array = 0.0
) -> Array:
    """Return the occupancy after `dt` at constant concentration.

    theta(dt) = theta_inf + (theta0 - theta_inf) exp(-lambda dt), with
    lambda = kon C / (1 + a) + koff and theta_inf = (lambda - koff) / lambda.

    Parameters
    ----------
    theta0
        Occupancy at the start, 0..1.
    C
        Free drug concentration at the target.
    dt
        Duration; infinite gives the equilibrium.
    kon, koff
        Association rate (per concentration and time) and dissociation rate (per time), in the
        units of `C` and `dt`.
    a
        Endogenous agonist [A] / K_A, taken to re-equilibrate at once: good to about
        koff / koff_A * theta / (1 - theta), relative.

    Returns
    -------
    Occupancy at the end, broadcast over the inputs.
    """
    xp, theta0, c, dt, kon, koff, a = promote(theta0, C, dt, kon, koff, a)
    keep, gain = _keep_and_gain(xp, product(xp, kon, c) / (1.0 + a), koff, dt)
    return theta0 * keep + gain


def occupancy_course(
    theta0: Array,
    C_segments: Array,
    dt_segments: Array,
    kon: Array,
    koff: Array,
    a_segments: Array = 0.0,
) -> Array:
    """Return the occupancy at the edges of segments of constant concentration.

    `occupancy_after`, applied segment after segment.

    Parameters
    ----------
    theta0
        Occupancy at the start, shape (...).
    C_segments, dt_segments, a_segments
        One value per segment on the leading axis, shape (n,) or (n, ...); a 0-d value holds for
        every segment, but at least one of them has the leading axis.
    kon, koff
        Rates, shape (...).

    Returns
    -------
    Shape (n + 1, ...): the start, then the end of each segment.
    """
    xp, theta0, c, dt, kon, koff, a = promote(
        theta0, C_segments, dt_segments, kon, koff, a_segments
    )
    c, dt, a = per_segment(xp, rest_axes((c, dt, a), (theta0, kon, koff)), c, dt, a)
    keep, gain = _keep_and_gain(xp, product(xp, kon, c) / (1.0 + a), koff, dt)
    return affine_course(xp, theta0, keep, gain)


def relaxation_rate(C: Array, kon: Array, koff: Array, a: Array = 0.0) -> Array:
    """Return how fast occupancy settles, lambda = kon C / (1 + a) + koff, per time.

    At equilibrium this is koff / (1 - theta): the fuller the target, the faster it settles. It
    settles with half-life ln 2 / lambda and follows changes slower than lambda / (2 pi).
    """
    xp, c, kon, koff, a = promote(C, kon, koff, a)
    return product(xp, kon, c) / (1.0 + a) + koff


def rebound_rates(kon: Array, koff: Array, rho: Array) -> tuple[Array, Array]:
    """Return (kon, koff), both slowed by rebinding in a confined space: each / (1 + rho).

    rho = kon [R] / k_loss compares rebinding with loss from the cleft; only this ratio can be
    identified, and 0 means none. Both rates are scaled, so that K = koff / kon, and with it the
    equilibrium, stays what it was.

    Source: the Coombs and Goldstein form, as used by Sykes et al. 2017 (Nat Commun 8:763).
    """
    _, kon, koff, rho = promote(kon, koff, rho)
    return kon / (1.0 + rho), koff / (1.0 + rho)


def burst_displacement(
    d: Array, a_burst: Array, duration: Array, koff: Array, a: Array = 0.0
) -> Array:
    """Return the share of bound drug that a square pulse of endogenous agonist displaces.

    (1 - theta' / theta0) (1 - exp(-lambda' T)), with theta0 = d / (1 + a + d) before the pulse,
    theta' = d / (1 + a' + d) the equilibrium it drives to and lambda' = koff (1 + d / (1 + a')).

    Parameters
    ----------
    d
        Drug, C / K.
    a_burst, a
        Agonist during and before the pulse, [A] / K_A.
    duration
        Length of the pulse, in the time unit of `koff`; the agonist's own tail is not included.
    koff
        Dissociation rate of the drug.

    Returns
    -------
    Fraction of the bound drug, 0..1 (negative for a pause, a_burst < a).
    """
    xp, d, a_burst, duration, koff, a = promote(d, a_burst, duration, koff, a)
    rate = koff * (1.0 + d / (1.0 + a_burst))
    return occupancy(a_burst - a, 1.0 + a + d) * -xp.expm1(-product(xp, rate, duration))


def _keep_and_gain(xp: Any, on: Array, koff: Array, dt: Array) -> tuple[Array, Array]:
    """Return what a segment leaves of the old occupancy and what it adds."""
    rate = on + koff
    elapsed = product(xp, rate, dt)
    saturating = xp.isinf(on)
    gradual = product(xp, xp.where(saturating, 0.0, on), decay_integral(xp, rate, dt))
    return xp.exp(-elapsed), xp.where(saturating, -xp.expm1(-elapsed), gradual)
