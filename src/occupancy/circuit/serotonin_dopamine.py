"""A hypothesis: blocking 5-HT2A raises dopamine where D2 is blocked.

    DA = DA_0 [1 + alpha theta_5-HT2A gate],   gate = theta_D2 / (theta_D2 + gate_half)
    theta_D2 = d / (1 + a DA / DA_0 + d)

alpha is the strength, 0 (off) to 1. More dopamine displaces the drug from D2 and restores signal.
An increase of cortical dopamine by 5-HT2A and D2 blockade together was shown in rats; no figure
for the striatum of people was found, so the strength is a free choice and travels with results.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from occupancy.laws import occupancy
from occupancy.laws._namespace import Array, promote

_HALVINGS = 60

HYPOTHESIS = (
    "5-HT2A blockade raises dopamine where D2 is blocked. Shown for cortical dopamine in rats; in "
    "the human striatum neither the effect nor its strength was measured."
)


@dataclass(frozen=True)
class Modulated:
    """What the hypothesis makes of a D2 occupancy.

    `occupancy` of D2 by the drug, `dopamine` relative to drug-free, `signal` of D2 relative to
    drug-free, and the `strength` behind them.
    """

    occupancy: Any
    dopamine: Any
    signal: Any
    strength: Any


def modulated_d2(
    d2: Array, ht2a: Array, strength: Array, a: Array, gate_half: Array = 0.0
) -> Modulated:
    """Return D2 occupancy, dopamine and D2 signal once 5-HT2A blockade has raised dopamine.

    Parameters
    ----------
    d2
        Occupancy of D2 by the drug at unchanged dopamine, 0 to below 1.
    ht2a
        Occupancy of 5-HT2A, 0..1.
    strength
        alpha, 0..1; 0 leaves everything as it is.
    a
        DA / K at D2 without drug.
    gate_half
        Occupancy of D2 that opens half of the gate; 0 opens it with any D2 blockade.

    The occupancy solves an equation whose right side falls with it; the root is bracketed by
    halving.
    """
    xp, theta, ht2a, alpha, a, half = promote(d2, ht2a, strength, a, gate_half)
    d = theta * (1.0 + a) / (1.0 - theta)

    def dopamine(held: Any) -> Any:
        return 1.0 + alpha * ht2a * occupancy(held, half)

    low = 0.0 * (theta + ht2a + alpha + a + half)
    high = low + theta
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = d / (1.0 + a * dopamine(middle) + d) > middle
        low, high = xp.where(above, middle, low), xp.where(above, high, middle)
    held = 0.5 * (low + high)
    held = xp.where(alpha * ht2a == 0.0, theta + low * 0.0, held)
    released = dopamine(held)
    signal = (1.0 - held) * occupancy(a * released, 1.0) / occupancy(a, 1.0)
    return Modulated(held, released, signal, alpha)
