"""One circuit as a person asks for it: constant inputs, its fixed point or the way there.

What `occupancy circuit` and the web answer with, so that both give the same document.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from occupancy.circuit import (
    Circuit,
    CircuitCourse,
    CircuitError,
    CircuitSteady,
    document,
    parameter_draws,
    run,
    steady,
)
from occupancy.circuit.ageing import SCENARIOS, aged, in_aged
from occupancy.circuit.catalogue import circuit
from occupancy.circuit.start import start_of, switched
from occupancy.course.circuit_documents import CircuitDocument, circuit_document


@dataclass(frozen=True, eq=False)
class CircuitAsked:
    """A circuit with what is held.

    Attributes:
        circuit: the circuit.
        inputs, parameters: by name, those that differ from rest and from the record.
        notes: what travels with the answer besides the circuit's own caveats.
    """

    circuit: Circuit
    inputs: Mapping[str, float]
    parameters: Mapping[str, float]
    notes: tuple[str, ...] = ()


def circuit_asked(
    name: str,
    inputs: Mapping[str, float],
    parameters: Mapping[str, float],
    ageing: str | None = None,
    age: float | None = None,
) -> CircuitAsked:
    """The circuit called `name` with its inputs and parameters, in a brain of some age.

    Args:
        name: one of `circuit.catalogue.NAMES`.
        inputs: constants by name; resting where not given.
        parameters: those that differ, in the units of the record.
        ageing: a scenario of `circuit.ageing.SCENARIOS`; it goes with `age`, in years.
        age: see `ageing`.

    Raises:
        CircuitError: no such circuit, one of `ageing` and `age` without the other, or an age or
            a scenario that changes nothing here.
    """
    chosen = circuit(name)
    if ageing is None and age is None:
        return CircuitAsked(chosen, inputs, parameters)
    if ageing is None:
        raise CircuitError(
            f"age needs a scenario of ageing: {', '.join(SCENARIOS)}; the evidence does not "
            "choose between them."
        )
    if age is None:
        raise CircuitError(f"ageing {ageing} needs the age in years; give age too.")
    old = in_aged(chosen, aged(ageing, age), inputs, parameters)
    return CircuitAsked(chosen, old.inputs, old.parameters, old.notes)


def circuit_alone(
    asked: CircuitAsked,
    *,
    start: Mapping[str, float] | None = None,
    days: float | None = None,
    until: float | None = None,
    draws: int = 1,
    seed: int = 0,
) -> CircuitCourse | CircuitSteady:
    """The fixed point of what is asked, or with `days` the way there.

    Args:
        asked: see `circuit_asked`.
        start: states that do not rest, with `days` only.
        days: how long to integrate.
        until: day on which inputs return to rest, with `days` only.
        draws: of the parameters that the evidence leaves open, those given held; 1 is none.
        seed: of the draws.

    Raises:
        CircuitError: see `circuit.steady` and `circuit.run`; `start` or `until` without `days`.
        EngineUnavailable: `days` without JAX.
        StiffError: the tolerance cannot be met.
    """
    chosen, used = asked.circuit, dict[str, Any](asked.parameters)
    if draws > 1:
        used = {**parameter_draws(chosen, draws, seed), **used}
    if days is None:
        for name, value in (("until", until), ("start", start or None)):
            if value is not None:
                raise CircuitError(f"{name} says how a course goes; give days too")
        with _quiet():
            return steady(chosen, asked.inputs, used)
    times, course = switched(chosen, asked.inputs, days, until)
    with _quiet():
        return run(chosen, course, times, used, y0=start_of(chosen, start or {}, used))


def alone_document(
    asked: CircuitAsked, answer: CircuitCourse | CircuitSteady, level: float
) -> CircuitDocument:
    """The document of an answer to what was asked, with bands of probability `level`.

    Raises:
        CircuitError: a number in it is too large to be written.
    """
    with _quiet():
        found = circuit_document(document(answer, level), asked.notes)
    for series in (found.inputs, found.states, found.outputs):
        for name, line in series.items():
            _finite(asked.circuit, name, (*line.value, *(line.low or ()), *(line.high or ())))
    for name, line in found.steady.items():
        _finite(asked.circuit, name, (line.value, line.low or 0.0, line.high or 0.0))
    return found


def _quiet() -> np.errstate:
    """Without NumPy's warnings of numbers that overflow; `_finite` refuses them by name."""
    return np.errstate(all="ignore")


def _finite(circuit: Circuit, name: str, values: Iterable[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise CircuitError(
            f"circuit {circuit.name!r}: {name!r} leaves what can be written as a number; check "
            "the inputs and the parameters that differ from the record."
        )
