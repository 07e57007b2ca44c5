"""A circuit in time: inputs on a grid, everybody at once, on the engine's stiff driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit
from occupancy.circuit.parameters import (
    Values,
    course_of,
    parameters_of,
    people_of,
)
from occupancy.circuit.steady import CircuitSteady, read, rest, steady_of
from occupancy.engine import InputCourse, StiffResult, simulate_stiff

ATOL = 1e-2
"""Absolute tolerance of a state as a share of rtol times its size at rest."""
PROBES = 13
"""Hours read besides those asked, so that the error holds on the way there too: from a millionth
of the span on, equally far apart in the logarithm."""


@dataclass(frozen=True, eq=False)
class CircuitCourse:
    """A run of a circuit, people or draws on the last axis.

    Attributes:
        circuit: the circuit.
        times_h: (times,).
        inputs: by name (times, 1 or people).
        parameters: by name () or (people,), time in hours.
        y: (times, states, people).
        outputs: by name (times, people).
        error_estimate: largest error of each state, (states,), measured on halved steps at the
            hours asked and on the way there.
        error_ratio: the same in units of what was asked; at most 1 when it was met.
        solver: how it was integrated, and read at some hours more.
        end: the fixed point under the last inputs; None where there is none to follow.
    """

    circuit: Circuit
    times_h: Values
    inputs: Mapping[str, Values]
    parameters: Mapping[str, Values]
    y: Values
    outputs: Mapping[str, Values]
    error_estimate: Values
    error_ratio: float
    solver: StiffResult
    end: CircuitSteady | None

    def __getitem__(self, name: str) -> Values:
        """A state or an output, (times, people). Raises CircuitError naming what there is."""
        if name in self.circuit.state_names:
            return self.y[:, self.circuit.state_names.index(name)]
        if name in self.outputs:
            return self.outputs[name]
        raise CircuitError(
            f"no {name!r} in circuit {self.circuit.name!r}; it has "
            f"{', '.join((*self.circuit.state_names, *self.outputs))}."
        )


def run(
    circuit: Circuit,
    inputs: Mapping[str, ArrayLike] | InputCourse,
    times_h: ArrayLike,
    parameters: Mapping[str, ArrayLike] | None = None,
    *,
    y0: ArrayLike | None = None,
    start_h: float = 0.0,
    rtol: float = 1e-6,
) -> CircuitCourse:
    """Integrate `circuit` from rest, or from `y0`, and read it at `times_h`.

    Args:
        circuit: the circuit.
        inputs: constants by name (numbers or (people,)), or a course on a time grid; resting
            where not given.
        times_h: hours to read, not decreasing.
        parameters: those that differ from the record, in its units, numbers or (people,).
        y0: states at `start_h`, (states,) or (states, people); None is the drug-free fixed point.
        start_h: hour at which `y0` holds.
        rtol: how exact, relative; absolute a hundredth of it times the state's size at rest.

    Raises:
        CircuitError: an unknown or impossible input or parameter.
        EngineUnavailable: JAX is not installed.
        StiffError: the tolerance cannot be met, or a state left its range; says where.
    """
    p = parameters_of(circuit, parameters)
    course = course_of(circuit, inputs)
    given = None if y0 is None else np.asarray(y0, dtype=np.float64)
    groups = [p, {"the inputs": np.zeros(course.people)}]
    if given is not None and given.ndim == 2:
        groups.append({"y0": given[0]})
    people = people_of(*groups)
    resting = rest(circuit, p, people)
    size = np.abs(resting).max(axis=1)
    atol = {
        name: rtol * ATOL * (float(x) if x > 0.0 else 1.0)
        for name, x in zip(circuit.state_names, size, strict=True)
    }
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    checked, asked = _with_probes(times, start_h)
    result = simulate_stiff(
        circuit.stiff(p),
        p,
        checked,
        y0=_start(resting, given),
        inputs=course,
        start_h=start_h,
        rtol=rtol,
        atol=atol,
    )
    states = result.y[asked]
    u = course.at(times)
    y = [states[:, i] for i in range(len(circuit.states))]
    outputs = read(circuit, p, u, y, resting)
    return CircuitCourse(
        circuit,
        times,
        u,
        p,
        states,
        outputs,
        result.error_estimate,
        result.error_ratio,
        result,
        _end(circuit, p, {name: value[-1] for name, value in u.items()}),
    )


def _with_probes(times: Values, start_h: float) -> tuple[Values, NDArray[np.int64]]:
    """The hours asked and the probes in order, and where those asked stand."""
    span = float(times[-1]) - start_h if times.ndim == 1 and times.size else 0.0
    if not (np.isfinite(times).all() and span > 0 and (np.diff(times) >= 0).all()):
        return times, np.arange(times.size)  # refused, or nothing to probe
    probes = start_h + span * np.geomspace(1e-6, 0.5, PROBES)
    order = np.argsort(np.concatenate([times, probes]), kind="stable")
    return np.concatenate([times, probes])[order], np.argsort(order)[: times.size]


def _start(resting: Values, given: Values | None) -> Values:
    start = resting if given is None else given
    return start[:, 0] if start.ndim == 2 and start.shape[1] == 1 else start


def _end(
    circuit: Circuit, p: Mapping[str, Values], u: Mapping[str, Values]
) -> CircuitSteady | None:
    try:
        return steady_of(circuit, p, u)
    except CircuitError:
        return None
