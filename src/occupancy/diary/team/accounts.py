"""Accounts: invited on the command line, opened with a one-time link, closed again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select

from occupancy.diary.content import LONGEST_NAME, check_text
from occupancy.diary.entry import Owner
from occupancy.diary.error import EntryError, NoSuchEntryError
from occupancy.diary.ownership import OwnedSession, reading, writing
from occupancy.diary.rows import AccountRow, OwnerRow, SessionRow
from occupancy.diary.store import Store
from occupancy.diary.team import passwords
from occupancy.diary.team.audit import ADMINISTRATOR, Act, note
from occupancy.diary.team.sharing import patients, revoke
from occupancy.diary.team.tokens import is_name, new_token, read_token

#: How long a one-time link can be used.
LINK_LASTS: Final = timedelta(days=7)


class Role(StrEnum):
    """What an account is for: keeping a diary, or reading those that are shared with it."""

    PERSON = "person"
    CLINICIAN = "clinician"


@dataclass(frozen=True)
class Account:
    """How somebody signs in.

    Attributes:
        owner: the name to sign in with, and of the diary.
        name: as shown.
        role: see `Role`.
        opened: whether a password has been chosen.
        link_until: until when a one-time link can be used; None without one.
        created: when it was made.
    """

    owner: str
    name: str
    role: Role
    opened: bool
    link_until: datetime | None
    created: datetime


@dataclass(frozen=True)
class Invitation:
    """A one-time link: whoever has it chooses the password of the account.

    Attributes:
        account: that it opens.
        token: the last part of the link's address; only its hash is kept.
    """

    account: Account
    token: str


def invite(store: Store, owner: str, role: Role, *, name: str = "", zone: str = "") -> Invitation:
    """Make an account and a link to open it; a diary of that name that is there gets the account.

    Raises:
        EntryError: a name that is not allowed, or has an account.
        StoreError: the database refused.
    """
    if not is_name(owner):
        raise EntryError(
            "owner",
            f"name = {owner[:64]!r} is not allowed; 1 to 64 small letters, digits, points, dashes.",
        )
    check_text("name", name, LONGEST_NAME)
    there = _owner(store, owner)
    if there is None:
        store.add_owner(owner, name=name, zone=zone)
    elif there.example:
        raise EntryError("owner", f"name = {owner!r} is the invented diary's; choose another.")
    with writing(store.engine, owner) as session:
        if _row(session) is not None:
            raise EntryError("owner", f"name = {owner!r} has an account.")
        now = store.clock()
        row = AccountRow(owner=owner, role=role.value, password="", created=now)
        session.add(row)
        return _linked(session, row, now)


def renew(store: Store, owner: str) -> Invitation:
    """A new link for an account, whose password and sessions end now.

    Raises:
        NoSuchEntryError: no account of that name.
        StoreError: the database refused.
    """
    with writing(store.engine, owner) as session:
        row = _existing(session)
        row.password = ""
        session.execute(delete(SessionRow))
        return _linked(session, row, store.clock())


def invited(store: Store, token: str) -> Account | None:
    """The account that a link opens; None for one that is used, too old or none."""
    found = read_token(token)
    if found is None:
        return None
    owner, link = found
    with reading(store.engine, owner) as session:
        row = _row(session)
        return _account(session, row) if row and _usable(row, link, store.clock()) else None


def join(store: Store, token: str, password: str) -> Account:
    """Open an account: choose its password with a link, which ends.

    Raises:
        NoSuchEntryError: the link is used, too old or none.
        EntryError: a password that is not allowed.
        StoreError: the database refused.
    """
    account = invited(store, token)
    if account is None:
        raise _no_link()
    passwords.check_password(password, account.owner)
    stored = passwords.hashed(password)
    with writing(store.engine, account.owner) as session:
        row, now = _row(session), store.clock()
        found = read_token(token)
        if row is None or found is None or not _usable(row, found[1], now):
            raise _no_link()
        row.password, row.link, row.link_until = stored, None, None
        note(session, now, account.owner, Act.JOINED)
        session.commit()
        return _account(session, row)


def close(store: Store, owner: str) -> None:
    """Take an account away, with its sessions and what was shared with it; its diary stays.

    Raises:
        NoSuchEntryError: no account of that name.
        StoreError: the database refused.
    """
    with reading(store.engine, owner) as session:
        _existing(session)
    for one in patients(store, owner):
        revoke(store, one.owner, owner, actor=ADMINISTRATOR)
    with writing(store.engine, owner) as session:
        session.execute(delete(SessionRow))
        session.execute(delete(AccountRow))
        note(session, store.clock(), ADMINISTRATOR, Act.CLOSED)
        session.commit()


def account(store: Store, owner: str) -> Account | None:
    """The account of that name."""
    if not is_name(owner):
        return None
    with reading(store.engine, owner) as session:
        row = _row(session)
        return None if row is None else _account(session, row)


def accounts(store: Store) -> tuple[Account, ...]:
    """Every account, in the order of their owners."""
    found = (account(store, one.owner) for one in store.owners())
    return tuple(one for one in found if one is not None)


def _owner(store: Store, owner: str) -> Owner | None:
    return next((one for one in store.owners() if one.owner == owner), None)


def _row(session: OwnedSession) -> AccountRow | None:
    return session.scalars(select(AccountRow)).first()


def _existing(session: OwnedSession) -> AccountRow:
    row = _row(session)
    if row is None:
        raise NoSuchEntryError(f"nobody called {session.owner[:64]!r} has an account here.")
    return row


def _linked(session: OwnedSession, row: AccountRow, now: datetime) -> Invitation:
    token, row.link = new_token(session.owner)
    row.link_until = now + LINK_LASTS
    note(session, now, ADMINISTRATOR, Act.INVITED)
    session.commit()
    return Invitation(_account(session, row), token)


def _usable(row: AccountRow, link: str, now: datetime) -> bool:
    return row.link == link and row.link_until is not None and now < row.link_until


def _account(session: OwnedSession, row: AccountRow) -> Account:
    owner = session.scalars(select(OwnerRow)).one()
    return Account(
        owner=row.owner,
        name=owner.name or row.owner,
        role=Role(row.role),
        opened=bool(row.password),
        link_until=row.link_until,
        created=row.created,
    )


def _no_link() -> NoSuchEntryError:
    return NoSuchEntryError("this link was used before or is too old; ask for a new one.")
