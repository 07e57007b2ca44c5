"""Bursts of dopamine against a drug: who holds the receptor, and for how long.

    theta' = k/(1+rho) [d (1 - theta - A) - theta]
    A'     = k_A [x / K (1 - theta - A) - A]

theta drug and A dopamine on the receptor, d = C/K of the drug, x dopamine, k intrinsic
dissociation, rho rebinding. Where dopamine is fast beside the drug, theta relaxes at
k_app / (1 - theta) and a square pulse has the closed form of `laws.burst_displacement`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy import laws
from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Array, Circuit, Input, Named, Output, State, States

Values = NDArray[np.float64]


def _field(t_h: Any, y: States, p: Named, u: Named) -> States:
    theta, A = y
    free = 1.0 - theta - A
    k = apparent_koff(p["koff"], p["rebinding"])
    a = p["x_rest"] * u["dopamine"] / p["K_DA"]
    return (
        k * (u["drug"] * free - theta),
        p["koff_DA"] * (a * free - A),
    )


def _outputs(y: States, p: Named, u: Named) -> dict[str, Array]:
    return {
        "free": 1.0 - y[0] - y[1],
        "signal": y[1] / p["rest_agonist"],
        "relaxation": (1.0 - y[0]) / apparent_koff(p["koff"], p["rebinding"]) * 3600.0,
    }


def _guess(p: Named) -> States:
    a = p["x_rest"] / p["K_DA"]
    return 0.0, a / (1.0 + a)


PHASIC = Circuit(
    name="phasic",
    inputs=(
        Input("drug", "1", 0.0, 0.0, 1e6, "free drug over its competitor-free constant, C / K"),
        Input("dopamine", "1", 1.0, 0.0, 1e4, "dopamine over rest"),
    ),
    states=(
        State("drug_bound", "fraction", 0.0, 1.0, "receptors held by the drug"),
        State("agonist", "fraction", 0.0, 1.0, "receptors held by dopamine"),
    ),
    read=(
        Output("free", "fraction", "receptors held by neither"),
        Output("signal", "1", "receptors held by dopamine over the drug-free rest"),
        Output("relaxation", "s", "time constant of the drug's occupancy, dopamine fast"),
    ),
    field=_field,
    outputs=_outputs,
    guess=_guess,
)
"""Drug and dopamine on one receptor."""


def apparent_koff(koff: Array, rebinding: Array) -> Array:
    """Dissociation with rebinding, koff / (1 + rho); kon falls alike, K stays."""
    return koff / (1.0 + rebinding)


def rebinding_between(intrinsic: Array, apparent: Array) -> Array:
    """The rebinding ratio that would turn one dissociation rate into the other, k / k_app - 1."""
    return intrinsic / apparent - 1.0


def corner_frequency(koff: Array, theta: Array) -> Array:
    """Frequency above which the drug's occupancy no longer follows, koff / (2 pi (1 - theta))."""
    return koff / (2.0 * math.pi * (1.0 - theta))


def drug_over_K(theta: Array, a: Array) -> Array:
    """C / K that gives occupancy `theta` beside dopamine a = [A] / K_A."""
    return laws.inverse_occupancy(theta, laws.apparent_affinity(1.0, a))


@dataclass(frozen=True, eq=False)
class Displacement:
    """What pulses of dopamine take from a drug, shapes broadcast over drugs.

    Attributes:
        at_end: share of bound drug displaced at the end of each pulse, (pulses, ...).
        worst: the largest of them, (...).
        settled: share at which each cycle ends as it began, in the limit of many pulses, (...).
        claim: in a sentence, for one drug.
    """

    at_end: Values
    worst: Values
    settled: Values

    @property
    def claim(self) -> str:
        """One sentence about the first drug."""
        worst = float(np.ravel(self.worst)[0])
        pulses = self.at_end.shape[0]
        what = "one pulse" if pulses == 1 else f"{pulses} pulses"
        return f"{what} of dopamine displaces at most {100 * worst:.2g} % of the bound drug"


def displaced_by_pulses(
    theta: ArrayLike,
    koff_per_s: ArrayLike,
    *,
    a_rest: float,
    a_pulse: float,
    pulse_s: float,
    pulses: int = 1,
    every_s: float | None = None,
    rebinding: ArrayLike = 0.0,
) -> Displacement:
    """Square pulses of dopamine against a drug at equilibrium, dopamine fast, without a tail.

    Args:
        theta: occupancy by the drug before, between 0 and 1.
        koff_per_s: its intrinsic dissociation, per second.
        a_rest, a_pulse: dopamine over its constant between and during the pulses.
        pulse_s: length of a pulse.
        pulses: how many.
        every_s: from the start of one to the start of the next; needed for more than one.
        rebinding: ratio rho.

    Raises:
        CircuitError: an occupancy, rate, time or number outside what is possible.
    """
    occupied = np.asarray(theta, dtype=np.float64)
    k = np.asarray(koff_per_s, dtype=np.float64)
    rho = np.asarray(rebinding, dtype=np.float64)
    every = pulse_s if every_s is None else every_s
    tests = [
        (((occupied <= 0) | (occupied >= 1)).any(), "theta", occupied, "lie between 0 and 1"),
        ((k <= 0).any(), "koff_per_s", k, "be above zero"),
        ((rho < 0).any(), "rebinding", rho, "not be negative"),
        (not 0 <= a_rest < math.inf, "a_rest", a_rest, "be zero or more"),
        (not 0 <= a_pulse < math.inf, "a_pulse", a_pulse, "be zero or more"),
        (not 0 < pulse_s < math.inf, "pulse_s", pulse_s, "be above zero"),
        (pulses < 1, "pulses", pulses, "be at least 1"),
        (pulses > 1 and every_s is None, "every_s", every_s, "be given for several pulses"),
        (every < pulse_s, "every_s", every, f"be at least pulse_s = {pulse_s:g}"),
    ]
    for wrong, name, value, rule in tests:
        if wrong:
            raise CircuitError(f"{name} is {value}; it must {rule}.")
    k = k / (1.0 + rho)
    d = drug_over_K(occupied, a_rest)
    segments = np.tile([pulse_s, every - pulse_s], pulses)[: 2 * pulses - 1]
    agonist = np.tile([a_pulse, a_rest], pulses)[: 2 * pulses - 1]
    shape = np.broadcast_shapes(d.shape, k.shape)
    column = (-1, *(1,) * len(shape))
    course = laws.occupancy_course(
        np.broadcast_to(occupied, shape),
        np.broadcast_to(d, (segments.size, *shape)),
        segments.reshape(column),
        np.broadcast_to(k, shape),
        np.broadcast_to(k, shape),
        agonist.reshape(column),
    )
    at_end = 1.0 - course[1::2] / occupied
    return Displacement(
        at_end, at_end.max(axis=0), _settled(occupied, d, k, a_rest, a_pulse, pulse_s, every)
    )


def _settled(
    theta: Values, d: Values, k: Values, a_rest: float, a_pulse: float, pulse_s: float, every: float
) -> Values:
    """Displaced share at the end of a pulse once every cycle repeats the last."""
    fast, slow = laws.relaxation_rate(d, k, k, a_pulse), laws.relaxation_rate(d, k, k, a_rest)
    low = d / (1.0 + a_pulse + d)
    keep_pulse, keep_rest = np.exp(-fast * pulse_s), np.exp(-slow * (every - pulse_s))
    # theta after the pulse maps to itself over one cycle
    after = (low * (1 - keep_pulse) + theta * (1 - keep_rest) * keep_pulse) / (
        1 - keep_pulse * keep_rest
    )
    return np.asarray(1.0 - after / theta, dtype=np.float64)
