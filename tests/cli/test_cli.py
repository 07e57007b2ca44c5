"""The command line as a person meets it: answers, pictures, mistakes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

OCCUPANCY = [sys.executable, "-c", "from occupancy.cli import main; main()"]


def occupancy(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OCCUPANCY, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("drugs",),
        ("curve", "citalopram"),
        ("course", "citalopram 20 mg daily for 7 days"),
        ("compare", "citalopram 20 mg daily for 3 days", "escitalopram 10 mg daily for 3 days"),
        ("evidence", "citalopram"),
        ("schema",),
        ("--help",),
        ("--version",),
    ],
)
def test_commands_answer(arguments: tuple[str, ...]) -> None:
    done = occupancy(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("drugs",), "drugs"),
        (("curve", "citalopram"), "curve"),
        (("course", "citalopram 20 mg daily for 2 days", "--draws", "5"), "course"),
        (("evidence", "citalopram"), "evidence"),
    ],
)
def test_json_is_one_document_that_fits_its_schema(arguments: tuple[str, ...], name: str) -> None:
    import jsonschema

    done = occupancy(*arguments, "--json")
    schema = occupancy("schema", name)
    jsonschema.validate(json.loads(done.stdout), json.loads(schema.stdout))
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("curve", "citalopran"), "did you mean citalopram"),
        (("curve", "citalopram", "--target", "GABA"), "known: SERT"),
        (("curve", "citalopram", "--dose=-5"), "dose = -5 mg is not allowed"),
        (("curve", "citalopram", "--dose", "nan"), "not allowed"),
        (("course", "citalopram 20 daily"), "20"),
        (("course", "citalopram 20 mL daily"), "mL"),
        (("course", "citalopram 20 mg sometimes"), "sometimes"),
        (("course", "20 mg daily"), "names no drug"),
        (("course", "citalopram 20 mg daily", "--cyp2c19", "*99/*1"), "*99"),
        (("course", "citalopram 20 mg daily", "--age", "7"), "age"),
        (("course", "citalopram 20 mg daily", "--with", "citalopram"), "drug itself"),
        (("course", "citalopram 20 mg daily", "--with", "omeprazol"), "omeprazole"),
        (("course", "citalopram 20 mg daily", "--days=-3"), "days"),
        (("course", "citalopram 20 mg every 4 weeks im"), "no form given im"),
        (("curve", "citalopram", "--plot", "picture.gif"), "not a picture format"),
        (("curve", "citalopram", "--plot", "/nowhere/at/all.png"), "does not exist"),
        (("compare", "citalopram 20 mg daily"), "two regimens"),
        (("schema", "nonsense"), "no document called"),
        (("evidence", "nosuchdrug"), "no drug called"),
    ],
)
def test_mistakes_end_with_code_2_and_a_message(arguments: tuple[str, ...], message: str) -> None:
    done = occupancy(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("ending", "start"),
    [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF"), ("html", b"<!DOCTYPE html")],
)
def test_pictures_are_written(ending: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"picture.{ending}"
    done = occupancy("curve", "citalopram", "--draws", "20", "--plot", str(path))
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().lower().startswith(start.lower())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_page_needs_no_network(tmp_path: Path) -> None:
    path = tmp_path / "picture.html"
    occupancy("curve", "citalopram", "--draws", "20", "--plot", str(path))
    text = path.read_text()
    assert 'src="http' not in text
    assert "@import" not in text


@pytest.mark.parametrize(
    "arguments",
    [("curve", "citalopram", "--json"), ("course", "citalopram 20 mg daily", "--json")],
)
def test_the_short_path_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    heavy = ("jax", "xarray", "pandas", "altair", "pint", "scipy", "rich")
    code = (
        "import sys; from occupancy.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"found = [m for m in {heavy!r} if m in sys.modules]\n"
        "sys.stderr.write(','.join(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    json.loads(done.stdout)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, occupancy; print('numpy' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_an_event_table_is_simulated_and_its_bad_rows_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    path.write_text("ID,TIME,AMT,EVID\n1,0,20,1\n1,24,20,1\n1,48,-5,1\n1,72,20,1\n")
    done = occupancy("course", "citalopram", "--events", str(path), "--json")
    assert done.returncode == 0, done.stderr
    course = json.loads(done.stdout)
    assert course["doses"] == 3
    assert course["total_mg"] == 60
    assert "row 4, AMT = '-5'" in course["warnings"][0]
    told = occupancy("course", "citalopram", "--events", str(path))
    assert "row 4, AMT = '-5'" in told.stderr


def test_an_event_table_of_several_people_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "doses.csv"
    path.write_text("ID,TIME,AMT,EVID\n1,0,20,1\n2,0,10,1\n")
    done = occupancy("course", "citalopram", "--events", str(path))
    assert done.returncode == 2
    assert "choose one: ['1', '2']" in done.stderr
    assert occupancy("course", "citalopram", "--events", str(path), "--id", "2").returncode == 0
