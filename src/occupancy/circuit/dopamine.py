"""The dopamine terminal of Best, Nijhout and Reed 2009: uM and hours.

    tyr' = blood - TH - k1 tyr + k-1 pool - kl tyr       pool' = k1 tyr - k-1 pool - kl pool
    L'   = TH - AADC                                     bh4' = DHPR - TH
    c'   = AADC - VMAT + l V + DAT - kc c                V'   = VMAT - l V - f V
    x'   = f V - DAT - COMT - k x                        F'   = kdeg (1 - F) - loss F

    TH = 0.56 / (1 + tyr / Ki) A(x) Vmax tyr bh4 / (tyr bh4 + Kt bh4 + Kt Kb (1 + c / Kc))
    A  = 1 + phi (a / (b (x / x0)^n + 1) + m - 1),    VMAT = (1 - O) F Vmax c / (Km + c)

phi is the strength of the autoreceptor on synthesis, 0 off and 1 as published. A transporter
drug at DAT occupancy D competes with dopamine, so uptake is Vmax (1-D) x / (Km + (1-D) x); an
autoreceptor antagonist at occupancy q takes its share of the signal, x (1 - q).

Source: Best JA, Nijhout HF, Reed MC. Theor Biol Med Model 2009;6:21.
"""

from __future__ import annotations

from typing import Any

from occupancy.circuit.model import Array, Circuit, Input, Named, Output, State, States
from occupancy.circuit.vesicle import DEPLETION, FUNCTIONAL, VMAT2, VMAT2_LOSS, vmat_renewal

DAT = Input("dat", "fraction", 0.0, 0.0, 1.0, "share of dopamine transporters occupied")
MAO = Input("mao", "fraction", 0.0, 0.0, 1.0, "share of monoamine oxidase inhibited")
D2_AUTO = Input("d2_auto", "fraction", 0.0, 0.0, 1.0, "autoreceptors occupied by an antagonist")
FIRING = Input("firing", "1", 1.0, 0.0, 50.0, "firing over tonic")


def competitive_uptake(x: Array, Vmax: Array, Km: Array, occupied: Array) -> Array:
    """Vmax (1 - D) x / (Km + (1 - D) x): a competitor that would occupy D without substrate."""
    open_x = (1.0 - occupied) * x
    return Vmax * open_x / (Km + open_x)


def autoreceptor_factor(signal: Array, p: Named) -> Array:
    """A(x) of synthesis, `signal` in uM."""
    published = (
        p["auto_span"] / (p["auto_steepness"] * (signal / p["auto_x"]) ** p["auto_power"] + 1.0)
        + p["auto_least"]
    )
    return 1.0 + p["phi"] * (published - 1.0)


def _field(t_h: Any, y: States, p: Named, u: Named) -> States:
    tyr, pool, dopa, c, V, x, bh4, F = y
    bh2 = p["biopterin"] - bh4
    TH = (
        p["TH_inhibition"]
        / (1.0 + tyr / p["TH_Ki_tyr"])
        * autoreceptor_factor((1.0 - u["d2_auto"]) * x, p)
        * p["TH_Vmax"]
        * tyr
        * bh4
        / (
            tyr * bh4
            + p["TH_Km_tyr"] * bh4
            + p["TH_Km_tyr"] * p["TH_Km_bh4"] * (1.0 + c / p["TH_Ki_DA"])
        )
    )
    blood = p["tyr_in_Vmax"] * p["tyr_blood"] / (p["tyr_in_Km"] + p["tyr_blood"])
    AADC = p["AADC_Vmax"] * dopa / (p["AADC_Km"] + dopa)
    loading = (1.0 - u["vmat2"]) * F * p["VMAT_Vmax"] * c / (p["VMAT_Km"] + c)
    leak = p["leak"] * V
    released = u["firing"] * p["release"] * V
    reuptake = competitive_uptake(x, p["DAT_Vmax"], p["DAT_Km"], u["dat"])
    DHPR = p["DHPR_Vmax"] * bh2 * p["NADPH"] / (
        (p["DHPR_Km_bh2"] + bh2) * (p["DHPR_Km_NADPH"] + p["NADPH"])
    ) - p["DHPR_back"] * bh4 * p["NADP"] / (
        (p["DHPR_Km_bh4"] + bh4) * (p["DHPR_Km_NADP"] + p["NADP"])
    )
    exchange = p["tyr_to_pool"] * tyr - p["tyr_from_pool"] * pool
    return (
        blood - TH - exchange - p["tyr_loss"] * tyr,
        exchange - p["tyr_loss"] * pool,
        TH - AADC,
        AADC - loading + leak + reuptake - (1.0 - u["mao"]) * p["MAO"] * c,
        loading - leak - released,
        released - reuptake - p["COMT_Vmax"] * x / (p["COMT_Km"] + x) - p["removal"] * x,
        DHPR - TH,
        vmat_renewal(F, u["vmat2_loss"], p["kdeg_VMAT2"]),
    )


def _outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
    return {
        "depletion": 1.0 - y[4] / p["rest_vesicular"],
        "extracellular_ratio": y[5] / p["rest_extracellular"],
        "cytosolic_ratio": y[3] / p["rest_cytosolic"],
        "synthesis_factor": autoreceptor_factor((1.0 - u["d2_auto"]) * y[5], p),
    }


def _guess(p: Named) -> States:
    """Near the published fixed point, from the balance of each part with its neighbours."""
    blood = p["tyr_in_Vmax"] * p["tyr_blood"] / (p["tyr_in_Km"] + p["tyr_blood"])
    through_pool = p["tyr_to_pool"] * p["tyr_loss"] / (p["tyr_from_pool"] + p["tyr_loss"])
    tyr = blood / (p["tyr_loss"] + through_pool)
    pool = p["tyr_to_pool"] * tyr / (p["tyr_from_pool"] + p["tyr_loss"])
    bh4 = 0.9 * p["biopterin"]
    making = (
        p["TH_inhibition"]
        / (1.0 + tyr / p["TH_Ki_tyr"])
        * p["TH_Vmax"]
        * tyr
        / (tyr + p["TH_Km_tyr"])
    )
    making = making * bh4 / (bh4 + p["TH_Km_bh4"] * p["TH_Km_tyr"] / (tyr + p["TH_Km_tyr"]))
    dopa = p["AADC_Km"] * making / (p["AADC_Vmax"] - making)
    c = making / (p["MAO"] + p["release"])
    V = p["VMAT_Vmax"] * c / (p["VMAT_Km"] + c) / (p["leak"] + p["release"])
    x = p["release"] * V / (p["DAT_Vmax"] / p["DAT_Km"] + p["removal"])
    return tyr, pool, dopa, c, V, x, bh4, 1.0


TERMINAL = Circuit(
    name="dopamine",
    inputs=(VMAT2, VMAT2_LOSS, DAT, MAO, D2_AUTO, FIRING),
    states=(
        State("tyrosine", "uM", 0.0, None, "tyrosine in the terminal"),
        State("tyrosine_pool", "uM", 0.0, None, "tyrosine bound and exchanging"),
        State("dopa", "uM", 0.0, None, "L-dopa"),
        State("cytosolic", "uM", 0.0, None, "cytosolic dopamine"),
        State("vesicular", "uM", 0.0, None, "vesicular dopamine"),
        State("extracellular", "uM", 0.0, None, "extracellular dopamine"),
        State("bh4", "uM", 0.0, "biopterin", "tetrahydrobiopterin"),
        FUNCTIONAL,
    ),
    read=(
        DEPLETION,
        Output("extracellular_ratio", "1", "extracellular dopamine over rest"),
        Output("cytosolic_ratio", "1", "cytosolic dopamine over rest"),
        Output("synthesis_factor", "1", "what autoreceptors do to synthesis; 1 at rest"),
    ),
    field=_field,
    outputs=_outputs,
    guess=_guess,
    exponents=("auto_power",),
)
"""The full terminal; its fixed point is 81 uM vesicular, 2.65 cytosolic, 2 nM extracellular."""
