"""One person from measured levels: optimum, recovery, doubt, bad input, the command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize

from occupancy.inference import LevelError, personalise
from occupancy.person import Person

SERTRALINE = ("sertraline 100 mg daily", ["45 ng/mL at 14 h after dose"])
CASES = [
    SERTRALINE,
    ("venlafaxine 150 mg daily",
     ["80 ng/mL at trough", "O-desmethylvenlafaxine 300 ng/mL at trough"]),
    ("clozapine 100 mg morning and 200 mg evening for 20 days",
     ["350 ng/mL at 12 h after dose", "300 ng/mL at 10 h after dose on day 10"]),
    ("risperidone 4 mg daily", ["risperidone + 9-hydroxyrisperidone 60 ng/mL at trough"]),
]  # fmt: skip


@pytest.mark.parametrize(("regimen", "levels"), CASES)
def test_most_probable_point_is_scipys(regimen: str, levels: list[str]) -> None:
    found = personalise(regimen, levels)
    problem = found.model.problem

    def residuals(eta: np.ndarray) -> np.ndarray:
        z = (problem.predict(eta[None])[0] - problem.log_level) / problem.error_sd
        return np.concatenate([eta / problem.prior_sd, z])

    wanted = optimize.least_squares(
        residuals,
        np.zeros(problem.prior_sd.size),
        jac="3-point",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-12,
    )
    np.testing.assert_allclose(found.mode.eta, wanted.x, atol=1e-6)


def test_levels_of_a_known_person_are_recovered() -> None:
    typical = personalise(*SERTRALINE).model
    eta = np.array([[0.5, -0.2, 0.0]])
    times = (2, 8, 14, 30)
    prior = personalise("sertraline 100 mg daily", [f"45 ng/mL at {t} h after dose" for t in times])
    seen = np.exp(prior.model.log_predictions(eta)[0])
    levels = [f"{c:.6f} ng/mL at {t} h after dose" for c, t in zip(seen, times, strict=True)]
    found = personalise("sertraline 100 mg daily", levels, assay_cv=0.01, within_cv=0.01)
    assert found.mode.eta[0] == pytest.approx(0.5, abs=0.02)
    CL = found.parameters()["CL of sertraline"]
    assert np.median(CL) == pytest.approx(typical.unknowns[0].typical * np.exp(0.5), rel=0.03)
    assert np.abs(found.residuals).max() < 0.5


def test_a_level_twice_as_high_halves_clearance_at_most() -> None:
    low, high = (
        personalise("sertraline 100 mg daily", [f"{c} ng/mL at 14 h after dose"]).mode.eta[0]
        for c in (30, 60)
    )
    assert -np.log(2) < high - low < 0


def test_missed_days_are_counted() -> None:
    full = personalise("sertraline 100 mg daily for 20 days", ["20 ng/mL at 14 h after dose"])
    missed = personalise(
        "sertraline 100 mg daily for 20 days, missed days 18, 19", ["20 ng/mL at 14 h after dose"]
    )
    typical = [m.model.log_predictions(np.zeros((1, 3)))[0, 0] for m in (full, missed)]
    assert typical[1] < typical[0] - 0.3
    assert missed.disagreement().probability < full.disagreement().probability


def test_doubt_grows_with_distance_and_is_calibrated_in_the_middle() -> None:
    def probability(level: float) -> float:
        found = personalise("sertraline 100 mg daily", [f"{level} ng/mL at 14 h after dose"])
        return found.disagreement().probability

    near, far, nothing = probability(31), probability(300), probability(0.5)
    assert near < 0.2 < far
    assert nothing > 0.9


def test_two_equal_levels_tell_more_than_one_and_have_equal_influence() -> None:
    one = personalise("sertraline 100 mg daily", ["60 ng/mL at 14 h after dose"])
    two = personalise("sertraline 100 mg daily", ["60 ng/mL at 14 h after dose"] * 2)
    assert two.mode.covariance[0, 0] < one.mode.covariance[0, 0]
    assert two.mode.eta[0] < one.mode.eta[0] < 0
    np.testing.assert_allclose(two.influence[0], two.influence[1], rtol=1e-5)


def test_traits_move_the_prior_and_not_twice() -> None:
    poor = Person(cyp2c19="PM")
    regimen, levels = "escitalopram 10 mg daily", ["40 ng/mL at trough"]
    slow = personalise(regimen, levels, person=poor)
    usual = personalise(regimen, levels)
    assert slow.model.unknowns[0].typical < 0.8 * usual.model.unknowns[0].typical
    seen = [np.exp(x.mode.log_prediction[0]) for x in (slow, usual)]
    course = slow.course(draws=50, days=2)
    parent = next(iter(course.concentrations.values()))
    at_trough = np.interp(23.999, course.time_h, np.median(parent, axis=0))
    assert at_trough == pytest.approx(seen[0], rel=0.1)


def test_the_course_passes_through_a_precise_level() -> None:
    found = personalise(*SERTRALINE, assay_cv=0.02, within_cv=0.02)
    course = found.course(draws=200, days=2)
    at = int(np.argmin(np.abs(course.time_h - 14.0)))
    drawn = course.concentrations["sertraline"][:, at]
    assert np.median(drawn) == pytest.approx(45.0, rel=0.03)
    assert drawn.std() / drawn.mean() < 0.06


@pytest.mark.parametrize(
    ("regimen", "level", "message"),
    [
        ("sertraline 100 mg daily", "norsertraline 45 ng/mL at trough", "follows"),
        ("100 mg daily", "45 ng/mL at trough", "names no drug"),
        ("sertraline 100 mg daily for 5 days then 50 mg", "45 ng/mL at trough", "say the day"),
        ("sertraline 100 mg daily for 9 days, missed days 3", "45 ng/mL at 2 h after dose on day 3",
         "no dose was taken on day 3"),
        ("sertraline 100 mg daily for 9 days", "4 ng/mL at 0 h after first dose", "the blood"),
        ("reserpine 1 mg daily", "4 ng/mL at trough", "no form to simulate: kinetics"),
        ("xyz 3 mg daily", "4 ng/mL at trough", "xyz"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(regimen: str, level: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        personalise(regimen, [level])


def test_no_level_and_impossible_doubt() -> None:
    with pytest.raises(LevelError, match="no level"):
        personalise("sertraline 100 mg daily", [])
    with pytest.raises(ValueError, match="doubt = 1"):
        personalise(*SERTRALINE).disagreement(1.0)


def occupancy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from occupancy.cli import main; main()", *arguments],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_command_text_json_and_picture(tmp_path: Path) -> None:
    import jsonschema

    arguments = ("personalise", SERTRALINE[0], "--level", SERTRALINE[1][0])
    text = occupancy(*arguments)
    assert text.returncode == 0, text.stderr
    assert "CL of sertraline" in text.stdout
    assert "does not prescribe" in text.stdout
    done = occupancy(*arguments, "--json", "--plot", str(tmp_path / "p.svg"))
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(occupancy("schema", "personalise").stdout))
    assert document["levels"][0]["observed_ng_mL"] == 45.0
    assert 0 < document["disagreement"]["probability"] < 1
    assert (tmp_path / "p.svg").read_text().startswith("<svg")


def test_command_mistakes_are_lines() -> None:
    for level, message in (
        ("45 ng/mL at -2 h after dose", "lies before it"),
        ("-45 ng/mL at trough", "above 0"),
    ):
        done = occupancy("personalise", "sertraline 100 mg daily", "--level", level)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
        assert message in done.stderr


def test_the_way_to_an_answer_is_light() -> None:
    code = (
        "import sys; from occupancy.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('jax', 'scipy', 'pandas', 'xarray', 'altair', 'rich', 'pydantic')\n"
        "sys.stderr.write(','.join(m for m in heavy if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "personalise", SERTRALINE[0], "--json",
         "--level", SERTRALINE[1][0]],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr == ""
