"""A target that binds two partners at two sites, each changing the other's affinity."""

from __future__ import annotations

from typing import NamedTuple

from occupancy.laws._limits import product
from occupancy.laws._namespace import Array, promote
from occupancy.laws.binding import occupancy


class TernaryStates(NamedTuple):
    """Fractions of the target in each of its four states; they sum to 1."""

    free: Array
    with_A: Array
    with_B: Array
    with_both: Array


def ternary_complex(a: Array, b: Array, alpha: Array = 1.0) -> TernaryStates:
    """Return the states of a target under a ligand A and a second partner B at equilibrium.

    free : with_A : with_B : with_both = 1 : a : b : alpha a b

    Parameters
    ----------
    a, b
        Free concentrations over the binary constants, [A] / K_A and [B] / K_B: an agonist and a
        G protein, or a ligand and an allosteric modulator.
    alpha
        Cooperativity: K_A / alpha is the constant of A once B is bound, and the other way round.
        1 is independence, 0 exclusion.

    Source: De Lean, Stadel and Lefkowitz 1980 (J Biol Chem 255:7108).
    """
    xp, a, b, alpha = promote(a, b, alpha)
    # A meets a mixture of targets with and without B; this form keeps every infinite limit.
    b_without_A = occupancy(b, 1.0)
    b_with_A = occupancy(product(xp, alpha, b), 1.0)
    pull = product(xp, a, occupancy(1.0, b) + product(xp, alpha, b_without_A))
    bound, unbound = occupancy(pull, 1.0), occupancy(1.0, pull)
    return TernaryStates(
        free=unbound * occupancy(1.0, b),
        with_A=bound * occupancy(1.0, product(xp, alpha, b)),
        with_B=unbound * b_without_A,
        with_both=bound * b_with_A,
    )


def closing_constant(K_A: Array, K_B: Array, K_B_given_A: Array) -> Array:
    """Return the fourth constant that detailed balance leaves no choice about.

    K_A K_B|A = K_B K_A|B around the cycle, hence K_A|B = K_A K_B|A / K_B, in the unit of K_A.
    """
    _, k_a, k_b, k_b_given_a = promote(K_A, K_B, K_B_given_A)
    return k_a * k_b_given_a / k_b
