"""A team's application: accounts that are signed in, each with a browser of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

from occupancy.diary import Moment, Note, Store
from occupancy.diary.team import passwords
from occupancy.diary.team.accounts import Role, invite, join
from occupancy.diary.team.sharing import grant
from occupancy.web import Settings, create_app

WORDS: Final = "four words are enough"
HOST: Final = "https://clinic.example"
#: What anna alone wrote; no answer to anybody else may hold it.
SECRET: Final = "anna-wrote-this"
_hashed_once = cache(passwords.hashed)


class Clock:
    """The machine's clock, moved."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class Clinic:
    """One server with anna, carl, dr.b and dr.d; anna's diary is shared with dr.b."""

    app: Any
    store: Store
    clock: Clock
    entry: str

    def browser(self, name: str = "", **more: Any) -> TestClient:
        """A browser in which `name` is signed in; nobody without a name."""
        one = TestClient(
            self.app,
            base_url=HOST,
            raise_server_exceptions=False,
            follow_redirects=False,
            headers={"Origin": HOST, **more.pop("headers", {})},
            **more,
        )
        if name:
            answer = one.post("/sign-in", data={"name": name, "password": WORDS})
            assert answer.status_code == 303, answer.text
        return one


@contextmanager
def clinic(data: Path, database: str | None = None) -> Iterator[Clinic]:
    """A server with its accounts, on `database` or a file in `data`; closed afterwards."""
    clock = Clock()
    settings = Settings(
        data=data,
        hosts=("127.0.0.1", "localhost", "clinic.example"),
        database=database,
        team=True,
        clock=clock,
    )
    if database is None:
        (data / "diary.db").write_bytes(_file())
    app = create_app(settings)
    store = app.state.keeper.store()
    try:
        if database is not None:
            fill(store)
        (entry,) = store.diary("anna").entries()
        yield Clinic(app, store, clock, entry.id)
    finally:
        app.state.keeper.close()


def fill(store: Store) -> None:
    """Make the accounts, and let dr.b read anna's diary."""
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(passwords, "hashed", _hashed_once)
        for name in ("anna", "carl", "dr.b", "dr.d"):
            role = Role.CLINICIAN if name.startswith("dr") else Role.PERSON
            join(store, invite(store, name, role, name=name.title()).token, WORDS)
    now = Moment.now("Europe/Berlin")
    store.diary("anna").add(Note(SECRET), now)
    store.diary("carl").add(Note("carl wrote that"), now)
    grant(store, "anna", "dr.b")


@cache
def _file() -> bytes:
    """The database of a clinic, made once and copied for each test."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "diary.db"
        with Store.open(path) as store:
            fill(store)
        return path.read_bytes()
