"""From the state of the basal ganglia to the probability of parkinsonism: one calibrated step.

No rate model has an 80 % threshold of its own; it comes from this link:

    P = logistic((x - x*) / s)

x is what the circuit shows (pallidal output above rest, or how far selection is from failing),
x* its value where an antagonist holds the threshold occupancy of PET, and s the change of x over
a width of occupancy around it. It is applied to the residual signal, so that it holds for partial
agonists, depleters and antagonists alike.

Source of the threshold: Kapur et al. 2000 (Am J Psychiatry 157:514).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from occupancy.laws._namespace import Array, promote


@dataclass(frozen=True)
class EpsLink:
    """A calibrated link: `centre` and `width` of x; `probability(x)` is between 0 and 1."""

    centre: Any
    width: Any

    def probability(self, x: Array) -> Any:
        """Return logistic((x - centre) / width), broadcast."""
        xp, x, centre, width = promote(x, self.centre, self.width)
        z = (x - centre) / width
        # Both branches stay finite where exp(-z) would overflow.
        small = xp.exp(-xp.abs(z))
        return xp.where(z >= 0, 1.0, small) / (1.0 + small)


def calibrated(
    measure_at: Callable[[Any], Any], threshold: Array, occupancy_width: Array
) -> EpsLink:
    """Return the link of a measure that rises with an antagonist's occupancy.

    Parameters
    ----------
    measure_at
        x as a function of the occupancy by an antagonist.
    threshold
        Occupancy at which signs become likely, x* = measure_at(threshold).
    occupancy_width
        Width of the logistic on the occupancy scale; s = [x(threshold + width / 2) -
        x(threshold - width / 2)].

    Raises
    ------
    ValueError
        The measure does not rise there.
    """
    xp, centre, width = promote(threshold, occupancy_width)
    s = measure_at(centre + 0.5 * width) - measure_at(centre - 0.5 * width)
    try:
        rises = bool((s > 0).all())
    except Exception:  # a JAX tracer has no truth value
        rises = True
    if not rises:
        rows = xp.broadcast_arrays(centre, width, s)
        at, over, change = (float(one[~(rows[2] > 0)][0]) for one in rows)
        message = (
            f"the measure does not rise with occupancy at the threshold {at:g}: its change over a "
            f"width of {over:g} is {change:g}; choose a measure that grows with blockade"
        )
        raise ValueError(message)
    return EpsLink(measure_at(centre), s)
