"""`occupancy circuit`: every circuit by name, alone, with its document, picture and mistakes."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from occupancy.circuit.catalogue import NAMES, circuit
from occupancy.cli import app
from occupancy.cli.circuit import INPUTS

#: An input that moves each circuit, and what it reaches.
MOVED = {
    "dopamine": ("vmat2", 0.7, "depletion", 0.5164),
    "dopamine-vesicle": ("vmat2", 0.7, "depletion", 0.7),
    "dopamine-linear": ("vmat2", 0.7, "depletion", 0.6938),
    "dopamine-burst": ("vmat2", 0.7, "depletion", None),
    "vmat-renewal": ("vmat2", 0.7, "brain_depletion", 0.7),
    "phasic": ("drug", 5.0, "drug_bound", None),
    "dyskinesia": ("d2", 0.75, "R", 1.363),
    "serotonin": ("sert", 0.8, "plasticity", 0.928),
    "serotonin-integral": ("sert", 0.8, "firing", 1.0),
    "serotonin-downstream": ("sert", 0.8, "firing", 1.0),
    "gpr": ("d2_signal", 0.2, "brake_2", 0.1063),
    "van_albada": ("d2_signal", 0.2, "gpi_change", 0.20),
    "van_albada-d2-all": ("d2_signal", 0.2, "gpi_change", 0.23),
}
SALIENCES = [f"salience_{i}" for i in range(1, 7)]


def said(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["circuit", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def option(name: str, value: float) -> list[str]:
    return [f"--{name.replace('_', '-')}", str(value)]


def test_the_table_is_complete():
    assert set(MOVED) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_circuit_answers_by_name(name):
    import jsonschema

    from occupancy.documents import json_schema

    moved, value, read, expected = MOVED[name]
    found = json.loads(said(name, *option(moved, value), "--json"))
    jsonschema.validate(found, json_schema("circuit"))
    assert found["circuit"] == name
    assert found["inputs"][moved]["value"] == [value]
    assert found["caveats"]
    for line in found["states"].values():
        assert line["unit"]
        assert line["time_h"] == [0.0]
        assert len(line["value"]) == 1
    assert set(found["steady"]) == set(found["states"]) | set(found["outputs"])
    if expected is not None:
        assert found["steady"][read]["value"] == pytest.approx(expected, abs=6e-3)


@pytest.mark.parametrize("name", NAMES)
def test_every_usual_input_has_an_option(name):
    missing = set(circuit(name).input_names) - set(INPUTS)
    assert missing <= {
        "trial",
        "site_rater",
        "anticholinergic",
        *map("salience_{}".format, range(1, 7)),
    }
    assert circuit(name).name == name


def test_a_course_runs_and_returns_when_the_drug_stops():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    arguments = ("dopamine-linear", "--vmat2", "0.7", "--days", "2", "--until", "1", "--json")
    found = json.loads(said(*arguments))
    line = found["outputs"]["depletion"]
    at = dict(zip(line["time_h"], line["value"], strict=True))
    assert len(line["time_h"]) == len(line["value"]) == len(found["states"]["vesicular"]["value"])
    assert at[0.0] == pytest.approx(0.0, abs=1e-5)
    assert at[24.0] == pytest.approx(0.6938, abs=5e-3)
    assert at[48.0] == pytest.approx(0.0, abs=1e-3)
    assert found["error"]["ratio"] <= 1.0
    assert found["steady"]["depletion"]["value"] == pytest.approx(0.0, abs=1e-9)


def test_draws_of_open_parameters_make_a_band():
    found = json.loads(said("dopamine", "--vmat2", "0.7", "--draws", "40", "--json"))
    line = found["steady"]["depletion"]
    assert found["people"] == 40
    assert 0.5 < line["low"] < line["value"] < line["high"] < 0.71
    assert "median and 90% band of 40 draws" in said("dopamine", "--vmat2", "0.7", "--draws", "40")


def test_parameters_and_inputs_by_name():
    plain = json.loads(said("dopamine", "--vmat2", "0.7", "--set", "phi=0", "--json"))
    assert plain["steady"]["depletion"]["value"] == pytest.approx(0.697, abs=1e-3)
    assert plain["parameters"]["phi"]["value"] == 0.0
    found = json.loads(said("gpr", "--input", "salience_1=0.8", "--json"))
    assert found["steady"]["brake_1"]["value"] < found["steady"]["brake_2"]["value"]


def test_age_acts_under_a_named_scenario():
    old = json.loads(
        said("gpr", "--d2-signal", "0.35", "--ageing", "receptors", "--age", "75", "--json")
    )
    assert old["inputs"]["d2_signal"]["value"][0] < 0.3
    assert "75 years under the scenario receptors" in old["caveats"][0]


@pytest.mark.slow
def test_serotonin_over_days_is_drawn_as_the_lag(tmp_path: Path):
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    file = tmp_path / "lag.svg"
    said("serotonin", "--sert", "0.8", "--days", "42", "--plot", str(file))
    assert "Firing of serotonin neurons" in file.read_text()


@pytest.mark.parametrize("more", [(), ("--days", "1")])
def test_a_picture_is_written(tmp_path: Path, more):
    if more:
        pytest.importorskip("jax", reason="the stiff driver needs JAX")
    file = tmp_path / "picture.svg"
    said("dopamine-linear", "--vmat2", "0.7", *more, "--plot", str(file))
    text = file.read_text()
    assert text.startswith("<svg")
    assert "depletion" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dopamin",), "did you mean dopamine"),
        (("dopamine", "--vmat2", "1.2"), "'vmat2' is 1.2"),
        (("dopamine", "--vmat2", "-0.1"), "'vmat2' is -0.1"),
        (("dopamine", "--vmat2", "nan"), "'vmat2' is nan"),
        (("dopamine", "--sert", "0.5"), "no input 'sert'; it takes vmat2"),
        (("dopamine", "--set", "MAO=-1"), "'MAO' is -1"),
        (("dopamine", "--set", "nonsense=1"), "no parameter 'nonsense'"),
        (("dopamine", "--set", "MAO"), "--set 'MAO': write a name and a number"),
        (("dopamine", "--input", "vmat2=much"), "--input 'vmat2=much'"),
        (("gpr", "--age", "70"), "age needs a scenario of ageing: receptors"),
        (("gpr", "--ageing", "receptors"), "needs the age in years"),
        (("gpr", "--ageing", "decay", "--age", "70"), "no scenario of ageing 'decay'"),
        (("gpr", "--ageing", "receptors", "--age", "7"), "age is 7 years"),
        (("phasic", "--ageing", "receptors", "--age", "70"), "changes nothing in circuit 'phasic'"),
        (("dopamine", "--days", "0"), "days is 0"),
        (("dopamine", "--days", "2", "--until", "3"), "until is 3"),
        (("dopamine", "--until", "3"), "until says how a course goes; give days too"),
        (("dopamine", "--days", "1", "--start", "G=1"), "no state 'G'"),
        (("dopamine-linear", "--days", "1", "--start", "VMAT2=2"), "state 'VMAT2' is 2"),
        (("dopamine", "--plot", "x.bmp"), ".bmp"),
    ],
)
def test_mistakes_are_one_message(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        CliRunner().invoke(
            app, ["circuit", *arguments], catch_exceptions=False, standalone_mode=False
        )


def test_the_fixed_point_needs_numpy_alone():
    code = (
        "import sys; from occupancy.cli import app;"
        "app(['circuit', 'dopamine', '--vmat2', '0.7', '--json'], standalone_mode=False);"
        "heavy = {'jax', 'scipy', 'pandas', 'xarray', 'altair', 'pydantic'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("days", ["7", "14", "28", "35"])
def test_a_slow_state_is_read_in_place_whatever_the_length(days: str) -> None:
    """The set-point follows occupancy as a linear filter, tau 21 days, from the first minute."""
    found = json.loads(said("serotonin", "--sert", "0.8", "--days", days, "--json"))
    course = found["states"]["setpoint_occupancy"]
    t = np.asarray(course["time_h"])
    assert t[-1] == pytest.approx(24.0 * float(days))
    np.testing.assert_allclose(course["value"], -0.8 * np.expm1(-t / (21.0 * 24.0)), atol=1e-6)
