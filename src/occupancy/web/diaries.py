"""The diary behind the pages: one store for the server, opened once, and what a form says of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException

from occupancy.web.mistakes import Mistakes, mistake

if TYPE_CHECKING:
    from fastapi import Request

    from occupancy.diary import Content, Diary, Entry, Moment, PlannedDose, PlanVersion, Store
    from occupancy.diary.team.sessions import Visitor
    from occupancy.web.settings import Settings

#: Entries shown before the older ones are asked for.
SHOWN: Final = 60
#: Names of the forms and the kinds of entry they make.
FORMS: Final = {
    "taken": "dose taken",
    "missed": "dose missed",
    "sleep": "sleep",
    "mood": "mood",
    "scale": "scale",
    "note": "note",
}


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
    from occupancy.diary import NoSuchEntryError, local_zone
    from occupancy.diary.example import OWNER, add_example

    try:
        return store.diary(OWNER)
    except NoSuchEntryError:
        zone = local_zone()
        return add_example(store, today=today_in(zone), zone=zone)


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


def today_in(zone: str) -> date:
    """The day that a calendar in `zone` shows."""
    from occupancy.diary import Moment

    return Moment.now(zone).local.date()


def zone_of(diary: Diary, given: str | None = None) -> str:
    """The time zone of an entry: as the browser said, the owner's, or this machine's.

    Raises:
        Mistakes: a zone that is not known.
    """
    from occupancy.diary import EntryError, local_zone
    from occupancy.diary.moment import check_zone

    if not given:
        return diary.owner.zone or local_zone()
    try:
        return check_zone(given)
    except EntryError as error:
        raise Mistakes([mistake("zone", given, error)]) from error


def content_of_form(form: str, typed: Mapping[str, str]) -> Content:
    """What a form says happened.

    Raises:
        Mistakes: a field that cannot be; what was typed stays with the form.
    """
    from occupancy.diary import EntryError, content_of, scale

    lines: list[Any] = []

    def number(name: str, whole: bool = False) -> float | int | None:
        text = typed.get(name, "").strip().replace(",", ".")
        if not text:
            return None
        try:
            return int(text) if whole else float(text)
        except ValueError:
            kind = "a whole number" if whole else "a number"
            lines.append(mistake(name, text, f"this is not {kind}; write it in digits"))
            return None

    values: dict[str, Any] = {"note": typed.get("note", "").strip()}
    if form in ("taken", "missed"):
        values |= {"drug": typed.get("drug", "").strip(), "dose_mg": number("dose_mg")}
        if form == "taken" and values["dose_mg"] is None and not lines:
            lines.append(mistake("dose_mg", "", "the dose is missing; write it in mg"))
    elif form == "sleep":
        values |= {
            "hours": number("hours"),
            "quality": number("quality", whole=True),
            "awakenings": number("awakenings", whole=True),
        }
        if values["hours"] is None and not lines:
            lines.append(mistake("hours", "", "the hours are missing; write how long you slept"))
    elif form == "mood":
        values |= {"score": number("score", whole=True)}
        if values["score"] is None and not lines:
            lines.append(mistake("score", "", "nothing is chosen; choose a number from 0 to 10"))
    elif form == "scale":
        name = typed.get("scale", "")
        try:
            items = scale(name).items
        except EntryError as error:
            raise Mistakes([mistake("scale", name, error)]) from error
        answers = [number(f"item{k}", whole=True) for k in range(len(items))]
        values |= {"scale": name, "answers": answers, "rater": typed.get("rater", "").strip()}
    else:
        values = {"text": typed.get("text", "")}
    if lines:
        raise Mistakes(lines)
    try:
        return content_of(FORMS[form], values)
    except EntryError as error:
        raise Mistakes([mistake(error.field, typed.get(error.field, ""), error)]) from error


def moment_of_form(diary: Diary, typed: Mapping[str, str]) -> Moment:
    """When a form says it happened; now when nothing is said.

    Raises:
        Mistakes: a time that cannot be, or that the clock showed twice.
    """
    from occupancy.diary import EntryError, Moment

    zone = zone_of(diary, typed.get("zone"))
    text = typed.get("at", "").strip()
    try:
        if not text:
            return Moment.now(zone)
        which = typed.get("which") or None
        if which not in (None, "first", "second"):
            which = None
        local = datetime.fromisoformat(text).replace(tzinfo=None)
        return Moment.at(local, zone, which)  # pyright: ignore[reportArgumentType]
    except EntryError as error:
        raise Mistakes([mistake("at", text, error)]) from error
    except ValueError:
        said = "this is no date and time; write it as 2026-12-01 08:00"
        raise Mistakes([mistake("at", text, said)]) from None


def by_day(entries: tuple[Entry, ...]) -> list[tuple[date, list[Entry]]]:
    """Entries under the days on which they happened, in their order."""
    return [(day, list(ones)) for day, ones in groupby(entries, lambda one: one.at.local.date())]


def planned_today(plan: PlanVersion | None, day: date) -> PlannedDose | None:
    """The planned dose of a day, or None without a plan."""
    from occupancy.diary import planned_on

    return None if plan is None else planned_on(plan, day)


def in_words(entry: Entry) -> str:
    """What an entry says, in one line."""
    from occupancy.diary import Answers, Missed, Mood, Note, Sleep, Taken

    one = entry.content
    match one:
        case Taken():
            text = f"{one.drug} {one.dose_mg:g} mg taken"
        case Missed():
            amount = "" if one.dose_mg is None else f" {one.dose_mg:g} mg"
            text = f"{one.drug}{amount} missed"
        case Sleep():
            text = f"slept {one.hours:g} h"
            if one.quality is not None:
                text += f", quality {one.quality} of 10"
            if one.awakenings is not None:
                text += f", awake {one.awakenings} times"
        case Mood():
            text = f"mood {one.score} of 10"
        case Answers():
            total = (
                "some items left out" if one.total is None else f"{one.total} of {one.form.most}"
            )
            text = f"{one.scale}: {total}"
        case Note():
            text = one.text
        case _:
            text = one.kind
    note = getattr(one, "note", "")
    return f"{text}. {note}" if note else text


def typed_of(entry: Entry) -> dict[str, str]:
    """An entry as its form would have been typed."""
    values = entry.content.to_json()
    typed = {name: "" if one is None else _plain(one) for name, one in values.items()}
    for k, answer in enumerate(values.get("answers", ())):
        typed[f"item{k}"] = "" if answer is None else str(answer)
    typed["at"] = entry.at.local.strftime("%Y-%m-%dT%H:%M")
    typed["zone"] = entry.at.zone
    return typed


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def form_of(entry: Entry) -> str:
    """Name of the form that makes entries of this kind."""
    return next(form for form, kind in FORMS.items() if kind == entry.kind)


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


def with_minutes(entry: Entry) -> Entry:
    """The entry with its time to the minute, as a form shows it."""
    local = entry.at.local.replace(second=0, microsecond=0)
    return replace(entry, at=replace(entry.at, local=local))
