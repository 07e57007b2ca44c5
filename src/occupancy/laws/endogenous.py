"""The endogenous agonist that is always there, and the constants that already contain it.

An EC50 fitted in the living brain is larger than the intrinsic constant by (1 + a), because
dopamine (or serotonin) competed while it was measured. A model that adds the competitor again
counts it twice. The two kinds of constant are therefore two types, and the functions here accept
only the right one. Inside a compiled function, wrap the traced number: IntrinsicK(k).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from occupancy.laws._limits import quotient
from occupancy.laws._namespace import Array, promote
from occupancy.laws.binding import apparent_affinity, occupancy


@final
@dataclass(frozen=True)
class IntrinsicK:
    """A dissociation or inhibition constant without competitor, in any concentration unit."""

    value: Array


@final
@dataclass(frozen=True)
class InVivoEC50:
    """A half-saturation constant fitted in vivo, the endogenous competitor included."""

    value: Array


def remove_endogenous(EC50: InVivoEC50, a: Array) -> IntrinsicK:
    """Return the intrinsic constant behind an in-vivo EC50, K = EC50 / (1 + a).

    a = [A] / K_A is the endogenous agonist during the study that gave the EC50.

    Raises
    ------
    TypeError
        `EC50` is not an `InVivoEC50`.
    """
    _, value, a = promote(_in_vivo(EC50, "EC50"), a)
    return IntrinsicK(value / (1.0 + a))


def add_endogenous(K: IntrinsicK, a: Array) -> InVivoEC50:
    """Return the EC50 that a study in vivo would find, K * (1 + a).

    Raises
    ------
    TypeError
        `K` is not an `IntrinsicK`; an `InVivoEC50` would have the competitor counted twice.
    """
    return InVivoEC50(apparent_affinity(_intrinsic(K, "K"), a))


def occupancy_against_endogenous(C: Array, K: IntrinsicK, a: Array) -> Array:
    """Return drug occupancy beside an explicit endogenous agonist, d / (1 + a + d), d = C / K.

    `C` is in the unit of `K`.

    Raises
    ------
    TypeError
        `K` is not an `IntrinsicK`; an `InVivoEC50` would have the competitor counted twice.
    """
    return occupancy(C, apparent_affinity(_intrinsic(K, "K"), a))


def occupancy_in_vivo(C: Array, EC50: InVivoEC50, Emax: Array = 1.0) -> Array:
    """Return drug occupancy from an in-vivo EC50, Emax C / (C + EC50), competitor as in the study.

    Raises
    ------
    TypeError
        `EC50` is not an `InVivoEC50`.
    """
    return occupancy(C, _in_vivo(EC50, "EC50"), Emax)


def competition_from_bp_increase(x: Array, remaining: Array = 0.0) -> Array:
    """Return the baseline competition a = [A] / K_A from a depletion scan.

    a = x / (1 - f (1 + x)), from BP_depleted / BP_base = (1 + a) / (1 + f a); a = x when the
    depletion is complete.

    Parameters
    ----------
    x
        Fractional rise of the binding potential, BP_depleted / BP_base - 1.
    remaining
        Fraction f of the endogenous agonist that is left after depletion, 0..1. Infinite or nan
        comes back where a rise of `x` is more than this much remaining agonist allows.

    Source: Laruelle et al. 1997 (Neuropsychopharmacology 17:162), for complete depletion.
    """
    xp, x, remaining = promote(x, remaining)
    return quotient(xp, x, 1.0 - remaining * (1.0 + x))


def endogenous_occupancy_from_bp_increase(x: Array, remaining: Array = 0.0) -> Array:
    """Return the baseline occupancy by the endogenous agonist, a / (1 + a).

    x / (1 + x) when the depletion is complete; arguments as in `competition_from_bp_increase`.
    """
    return occupancy(competition_from_bp_increase(x, remaining), 1.0)


def _intrinsic(K: object, name: str) -> Array:
    if isinstance(K, IntrinsicK):
        return K.value
    if isinstance(K, InVivoEC50):
        raise TypeError(
            f"{name} is an InVivoEC50 ({K.value}), which already contains the endogenous "
            "competitor; adding it again would count it twice. Use remove_endogenous(EC50, a) "
            "first, or occupancy_in_vivo(C, EC50) without an explicit competitor."
        )
    raise TypeError(
        f"{name} is {K!r}; an explicit competitor needs an IntrinsicK. Wrap a competitor-free "
        "constant (in vitro Ki or Kd) as IntrinsicK(value); an EC50 fitted in vivo is "
        "InVivoEC50(value) and goes through remove_endogenous(EC50, a) first."
    )


def _in_vivo(EC50: object, name: str) -> Array:
    if isinstance(EC50, InVivoEC50):
        return EC50.value
    raise TypeError(
        f"{name} is {EC50!r}; an InVivoEC50 is needed here. Wrap an EC50 fitted in vivo as "
        "InVivoEC50(value); an IntrinsicK contains no competitor and becomes one with "
        "add_endogenous(K, a)."
    )
