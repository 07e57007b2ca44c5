"""Curves over D2 occupancy: likelihood of response and of parkinsonism, and Go against No-Go.

Response, prolactin and signs of parkinsonism each became likelier above an occupancy of its own
in one study of haloperidol (Kapur 2000). Response and prolactin are read as logistics on the
occupancy scale; parkinsonism comes from the circuit through `eps_link`. All of them are functions
of the signal left, placed on the scale of an antagonist, so that a partial agonist has curves of
its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from occupancy.circuit import basal_ganglia as network
from occupancy.circuit import selection as choice
from occupancy.circuit.ageing import Aged
from occupancy.circuit.dopamine_signal import antagonist_occupancy, dopamine_signal
from occupancy.circuit.eps_link import EpsLink
from occupancy.circuit.error import CircuitError
from occupancy.circuit.mean_field import POPULATIONS, parameters_under, steady_rates
from occupancy.circuit.parameters import parameters_of

SHOWN = ("d2", "p2", "z", "p1", "s")
"""Populations of the No-Go path, in its order."""


def window_curves(
    efficacy: float = 0.0,
    *,
    aged: Aged | None = None,
    points: int = 101,
    parameters: Mapping[str, ArrayLike] | None = None,
) -> dict[str, Any]:
    """Likelihood of response, raised prolactin and parkinsonism against D2 occupancy.

    Args:
        efficacy: the drug's efficacy at D2 relative to dopamine's, 0 (antagonist) to 1.
        aged: a scenario of ageing; the thresholds then hold for the signal of a young brain,
            which is the hypothesis that the scenario's caveats name.
        points: occupancies from 0 to 1.
        parameters: those of the record `van_albada` that differ.

    Returns:
        A plain document: `occupancy`, `signal` left, `curves` by name, `window`, `scenario` and
        `age_y` or None, `caveats`.

    Raises:
        CircuitError: an efficacy outside 0..1, or an impossible parameter.
    """
    if not 0.0 <= efficacy <= 1.0:
        raise CircuitError(f"efficacy is {efficacy:g}; it must lie between 0 and 1.")
    circuit = network.basal_ganglia()
    p = parameters_of(circuit, parameters)
    theta = np.linspace(0.0, 1.0, points)
    d1 = np.ones_like(theta)
    if aged is None:
        # Half of the receptors hold dopamine without drug; no antagonist's curve depends on it.
        signal = dopamine_signal(theta, 1.0, efficacy=efficacy)
    else:
        left = aged.signals(d2=theta, efficacy=efficacy)
        d1, signal = left["d1_signal"] * d1, left["d2_signal"]
    scale = antagonist_occupancy(signal, 1.0)

    def logistic(name: str) -> Any:
        return EpsLink(p[f"{name}_threshold"], p["response_width"]).probability(scale)

    curves = {
        "response": logistic("response"),
        "prolactin": logistic("prolactin"),
        "parkinsonism": network.eps_probability(
            np.clip(d1, 0.0, 2.0), np.clip(signal, 0.0, 2.0), p
        ),
    }
    return {
        "schema": "window-curves",
        "efficacy": efficacy,
        "scenario": None if aged is None else aged.scenario,
        "age_y": None if aged is None else aged.age_y,
        "occupancy": theta.tolist(),
        "signal": signal.tolist(),
        "curves": {name: np.asarray(value).tolist() for name, value in curves.items()},
        "window": {
            "low": float(p["response_threshold"]),
            "high": float(p["eps_threshold"]),
        },
        "caveats": [*circuit.caveats, *(() if aged is None else aged.caveats)],
    }


def go_no_go(loss: Sequence[float] | None = None) -> dict[str, Any]:
    """Rates and the brake on the winning action against loss of the D2 signal.

    Args:
        loss: share of the D2 signal lost, 0..1; None takes 0 to 1 in steps of 0.02.

    Returns:
        A plain document: `loss`, `rates` relative to drug-free by pathway choice and population,
        `task_brake` of the selection network and its `threshold`, `caveats`.

    Raises:
        CircuitError: a loss outside 0..1.
    """
    lost = np.linspace(0.0, 1.0, 51) if loss is None else np.asarray(loss, dtype=np.float64)
    if not ((lost >= 0.0) & (lost <= 1.0)).all():
        raise CircuitError("loss must lie between 0 and 1.")
    circuit, other = network.basal_ganglia(), choice.selection()
    p, q = parameters_of(circuit), parameters_of(other)
    rest = steady_rates(p, p)
    rates: dict[str, dict[str, list[float]]] = {}
    for pathways in ("d2-synapses", "d2-all"):
        phi = steady_rates(parameters_under(1.0, 1.0 - lost, p, pathways), p)
        rates[pathways] = {
            network.LABELS[name]: (phi[i] / rest[i]).tolist()
            for i, name in enumerate(POPULATIONS)
            if name in SHOWN
        }
    return {
        "schema": "go-no-go",
        "loss": lost.tolist(),
        "rates": rates,
        "task_brake": np.asarray(choice.task_brake(1.0, 1.0 - lost, q)).tolist(),
        "threshold": float(q["theta_sel"]),
        "caveats": [*circuit.caveats, *other.caveats],
    }
