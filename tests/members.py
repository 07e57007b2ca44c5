"""A diary that several people use: two persons and two clinicians, and a clock to move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from occupancy.diary import Moment, Mood, Note, Store
from occupancy.diary.team import passwords
from occupancy.diary.team.accounts import Role, invite, join
from occupancy.diary.team.audit import log
from occupancy.diary.team.sessions import sign_in
from occupancy.diary.team.sharing import grant

WORDS = "four words are enough"
#: One hash for the accounts of every test; hashing is slow on purpose.
HASHED_ONCE = cache(passwords.hashed)
NOON = Moment.at(datetime(2026, 3, 1, 12), "Europe/Berlin")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@contextmanager
def opened_team(where: str, clock: Clock) -> Iterator[Store]:
    """Two persons and two clinicians; anna's diary is shared with dr.b."""
    with Store.open(where, clock=clock) as store:
        with pytest.MonkeyPatch.context() as quick:
            quick.setattr(passwords, "hashed", HASHED_ONCE)
            for name, role in (
                ("anna", Role.PERSON),
                ("carl", Role.PERSON),
                ("dr.b", Role.CLINICIAN),
                ("dr.d", Role.CLINICIAN),
            ):
                join(store, invite(store, name, role, name=name.title()).token, WORDS)
        store.diary("anna").add(Mood(3, note="anna's own"), NOON)
        store.diary("carl").add(Note("carl's own"), NOON)
        grant(store, "anna", "dr.b")
        yield store


def signed_in(store: Store, name: str) -> str:
    token = sign_in(store, name, WORDS, browser="a browser")
    assert token is not None
    return token


def acts(store: Store, owner: str) -> list[tuple[str, str, str]]:
    return [(one.what.name, one.actor, one.detail) for one in log(store, owner)]
