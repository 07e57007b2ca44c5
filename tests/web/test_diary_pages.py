"""The diary's pages: written down in a moment, corrected with its history, taken along."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytest.importorskip("sqlalchemy")

from occupancy.web import Settings, create_app

PLAN = "regimen=citalopram+20+mg+daily&product=tablet+10+mg%2C+halves&steps=3&first_day=2026-11-01"


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[TestClient]:
    application = create_app(Settings(data=tmp_path))
    with TestClient(
        application, base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        yield client


def entry_of(text: str) -> str:
    found = re.search(r"/diary/entry/([0-9a-f-]{36})", text)
    assert found is not None
    return found.group(1)


FORMS: list[tuple[str, dict[str, Any], str]] = [
    ("taken", {"drug": "citalopram", "dose_mg": "9,4"}, "citalopram 9.4 mg taken"),
    ("missed", {"drug": "citalopram", "note": "away"}, "citalopram missed. away"),
    ("sleep", {"hours": "6.5", "quality": "4", "awakenings": "2"}, "slept 6.5 h, quality 4 of 10"),
    ("mood", {"score": "7"}, "mood 7 of 10"),
    ("note", {"text": "Zürich, ünïcode ✓"}, "Zürich, ünïcode ✓"),
    (
        "scale",
        {"scale": "GAD-7", **{f"item{k}": "1" for k in range(7)}},
        "GAD-7: 7 of 21",
    ),
]


@pytest.mark.parametrize(("form", "typed", "words"), FORMS)
def test_every_form_writes_what_was_typed(
    diary: TestClient, form: str, typed: dict[str, Any], words: str
) -> None:
    answer = diary.post(f"/diary/add/{form}", data=typed)
    assert answer.status_code == 200
    assert words in answer.text
    assert answer.history[0].status_code == 303


@pytest.mark.parametrize(
    ("form", "typed", "field", "words"),
    [
        ("taken", {"drug": "", "dose_mg": "20"}, "drug", "name"),
        ("taken", {"drug": "citalopram", "dose_mg": "ten"}, "dose_mg", "not a number"),
        ("taken", {"drug": "citalopram", "dose_mg": "1e9"}, "dose_mg", "10000"),
        ("sleep", {"hours": "25"}, "hours", "24"),
        ("sleep", {"hours": "5", "quality": "4.5"}, "quality", "whole number"),
        ("mood", {"score": "11"}, "score", "0 to 10"),
        ("note", {"text": "   "}, "text", "empty"),
        ("scale", {"scale": "PHQ-9"}, "answers", "no item was answered"),
        (
            "mood",
            {"score": "5", "at": "2026-03-29T02:30", "zone": "Europe/Berlin"},
            "at",
            "skipped",
        ),
        ("mood", {"score": "5", "at": "2026-10-25T02:30", "zone": "Europe/Berlin"}, "at", "twice"),
        ("mood", {"score": "5", "at": "yesterday"}, "at", "no date"),
    ],
)
def test_a_mistake_stands_beside_its_field_and_what_was_typed_stays(
    diary: TestClient, form: str, typed: dict[str, str], field: str, words: str
) -> None:
    answer = diary.post(f"/diary/add/{form}", data={**typed, "note": "kept as typed"})
    assert answer.status_code == 422
    complaint = answer.text.split(f'id="wrong-{field}"')[1].split("</div>")[0]
    assert words in complaint
    if form != "note":
        assert 'value="kept as typed"' in answer.text
    assert "Nothing yet." in answer.text


def test_the_hour_that_came_twice_can_be_chosen(diary: TestClient) -> None:
    typed = {"score": "5", "at": "2026-10-25T02:30", "zone": "Europe/Berlin", "which": "second"}
    assert diary.post("/diary/add/mood", data=typed).status_code == 200


def test_a_correction_keeps_what_stood_before(diary: TestClient) -> None:
    page = diary.post("/diary/add/taken", data={"drug": "citalopram", "dose_mg": "20"})
    first = entry_of(page.text)
    corrected = diary.post(
        f"/diary/entry/{first}",
        data={"drug": "citalopram", "dose_mg": "10", "reason": "half a tablet"},
    )
    assert corrected.status_code == 200
    history = corrected.text.split("History</h2>")[1]
    assert history.index("citalopram 20 mg taken") < history.index("citalopram 10 mg taken")
    assert "half a tablet" in history
    withdrawn = diary.post(f"/diary/entry/{first}", data={"withdraw": "yes", "reason": "twice"})
    assert "Withdrawn" in withdrawn.text
    assert "Nothing yet." in diary.get("/diary").text


def test_a_plan_is_kept_and_its_dose_is_one_tap(diary: TestClient) -> None:
    answer = diary.post(f"/diary/plan?{PLAN}", data={"agreed_by": "Dr Who"})
    assert answer.status_code == 200, answer.text[:500]
    page = diary.get("/diary").text
    assert "Planned:" in page
    assert "mg taken now" in page


@pytest.mark.parametrize("passphrase", ["", "a long enough passphrase"])
def test_an_archive_comes_back(diary: TestClient, passphrase: str, tmp_path: Path) -> None:
    diary.post("/diary/add/note", data={"text": "remember this"})
    archive = diary.post("/diary/export", data={"passphrase": passphrase})
    assert archive.status_code == 200
    assert (b"remember" in archive.content) is False
    other = TestClient(create_app(Settings(data=tmp_path / "other")), base_url="http://localhost")
    back = other.post(
        "/diary/import",
        data={"passphrase": passphrase},
        files={"archive": ("diary.zip", archive.content, "application/zip")},
    )
    assert back.status_code == 200, back.text[-2000:]
    assert "remember this" in back.text


def test_an_archive_that_is_none_is_refused_in_words(diary: TestClient) -> None:
    files = {"archive": ("x.zip", b"junk" * 100, "application/zip")}
    answer = diary.post("/diary/import", files=files)
    assert answer.status_code == 422
    assert "archive" in answer.text


def test_an_entry_of_nobody_is_not_found(diary: TestClient) -> None:
    for name in ("0" * 36, "..%2f..", "x'; drop table entry; --"):
        assert diary.get(f"/diary/entry/{name}").status_code == 404


def test_a_diary_of_another_program_is_one_clear_page(tmp_path: Path) -> None:
    (tmp_path / "diary.db").write_bytes(b"not a database, but something of mine" * 100)
    client = TestClient(
        create_app(Settings(data=tmp_path)),
        base_url="http://localhost",
        raise_server_exceptions=False,
    )
    answer = client.get("/diary")
    assert answer.status_code == 503
    assert "diary.db" in answer.text
    assert client.get("/about").status_code == 200
    assert (tmp_path / "diary.db").read_bytes().startswith(b"not a database")


@pytest.mark.parametrize(
    ("kind", "media_type", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF"),
        ("csv", "text/csv; charset=utf-8", b"first_day,last_day"),
        ("fhir", "application/fhir+json", b'{\n  "resourceType": "Bundle"'),
    ],
)
def test_a_report_is_taken_along_the_same_each_time(
    diary: TestClient, kind: str, media_type: str, begins: bytes
) -> None:
    assert diary.get(f"/report/file/{kind}").status_code == 404
    diary.post("/diary/add/taken", data={"drug": "citalopram", "dose_mg": "20"})
    assert f'href="/report/file/{kind}?days=90"' in diary.get("/report").text
    first, second = (diary.get(f"/report/file/{kind}") for _ in range(2))
    assert first.status_code == 200
    assert first.headers["content-type"] == media_type
    assert first.headers["content-disposition"].startswith("attachment; filename=report-citalopram")
    assert first.content.startswith(begins)
    assert first.content == second.content
    assert diary.get("/report/file/docx").status_code == 422
