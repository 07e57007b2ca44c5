"""Accounts, sessions, sharing and their log, in both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

pytest.importorskip("argon2")

from argon2 import extract_parameters
from argon2.low_level import Type

from occupancy.diary import EntryError, Moment, Mood, NoSuchEntryError, Note, Store
from occupancy.diary.database import for_writing
from occupancy.diary.error import ReadOnlyDiaryError
from occupancy.diary.migrating import VERSIONS, migrate
from occupancy.diary.ownership import OwnedSession, OwnershipError
from occupancy.diary.rows import AccountRow, AuditRow, Base, Owned, SessionRow, Shared, SharingRow
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
from occupancy.diary.team.audit import ONE_LOOK, log
from occupancy.diary.team.sessions import (
    IDLE,
    LONGEST,
    change_password,
    end_others,
    sessions,
    sign_in,
    sign_in_failed,
    sign_out,
    visitor,
)
from occupancy.diary.team.sharing import grant, patients, readers, revoke, shared_diary
from occupancy.diary.team.tokens import is_name, new_token, read_token
from occupancy.diary.whole import backup, restore

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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def team(where: str, clock: Clock) -> Iterator[Store]:
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


# Sharing


def test_what_is_granted_can_be_read_and_not_written(team: Store, taper: dict[str, Any]) -> None:
    diary = shared_diary(team, "anna", "dr.b", "Diary")
    (entry,) = diary.entries()
    for write in (
        lambda: diary.add(Mood(1), NOON),
        lambda: diary.withdraw(entry.id),
        lambda: diary.correct(entry.id, Mood(9)),
        lambda: diary.add_plan(taper, date(2026, 3, 1)),
    ):
        with pytest.raises(ReadOnlyDiaryError, match="its owner writes it"):
            write()
    assert team.diary("anna").versions() == diary.versions() == (entry,)


@pytest.mark.parametrize(
    ("owner", "reader"),
    [("carl", "dr.b"), ("anna", "dr.d"), ("anna", "carl"), ("nobody", "dr.b"), ("dr.b", "dr.b"),
     ("anna", "nobody"), ("x' or '1'='1", "dr.b")],
)  # fmt: skip
def test_what_is_not_granted_is_not_there(team: Store, owner: str, reader: str) -> None:
    before = acts(team, "anna")
    with pytest.raises(NoSuchEntryError, match="is shared with you"):
        shared_diary(team, owner, reader, "Diary")
    assert acts(team, "anna") == before


def test_after_a_revoke_nothing_is_left_of_it(team: Store) -> None:
    assert [one.name for one in readers(team, "anna")] == ["Dr.B"]
    assert [one.name for one in patients(team, "dr.b")] == ["Anna"]
    revoke(team, "anna", "dr.b")
    revoke(team, "anna", "dr.b")
    assert readers(team, "anna") == patients(team, "dr.b") == ()
    with pytest.raises(NoSuchEntryError):
        shared_diary(team, "anna", "dr.b", "Diary")
    assert [one[0] for one in acts(team, "anna")].count("REVOKED") == 1


def test_only_a_clinician_can_be_let_in_and_once(team: Store) -> None:
    for reader in ("carl", "nobody", "", "x" * 999):
        with pytest.raises(EntryError, match="no clinician") as error:
            grant(team, "anna", reader)
        assert error.value.field == "reader"
    grant(team, "anna", "dr.b")
    assert len(readers(team, "anna")) == 1
    assert [one[0] for one in acts(team, "anna")].count("SHARED") == 1


def test_a_reader_sees_what_is_shared_with_them_and_cannot_change_it(team: Store) -> None:
    with OwnedSession(for_writing(team.engine), "dr.b") as session:
        (row,) = session.scalars(select(SharingRow))
        session.execute(delete(SharingRow))
        session.commit()
        row.reader = "dr.d"
        with pytest.raises(OwnershipError):
            session.flush()
    with OwnedSession(for_writing(team.engine), "dr.d") as session:
        assert session.scalars(select(SharingRow)).all() == []
        session.add(SharingRow(owner="carl", reader="dr.d", since=team.clock()))
        with pytest.raises(OwnershipError):
            session.flush()
    assert len(readers(team, "anna")) == 1
    assert readers(team, "carl") == ()


@pytest.mark.parametrize("row", [AccountRow, SessionRow, AuditRow])
def test_accounts_sessions_and_logs_of_others_are_not_seen(team: Store, row: type[Any]) -> None:
    signed_in(team, "anna")
    for owner in ("carl", "dr.b"):
        with OwnedSession(team.engine, owner) as session:
            assert {one.owner for one in session.scalars(select(row))} <= {owner}


# The log


def test_the_log_says_what_was_done_to_the_person_whose_it_is(team: Store, clock: Clock) -> None:
    token = signed_in(team, "anna")
    sign_in_failed(team, "anna")
    sign_in_failed(team, "nobody")
    for _ in range(3):
        shared_diary(team, "anna", "dr.b", "Diary")
    clock.move(ONE_LOOK)
    shared_diary(team, "anna", "dr.b", "Diary")
    shared_diary(team, "anna", "dr.b", "Report")
    who = visitor(team, token)
    assert who is not None
    sign_out(team, who)
    found = acts(team, "anna")
    assert sorted(found) == sorted(
        [
            ("INVITED", "(administrator)", ""),
            ("JOINED", "anna", ""),
            ("SHARED", "anna", "dr.b"),
            ("SIGNED_IN", "anna", ""),
            ("FAILED", "anna", ""),
            ("READ", "dr.b", "Diary"),
            ("READ", "dr.b", "Diary"),
            ("READ", "dr.b", "Report"),
            ("SIGNED_OUT", "anna", ""),
        ]
    )
    assert len(log(team, "anna", most=2)) == 2
    assert all(name != "READ" for name, _, _ in acts(team, "dr.b"))


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'x'", "DELETE FROM owner"]
)
def test_the_log_only_grows(team: Store, statement: str) -> None:
    refused = pytest.raises(DBAPIError)
    with for_writing(team.engine).connect() as connection, refused:
        connection.execute(text(statement))


def test_who_is_erased_leaves_nothing_behind(team: Store) -> None:
    signed_in(team, "anna")
    shared_diary(team, "anna", "dr.b", "Diary")
    team.erase("anna")
    assert patients(team, "dr.b") == ()
    team.erase("dr.b")
    with team.engine.connect() as connection:
        for table in ("owner", "entry", "account", "session", "sharing", "audit"):
            query = text(f"SELECT count(*) FROM \"{table}\" WHERE owner IN ('anna', 'dr.b')")
            assert connection.execute(query).scalar() == 0


# Versions and backups


def everything(store: Store) -> tuple[Any, ...]:
    names = [one.owner for one in store.owners()]
    return (
        accounts(store),
        [(log(store, one), readers(store, one), sessions(store, one)) for one in names],
        [store.diary(one).versions() for one in names],
    )


def test_going_back_and_forth_keeps_accounts_and_the_log(team: Store) -> None:
    token = signed_in(team, "anna")
    before = everything(team)
    for _ in range(2):
        with for_writing(team.engine).begin() as connection:
            migrate(connection, VERSIONS[1], "down")
        with for_writing(team.engine).begin() as connection:
            migrate(connection, VERSIONS[-1])
        assert everything(team) == before
    assert visitor(team, token) is not None
    with for_writing(team.engine).connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("DELETE FROM audit"))


def test_a_backup_holds_the_accounts(
    team: Store, where: str, tmp_path: Path, request: pytest.FixtureRequest, clock: Clock
) -> None:
    token = signed_in(team, "anna")
    shared_diary(team, "anna", "dr.b", "Diary")
    before, data = everything(team), backup(team)
    other = (
        str(tmp_path / "other.db")
        if where.startswith("postgresql")
        else request.getfixturevalue("postgresql_url")
    )
    for place in (str(tmp_path / "same.db"), other):
        with Store.open(place, clock=clock) as back:
            restore(back, data)
            assert everything(back) == before
            assert backup(back) == data
            assert visitor(back, token) is not None
            assert signed_in(back, "carl")
            with for_writing(back.engine).connect() as connection, pytest.raises(DBAPIError):
                connection.execute(text("DELETE FROM audit"))


def test_a_backup_of_a_version_without_accounts_in_use_is_restored(
    team: Store, tmp_path: Path, clock: Clock
) -> None:
    before = everything(team)
    with for_writing(team.engine).begin() as connection:
        migrate(connection, VERSIONS[1], "down")
    data = backup(team)
    with Store.open(tmp_path / "b.db", clock=clock) as back:
        restore(back, data)
        assert everything(back) == before
