"""SBML both ways: circuits against libroadrunner, published models against it and a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from beside import reference
from occupancy.circuit import CircuitError, run
from occupancy.circuit.catalogue import circuit
from occupancy.circuit.parameters import inputs_of, parameters_of
from occupancy.circuit.steady import rest
from occupancy.engine import InputCourse
from occupancy.interop import SbmlError, circuit_sbml, read_sbml, simulate_sbml

pytest.importorskip("libsbml", reason="python-libsbml is not installed")
pytest.importorskip("jax", reason="fields are traced with JAX")
DRIVEN: dict[str, dict[str, float]] = {
    "dopamine": {"vmat2": 0.7, "dat": 0.2},
    "dopamine-vesicle": {"vmat2": 0.7},
    "dopamine-linear": {"vmat2": 0.7},
    "dopamine-burst": {"vmat2": 0.5, "d2_auto": 0.4},
    "vmat-renewal": {"vmat2": 0.5, "vmat2_loss": 0.1},
    "phasic": {"drug": 3.0},
    "dyskinesia": {"d2": 0.7, "vmat2": 0.3},
    "serotonin": {"sert": 0.8},
    "serotonin-integral": {"sert": 0.8},
    "serotonin-downstream": {"sert": 0.8},
    "gpr": {"d2_signal": 0.3},
    "van_albada": {"d2_signal": 0.5},
    "van_albada-d2-all": {"d2_signal": 0.5},
}
HOURS = {
    "dopamine": 48.0, "dopamine-vesicle": 48.0, "dopamine-linear": 48.0, "dopamine-burst": 1.0,
    "vmat-renewal": 480.0, "phasic": 1.0, "dyskinesia": 1440.0, "serotonin": 1440.0,
    "serotonin-integral": 1440.0, "serotonin-downstream": 1440.0, "gpr": 0.001,
    "van_albada": 0.001, "van_albada-d2-all": 0.001,
}  # fmt: skip
"""Long enough to settle, then to return halfway."""


def engine_of(text: str) -> Any:
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    engine = roadrunner.RoadRunner(text)
    engine.integrator.relative_tolerance = 1e-10
    engine.integrator.absolute_tolerance = 1e-14
    return engine


@pytest.mark.parametrize(
    "name",
    [pytest.param(x, marks=pytest.mark.slow) if x.startswith("van") else x for x in DRIVEN],
)
def test_libroadrunner_sees_the_same_derivatives(name):
    """At rest moved at random, and so at every point of any trajectory."""
    chosen = circuit(name)
    engine = engine_of(circuit_sbml(chosen, DRIVEN[name]))
    p, u = parameters_of(chosen), inputs_of(chosen, DRIVEN[name])
    rng = np.random.default_rng(1)
    for _ in range(3):
        y = rest(chosen, p, 1) * rng.uniform(0.8, 1.0, (len(chosen.states), 1))
        for state, x in zip(chosen.state_names, y[:, 0], strict=True):
            engine[state] = float(x)
        expected = [float(np.ravel(x)[0]) for x in chosen.field(0.0, list(y), p, u)]
        found = [engine.getValue(f"{state}'") for state in chosen.state_names]
        scale = 1e-12 * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=scale)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRIVEN)
def test_libroadrunner_runs_to_the_same_trajectory(name):
    chosen, hours = circuit(name), HOURS[name]
    resting = inputs_of(chosen, {})
    steps = {key: [value, float(resting[key])] for key, value in DRIVEN[name].items()}
    course = InputCourse([0.0, hours / 2], steps, "constant")
    engine = engine_of(circuit_sbml(chosen, course))
    engine.integrator.maximum_time_step = hours / 400.0
    times = np.linspace(0.0, hours, 41)
    there = engine.model.getGlobalParameterIds()
    read = [one.name for one in chosen.read if one.name in there]
    names = [*chosen.state_names, *read]
    theirs = np.asarray(engine.simulate(0.0, hours, times.size, names))
    # at the switch the two tell what is just before and just after it
    keep = times != hours / 2
    ours = run(chosen, course, times, rtol=1e-7)
    for i, one in enumerate(names):
        scale = max(np.abs(ours[one]).max(), 1e-9)
        off = np.abs(ours[one][:, 0] - theirs[:, i])[keep] / scale
        assert off.max() <= 1e-5, one
    moved = [np.ptp(theirs[:, i]) / (np.abs(theirs[:, i]).max() or 1.0) for i in range(len(names))]
    assert max(moved) > 0.05


def test_what_uses_itself_often_is_handed_on_by_functions():
    """Twelve steps of Newton's method in the rate of firing: written out, 10^7 names."""
    from occupancy.interop.sbml_nesting import MOST_NAMES, handed_on, names_in

    steps = {f"r{k}": f"r{k - 1} * x + r{k - 1} / (r{k - 1} + 1)" for k in range(1, 13)}
    parts = {"r0": "0.5 * x", **steps}
    functions, texts = handed_on(parts, {"rate of x": "1 - r12"}, "f_")
    assert texts["rate of x"] == "1 - r12"
    assert texts["r10"] == f"{functions[-1].id}(x)"
    assert len(functions) == len(parts) - 2  # r11 and r12 are short without it
    assert all(sum(names_in(one.text).values()) < 20 for one in functions)
    few = {"q": "x * x"}
    assert handed_on(few, {"rate of x": "q + q"}, "f_") == ([], {**few, "rate of x": "q + q"})
    many = {"rate of x": " + ".join(["x"] * (MOST_NAMES + 1))}
    ((only,), found) = handed_on({}, many, "f_")
    assert found == {"rate of x": "f_1_1(x)"}
    assert only.text == many["rate of x"]


def test_functions_are_read_and_worked_out_once(tmp_path: Path):
    chosen = circuit("serotonin")
    file = tmp_path / "model.xml"
    file.write_text(circuit_sbml(chosen, {"sert": 0.8}))
    assert "<functionDefinition" in file.read_text()
    model = read_sbml(file)
    y = rest(chosen, parameters_of(chosen), 1) + np.linspace(0.1, 0.6, 6)[:, None]
    look = model.look(0.0, dict(zip(model.states, y[:, 0].tolist(), strict=True)), {}, np)
    from occupancy.interop.sbml_math import value

    found = [float(value(body, look, np)) for body in model.rates]
    p, u = parameters_of(chosen), inputs_of(chosen, {"sert": 0.8})
    expected = [float(np.ravel(x)[0]) for x in chosen.field(0.0, list(y), p, u)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_model_that_was_written_is_read_again(tmp_path: Path):
    chosen = circuit("dopamine-linear")
    file = tmp_path / "model.xml"
    file.write_text(circuit_sbml(chosen, {"vmat2": 0.7}))
    model = read_sbml(file)
    assert model.states == chosen.state_names
    look = model.look(0.0, dict(zip(model.states, model.y0.tolist(), strict=True)), {}, np)
    assert look("depletion") == pytest.approx(0.0, abs=1e-12)
    assert look("vmat2") == 0.7


def test_what_cannot_be_written_is_refused():
    chosen = circuit("dopamine-vesicle")
    with pytest.raises(CircuitError, match=r"'vmat2' is 1\.5"):
        circuit_sbml(chosen, {"vmat2": 1.5})
    with pytest.raises(CircuitError, match="one person"):
        circuit_sbml(chosen, {"vmat2": [0.1, 0.2]})
    with pytest.raises(SbmlError, match="straight lines"):
        circuit_sbml(chosen, InputCourse([0.0, 1.0], {"vmat2": [0.1, 0.2]}))


def test_what_is_no_model_is_refused(tmp_path: Path):
    file = tmp_path / "nothing.xml"
    file.write_text("<not-a-model/>")
    with pytest.raises(SbmlError, match=r"nothing\.xml"):
        read_sbml(file)


@pytest.mark.reference
@pytest.mark.slow
def test_Shi_1993_follows_the_reference_table():
    """Caffeine and tolerance: 270 mg at once, a cup every two hours from 24.15 h on."""
    model = read_sbml(reference("reference/models/BIOMD0000000241.xml"))
    table = np.loadtxt(reference("reference/models/shi1993_single_dose.csv"), delimiter=",")
    found = simulate_sbml(model, table[:, 0], {"X_gut": 3.375, "cups": 12.0}, rtol=1e-7)
    table[:, 2] /= 0.31  # written as an amount in a compartment of 0.31
    for i, name in enumerate(("X_gut", "C_p", "C_per", "C_e", "C_t", "E"), start=1):
        scale = np.abs(table[:, i]).max()
        assert np.abs(found[name] - table[:, i]).max() / scale <= 1e-4, name


PULSES = {"ModelValue_131": 1.0, "ModelValue_147": 1.0}
"""Nair 2015 rests unless told: a peak of dopamine at 10 s, and adenosine that rises from 2 s on."""


@pytest.mark.reference
@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "until", "given"), [("BIOMD0000000765", 30.0, {}), ("BIOMD0000000636", 30.0, PULSES)]
)
def test_published_models_follow_libroadrunner(file, until, given):
    """Mager 2005, and Nair 2015 with 72 states and 113 reactions."""
    path = reference(f"reference/models/{file}.xml")
    engine = engine_of(str(path))
    engine.integrator.maximum_time_step = 0.05  # else it may pass over the peak
    for name, value in given.items():
        engine[name] = value
    model = read_sbml(path)
    times = np.linspace(0.0, until, 121)
    theirs = np.asarray(
        engine.simulate(0.0, until, times.size, [f"[{name}]" for name in model.states])
    )
    found = simulate_sbml(model, times, given, rtol=1e-6, atol=1e-7)
    moved = 0.0
    for i, name in enumerate(model.states):
        scale = max(np.abs(theirs[:, i]).max(), 1e-3)
        assert np.abs(found[name] - theirs[:, i]).max() / scale <= 1e-5, name
        moved = max(moved, np.ptp(theirs[:, i]) / scale)
    assert moved > 0.5


@pytest.mark.reference
def test_Nair_2015_has_the_derivatives_of_libroadrunner():
    path = reference("reference/models/BIOMD0000000636.xml")
    model = read_sbml(path)
    engine = engine_of(str(path))
    look = model.look(0.0, dict(zip(model.states, model.y0.tolist(), strict=True)), {}, np)
    from occupancy.interop.sbml_math import value

    ours = np.array([float(value(body, look, np)) for body in model.rates])
    size = model.constants["mw26af457f_7462_4410_a392_e0bbb6071ea5"]
    theirs = np.array([engine.getValue(f"{name}'") for name in model.states]) / size
    assert len(model.states) == 72
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9 * np.abs(model.y0).max())
