"""What nobody should send: refused or escaped, never run, never an error of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from occupancy.circuit.catalogue import NAMES, circuit
from occupancy.web import Settings, create_app
from occupancy.web.questions import (
    CircuitQuestion,
    CompareQuestion,
    CourseQuestion,
    CurveQuestion,
    PopulationQuestion,
    ProfileQuestion,
    TaperQuestion,
)

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}${7*7}</script>"
SLOW_CHECKS = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: Anything a person or a program may put into a text, the worst of it by name.
TEXT = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            SCRIPT,
            "\x00",
            "\r\nSet-Cookie: a=b",
            "../../etc/passwd",
            "' OR 1=1 --",
            "💊" * 80,
            "a" * 5000,
            "\u202e\u2028\u0301",
            "NaN",
            "1e309",
            "-0",
            "citalopram 20 mg daily for 99999999999999999999 days",
            "citalopram 1e308 mg daily",
            "citalopram 20 mg daily then " * 20,
            "tablet 0.0000000001 mg, quarters",
            "solution 1 mg/1000000 mL, 0.0001 mL",
        ]
    ),
)
PLACES = (
    "/evidence/{}",
    "/{}",
    "/static/x/{}",
    "/diary/entry/{}",
    "/taper/file/{}",
    "/api/evidence/{}",
    "/explore/{}.svg",
)
#: Questions that can be answered, of which one field or more is replaced.
GOOD: dict[str, dict[str, Any]] = {
    "curve": {"drug": "citalopram", "draws": 2},
    "course": {"regimen": "citalopram 20 mg daily for 2 days", "draws": 2},
    "compare": {
        "regimens": ["citalopram 20 mg daily for 2 days", "sertraline 50 mg daily for 2 days"],
        "draws": 2,
    },
    "taper": {
        "regimen": "citalopram 20 mg daily",
        "product": ["tablet 10 mg, halves"],
        "steps": 2,
        "draws": 2,
    },
    "population": {"regimens": ["citalopram 20 mg daily for 2 days"], "people": 2},
    "profile": {"drug": "clozapine", "at": 0.5, "draws": 2},
    "circuit": {"circuit": "dopamine", "inputs": {"vmat2": 0.7}, "draws": 2},
}
QUESTIONS = {
    "curve": CurveQuestion,
    "course": CourseQuestion,
    "compare": CompareQuestion,
    "taper": TaperQuestion,
    "population": PopulationQuestion,
    "circuit": CircuitQuestion,
    "profile": ProfileQuestion,
}
VALUE = st.one_of(
    TEXT, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TEXT, max_size=3),
    st.dictionaries(TEXT, TEXT, max_size=2),
)  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    application = create_app(Settings(data=tmp_path_factory.mktemp("data")))
    with TestClient(
        application, base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        yield client


def harmless(text: str) -> None:
    """No page may hold what was sent as markup."""
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    assert "onerror=alert(2)>" not in text.replace("&gt;", "")
    blocks = re.findall(r"<script type=\"application/json\"[^>]*>(.*?)</script>", text, re.DOTALL)
    assert all("<" not in block for block in blocks)


@pytest.mark.parametrize("name", QUESTIONS)
@FEW
@given(data=st.data())
def test_any_json_is_answered_or_a_mistake(
    hostile: TestClient, name: str, data: st.DataObject
) -> None:
    fields = list(QUESTIONS[name].model_fields)
    text = json.dumps(
        GOOD[name] | data.draw(st.dictionaries(st.sampled_from(fields), VALUE, max_size=2))
    )
    answer = hostile.post(
        f"/api/{name}", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 422), answer.text[:300]


@pytest.mark.slow
@settings(FEW, max_examples=60)
@given(data=st.data())
def test_any_numbers_of_a_circuit_are_answered_or_a_mistake(
    hostile: TestClient, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NAMES))
    one = circuit(name)
    number = st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e-300, 1e300, 1e-9, 1e9])
    inside = st.dictionaries(st.sampled_from(one.input_names), st.floats(0, 1), max_size=2)
    other = st.dictionaries(st.sampled_from(sorted(one.parameters)), number, max_size=2)
    asked = {
        "circuit": name,
        "inputs": data.draw(inside),
        "parameters": data.draw(other),
        "draws": data.draw(st.sampled_from([1, 5])),
    }
    answer = hostile.post("/api/circuit", json=asked)
    assert answer.status_code in (200, 422), answer.text[:300]
    json.loads(answer.text, parse_constant=lambda text: pytest.fail(text))


@FEW
@given(drug=TEXT, target=TEXT, dose=TEXT, age=TEXT)
@example(drug=SCRIPT, target=SCRIPT, dose=SCRIPT, age=SCRIPT)
def test_any_address_of_explore_is_a_page(
    hostile: TestClient, drug: str, target: str, dose: str, age: str
) -> None:
    given = {"drug": drug, "target": target, "dose": dose, "age": age}
    given = {k: v.encode("utf-8", "replace").decode() for k, v in given.items()}
    for path in ("/explore", "/explore/answer", "/explore/panels"):
        answer = hostile.get(path, params=given)
        assert answer.status_code in (200, 422)
        harmless(answer.text)


@FEW
@given(regimen=TEXT, product=TEXT, steps=TEXT, day=TEXT)
@example(regimen=SCRIPT, product=SCRIPT, steps=SCRIPT, day=SCRIPT)
@example(regimen="citalopram 20 mg daily", product=SCRIPT, steps="3", day="2026-01-01")
def test_any_address_of_taper_is_a_page(
    hostile: TestClient, regimen: str, product: str, steps: str, day: str
) -> None:
    given = {"regimen": regimen, "product": product, "steps": steps, "first_day": day}
    given = {k: v.encode("utf-8", "replace").decode() for k, v in given.items()}
    for path in ("/taper", "/taper/file/ics"):
        answer = hostile.get(path, params=given)
        assert answer.status_code in (200, 422), answer.text[-500:]
        harmless(answer.text)


@pytest.mark.slow
@FEW
@given(text=TEXT, at=TEXT, zone=TEXT, dose=TEXT)
@example(text=SCRIPT, at="", zone="", dose="1")
@example(text="x", at="9999-12-31T23:59", zone="../../etc/passwd", dose="1")
@example(text="x", at="0001-01-01T00:00", zone="Europe/Berlin", dose="1")
def test_anything_may_be_typed_into_the_diary(
    hostile: TestClient, text: str, at: str, zone: str, dose: str
) -> None:
    clean = [one.encode("utf-8", "replace").decode() for one in (text, at, zone, dose)]
    text, at, zone, dose = clean
    for form, typed in (
        ("note", {"text": text, "at": at, "zone": zone}),
        ("taken", {"drug": text, "dose_mg": dose, "note": text}),
        ("scale", {"scale": text, "item0": dose}),
        ("mood", {"score": dose, "note": text}),
    ):
        answer = hostile.post(f"/diary/add/{form}", data=typed)
        assert answer.status_code in (200, 422), answer.text[-500:]
        harmless(answer.text)
    for path in ("/diary", "/my-course", "/report", "/my-course/panels"):
        answer = hostile.get(path)
        assert answer.status_code == 200
        harmless(answer.text)


@pytest.mark.slow
@FEW
@given(name=st.text(max_size=60))
@example(name="..")
@example(name=SCRIPT)
@example(name="%00")
def test_any_path_is_a_page_or_not_found(hostile: TestClient, name: str) -> None:
    text = quote(name.encode("utf-8", "replace").decode(), safe="")
    for place in PLACES:
        path = place.format(text)
        answer = hostile.get(path)
        assert answer.status_code in (200, 404, 405, 422), (path, answer.status_code)
        harmless(answer.text)


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04" + b"\x00" * 200, b"{" * 100_000, b'{"document": "diary"}', b"\xff" * 1000],
)
def test_an_archive_that_is_none_changes_nothing(hostile: TestClient, data: bytes) -> None:
    before = hostile.get("/diary").text.count('class="entries"')
    files = {"archive": ("a.zip", data, "application/zip")}
    assert hostile.post("/diary/import", files=files).status_code == 422
    assert hostile.get("/diary").text.count('class="entries"') == before


def test_a_calendar_that_is_none_is_a_mistake(hostile: TestClient) -> None:
    asked = {"regimen": "citalopram 20 mg daily", "product": "tablet 10 mg, halves", "steps": "2"}
    for data in (b"", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", b"\x00" * 500, SCRIPT.encode()):
        answer = hostile.post("/taper/calendar", params=asked, files={"previous": ("a.ics", data)})
        assert answer.status_code in (200, 422)
        harmless(answer.text)


@pytest.mark.slow
def test_schemathesis_finds_no_error_of_ours(hostile: TestClient) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    schema = schemathesis.openapi.from_dict(hostile.get("/api/openapi.json").json())
    seen: dict[str, int] = {}
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.function_scoped_fixture,
            ],
        )
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            asked = case.as_transport_kwargs(base_url="http://localhost")
            asked.pop("cookies", None)
            answer = hostile.request(**asked)
            seen[case.operation.label] = seen.get(case.operation.label, 0) + 1
            assert answer.status_code < 500, answer.text[:500]

        check()
    assert len(seen) >= 9


def test_what_is_kept_lies_in_the_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with TestClient(create_app(Settings(data=folder)), base_url="http://localhost") as client:
        client.post("/diary/add/note", data={"text": "x"})
    assert {one.name for one in tmp_path.iterdir()} == {"data"}
    assert "diary.db" in {one.name for one in folder.iterdir()}
