"""An answer of a circuit as a plain document for the command line and the web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from occupancy.circuit.model import Circuit
from occupancy.circuit.parameters import Values, inputs_of
from occupancy.circuit.run import CircuitCourse
from occupancy.circuit.steady import CircuitSteady, read, rest
from occupancy.version import VERSION

LEVEL = 0.9
"""Probability between the bounds shown where there are several people or draws."""


def document(answer: CircuitCourse | CircuitSteady, level: float = LEVEL) -> dict[str, Any]:
    """circuit, inputs, states {name: {unit, time_h, value}}, outputs, steady, caveats.

    With several people or draws `value` is the median, and `low` and `high` hold `level`
    between them. A fixed point alone stands for a course that has not begun: its series hold
    rest, at 0 h, and `steady` where the inputs lead.
    """
    circuit = answer.circuit
    series, end = _of_course(answer) if isinstance(answer, CircuitCourse) else _at_rest(answer)
    time = [0.0] if isinstance(answer, CircuitSteady) else answer.times_h.tolist()

    def lines(named: Any) -> dict[str, Any]:
        return {
            one.name: {
                "unit": one.unit, "text": one.text, "time_h": time,
                **_spread(series[one.name], level),
            }
            for one in named
        }  # fmt: skip

    error = None
    if isinstance(answer, CircuitCourse):
        estimate = zip(circuit.state_names, answer.error_estimate.tolist(), strict=True)
        error = {"ratio": answer.error_ratio, "estimate": dict(estimate)}
    return {
        "document": "circuit",
        "version": VERSION,
        "circuit": circuit.name,
        "title": circuit.title,
        "people": max(x.shape[-1] for x in series.values()),
        "level": level,
        "inputs": lines(circuit.inputs),
        "states": lines(circuit.states),
        "outputs": lines(circuit.read),
        "steady": {}
        if end is None
        else {
            one.name: {"unit": one.unit, **_spread(end[one.name], level)}
            for one in (*circuit.states, *circuit.read)
        },
        "error": error,
        "parameters": _cited(circuit, answer.parameters),
        "caveats": list(circuit.caveats),
    }


def _of_course(course: CircuitCourse) -> tuple[dict[str, Values], CircuitSteady | None]:
    names = (*course.circuit.state_names, *course.outputs)
    return {**course.inputs, **{name: course[name] for name in names}}, course.end


def _at_rest(found: CircuitSteady) -> tuple[dict[str, Values], CircuitSteady]:
    """The inputs as given, everything else as it rests, each (1, people)."""
    circuit, people = found.circuit, found.y.shape[1]
    y = rest(circuit, found.parameters, people)
    resting = inputs_of(circuit, {})
    outputs = read(circuit, found.parameters, resting, list(y), y)
    given = {name: np.atleast_1d(value) for name, value in found.inputs.items()}
    whole = {**given, **dict(zip(circuit.state_names, y, strict=True)), **outputs}
    return {name: value[None, :] for name, value in whole.items()}, found


def _cited(circuit: Circuit, used: Mapping[str, Values]) -> dict[str, dict[str, Any]]:
    """Every parameter with the value used, or the median of several, and its source."""
    return {
        name: {
            "value": float(np.median(used[name])) / one.per_hour,
            "unit": one.unit,
            "status": one.status,
            "cite": one.cite,
            "text": one.text,
        }
        for name, one in circuit.parameters.items()
    }


def _spread(value: Values, level: float) -> dict[str, Any]:
    """Median and band over the last axis; the number itself for one person."""
    if value.shape[-1] == 1:
        return {"value": value[..., 0].tolist()}
    tail = 0.5 * (1.0 - level)
    low, median, high = np.quantile(value, (tail, 0.5, 1.0 - tail), axis=-1)
    return {"value": median.tolist(), "low": low.tolist(), "high": high.tolist()}
