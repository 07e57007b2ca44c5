"""How much dopamine signal is left at D1 and D2: what the basal ganglia are driven by.

Signal, not occupancy: a partial agonist that takes 95 % of the receptors leaves more signal than
an antagonist that takes 80 %. With theta the drug's share of the receptors, a = DA/K drug-free,
f the factor on dopamine (release, reuptake, depletion), R that on receptor density and eps the
drug's efficacy relative to dopamine's:

    S = R [(1 - theta) a f / (1 + a f) + eps theta],   S0 = a / (1 + a)

"stimulus" reads the signal as S / S0. "response" puts it through the operational model,
E = tau S / (1 + tau S), and reads E / E0: receptor reserve makes the first losses harmless.
For an antagonist at unchanged dopamine the stimulus left is 1 - theta exactly.
"""

from __future__ import annotations

from typing import Any

from occupancy.laws import occupancy
from occupancy.laws._namespace import Array, promote

READINGS = ("stimulus", "response")


def dopamine_signal(
    theta: Array,
    a: Array,
    dopamine: Array = 1.0,
    density: Array = 1.0,
    efficacy: Array = 0.0,
    tau: Array | None = None,
) -> Any:
    """Return the signal at a dopamine receptor relative to the drug-free one, 0 or more.

    Parameters
    ----------
    theta
        Share of the receptors that the drug holds, 0..1.
    a
        DA / K without drug; only this ratio is known, not its parts.
    dopamine
        Dopamine relative to drug-free, 0 or more.
    density
        Receptors relative to drug-free.
    efficacy
        The drug's efficacy relative to dopamine's, 0 (antagonist) to 1.
    tau
        Efficacy of dopamine in the operational model; None reads the stimulus.

    Source: operational model Black and Leff 1983 (Proc R Soc Lond B 220:141).
    """
    _, theta, a, f, R, eps = promote(theta, a, dopamine, density, efficacy)
    stimulus = R * ((1.0 - theta) * occupancy(a * f, 1.0) + eps * theta)
    before = occupancy(a, 1.0)
    if tau is None:
        return stimulus / before
    return occupancy(tau * stimulus, 1.0) / occupancy(tau * before, 1.0)


def antagonist_occupancy(signal: Array, a: Array, tau: Array | None = None) -> Any:
    """Return the occupancy by an antagonist that leaves `signal`, at unchanged dopamine.

    The inverse of `dopamine_signal` with everything but `theta` at rest; negative for a signal
    above 1. It puts partial agonists and depleters on the scale of the PET thresholds.
    """
    _, s, a = promote(signal, a)
    if tau is None:
        return 1.0 - s
    before = occupancy(a, 1.0)
    effect = s * occupancy(tau * before, 1.0)
    return 1.0 - effect / (1.0 - effect) / tau / before
