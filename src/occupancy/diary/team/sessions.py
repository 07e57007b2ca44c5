"""Sessions: a browser that is signed in, for a while, and how that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update

from occupancy.diary.error import EntryError
from occupancy.diary.ownership import OwnedSession, reading, writing
from occupancy.diary.rows import AccountRow, OwnerRow, SessionRow
from occupancy.diary.store import Store
from occupancy.diary.team import passwords
from occupancy.diary.team.accounts import Role
from occupancy.diary.team.audit import Act, note, record
from occupancy.diary.team.tokens import is_name, new_token, read_token

#: A session ends when nothing was asked for so long, and after so long whatever was asked.
IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=12)
#: How exactly the last request is known; each look would otherwise be a write.
_EXACT: Final = timedelta(minutes=1)
_LONGEST_BROWSER: Final = 200


@dataclass(frozen=True)
class Visitor:
    """Who asks: the account of a session.

    Attributes:
        owner: its name.
        name: as shown.
        role: what it is for.
        session: id of the session.
    """

    owner: str
    name: str
    role: Role
    session: str


@dataclass(frozen=True)
class OpenSession:
    """A browser that is signed in.

    Attributes:
        id: hash of its token.
        begun: when it was signed in.
        seen: when it last asked, to the minute.
        browser: as it calls itself.
    """

    id: str
    begun: datetime
    seen: datetime
    browser: str


def sign_in(store: Store, owner: str, password: str, *, browser: str = "") -> str | None:
    """The token of a new session, or None; both take as long whether the account is there or not.

    A refusal is not in the log yet; `sign_in_failed` writes it, after the answer.

    Raises:
        StoreError: the database refused.
    """
    owner = owner if is_name(owner) else ""
    with reading(store.engine, owner) as session:
        stored = session.scalars(select(AccountRow.password)).first() or ""
    if not passwords.matches(stored, password):
        return None
    again = passwords.hashed(password) if passwords.outdated(stored) else stored
    with writing(store.engine, owner) as session:
        row = session.scalars(select(AccountRow)).first()
        if row is None or row.password != stored:
            return None
        row.password = again
        session.execute(delete(SessionRow).where(SessionRow.until < store.clock()))
        token = _open(session, store.clock(), browser)
        note(session, store.clock(), owner, Act.SIGNED_IN)
        session.commit()
    return token


def sign_in_failed(store: Store, owner: str) -> None:
    """Write to the log of `owner`, where there is such an account, that a sign-in failed.

    Raises:
        StoreError: the database refused.
    """
    if not is_name(owner):
        return
    with reading(store.engine, owner) as session:
        there = session.scalars(select(AccountRow.owner)).first() is not None
    if there:
        record(store, owner, owner, Act.FAILED)


def visitor(store: Store, token: str, *, idle: timedelta = IDLE) -> Visitor | None:
    """Whose session a token is; None for one that is over, ended or none.

    Raises:
        StoreError: the database refused.
    """
    found = read_token(token)
    if found is None:
        return None
    owner, name = found
    now = store.clock()
    with reading(store.engine, owner) as session:
        row = session.scalars(select(SessionRow).where(SessionRow.id == name)).first()
        account = session.scalars(select(AccountRow)).first()
        if row is None or account is None or now >= row.until or now - row.seen >= idle:
            return None
        shown = session.scalars(select(OwnerRow.name)).first()
        asks = Visitor(owner, shown or owner, Role(account.role), name)
        seen = row.seen
    if now - seen >= _EXACT:
        with writing(store.engine, owner) as session:
            session.execute(update(SessionRow).where(SessionRow.id == name).values(seen=now))
            session.commit()
    return asks


def sessions(store: Store, owner: str, *, idle: timedelta = IDLE) -> tuple[OpenSession, ...]:
    """The sessions of an account that are open, the newest first."""
    now = store.clock()
    query = (
        select(SessionRow)
        .where(SessionRow.until > now, SessionRow.seen > now - idle)
        .order_by(SessionRow.begun.desc(), SessionRow.id)
    )
    with reading(store.engine, owner) as session:
        return tuple(
            OpenSession(row.id, row.begun, row.seen, row.browser) for row in session.scalars(query)
        )


def sign_out(store: Store, who: Visitor) -> None:
    """End the session of a visitor.

    Raises:
        StoreError: the database refused; the session is still open.
    """
    _end(store, who.owner, [who.session], Act.SIGNED_OUT)


def end_others(store: Store, who: Visitor) -> int:
    """End every session of the visitor's account but this one; how many."""
    others = [one.id for one in sessions(store, who.owner, idle=LONGEST) if one.id != who.session]
    _end(store, who.owner, others, Act.ENDED)
    return len(others)


def change_password(store: Store, who: Visitor, old: str, new: str) -> str:
    """Set another password; every session ends, and the token of a new one is returned.

    Raises:
        EntryError: `old` is not the password, or `new` is not allowed; the field is named.
        StoreError: the database refused; nothing was changed.
    """
    with reading(store.engine, who.owner) as session:
        stored = session.scalars(select(AccountRow.password)).first() or ""
    if not passwords.matches(stored, old):
        raise EntryError("old", "this is not the present password; write it as it is now.")
    passwords.check_password(new, who.owner)
    made = passwords.hashed(new)
    with writing(store.engine, who.owner) as session:
        row = session.scalars(select(AccountRow)).one()
        before = session.scalars(select(SessionRow).where(SessionRow.id == who.session)).first()
        row.password = made
        session.execute(delete(SessionRow))
        token = _open(session, store.clock(), before.browser if before else "")
        note(session, store.clock(), who.owner, Act.PASSWORD)
        session.commit()
    return token


def _open(session: OwnedSession, now: datetime, browser: str) -> str:
    token, name = new_token(session.owner)
    session.add(
        SessionRow(
            owner=session.owner,
            id=name,
            begun=now,
            seen=now,
            until=now + LONGEST,
            browser="".join(one for one in browser if one.isprintable())[:_LONGEST_BROWSER],
        )
    )
    return token


def _end(store: Store, owner: str, ids: list[str], what: Act) -> None:
    with writing(store.engine, owner) as session:
        session.execute(delete(SessionRow).where(SessionRow.id.in_(ids)))
        for _ in ids:
            note(session, store.clock(), owner, what)
        session.commit()
