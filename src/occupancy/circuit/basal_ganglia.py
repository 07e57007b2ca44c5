"""Rates of cortex, basal ganglia and thalamus as a circuit: van Albada and Robinson.

Every population follows its drive through two filters, which together are the second-order
equation of the paper:

    dU_j/dt = alpha (sum_k nu_jk phi_k - U_j),   dV_j/dt = beta (U_j - V_j)

and the cortical field is damped twice at rate gamma. Fixed points are those of `mean_field`. Two
ways in which the D2 signal acts are offered; the probability of parkinsonism follows the rise of
the internal pallidum and is linked to the threshold of PET by `eps_link`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from occupancy.circuit.eps_link import calibrated
from occupancy.circuit.error import CircuitError
from occupancy.circuit.mean_field import (
    PATHWAYS,
    POPULATIONS,
    drive,
    parameters_under,
    potential,
    rates,
    steady_rates,
)
from occupancy.circuit.model import Circuit, Named, Output, State, States
from occupancy.circuit.selection import SIGNALS
from occupancy.laws._namespace import promote

Array = Any

LABELS: Final = {
    "e": "cortex",
    "d1": "striatal_d1",
    "d2": "striatal_d2",
    "p1": "gpi",
    "p2": "gpe",
    "z": "stn",
    "s": "thalamus",
    "r": "reticular",
}
"""Names of the populations for people."""

_GPI: Final = POPULATIONS.index("p1")
_COUNT: Final = len(POPULATIONS)


@cache
def basal_ganglia(pathways: str = "d2-synapses") -> Circuit:
    """The rate circuit; `pathways` says what the D2 signal moves, as in `parameters_under`.

    Raises:
        CircuitError: no such choice; names those there are.
    """
    if pathways not in dict(PATHWAYS):
        raise CircuitError(f"no pathways {pathways!r}; choose one of {', '.join(dict(PATHWAYS))}.")

    def field(t: Array, y: States, p: Named, u: Named) -> States:
        xp, *values = promote(*y)
        under = parameters_under(u["d1_signal"], u["d2_signal"], p, pathways)
        phi = rates(xp.stack(values[_COUNT : 2 * _COUNT]), under)
        inner, outer = values[2 * _COUNT :]
        sent = xp.concat([outer[None], phi[1:]])
        driven = drive(sent, under)
        return [
            *(p["alpha"] * (driven[j] - values[j]) for j in range(_COUNT)),
            *(p["beta"] * (values[j] - values[_COUNT + j]) for j in range(_COUNT)),
            p["gamma"] * (phi[0] - inner),
            p["gamma"] * (inner - outer),
        ]

    def outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
        xp, *v = promote(*y[_COUNT : 2 * _COUNT])
        under = parameters_under(u["d1_signal"], u["d2_signal"], p, pathways)
        phi = rates(xp.stack(v), under)
        rest = steady_rates(p, p)[_GPI]
        rise = phi[_GPI] / rest - 1.0
        return {
            **{f"{LABELS[name]}_rate": phi[j] for j, name in enumerate(POPULATIONS)},
            "gpi_change": rise,
            "eps_probability": eps_link_of(p, pathways).probability(rise),
        }

    def guess(p: Named) -> list[Array]:
        phi = steady_rates(p, p)
        v = [
            potential(phi[j], p[f"Qmax_{name}"], p[f"theta_{name}"], p["sigma"])
            for j, name in enumerate(POPULATIONS)
        ]
        return [*v, *v, phi[0], phi[0]]

    return Circuit(
        name="van_albada" if pathways == "d2-synapses" else f"van_albada-{pathways}",
        inputs=SIGNALS,
        states=(
            *(
                State(f"U_{n}", "mV", None, None, f"{LABELS[n]}, inner potential")
                for n in POPULATIONS
            ),
            *(
                State(
                    f"V_{n}",
                    "mV",
                    None,
                    "V_e_limit" if n == "e" else None,
                    f"{LABELS[n]}, potential",
                )
                for n in POPULATIONS
            ),
            State("field_inner", "Hz", 0.0, None, "cortical field, damped once"),
            State("field", "Hz", 0.0, None, "cortical field"),
        ),
        read=(
            *(Output(f"{LABELS[n]}_rate", "Hz", f"firing rate, {LABELS[n]}") for n in POPULATIONS),
            Output("gpi_change", "1", "change of the internal pallidum relative to drug-free"),
            Output("eps_probability", "fraction", "probability of parkinsonism"),
        ),
        field=field,
        outputs=outputs,
        guess=guess,
        record="van_albada",
    )


def gpi_change(
    d1_signal: Array, d2_signal: Array, p: Named, pathways: str = "d2-synapses"
) -> Array:
    """Change of the internal pallidum at rest relative to drug-free, broadcast.

    Raises
    ------
    SaturatedError
        No fixed point on the healthy branch.
    """
    under = parameters_under(d1_signal, d2_signal, p, pathways)
    return steady_rates(under, p)[_GPI] / steady_rates(p, p)[_GPI] - 1.0


def eps_link_of(p: Named, pathways: str = "d2-synapses") -> Any:
    """The link from `gpi_change` to the probability of parkinsonism."""
    return calibrated(
        lambda theta: gpi_change(1.0, 1.0 - theta, p, pathways), p["eps_threshold"], p["eps_width"]
    )


def eps_probability(
    d1_signal: Array, d2_signal: Array, p: Named, pathways: str = "d2-synapses"
) -> Array:
    """Probability of parkinsonism at the given dopamine signals, 0..1, broadcast."""
    return eps_link_of(p, pathways).probability(gpi_change(d1_signal, d2_signal, p, pathways))
