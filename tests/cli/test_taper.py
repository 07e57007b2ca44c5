"""`occupancy taper` as a person meets it: plans, files that others read, mistakes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

OCCUPANCY = [sys.executable, "-c", "from occupancy.cli import main; main()", "taper"]
CITALOPRAM = ("citalopram 20 mg daily", "--product", "tablet 10 mg, halves")
LIQUID = ("citalopram 20 mg daily", "--product", "solution 2 mg/mL, 0.1 mL")


def taper(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OCCUPANCY, *arguments, "--draws", "20"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answered(*arguments: str) -> dict[str, object]:
    done = taper(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        (*LIQUID, "--steps", "8"),
        (*LIQUID, "--max-drop", "10", "--compare", "--pk", "--proof"),
        (*LIQUID, "--steps", "6", "--robust", "--hold", "28"),
        (*LIQUID, "--method", "10%", "--to", "5"),
        (*LIQUID, "--schedule", "10, 5, 2.5, 0 mg"),
        ("venlafaxine XR 75 mg daily", "--market", "UK", "--steps", "3"),
        ("sertraline 50 mg daily", "--market", "US", "--steps", "5", "--cyp2c19", "PM"),
    ],
)
def test_every_question_is_answered_in_words_and_in_one_document(
    arguments: tuple[str, ...],
) -> None:
    import jsonschema

    from occupancy.documents import json_schema

    done = taper(*arguments)
    assert done.returncode == 0, done.stderr
    assert "does not prescribe" in " ".join(done.stdout.split())
    document = answered(*arguments)
    jsonschema.validate(document, json_schema("taper"))


def test_stopping_an_inhibitor_is_a_taper_of_its_own() -> None:
    document = answered(*LIQUID, "--steps", "4", "--with", "omeprazole", "--pk")
    (stopping,) = document["stopping"]  # type: ignore[misc]
    assert stopping["what"] == "omeprazole stopped"  # type: ignore[index]
    assert stopping["drop"]["median"] > 0  # type: ignore[index]
    assert stopping["equals_mg"]["median"] < 20  # type: ignore[index]


def test_trials_are_said_plainly() -> None:
    text = " ".join(taper(*LIQUID, "--steps", "4").stdout.split())
    assert "0.52 times that of abrupt stopping" in text
    assert "slow taper (over 4 weeks) alone: no difference" in text
    assert "not how well a person is" in text


def test_dangerous_to_stop_comes_first() -> None:
    done = taper("clozapine 300 mg daily", "--product", "tablet 25 mg", "--steps", "6")
    assert done.returncode == 0, done.stderr
    assert "clozapine" in done.stderr
    assert "abrupt" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("citalopram 20 mg daily", "--product", "tablet 30 mg", "--steps", "4"), "30"),
        (
            ("citalopram 15 mg daily", "--product", "tablet 10 mg", "--steps", "4"),
            "10 mg and 20 mg",
        ),
        ((*CITALOPRAM, "--steps", "0"), "steps = 0 is not allowed; give 1 or more"),
        ((*CITALOPRAM,), "--steps 8"),
        ((*CITALOPRAM, "--max-drop", "400"), "below 100"),
        ((*CITALOPRAM, "--max-drop", "nan"), "not allowed"),
        (
            ("citalopram 20 mg daily", "--product", "sertraline tablet 50 mg", "--steps", "4"),
            "A product of sertraline, but the plan is of citalopram",
        ),
        (
            (
                "venlafaxine XR 75 mg daily",
                "--product",
                "extended-release tablet 75 mg, halves",
                "--steps",
                "4",
            ),
            "releases the drug slowly",
        ),
        (("citalopram 20 daily", "--product", "tablet 10 mg", "--steps", "4"), "unit is missing"),
        (("citalopram 20 mg daily", "--product", "tablet 10", "--steps", "4"), "10 of what?"),
        (
            ("citalopram 20 mg daily", "--product", "solution 2,5 mg/mL", "--steps", "4"),
            "A comma inside a number",
        ),
        ((*CITALOPRAM, "--schedule", "10, 5, 2.5, 0"), "has no unit"),
        ((*CITALOPRAM, "--schedule", "10, half, 0 mg"), "is not a list of doses"),
        ((*CITALOPRAM, "--steps", "4", "--to", "30"), "30"),
        ((*CITALOPRAM, "--method", "fancy"), "is not one of minimax"),
        (("citalopram 20 mg daily", "--steps", "4"), "--product"),
        (("citalopram 20 mg daily", "--market", "FR", "--steps", "4"), "US; UK; AU"),
        ((*CITALOPRAM, "--steps", "4", "--ics", "plan.ics"), "--from"),
        ((*CITALOPRAM, "--steps", "4", "--age", "12"), "adults only"),
        (("diazepam 10 mg daily", "--market", "UK", "--steps", "4"), "benzodiazepines"),
        (("lithium 800 mg daily", "--market", "UK", "--steps", "4"), "lithium"),
        (
            ("haloperidol decanoate 100 mg every 4 weeks", "--market", "UK", "--steps", "4"),
            "A depot tapers itself",
        ),
    ],
)
def test_mistakes_end_with_code_2_and_a_message(arguments: tuple[str, ...], message: str) -> None:
    done = taper(*arguments)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert message in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_two_and_a_half_is_not_read_as_two() -> None:
    document = answered(
        "citalopram 2.5 mg daily", "--product", "solution 2 mg/mL, 0.05 mL", "--steps", "2"
    )
    assert document["start"]["dose_mg"] == 2.5  # type: ignore[index]


def test_files_are_read_back_as_the_plan_and_a_second_calendar_changes_the_first(
    tmp_path: Path,
) -> None:
    icalendar = pytest.importorskip("icalendar")
    from occupancy.interop import check, read_calendar

    first, second = tmp_path / "plan.ics", tmp_path / "later.ics"
    files = {name: tmp_path / f"plan.{name}" for name in ("json", "csv", "html", "pdf")}
    done = taper(
        *LIQUID,
        *("--steps", "5", "--from", "2026-12-01", "--ics", str(first)),
        *("--fhir", str(files["json"]), "--csv", str(files["csv"]), "--page", str(files["html"])),
    )
    assert done.returncode == 0, done.stderr
    planned = [step["dose_mg"] for step in answered(*LIQUID, "--steps", "5")["steps"]]  # type: ignore[attr-defined, index]
    assert [stage.dose_mg for stage in read_calendar(first.read_bytes()).stages] == planned
    assert not check(json.loads(files["json"].read_text()))
    assert files["csv"].read_text().count("\n") > len(planned)
    assert "<html" in files["html"].read_text()

    done = taper(
        *("citalopram 10 mg daily", "--product", "solution 2 mg/mL, 0.1 mL", "--steps", "4"),
        *("--from", "2027-01-10", "--ics", str(second), "--previous", str(first)),
        *("--page", str(files["pdf"])),
    )
    assert done.returncode == 0, done.stderr
    assert files["pdf"].read_bytes().startswith(b"%PDF")
    before, after = (
        {
            str(event["UID"]): int(event["SEQUENCE"])
            for event in icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
        }
        for path in (first, second)
    )
    assert before.keys() & after.keys()
    assert all(after[uid] > before[uid] for uid in before.keys() & after.keys())


def test_a_picture_shows_the_methods_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "taper.svg"
    done = taper(*LIQUID, "--steps", "8", "--plot", str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_text().startswith("<svg")
    for method in ("minimax", "linear", "halving"):
        assert method in path.read_text()


def test_the_command_imports_numpy_and_nothing_heavier() -> None:
    heavy = ("jax", "xarray", "pandas", "altair", "pint", "scipy", "rich", "pydantic", "icalendar")
    code = (
        "import sys; from occupancy.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"sys.stderr.write(','.join(m for m in {heavy!r} if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "taper", *LIQUID, "--steps", "6", "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    json.loads(done.stdout)
