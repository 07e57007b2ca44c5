"""An entry that was acknowledged survives `kill -9`, a full disk, a lock, a newer version."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from occupancy.diary import Entry, Moment, Note, Store, StoreError
from occupancy.diary.database import open_database
from occupancy.diary.error import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    FullDiskError,
    LockedError,
    NewerDatabaseError,
    ReadOnlyError,
    UnreachableError,
)

NOON = Moment.at(datetime(2026, 3, 1, 12), "UTC")
#: Writes entries until it is killed; prints each id once the diary has acknowledged it.
WRITER = """
import sys
from datetime import datetime
from occupancy.diary import Moment, Note, Store
diary = Store.open(sys.argv[1]).diary()
noon = Moment.at(datetime(2026, 3, 1, 12), "UTC")
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    print(diary.add(Note(f"{number} " + "x" * 500), noon).id, flush=True)
"""


@pytest.mark.parametrize("writes", [100, pytest.param(1_000, marks=pytest.mark.slow)])
def test_kill_9_at_random_moments_loses_no_acknowledged_entry(where: str, writes: int) -> None:
    chance = random.Random(20260301)
    acknowledged: list[str] = []
    kills = 0
    while len(acknowledged) < writes:
        lines, killed = _killed(where, writes - len(acknowledged), chance)
        kills += killed
        acknowledged += [line.strip() for line in lines if line.endswith("\n")]
        with Store.open(where) as store:
            entries = store.diary().entries()
            _check_whole(store)
        there = {one.id for one in entries}
        assert set(acknowledged) <= there
        # What was written and not yet acknowledged is at most the one entry of each kill.
        assert len(there) - len(acknowledged) <= kills
        assert all(isinstance(one.content, Note) for one in entries)
    assert len(set(acknowledged)) == writes
    assert kills >= 1


def _killed(where: str, writes: int, chance: random.Random) -> tuple[list[str], bool]:
    """What a writer printed until it was killed, and whether it was before it had finished.

    The moment is random: after some acknowledged writes, and then anywhere inside the next ones.
    """
    command = [sys.executable, "-c", WRITER, where, str(writes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        lines = [writer.stdout.readline() for _ in range(chance.randrange(min(writes, 120)))]
        time.sleep(chance.uniform(0.0, 0.03))
        writer.send_signal(signal.SIGKILL)
        return lines + writer.stdout.readlines(), writer.wait() == -signal.SIGKILL


def _check_whole(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def test_kill_9_while_the_file_is_made_leaves_a_file_that_opens(tmp_path: Path) -> None:
    chance = random.Random(3)
    maker = "import sys; from occupancy.diary import Store; print('go', flush=True); "
    maker += "Store.open(sys.argv[1]).diary()"
    for number in range(5):
        path = tmp_path / f"{number}.db"
        command = [sys.executable, "-c", maker, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as made:
            assert made.stdout is not None
            made.stdout.readline()
            time.sleep(chance.uniform(0.0, 0.8))
            made.kill()
        with Store.open(path) as store:
            entry = store.diary().add(Note("first"), NOON)
            assert store.diary().entries() == (entry,)


def test_sqlite_writes_through_to_the_disk(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "diary.db")
    with engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    engine.dispose()
    full = 2
    assert settings == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "diary.db"
    Store.open(path).close()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    kept: list[Entry] = []
    with Store.open(tmp_path / "diary.db") as store:
        diary = store.diary()

        def fill() -> None:
            for _ in range(100):
                kept.append(diary.add(Note("x" * 5_000), NOON))

        # SQLite's own limit raises the error of a full disk.
        event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count = 60"))
        store.engine.dispose()
        with pytest.raises(FullDiskError, match="the disk is full") as refused:
            fill()
        assert "\n" not in str(refused.value)
        assert diary.entries() == tuple(kept)
    with Store.open(tmp_path / "diary.db") as store:
        assert set(store.diary().entries()) == set(kept) != set()


def test_a_folder_that_cannot_be_written_is_one_line() -> None:
    """In a process without rights, since root may write everywhere."""
    folder = Path(tempfile.mkdtemp(prefix="diary-"))
    path = folder / "diary.db"
    try:
        with Store.open(path) as store:
            entry = store.diary().add(Note("kept"), NOON)
        code = (
            "import sys; from occupancy.diary import Store, Note, Moment, StoreError\n"
            "try: Store.open(sys.argv[1]).diary().add(Note('no'), Moment.now('UTC'))\n"
            "except StoreError as error: print(type(error).__name__, error)"
        )
        user: dict[str, Any] = {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}
        try:
            subprocess.run([sys.executable, "-c", "import occupancy"], check=True, **user)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("a user without rights cannot start this Python")
        folder.chmod(0o555)
        path.chmod(0o444)
        for name in (path, folder / "new.db", folder / "sub" / "new.db"):
            done = subprocess.run(
                [sys.executable, "-c", code, name],
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
                **user,
            )
            assert done.stdout.startswith("ReadOnlyError"), done.stderr
            assert "cannot be written" in done.stdout
            assert len(done.stdout.splitlines()) == 1
        folder.chmod(0o755)
        path.chmod(0o600)
        with Store.open(path) as store:
            assert store.diary().entries() == (entry,)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_lock_is_one_line_and_the_entry_can_be_written_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("occupancy.diary.database.BUSY_S", 0.2)
    with Store.open(tmp_path / "diary.db") as store:
        diary = store.diary()
        other = sqlite3.connect(tmp_path / "diary.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match="another program holds the diary"):
            diary.add(Note("waits"), NOON)
        assert diary.entries() == ()  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert diary.entries() == () != (diary.add(Note("waits"), NOON),)


def test_a_newer_diary_is_left_as_it_is(where: str) -> None:
    with Store.open(where) as store:
        store.diary().add(Note("kept"), NOON)
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE diary_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match=r"newer version.*9999.*update the package"):
        Store.open(where)


@pytest.mark.parametrize("content", [b"Dear diary", b"SQLite format 3\0" + b"\xff" * 200, b"\0"])
def test_a_file_that_is_no_diary_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError) as refused:
        Store.open(path)
    assert isinstance(refused.value, ForeignDatabaseError | DamagedDatabaseError)
    assert str(path) in str(refused.value)
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "browser.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entry (url TEXT)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ForeignDatabaseError, match="of another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_server_database_with_tables_of_our_names_is_left_as_it_is(postgresql_url: str) -> None:
    import psycopg

    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE entry (url TEXT)")
    with pytest.raises(ForeignDatabaseError, match="table 'entry' of another program"):
        Store.open(postgresql_url)


def test_a_damaged_diary_says_so(tmp_path: Path) -> None:
    path = tmp_path / "diary.db"
    with Store.open(path) as store:
        diary = store.diary()
        for _ in range(200):
            diary.add(Note("x" * 500), NOON)
    data = bytearray(path.read_bytes())
    for page in range(3, len(data) // 4096):
        data[4096 * page : 4096 * page + 64] = b"\xee" * 64
    path.write_bytes(data)
    with pytest.raises(DamagedDatabaseError, match="is damaged"), Store.open(path) as store:
        store.diary().entries()


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ("mysql://host/name", StoreError, "give a file, or postgresql://"),
        ("postgresql://someone:secret@127.0.0.1:1/none", UnreachableError, "does not answer"),
        ("postgresql://someone:secret@host:port/none", UnreachableError, "cannot be read"),
    ],
)
def test_servers_that_are_not_there(where: str, error: type[StoreError], message: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(error, match=message) as refused:
        Store.open(where)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_account_that_may_not_write_is_told(postgresql_url: str) -> None:
    import psycopg

    with Store.open(postgresql_url) as store:
        entry = store.diary().add(Note("kept"), NOON)
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            name = postgresql_url.rsplit("/", 1)[1]
            connection.execute(
                f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode()
            )
        store.engine.dispose()
        with pytest.raises(ReadOnlyError, match="may not write"):
            store.diary().add(Note("no"), NOON)
        assert store.diary().entries() == (entry,)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is not a folder"):
        Store.open(tmp_path / "file" / "diary.db")
