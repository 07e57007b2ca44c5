"""The JSON interface: the command line's documents, and mistakes that can be acted on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

#: A course that drives a circuit, of which one field is replaced.
DRIVEN = {"regimen": "sertraline 50 mg daily for 28 days", "circuits": ["serotonin"]}
#: An event table with a bad row, of two people, of which one field is replaced.
TABLE = "ID,TIME,AMT,ADDL,II,EVID\n1,0,20,13,24,1\n1,336,-5,,,1\n2,0,40,,,1\n"
EVENTS = {"drug": "citalopram", "events": TABLE}
OCCUPANCY = [sys.executable, "-c", "from occupancy.cli import main; main()"]


def printed_text(*arguments: str) -> str:
    """The line that a command prints, without its end."""
    done = subprocess.run(
        [*OCCUPANCY, *arguments, "--json"], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.rstrip("\n")


def printed(*arguments: str) -> Any:
    return json.loads(printed_text(*arguments))


def test_a_curve_is_the_document_of_the_command_line(client: TestClient) -> None:
    asked = {"drug": "risperidone", "age": 40, "cyp2d6": "PM", "dose": [2, 4], "draws": 50}
    told = printed(
        "curve", "risperidone", "--age", "40", "--cyp2d6", "PM", "--dose", "2", "--dose", "4",
        "--draws", "50",
    )  # fmt: skip
    assert client.post("/api/curve", json=asked).json() == told
    assert client.get("/api/curve", params=asked).json() == told


def test_a_course_is_the_document_of_the_command_line(client: TestClient) -> None:
    regimen = "citalopram 20 mg daily for 3 days"
    told = printed("course", regimen, "--draws", "20", "--smoker")
    asked = {"regimen": regimen, "draws": 20, "smoking": "smoker"}
    assert client.post("/api/course", json=asked).json() == told


def test_a_comparison_is_the_document_of_the_command_line(client: TestClient) -> None:
    regimens = ["citalopram 20 mg daily for 2 days", "escitalopram 10 mg daily for 2 days"]
    told = printed("compare", *regimens, "--draws", "10")
    assert client.post("/api/compare", json={"regimens": regimens, "draws": 10}).json() == told


def test_a_taper_is_the_document_of_the_command_line(client: TestClient) -> None:
    products = ["tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL"]
    told = printed(
        "taper", "citalopram 20 mg daily", "--product", products[0], "--product", products[1],
        "--steps", "8", "--draws", "50",
    )  # fmt: skip
    asked = {"regimen": "citalopram 20 mg daily", "product": products, "steps": 8, "draws": 50}
    assert client.post("/api/taper", json=asked).json() == told


def test_a_closer_look_and_measured_levels_are_those_of_the_command_line(
    client: TestClient,
) -> None:
    regimen, level = "sertraline 100 mg daily", "45 ng/mL at 14 h after dose"
    taken = "sertraline 100 mg daily for 30 days"
    told = printed_text(
        "taper", regimen, "--market", "UK", "--steps", "4", "--draws", "20", "--pk",
        "--blood-level", level, "--as-taken", taken,
    )  # fmt: skip
    asked = {
        "regimen": regimen, "market": "UK", "steps": 4, "draws": 20, "pk": True,
        "blood_levels": [level], "as_taken": taken,
    }  # fmt: skip
    assert client.post("/api/taper", json=asked).text == told


def test_an_event_table_is_the_document_of_the_command_line(
    client: TestClient, tmp_path: Path
) -> None:
    path = tmp_path / "doses.csv"
    path.write_text(TABLE)
    told = printed_text(
        "course", "citalopram", "--events", str(path), "--id", "1", "--target", "SERT",
        "--draws", "20", "--smoker",
    )  # fmt: skip
    asked = {
        "drug": "citalopram", "events": TABLE, "id": "1", "target": ["SERT"], "draws": 20,
        "smoking": "smoker",
    }  # fmt: skip
    answer = client.post("/api/course/events", json=asked)
    assert answer.text == told
    assert answer.json()["doses"] == 14
    assert "row 3, AMT = '-5'" in answer.json()["warnings"][0]


def test_a_population_is_the_document_of_the_command_line(client: TestClient) -> None:
    regimen = "risperidone 4 mg daily for 3 days"
    told = printed("population", regimen, "--people", "60", "--no-occasions")
    asked = {"regimens": [regimen], "people": 60, "occasions": False}
    assert client.post("/api/population", json=asked).json() == told


def test_measured_levels_are_the_document_of_the_command_line(client: TestClient) -> None:
    regimen = "sertraline 100 mg daily for 30 days"
    told = printed(
        "personalise", regimen, "--level", "45 ng/mL at 14 h after dose", "--draws", "50"
    )
    asked = {"regimen": regimen, "levels": ["45 ng/mL at 14 h after dose"], "draws": 50}
    assert client.post("/api/personalise", json=asked).json() == told


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (
            ("dopamine", "--vmat2", "0.7", "--set", "phi=0.1", "--draws", "20", "--level", "0.8"),
            {"circuit": "dopamine", "inputs": {"vmat2": 0.7}, "parameters": {"phi": 0.1},
             "draws": 20, "level": 0.8},
        ),
        (
            ("gpr", "--input", "salience_1=0.8", "--ageing", "receptors", "--age", "75"),
            {"circuit": "gpr", "inputs": {"salience_1": 0.8}, "ageing": "receptors", "age": 75},
        ),
    ],
)  # fmt: skip
def test_a_circuit_is_the_document_of_the_command_line(
    client: TestClient, arguments: tuple[str, ...], asked: dict[str, Any]
) -> None:
    told = printed_text("circuit", *arguments)
    assert client.post("/api/circuit", json=asked).text == told


def test_a_course_of_a_circuit_is_the_document_of_the_command_line(client: TestClient) -> None:
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    told = printed_text(
        "circuit", "dopamine-linear", "--vmat2", "0.7", "--days", "2", "--until", "1",
        "--start", "vesicular=0.5",
    )  # fmt: skip
    asked = {
        "circuit": "dopamine-linear", "inputs": {"vmat2": 0.7}, "days": 2, "until": 1,
        "start": {"vesicular": 0.5},
    }  # fmt: skip
    assert client.post("/api/circuit", json=asked).text == told


@pytest.mark.slow
def test_a_driven_circuit_is_the_document_of_the_command_line(client: TestClient) -> None:
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    regimen = "valbenazine 40 mg daily for 3 days"
    told = printed_text(
        "course", regimen, "--circuit", "dopamine", "--ageing",
        "receptors-and-transporters", "--age", "70", "--draws", "3",
    )  # fmt: skip
    asked = {
        "regimen": regimen, "circuits": ["dopamine"], "draws": 3, "age": 70,
        "ageing": "receptors-and-transporters",
    }  # fmt: skip
    assert client.post("/api/course/circuits", json=asked).text == told


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (
            ("--dose", "300 mg daily", "--age", "60", "--person", "--parent-only"),
            {"dose": "300 mg daily", "age": 60, "typical": False, "parent_only": True},
        ),
        (
            ("--at", "0.5", "--anchor", "5-HT2A", "--metabolite", "norclozapine=0.6",
             "--ht2a-raises-dopamine", "0.5", "--seed", "3"),
            {"at": 0.5, "anchor": "5-HT2A", "metabolites": {"norclozapine": 0.6},
             "ht2a_raises_dopamine": 0.5, "seed": 3},
        ),
    ],
)  # fmt: skip
def test_a_profile_is_the_document_of_the_command_line(
    client: TestClient, arguments: tuple[str, ...], asked: dict[str, Any]
) -> None:
    told = printed_text("profile", "clozapine", "--draws", "20", *arguments)
    sent = {"drug": "clozapine", "draws": 20, **asked}
    assert client.post("/api/profile", json=sent).text == told


def test_drugs_and_evidence_are_those_of_the_command_line(client: TestClient) -> None:
    assert client.get("/api/drugs").json() == printed("drugs")
    assert client.get("/api/evidence/citalopram").json() == printed("evidence", "citalopram")
    assert client.get("/api/audit").text == printed_text("evidence", "audit")


@pytest.mark.slow
def test_recomputed_observations_are_those_of_the_command_line(client: TestClient) -> None:
    assert client.get("/api/validation").text == printed_text("validate")


@pytest.mark.parametrize(
    ("path", "asked", "field", "words"),
    [
        ("curve", {}, "drug", "nothing was given"),
        ("curve", {"drug": "citalopran"}, "drug", "citalopram"),
        ("curve", {"drug": "citalopram", "target": "GABA"}, "target", "SERT"),
        ("curve", {"drug": "citalopram", "model": "none"}, "model", "none"),
        ("curve", {"drug": "citalopram", "kinetics": "none"}, "kinetics", "none"),
        ("curve", {"drug": "citalopram", "dose": [-1]}, "dose.0", "greater than or equal to 0"),
        ("curve", {"drug": "citalopram", "draws": 10**6}, "draws", "less than or equal"),
        ("curve", {"drug": "citalopram", "colour": "red"}, "colour", "no such field"),
        ("curve", {"drug": "citalopram", "age": 7}, "age", "between 18 and 100"),
        ("curve", {"drug": "citalopram", "cyp2c19": "*99/*1"}, "cyp2c19", "*99"),
        ("curve", {"drug": "citalopram", "smoking": "pipe"}, "smoking", "non-smoker"),
        ("curve", {"drug": "citalopram", "comedication": ["omeprazol"]}, "comedication", "omepra"),
        ("course", {"regimen": "citalopram 20 daily"}, "regimen", "unit"),
        ("course", {"regimen": "20 mg daily"}, "regimen", "names no drug"),
        ("course", {"regimen": "citalopram 20 mg daily for 90000 days"}, "regimen", "days"),
        ("course", {"regimen": "citalopram 1 mg every 1 minutes for 30 days"}, "regimen", ""),
        ("course", {"regimen": "citalopram 20 mg daily", "days": -3}, "days", "greater than 0"),
        ("compare", {"regimens": ["citalopram 20 mg daily"]}, "regimens", "at least 2"),
        ("taper", {"regimen": "citalopram 20 mg daily", "steps": 3}, "product", "at hand"),
        (
            "taper",
            {"regimen": "citalopram 20 mg daily", "market": "XX", "steps": 3},
            "market",
            "UK",
        ),
        (
            "taper",
            {"regimen": "diazepam 10 mg daily", "market": "UK", "steps": 3},
            "regimen",
            "alone",
        ),
        (
            "taper",
            {"regimen": "citalopram 20 mg daily", "product": ["tablet 10 mg, haves"], "steps": 3},
            "product",
            "halves",
        ),
        (
            "taper",
            {
                "regimen": "citalopram 20 mg daily",
                "product": ["tablet 10 mg"],
                "steps": 3,
                "end": 30,
            },
            "end",
            "not below the start",
        ),
        (
            "taper",
            {"regimen": "citalopram 20 mg daily", "market": "UK", "steps": 3, "as_taken": "x"},
            "as_taken",
            "blood_levels",
        ),
        (
            "taper",
            {
                "regimen": "citalopram 20 mg daily",
                "market": "UK",
                "steps": 3,
                "blood_levels": ["much"],
            },
            "blood_levels",
            "much",
        ),
        ("taper", {"regimen": "citalopram 20 mg daily", "market": "UK"}, "steps", "how many steps"),
        (
            "personalise",
            {"regimen": "sertraline 100 mg daily for 30 days", "levels": ["much"]},
            "levels",
            "much",
        ),
        ("population", {"regimens": ["nonsense"]}, "regimens", "nonsense"),
        ("population", {"regimens": ["citalopram 20 mg daily"], "people": 10**9}, "people", "5000"),
        (
            "population",
            {"regimens": ["citalopram 20 mg daily"], "ancestry": "martian"},
            "ancestry",
            "martian",
        ),
        ("circuit", {}, "circuit", "nothing was given"),
        ("circuit", {"circuit": "dopamin"}, "circuit", "did you mean dopamine"),
        ("circuit", {"circuit": "dopamine", "inputs": {"sert": 0.5}}, "inputs.sert", "no input"),
        ("circuit", {"circuit": "dopamine", "inputs": {"vmat2": 2}}, "inputs.vmat2", "0 and 1"),
        (
            "circuit",
            {"circuit": "dopamine", "parameters": {"MAO": -1}},
            "parameters.MAO",
            "not be negative",
        ),
        (
            "circuit",
            {"circuit": "dopamine-linear", "days": 1, "start": {"VMAT2": 2}},
            "start.VMAT2",
            "at most 1",
        ),
        ("circuit", {"circuit": "dopamine", "start": {"G": 1}}, "start", "give days"),
        ("circuit", {"circuit": "dopamine", "until": 3}, "until", "give days"),
        ("circuit", {"circuit": "dopamine", "days": 2, "until": 3}, "until", "between 0 and"),
        ("circuit", {"circuit": "dopamine", "days": 10**6}, "days", "less than or equal to 1500"),
        ("circuit", {"circuit": "dopamine", "draws": 10**6}, "draws", "less than or equal to 1000"),
        ("circuit", {"circuit": "gpr", "age": 70}, "age", "scenario of ageing"),
        ("circuit", {"circuit": "gpr", "ageing": "receptors"}, "ageing", "age in years"),
        ("circuit", {"circuit": "gpr", "ageing": "receptors", "age": 7}, "age", "7 years"),
        ("circuit", {"circuit": "gpr", "ageing": "decay", "age": 70}, "ageing", "decay"),
        ("course/events", EVENTS, "events", "choose one: ['1', '2']"),
        ("course/events", EVENTS | {"id": "3"}, "id", "no ID '3'"),
        ("course/events", EVENTS | {"drug": "citalopran"}, "drug", "citalopram"),
        ("course/events", EVENTS | {"id": "1", "target": ["D2"]}, "target", "D2"),
        ("course/events", EVENTS | {"id": "1", "days": 1e9}, "days", "1500"),
        ("course/events", EVENTS | {"events": "doses.csv"}, "events", "no column TIME"),
        ("course/events", EVENTS | {"events": "/etc/passwd"}, "events", "no column TIME"),
        ("course/events", EVENTS | {"events": "TIME,AMT\n0,x\n"}, "events", "no good row"),
        ("course/events", EVENTS | {"events": "TIME,AMT\n0,1\n9e9,1\n"}, "events", "span"),
        (
            "course/events",
            EVENTS | {"events": "TIME,AMT,ADDL,II\n0,1,99999,1\n"},
            "events",
            "more than 4,000 events by row 2",
        ),
        ("course/events", EVENTS | {"events": "TIME,AMT,SS,II\n0,1,1,24\n"}, "events", "SS"),
        ("course/circuits", DRIVEN | {"circuits": []}, "circuits", "at least 1"),
        ("course/circuits", DRIVEN | {"circuits": ["dopamin"]}, "circuits", "did you mean"),
        ("course/circuits", DRIVEN | {"circuits": ["dyskinesia"]}, "circuits", "D2"),
        ("course/circuits", DRIVEN | {"draws": 1000}, "draws", "at most 5,000"),
        ("course/circuits", DRIVEN | {"ageing": "receptors"}, "ageing", "age"),
        ("course/circuits", DRIVEN | {"ageing": "decay", "age": 70}, "ageing", "decay"),
        ("course/circuits", DRIVEN | {"regimen": "20 mg daily"}, "regimen", "names no drug"),
        ("profile", {"drug": "clozapin", "at": 0.5}, "drug", "clozapine"),
        ("profile", {"drug": "clozapine"}, "at", "either a dose"),
        ("profile", {"drug": "clozapine", "at": 0.5, "dose": "300 mg daily"}, "dose", "either"),
        ("profile", {"drug": "clozapine", "at": 1.5}, "at", "less than 1"),
        ("profile", {"drug": "clozapine", "dose": "300 daily"}, "dose", "unit"),
        ("profile", {"drug": "clozapine", "at": 0.5, "anchor": "VMAT2"}, "anchor", "VMAT2"),
        ("profile", {"drug": "clozapine", "at": 0.5, "kinetics": "none"}, "kinetics", "none"),
        ("profile", {"drug": "clozapine", "at": 0.5, "age": 70}, "age", "there is no dose"),
        ("profile", {"drug": "clozapine", "at": 0.5, "parent_only": True}, "parent_only", "dose"),
        (
            "profile",
            {"drug": "clozapine", "at": 0.5, "metabolites": {"x": 1}},
            "metabolites.x",
            "no metabolite",
        ),
        (
            "profile",
            {"drug": "clozapine", "dose": "300 mg daily", "metabolites": {"x": 1}},
            "metabolites",
            "go with at",
        ),
        ("profile", {"drug": "atomoxetine", "dose": "40 mg daily"}, "drug", "such as 0.6"),
        (
            "profile",
            {"drug": "quetiapine", "at": 0.5, "ht2a_raises_dopamine": 3},
            "ht2a_raises_dopamine",
            "less than or equal to 1",
        ),
    ],
)
def test_mistakes_name_field_value_and_what_to_do(
    client: TestClient, path: str, asked: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post(f"/api/{path}", json=asked)
    assert answer.status_code == 422, answer.text[:500]
    document = answer.json()
    assert document["document"] == "mistakes"
    lines = [one for one in document["mistakes"] if one["field"] == field]
    assert lines, document
    assert words in json.dumps(lines, ensure_ascii=False)
    assert all(one["message"] and one["do"] for one in lines)


def test_all_mistakes_of_a_question_are_told_together(client: TestClient) -> None:
    asked = {
        "regimen": "citalopram 20 mg dialy",
        "product": ["tablet 10 mg, haves", "solution 2 mg/mL, 0.1 mL", "pill"],
        "steps": 3,
        "age": 7,
        "sex": "both",
    }
    document = client.post("/api/taper", json=asked).json()
    found = sorted((one["field"], one["value"]) for one in document["mistakes"])
    assert found == [
        ("age", "7.0"),
        ("product", "pill"),
        ("product", "tablet 10 mg, haves"),
        ("regimen", "citalopram 20 mg dialy"),
        ("sex", "both"),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"drug": 1e999}']
)
def test_a_body_that_is_no_question_is_a_mistake(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/curve", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


def test_the_description_names_every_document_and_can_be_read(client: TestClient) -> None:
    description = client.get("/api/openapi.json").json()
    schemas = description["components"]["schemas"]
    assert {"curve", "course", "taper", "population", "mistakes"} <= set(schemas)
    text = json.dumps(description)
    for reference in {piece.split('"')[0] for piece in text.split('"$ref": "')[1:]}:
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_answers_fit_their_description(client: TestClient) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    description = client.get("/api/openapi.json").json()
    asked = {"drug": "citalopram", "draws": 5}
    for name, answer in (
        ("curve", client.post("/api/curve", json=asked)),
        ("drugs", client.get("/api/drugs")),
        ("mistakes", client.post("/api/curve", json={})),
    ):
        schema = {"$ref": f"#/components/schemas/{name}", **description}
        jsonschema.validate(answer.json(), schema)
