"""Vesicular transporters in brain and periphery: reversible against irreversible drugs.

    F_i' = kdeg_i (1 - F_i) - loss s_i F_i,        depletion_i = 1 - (1 - O_i) F_i

i = VMAT2 (brain monoamines) and VMAT1 (adrenal and sympathetic side), s_i = 1 and VMAT1_share.
A reversible VMAT2 inhibitor has O_1 = 0; reserpine has a `loss`, and both transporters wait for
new protein.
"""

from __future__ import annotations

from typing import Any

from occupancy.circuit.model import Circuit, Input, Named, Output, State, States
from occupancy.circuit.vesicle import FUNCTIONAL, VMAT2, VMAT2_LOSS, vmat_renewal


def _field(t_h: Any, y: States, p: Named, u: Named) -> States:
    return (
        vmat_renewal(y[0], u["vmat2_loss"], p["kdeg_VMAT2"]),
        vmat_renewal(y[1], u["vmat2_loss"] * p["VMAT1_share"], p["kdeg_VMAT1"]),
    )


RENEWAL = Circuit(
    name="vmat-renewal",
    inputs=(
        VMAT2,
        Input("vmat1", "fraction", 0.0, 0.0, 1.0, "share of VMAT1 occupied reversibly"),
        VMAT2_LOSS,
    ),
    states=(
        FUNCTIONAL,
        State("VMAT1", "fraction", 0.0, 1.0, "share of VMAT1 that functions"),
    ),
    read=(
        Output("brain_depletion", "fraction", "loss of vesicular monoamines in the brain"),
        Output("peripheral_depletion", "fraction", "the same in the periphery"),
    ),
    field=_field,
    outputs=lambda y, p, u: {
        "brain_depletion": 1.0 - (1.0 - u["vmat2"]) * y[0],
        "peripheral_depletion": 1.0 - (1.0 - u["vmat1"]) * y[1],
    },
    guess=lambda p: (1.0, 1.0),
)
"""Functional VMAT2 and VMAT1."""
