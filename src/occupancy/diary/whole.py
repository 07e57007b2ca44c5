"""A whole database as one file, and back into an empty one, of the same kind or the other.

A backup holds every table, those of other rooms among them, as lines of JSON in a zip, read in
one transaction, so that it is the database of one moment. It can be sealed with a passphrase.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, select, text
from sqlalchemy.types import Date, DateTime, LargeBinary, Time

from occupancy.diary.archive import unpacked
from occupancy.diary.database import for_writing
from occupancy.diary.error import ArchiveError, NewerDatabaseError, PassphraseError
from occupancy.diary.migrating import VERSIONS, migrate, version_of
from occupancy.diary.sealing import seal, sealed, unseal
from occupancy.diary.store import Store
from occupancy.diary.trouble import in_words

_HEAD: Final = "backup.json"
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def backup(store: Store, passphrase: str | None = None) -> bytes:
    """Every row of every table; the same database gives the same bytes.

    Raises:
        PassphraseError: a passphrase that is too short.
        StoreError: the database cannot be read.
    """
    parts: dict[str, str] = {}
    with in_words(store.where), _snapshot(store.engine) as connection:
        tables = _tables(connection)
        head = {
            "document": "backup",
            "tables_version": version_of(connection),
            "rows": {},
        }
        for table in tables:
            rows = connection.execute(select(table).order_by(*_order(table))).all()
            head["rows"][table.name] = len(rows)
            lines = (
                json.dumps([_plain(value) for value in row], ensure_ascii=False) for row in rows
            )
            columns = json.dumps([column.name for column in table.columns])
            parts[f"{table.name}.jsonl"] = "\n".join([columns, *lines]) + "\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {_HEAD: json.dumps(head) + "\n", **parts}.items():
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            file.writestr(info, content.encode("utf-8", "surrogatepass"))
    data = out.getvalue()
    return data if passphrase is None else seal(data, passphrase)


def restore(store: Store, data: bytes, passphrase: str | None = None) -> dict[str, int]:
    """Put a backup into an empty store, all of it or nothing; rows by table.

    A backup of an older version of the tables is brought up to this one.

    Raises:
        PassphraseError: none was given for a sealed file, or another one.
        ArchiveError: no backup, a damaged one, a table that this store has not, or a store that
            is not empty.
        NewerDatabaseError: a backup of a newer version.
        StoreError: it was not written; the message says why.
    """
    if sealed(data):
        if passphrase is None:
            raise PassphraseError("the backup is encrypted; give its passphrase.")
        data = unseal(data, passphrase)
    head = _json(unpacked(data, _HEAD))
    if not isinstance(head, dict) or head.get("document") != "backup":
        raise ArchiveError("this is no backup of a diary; an archive is read by import.")
    version, counts = head.get("tables_version"), head.get("rows")
    if not isinstance(counts, dict) or not all(isinstance(one, int) for one in counts.values()):
        raise ArchiveError("the backup does not say what it holds; it is damaged.")
    if version not in VERSIONS:
        raise NewerDatabaseError(
            f"the backup was made by a newer version of occupancy (tables {str(version)[:16]}); "
            "update the package to restore it."
        )
    with in_words(store.where), for_writing(store.engine).begin() as connection:
        if any(connection.execute(select(table).limit(1)).first() for table in _tables(connection)):
            raise ArchiveError(f"{store.where} is not empty; name a new place to restore to.")
        migrate(connection, str(version), "down")
        tables = {table.name: table for table in _tables(connection)}
        for name in counts:
            if name not in tables:
                raise ArchiveError(
                    f"the backup has a table {name[:40]!r} that this store has not; open the "
                    "store with the part of the package that keeps it first."
                )
        for name, table in tables.items():
            if name in counts:
                _fill(connection, table, unpacked(data, f"{name}.jsonl"), counts[name])
        migrate(connection, VERSIONS[-1])
    return {name: int(count) for name, count in counts.items()}


def _snapshot(engine: Engine) -> Connection:
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


def _tables(connection: Connection) -> list[Table]:
    """Every table but those of versions, each after the ones that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [one for one in metadata.sorted_tables if "version_num" not in one.columns]


def _order(table: Table) -> list[Any]:
    """Versions in order, since a correction refers to a row that has to be there before it."""
    first = [table.columns[name] for name in ("version", "revision") if name in table.columns]
    return [*first, *table.primary_key.columns]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def _fill(connection: Connection, table: Table, part: bytes, count: int) -> None:
    # Not splitlines: text may hold other characters that end a line.
    lines = part.decode("utf-8", "surrogatepass").removesuffix("\n").split("\n")
    names = _json(lines[0].encode())
    if not isinstance(names, list) or len(lines) - 1 != count:
        raise ArchiveError(f"the rows of {table.name} in the backup are cut; it is damaged.")
    if set(names) - set(table.columns.keys()):
        raise ArchiveError(f"the backup has columns of {table.name} that this store has not.")
    for line in lines[1:]:
        row = _json(line.encode("utf-8", "surrogatepass"))
        if not isinstance(row, list) or len(row) != len(names):
            raise ArchiveError(f"a row of {table.name} in the backup is damaged.")
        try:
            values = {
                name: _typed(table, name, value) for name, value in zip(names, row, strict=True)
            }
        except (TypeError, ValueError):
            raise ArchiveError(f"a row of {table.name} in the backup is damaged.") from None
        connection.execute(insert(table), values)
    _continue_numbers(connection, table)


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if kind.timezone else moment
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's counters go on after the rows that were put in."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None:
        return
    highest = connection.execute(select(func.max(column))).scalar()
    counter = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"),
        {"table": table.name, "column": column.name},
    ).scalar()
    if highest is not None and counter is not None:
        connection.execute(select(func.setval(counter, highest)))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        raise ArchiveError("the backup is damaged.") from None
