"""`occupancy team`, and `occupancy serve` for a team: what they print and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("sqlalchemy")
pytest.importorskip("argon2")

from occupancy.cli import app
from occupancy.diary import Store
from occupancy.diary.team.accounts import account, join
from occupancy.documents import json_schema

WORDS = "four words are enough"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["team", *words])


def answer(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(document, json_schema("team"))
    return document


def test_an_account_is_made_listed_reset_and_closed(tmp_path: Path) -> None:
    place = str(tmp_path / "a.db")
    made = answer(
        "add", "anna", "--role", "person", "--shown", "Anna B.", "--database", place,
        "--address", "https://clinic.example/",
    )  # fmt: skip
    assert made["link"].startswith("https://clinic.example/welcome/anna.")
    assert made["accounts"][0]["shown"] == "Anna B."
    assert not made["accounts"][0]["opened"]
    with Store.open(place) as store:
        join(store, made["link"].rpartition("/")[2], WORDS)
    assert answer("list", "--database", place)["accounts"][0]["opened"]
    again = answer("reset", "anna", "--database", place)
    assert again["link"] != made["link"]
    with Store.open(place) as store:
        found = account(store, "anna")
        assert found is not None
        assert not found.opened
    assert answer("close", "anna", "--database", place)["accounts"] == []
    listed = run("list", "--database", place)
    assert listed.stdout == ""
    assert "nobody has an account" in listed.stderr


def test_the_link_stands_alone_on_standard_output(tmp_path: Path) -> None:
    done = run("add", "dr.b", "--role", "clinician", "--database", str(tmp_path / "a.db"))
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("http://127.0.0.1:8417/welcome/dr.b.")
    assert "whoever opens this link first" in done.stderr
    assert "dr.b  clinician" in run("list", "--database", str(tmp_path / "a.db")).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "Anna B", "--role", "person"), "not allowed"),
        (("add", "me", "--role", "person", "--zone", "Nowhere/Land"), "zone"),
        (("close", "nobody"), "nobody called 'nobody' has an account"),
        (("reset", "nobody"), "nobody called 'nobody' has an account"),
    ],
)
def test_a_mistake_is_said(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = run(*words, "--database", str(tmp_path / "a.db"))
    assert isinstance(done.exception, ValueError)
    assert said in str(done.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--name", "clinic.example"), "--name is for a team"),
        (("--listen", "0.0.0.0"), "--listen is for a team"),
        (("--team", "--listen", "0.0.0.0"), "without a certificate"),
        (("--team", "--certificate", "c.pem"), "needs its key"),
        (("--team", "--certificate", "c.pem", "--key", "k.pem"), "c.pem is not there"),
        (("--database", "mysql://x/y", "--team"), "is not a database"),
    ],
)
def test_a_server_that_would_be_open_is_refused(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--data", str(tmp_path), *words])
    assert isinstance(done.exception, ValueError)
    assert said in str(done.exception)
