"""Values of a circuit's parameters and inputs: defaults, what a person gives, draws, checks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.model import Circuit
from occupancy.engine import InputCourse

Values = NDArray[np.float64]


def parameters_of(
    circuit: Circuit, given: Mapping[str, ArrayLike] | None = None
) -> dict[str, Values]:
    """Every parameter of the circuit, time in hours; `given` replaces defaults.

    Given values are in the unit of the evidence record, a number or (people,).

    Raises:
        CircuitError: an unknown name, a value that is not finite, or of the wrong sign.
    """
    known = circuit.parameters
    given = dict(given or {})
    for name in given:
        if name not in known:
            raise CircuitError(
                f"circuit {circuit.name!r} has no parameter {name!r}; it has {', '.join(known)}."
            )
    out: dict[str, Values] = {}
    for name, one in known.items():
        value = np.asarray(given.get(name, one.value), dtype=np.float64)
        _check(circuit, name, value, one.unit)
        out[name] = value * one.per_hour
    return out


def parameter_draws(circuit: Circuit, draws: int, seed: int = 0) -> dict[str, Values]:
    """Draws of the parameters whose record gives a spread, (draws,), in the record's units.

    Independent, uniform or log-uniform between `low` and `high`; hand them on as `parameters`.
    """
    rng = np.random.default_rng(seed)
    out: dict[str, Values] = {}
    for name, one in circuit.parameters.items():
        if one.spread is None or one.low is None or one.high is None:
            continue
        share = rng.random(draws)
        if one.spread == "uniform":
            out[name] = one.low + (one.high - one.low) * share
        else:
            out[name] = one.low * (one.high / one.low) ** share
    return out


def inputs_of(circuit: Circuit, given: Mapping[str, ArrayLike]) -> dict[str, Values]:
    """Every input of the circuit as constants, numbers or (people,); resting where not given.

    Raises:
        CircuitError: an unknown input, or a value outside its range.
    """
    for name in given:
        circuit.input(name)
    out: dict[str, Values] = {}
    for one in circuit.inputs:
        value = np.asarray(given.get(one.name, one.resting), dtype=np.float64)
        check_input(circuit, one.name, value)
        out[one.name] = value
    return out


def course_of(circuit: Circuit, given: Mapping[str, ArrayLike] | InputCourse) -> InputCourse:
    """The inputs as a course: constants from 0 h on, or the course given, resting filled in.

    Raises:
        CircuitError: an unknown input, or a value outside its range.
    """
    if isinstance(given, InputCourse):
        values: Mapping[str, ArrayLike] = given.values
        grid, between = given.grid_h, given.between
        for name in values:
            circuit.input(name)
        columns = {
            one.name: values.get(one.name, np.full(grid.size, one.resting))
            for one in circuit.inputs
        }
    else:
        grid, between = np.zeros(1), "constant"
        columns = {k: np.atleast_1d(v)[None, :] for k, v in inputs_of(circuit, given).items()}
    course = InputCourse(grid, columns, between)
    for name, value in course.values.items():
        check_input(circuit, name, value)
    return course


def check_input(circuit: Circuit, name: str, value: Values) -> None:
    """Raise CircuitError when a value lies outside the range of the input, or is not finite."""
    one = circuit.input(name)
    wrong = ~((value >= one.lower) & (value <= one.upper))
    if wrong.any():
        bad = float(value[wrong].ravel()[0])
        raise CircuitError(
            f"circuit {circuit.name!r}: input {name!r} is {bad:g} {_plain(one.unit)}; it must lie "
            f"between {one.lower:g} and {one.upper:g}."
        )


def people_of(*groups: Mapping[str, Values]) -> int:
    """The number of people in parameters or inputs, numbers or (people,).

    Raises:
        CircuitError: different numbers of people.
    """
    sizes = {x.size: name for group in groups for name, x in group.items() if x.size > 1}
    if len(sizes) > 1:
        (a, first), (b, second) = list(sizes.items())[:2]
        raise CircuitError(f"{first!r} is for {a} people and {second!r} for {b}; make them agree.")
    return next(iter(sizes), 1)


def _check(circuit: Circuit, name: str, value: Values, unit: str) -> None:
    record = circuit.evidence
    if value.ndim > 1 or value.size == 0:
        raise CircuitError(
            f"parameter {name!r} has shape {value.shape}; give a number or one value per person."
        )
    tests = [
        (~np.isfinite(value), "must be finite"),
        ((value <= 0) & (name in record.positive), "must be above zero"),
        ((value < 0) & (name in record.zero_or_more), "must not be negative"),
        ((value > 1) & (name in record.at_most_one), "must be at most 1"),
    ]
    for wrong, rule in tests:
        if wrong.any():
            bad = float(value[wrong].ravel()[0])
            raise CircuitError(
                f"circuit {circuit.name!r}: parameter {name!r} is {bad:g} {_plain(unit)}; it "
                f"{rule}."
            )


def _plain(unit: str) -> str:
    return "" if unit == "1" else unit
