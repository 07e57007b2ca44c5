"""Equilibrium binding: mass action, competition and the constants that go with them."""

from __future__ import annotations

import numpy as np

from occupancy.laws._limits import quotient
from occupancy.laws._namespace import Array, promote


def occupancy(C: Array, K: Array, Emax: Array = 1.0, hill: Array | None = None) -> Array:
    """Return the bound fraction at equilibrium.

    theta = Emax * C^h / (C^h + K^h), with h = 1 when `hill` is not given.

    Parameters
    ----------
    C, K
        Free ligand concentration and half-saturation constant, in one unit. Either may be
        infinite: C -> inf gives Emax, K -> inf gives 0. C = K = 0 gives 0.
    Emax
        Occupancy at saturation, 0..1. It belongs to K: the two are estimated as a pair.
    hill
        Hill coefficient, dimensionless; below 1 the slope at C = 0 is infinite.

    Returns
    -------
    Occupied fraction of the target, broadcast over the inputs.

    Source: Hill 1909 (J Physiol 39:361); Clark 1926 (J Physiol 61:530).
    """
    xp, c, k, emax = promote(C, K, Emax)
    if xp is np and hill is None:
        with np.errstate(over="ignore"):
            total = c + k
        # Without a limit among the values the plain quotient is as exact, in a fifth of the time.
        if total.size and total.min() > 0.0 and total.max() < np.inf:
            return emax * (c / total)
    # The smaller is divided by the larger: no overflow, and both infinite limits are exact.
    low = c <= k
    larger = xp.where(low, k, c)
    ratio = xp.where(low, c, k) / xp.where(larger == 0, 1.0, larger)
    if hill is not None:
        xp, ratio, h = promote(ratio, hill)
        ratio = ratio**h
    return emax * xp.where(low, ratio, 1.0) / (1.0 + ratio)


def inverse_occupancy(
    theta: Array, K: Array, Emax: Array = 1.0, hill: Array | None = None
) -> Array:
    """Return the concentration that gives a wanted occupancy.

    C = K * (theta / (Emax - theta))^(1/h), in the unit of K. theta = Emax gives infinity;
    above Emax no concentration exists and the answer is nan.
    """
    xp, theta, k, emax = promote(theta, K, Emax)
    ratio = quotient(xp, theta, emax - theta)
    if hill is not None:
        xp, ratio, h = promote(ratio, hill)
        ratio = ratio ** (1.0 / h)
    return k * ratio


def competition(x: Array, axis: int = 0) -> Array:
    """Return each ligand's occupancy when N ligands share one site (Gaddum).

    theta_i = x_i / (1 + sum_j x_j)

    Parameters
    ----------
    x
        Scaled concentrations C_i / K_i, the ligands on `axis`: drug, active metabolites,
        endogenous agonist. One infinite ligand takes every site; with two the limit does not
        exist and the answer is nan.
    axis
        The axis of the ligands.

    Returns
    -------
    Occupancies, of the shape of `x`; with `free_fraction` they sum to 1.

    Source: Gaddum 1937 (J Physiol 89:7P).
    """
    xp, x = promote(x)
    infinite = xp.isinf(x)
    count = xp.sum(xp.astype(infinite, x.dtype), axis=axis, keepdims=True)
    winner = xp.where(infinite, xp.where(count > 1, xp.nan, 1.0), 0.0)
    weight = xp.where(count > 0, winner, x)
    free = xp.where(count > 0, 0.0, 1.0)
    return weight / (free + xp.sum(weight, axis=axis, keepdims=True))


def free_fraction(x: Array, axis: int = 0) -> Array:
    """Return the unoccupied fraction under N ligands, 1 / (1 + sum_j x_j), without `axis`."""
    xp, x = promote(x)
    return 1.0 / (1.0 + xp.sum(x, axis=axis))


def apparent_affinity(K: Array, a: Array) -> Array:
    """Return the half-saturation constant seen in the presence of a competitor, K * (1 + a).

    `K` is the competitor-free constant and a = [A] / K_A the competitor's scaled concentration.
    An EC50 fitted in the living brain already is the apparent one: see `endogenous`.
    """
    _, k, a = promote(K, a)
    return k * (1.0 + a)


def ki_from_ic50(IC50: Array, L: Array, K_L: Array) -> Array:
    """Return the inhibition constant from a displacement assay, Ki = IC50 / (1 + L / K_L).

    `L` is the free tracer concentration and `K_L` its dissociation constant, in one unit.

    Source: Cheng and Prusoff 1973 (Biochem Pharmacol 22:3099).
    """
    _, ic50, tracer, k_tracer = promote(IC50, L, K_L)
    return ic50 / (1.0 + tracer / k_tracer)


def ic50_from_ki(Ki: Array, L: Array, K_L: Array) -> Array:
    """Return the IC50 a displacement assay would show, IC50 = Ki * (1 + L / K_L).

    The inverse of `ki_from_ic50`.
    """
    _, tracer, k_tracer = promote(L, K_L)
    return apparent_affinity(Ki, tracer / k_tracer)
