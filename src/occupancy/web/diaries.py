"""The diary behind the pages: one store for the server, opened once, and whose is shown."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException

from occupancy.web.mistakes import Mistakes, mistake

if TYPE_CHECKING:
    from fastapi import Request

    from occupancy.diary import Diary, Entry, PlannedDose, PlanVersion, Store
    from occupancy.diary.team.sessions import Visitor
    from occupancy.web.settings import Settings

#: Entries shown before the older ones are asked for.
SHOWN: Final = 60
#: What the log calls the pages on which somebody else's diary is read.
_LOOKS: Final = (
    ("/diary/entry", "an entry"),
    ("/diary", "Diary"),
    ("/my-course", "My course"),
    ("/report", "Report"),
    ("/", "the diary"),
)


class Keeper:
    """The store of one server, opened when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        """Keep diaries in the folder of `settings`."""
        self._where = settings.database or settings.data / "diary.db"
        self._clock = settings.clock
        self._opening = threading.Lock()
        self._store: Store | None = None

    def store(self) -> Store:
        """The open store.

        Raises:
            StoreError: it cannot be used; the message says why and what to do.
        """
        with self._opening:
            if self._store is None:
                from occupancy.diary import Store

                clock = {} if self._clock is None else {"clock": self._clock}
                self._store = Store.open(self._where, **clock)
            return self._store

    def close(self) -> None:
        """Close the store, if it was opened."""
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = None


def diary_of(request: Request) -> Diary:
    """The diary that a request is about: the one place where that is decided.

    One's own; the invented one with `who=example`; in team mode somebody else's with `who` and
    their name, when it is shared with the clinician who asks. All but one's own can be read and
    not written.

    Raises:
        HTTPException: a diary that is not there or not shared (404), or nobody is signed in (401).
        StoreError: the database refused.
    """
    who = request.query_params.get("who", "")
    store: Store = request.app.state.keeper.store()
    visitor = _visitor(request)
    if who == "example":
        return replace(_invented(store), read_only=True)
    if visitor is None:
        return store.diary()
    if who in ("", visitor.owner) and visitor.role == "person":
        return store.diary(visitor.owner)
    return _shared(store, who, visitor.owner, request.url.path)


def _visitor(request: Request) -> Visitor | None:
    """Who is signed in; None where there are no accounts."""
    if not request.app.state.settings.team:
        return None
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is None:
        raise HTTPException(401, "Sign in first.")
    return visitor


def _shared(store: Store, owner: str, reader: str, path: str) -> Diary:
    from occupancy.diary import NoSuchEntryError
    from occupancy.diary.team.sharing import shared_diary

    page = next(name for start, name in _LOOKS if path.startswith(start))
    try:
        return shared_diary(store, owner, reader, page)
    except NoSuchEntryError:
        raise HTTPException(404) from None


def _invented(store: Store) -> Diary:
    from occupancy.diary import Moment, NoSuchEntryError, local_zone
    from occupancy.diary.example import OWNER, add_example

    try:
        return store.diary(OWNER)
    except NoSuchEntryError:
        zone = local_zone()
        return add_example(store, today=Moment.now(zone).local.date(), zone=zone)


def shown_of(request: Request, diary: Diary) -> dict[str, Any]:
    """What a page says of the diary that it shows: whose, whether it can be written, and what its
    addresses carry to stay with it.
    """
    who = request.query_params.get("who", "") if diary.read_only else ""
    asked = urlencode({"who": who}) if who else ""
    return {
        "example": diary.owner.example,
        "whose": (diary.owner.name or diary.owner.owner) if diary.read_only else "",
        "who": f"&{asked}" if asked else "",
        "ask": f"?{asked}" if asked else "",
    }


def note(request: Request, what: str, detail: str = "") -> None:
    """Write to the log of one's own diary, in team mode; `what` is one of `audit.Act`."""
    visitor = _visitor(request)
    if visitor is not None:
        from occupancy.diary.team.audit import Act, record

        store, owner = request.app.state.keeper.store(), visitor.owner
        record(store, owner, owner, Act(what), detail)


def zone_of(diary: Diary, given: str | None) -> str:
    """The time zone of an entry: as the browser said, or the diary's.

    Raises:
        Mistakes: a zone that is not known.
    """
    from occupancy.diary import EntryError
    from occupancy.diary.moment import check_zone

    if not given:
        return diary.zone
    try:
        return check_zone(given)
    except EntryError as error:
        raise Mistakes([mistake("zone", given, error)]) from error


def by_day(entries: tuple[Entry, ...]) -> list[tuple[date, list[Entry]]]:
    """Entries under the days on which they happened, in their order."""
    return [(day, list(ones)) for day, ones in groupby(entries, lambda one: one.at.local.date())]


def planned_today(plan: PlanVersion | None, day: date) -> PlannedDose | None:
    """The planned dose of a day, or None without a plan."""
    from occupancy.diary import planned_on

    return None if plan is None else planned_on(plan, day)


def keep_plan(
    diary: Diary, document: Any, day_zero: date, *, agreed_by: str, earlier: PlanVersion | None
) -> PlanVersion:
    """Keep a plan; of the same drug as the present one, it is the next version of that."""
    same = earlier is not None and earlier.document.get("drug") == document.drug
    return diary.add_plan(
        document,
        day_zero,
        plan_id=earlier.plan_id if same and earlier is not None else None,
        agreed_by=agreed_by,
    )
