"""`occupancy profile` as a person meets it."""

import json
import re
import subprocess
import sys

import jsonschema
import pytest

from occupancy.cli import app
from occupancy.documents import json_schema

OCCUPANCY = [sys.executable, "-c", "from occupancy.cli import main; main()"]
CLOZAPINE = ("clozapine", "--dose", "300 mg daily", "--draws", "40")


def profile(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OCCUPANCY, "profile", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_table_says_what_is_known_how_and_what_is_nearly_full() -> None:
    done = profile(*CLOZAPINE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (h1,) = [one for one in lines if one.startswith("H1 ")]
    assert "from Ki, nearly full" in h1
    d2 = next(one for one in lines if one.startswith("D2 "))
    assert "in people, anchor" in d2
    assert "norclozapine takes part" in done.stdout
    assert "not made for clozapine" in " ".join(done.stdout.split())
    assert "What this cannot say" in done.stdout
    assert "Hypothesis" not in done.stdout
    assert "does not prescribe" in done.stdout
    assert max(map(len, lines)) <= 110


def test_a_bar_is_as_long_as_the_scale() -> None:
    done = profile(*CLOZAPINE)
    bars = [w for w in done.stdout.split() if set(w) <= set("█▓░·") and len(w) > 5]
    assert len(bars) >= 10
    assert {len(one) for one in bars} == {20}


def test_json_fits_its_schema() -> None:
    for arguments in (
        (*CLOZAPINE, "--ht2a-raises-dopamine", "0.5"),
        ("clozapine", "--at", "0.5", "--metabolite", "norclozapine=0.6", "--draws", "10"),
    ):
        done = profile(*arguments, "--json")
        assert done.stderr == ""
        jsonschema.validate(json.loads(done.stdout), json_schema("profile"))


def test_the_hypothesis_is_named_with_its_strength() -> None:
    done = profile("clozapine", "--at", "0.55", "--ht2a-raises-dopamine", "0.5")
    said = " ".join(done.stdout.split())
    assert "Hypothesis, at a strength of 0.5" in said
    assert "in the human striatum neither the effect nor its strength was measured" in said


def test_picture(tmp_path) -> None:
    done = profile(*CLOZAPINE, "--plot", str(tmp_path / "picture.svg"))
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "picture.svg").read_text()
    for label in ("Clozapine at its receptors", "nearly full", "measured in people", "5-HT2A"):
        assert label in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("clozapine",), "either --dose"),
        (("clozapine", "--dose", "300 mg daily", "--at", "0.5"), "either --dose"),
        (("clozapine", "--at", "1.5"), "occupancy is 1.5; it must lie from 0 to below 1"),
        (("clozapine", "--at=-0.5"), "occupancy is -0.5"),
        (("clozapine", "--dose", "300 daily"), "300"),
        (("clozapin", "--at", "0.5"), "did you mean clozapine"),
        (("clozapine", "--at", "0.5", "--anchor", "VMAT2"), "no affinity for 'VMAT2'"),
        (("clozapine", "--dose", "300 mg daily", "--anchor", "H1"), "possible: D2, 5-HT2A, D1"),
        (("clozapine", "--at", "0.5", "--metabolite", "norclozapine"), "norclozapine=0.6"),
        (("clozapine", "--at", "0.5", "--metabolite", "x=1"), "no metabolite 'x'"),
        (("clozapine", "--dose", "300 mg daily", "--metabolite", "x=1"), "goes with --at"),
        (("clozapine", "--at", "0.5", "--parent-only"), "goes with --dose"),
        (("clozapine", "--at", "0.5", "--age", "70"), "there is no dose"),
        (("clozapine", "--at", "0.5", "--kinetics", "li2012"), "there is no dose"),
        (("clozapine", "--at", "0.5", "--ht2a-raises-dopamine", "3"), "strength = 3"),
        (("atomoxetine", "--dose", "40 mg daily"), "--at 0.6"),
        (("escitalopram", "--at", "0.7"), "escitalopram has no affinity on record"),
    ],
)
def test_mistakes_are_one_clear_message(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        app.main(["profile", *arguments], standalone_mode=False)


def test_a_mistake_ends_with_code_2() -> None:
    done = profile("clozapine", "--at", "1.5")
    assert done.returncode == 2
    assert done.stderr == "error: occupancy is 1.5; it must lie from 0 to below 1.\n"
    assert done.stdout == ""
