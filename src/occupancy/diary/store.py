"""A store of diaries: opened once, it gives the diary of an owner."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from occupancy.diary.content import LONGEST_NAME, check_text
from occupancy.diary.database import name_of, open_database
from occupancy.diary.diary import Diary
from occupancy.diary.entry import Owner
from occupancy.diary.error import EntryError, NoSuchEntryError
from occupancy.diary.moment import check_zone
from occupancy.diary.ownership import reading, writing
from occupancy.diary.rows import (
    AccountRow,
    AuditRow,
    EntryRow,
    ErasingRow,
    OwnerRow,
    PlanRow,
    SessionRow,
    SharingRow,
)
from occupancy.diary.trouble import in_words

#: The owner of a diary on one's own machine.
LOCAL_OWNER: Final = "me"
_OWNER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """A database of diaries; close it, or use it in a `with` block.

    Attributes:
        engine: of SQLAlchemy, for rooms that keep tables of their own beside the diary's.
        clock: says when a row is written.
    """

    engine: Engine
    clock: Callable[[], datetime] = field(default=utc_now)

    @classmethod
    def open(
        cls, where: str | Path | None = None, *, clock: Callable[[], datetime] = utc_now
    ) -> Self:
        """Open the store at `where`, making it when it is not there.

        Args:
            where: None is the file in the user's data folder; a path; a PostgreSQL URL.
            clock: the present instant, in UTC.

        Raises:
            StoreError: a folder that cannot be written, a locked, newer or foreign database, a
                server that does not answer; nothing was changed.
        """
        return cls(open_database(where), clock)

    @property
    def where(self) -> str:
        """The file, or the URL without its password."""
        return name_of(self.engine)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    def owners(self) -> tuple[Owner, ...]:
        """Everybody who keeps a diary here, in order of their first day."""
        with in_words(self.where), Session(self.engine) as session:
            rows = session.scalars(select(OwnerRow).order_by(OwnerRow.created, OwnerRow.owner))
            return tuple(_owner(row) for row in rows)

    def add_owner(
        self, owner: str, *, name: str = "", zone: str = "", example: bool = False
    ) -> Owner:
        """Make room for somebody's diary.

        Args:
            owner: short name or id: letters, digits, points, dashes.
            name: as shown.
            zone: time zone in which they live; empty where it is not said.
            example: marks invented data as such, wherever they are shown.

        Raises:
            EntryError: a name that is taken or not allowed.
            StoreError: the database refused.
        """
        if not _OWNER.fullmatch(owner):
            raise EntryError(
                "owner",
                f"owner = {owner[:64]!r} is not allowed; 1 to 64 letters, digits, points, dashes.",
            )
        check_text("name", name, LONGEST_NAME)
        if zone:
            check_zone(zone)
        row = OwnerRow(owner=owner, name=name, zone=zone, example=example, created=self.clock())
        made = _owner(row)
        try:
            with writing(self.engine, owner) as session:
                session.add(row)
                session.commit()
        except IntegrityError:
            raise EntryError("owner", f"owner = {owner!r} is taken.") from None
        return made

    def diary(self, owner: str = LOCAL_OWNER) -> Diary:
        """The diary of `owner`; every row that it reads or writes is theirs.

        The owner of one's own machine, "me", is made on first use.

        Raises:
            NoSuchEntryError: nobody of that name keeps a diary here.
            StoreError: the database refused.
        """
        with reading(self.engine, owner) as session:
            row = session.scalars(select(OwnerRow)).first()
            if row is not None:
                return Diary(self.engine, _owner(row), self.clock)
        if owner != LOCAL_OWNER:
            raise NoSuchEntryError(f"nobody called {owner[:64]!r} keeps a diary here.")
        try:
            return Diary(self.engine, self.add_owner(owner), self.clock)
        except EntryError:  # another program made it between the two looks
            return self.diary(owner)

    def erase(self, owner: str) -> None:
        """Remove an owner with everything of theirs, their account and log too, in one transaction.

        Raises:
            NoSuchEntryError: nobody of that name.
            StoreError: the database refused; nothing was removed.
        """
        with writing(self.engine, owner) as session:
            if session.scalars(select(OwnerRow)).first() is None:
                raise NoSuchEntryError(f"nobody called {owner[:64]!r} keeps a diary here.")
            session.add(ErasingRow(owner=owner))
            session.flush()
            # The latest versions first: each row names the one that it replaces.
            for version in sorted(session.scalars(select(EntryRow.version).distinct()))[::-1]:
                session.execute(delete(EntryRow).where(EntryRow.version == version))
            for table in (PlanRow, SharingRow, SessionRow, AccountRow, AuditRow, ErasingRow):
                session.execute(delete(table))
            session.execute(delete(OwnerRow))
            session.commit()


def _owner(row: OwnerRow) -> Owner:
    return Owner(row.owner, row.name, row.zone, row.example, row.created)
