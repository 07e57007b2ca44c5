"""Entries of a diary as forms say them, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from occupancy.web.diaries import zone_of
from occupancy.web.mistakes import Mistakes, mistake

if TYPE_CHECKING:
    from occupancy.diary import Content, Diary, Entry, Moment

#: Names of the forms and the kinds of entry they make.
FORMS: Final = {
    "taken": "dose taken",
    "missed": "dose missed",
    "sleep": "sleep",
    "mood": "mood",
    "scale": "scale",
    "note": "note",
}


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


def with_minutes(entry: Entry) -> Entry:
    """The entry with its time to the minute, as a form shows it."""
    local = entry.at.local.replace(second=0, microsecond=0)
    return replace(entry, at=replace(entry.at, local=local))
