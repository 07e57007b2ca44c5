"""Backups: what is restored equals the original, in either database."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from occupancy.diary import (
    ArchiveError,
    Moment,
    Mood,
    Note,
    PassphraseError,
    Store,
    backup,
    restore,
)
from occupancy.diary.database import for_writing
from occupancy.diary.error import NewerDatabaseError
from occupancy.diary.migrating import VERSIONS, migrate

NOON = Moment.at(datetime(2026, 10, 25, 2, 30), "Europe/Berlin", "second")


def fill(store: Store, taper: dict[str, Any], author: str = "c") -> None:
    for owner in ("a", "b"):
        store.add_owner(owner, name=owner.upper(), zone="Europe/Berlin")
        diary = store.diary(owner)
        entry = diary.add(Mood(5, note="ä\n\u4e2d"), NOON, author=author)
        diary.withdraw(diary.correct(entry.id, Mood(6)).id, reason="x")
        diary.add(Note("\u2028 line"), NOON)
        diary.add_plan(taper, date(2026, 3, 2), agreed_by="Dr Example")


def everything(store: Store) -> list[Any]:
    owners = store.owners()
    diaries = [store.diary(one.owner) for one in owners]
    return [owners, *((one.versions(), one.plan_versions()) for one in diaries)]


@pytest.fixture
def other(request: pytest.FixtureRequest, where: str, tmp_path: Path) -> str:
    """An empty place in the other database than `where`."""
    if where.startswith("postgresql"):
        return str(tmp_path / "other.db")
    return request.getfixturevalue("postgresql_url")


def test_what_is_restored_equals_the_original(
    store: Store, other: str, tmp_path: Path, taper: dict[str, Any]
) -> None:
    fill(store, taper)
    data = backup(store)
    assert backup(store) == data
    for place in (str(tmp_path / "same.db"), other):
        with Store.open(place) as back:
            rows = restore(back, data)
            assert rows["entry"] == 8
            assert everything(back) == everything(store)
            # The restored diary goes on, and still only grows.
            back.diary("a").add(Note("after"), NOON)
            delete = sa.text("DELETE FROM entry")
            with back.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError):  # type: ignore[attr-defined]
                connection.execute(delete)


def test_a_backup_under_a_passphrase(
    tmp_path: Path, taper: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from occupancy.diary import sealing

    quick = sealing.seal
    monkeypatch.setattr(
        "occupancy.diary.whole.seal", lambda data, words: quick(data, words, log2_n=4)
    )
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "b.db") as back:
        fill(store, taper)
        data = backup(store, "correct horse")
        with pytest.raises(PassphraseError, match="is encrypted"):
            restore(back, data)
        restore(back, data, "correct horse")
        assert everything(back) == everything(store)


def test_a_backup_of_an_older_version_is_brought_up(tmp_path: Path, taper: dict[str, Any]) -> None:
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "b.db") as back:
        fill(store, taper, author="")
        before = everything(store)
        with for_writing(store.engine).begin() as connection:
            migrate(connection, VERSIONS[0], "down")
        data = backup(store)
        restore(back, data)
        assert everything(back) == before


def test_tables_of_other_rooms_are_kept_too(store: Store, other: str, tmp_path: Path) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "visit",
        metadata,
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("open", sa.Boolean),
    )
    visit = metadata.tables["visit"]
    metadata.create_all(store.engine)
    row = {"at": NOON.utc, "secret": b"\0\xff", "open": True}
    with for_writing(store.engine).begin() as connection:
        connection.execute(sa.insert(visit), [row, row])
        original = connection.execute(sa.select(visit)).all()
    data = backup(store)
    with Store.open(other) as back:
        with pytest.raises(ArchiveError, match="table 'visit' that this store has not"):
            restore(back, data)
        metadata.create_all(back.engine)
        restore(back, data)
        with for_writing(back.engine).begin() as connection:
            found = connection.execute(sa.select(visit)).all()
            assert [(one.number, one.secret, one.open) for one in found] == [
                (one.number, one.secret, one.open) for one in original
            ]
            new = connection.execute(sa.insert(visit).returning(visit.c.number), row).scalar()
            assert new == 3


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda parts: parts.pop("backup.json"), ArchiveError, "has no backup.json"),
        (lambda parts: parts.update({"backup.json": b"{}"}), ArchiveError, "no backup"),
        (lambda parts: parts.pop("entry.jsonl"), ArchiveError, "has no entry.jsonl"),
        (
            lambda parts: parts.update({"entry.jsonl": parts["entry.jsonl"][:300]}),
            ArchiveError,
            "cut; it is damaged",
        ),
        (
            lambda parts: parts.update(
                {"backup.json": parts["backup.json"].replace(b'"0003"', b'"0099"')}
            ),
            NewerDatabaseError,
            "newer version",
        ),
    ],
)
def test_a_damaged_backup_leaves_the_store_empty(
    tmp_path: Path, taper: dict[str, Any], change: Any, error: type[Exception], message: str
) -> None:
    with Store.open(tmp_path / "a.db") as store, Store.open(tmp_path / "b.db") as back:
        fill(store, taper)
        with zipfile.ZipFile(io.BytesIO(backup(store))) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        change(parts)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            for name, content in parts.items():
                file.writestr(name, content)
        with pytest.raises(error, match=message):
            restore(back, out.getvalue())
        assert back.owners() == ()
        with pytest.raises(ArchiveError, match="not empty"):
            restore(store, backup(store))
        with pytest.raises(ArchiveError, match="no archive"):
            restore(back, json.dumps({}).encode())
