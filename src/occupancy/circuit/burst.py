"""A small dopamine terminal for tonic and burst firing: hours, uM inside, nM outside.

    c' = S + l V + DAT / s - (1 - O) F v c / (Km + c) - (1 - m) kc c
    V' = (1 - O) F v c / (Km + c) - (l + R) V,         R = f n p(q) / p(q0)
    x' = s R V - DAT - k x,                            DAT = Vmax (1 - D) x / (Kx + (1 - D) x)
    q' = kon x (1 - q - drug) - koff q,                p(q) = 1 / (1 + alpha q)
    b' = koff_b (x / K (1 - b) - b),                   S = S0 (1 + beta q0) / (1 + beta q)
    F' = kdeg (1 - F) - loss F

n is firing over tonic and q0 the autoreceptor at rest. The volume s (nM outside per uM inside)
and S0 follow from the balance at rest, so that rest is the same for any alpha and beta. b is a
receptor that follows peaks. With O = D = m = 0, c + V + x / s changes only by
S - kc c - k x / s.

Source of release, reuptake and autoreceptor: Dreyer et al. 2010; of vesicles: Best et al. 2009.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from occupancy.circuit.dopamine import D2_AUTO, DAT, FIRING, MAO, competitive_uptake
from occupancy.circuit.model import Array, Circuit, Named, Output, State, States
from occupancy.circuit.vesicle import DEPLETION, FUNCTIONAL, VMAT2, VMAT2_LOSS, vmat_renewal


class Balance(NamedTuple):
    """What follows from the balance at rest: autoreceptor, vesicles, volume, synthesis."""

    q: Array
    V: Array
    volume: Array
    synthesis: Array


def balance(p: Named) -> Balance:
    """The balance at rest, for parameters in hours."""
    x = p["x_rest"]
    q = x / (x + p["auto_koff"] / p["auto_kon"])
    loading = p["VMAT_Vmax"] * p["c_rest"] / (p["VMAT_Km"] + p["c_rest"])
    V = loading / (p["leak"] + p["release"])
    leaving = p["DAT_Vmax"] * x / (p["DAT_Km"] + x) + p["non_DAT"] * x
    volume = leaving / (p["release"] * V)
    return Balance(q, V, volume, p["MAO"] * p["c_rest"] + p["non_DAT"] * x / volume)


def release_gain(q: Array, p: Named) -> Array:
    """p(q) over its value at rest."""
    return (1.0 + p["alpha"] * balance(p).q) / (1.0 + p["alpha"] * q)


def _field(t_h: Any, y: States, p: Named, u: Named) -> States:
    c, V, x, q, b, F = y
    at = balance(p)
    loading = (1.0 - u["vmat2"]) * F * p["VMAT_Vmax"] * c / (p["VMAT_Km"] + c)
    released = p["release"] * u["firing"] * release_gain(q, p) * V
    reuptake = competitive_uptake(x, p["DAT_Vmax"], p["DAT_Km"], u["dat"])
    synthesis = at.synthesis * (1.0 + p["beta"] * at.q) / (1.0 + p["beta"] * q)
    leak = p["leak"] * V
    broken_down = (1.0 - u["mao"]) * p["MAO"] * c
    return (
        synthesis + leak + reuptake / at.volume - loading - broken_down,
        loading - leak - released,
        at.volume * released - reuptake - p["non_DAT"] * x,
        p["auto_kon"] * x * (1.0 - q - u["d2_auto"]) - p["auto_koff"] * q,
        p["D2_koff"] * (x / p["D2_K"] * (1.0 - b) - b),
        vmat_renewal(F, u["vmat2_loss"], p["kdeg_VMAT2"]),
    )


def _outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
    return {
        "depletion": 1.0 - y[1] / p["rest_vesicular"],
        "extracellular_ratio": y[2] / p["rest_extracellular"],
        "release_gain": release_gain(y[3], p),
    }


def _guess(p: Named) -> States:
    at = balance(p)
    x = p["x_rest"]
    return p["c_rest"], at.V, x, at.q, x / (x + p["D2_K"]), 1.0


BURST = Circuit(
    name="dopamine-burst",
    inputs=(VMAT2, VMAT2_LOSS, DAT, MAO, D2_AUTO, FIRING),
    states=(
        State("cytosolic", "uM", 0.0, None, "cytosolic dopamine"),
        State("vesicular", "uM", 0.0, None, "vesicular dopamine"),
        State("extracellular", "nM", 0.0, None, "extracellular dopamine"),
        State("autoreceptor", "fraction", 0.0, 1.0, "release autoreceptors bound by dopamine"),
        State("D2", "fraction", 0.0, 1.0, "receptors that follow peaks, bound by dopamine"),
        FUNCTIONAL,
    ),
    read=(
        DEPLETION,
        Output("extracellular_ratio", "1", "extracellular dopamine over rest"),
        Output("release_gain", "1", "release per spike and quantum over rest"),
    ),
    field=_field,
    outputs=_outputs,
    guess=_guess,
)
"""The terminal that follows single bursts."""
