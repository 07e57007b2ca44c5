"""Who reads whose diary: the person grants it and revokes it, and sees who looked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from occupancy.diary.diary import Diary
from occupancy.diary.error import EntryError, NoSuchEntryError
from occupancy.diary.ownership import OwnedSession, reading, writing
from occupancy.diary.rows import AccountRow, OwnerRow, SharingRow
from occupancy.diary.store import Store
from occupancy.diary.team.audit import Act, looked, note
from occupancy.diary.team.tokens import is_name


@dataclass(frozen=True)
class Share:
    """A diary that is shared.

    Attributes:
        owner: whose diary.
        reader: who may read it.
        name: of the other side, as shown.
        since: when it was granted.
    """

    owner: str
    reader: str
    name: str
    since: datetime


def grant(store: Store, owner: str, reader: str) -> None:
    """Let a clinician read the diary of `owner`; granted before, it stays as it is.

    Raises:
        EntryError: no clinician of that name.
        StoreError: the database refused.
    """
    if not _is_clinician(store, reader):
        raise EntryError(
            "reader", f"no clinician signs in here as {reader[:64]!r}; ask them for the name."
        )
    try:
        with writing(store.engine, owner) as session:
            if _held(session, owner, reader):
                return
            now = store.clock()
            session.add(SharingRow(owner=owner, reader=reader, since=now))
            note(session, now, owner, Act.SHARED, reader)
            session.commit()
    except IntegrityError:  # granted by the same person at the same time
        return


def revoke(store: Store, owner: str, reader: str, *, actor: str = "") -> None:
    """Let `reader` no longer read the diary of `owner`.

    Raises:
        StoreError: the database refused.
    """
    if not is_name(reader):
        return
    with writing(store.engine, owner) as session:
        if not _held(session, owner, reader):
            return
        session.execute(delete(SharingRow).where(SharingRow.reader == reader))
        note(session, store.clock(), actor or owner, Act.REVOKED, reader)
        session.commit()


def readers(store: Store, owner: str) -> tuple[Share, ...]:
    """Who may read the diary of `owner`, in order of name."""
    query = select(SharingRow).where(SharingRow.owner == owner).order_by(SharingRow.reader)
    with reading(store.engine, owner) as session:
        rows = list(session.scalars(query))
    return tuple(_share(store, row, row.reader) for row in rows)


def patients(store: Store, reader: str) -> tuple[Share, ...]:
    """Whose diaries `reader` may read, in order of name."""
    query = select(SharingRow).where(SharingRow.reader == reader).order_by(SharingRow.owner)
    with reading(store.engine, reader) as session:
        rows = list(session.scalars(query))
    return tuple(_share(store, row, row.owner) for row in rows)


def shared_diary(store: Store, owner: str, reader: str, page: str) -> Diary:
    """The diary of `owner` for `reader`, to read and not to write; the look is in the log.

    Args:
        store: that holds it.
        owner: whose diary.
        reader: who asks.
        page: what is looked at, as the log says it.

    Raises:
        NoSuchEntryError: there is none, or it is not shared with `reader`; the words are the same.
        StoreError: the database refused.
    """
    if not is_name(owner) or not _is_clinician(store, reader):
        raise _not_shared(owner)
    with writing(store.engine, owner) as session:
        if not _held(session, owner, reader):
            raise _not_shared(owner)
        looked(session, store.clock(), reader, page)
        session.commit()
    return replace(store.diary(owner), read_only=True)


def _held(session: OwnedSession, owner: str, reader: str) -> bool:
    query = select(SharingRow).where(SharingRow.owner == owner, SharingRow.reader == reader)
    return session.scalars(query).first() is not None


def _is_clinician(store: Store, name: str) -> bool:
    if not is_name(name):
        return False
    with reading(store.engine, name) as session:
        return session.scalars(select(AccountRow.role)).first() == "clinician"


def _share(store: Store, row: SharingRow, other: str) -> Share:
    with reading(store.engine, other) as session:
        name = session.scalars(select(OwnerRow.name)).first()
    return Share(row.owner, row.reader, name or other, row.since)


def _not_shared(owner: str) -> NoSuchEntryError:
    return NoSuchEntryError(f"no diary of {owner[:64]!r} is shared with you.")
