"""The tables: owners, entries, versions of plans; accounts, sessions, sharing and the log of team
mode. Every one has the column `owner`.

Entries, plans and the log only grow: triggers of the database refuse to change or remove their
rows, whoever asks, but for the rows of an owner who is being erased as a whole.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An instant, stored in UTC by both databases and read back in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into UTC, without its zone where the database knows none."""
        if value is None:
            return None
        there = value.astimezone(UTC)
        return there.replace(tzinfo=None) if dialect.name == "sqlite" else there

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table of the store."""


class Owned:
    """A table whose rows belong to an owner; `ownership` restricts them."""

    owner: Mapped[str] = mapped_column(String(64), ForeignKey("owner.owner"), primary_key=True)


class OwnerRow(Owned, Base):
    """Somebody who keeps a diary."""

    __tablename__ = "owner"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text, default="")
    zone: Mapped[str] = mapped_column(String(64), default="")
    example: Mapped[bool] = mapped_column(Boolean, default=False)
    created: Mapped[datetime] = mapped_column(Instant)


class EntryRow(Owned, Base):
    """One version of an entry; `replaces` is the version that it corrects."""

    __tablename__ = "entry"
    __table_args__ = (
        ForeignKeyConstraint(["owner", "replaces"], ["entry.owner", "entry.id"]),
        UniqueConstraint("owner", "original", "version"),
        UniqueConstraint("owner", "replaces"),
        Index("entry_when", "owner", "at_local"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    at_utc: Mapped[datetime] = mapped_column(Instant)
    at_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    original: Mapped[str] = mapped_column(String(36))
    version: Mapped[int] = mapped_column(Integer)
    replaces: Mapped[str | None] = mapped_column(String(36))
    withdrawn: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    recorded: Mapped[datetime] = mapped_column(Instant)


class PlanRow(Owned, Base):
    """One version of a plan: the taper's document and the day of its first change."""

    __tablename__ = "plan_version"

    plan_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    first_day: Mapped[date] = mapped_column(Date)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    agreed_by: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    recorded: Mapped[datetime] = mapped_column(Instant)


class ErasingRow(Owned, Base):
    """An owner whose rows are being removed, inside the one transaction that removes them all."""

    __tablename__ = "erasing"


class Theirs(Owned):
    """A table whose rows go when their owner is erased."""

    owner: Mapped[str] = mapped_column(
        String(64), ForeignKey("owner.owner", ondelete="CASCADE"), primary_key=True
    )


class AccountRow(Theirs, Base):
    """How an owner signs in; `link` is the hash of a one-time link that has not been used."""

    __tablename__ = "account"

    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(String(64))
    link_until: Mapped[datetime | None] = mapped_column(Instant)
    created: Mapped[datetime] = mapped_column(Instant)


class SessionRow(Theirs, Base):
    """A browser that is signed in; `id` is the hash of what its cookie holds."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    begun: Mapped[datetime] = mapped_column(Instant)
    seen: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    browser: Mapped[str] = mapped_column(Text)


class Shared:
    """A table whose rows `owner` and `reader` see and the owner alone writes; see `ownership`."""

    owner: Mapped[str] = mapped_column(
        String(64), ForeignKey("owner.owner", ondelete="CASCADE"), primary_key=True
    )
    reader: Mapped[str] = mapped_column(
        String(64), ForeignKey("owner.owner", ondelete="CASCADE"), primary_key=True
    )


class SharingRow(Shared, Base):
    """An owner who lets `reader` read their diary."""

    __tablename__ = "sharing"
    __table_args__ = (Index("sharing_reader", "reader"),)

    since: Mapped[datetime] = mapped_column(Instant)


class AuditRow(Theirs, Base):
    """Something done with an account or a diary; `actor` is the name of who did it."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_when", "owner", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(32))
    detail: Mapped[str] = mapped_column(Text)
