"""Accounts and their sessions, in both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

pytest.importorskip("argon2")

from argon2 import extract_parameters
from argon2.low_level import Type

from members import NOON, WORDS, Clock, signed_in
from occupancy.diary import EntryError, NoSuchEntryError, Note, Store
from occupancy.diary.database import for_writing
from occupancy.diary.ownership import OwnedSession
from occupancy.diary.rows import AccountRow, Base, Owned, Shared
from occupancy.diary.team import passwords
from occupancy.diary.team.accounts import (
    LINK_LASTS,
    Role,
    account,
    accounts,
    close,
    invite,
    invited,
    join,
    renew,
)
from occupancy.diary.team.sessions import (
    IDLE,
    LONGEST,
    change_password,
    end_others,
    sessions,
    sign_in,
    sign_out,
    visitor,
)
from occupancy.diary.team.sharing import readers, shared_diary
from occupancy.diary.team.tokens import is_name, new_token, read_token
from occupancy.diary.whole import backup

# Accounts


def test_every_table_is_restricted_by_the_one_filter() -> None:
    for mapper in Base.registry.mappers:
        assert issubclass(mapper.class_, Owned | Shared)
        assert {"owner"} <= set(mapper.columns.keys())


def test_the_password_is_stored_as_argon2id_of_rfc_9106(team: Store) -> None:
    with OwnedSession(team.engine, "anna") as session:
        stored = session.scalars(select(AccountRow.password)).one()
    found = extract_parameters(stored)
    assert found.type is Type.ID
    assert (found.time_cost, found.memory_cost, found.parallelism) == (3, 65536, 4)
    assert (found.salt_len, found.hash_len) == (16, 32)
    assert WORDS not in stored


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "5 characters"),
        ("x" * 201, "201 characters"),
        ("abababababababab", "repeats"),
        ("anna12345678", "mostly the name"),
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str, said: str) -> None:
    with pytest.raises(EntryError, match=said) as error:
        passwords.check_password(password, "anna")
    assert error.value.field == "password"


def test_a_link_opens_an_account_once_and_not_for_ever(team: Store, clock: Clock) -> None:
    made = invite(team, "eva", Role.PERSON)
    assert account(team, "eva") == made.account
    assert not made.account.opened
    assert sign_in(team, "eva", "") is None
    clock.move(LINK_LASTS - timedelta(seconds=1))
    assert invited(team, made.token) == made.account
    with pytest.raises(EntryError):
        join(team, made.token, "short")
    join(team, made.token, WORDS)
    with pytest.raises(NoSuchEntryError, match="used before"):
        join(team, made.token, "another password")
    assert signed_in(team, "eva")
    late = renew(team, "eva")
    clock.move(LINK_LASTS)
    assert invited(team, late.token) is None
    with pytest.raises(NoSuchEntryError, match="too old"):
        join(team, late.token, WORDS)


@pytest.mark.parametrize(
    "token", ["", "anna", "anna.", ".x", "anna.\0", "anna." + "x" * 43, "x" * 999]
)
def test_what_is_no_link_or_cookie_opens_nothing(tmp_path: Path, token: str) -> None:
    with Store.open(tmp_path / "a.db") as store:
        invite(store, "anna", Role.PERSON)
        assert invited(store, token) is None
        assert visitor(store, token) is None


def test_a_token_names_its_owner_and_keeps_a_hash_only() -> None:
    token, kept = new_token("dr.b")
    assert read_token(token) == ("dr.b", kept)
    assert kept not in token
    assert new_token("dr.b")[0] != token


@pytest.mark.parametrize("name", ["", "Anna", "a b", "é", "-a", "a" * 65, "a\n"])
def test_a_name_that_is_not_allowed(tmp_path: Path, name: str) -> None:
    assert not is_name(name)
    with Store.open(tmp_path / "a.db") as store, pytest.raises(EntryError, match="not allowed"):
        invite(store, name, Role.PERSON)


def test_a_taken_name_and_the_invented_one_are_refused(team: Store) -> None:
    with pytest.raises(EntryError, match="has an account"):
        invite(team, "anna", Role.CLINICIAN)
    team.add_owner("invented", example=True)
    with pytest.raises(EntryError, match="invented"):
        invite(team, "invented", Role.PERSON)


def test_a_diary_that_is_there_gets_an_account(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db") as store:
        store.diary().add(Note("before there were accounts"), NOON)
        join(store, invite(store, "me", Role.PERSON).token, WORDS)
        assert len(store.diary("me").entries()) == 1
        assert [one.owner for one in accounts(store)] == ["me"]


def test_a_closed_account_leaves_nothing_that_another_of_its_name_could_use(team: Store) -> None:
    token = signed_in(team, "dr.b")
    close(team, "dr.b")
    assert visitor(team, token) is None
    assert sign_in(team, "dr.b", WORDS) is None
    assert readers(team, "anna") == ()
    join(team, invite(team, "dr.b", Role.CLINICIAN).token, WORDS)
    with pytest.raises(NoSuchEntryError):
        shared_diary(team, "anna", "dr.b", "Diary")
    with pytest.raises(NoSuchEntryError, match="has an account"):
        close(team, "nobody")


# Sessions


def test_a_wrong_password_and_no_account_do_the_same_work(
    team: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Watched:
        def verify(self, stored: str, password: bytes) -> bool:
            verified.append(stored)
            return hasher.verify(stored, password)

    hasher = passwords._hasher()
    monkeypatch.setattr(passwords, "_hasher", Watched)
    names = ("anna", "nobody", "'; drop table owner; --", "x" * 5000, "")
    for name in names:
        assert sign_in(team, name, "a wrong password") is None
    assert len(verified) == len(names)
    assert len({str(extract_parameters(one)) for one in verified}) == 1


def test_a_session_ends_when_nothing_is_asked_and_after_its_longest(
    team: Store, clock: Clock
) -> None:
    token = signed_in(team, "anna")
    clock.move(IDLE - timedelta(seconds=1))
    assert visitor(team, token) is not None
    clock.move(IDLE)
    assert visitor(team, token) is None
    token = signed_in(team, "anna")
    steps = int(LONGEST / timedelta(minutes=20))
    for _ in range(steps - 1):
        clock.move(timedelta(minutes=20))
        assert visitor(team, token) is not None
    clock.move(timedelta(minutes=20))
    assert visitor(team, token) is None


def test_a_token_is_not_kept_and_is_worth_nothing_after_signing_out(team: Store) -> None:
    token = signed_in(team, "anna")
    who = visitor(team, token)
    assert who is not None
    assert (who.owner, who.name, who.role) == ("anna", "Anna", Role.PERSON)
    assert token.encode() not in backup(team)
    with team.engine.connect() as connection:
        rows = str(connection.execute(text('SELECT * FROM "session"')).all())
    assert token.rpartition(".")[2] not in rows
    sign_out(team, who)
    assert visitor(team, token) is None
    assert sessions(team, "anna") == ()


def test_a_cookie_of_one_is_none_of_another(team: Store) -> None:
    token = signed_in(team, "anna")
    assert visitor(team, token.replace("anna", "carl")) is None


def test_another_password_ends_every_session_but_gives_a_new_one(team: Store) -> None:
    first, second = signed_in(team, "anna"), signed_in(team, "anna")
    who = visitor(team, first)
    assert who is not None
    with pytest.raises(EntryError, match="not the present") as error:
        change_password(team, who, "wrong", "another four words")
    assert error.value.field == "old"
    with pytest.raises(EntryError, match="characters"):
        change_password(team, who, WORDS, "short")
    third = change_password(team, who, WORDS, "another four words")
    assert visitor(team, first) is None
    assert visitor(team, second) is None
    assert visitor(team, third) is not None
    assert sign_in(team, "anna", WORDS) is None


def test_the_other_sessions_can_be_ended(team: Store) -> None:
    first, second = signed_in(team, "anna"), signed_in(team, "anna")
    other = signed_in(team, "carl")
    who = visitor(team, first)
    assert who is not None
    assert len(sessions(team, "anna")) == 2
    assert end_others(team, who) == 1
    assert visitor(team, second) is None
    assert visitor(team, first) is not None
    assert visitor(team, other) is not None


def test_a_hash_of_older_parameters_is_made_anew_when_somebody_signs_in(team: Store) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(WORDS)
    with OwnedSession(for_writing(team.engine), "anna") as session:
        session.scalars(select(AccountRow)).one().password = old
        session.commit()
    signed_in(team, "anna")
    with OwnedSession(team.engine, "anna") as session:
        assert not passwords.outdated(session.scalars(select(AccountRow.password)).one())
