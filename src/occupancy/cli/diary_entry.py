"""From the words of `occupancy diary add` to an entry, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from occupancy.diary import Content, Moment

KIND_WORDS = (
    "\b\nKinds and their words:\n"
    "  taken citalopram 20 mg         a dose that was taken\n"
    "  missed citalopram 20 mg        a dose that was not (the amount may be left out)\n"
    "  sleep 7.5 [QUALITY] [TIMES]    hours, quality 0-10, times awake\n"
    "  mood 6                         0 the worst, 10 the best\n"
    '  note "free words"\n'
    "  PHQ-9 0 1 2 ...                answers in order, - for one left out; also GAD-7, AIMS,\n"
    "                                 withdrawal-checklist\n"
)
_DOSES = {"taken": "dose taken", "missed": "dose missed"}


def content_from(kind: str, words: Sequence[str], note: str) -> Content:
    """What was entered.

    Raises:
        EntryError: an unknown kind, or words that do not fit it.
    """
    from occupancy.diary import Answers, EntryError, Missed, Mood, Note, Sleep, Taken, scales

    kind = {long: short for short, long in _DOSES.items()}.get(kind, kind)
    if kind in ("taken", "missed"):
        drug, dose = _dose(words)
        if kind == "missed":
            return Missed(drug, dose, note)
        if dose is None:
            raise EntryError("dose_mg", "taken: write the drug and the dose, as citalopram 20 mg.")
        return Taken(drug, dose, note)
    if kind == "sleep":
        numbers = [_number(one, "sleep") for one in words]
        if not 1 <= len(numbers) <= 3:
            raise EntryError("hours", "sleep: write the hours, then quality and times awake.")
        quality, awake = (
            int(one) if one == int(one) else one for one in (*numbers[1:], -1, -1)[:2]
        )
        rest: Any = {"quality": quality, "awakenings": awake}
        given = dict(list(rest.items())[: len(numbers) - 1])
        return Sleep(numbers[0], **given, note=note)
    if kind == "mood":
        if len(words) != 1:
            raise EntryError("score", "mood: write one whole number from 0 to 10.")
        score: Any = _number(words[0], "mood")
        return Mood(int(score) if score == int(score) else score, note)
    if kind == "note":
        return Note(" ".join(words) or note)
    name, words = (words[0], words[1:]) if kind == "scale" and words else (kind, words)
    known = {one.name.casefold().replace(" ", "-"): one.name for one in scales()}
    wanted = name.casefold().replace(" ", "-")
    if wanted not in known:
        raise EntryError(
            "kind",
            f"{kind[:40]!r} is no kind of entry; there are: taken, missed, sleep, mood, note, "
            f"{', '.join(one.replace(' ', '-') for one in known.values())}.",
        )
    answers: list[Any] = [
        None if one == "-" else int(value) if (value := _number(one, name)) == int(value) else value
        for one in words
    ]
    return Answers(known[wanted], tuple(answers), note=note)


def moment_from(when: str | None, zone: str | None, which: Any) -> Moment:
    """When it was.

    Raises:
        EntryError: a time that cannot be read, or that the clock skipped or showed twice.
    """
    from occupancy.diary import EntryError, Moment, local_zone

    if when is None:
        return Moment.now(zone)
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return Moment.at(datetime.strptime(when, form), zone or local_zone(), which)
        except EntryError:
            raise
        except ValueError:
            continue
    raise EntryError("at", f'--at {when[:40]}: write the time as "2026-12-01 08:00".')


def in_words(content: Content) -> str:
    """The content in one line."""
    from occupancy.diary import Answers, Missed, Mood, Note, Sleep, Taken

    note = getattr(content, "note", "")
    match content:
        case Taken(drug=drug, dose_mg=dose):
            text = f"taken {drug} {dose:g} mg"
        case Missed(drug=drug, dose_mg=dose):
            text = f"missed {drug}" + ("" if dose is None else f" {dose:g} mg")
        case Sleep(hours=hours, quality=quality):
            text = f"slept {hours:g} h" + ("" if quality is None else f", quality {quality}")
        case Mood(score=score):
            text = f"mood {score} of 10"
        case Answers():
            total = "incomplete" if content.total is None else f"{content.total:g}"
            text = f"{content.scale} {total} of {content.form.most}"
        case Note(text=words):
            text = words
        case _:
            text = content.kind
    return " ".join(f"{text}; {note}".split() if note else text.split())


def _dose(words: Sequence[str]) -> tuple[str, float | None]:
    from occupancy.diary import EntryError

    words = [part for word in words for part in word.split()]
    if len(words) >= 2 and words[-1].endswith("mg") and words[-1] != "mg":
        words = [*words[:-1], words[-1].removesuffix("mg"), "mg"]
    if len(words) >= 3 and words[-1] == "mg":
        return " ".join(words[:-2]), _number(words[-2], "dose")
    if not words or any(character.isdigit() for character in words[-1]):
        raise EntryError("dose_mg", "write the drug and the dose with its unit: citalopram 20 mg.")
    return " ".join(words), None


def _number(text: str, name: str) -> float:
    from occupancy.diary import EntryError

    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")):
        raise EntryError(name, f"{name}: {text[:40]!r} is no number; write decimals with a point.")
    return value
