"""Sharing, its log, and what is left of somebody, in both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

pytest.importorskip("argon2")

from members import NOON, Clock, acts, signed_in
from occupancy.diary import EntryError, Mood, NoSuchEntryError, Store
from occupancy.diary.database import for_writing
from occupancy.diary.error import ReadOnlyDiaryError
from occupancy.diary.migrating import VERSIONS, migrate
from occupancy.diary.ownership import OwnedSession, OwnershipError
from occupancy.diary.rows import AccountRow, AuditRow, SessionRow, SharingRow
from occupancy.diary.team.accounts import accounts
from occupancy.diary.team.audit import ONE_LOOK, log
from occupancy.diary.team.sessions import (
    sessions,
    sign_in_failed,
    sign_out,
    visitor,
)
from occupancy.diary.team.sharing import grant, patients, readers, revoke, shared_diary
from occupancy.diary.whole import backup, restore

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
