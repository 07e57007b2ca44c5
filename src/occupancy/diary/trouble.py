"""What a database says when it refuses, in one line that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from occupancy.diary.error import (
    DamagedDatabaseError,
    ForeignDatabaseError,
    FullDiskError,
    LockedError,
    ReadOnlyError,
    StoreError,
    UnreachableError,
)

#: Primary result codes of SQLite (sqlite.org/rescode.html).
_FULL, _READ_ONLY, _CANNOT_OPEN = 13, 8, 14
_BUSY, _LOCKED, _CORRUPT, _NOT_A_DATABASE, _IO = 5, 6, 11, 26, 10


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Turn the database's errors into those of this room; `where` names the database.

    Raises:
        StoreError: see its kinds.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _sqlite(error, where) from error
    except DBAPIError as error:
        said = error.orig
        if isinstance(said, sqlite3.IntegrityError):
            raise
        if isinstance(said, sqlite3.Error):
            raise _sqlite(said, where) from error
        if type(said).__name__ == "IntegrityError" or str(_state(said)).startswith("23"):
            raise
        raise _postgresql(said, where) from error


def _sqlite(error: sqlite3.Error, where: str) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kept = "Everything written before is safe."
    if code == _FULL:
        return FullDiskError(
            f"{where}: the disk is full, the entry was not written. {kept} Free some space and "
            "write it again."
        )
    if code in (_READ_ONLY, _CANNOT_OPEN):
        return ReadOnlyError(
            f"{where}: the file or its folder cannot be written. {kept} Allow writing there, or "
            "name another place."
        )
    if code in (_BUSY, _LOCKED):
        return LockedError(
            f"{where}: another program holds the diary. {kept} Close it there, and try again."
        )
    if code == _NOT_A_DATABASE:
        return ForeignDatabaseError(f"{where} is not a diary, and was left as it is.")
    if code == _CORRUPT:
        return DamagedDatabaseError(
            f"{where} is damaged and was left as it is; restore the latest backup to a new file."
        )
    if code == _IO:
        return StoreError(
            f"{where}: the disk does not read or write as it should ({error}). Nothing was "
            "acknowledged that is not there."
        )
    return StoreError(f"{where}: the database refused ({error}).")


def _state(said: object) -> str:
    return getattr(said, "sqlstate", None) or ""


def _postgresql(said: object, where: str) -> StoreError:
    state = _state(said)
    if state == "53100":
        return FullDiskError(f"{where}: the server's disk is full; the entry was not written.")
    if state in ("25006", "42501"):
        return ReadOnlyError(f"{where}: this account may not write there ({_line(said)}).")
    if state in ("55P03", "40P01", "40001"):
        return LockedError(f"{where}: another program holds these rows; try again.")
    if state == "" or state[:2] in ("08", "28", "3D", "57"):
        return UnreachableError(f"{where}: the server does not answer or refuses ({_line(said)}).")
    return StoreError(f"{where}: the database refused ({_line(said)}).")


def _line(said: object) -> str:
    lines = [one.strip() for one in str(said).splitlines() if one.strip()]
    return lines[0] if lines else type(said).__name__
