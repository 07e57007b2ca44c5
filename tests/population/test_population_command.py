"""`occupancy population` as a person meets it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

OCCUPANCY = [sys.executable, "-c", "from occupancy.cli import main; main()"]
ARMS = ("risperidone 4 mg daily for 3 days", "olanzapine 10 mg daily for 3 days")


def population(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OCCUPANCY, "population", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_answers_with_a_table_and_notes() -> None:
    done = population(*ARMS, "--people", "100", "--ancestry", "european")
    assert done.returncode == 0, done.stderr
    assert "100 virtual people" in done.stdout
    assert "people in window %" in done.stdout
    assert "CYP2D6: PM" in done.stdout
    assert "How do we know" in done.stdout
    assert "differences between people only" in done.stderr
    assert "\r" not in done.stderr


def test_json_is_one_document_that_fits_its_schema() -> None:
    import jsonschema

    done = population(*ARMS, "--people", "300", "--draws", "3", "--json")
    schema = subprocess.run(
        [*OCCUPANCY, "schema", "population"], capture_output=True, text=True, check=True
    )
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(schema.stdout))
    assert done.stderr == ""
    assert document["people"]["size"] == 300
    assert [arm["name"] for arm in document["arms"]] == list(ARMS)
    target = document["arms"][0]["targets"][0]
    median = target["occupancy"][2]
    assert median["quantile"] == 0.5
    assert len(median["value"]["median"]) == len(document["time_h"])
    shares = target["in_window"]
    total = sum(shares[name]["low"] for name in ("below", "inside", "above"))
    assert total <= 1.0
    assert target["average"][0]["value"]["high"] > target["average"][0]["value"]["low"]


def test_places_and_chunks_print_the_same() -> None:
    texts = {
        population(*ARMS, "--people", "400", "--json", "--on", where).stdout
        for where in ("serial", "threads", "processes")
    }
    assert len(texts) == 1


@pytest.mark.parametrize(("ending", "start"), [("svg", "<svg"), ("html", "<!doctype html")])
def test_a_picture_has_a_panel_for_every_target(ending: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / f"people.{ending}"
    arms = (ARMS[0], "citalopram 20 mg daily for 3 days")
    done = population(*arms, "--people", "40", "--plot", str(path))
    assert done.returncode == 0, done.stderr
    text = path.read_text(encoding="utf-8")
    assert text.lower().startswith(start)
    for word in ("D2 (%)", "SERT (%)", "40 virtual people"):
        assert word in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("risperidone 4 mg daily", "--ancestry", "martian"), "no frequencies on record"),
        (("risperidone 4 mg daily", "--ancestry", "european=0.4"), "add to 0.4"),
        (("risperidone 4 mg daily", "--ancestry", "european=x"), "as in european=0.6"),
        (("risperidone 4 mg daily", "--smokers", "2"), "smokers = 2"),
        (("risperidone 4 mg daily", "--female", "nan"), "female = nan"),
        (("risperidone 4 mg daily", "--ages", "80", "20"), "the lower first"),
        (("risperidone 4 mg daily", "--on", "moon"), "not a place to compute"),
        (("risperidone 4 mg daily", "--export", "people.csv"), "not an export format"),
        (("risperidone 4 mg daily", "--plot", "people.gif"), "not a picture format"),
        (("risperidone 4 mg daily", "--people", "0"), "0 is not in the range"),
        (("risperidone 4 mg daily", "--days", "nan"), "days = nan"),
        (("4 mg daily",), "names no drug"),
    ],
)
def test_mistakes_end_with_code_2_and_a_message(arguments: tuple[str, ...], message: str) -> None:
    done = population(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("where", ["threads", "processes", "dask"])
def test_ctrl_c_ends_it_with_a_message_and_no_file(where: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    if where == "dask":
        pytest.importorskip("distributed")
    elsewhere = ("--on", where, "--workers", "2", "--export", str(tmp_path / "people.parquet"))
    # A shell mutes Ctrl-C for what it runs in the background, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        [*OCCUPANCY, "population", *ARMS, "--people", "2000000", *elsewhere],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    signal.signal(signal.SIGINT, before)
    until = time.monotonic() + 60
    while not any(tmp_path.rglob("*.parquet")) and time.monotonic() < until:
        time.sleep(0.1)
    assert [one.name for one in tmp_path.iterdir()] != ["people.parquet"]
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    try:
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "stopped from the keyboard" in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []
