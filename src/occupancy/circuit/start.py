"""Where a course begins and how inputs are switched: what a person says in a few words."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit
from occupancy.circuit.parameters import Values, inputs_of, parameters_of, people_of
from occupancy.circuit.steady import rest
from occupancy.engine import InputCourse

POINTS = 241
"""Hours at which a course is shown, evenly spaced."""
EARLY = 60
"""Hours shown besides, evenly in the logarithm after each switch, from a millionth of the span."""


def switched(
    circuit: Circuit, inputs: Mapping[str, float], days: float, until: float | None = None
) -> tuple[Values, InputCourse]:
    """Hours to read, and constant inputs that return to rest on day `until`.

    Raises:
        CircuitError: a span that is not above zero, an end of the inputs outside it.
    """
    if not 0.0 < days < math.inf:
        raise CircuitError(f"days is {days:g}; it must be above zero.")
    if until is not None and not 0.0 < until < days:
        raise CircuitError(f"until is {until:g}; it must lie between 0 and days = {days:g}.")
    resting, given = inputs_of(circuit, {}), inputs_of(circuit, inputs)
    grid = np.array([0.0] if until is None else [0.0, 24.0 * until])
    values = {k: np.array([x, resting[k]])[: grid.size] for k, x in given.items()}
    span = 24.0 * days
    early = span * np.geomspace(1e-6, 1.0, EARLY)
    times = np.concatenate([np.linspace(0.0, span, POINTS), *(at + early for at in grid)])
    return np.unique(times[times <= span]), InputCourse(grid, values, "constant")


def start_of(
    circuit: Circuit, states: Mapping[str, ArrayLike], parameters: Mapping[str, ArrayLike]
) -> Values | None:
    """Rest with some `states` moved, (states, people); None when none is given.

    Raises:
        CircuitError: an unknown state, or a value outside its range.
    """
    if not states:
        return None
    p = parameters_of(circuit, parameters)
    given = {name: np.asarray(x, dtype=np.float64) for name, x in states.items()}
    y = rest(circuit, p, people_of(p, given))
    for name, value in given.items():
        if name not in circuit.state_names:
            raise CircuitError(
                f"circuit {circuit.name!r} has no state {name!r}; it has "
                f"{', '.join(circuit.state_names)}."
            )
        i = circuit.state_names.index(name)
        one = circuit.states[i]
        for bound, sign, word in ((one.lower, 1.0, "least"), (one.upper, -1.0, "most")):
            if bound is None:
                continue
            limit = p[bound] if isinstance(bound, str) else np.float64(bound)
            if not (sign * (value - limit) >= 0.0).all():
                raise CircuitError(
                    f"circuit {circuit.name!r}: state {name!r} is {np.ravel(value)[0]:g}; it must "
                    f"be at {word} {np.ravel(limit)[0]:g}."
                )
        y[i] = value
    return y
