"""Circuits driven by a course: from a dose to depletion, movement scores and plasticity."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import occupancy
from occupancy.circuit import CircuitError
from occupancy.circuit.catalogue import NAMES, circuit
from occupancy.cli import app
from occupancy.course import Sampling, trajectory
from occupancy.course.circuit_drivers import DRIVERS
from occupancy.course.circuits import drive, straight, with_circuits
from occupancy.person import Person
from occupancy.regimen import parse

DRAWS = 4


@pytest.fixture(autouse=True)
def _jax() -> None:
    pytest.importorskip("jax", reason="the stiff driver needs JAX")


def course(text: str, days: float | None = None, draws: int = DRAWS):
    return trajectory(parse(text), days=days, sampling=Sampling(draws, 1, True))


@given(seed=st.integers(0, 10_000), near=st.floats(1e-4, 1e-2))
def test_straight_lines_between_the_rows_kept_miss_nothing(seed, near):
    rng = np.random.default_rng(seed)
    t = np.unique(rng.uniform(0, 100, 80))
    x = np.clip(0.5 + np.cumsum(rng.normal(0, 5 * near, (t.size, 3)), axis=0), 0, 1)
    kept = straight(t, {"a": x[:, :2], "b": x[:, 2:]}, near)
    assert kept[0] == 0
    assert kept[-1] == t.size - 1
    assert (np.diff(kept) > 0).all()
    between = np.stack([np.interp(t, t[kept], one[kept]) for one in x.T], axis=1)
    assert np.abs(between - x).max() <= near * (1 + 1e-9)


def test_every_circuit_knows_what_drives_it():
    assert set(DRIVERS) == set(NAMES)
    for name, drivers in DRIVERS.items():
        for one in drivers:
            circuit(name).input(one.input)


@pytest.mark.slow
def test_a_vesicle_follows_the_occupancy_of_the_course():
    """It fills within minutes, so that depletion is occupancy all along, draw by draw."""
    ds = occupancy.simulate(
        "valbenazine 40 mg daily for 6 days", draws=DRAWS, circuits=["dopamine-vesicle"]
    )
    depletion = ds["dopamine-vesicle.depletion"]
    assert depletion.dims == ("draw", "time")
    assert depletion.attrs["units"] == "fraction"
    late = ds.time.values > 24.0
    held = ds.occupancy.sel(target="VMAT2").values
    assert np.abs(depletion.values - held)[:, late].max() < 0.01
    assert np.ptp(depletion.values[:, -1]) > 0.01
    assert json.loads(ds.attrs["circuit_caveats"])["dopamine-vesicle"]


@pytest.mark.slow
def test_movements_fall_on_a_vmat2_inhibitor_and_return_when_it_stops():
    found = drive(course("valbenazine 40 mg daily for 8 weeks", days=52 * 7), "dyskinesia")
    assert found.targets == ("VMAT2",)
    assert "movement score is 10" in found.notes[0]
    AIMS, days = found.course["AIMS"], found.course.times_h / 24
    stopped = np.searchsorted(days, 56)
    first = np.abs(AIMS[0] - 10.0)
    assert (first < 0.05).all()
    assert (np.diff(AIMS[:stopped:24], axis=0) < 0).all()
    assert (AIMS[stopped] < 6.5).all()
    # it returns, to what the slow recovery of the gain has left
    G = found.course["G"]
    assert (AIMS[-1] > AIMS[stopped] + 1.5).all()
    assert (AIMS[-1] < AIMS[0]).all()
    assert (G[-1] < G[0]).all()


@pytest.mark.slow
def test_a_course_at_steady_state_begins_adapted():
    found = drive(course("citalopram 20 mg daily for 3 days at steady state"), "serotonin")
    plasticity = found.course["plasticity"]
    assert np.ptp(plasticity, axis=0).max() < 0.02
    assert "begins at the fixed point" in found.notes[-1]


@pytest.mark.slow
def test_an_antagonist_leaves_the_signal_it_does_not_hold():
    given_ = course("haloperidol 3 mg daily for 3 days")
    found = drive(given_, "dyskinesia")
    held = given_.targets["D2"].occupancy.T
    assert np.abs(found.course.inputs["d2"] - held).max() < 2e-3
    assert (found.course.inputs["efficacy"] == 0).all()
    partial = drive(course("aripiprazole 10 mg daily for 3 days"), "dyskinesia")
    assert (partial.course.inputs["efficacy"] == 0.25).all()
    assert "partial agonist" in partial.notes[0]


def test_the_course_keeps_its_own_answer():
    plain = course("valbenazine 40 mg daily for 2 days")
    both = with_circuits(plain, ["dopamine-vesicle", "dopamine-vesicle"])
    assert list(both.circuits) == ["dopamine-vesicle"]
    np.testing.assert_array_equal(both.targets["VMAT2"].occupancy, plain.targets["VMAT2"].occupancy)
    assert not plain.circuits


def test_document_of_a_course_with_circuits_fits_its_schema(tmp_path):
    import jsonschema

    from occupancy.documents import json_schema

    file = tmp_path / "course.svg"
    arguments = ["course", "valbenazine 40 mg daily for 2 days", "--draws", "3"]
    arguments += ["--circuit", "dopamine-vesicle", "--json", "--plot", str(file)]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    found = json.loads(done.stdout)
    jsonschema.validate(found, json_schema("course"))
    line = found["circuits"][0]["outputs"]["depletion"]
    assert len(line["value"]) == len(line["low"]) == len(line["time_h"])
    assert "depletion" in file.read_text()
    shown = CliRunner().invoke(app, arguments[:-3], catch_exceptions=False)
    assert "(dopamine-vesicle)" in shown.stdout


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("citalopram 20 mg daily", "dyskinesia", "VMAT2 or D2, and citalopram has none on record"),
        ("valbenazine 40 mg daily", "serotonin", "SERT or NET, and valbenazine"),
        ("valbenazine 40 mg daily", "phasic", "driven by occupancy of D2"),
        ("valbenazine 40 mg daily", "dopamin", "did you mean dopamine"),
    ],
)
def test_a_circuit_that_the_drug_does_not_drive_is_refused(text, name, message):
    with pytest.raises(CircuitError, match=message):
        with_circuits(course(text, days=2), [name])


@pytest.mark.slow
def test_ageing_acts_at_the_age_of_the_person():
    def at(age_y: float | None, ageing: str | None = None):
        person = None if age_y is None else Person(age_y=age_y)
        given = trajectory(
            parse("haloperidol 2 mg daily"), person=person, days=2, sampling=Sampling(1, 1, False)
        )
        return drive(given, "gpr", ageing=ageing)

    young, old = at(75.0), at(75.0, "receptors")
    share = old.course.inputs["d2_signal"] / young.course.inputs["d2_signal"]
    np.testing.assert_allclose(share, share[0, 0], rtol=5e-3)  # straight lines between hours
    assert 0.3 < share[0, 0] < 0.9
    assert "75 years under the scenario receptors" in " ".join(old.notes)
    with pytest.raises(CircuitError, match="needs the person's age"):
        at(None, "receptors")
