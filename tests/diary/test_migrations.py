"""The tables' versions: up, down, and nothing lost on the way, in both databases."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from occupancy.diary import Moment, Mood, Note, Store
from occupancy.diary.database import for_writing
from occupancy.diary.migrating import VERSIONS, migrate, version_of
from occupancy.diary.rows import Base

NOON = Moment.at(datetime(2026, 3, 1, 12), "Europe/Berlin")


@pytest.fixture
def full(store: Store, taper: dict[str, Any]) -> Store:
    diary = store.diary()
    entry = diary.add(Mood(5), NOON, author="somebody else")
    diary.withdraw(diary.correct(entry.id, Mood(6), reason="typing").id, author="me")
    diary.add(Note("words, \u00e4\u4e2d\U0001f600"), NOON)
    diary.add_plan(taper, date(2026, 3, 2), author="Dr Example")
    return store


def everything(store: Store) -> tuple[Any, ...]:
    diary = store.diary()
    return store.owners(), diary.versions(), diary.plan_versions()


def go(store: Store, version: str, way: Any) -> None:
    with for_writing(store.engine).begin() as connection:
        migrate(connection, version, way)


def test_up_and_down_through_every_version_keeps_the_data(full: Store) -> None:
    before = everything(full)
    for lowest in range(len(VERSIONS) - 1, 0, -1):
        go(full, VERSIONS[lowest - 1], "down")
        with full.engine.connect() as connection:
            assert version_of(connection) == VERSIONS[lowest - 1]
            assert connection.execute(text("SELECT count(*) FROM entry")).scalar() == 4
    go(full, VERSIONS[-1], "up")
    assert everything(full) == before


def test_a_store_of_an_older_version_is_brought_up_when_it_is_opened(
    full: Store, where: str
) -> None:
    before = everything(full)
    go(full, VERSIONS[0], "down")
    with Store.open(where) as again:
        assert everything(again) == before
        with again.engine.connect() as connection:
            assert version_of(connection) == VERSIONS[-1]


def test_rows_of_the_older_version_can_grow_and_no_more(full: Store) -> None:
    """The triggers are there in every version."""
    go(full, VERSIONS[0], "down")
    refused = pytest.raises(DBAPIError, match="append-only")
    with full.engine.connect() as connection, refused:
        connection.execute(text("UPDATE entry SET reason = 'x'"))


def test_below_the_first_version_a_diary_is_not_thrown_away(full: Store) -> None:
    before = everything(full)
    with pytest.raises(RuntimeError, match="not empty"):
        go(full, "base", "down")
    assert everything(full) == before


def test_an_empty_store_can_be_taken_down_and_made_again(store: Store) -> None:
    go(store, "base", "down")
    with store.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {"diary_version"}
    go(store, VERSIONS[-1], "up")
    assert store.diary().entries() == ()


def test_the_migrations_make_the_tables_that_the_classes_describe(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": "diary_version", "compare_type": True}
        )
        # A default of the server that the migration needs for rows that were there is no change.
        assert compare_metadata(context, Base.metadata) == []


def test_the_versions_named_here_are_those_of_the_files() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    import occupancy.diary

    config = Config()
    folder = Path(occupancy.diary.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    found = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == VERSIONS


def test_two_programs_open_a_new_store_at_once(where: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def open_and_write(number: int) -> str:
        with Store.open(where) as store:
            return store.diary().add(Note(str(number)), NOON).id

    with ThreadPoolExecutor(3) as pool:
        written = set(pool.map(open_and_write, range(3)))
    with Store.open(where) as store:
        assert {one.id for one in store.diary().entries()} == written
