"""Pages that take tables and levels: what they say, and what they say of what cannot be."""

import re
from dataclasses import astuple

import numpy as np
import pytest
from fastapi.testclient import TestClient

from occupancy.web.answers import course, curve
from occupancy.web.explore import DRAWS_ANEW, ExploreQuestion, column
from occupancy.web.pages import PLACES, figures, file_name, in_script, plain, sentence
from occupancy.web.personalise_page import PAGE as PERSONALISE
from occupancy.web.population_page import PAGE as POPULATION
from occupancy.web.questions import CourseQuestion, CurveQuestion
from occupancy.web.taper_page import EXAMPLES


def curves(binding: float) -> bytes:
    """A scan of 90 minutes: SRTM with R1 = 1 and k2 = 0.15/min, integrated in steps of 1 ms."""
    t = np.arange(0.0, 90.0, 5.0)
    fine = np.linspace(0.0, 95.0, 9501)
    step = fine[1] - fine[0]
    reference = 20 * np.exp(-fine / 40) * (1 - np.exp(-fine / 3)) + 0.5
    k2, k2a = 0.15, 0.15 / (1 + binding)
    tissue = np.empty_like(fine)
    state = 0.0
    for k, value in enumerate(reference):
        tissue[k] = value + state
        state += step * ((k2 - k2a) * value - k2a * state)
    rows = ["frame_start\tframe_duration\tcerebellum\tputamen"]
    for a in t:
        inside = (fine >= a) & (fine < a + 5)
        rows.append(f"{60 * a:g}\t300\t{reference[inside].mean():.6f}\t{tissue[inside].mean():.6f}")
    return "\n".join(rows).encode()


SAID = {"reference": "cerebellum", "unit": "kBq/mL", "time_unit": "s"}


def test_two_scans_give_the_occupancy_that_made_them(client: TestClient) -> None:
    files = [
        ("curves", ("base.tsv", curves(3.0), "text/plain")),
        ("curves", ("../../after.tsv", curves(1.0), "text/plain")),
    ]
    answer = client.post("/pet", files=files, data=SAID)
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>|\s+", " ", answer.text)
    found = re.search(r"BP_ND\s+([\d.]+)\s+%", words)
    assert found is not None
    assert float(found.group(1)) == pytest.approx(100 * 2 / 3, abs=1.5)
    assert "../" not in answer.text


@pytest.mark.parametrize(
    ("data", "asked", "words"),
    [
        (b"", SAID, "curves"),
        (b"\x00\xff\xfe", SAID, "curves"),
        (b"a,b\n1,2\n", SAID, "curves"),
        (curves(1.0), {**SAID, "reference": ""}, "reference region is missing"),
        (curves(1.0), {**SAID, "reference": "pons"}, "pons"),
        (curves(1.0), {**SAID, "model": "magic"}, "No such model here"),
    ],
)
def test_scans_that_cannot_be_fitted_are_said(
    client: TestClient, data: bytes, asked: dict[str, str], words: str
) -> None:
    answer = client.post("/pet", files=[("curves", ("x.tsv", data, "text/plain"))], data=asked)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nothing was fitted" in answer.text


@pytest.mark.parametrize(
    "address",
    [f"/personalise?{PERSONALISE.worked}", f"/population?{POPULATION.worked}"],
)
def test_worked_examples_work_and_are_marked(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert "A worked example" in answer.text


def test_every_place_of_the_way_around_is_there(client: TestClient) -> None:
    for place in PLACES:
        assert client.get(place.path).status_code == 200, place.path


def test_worked_tapers_work_and_are_marked(client: TestClient) -> None:
    page = client.get("/taper").text
    for name, _ in EXAMPLES:
        assert name in page
    for address in re.findall(r'href="(/taper\?[^"]+)"', page):
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "A worked example" in answer.text
        assert "Checked just now by a second program: it holds." in answer.text


def test_a_plan_for_the_person_behind_levels_keeps_what_they_were_measured_on(
    client: TestClient,
) -> None:
    """A new plan starts from another dose; the levels belong to the old one."""
    asked = {
        "regimen": "sertraline 100 mg daily",
        "market": "UK",
        "steps": "5",
        "blood_levels": "45 ng/mL at 14 h after dose\r\n50 ng/mL at 10 h after dose",
    }
    page = client.get("/taper", params=asked).text
    assert "from 2 blood levels" in page
    assert 'name="as_taken" value="sertraline 100 mg daily">' in page
    said = asked | {"as_taken": "sertraline 50 mg daily for 30 days"}
    page = client.get("/taper", params=said).text
    kept = 'value="sertraline 50 mg daily for 30 days"'
    assert f'type="hidden" name="as_taken" {kept}>' in page
    assert f'id="as_taken" name="as_taken" type="text" {kept}' in page
    assert 'name="as_taken" value="sertraline 100' not in page
    wrong = client.get("/taper", params=asked | {"blood_levels": "45 bananas"})
    assert wrong.status_code == 422
    assert 'id="wrong-blood_levels"' in wrong.text
    assert ">45 bananas</textarea>" in wrong.text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.000123, "0.000123"), (1234.5, "1234"), (18.94, "18.9"), (0.37, "0.37")],
)
def test_numbers_are_shown_with_what_they_are_worth(value: float, text: str) -> None:
    assert figures(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(20.0, "20"), (0.37, "0.37"), (1e-9, "0"), (-0.0, "0")]
)
def test_doses_are_shown_as_they_would_be_typed(value: float, text: str) -> None:
    assert plain(value) == text


def test_sentences_begin_large_and_symbols_stay_as_they_are() -> None:
    assert sentence("it is missing") == "It is missing."
    assert sentence("ka of sertraline times 0.91") == "ka of sertraline times 0.91."
    assert sentence("kaput!") == "Kaput!"


def test_nothing_in_a_data_block_can_end_it() -> None:
    block = in_script({"a</script>": '["<!--</script>&"]'})
    assert "<" not in block
    assert ">" not in block


def test_a_name_from_outside_is_a_name_of_a_file() -> None:
    assert file_name('../a"\r\nX: b/ü.ics') == "..-a---X--b--.ics"


def test_a_picture_is_its_own_whichever_came_before(client: TestClient) -> None:
    """Risperidone's published doses lie beyond its curve, so that its picture has no points."""
    for drug in ("risperidone", "olanzapine"):
        page = client.get("/explore/panels", params={"drug": drug, "col": 1}).json()
        data = client.get("/explore", params={"drug": drug}).text
        points = '"observed":{"dose"' in data
        layers = str(page["curve1"])
        assert ("'observed'" in layers) is points, drug


@pytest.mark.parametrize("drug", ["citalopram", "risperidone"])
def test_explore_says_what_the_commands_say(drug: str) -> None:
    page = column(ExploreQuestion.model_validate({"drug": drug, "dose": 7.3}), 1)
    assert page.chosen is not None
    of_curve = curve(CurveQuestion.model_validate({"drug": drug, "dose": [7.3]})).points[0]
    assert astuple(page.chosen.occupancy) == pytest.approx(astuple(of_curve.occupancy), abs=1e-9)
    asked = {"regimen": f"{drug} 7.3 mg daily", "days": 28, "typical": True}
    of_course = course(CourseQuestion.model_validate(asked))
    for mine, theirs in zip(page.course.targets, of_course.targets, strict=True):
        assert astuple(mine.peak) == pytest.approx(astuple(theirs.peak), abs=1e-9)


def test_a_drug_that_is_simulated_at_every_dose_has_one_number_of_draws() -> None:
    page = column(ExploreQuestion.model_validate({"drug": "aripiprazole", "dose": 7.3}), 1)
    assert page.chosen is not None
    assert page.curve is not None
    on_curve = page.curve.points[2]
    asked = {"drug": "aripiprazole", "dose": [on_curve.dose_mg, 7.3], "draws": DRAWS_ANEW}
    of_curve = curve(CurveQuestion.model_validate(asked)).points
    for mine, theirs in zip((on_curve, page.chosen), of_curve, strict=True):
        assert astuple(mine.occupancy) == pytest.approx(astuple(theirs.occupancy), abs=1e-9)
