"""Tables of scans through the JSON interface: the command line's documents, byte for byte."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from test_hostile import FEW, TEXT, VALUE
from test_pages import curves

from occupancy.web import Settings, create_app
from occupancy.web.pet_questions import PetFitQuestion, PetOccupancyQuestion
from occupancy.web.tables import MOST_CURVES, MOST_FRAMES

COMMAND = [sys.executable, "-c", "from occupancy.cli import main; main()", "pet"]
TOLD = ("--reference", "cerebellum", "--unit", "kBq/mL", "--time-unit", "s")
ASKED: dict[str, Any] = {"reference": "cerebellum", "unit": "kBq/mL", "time_unit": "s"}
BASE, DRUG = curves(3.0).decode(), curves(1.0).decode()


def printed(folder: Path, *arguments: str) -> str:
    """What a command prints that is run where the tables are."""
    src = str(Path(sys.modules["occupancy"].__file__ or "").parents[1])
    done = subprocess.run(
        [*COMMAND, *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=True,
        timeout=120, env={**os.environ, "PYTHONPATH": src},
    )  # fmt: skip
    return done.stdout.rstrip("\n")


def scans(folder: Path, **texts: str) -> list[dict[str, str]]:
    """Tables in a folder, and the same as they are sent."""
    found = []
    for name, text in texts.items():
        (folder / f"{name}.tsv").write_text(text)
        found.append({"name": f"{name}.tsv", "text": text})
    return found


@pytest.fixture(scope="module")
def unyielding(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    app = create_app(Settings(data=tmp_path_factory.mktemp("data")))
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


def test_a_fit_is_the_document_of_the_command_line(client: TestClient, tmp_path: Path) -> None:
    sent = scans(tmp_path, base=BASE, broken="frame_start\tputamen\n0\t1\n", drug=DRUG)
    sidecar = {"TracerRadionuclide": "C11", "ImageDecayCorrected": True}
    sent[0]["sidecar"] = json.dumps(sidecar)
    (tmp_path / "base.json").write_text(json.dumps(sidecar))
    told = printed(
        tmp_path, "fit", "base.tsv", "broken.tsv", "drug.tsv", "--model", "frtm", *TOLD,
        "--starts", "3",
    )  # fmt: skip
    asked = {"scans": sent, "model": "frtm", **ASKED, "starts": 3}
    answer = client.post("/api/pet/fit", json=asked)
    assert answer.text == told
    assert [one["scan"] for one in answer.json()["failures"]] == ["broken"]
    assert len(answer.json()["fits"]) == 2


def test_blood_goes_with_the_scans(client: TestClient, tmp_path: Path) -> None:
    rows = [f"{t}\t{t * 2 ** (-t / 300):.6g}" for t in range(0, 6000, 60)]
    blood = "\n".join(["time\tAIF", *rows])
    sent = scans(tmp_path, base=BASE, blood=blood)
    told = printed(
        tmp_path, "fit", "base.tsv", "--model", "1tcm", "--input", "blood.tsv", "--vb", "0",
        "--unit", "kBq/mL", "--input-unit", "kBq/mL", "--metabolite-corrected", "--tail", "hold",
    )  # fmt: skip
    asked = {
        "scans": sent[:1], "blood": sent[1:], "model": "1tcm", "vb": 0, "unit": "kBq/mL",
        "input_unit": "kBq/mL", "metabolite_corrected": True, "tail": "hold",
    }  # fmt: skip
    assert client.post("/api/pet/fit", json=asked).text == told


def test_occupancies_are_the_documents_of_the_command_line(
    client: TestClient, tmp_path: Path
) -> None:
    sent = scans(tmp_path, base=BASE, drug=DRUG)
    told = printed(
        tmp_path, "occupancy", "base.tsv", "drug.tsv", "--model", "srtm", *TOLD,
        "--correlation", "0.3", "--up-regulation", "0.2", "0.05",
    )  # fmt: skip
    asked = {
        "scans": sent, "model": "srtm", **ASKED, "correlation": 0.3,
        "up_regulation": [[0.2, 0.05]],
    }  # fmt: skip
    answer = client.post("/api/pet/occupancy", json=asked)
    assert answer.text == told
    assert answer.json()["occupancy"]["value"] == pytest.approx(2 / 3, abs=0.015)
    # Results of fits, as the first route gives them.
    results = []
    for one in sent:
        fitted = client.post("/api/pet/fit", json={"scans": [one], "model": "srtm", **ASKED})
        name = one["name"].replace(".tsv", "-fit.json")
        (tmp_path / name).write_text(fitted.text)
        results.append({"name": name, "text": fitted.text})
    told = printed(
        tmp_path, "occupancy", *(one["name"] for one in results), "--interval", "bootstrap",
        "--seed", "2", "--level", "0.9",
    )  # fmt: skip
    asked = {"scans": results, "interval": "bootstrap", "seed": 2, "level": 0.9}
    assert client.post("/api/pet/occupancy", json=asked).text == told


def wide(curves: int) -> dict[str, Any]:
    """A scan of two frames and so many curves."""
    header = "\t".join(["frame_start", "frame_duration", *(f"r{i}" for i in range(curves))])
    frames = [f"{60 * k}\t60" + "\t1" * curves for k in range(2)]
    return {"scans": [{"name": "a.tsv", "text": "\n".join([header, *frames])}]}


LONG = "\n".join(
    ["frame_start\tframe_duration\tcerebellum\tputamen"]
    + [f"{60 * i}\t60\t1\t2" for i in range(MOST_FRAMES + 1)]
)


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"scans": []}, "scans", "at least 1"),
        ({"scans": [{"name": "a.tsv", "text": BASE}] * 9}, "scans", "at most 8"),
        ({"scans": [{"name": "a.tsv", "text": ""}]}, "scans", "a.tsv"),
        ({"scans": [{"name": "a.tsv", "text": "x" * 500_001}]}, "scans.0.text", "500000"),
        (wide(MOST_CURVES + 1), "scans", f"srtm fits at most {MOST_CURVES} here"),
        (wide(61) | {"model": "srtm-displacement", "onset": 10}, "scans", "at most 60 here"),
        ({"scans": [{"name": "a.tsv", "text": LONG}]}, "scans", "301 frames"),
        ({"model": "magic"}, "model", "no such model"),
        ({"reference": "pons"}, "scans", "pons"),
        ({"model": "2tcm"}, "scans", "blood"),
        ({"model": "logan", "t_star": "late"}, "t_star", "a number, or auto"),
        ({"model": "logan", "t_star": "nan"}, "t_star", "a number, or auto"),
        ({"unit": "pints"}, "unit", "pints"),
        ({"time_unit": "d"}, "time_unit", "unit of time"),
        ({"nuclide": "Xx-1"}, "nuclide", "Xx-1"),
        ({"starts": 10**6}, "starts", "less than or equal to 100"),
        ({"delay": "1e999"}, "delay", "finite"),
        ({"colour": "red"}, "colour", "no such field"),
    ],
)
def test_mistakes_of_a_fit_name_field_and_what_to_do(
    client: TestClient, asked: dict[str, Any], field: str, words: str
) -> None:
    good = {"scans": [{"name": "a.tsv", "text": BASE}], "model": "srtm", **ASKED}
    answer = client.post("/api/pet/fit", json=good | asked)
    assert answer.status_code == 422, answer.text[:300]
    lines = [one for one in answer.json()["mistakes"] if one["field"] == field]
    assert lines, answer.text
    assert words in json.dumps(lines, ensure_ascii=False)
    assert "/tmp" not in answer.text


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"scans": [{"name": "a.csv", "text": "region,V_T\nputamen,1"}]}, "scans", "at least 2"),
        ({"scans": [{"name": "a.json", "text": '{"document": "pet-fit", "fits": [3]}'}] * 2},
         "scans", "its fits"),
        ({"up_regulation": [[0, 0]] * 3}, "up_regulation", "once, or each"),
        ({"level": 2}, "level", "less than or equal"),
    ],
)  # fmt: skip
def test_mistakes_of_an_occupancy_name_field_and_what_to_do(
    client: TestClient, asked: dict[str, Any], field: str, words: str
) -> None:
    table = "region,V_T\nputamen,3\nthalamus,1"
    good = {"scans": [{"name": f"{name}.csv", "text": table} for name in "ab"]}
    answer = client.post("/api/pet/occupancy", json=good | asked)
    assert answer.status_code == 422, answer.text[:300]
    lines = [one for one in answer.json()["mistakes"] if one["field"] == field]
    assert words in json.dumps(lines, ensure_ascii=False), answer.text


@pytest.mark.parametrize("name", ["..", "../../x.tsv", ".hidden", "a" * 290 + ".tsv", "x.gz"])
def test_a_name_is_never_a_path(client: TestClient, name: str) -> None:
    asked = {"scans": [{"name": name, "text": BASE}], "model": "srtm", **ASKED}
    assert client.post("/api/pet/fit", json=asked).status_code == (422 if name == "x.gz" else 200)


def test_compressed_tables_of_the_page_are_unpacked_but_not_without_end(
    client: TestClient,
) -> None:
    for data, status in ((gzip.compress(BASE.encode()), 200), (gzip.compress(b"0" * 10**7), 422)):
        files = [("curves", ("base.tsv.gz", data, "application/gzip"))]
        assert client.post("/pet", files=files, data=ASKED).status_code == status


@pytest.mark.parametrize("name", ["fit", "occupancy"])
@FEW
@given(data=st.data())
def test_any_tables_are_answered_or_a_mistake(
    unyielding: TestClient, name: str, data: st.DataObject
) -> None:
    question = PetFitQuestion if name == "fit" else PetOccupancyQuestion
    cells = st.one_of(st.sampled_from(["0", "1e300", "-1", "nan", "inf", "", "x", "60"]), TEXT)
    rows = data.draw(st.lists(st.lists(cells, min_size=2, max_size=5), max_size=5))
    heads = ("frame_start\tframe_duration\tcerebellum\tputamen", "region\tV_T\tV_T_se", "DFT", "")
    head = data.draw(st.sampled_from(heads))
    ending = data.draw(st.sampled_from([".tsv", ".json", ".tac", ".voistat", ".dft", ".gz", ""]))
    text = data.draw(st.sampled_from([BASE, head + "\n" + "\n".join(map("\t".join, rows))]))
    sent: dict[str, Any] = {"scans": [{"name": f"x{ending}", "text": text}] * 2, **ASKED}
    models = ["srtm", "2tcm", "suvr", "mrtm2"]
    sent["model"] = data.draw(st.sampled_from(models if name == "fit" else [*models, None]))
    fields = [field for field in question.model_fields if field not in ("scans", "model")]
    sent |= data.draw(st.dictionaries(st.sampled_from(fields), VALUE, max_size=2))
    answer = unyielding.post(
        f"/api/pet/{name}", content=json.dumps(sent), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 422), answer.text[:300]
    if answer.status_code == 200:
        json.loads(answer.text, parse_constant=lambda text: pytest.fail(text))
