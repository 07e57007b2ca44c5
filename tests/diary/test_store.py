"""The store: entries grow, corrections are kept, owners are apart; in both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from occupancy.diary import (
    AlreadyCorrectedError,
    Answers,
    Content,
    EntryError,
    Missed,
    Moment,
    Mood,
    NoSuchEntryError,
    Note,
    Sleep,
    Store,
    Taken,
)
from occupancy.diary.ownership import OwnedSession, OwnershipError
from occupancy.diary.rows import EntryRow, OwnerRow, PlanRow

NOON = Moment.at(datetime(2026, 3, 1, 12), "Europe/Berlin")
FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def later(hours: float) -> Moment:
    return Moment.of(NOON.utc + timedelta(hours=hours), NOON.zone)


@FEW
@given(st.lists(st.tuples(st.from_type(Content), st.from_type(Moment)), max_size=6))
def test_what_was_written_is_read_back_equal(
    store: Store, entries: list[tuple[Content, Moment]]
) -> None:
    owner = f"o{datetime.now(UTC).timestamp()}"
    store.add_owner(owner)
    written = store.diary(owner).add_all(entries)
    read = store.diary(owner).entries()
    assert sorted(read, key=lambda one: one.id) == sorted(written, key=lambda one: one.id)
    assert [one.at.utc for one in read] == sorted(one.at.utc for one in written)


@FEW
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "correct", "withdraw", "correct old"]),
            st.integers(0, 5),
            st.integers(0, 10),
        ),
        max_size=14,
    )
)
def test_the_diary_only_grows(store: Store, acts: list[tuple[str, int, int]]) -> None:
    owner = f"o{datetime.now(UTC).timestamp()}"
    store.add_owner(owner)
    diary = store.diary(owner)
    chains: list[list[Any]] = []
    seen: tuple[Any, ...] = ()
    for act, which, score in acts:
        if act == "add" or not chains:
            chains.append([diary.add(Mood(score), NOON)])
        else:
            chain = chains[which % len(chains)]
            if act == "correct":
                chain.append(diary.correct(chain[-1].id, Mood(score), reason="typing"))
            elif act == "withdraw":
                chain.append(diary.withdraw(chain[-1].id, reason="by mistake"))
            elif len(chain) > 1:
                with pytest.raises(AlreadyCorrectedError):
                    diary.correct(chain[0].id, Mood(score))
        # Whatever happened, every row that was there is there unchanged.
        now = diary.versions()
        assert set(seen) <= set(now)
        seen = now
    for chain in chains:
        for version in chain:
            assert diary.history(version.id) == tuple(chain)
        assert [one.version for one in chain] == list(range(1, len(chain) + 1))
        assert [one.replaces for one in chain] == [None, *(one.id for one in chain[:-1])]
    latest = {chain[-1] for chain in chains}
    assert set(diary.entries(withdrawn=True)) == latest
    assert set(diary.entries()) == {one for one in latest if not one.withdrawn}


@pytest.mark.parametrize("table", ["entry", "plan_version"])
@pytest.mark.parametrize("act", ["UPDATE {} SET {} = ''", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_remove_rows(
    store: Store, table: str, act: str, taper: dict[str, Any]
) -> None:
    diary = store.diary()
    diary.add(Note("kept"), NOON)
    diary.add_plan(taper, date(2026, 3, 2))
    column = {"entry": "reason", "plan_version": "note"}[table]
    refused = pytest.raises(DBAPIError, match="append-only")
    with store.engine.connect() as connection, refused:
        connection.execute(text(act.format(table, column)))
    assert [one.content for one in diary.entries()] == [Note("kept")]
    assert len(diary.plan_versions()) == 1


def test_a_correction_keeps_its_kind_and_its_row(store: Store) -> None:
    diary = store.diary()
    entry = diary.add(Taken("citalopram", 20), NOON)
    with pytest.raises(EntryError, match="withdraw the entry and add another"):
        diary.correct(entry.id, Mood(3))
    moved = diary.correct(entry.id, at=later(-1), reason="an hour before")
    assert (moved.content, moved.at, moved.replaces) == (entry.content, later(-1), entry.id)
    with pytest.raises(NoSuchEntryError, match="no entry 'nothing'"):
        diary.correct("nothing", Mood(3))


def test_a_withdrawn_entry_can_come_back(store: Store) -> None:
    diary = store.diary()
    gone = diary.withdraw(diary.add(Note("a"), NOON).id)
    assert diary.entries() == ()
    back = diary.correct(gone.id, Note("b"))
    assert diary.entries() == (back,)
    assert len(diary.history(back.id)) == 3


def test_entries_by_kind_day_and_number(store: Store) -> None:
    diary = store.diary()
    night = Moment.at(datetime(2026, 3, 2, 0, 30), "Europe/Berlin")  # still 1 March in UTC
    first = diary.add(Mood(5), NOON)
    second = diary.add(Sleep(7.5, quality=6, awakenings=1), night)
    third = diary.add(Mood(4), later(48))
    assert diary.entries(kinds=["mood"]) == (first, third)
    assert diary.entries(first_day=date(2026, 3, 2), last_day=date(2026, 3, 2)) == (second,)
    assert diary.entries(newest_first=True, limit=2) == (third, second)
    assert diary.entries(last_day=date(2026, 3, 1)) == (first,)
    with pytest.raises(EntryError, match="is not one of"):
        diary.entries(kinds=["dance"])


def test_summer_time_ends_and_the_order_is_that_of_the_instants(store: Store) -> None:
    diary = store.diary()
    twice = datetime(2026, 10, 25, 2, 30)
    second = diary.add(Note("second"), Moment.at(twice, "Europe/Berlin", "second"))
    first = diary.add(Note("first"), Moment.at(twice, "Europe/Berlin", "first"))
    assert diary.entries() == (first, second)
    assert {one.at.local for one in diary.entries()} == {twice}


def test_plans_are_versions_and_the_agreed_one_counts(store: Store, taper: dict[str, Any]) -> None:
    diary = store.diary()
    assert diary.current_plan() is None
    proposal = diary.add_plan(taper, date(2026, 3, 2))
    assert (diary.current_plan(), proposal.revision) == (proposal, 0)
    agreed = diary.add_plan(
        taper, date(2026, 3, 9), plan_id=proposal.plan_id, agreed_by="Dr Example", note="a week on"
    )
    another = diary.add_plan(taper, date(2026, 4, 1))
    assert agreed.revision == 1
    assert diary.current_plan() == agreed
    assert diary.plan_versions(proposal.plan_id) == (proposal, agreed)
    assert diary.plan_versions() == (proposal, agreed, another)
    with pytest.raises(NoSuchEntryError, match="no plan"):
        diary.add_plan(taper, date(2026, 3, 2), plan_id="none")
    for wrong in ({}, {**taper, "document": "course"}, {**taper, "steps": []}, {"steps": 1}):
        with pytest.raises(EntryError, match="not a taper"):
            diary.add_plan(wrong, date(2026, 3, 2))


def test_owners_do_not_see_each_other(store: Store, taper: dict[str, Any]) -> None:
    store.add_owner("a", name="A", zone="Europe/Berlin")
    store.add_owner("b")
    a, b = store.diary("a"), store.diary("b")
    mine = a.add(Note("mine"), NOON)
    plan = a.add_plan(taper, date(2026, 3, 2))
    assert b.entries() == b.versions() == b.plan_versions() == ()
    for reach in (b.entry, b.history, b.correct, b.withdraw):
        with pytest.raises(NoSuchEntryError):
            reach(mine.id)
    with pytest.raises(NoSuchEntryError):
        b.add_plan(taper, date(2026, 3, 2), plan_id=plan.plan_id)
    assert a.entries() == (mine,)


def test_a_session_of_one_owner_cannot_be_talked_into_more(
    store: Store, taper: dict[str, Any]
) -> None:
    for owner in ("a", "b"):
        store.add_owner(owner)
        store.diary(owner).add(Note(owner), NOON)
        store.diary(owner).add_plan(taper, date(2026, 3, 2))
    other = aliased(EntryRow)
    of_b = sa.select(EntryRow.owner).where(EntryRow.owner == "b")
    # Every statement with the rows that the owner has of it, each by its own name alone.
    restricted: list[tuple[Any, int]] = [
        (sa.select(EntryRow.owner), 1),
        (sa.select(other.owner), 1),
        (sa.select(OwnerRow.owner), 1),
        (sa.select(EntryRow.owner).where(sa.or_(EntryRow.owner == "b", sa.true())), 1),
        (sa.select(EntryRow.owner).join(OwnerRow, sa.true()), 1),
        (sa.select(sa.func.max(EntryRow.owner)), 1),
        (sa.select(sa.func.min(EntryRow.owner)), 1),
        (sa.select(EntryRow.owner).union_all(sa.select(EntryRow.owner)), 2),
        (sa.select(PlanRow.owner), 1),
    ]
    refused = [
        text("SELECT owner FROM entry"),
        sa.select(sa.literal_column("owner")).select_from(text("entry")),
        sa.select(EntryRow.__table__.c.owner),
        sa.select(EntryRow).from_statement(text("SELECT * FROM entry")),
        sa.insert(EntryRow).values(owner="b"),
        sa.select(EntryRow.owner, sa.alias(EntryRow.__table__).c.owner),
        sa.select(EntryRow.owner).where(EntryRow.id.in_(sa.select(EntryRow.__table__.c.id))),
        sa.select(EntryRow.owner).where(text("1=1) OR (1=1")),
        sa.select(EntryRow.owner).order_by(text("(SELECT owner FROM entry)")),
        sa.select(EntryRow.owner, sa.literal_column("(SELECT max(owner) FROM entry)")),
    ]
    for owner in ("a", "b"):
        with OwnedSession(store.engine, owner) as session:
            for statement, rows in restricted:
                assert session.execute(statement).all() == [(owner,)] * rows, statement
            assert session.scalar(sa.select(of_b.exists())) is (owner == "b")
    with OwnedSession(store.engine, "a") as session:
        for statement in refused:
            with pytest.raises(OwnershipError):
                session.execute(statement)
        with pytest.raises(OwnershipError, match="no bare connection"):
            session.connection()
        with pytest.raises(OwnershipError):
            session.get(EntryRow, {"owner": "b", "id": store.diary("b").entries()[0].id})
        session.add(OwnerRow(owner="c", name="", zone="", example=False, created=NOON.utc))
        with pytest.raises(OwnershipError, match="another owner"):
            session.flush()


def test_erasing_one_owner_leaves_the_others(store: Store, taper: dict[str, Any]) -> None:
    for owner in ("a", "b"):
        store.add_owner(owner)
        diary = store.diary(owner)
        entry = diary.add(Note("first"), NOON)
        diary.correct(diary.correct(entry.id, Note("second")).id, Note("third"))
        diary.add_plan(taper, date(2026, 3, 2))
    kept = store.diary("b").versions()
    store.erase("a")
    with pytest.raises(NoSuchEntryError, match="nobody called 'a'"):
        store.diary("a")
    assert store.diary("b").versions() == kept
    with Session(store.engine) as session:
        assert set(session.scalars(sa.select(EntryRow.owner))) == {"b"}
    with pytest.raises(NoSuchEntryError):
        store.erase("a")


def test_owners_have_names_that_can_be_used(store: Store) -> None:
    made = store.add_owner("ann", name="Ann Example", zone="Europe/Berlin", example=True)
    assert store.owners() == (made,)
    with pytest.raises(EntryError, match="is taken"):
        store.add_owner("ann")
    for wrong in ("", "a b", "-a", "a" * 65, "ä", "a/b", "a\n"):
        with pytest.raises(EntryError, match="not allowed"):
            store.add_owner(wrong)
    with pytest.raises(EntryError, match="not known"):
        store.add_owner("bob", zone="Mars")
    assert store.diary().owner.owner == "me"


def test_a_clinician_can_write_in_the_name_of_an_owner(store: Store) -> None:
    diary = store.diary()
    entry = diary.add(Answers("AIMS", (1,) * 12, rater="Dr Example"), NOON, author="dr.example")
    assert diary.entries()[0].author == "dr.example"
    assert diary.correct(entry.id, reason="x", author="me").author == "me"


def test_a_missed_dose_needs_no_amount(store: Store) -> None:
    diary = store.diary()
    diary.add(Missed("citalopram"), NOON)
    assert diary.entries()[0].content == Missed("citalopram", None)


def test_two_programs_correct_the_same_entry_and_one_is_told(where: str, store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    entry = store.diary().add(Mood(5), NOON)

    def correct(score: int) -> bool:
        with Store.open(where) as own:
            try:
                own.diary().correct(entry.id, Mood(score))
            except AlreadyCorrectedError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(correct, range(4))) == [False, False, False, True]
    assert len(store.diary().history(entry.id)) == 2
