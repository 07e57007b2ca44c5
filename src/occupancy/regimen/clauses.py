"""The clauses of a phase: route, infusion, length, missed days, late doses, steady state."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from occupancy.regimen.draft import Amount, CourseDraft, PhaseDraft
from occupancy.regimen.phase import LONGEST_MIN, Dose
from occupancy.regimen.reader import Reader
from occupancy.regimen.schedule import Late
from occupancy.regimen.timing import read_frequency, read_time_of_day
from occupancy.regimen.vocabulary import (
    CLAUSES,
    MASS_IN_MG,
    MISSED_WORDS,
    NEEDED_WORDS,
    NOTHING_WORDS,
    PART_WORDS,
    RESERVED,
    ROUTE_WORDS,
    ROUTES,
    STOP_WORDS,
)

_STEADY = ("steady", "steady-state")


def read_amount(reader: Reader, phase: PhaseDraft) -> None:
    """Read an amount into the phase.

    Raises:
        RegimenError: for a missing or wrong unit, or an amount out of bounds.
    """
    first = reader.token
    mg = reader.amount_mg()
    last = reader.previous
    if mg:
        reader.pointing(first, last, lambda: Dose(mg))
    phase.amounts.append(Amount(mg, first, last))


def read_clause(reader: Reader, phase: PhaseDraft, course: CourseDraft) -> None:
    """Read one clause into the phase or the course.

    Raises:
        RegimenError: for a word that starts no clause, or a clause that is not complete.
    """
    token = reader.token
    read = _course_clause(reader)
    if read is not None:
        read(reader, course)
    elif token.word in ("for", "until"):
        _read_length(reader, phase)
    elif phase.nothing:
        reader.refuse(("for 14 days", "until day 30", "then"), ("then",), wanted="part of a pause")
    elif token.word in STOP_WORDS or token.word in NOTHING_WORDS:
        reader.fail(
            f"'{token.raw}' starts a phase of its own",
            (f"then {token.word}",),
            first=token,
            last=token,
        )
    elif token.word == "and":
        _read_after_and(reader, phase)
    elif token.kind == "number" and reader.ahead().word in MASS_IN_MG:
        if reader.previous.raw not in (",", ";"):
            reader.fail(
                f"The amount '{token.raw[:40]} {reader.ahead().raw}' follows another",
                ("and 10 mg at night, for a second dose", "then 10 mg, for the next phase"),
                first=token,
                last=reader.ahead(),
            )
        read_amount(reader, phase)
    elif not read_frequency(reader, phase) and not read_time_of_day(reader, phase):
        reader.refuse(
            CLAUSES, RESERVED, PART_WORDS, ("and", "days"), wanted="part of a regimen here"
        )


def _course_clause(reader: Reader) -> Callable[[Reader, CourseDraft], None] | None:
    """Return how to read the next clause if it is one that holds for the whole course."""
    word, after = reader.token.word, reader.ahead().word
    if word in MISSED_WORDS:
        return _read_missed
    if word == "late":
        return _read_late
    if word in _STEADY or (word == "at" and after in _STEADY):
        return _read_steady_state
    if word == "prn" or (word in ("as", "when", "if") and after in NEEDED_WORDS):
        return _refuse_as_needed
    if word in ROUTE_WORDS or (word == "by" and after == "mouth"):
        return _read_route
    if word == "over":
        return _read_infusion
    return None


def _read_after_and(reader: Reader, phase: PhaseDraft) -> None:
    """Read a second amount or a second time of day."""
    reader.take()
    if read_time_of_day(reader, phase):
        return
    if reader.token.kind != "number":
        reader.refuse(
            ("a second dose (and 10 mg at night)", "a second time (and 20:00)", "then"),
            PART_WORDS,
            wanted="a dose or a time of day",
        )
    read_amount(reader, phase)


def _read_length(reader: Reader, phase: PhaseDraft) -> None:
    first = reader.take()
    if first.word == "for":
        minutes = reader.span_min("a duration")
        if minutes.denominator != 1 or not 0 < minutes <= LONGEST_MIN:
            reader.fail(
                "A phase cannot last this long",
                ("a whole number of minutes, up to 100 years",),
                first=first,
                last=reader.previous,
            )
        length, until = int(minutes), None
    else:
        if not reader.accept("day"):
            reader.refuse(("day 30",), ("day",), wanted="'day' and its number")
        length, until = None, reader.day()
    if phase.length_at is not None:
        reader.fail("The length of this phase is said twice", first=first, last=reader.previous)
    phase.duration_min, phase.until_day = length, until
    phase.length_at = (first, reader.previous)


def _read_route(reader: Reader, course: CourseDraft) -> None:
    first = reader.take()
    route = "oral" if first.word == "by" else ROUTE_WORDS[first.word]
    last = reader.take() if first.word == "by" else first
    if course.route is not None and course.route[0] != route:
        reader.fail(
            f"The route was {course.route[0]} before: a regimen has one route",
            ROUTES,
            first=first,
            last=last,
        )
    course.route = (route, first, last)


def _read_infusion(reader: Reader, course: CourseDraft) -> None:
    first = reader.take()
    minutes = reader.span_min("the length of an infusion")
    last = reader.previous
    if not 0 < minutes <= LONGEST_MIN:
        reader.fail("An infusion cannot last this long", ("over 2 h",), first=first, last=last)
    hours = float(minutes / 60)
    if course.infusion is not None and course.infusion[0] != hours:
        reader.fail("The length of the infusion is said twice", first=first, last=last)
    course.infusion = (hours, first, last)


def _read_missed(reader: Reader, course: CourseDraft) -> None:
    reader.take()
    reader.accept("dose", "doses")
    reader.accept("on")
    if not reader.accept("day", "days"):
        reader.refuse(("days 3 and 9", "day 5"), ("day", "days"), wanted="'days' and their numbers")
    course.missed |= {day: (first, last) for day, first, last in reader.days()}


def _read_late(reader: Reader, course: CourseDraft) -> None:
    first = reader.take()
    reader.accept("dose", "doses")
    by: Fraction | None = None
    days: set[int] = set()
    while True:
        if by is None and reader.accept("by"):
            by = reader.span_min("a delay")
        elif not days and reader.token.word == "on" and reader.ahead().word in ("day", "days"):
            reader.take()
            reader.take()
            days = {day for day, _, _ in reader.days()}
        else:
            break
    last = reader.previous
    if by is not None and not by <= LONGEST_MIN:
        reader.fail("A dose cannot be this late", ("late doses by 7 days",), first=first, last=last)
    late = reader.pointing(
        first, last, lambda: Late(None if by is None else float(by / 60), tuple(sorted(days)))
    )
    if course.late is not None:
        reader.fail("Late doses are said twice", first=first, last=last)
    course.late = (late, first, last)


def _read_steady_state(reader: Reader, course: CourseDraft) -> None:
    first = reader.token
    reader.accept("at")
    if reader.take().word == "steady" and not reader.accept("state"):
        reader.refuse(("at steady state",), ("state",), wanted="'state'")
    course.steady_state = (first, reader.previous)


def _refuse_as_needed(reader: Reader, course: CourseDraft) -> None:
    first = reader.take()
    last = first if first.word == "prn" else reader.take()
    reader.fail(
        "Doses taken as needed have no times, so no course can be computed from them: "
        "write the doses that were or would be taken",
        ("5 mg once", "5 mg every 12 hours for 2 days"),
        first=first,
        last=last,
    )
