"""Bringing the tables of a database to the version of this package, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection

from occupancy.diary.error import ForeignDatabaseError, NewerDatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

#: Versions of the tables, the oldest first; the last is this package's.
VERSIONS: Final = ("0001", "0002", "0003")
#: Table that holds the version; named so that other rooms can keep their own beside it.
VERSION_TABLE: Final = "diary_version"
#: Marks a SQLite file as ours: "occu" as a number.
APPLICATION_ID: Final = 0x6F636375
#: Key of the lock that lets one program migrate a PostgreSQL database at a time.
_LOCK: Final = 0x6F636375


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Migrate to the last version where the database is older or empty.

    Raises:
        NewerDatabaseError: its version is not known here.
        ForeignDatabaseError: it has tables of our names and no version.
    """
    with engine.connect() as connection:
        found = version_of(connection)
    if found == VERSIONS[-1]:
        return
    with engine.execution_options(diary_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        found = version_of(connection)  # another program may have been faster
        _check(connection, found, where)
        if found != VERSIONS[-1]:
            migrate(connection, VERSIONS[-1])


def version_of(connection: Connection) -> str | None:
    """Version of the tables, or None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    row = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).first()
    return None if row is None else str(row[0])


def migrate(connection: Connection, version: str, way: Literal["up", "down"] = "up") -> None:
    """Go to `version` in the transaction of `connection`, all of it or nothing.

    Args:
        connection: with a transaction.
        version: one of `VERSIONS`, or "base" on the way down.
        way: up or down.
    """
    from alembic import command

    config = _config(connection)
    (command.upgrade if way == "up" else command.downgrade)(config, version)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    return config


def _check(connection: Connection, found: str | None, where: str) -> None:
    if found is not None and found not in VERSIONS:
        raise NewerDatabaseError(
            f"{where} was made by a newer version of occupancy (tables {found[:16]}, known here: "
            f"up to {VERSIONS[-1]}), and was left as it is; update the package to open it."
        )
    if found is None:
        taken = sorted(
            {"owner", "entry", "plan_version"} & set(inspect(connection).get_table_names())
        )
        if taken:
            raise ForeignDatabaseError(
                f"{where} has a table {taken[0]!r} of another program, and was left as it is; "
                "name another database."
            )
