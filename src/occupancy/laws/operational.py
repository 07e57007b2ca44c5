"""From binding to effect: the operational model of agonism, with partial agonists and n."""

from __future__ import annotations

from occupancy.laws._namespace import Array, promote
from occupancy.laws.binding import competition, occupancy


def operational_effect(
    x: Array, tau: Array, n: Array | None = None, Em: Array = 1.0, axis: int = 0
) -> Array:
    """Return the effect of N ligands that compete for one receptor.

    E = Em S^n / ((1 + sum_i x_i)^n + S^n), with S = sum_i tau_i x_i

    Parameters
    ----------
    x
        Scaled concentrations C_i / K_i, the ligands on `axis`.
    tau
        Efficacies (transducer ratios), broadcast against `x`; 0 is an antagonist.
    n
        Slope of the transducer, 1 when not given; below 1 the slope at S = 0 is infinite.
    Em
        The largest effect the system can give.

    Returns
    -------
    Effect in the unit of `Em`, without `axis`. A ligand that takes every site gives
    Em tau^n / (1 + tau^n).

    Source: Black and Leff 1983 (Proc R Soc Lond B 220:141); Leff, Dougall and Harper 1993
    (Br J Pharmacol 110:239).
    """
    xp, x, tau = promote(x, tau)
    stimulus = xp.sum(tau * competition(x, axis=axis), axis=axis)
    return occupancy(stimulus, 1.0, Em, hill=n)


def operational_effect_of_pair(
    x_A: Array,
    x_B: Array,
    tau_A: Array,
    tau_B: Array,
    n: Array | None = None,
    Em: Array = 1.0,
) -> Array:
    """Return the effect of an agonist A and a competing ligand B, as in `operational_effect`.

    E = Em S^n / ((1 + x_A + x_B)^n + S^n), with S = tau_A x_A + tau_B x_B. Every argument
    broadcasts, which suits the endogenous agonist beside one partial agonist.
    """
    _, x_A, x_B, tau_A, tau_B = promote(x_A, x_B, tau_A, tau_B)
    stimulus = tau_A * occupancy(x_A, 1.0 + x_B) + tau_B * occupancy(x_B, 1.0 + x_A)
    return occupancy(stimulus, 1.0, Em, hill=n)
