"""Occupancy as PET sees it, which is the true one only while nothing else moves.

The tracer's binding potential is proportional to the target it finds free of the drug and of the
endogenous agonist. If the drug also changes the agonist (a0 -> a1) or the amount of target
(by a fraction u), the fall of the binding potential is not the occupancy.
"""

from __future__ import annotations

from occupancy.laws._limits import quotient
from occupancy.laws._namespace import Array, promote


def pet_occupancy(d: Array, a0: Array = 0.0, a1: Array = 0.0, u: Array = 0.0) -> Array:
    """Return the occupancy a pair of scans would report.

    theta_PET = 1 - (1 + u) (1 + a0) / (1 + a1 + d)

    It equals the true d / (1 + a1 + d) exactly when (1 + u) (1 + a0) = 1 + a1: for a drug that
    changes neither the agonist nor the amount of target, or by a coincidence of the two.

    Parameters
    ----------
    d
        Drug, C / K with the competitor-free K.
    a0, a1
        Endogenous agonist [A] / K_A at baseline and on drug.
    u
        Fractional up-regulation of the target on drug.
    """
    _, d, a0, a1, u = promote(d, a0, a1, u)
    return 1.0 - (1.0 + u) * (1.0 + a0) / (1.0 + a1 + d)


def pet_occupancy_from_bp(BP_base: Array, BP_drug: Array) -> Array:
    """Return the occupancy two binding potentials report, 1 - BP_drug / BP_base (BP_base > 0)."""
    _, base, drug = promote(BP_base, BP_drug)
    return 1.0 - drug / base


def true_occupancy_from_pet(
    theta_PET: Array, a0: Array = 0.0, a1: Array = 0.0, u: Array = 0.0
) -> Array:
    """Return the true drug occupancy behind what PET reports.

    theta = 1 - (1 + a1) (1 - theta_PET) / ((1 + u) (1 + a0)); arguments as in `pet_occupancy`.
    """
    _, theta_PET, a0, a1, u = promote(theta_PET, a0, a1, u)
    return 1.0 - (1.0 + a1) * (1.0 - theta_PET) / ((1.0 + u) * (1.0 + a0))


def scaled_concentration_from_pet(
    theta_PET: Array, a0: Array = 0.0, a1: Array = 0.0, u: Array = 0.0
) -> Array:
    """Return the drug's d = C / K behind what PET reports, the inverse of `pet_occupancy`.

    d = (1 + u) (1 + a0) / (1 - theta_PET) - 1 - a1; infinite for theta_PET = 1.
    """
    xp, theta_PET, a0, a1, u = promote(theta_PET, a0, a1, u)
    return quotient(xp, (1.0 + u) * (1.0 + a0), 1.0 - theta_PET) - 1.0 - a1
