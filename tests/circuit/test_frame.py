"""The frame of the room: records, inputs on a grid, fixed points, runs, documents, refusals."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from occupancy.circuit import (
    Circuit,
    CircuitError,
    Input,
    Output,
    State,
    document,
    parameter_draws,
    parameters_of,
    positive_part,
    run,
    steady,
)
from occupancy.engine import InputCourse
from occupancy.evidence import circuit_names
from occupancy.evidence.audit import audit_tables
from occupancy.evidence.circuitrecord import CircuitParameter, CircuitRecord

K = 0.2


def parameter(name: str, value: float, unit: str, **more: Any) -> CircuitParameter:
    return CircuitParameter(
        name=name, value=value, unit=unit, status="assumed", cite="kapur2000", text=name, **more
    )


RECORD = CircuitRecord(
    name="toy",
    title="A filter and its square",
    parameter=(
        parameter("k", 60 * K, "1/min", low=1.0, high=60.0, spread="loguniform"),
        parameter("gain", 2.0, "1", low=1.0, high=3.0, spread="uniform"),
    ),
    positive=("k",),
    zero_or_more=("gain",),
    caveat=("only a toy",),
)


def toy_field(t: Any, y: Any, p: Any, u: Any) -> Any:
    x, z = y
    return p["k"] / 3600.0 * (p["gain"] * u["signal"] - x), x * x - z


TOY = Circuit(
    name="toy",
    inputs=(Input("signal", "fraction", 0.0, 0.0, 1.0, "a signal"),),
    states=(State("x", "1", 0.0, None, "filtered"), State("z", "1", 0.0, None, "squared")),
    read=(Output("twice", "1", "twice x"),),
    field=toy_field,
    outputs=lambda y, p, u: {"twice": 2.0 * y[0]},
    guess=lambda p: (0.0, 0.0),
    record=RECORD,
)


def test_parameters_are_in_hours_and_given_ones_in_the_unit_of_the_record():
    assert parameters_of(TOY)["k"] == pytest.approx(60 * K * 60)
    assert parameters_of(TOY, {"k": 2.0})["k"] == pytest.approx(120.0)


def test_run_equals_the_exact_filter_for_everybody():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    gain = np.array([1.0, 2.0, 2.5])
    grid, signal = np.array([0.0, 4.0, 9.0]), np.array([0.0, 0.8, 0.2])
    times = np.linspace(0.0, 15.0, 31)
    course = run(TOY, InputCourse(grid, {"signal": signal}), times, {"gain": gain})
    for who, one in enumerate(gain):
        exact = solve_ivp(
            lambda t, y, one=one: [
                K * (one * np.interp(t, grid, signal) - y[0]), y[0] ** 2 - y[1],
            ],
            (0.0, 15.0), [0.0, 0.0], "Radau", t_eval=times, rtol=1e-10, atol=1e-12,
            max_step=0.05,
        )  # fmt: skip
        np.testing.assert_allclose(course["x"][:, who], exact.y[0], rtol=2e-6, atol=1e-8)
        np.testing.assert_allclose(course["z"][:, who], exact.y[1], rtol=2e-6, atol=1e-8)
    assert course.error_ratio <= 1.0
    np.testing.assert_allclose(course["twice"], 2.0 * course["x"])


def test_steps_and_constants_agree_and_people_may_differ_in_the_input():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    times = np.array([0.0, 3.0, 30.0, 60.0])
    level = np.array([0.2, 0.9])
    constant = run(TOY, {"signal": level}, times)
    stepped = run(TOY, InputCourse([0.0, 7.0], {"signal": [level, level]}, "constant"), times)
    np.testing.assert_allclose(constant.y, stepped.y, rtol=1e-5, atol=1e-9)
    exact = 2.0 * level * -np.expm1(-K * times[:, None])
    np.testing.assert_allclose(constant["x"], exact, rtol=2e-6, atol=1e-9)
    assert constant.end is not None
    np.testing.assert_allclose(constant.end["x"], 2.0 * level, rtol=1e-12)


@given(signal=st.floats(0.0, 1.0), gain=st.floats(0.1, 10.0))
def test_fixed_point_solves_the_field(signal, gain):
    found = steady(TOY, {"signal": signal}, {"gain": gain})
    assert found["x"][0] == pytest.approx(gain * signal, rel=1e-9, abs=2e-10)
    assert found["z"][0] == pytest.approx((gain * signal) ** 2, rel=1e-8, abs=2e-10)
    assert found.residual.max() < 1e-9


def test_positive_part_is_the_maximum_with_zero():
    x = np.linspace(-3, 3, 13)
    np.testing.assert_array_equal(positive_part(x), np.maximum(x, 0.0))


@settings(max_examples=30)
@given(
    points=st.integers(1, 6),
    seed=st.integers(0, 2**16),
    between=st.sampled_from(["linear", "constant"]),
)
def test_input_pieces_interpolate(points, seed, between):
    rng = np.random.default_rng(seed)
    grid = np.cumsum(rng.uniform(0.1, 2.0, points))
    values = rng.uniform(0.0, 1.0, (points, 2))
    course = InputCourse(grid, {"a": values}, between)
    times = np.sort(rng.uniform(grid[0] - 1.0, grid[-1] + 1.0, 20))
    read = course.at(times)["a"]
    for k in range(2):
        if between == "linear":
            expected = np.interp(times, grid, values[:, k])
        else:
            at = np.clip(np.searchsorted(grid, times, side="right") - 1, 0, points - 1)
            expected = values[at, k]
        np.testing.assert_allclose(read[:, k], expected, atol=1e-12)


def test_draws_fill_the_range_of_the_record_and_repeat_with_the_seed():
    draws = parameter_draws(TOY, 4000, seed=1)
    assert draws["gain"].min() >= 1.0
    assert draws["gain"].max() <= 3.0
    assert np.median(draws["k"]) == pytest.approx(np.sqrt(60.0), rel=0.05)
    np.testing.assert_array_equal(draws["k"], parameter_draws(TOY, 4000, seed=1)["k"])


def test_document_holds_the_answer_and_its_caveats():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    said = json.loads(json.dumps(document(run(TOY, {"signal": 0.5}, [0.0, 5.0]))))
    assert said["circuit"] == "toy"
    assert said["caveats"] == ["only a toy"]
    assert said["states"]["x"]["unit"] == "1"
    assert said["states"]["x"]["time_h"] == [0.0, 5.0]
    assert said["states"]["x"]["value"][1] == pytest.approx(-np.expm1(-1.0), rel=1e-5)
    assert said["steady"]["x"]["value"] == pytest.approx(1.0)
    several = document(run(TOY, {"signal": [0.1, 0.5, 0.9]}, [0.0, 5.0]))
    assert several["people"] == 3
    x = several["states"]["x"]
    assert x["low"][1] < x["value"][1] < x["high"][1]


@pytest.mark.parametrize(
    ("inputs", "given", "words"),
    [
        ({"signal": 1.2}, {}, r"'signal' is 1.2 fraction; it must lie between 0 and 1"),
        ({"signal": -0.1}, {}, r"'signal' is -0.1"),
        ({"signal": float("nan")}, {}, r"'signal' is nan"),
        ({"sert": 0.5}, {}, r"no input 'sert'; it takes signal"),
        ({}, {"k": -1.0}, r"'k' is -1 1/min; it must be above zero"),
        ({}, {"gain": -1.0}, r"'gain' is -1 ; it must not be negative"),
        ({}, {"gain": float("inf")}, r"must be finite"),
        ({}, {"loss": 1.0}, r"no parameter 'loss'"),
        ({"signal": [0.1, 0.2]}, {"gain": [1.0, 2.0, 3.0]}, r"for 2 people|for 3 people"),
    ],
)
def test_what_is_refused_is_named(inputs, given, words):
    with pytest.raises(CircuitError, match=words):
        steady(TOY, inputs, given)


def test_an_unstable_parameter_set_is_refused():
    runaway = Circuit(
        name="runaway",
        inputs=TOY.inputs,
        states=(State("x", "1", None, None, "grows"),),
        read=(),
        field=lambda t, y, p, u: (p["gain"] * y[0] - u["signal"],),
        outputs=lambda y, p, u: {},
        guess=lambda p: (0.0,),
        record=RECORD,
    )
    with pytest.raises(CircuitError, match=r"unstable for person 0"):
        steady(runaway, {"signal": 0.5})


@pytest.mark.parametrize(
    ("grid", "value", "words"),
    [
        ([0.0, 2.0, 1.0], [0.0, 0.0, 0.0], "ascend"),
        ([0.0, 1.0], [0.0, 0.0, 0.0], "one value per point"),
        ([0.0, 1.0], [0.0, np.nan], "must be finite"),
    ],
)
def test_a_grid_that_does_not_fit_is_refused(grid, value, words):
    with pytest.raises(ValueError, match=words):
        InputCourse(grid, {"a": value})


def test_every_record_of_a_circuit_passes_the_audit():
    found = [one for one in audit_tables() if one.record.startswith("circuit")]
    assert not found, "\n".join(map(str, found))
    assert circuit_names() is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"unit": "furlong"}, "furlong"),
        ({"low": 2.0, "high": 3.0}, "lies outside"),
        ({"low": 0.5}, "both"),
        ({"spread": "uniform"}, "needs `low`"),
        ({"low": 0.0, "high": 3.0, "spread": "loguniform"}, "above zero"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(more, words):
    good: dict[str, Any] = {
        "name": "a", "value": 1.0, "unit": "1/h", "status": "assumed", "cite": "x", "text": "a",
    }  # fmt: skip
    with pytest.raises(ValueError, match=words):
        CircuitParameter(**(good | more))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("1/h", 1.0), ("1/s", 3600.0), ("uM/h", 1.0), ("1/nM/s", 3600.0), ("day", 24.0), ("1", 1.0),
     ("nM/s", 3600.0), ("1/min", 60.0), ("mV*s", 1 / 3600.0), ("Hz", 1.0)],
)  # fmt: skip
def test_time_in_a_unit_becomes_hours(unit, factor):
    one = CircuitParameter(name="a", value=1.0, unit=unit, status="primary", cite="x", text="a")
    assert one.per_hour == pytest.approx(factor)
