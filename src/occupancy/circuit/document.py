"""A run of a circuit as a plain document for the command line and the web."""

from __future__ import annotations

from typing import Any

import numpy as np

from occupancy.circuit.parameters import Values
from occupancy.circuit.run import CircuitCourse
from occupancy.version import VERSION

BAND = (0.05, 0.95)
"""Quantiles shown where there are several people or draws."""


def document(course: CircuitCourse) -> dict[str, Any]:
    """circuit, inputs, states {name: {unit, time_h, value}}, outputs, steady, sources, caveats.

    With several people or draws `value` is the median and `low`, `high` are the 5 and 95 %
    quantiles.
    """
    circuit = course.circuit
    time = course.times_h.tolist()

    def series(unit: str, value: Values) -> dict[str, Any]:
        return {"unit": unit, "time_h": time, **_spread(value)}

    end = course.end
    cited: dict[str, dict[str, Any]] = {
        name: {
            "value": one.value,
            "unit": one.unit,
            "status": one.status,
            "cite": one.cite,
            "text": one.text,
        }
        for name, one in circuit.parameters.items()
    }
    return {
        "schema": "circuit",
        "version": VERSION,
        "circuit": circuit.name,
        "title": circuit.title,
        "people": int(course.y.shape[2]),
        "inputs": {one.name: series(one.unit, course.inputs[one.name]) for one in circuit.inputs},
        "states": {one.name: series(one.unit, course[one.name]) for one in circuit.states},
        "outputs": {one.name: series(one.unit, course[one.name]) for one in circuit.read},
        "steady": {}
        if end is None
        else {
            one.name: {"unit": one.unit, **_spread(end[one.name])}
            for one in (*circuit.states, *circuit.read)
        },
        "error": {
            "ratio": course.error_ratio,
            "estimate": dict(zip(circuit.state_names, course.error_estimate.tolist(), strict=True)),
        },
        "parameters": cited,
        "caveats": list(circuit.caveats),
    }


def _spread(value: Values) -> dict[str, Any]:
    """Median and band over the last axis; the number itself for one person."""
    if value.shape[-1] == 1:
        return {"value": value[..., 0].tolist()}
    low, median, high = np.quantile(value, (BAND[0], 0.5, BAND[1]), axis=-1)
    return {"value": median.tolist(), "low": low.tolist(), "high": high.tolist()}
