"""`occupancy diary`, `backup`, `restore` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from occupancy.cli import app
from occupancy.documents import json_schema


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCCUPANCY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("OCCUPANCY_ZONE", "Europe/Berlin")
    monkeypatch.setenv("OCCUPANCY_PASSPHRASE", "correct horse")
    from occupancy.diary import sealing

    quick = sealing.seal
    for module in ("archive", "whole"):
        monkeypatch.setattr(
            f"occupancy.diary.{module}.seal", lambda data, words: quick(data, words, log2_n=4)
        )


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def said(*words: str) -> dict:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema(document["document"]))
    return document


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("taken", "citalopram", "20", "mg"), "taken citalopram 20 mg"),
        (("taken", "citalopram 20mg"), "taken citalopram 20 mg"),
        (("missed", "quetiapine", "XR"), "missed quetiapine XR"),
        (("sleep", "7.5", "6"), "slept 7.5 h, quality 6"),
        (("mood", "6", "--note", "rain"), "mood 6 of 10; rain"),
        (("note", "free", "words"), "free words"),
        (("GAD-7", *"1111111"), "GAD-7 7 of 21"),
        (("PHQ-9", *"11111111-"), "PHQ-9 incomplete of 27"),
        (("withdrawal-checklist", *("1" * 18)), "withdrawal checklist 18 of 54"),
    ],
)
def test_entries_are_written_and_listed(words: tuple[str, ...], shown: str) -> None:
    assert run("diary", "add", *words).exit_code == 0
    assert shown in run("diary", "list").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("taken", "citalopram", "20"), "with its unit"),
        (("taken", "citalopram"), "write the drug and the dose"),
        (("mood", "60"), "0 to 10"),
        (("mood", "5.5"), "whole number"),
        (("mood", "nan"), "is no number"),
        (("dance", "1"), "there are: taken, missed"),
        (("GAD-7", "1"), "has 7 items"),
        (("sleep",), "write the hours"),
        (("mood", "5", "--at", "2026-10-25 02:30"), "twice"),
        (("mood", "5", "--at", "2026-03-29 02:30"), "skipped"),
        (("mood", "5", "--at", "yesterday"), "2026-12-01 08:00"),
        (("mood", "5", "--zone", "Mars"), "not known"),
        (("mood", "5", "--database", "mysql://x/y"), "give a file, or postgresql"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(words: tuple[str, ...], message: str) -> None:
    done = run("diary", "add", *words)
    assert done.exit_code != 0
    assert isinstance(done.exception, ValueError)  # `main` prints it as one line, exit code 2
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert said("diary", "list")["entries"] == []


def test_corrections_keep_what_was_there() -> None:
    first = said("diary", "add", "mood", "6", "--at", "2026-10-25 02:30", "--which", "second")
    name = first["entries"][0]["id"]
    second = said("diary", "correct", name[:8], "5", "--reason", "typing")["entries"][0]
    assert second["replaces"] == name
    assert second["at_utc"] == "2026-10-25T01:30:00+00:00"
    said("diary", "correct", second["id"], "--withdraw")
    assert said("diary", "list")["entries"] == []
    history = said("diary", "list", "--history", name)["entries"]
    assert [one["content"]["score"] for one in history] == [6, 5, 5]
    assert [one["withdrawn"] for one in history] == [False, False, True]


def test_export_import_backup_and_restore(tmp_path: Path) -> None:
    for score in "345":
        run("diary", "add", "mood", score)
    kept = said("diary", "list")["entries"]
    for file, words in (("a.zip", ()), ("b.sealed", ("--encrypt",))):
        assert said("diary", "export", str(tmp_path / file), *words)["entries"] == 3
        other = ("--database", str(tmp_path / f"{file}.db"))
        assert said("diary", "import", str(tmp_path / file), *other)["entries"] == 3
        assert said("diary", "list", *other)["entries"] == kept
        assert said("diary", "import", str(tmp_path / file), *other)["already_there"] == 3
        assert said("backup", str(tmp_path / f"{file}.all"), *words)["entries"] == 3
        new = ("--database", str(tmp_path / f"{file}.new.db"))
        assert said("restore", str(tmp_path / f"{file}.all"), *new)["entries"] == 3
        assert said("diary", "list", *new)["entries"] == kept
    assert b"mood" not in (tmp_path / "b.sealed").read_bytes()
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0


def test_the_report_is_written(tmp_path: Path) -> None:
    run("diary", "add", "taken", "citalopram", "20", "mg", "--at", "2026-03-01 08:00")
    page = tmp_path / "page.pdf"
    done = said("diary", "report", "--to", "2026-03-03", "--pdf", str(page), "--question", "Mine?")
    assert done["questions"][0] == "Mine?"
    assert page.read_bytes().startswith(b"%PDF")


def test_the_report_is_written_as_fhir_and_as_a_table(tmp_path: Path) -> None:
    run("diary", "add", "taken", "citalopram", "20", "mg")
    fhir, table = tmp_path / "report.json", tmp_path / "report.csv"
    done = run("diary", "report", "--fhir", str(fhir), "--csv", str(table))
    assert done.exit_code == 0, done.output
    (entry,) = json.loads(fhir.read_text())["entry"]
    assert entry["resource"]["resourceType"] == "MedicationStatement"
    assert "taken,citalopram,20" in table.read_text()
