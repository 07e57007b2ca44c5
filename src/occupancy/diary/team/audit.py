"""The log of what was done with an account and a diary; the database lets it grow and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from sqlalchemy import select

from occupancy.diary.ownership import OwnedSession, reading, writing
from occupancy.diary.rows import AuditRow
from occupancy.diary.store import Store

#: The actor of what was done on the command line.
ADMINISTRATOR: Final = "(administrator)"
#: Looks of one reader at one page within this time are one row.
ONE_LOOK: Final = timedelta(minutes=10)
_LONGEST: Final = 200


class Act(StrEnum):
    """What is written to the log."""

    INVITED = "invited"
    JOINED = "account opened"
    CLOSED = "account closed"
    SIGNED_IN = "signed in"
    FAILED = "sign-in failed"
    SIGNED_OUT = "signed out"
    ENDED = "session ended"
    PASSWORD = "password changed"
    SHARED = "shared with"
    REVOKED = "no longer shared with"
    READ = "read by"
    EXPORTED = "exported"
    IMPORTED = "imported"


@dataclass(frozen=True)
class Record:
    """One line of the log.

    Attributes:
        at: when, UTC.
        actor: name of the account that did it.
        what: one of `Act`.
        detail: whom or what it was about.
    """

    at: datetime
    actor: str
    what: Act
    detail: str


def note(session: OwnedSession, at: datetime, actor: str, what: Act, detail: str = "") -> None:
    """Add a line to the log of the session's owner; it is kept when the session commits."""
    session.add(
        AuditRow(
            owner=session.owner,
            id=str(uuid4()),
            at=at,
            actor=actor,
            what=what.value,
            detail=detail[:_LONGEST],
        )
    )


def record(store: Store, owner: str, actor: str, what: Act, detail: str = "") -> None:
    """Write a line to the log of `owner`.

    Raises:
        StoreError: it was not written.
    """
    with writing(store.engine, owner) as session:
        note(session, store.clock(), actor, what, detail)
        session.commit()


def looked(session: OwnedSession, at: datetime, reader: str, page: str) -> None:
    """Note that `reader` saw a page of the session's owner; soon after another look, no more."""
    query = select(AuditRow.id).where(
        AuditRow.actor == reader,
        AuditRow.what == Act.READ.value,
        AuditRow.detail == page[:_LONGEST],
        AuditRow.at > at - ONE_LOOK,
    )
    if session.scalars(query).first() is None:
        note(session, at, reader, Act.READ, page)


def log(store: Store, owner: str, *, most: int = 200) -> tuple[Record, ...]:
    """The latest lines of the log of `owner`, the newest first."""
    query = select(AuditRow).order_by(AuditRow.at.desc(), AuditRow.id).limit(most)
    with reading(store.engine, owner) as session:
        return tuple(
            Record(row.at, row.actor, Act(row.what), row.detail) for row in session.scalars(query)
        )
