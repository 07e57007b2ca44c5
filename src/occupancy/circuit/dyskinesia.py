"""D2 supersensitivity and tardive dyskinesia: density, downstream gain, movement score.

    a  = (A + e B) / A0,  S = R a         A = x / (1 + x + d), B = d / (1 + x + d)
    R' = [1 + u h(1 - S) - R] / tau_R     h(y) = y+ (1 + s) / (1 + s y+)
    G' = k_G (R - 1 - delta)+ - G / tau_G
    D  = R (1 + G) / sigma x peak A       AIMS' = (28 D^m / (D^m + D50^m) - AIMS) / tau

x is dopamine over its constant, d the drug over its own, e the drug's efficacy (0 an antagonist),
y+ = max(0, y). A VMAT2 inhibitor scales peak dopamine by 1 - Delta; R and G keep their values, so
that movements return when it stops. G is a hypothesis: with R alone nobody on a continuing
antipsychotic could have dyskinesia. sigma is the R (1 + G) of the patient D50 was derived in.

What is observed is the score as a rater sees it, less the placebo response:
    observed = AIMS (1 + q) / (1 + q AIMS / 28) (1 - P),  P' = (P_max trial - P) / tau_P
with q the rater's gain on site and 0 for central video.
"""

from __future__ import annotations

import math
from typing import Any

from occupancy.circuit.model import (
    Array,
    Circuit,
    Input,
    Named,
    Output,
    State,
    States,
    positive_part,
)
from occupancy.circuit.vesicle import DEPLETION, VMAT2


def depleted(occupied: Array, p: Named) -> Array:
    """Steady depletion at some VMAT2 occupancy; `vesicle.depletion` without its checks."""
    free = 1.0 - occupied
    Q = free * (1.0 + p["g"]) / (1.0 + p["g"] * free)
    return (1.0 - Q) / (1.0 + p["phi"] * Q)


def bound(x: Array, theta: Array, p: Named) -> tuple[Array, Array]:
    """Receptors held by dopamine x and by a drug that holds `theta` at resting dopamine."""
    free, drug = 1.0 - theta, theta * (1.0 + p["a_rest"])
    whole = (1.0 + x) * free + drug
    return x * free / whole, drug / whole


def signal(dopamine: Array, p: Named, u: Named) -> Array:
    """D2 signal per receptor over the drug-free one, (A + e B) / A0."""
    A, B = bound(p["a_rest"] * dopamine, u["d2"], p)
    rest = p["a_rest"] / (1.0 + p["a_rest"])
    return (A + u["efficacy"] * B) / rest


def drive(R: Array, G: Array, p: Named, u: Named) -> Array:
    """D: what the receptors make of a peak of dopamine."""
    released = (1.0 - depleted(u["vmat2"], p)) * u["dopamine"]
    A, B = bound(p["a_peak"] * released, u["d2"], p)
    worse = 1.0 + p["anticholinergic_gain"] * u["anticholinergic"]
    return R * (1.0 + G) / p["sensitivity_reference"] * (A + u["efficacy"] * B) * worse


def score(D: Array, p: Named) -> Array:
    """Movement score that belongs to a drive, 28 D^m / (D^m + D50^m)."""
    power = (D / p["D50"]) ** p["m"]
    return p["AIMS_max"] * power / (1.0 + power)


def parkinsonism(R: Array, p: Named, u: Named) -> Array:
    """Probability of parkinsonism from the loss of D2 signal, logistic at the PET threshold."""
    released = (1.0 - depleted(u["vmat2"], p)) * u["dopamine"]
    loss = 1.0 - R * signal(released, p, u)
    loss = loss - p["anticholinergic_relief"] * u["anticholinergic"]
    # a power of a number, so that any kind of array will do
    return 1.0 / (1.0 + math.e ** (-(loss - p["EPS_half"]) / p["EPS_width"]))


def observed(AIMS: Array, placebo: Array, p: Named, u: Named) -> Array:
    """The score as rated, within 0..28."""
    q = p["rater_gain"] * u["site_rater"]
    return AIMS * (1.0 + q) / (1.0 + q * AIMS / p["AIMS_max"]) * (1.0 - placebo)


def _field(t_h: Any, y: States, p: Named, u: Named) -> States:
    R, G, AIMS, placebo = y
    seen = 1.0 - p["tonic_share"] * depleted(u["vmat2"], p)
    lost = positive_part(1.0 - R * signal(seen * u["dopamine"], p, u))
    stimulus = lost * (1.0 + p["saturation"]) / (1.0 + p["saturation"] * lost)
    return (
        (1.0 + p["u_max"] * stimulus - R) / p["tau_R"],
        p["k_G"] * positive_part(R - 1.0 - p["delta"]) - G / p["tau_G"],
        (score(drive(R, G, p, u), p) - AIMS) / p["tau_AIMS"],
        (p["placebo_share"] * u["trial"] - placebo) / p["tau_placebo"],
    )


def _outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
    R, G, AIMS, placebo = y
    seen = 1.0 - p["tonic_share"] * depleted(u["vmat2"], p)
    D = drive(R, G, p, u)
    return {
        "signal": R * signal(seen * u["dopamine"], p, u),
        "drive": D,
        "AIMS_target": score(D, p),
        "AIMS_observed": observed(AIMS, placebo, p, u),
        "parkinsonism": parkinsonism(R, p, u),
        "residual_transport": 1.0 - u["vmat2"],
        "depletion": depleted(u["vmat2"], p),
    }


def patient(p: Named) -> States:
    """Somebody with dyskinesia off every drug: normal density, and gain that alone gives D50's.

    The score is the one D50 was derived at, about 10.
    """
    G = p["sensitivity_reference"] - 1.0
    D = p["a_peak"] / (1.0 + p["a_peak"])
    return 1.0 + 0.0 * G, G, score(D, p), 0.0 * G


def _guess(p: Named) -> States:
    D = p["a_peak"] / (1.0 + p["a_peak"]) / p["sensitivity_reference"]
    return 1.0, 0.0, score(D, p), 0.0


DYSKINESIA = Circuit(
    name="dyskinesia",
    inputs=(
        Input("d2", "fraction", 0.0, 0.0, 1.0, "D2 occupancy by a drug, dopamine at rest"),
        VMAT2,
        Input("efficacy", "fraction", 0.0, 0.0, 1.0, "efficacy of that drug, 0 an antagonist"),
        Input("dopamine", "1", 1.0, 0.0, 20.0, "dopamine over rest, tonic and peak"),
        Input("anticholinergic", "1", 0.0, 0.0, 1.0, "an anticholinergic is given (1) or not"),
        Input("trial", "1", 0.0, 0.0, 1.0, "taking part in a trial: placebo response on"),
        Input("site_rater", "1", 0.0, 0.0, 1.0, "rated on site (1) or by central video (0)"),
    ),
    states=(
        State("R", "1", 0.0, None, "receptor density over normal"),
        State("G", "1", 0.0, None, "downstream gain; a hypothesis"),
        State("AIMS", "point", 0.0, "AIMS_max", "movement score, AIMS items 1 to 7"),
        State("placebo", "fraction", 0.0, 1.0, "share of the score that placebo hides"),
    ),
    read=(
        Output("signal", "1", "D2 signal S over normal, as adaptation sees it"),
        Output("drive", "1", "what receptors make of a peak of dopamine"),
        Output("AIMS_target", "point", "score the movements are heading for"),
        Output("AIMS_observed", "point", "score as rated"),
        Output("parkinsonism", "fraction", "probability of parkinsonism"),
        Output("residual_transport", "fraction", "share of VMAT2 left to load vesicles"),
        DEPLETION,
    ),
    field=_field,
    outputs=_outputs,
    guess=_guess,
)
"""Supersensitivity, its masking and unmasking, and its control by a VMAT2 inhibitor."""
