"""The diary of one owner: entries and plans that grow and are corrected, never changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from occupancy.diary.content import KINDS, LONGEST_NAME, Content, check_text
from occupancy.diary.conversion import entry_of, entry_row, plan_of, plan_row
from occupancy.diary.entry import Entry, Owner, PlanVersion
from occupancy.diary.error import (
    AlreadyCorrectedError,
    EntryError,
    NoSuchEntryError,
    ReadOnlyDiaryError,
)
from occupancy.diary.moment import Moment, local_zone
from occupancy.diary.ownership import OwnedSession, reading, writing
from occupancy.diary.plan import document_values
from occupancy.diary.rows import EntryRow, PlanRow

if TYPE_CHECKING:
    from occupancy.taper.documents import TaperDocument


@dataclass(frozen=True)
class Diary:
    """What one owner wrote; `Store.diary` makes it.

    A method that writes returns after the row is on the disk.

    Attributes:
        engine: of the store.
        owner: whose diary it is.
        clock: says when a row is written.
        read_only: whether it is somebody else's, shared to be read.
    """

    engine: Engine
    owner: Owner
    clock: Callable[[], datetime]
    read_only: bool = False

    @property
    def zone(self) -> str:
        """Where its owner is: their recorded time zone, that of their newest entry, or here.

        A machine may stand elsewhere than the people who write on it: a day that has begun for
        them is today, whatever its own calendar says.
        """
        if self.owner.zone:
            return self.owner.zone
        newest = self.entries(limit=1, newest_first=True)
        return newest[0].at.zone if newest else local_zone()

    def today(self) -> date:
        """The day that a calendar in `zone` shows."""
        return Moment.now(self.zone).local.date()

    def add(self, content: Content, at: Moment, *, author: str = "") -> Entry:
        """Write an entry down.

        Args:
            content: what happened: `Taken`, `Missed`, `Sleep`, `Mood`, `Note`, `Answers`.
            at: when.
            author: who writes, where that is not the owner.

        Raises:
            StoreError: it was not written; the message says why.
        """
        (entry,) = self.add_all([(content, at)], author=author)
        return entry

    def add_all(
        self, entries: Iterable[tuple[Content, Moment]], *, author: str = ""
    ) -> tuple[Entry, ...]:
        """Write several entries down, all of them or none; see `add`."""
        check_text("author", author, LONGEST_NAME)
        made: list[Entry] = []
        for content, at in entries:
            name = str(uuid4())
            made.append(Entry(name, at, content, self.clock(), original=name, author=author))
        with self._writing() as session:
            session.add_all([entry_row(self.owner.owner, one) for one in made])
            session.commit()
        return tuple(made)

    def correct(
        self,
        entry_id: str,
        content: Content | None = None,
        *,
        at: Moment | None = None,
        reason: str = "",
        author: str = "",
    ) -> Entry:
        """Write a new version of an entry; the version that it replaces is kept.

        Args:
            entry_id: of its latest version.
            content: of the same kind; None keeps what it says.
            at: None keeps when it happened.
            reason: why, in the writer's words.
            author: who writes, where that is not the owner.

        Raises:
            NoSuchEntryError: no entry of that id in this diary.
            AlreadyCorrectedError: the version was replaced before.
            EntryError: another kind of content; withdraw the entry and add one instead.
            StoreError: it was not written; the message says why.
        """
        return self._replace(entry_id, content, at, reason, author, withdrawn=False)

    def withdraw(self, entry_id: str, *, reason: str = "", author: str = "") -> Entry:
        """Leave an entry out of account from now on; its versions stay, and a correction brings
        it back. Arguments and errors as in `correct`.
        """
        return self._replace(entry_id, None, None, reason, author, withdrawn=True)

    def _replace(
        self,
        entry_id: str,
        content: Content | None,
        at: Moment | None,
        reason: str,
        author: str,
        *,
        withdrawn: bool,
    ) -> Entry:
        check_text("reason", reason)
        check_text("author", author, LONGEST_NAME)
        try:
            with self._writing() as session:
                before = entry_of(self._row(session, entry_id))
                if session.scalars(
                    select(EntryRow.id).where(EntryRow.replaces == entry_id)
                ).first():
                    raise _corrected(entry_id)
                if content is not None and content.kind != before.kind:
                    raise EntryError(
                        "kind",
                        f"entry {entry_id} is a {before.kind!r}, the correction a "
                        f"{content.kind!r}; withdraw the entry and add another.",
                    )
                after = Entry(
                    id=str(uuid4()),
                    at=before.at if at is None else at,
                    content=before.content if content is None else content,
                    recorded=self.clock(),
                    original=before.original,
                    version=before.version + 1,
                    replaces=before.id,
                    withdrawn=withdrawn,
                    reason=reason,
                    author=author,
                )
                session.add(entry_row(self.owner.owner, after))
                session.commit()
        except IntegrityError:  # somebody else corrected it between the look and the writing
            raise _corrected(entry_id) from None
        return after

    def entries(
        self,
        *,
        kinds: Collection[str] = (),
        first_day: date | None = None,
        last_day: date | None = None,
        limit: int | None = None,
        newest_first: bool = False,
        withdrawn: bool = False,
    ) -> tuple[Entry, ...]:
        """The latest version of each entry, in the order in which they happened.

        Args:
            kinds: only these, by their names in `KINDS`; none means all.
            first_day: from this day on, as the clock on the wall showed it; `last_day` the last.
            limit: at most so many.
            newest_first: from the latest backwards.
            withdrawn: also those that were withdrawn.

        Raises:
            EntryError: an unknown kind.
            StoreError: the database cannot be read.
        """
        for kind in kinds:
            if kind not in KINDS:
                raise EntryError("kind", f"kind = {kind!r} is not one of {', '.join(KINDS)}.")
        later = aliased(EntryRow)
        query = select(EntryRow).where(
            ~select(later.id).where(later.replaces == EntryRow.id).exists()
        )
        if kinds:
            query = query.where(EntryRow.kind.in_(sorted(kinds)))
        if not withdrawn:
            query = query.where(EntryRow.withdrawn.is_(False))
        if first_day is not None:
            query = query.where(EntryRow.at_local >= datetime.combine(first_day, time()))
        if last_day is not None:
            after = datetime.combine(last_day, time()) + timedelta(days=1)
            query = query.where(EntryRow.at_local < after)
        order = (EntryRow.at_utc, EntryRow.recorded, EntryRow.id)
        query = query.order_by(*((one.desc() for one in order) if newest_first else order))
        return self._entries(query if limit is None else query.limit(limit))

    def entry(self, entry_id: str) -> Entry:
        """The version with this id.

        Raises:
            NoSuchEntryError: none in this diary.
        """
        with self._reading() as session:
            return entry_of(self._row(session, entry_id))

    def history(self, entry_id: str) -> tuple[Entry, ...]:
        """Every version of the entry that has this id or had it once, the first one first.

        Raises:
            NoSuchEntryError: none in this diary.
        """
        original = self.entry(entry_id).original
        return self._entries(
            select(EntryRow).where(EntryRow.original == original).order_by(EntryRow.version)
        )

    def versions(self) -> tuple[Entry, ...]:
        """Every version of every entry, in the order in which they were written."""
        return self._entries(
            select(EntryRow).order_by(EntryRow.recorded, EntryRow.original, EntryRow.version)
        )

    def add_plan(
        self,
        document: TaperDocument | dict[str, Any],
        first_day: date,
        *,
        plan_id: str | None = None,
        agreed_by: str = "",
        note: str = "",
        author: str = "",
    ) -> PlanVersion:
        """Keep a plan, or the next version of one.

        Args:
            document: of `occupancy taper --json`, as an object or as plain JSON.
            first_day: day of its first change of dose.
            plan_id: of the plan that it is a new version of; None begins a plan.
            agreed_by: the prescriber who made it their own; empty for a proposal.
            note: free words.
            author: who writes, where that is not the owner.

        Raises:
            EntryError: a document that is no taper.
            NoSuchEntryError: no plan of that id in this diary.
            StoreError: it was not written; the message says why.
        """
        values = document_values(document)
        for name, text in (("agreed_by", agreed_by), ("author", author)):
            check_text(name, text, LONGEST_NAME)
        check_text("note", note)
        try:
            with self._writing() as session:
                revision = 0
                if plan_id is not None:
                    query = select(PlanRow.revision).where(PlanRow.plan_id == plan_id)
                    before = session.scalars(query.order_by(PlanRow.revision.desc())).first()
                    if before is None:
                        raise NoSuchEntryError(f"no plan {plan_id[:36]!r} in this diary.")
                    revision = before + 1
                plan = PlanVersion(
                    plan_id or str(uuid4()),
                    revision,
                    first_day,
                    values,
                    self.clock(),
                    agreed_by,
                    note,
                    author,
                )
                session.add(plan_row(self.owner.owner, plan))
                session.commit()
        except IntegrityError:
            raise AlreadyCorrectedError(
                f"plan {plan_id} was changed by somebody else just now; look at it again."
            ) from None
        return plan

    def plan_versions(self, plan_id: str | None = None) -> tuple[PlanVersion, ...]:
        """Every version of every plan, or of one, in the order in which they were written."""
        query = select(PlanRow).order_by(PlanRow.recorded, PlanRow.plan_id, PlanRow.revision)
        if plan_id is not None:
            query = query.where(PlanRow.plan_id == plan_id)
        with self._reading() as session:
            return tuple(plan_of(row) for row in session.scalars(query))

    def current_plan(self) -> PlanVersion | None:
        """The version written last: one agreed with a prescriber before any proposal; or None."""
        versions = self.plan_versions()
        agreed = [one for one in versions if one.agreed_by]
        return (agreed or list(versions) or [None])[-1]

    def _entries(self, query: Select[Any]) -> tuple[Entry, ...]:
        with self._reading() as session:
            return tuple(entry_of(row) for row in session.scalars(query))

    def _row(self, session: OwnedSession, entry_id: str) -> EntryRow:
        row = None
        if entry_id.isprintable():  # PostgreSQL takes no NUL, and no id has one
            row = session.scalars(select(EntryRow).where(EntryRow.id == entry_id)).first()
        if row is None:
            raise NoSuchEntryError(f"no entry {str(entry_id)[:36]!r} in this diary.")
        return row

    def _reading(self) -> AbstractContextManager[OwnedSession]:
        return reading(self.engine, self.owner.owner)

    def _writing(self) -> AbstractContextManager[OwnedSession]:
        if self.read_only:
            raise ReadOnlyDiaryError("this diary is shared with you to read; its owner writes it.")
        return writing(self.engine, self.owner.owner)


def _corrected(entry_id: str) -> AlreadyCorrectedError:
    return AlreadyCorrectedError(
        f"entry {entry_id} was corrected before; its history shows the latest version, which can "
        "be corrected."
    )
