"""Go and No-Go: the network of Gurney, Prescott and Redgrave as a circuit of six actions.

Driven by the dopamine signals left at D1 and D2 (`dopamine_signal`) and by the salience of each
action; equations in `gpr`. The probability of parkinsonism is read from how much output of the
internal pallidum stays on the winning action of a standard task of two actions, linked to the
threshold of PET by `eps_link`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from occupancy.circuit.eps_link import calibrated
from occupancy.circuit.gpr import UNITS, gpr_drive, gpr_steady, selection_margin
from occupancy.circuit.model import Circuit, Input, Named, Output, State, States
from occupancy.laws._namespace import promote

Array = Any
CHANNELS: Final = 6

SIGNALS: Final = (
    Input("d1_signal", "1", 1.0, 0.0, 2.0, "D1 signal relative to drug-free"),
    Input("d2_signal", "1", 1.0, 0.0, 2.0, "D2 signal relative to drug-free"),
)
_RESTING: Final = (0.4, 0.6, 0.0, 0.0, 0.0, 0.0)
_NAMES: Final = {
    "d1": "striatal D1 unit",
    "d2": "striatal D2 unit",
    "stn": "subthalamic nucleus",
    "gpe": "external pallidum",
    "gpi": "internal pallidum",
}


@cache
def selection() -> Circuit:
    """The selection circuit; at rest two actions ask, with salience 0.4 and 0.6."""
    actions = range(1, CHANNELS + 1)
    return Circuit(
        name="gpr",
        inputs=(
            *SIGNALS,
            *(
                Input(f"salience_{i}", "1", s, 0.0, 1.0, f"how much action {i} asks to be done")
                for i, s in zip(actions, _RESTING, strict=True)
            ),
        ),
        states=tuple(
            State(f"{unit}_{i}", "1", None, None, f"activation, {_NAMES[unit]} of action {i}")
            for unit in UNITS
            for i in actions
        ),
        read=(
            *(Output(f"brake_{i}", "1", f"pallidal output on action {i}") for i in actions),
            Output("margin", "1", "how far the best action lies below the threshold of release"),
            Output("selected", "1", "number of actions let through"),
            Output("task_brake", "1", "pallidal output on the winner of the standard task"),
            Output("eps_probability", "fraction", "probability of parkinsonism"),
        ),
        field=_field,
        outputs=_outputs,
        guess=_guess,
    )


def task_brake(d1_signal: Array, d2_signal: Array, p: Named) -> Array:
    """Pallidal output on the winning action of the standard task of two actions, (...)."""
    xp, s1, s2, one, two = promote(d1_signal, d2_signal, p["task_1"], p["task_2"])
    none = 0.0 * (s1 + s2 + one + two)
    salience = xp.stack([none + one, none + two, *([none] * (CHANNELS - 2))])
    return xp.min(gpr_steady(salience, s1, s2, p).gpi, axis=0)


def eps_probability(d1_signal: Array, d2_signal: Array, p: Named) -> Array:
    """Probability of parkinsonism at the given dopamine signals, 0..1, broadcast.

    x is `task_brake`; half is reached where an antagonist holds `eps_threshold` of D2.
    """
    link = calibrated(
        lambda theta: task_brake(1.0, 1.0 - theta, p), p["eps_threshold"], p["eps_width"]
    )
    return link.probability(task_brake(d1_signal, d2_signal, p))


def _salience(u: Named) -> Array:
    xp, *values = promote(*(u[f"salience_{i + 1}"] for i in range(CHANNELS)))
    return xp, values


def _field(t: Array, y: States, p: Named, u: Named) -> States:
    xp, *values = promote(*y)
    shared = 0.0 * values[0]
    a = xp.stack([xp.stack(values[i * CHANNELS : (i + 1) * CHANNELS]) for i in range(len(UNITS))])
    _, given = _salience(u)
    drive, _ = gpr_drive(
        a, xp.stack([shared + c for c in given]), u["d1_signal"], u["d2_signal"], p
    )
    change = p["rate"] * (drive - a)
    return [change[i, j] for i in range(len(UNITS)) for j in range(CHANNELS)]


def _outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
    xp, *values = promote(*y[-CHANNELS:])
    gpi = xp.stack([xp.clip(p["m"] * (a - p["e_gpi"]), 0.0, 1.0) for a in values])
    s1, s2 = u["d1_signal"], u["d2_signal"]
    return {
        **{f"brake_{i + 1}": gpi[i] for i in range(CHANNELS)},
        "margin": selection_margin(gpi, p["theta_sel"]),
        "selected": xp.sum(1.0 * (gpi < p["theta_sel"]), axis=0),
        "task_brake": task_brake(s1, s2, p),
        "eps_probability": eps_probability(s1, s2, p),
    }


def _guess(p: Named) -> list[Array]:
    """Activations at the fixed point for the resting saliences."""
    xp, first = promote(p["lambda"])
    none = 0.0 * sum(promote(*p.values())[1:])
    salience = xp.stack([none + c for c in _RESTING])
    del first
    out = gpr_steady(salience, 1.0 + none, 1.0 + none, p)
    total = xp.sum(out.stn, axis=0)
    a = (
        salience * (1.0 + p["lambda"]),
        salience * (1.0 - p["lambda"]),
        salience - p["w_gpe_stn"] * out.gpe,
        p["w_stn"] * total - p["w_d2_gpe"] * out.d2,
        p["w_stn"] * total - p["w_gpe_gpi"] * out.gpe - p["w_d1_gpi"] * out.d1,
    )
    return [rows[j] for rows in a for j in range(CHANNELS)]
