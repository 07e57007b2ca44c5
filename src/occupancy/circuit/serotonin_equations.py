"""Serotonin under a reuptake blocker: firing, transmitter, adaptation, plasticity, set-point.

All quantities are relative to drug-free. With theta the share of transporters blocked, j the
raphe or the terminal, and eps_j the share of clearance that does not run through the transporter:

    cl_j = (1 - theta) (1 - eps_j) + eps_j
    S_r  = (w + (1 - w) r) / cl_r            around the cell bodies
    S_t  = r / cl_t                          at the terminals
    r    = X (1 + b h(1)) / (1 + b A h(S_r)),   h(S) = S^2 / (S^2 + k^2)

r is the firing rate, w the share of raphe serotonin that does not follow it, A the sensitivity of
the 5-HT1A autoreceptor and X the drive of the neuron. Firing is fast and algebraic: the right
side falls with r, so there is one root.

Sources: equations and numbers stand with the record `serotonin`; h after Hill.
"""

from __future__ import annotations

from typing import Any

from occupancy.laws._namespace import Array, promote

_NEWTON = 5


def clearance(theta: Array, other: Array) -> Any:
    """Return clearance relative to drug-free, (1 - theta)(1 - other) + other.

    `theta` is the share of transporters blocked, `other` the share of clearance by other ways.
    """
    _, theta, other = promote(theta, other)
    return (1.0 - theta) * (1.0 - other) + other


def feedback_factor(S: Array, A: Array, b: Array, k: Array) -> Any:
    """Return the factor of the autoreceptor on firing, (1 + b h(1)) / (1 + b A h(S)); 1 at rest.

    b and k set strength and half-saturation of the feedback, A the receptor's sensitivity.
    """
    _, S, A, b, k = promote(S, A, b, k)
    return (1.0 + b / (1.0 + k * k)) / (1.0 + b * A * S * S / (S * S + k * k))


def firing(
    cl: Array, A: Array, w: Array, b: Array, k: Array, drive: Array = 1.0
) -> tuple[Any, Any]:
    """Return (r, S): firing and transmitter around the cell bodies, both 1 at rest.

    r solves r = drive * feedback_factor((w + (1 - w) r) / cl, A), by Newton's method in ln r from
    the middle of the range that r can take. There the slope lies between 1 and 3, so that a few
    repetitions reach rounding wherever b is within 0.1 to 60 and k within 0.5 to 10.

    Parameters
    ----------
    cl
        Clearance around the cell bodies relative to drug-free, above 0.
    A
        Sensitivity of the autoreceptor, 1 drug-free.
    w
        Share of the transmitter around the cell bodies that does not follow firing, 0..1.
    b, k
        Strength and half-saturation of the feedback.
    drive
        What the neuron would do without feedback, 1 drug-free.
    """
    _, cl, A, w, b, k, X = promote(cl, A, w, b, k, drive)
    top = X * (1.0 + b / (1.0 + k * k))
    r = top / (1.0 + b * A) ** 0.5
    for _ in range(_NEWTON):
        raphe = w + (1.0 - w) * r
        S = raphe / cl
        free = k * k / (S * S + k * k)
        braked = 1.0 + b * A * (1.0 - free)
        follows = (1.0 - w) * r / raphe
        slope = 1.0 + follows * 2.0 * (braked - 1.0) * free / braked
        r = r * (top / (r * braked)) ** (1.0 / slope)
    return r, (w + (1.0 - w) * r) / cl


def plasticity_drive(S: Array, half: Array, hill: Array) -> Any:
    """Return g = x^n / (x^n + half^n), x = max(0, S - 1): what terminal serotonin sets going."""
    xp, S, half, hill = promote(S, half, hill)
    x = xp.maximum(S - 1.0, 0.0) ** hill
    return x / (x + half**hill)


def sensitivity_target(S_r: Array, d_max: Array) -> Any:
    """Return 1 / (1 + d_max max(0, S_r - 1)): the sensitivity that excess serotonin leads to."""
    xp, S_r, d_max = promote(S_r, d_max)
    return 1.0 / (1.0 + d_max * xp.maximum(S_r - 1.0, 0.0))
