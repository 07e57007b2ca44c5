"""The serotonin circuit: why blocking the transporter within hours takes weeks to matter.

    dA/dt = (1 / (1 + d_max max(0, S_r - 1)) - A) / tau          reading "target"
    dA/dt = A (r - 1) / tau                                      reading "integral"
    dX/dt = X (1 - r) / tau                                      reading "downstream"
    dC = (g(S_t) - C) / tau_C,  dB = (C - B) / tau_B,  dP = (B - P) / tau_P
    dZ = (theta - Z) / tau_Z,   dY = (S_t - Y) / tau_Z

with r, S_r and S_t from `serotonin_equations`. A is the sensitivity of the autoreceptor, X the
neuron's own drive, C, B and P the cascade of transcription, trophic factor and plasticity, Z and Y
the set-points adapted to occupancy and to serotonin. Withdrawal drive is max(0, set-point - now).

The evidence on how firing recovers has two readings. Recordings from cells found the
autoreceptor desensitised (Chaput 1986; Le Poul 1995; Czachura and Rasmussen 2000): A falls,
towards a level set by excess serotonin ("target") or until firing is back ("integral").
Microdialysis found its effect unchanged (Hjorth and Auerbach 1994), and firing may recover with
the feedback in place (Commons and Linnros 2019): A stays and X rises ("downstream"). Noradrenaline
firing stays low for weeks of reuptake blockade with its autoreceptor unchanged (Szabo and Blier
2001), so its feedback does not adapt here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit, Input, Named, Output, State, States, positive_part
from occupancy.circuit.serotonin_equations import (
    clearance,
    firing,
    plasticity_drive,
    sensitivity_target,
)

Array = Any


@dataclass(frozen=True)
class Reading:
    """One reading of how firing recovers under a reuptake blocker.

    `desensitises` says whether the adapting state is the autoreceptor's sensitivity (else the
    neuron's drive); `rate(adapted, r, S_r, p)` is its change times the time constant.
    """

    name: str
    desensitises: bool
    rate: Callable[[Array, Array, Array, Named], Array]
    cite: tuple[str, ...]
    text: str


READINGS: Final = MappingProxyType(
    {
        one.name: one
        for one in (
            Reading(
                "target",
                True,
                lambda A, r, S_r, p: sensitivity_target(S_r, p["d_max"]) - A,
                ("chaput1986", "lepoul1995", "czachura2000"),
                "The autoreceptor loses sensitivity, to a level set by excess serotonin.",
            ),
            Reading(
                "integral",
                True,
                lambda A, r, S_r, p: A * (r - 1.0),
                ("chaput1986", "lepoul1995", "czachura2000"),
                "The autoreceptor loses sensitivity until firing is back where it was.",
            ),
            Reading(
                "downstream",
                False,
                lambda X, r, S_r, p: X * (1.0 - r),
                ("hjorth1994", "commons2019"),
                "The autoreceptor keeps its sensitivity; the neuron's own drive rises until "
                "firing is back.",
            ),
        )
    }
)

INPUTS: Final = (
    Input("sert", "fraction", 0.0, 0.0, 1.0, "share of serotonin transporters blocked"),
    Input("net", "fraction", 0.0, 0.0, 1.0, "share of noradrenaline transporters blocked"),
)
STATES: Final = (
    State("adaptation", "1", 0.0, None, "sensitivity of the autoreceptor, or the neuron's drive"),
    State("creb", "1", 0.0, 1.0, "transcription set going by terminal serotonin"),
    State("bdnf", "1", 0.0, 1.0, "trophic factor that follows it"),
    State("plasticity", "1", 0.0, 1.0, "plasticity, the end of the cascade"),
    State("setpoint_occupancy", "fraction", 0.0, 1.0, "occupancy that the brain has adapted to"),
    State("setpoint_serotonin", "1", 0.0, None, "terminal serotonin it has adapted to"),
)
READ: Final = (
    Output("firing", "1", "firing of serotonin neurons relative to drug-free"),
    Output("raphe_serotonin", "1", "serotonin around the cell bodies relative to drug-free"),
    Output("serotonin", "1", "serotonin at the terminals relative to drug-free"),
    Output("open_loop_serotonin", "1", "serotonin at the terminals if firing did not fall"),
    Output("agonist_fall", "fraction", "fall of firing by a full 5-HT1A agonist after washout"),
    Output("withdrawal_occupancy", "fraction", "adapted occupancy above the present one"),
    Output("withdrawal_serotonin", "1", "adapted serotonin above the present one"),
    Output("noradrenaline_firing", "1", "firing of noradrenaline neurons relative to drug-free"),
    Output("noradrenaline", "1", "noradrenaline at the terminals relative to drug-free"),
)


@cache
def serotonin(reading: str = "target") -> Circuit:
    """The serotonin circuit under one reading of the evidence, a key of `READINGS`.

    Raises:
        CircuitError: no such reading; names those there are.
    """
    if reading not in READINGS:
        raise CircuitError(f"no reading {reading!r}; choose one of {', '.join(READINGS)}.")
    rule = READINGS[reading]

    def fast(y: States, p: Named, u: Named) -> tuple[Array, Array, Array]:
        return _fast(rule, y[0], u["sert"], p)

    def field(t: Array, y: States, p: Named, u: Named) -> States:
        adapted, creb, bdnf, plasticity, occupied, signal = y
        r, S_r, S_t = fast(y, p, u)
        return (
            rule.rate(adapted, r, S_r, p) / p["tau_adaptation"],
            (plasticity_drive(S_t, p["half"], p["hill"]) - creb) / p["tau_creb"],
            (creb - bdnf) / p["tau_bdnf"],
            (bdnf - plasticity) / p["tau_plasticity"],
            (u["sert"] - occupied) / p["tau_setpoint"],
            (S_t - signal) / p["tau_setpoint"],
        )

    def outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
        r, S_r, S_t = fast(y, p, u)
        na_firing, na = noradrenaline(u["net"], p)
        sensitivity = y[0] if rule.desensitises else 1.0
        flooded = (1.0 + p["b"] * sensitivity / (1.0 + p["k"] ** 2)) / (1.0 + p["b"] * sensitivity)
        return {
            "firing": r,
            "raphe_serotonin": S_r,
            "serotonin": S_t,
            "open_loop_serotonin": 1.0 / clearance(u["sert"], p["other_terminal"]),
            "agonist_fall": 1.0 - flooded + 0.0 * r,
            "withdrawal_occupancy": positive_part(y[4] - u["sert"]),
            "withdrawal_serotonin": positive_part(y[5] - S_t),
            "noradrenaline_firing": na_firing + 0.0 * r,
            "noradrenaline": na + 0.0 * r,
        }

    return Circuit(
        name="serotonin" if reading == "target" else f"serotonin-{reading}",
        inputs=INPUTS,
        states=STATES,
        read=READ,
        field=field,
        outputs=outputs,
        guess=lambda p: _at_rest(rule, p),
        record="serotonin",
    )


def rest_gain(p: Named) -> Array:
    """Gain of the loop in which firing above rest desensitises the autoreceptor further.

    In the reading "target", near rest, with h = h(1) and s = b h / (1 + b h):

        L = d_max (1 - w) s / (1 + 2 (1 - h) (1 - w) s)

    At 1 or more there is a second resting state with firing above drug-free, to which the neuron
    would stay confined after a drug.
    """
    h = 1.0 / (1.0 + p["k"] ** 2)
    s = (1.0 - p["w"]) * p["b"] * h / (1.0 + p["b"] * h)
    return p["d_max"] * s / (1.0 + 2.0 * (1.0 - h) * s)


def _at_rest(rule: Reading, p: Named) -> States:
    """The drug-free states; refuses parameters whose rest is not the only one."""
    gain = rest_gain(p) if rule.name == "target" else 0.0
    try:
        largest = float(np.max(gain))
    except Exception:  # a JAX tracer has no value
        largest = 0.0
    if largest >= 1.0:
        raise CircuitError(
            f"circuit 'serotonin' is unstable: a loop gain of {largest:.2f} (must stay below 1) "
            "lets firing above drug-free keep itself up, so that it would not return after "
            "stopping; lower d_max or b, or raise w or k."
        )
    return (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def noradrenaline(net: Array, p: Named) -> tuple[Array, Array]:
    """(firing, transmitter at the terminals) of noradrenaline neurons, relative to drug-free.

    `net` is the share of noradrenaline transporters blocked. The alpha2 feedback acts as the
    5-HT1A feedback does and does not adapt (Szabo and Blier 2001).
    """
    r, _ = firing(clearance(net, p["other_na_soma"]), 1.0, p["w_na"], p["b_na"], p["k_na"])
    return r, r / clearance(net, p["other_na_terminal"])


def _fast(rule: Reading, adapted: Array, sert: Array, p: Named) -> tuple[Array, Array, Array]:
    """Firing, raphe and terminal serotonin at the present state of adaptation."""
    sensitivity, drive = (adapted, 1.0) if rule.desensitises else (1.0, adapted)
    r, S_r = firing(
        clearance(sert, p["other_raphe"]), sensitivity, p["w"], p["b"], p["k"], drive=drive
    )
    return r, S_r, r / clearance(sert, p["other_terminal"])
