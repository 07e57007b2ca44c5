"""Opening a database: SQLite in a file of its own, or PostgreSQL by URL; checked, then migrated.

SQLite runs with a write-ahead log, foreign keys and `synchronous = FULL`: a commit returns after
its bytes are on the disk, so that an entry that was acknowledged outlives the process. A file of
another program or of a newer version is left as it is.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url

from occupancy.diary.error import (
    ForeignDatabaseError,
    NoDiaryLibraryError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)
from occupancy.diary.migrating import APPLICATION_ID, bring_up_to_date
from occupancy.diary.place import place
from occupancy.diary.trouble import in_words

#: How long a writer waits for another one before it says so.
BUSY_S: Final = 5.0
_MAGIC: Final = b"SQLite format 3\0"


def open_database(where: str | Path | None = None) -> Engine:
    """An engine on the store at `where`, made when it is not there, its tables of this version.

    Args:
        where: as in `place.place`.

    Raises:
        StoreError: see its kinds; nothing was changed.
    """
    found = place(where)
    engine = _sqlite(found) if isinstance(found, Path) else _postgresql(found)
    try:
        with in_words(name_of(engine)):
            bring_up_to_date(engine, name_of(engine))
    except BaseException:
        engine.dispose()
        raise
    return engine


def name_of(engine: Engine) -> str:
    """The database as messages call it: the file, or the URL without its password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True).replace("+psycopg", "")


def for_writing(engine: Engine) -> Engine:
    """The same engine with transactions that take SQLite's write lock at their start."""
    return engine.execution_options(diary_writes=True)


def _sqlite(path: Path) -> Engine:
    _make_file(path)
    _check_file(path)
    engine = create_engine(
        f"sqlite+pysqlite:///{path}", connect_args={"timeout": BUSY_S, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _make_file(path: Path) -> None:
    """Make the folder and an empty file that only its owner can read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except IsADirectoryError:
        raise StoreError(f"{path} is a folder; give the name of a file in it.") from None
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise StoreError(f"{path}: {path.parent} is not a folder.") from None
        raise ReadOnlyError(
            f"{path}: the file or its folder cannot be written ({error.strerror}); allow writing "
            "there, or name another place."
        ) from None


def _check_file(path: Path) -> None:
    """Refuse a file that is not ours before anything is written to it.

    Raises:
        ForeignDatabaseError: no database, or one of another program.
    """
    with path.open("rb") as file:
        head = file.read(len(_MAGIC))
    if not head:
        return
    if head != _MAGIC:
        raise ForeignDatabaseError(f"{path} is not a diary, and was left as it is.")
    with in_words(str(path)):
        connection = sqlite3.connect(path, timeout=BUSY_S)
        try:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()
    if owner != APPLICATION_ID and (owner or tables):
        raise ForeignDatabaseError(
            f"{path} is a database of another program, and was left as it is; name another file."
        )


def _configure(connection: sqlite3.Connection, _: object) -> None:
    # Transactions are begun by `_begin`; the driver's own beginnings would leave out DDL.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "fullfsync = ON",
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("diary_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(url: str) -> Engine:
    options: dict[str, Any] = {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}
    try:
        engine = create_engine(make_url(url), **options)
    except ModuleNotFoundError as error:
        raise NoDiaryLibraryError(
            "PostgreSQL needs the psycopg library: pip install 'occupancy[diary]'."
        ) from error
    except Exception as error:  # a URL can be wrong in many ways, each with its own class
        raise UnreachableError(
            "the URL of the database cannot be read; write postgresql://user@host:5432/name."
        ) from error
    return engine
