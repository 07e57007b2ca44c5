"""Action selection in the basal ganglia: the rate model of Gurney, Prescott and Redgrave.

Every channel (an action that asks to be done, with a salience) has five units: striatal D1
("Go"), striatal D2 ("No-Go"), subthalamic nucleus, external pallidum and internal pallidum (the
brake on the thalamus). Each unit follows its input, da/dt = k (u - a), and puts out
y = clip(m (a - e), 0, 1). With c the salience and s1, s2 the D1 and D2 signals (1 drug-free):

    u_D1  = c (1 + lambda s1)
    u_D2  = c (1 - lambda s2)
    u_STN = c - w_gpe_stn y_GPe
    u_GPe = w_stn sum y_STN - w_d2_gpe y_D2
    u_GPi = w_stn sum y_STN - w_gpe_gpi y_GPe - w_d1_gpi y_D1

An action is let through while the internal pallidum of its channel stays below a threshold.

Source: Gurney, Prescott and Redgrave 2001 (Biol Cybern 84:401 and 84:411).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from occupancy.laws._namespace import Array, promote

UNITS = ("d1", "d2", "stn", "gpe", "gpi")
"""Units of a channel, in the order in which `gpr_drive` takes and gives them."""

# Halvings of the interval that holds the subthalamic sum, before one Newton step: the equation
# is piecewise linear, so the step is exact once the right piece is found.
_HALVINGS = 48


@dataclass(frozen=True)
class GprOutput:
    """Outputs of the five units at rest, each (channels, ...), between 0 and 1."""

    d1: Any
    d2: Any
    stn: Any
    gpe: Any
    gpi: Any


def gpr_drive(
    a: Array, salience: Array, d1_signal: Array, d2_signal: Array, p: Mapping[str, Array]
) -> tuple[Any, Any]:
    """Return the input u of every unit and its output y, each (5, channels, ...).

    Parameters
    ----------
    a
        Activations, (5, channels, ...), the units in the order of `UNITS`.
    salience
        (channels, ...).
    d1_signal, d2_signal
        Dopamine signal relative to the drug-free one, (...).
    p
        Slope `m`, thresholds `e_d1` ..., dopamine gain `lambda`, weights `w_...`.
    """
    xp, a, c, s1, s2 = promote(a, salience, d1_signal, d2_signal)
    y = [_output(xp, a[i], p[f"e_{unit}"], p["m"]) for i, unit in enumerate(UNITS)]
    d1, d2, stn, gpe, _ = y
    total = xp.sum(stn, axis=0)
    u = (
        c * (1.0 + p["lambda"] * s1),
        c * (1.0 - p["lambda"] * s2),
        c - p["w_gpe_stn"] * gpe,
        p["w_stn"] * total - p["w_d2_gpe"] * d2,
        p["w_stn"] * total - p["w_gpe_gpi"] * gpe - p["w_d1_gpi"] * d1,
    )
    return xp.stack(u), xp.stack(y)


def gpr_steady(
    salience: Array, d1_signal: Array, d2_signal: Array, p: Mapping[str, Array]
) -> GprOutput:
    """Return the outputs at the fixed point, which is unique.

    Given the sum T of the subthalamic outputs everything else follows without a loop, and the
    sum that comes back falls with T: one root between 0 and the number of channels. It is
    bracketed by halving and finished by one Newton step, which also carries derivatives.

    Parameters and shapes as in `gpr_drive`.
    """
    xp, c, s1, s2 = promote(salience, d1_signal, d2_signal)
    m = p["m"]
    d1 = _output(xp, c * (1.0 + p["lambda"] * s1), p["e_d1"], m)
    d2 = _output(xp, c * (1.0 - p["lambda"] * s2), p["e_d2"], m)

    def gpe_of(total: Any) -> Any:
        return _output(xp, p["w_stn"] * total - p["w_d2_gpe"] * d2, p["e_gpe"], m)

    def stn_of(gpe: Any) -> Any:
        return _output(xp, c - p["w_gpe_stn"] * gpe, p["e_stn"], m)

    low = 0.0 * xp.sum(stn_of(gpe_of(0.0 * d2[0])), axis=0)
    high = low + c.shape[0]
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        above = xp.sum(stn_of(gpe_of(middle)), axis=0) > middle
        low, high = xp.where(above, middle, low), xp.where(above, high, middle)
    total = 0.5 * (low + high)
    gpe = gpe_of(total)
    stn = stn_of(gpe)
    free = ((gpe > 0.0) & (gpe < 1.0) & (stn > 0.0) & (stn < 1.0)) * 1.0
    slope = -m * m * p["w_stn"] * p["w_gpe_stn"] * xp.sum(free, axis=0)
    total = total - (total - xp.sum(stn, axis=0)) / (1.0 - slope)
    gpe = gpe_of(total)
    gpi_input = p["w_stn"] * total - p["w_gpe_gpi"] * gpe - p["w_d1_gpi"] * d1
    gpi = _output(xp, gpi_input, p["e_gpi"], m)
    return GprOutput(d1 + 0.0 * gpi, d2 + 0.0 * gpi, stn_of(gpe), gpe, gpi)


def selected(gpi: Array, threshold: Array) -> Any:
    """Return which channels are let through, (channels, ...): output below `threshold`."""
    _, gpi, threshold = promote(gpi, threshold)
    return gpi < threshold


def selection_margin(gpi: Array, threshold: Array) -> Any:
    """Return how far the best channel lies below the threshold, (...); negative: none passes."""
    xp, gpi, threshold = promote(gpi, threshold)
    return threshold - xp.min(gpi, axis=0)


def _output(xp: Any, a: Any, e: Any, m: Any) -> Any:
    return xp.clip(m * (a - e), 0.0, 1.0)
