"""A phase while it is being read: what has been said, and where it stands in the text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from itertools import pairwise

from occupancy.regimen.phase import CLOCK_OF_PART, DAY_MIN, Dose, Phase
from occupancy.regimen.reader import Reader
from occupancy.regimen.schedule import Late
from occupancy.regimen.tokens import Token
from occupancy.regimen.vocabulary import PartOfDay, Route

TimeOfDay = dt.time | PartOfDay

HOW_OFTEN = (
    "daily",
    "twice daily",
    "every 12 hours",
    "every 4 weeks",
    "on alternate days",
    "at night",
    "once",
)


@dataclass
class Amount:
    """An amount as written, with the times of day that belong to it."""

    mg: float
    first: Token
    last: Token
    times: list[TimeOfDay] = field(default_factory=list[TimeOfDay])


@dataclass
class PhaseDraft:
    """What a phase says: `opened` and `closed` are its first and last token, `ended_by` follows."""

    opened: Token
    nothing: bool = False
    amounts: list[Amount] = field(default_factory=list[Amount])
    interval: tuple[int, Token, Token] | None = None
    times_a_day: int | None = None
    once: Token | None = None
    every_day: bool = False
    duration_min: int | None = None
    until_day: int | None = None
    length_at: tuple[Token, Token] | None = None
    closed: Token | None = None
    ended_by: Token | None = None


@dataclass
class CourseDraft:
    """What holds for the whole course, with the tokens that say it."""

    route: tuple[Route, Token, Token] | None = None
    infusion: tuple[float, Token, Token] | None = None
    missed: dict[int, tuple[Token, Token]] = field(default_factory=dict[int, tuple[Token, Token]])
    late: tuple[Late, Token, Token] | None = None
    steady_state: tuple[Token, Token] | None = None


@dataclass(frozen=True)
class Before:
    """The dosing that a phase without its own timing continues."""

    phase: Phase
    draft: PhaseDraft


def build_phase(
    reader: Reader, draft: PhaseDraft, before: Before | None, start_min: int, *, infused: bool
) -> Phase:
    """Return the phase that a draft describes.

    Args:
        reader: the text, for errors that point at its words.
        draft: what was read.
        before: the last phase that gave doses, or None for the first phase.
        start_min: when the phase starts, for `until day 30`.
        infused: the doses are infusions; one without a frequency is given once.

    Raises:
        RegimenError: where the draft says too little, too much or contradicts itself.
    """
    last = draft.closed or draft.opened
    if any(amount.mg == 0 for amount in draft.amounts):
        _check_zero(reader, draft, before)
        draft = replace(draft, nothing=True, amounts=[], once=None)
    if draft.nothing:
        duration = _duration(reader, draft, start_min)
        return reader.pointing(
            draft.opened, last, lambda: Phase((), 24.0, None if duration is None else duration / 60)
        )
    if (
        infused
        and before is None
        and draft.interval is None
        and not any(a.times for a in draft.amounts)
    ):
        draft.once = draft.once or draft.opened
    if draft.once is not None:
        _check_once(reader, draft)
        draft = replace(draft, duration_min=DAY_MIN)
    interval, doses = _interval_and_doses(reader, draft, before, infused=infused)
    duration = _duration(reader, draft, start_min)
    return reader.pointing(
        draft.opened,
        last,
        lambda: Phase(doses, interval / 60, None if duration is None else duration / 60),
    )


def _check_zero(reader: Reader, draft: PhaseDraft, before: Before | None) -> None:
    zero = next(amount for amount in draft.amounts if amount.mg == 0)
    if before is None or len(draft.amounts) > 1:
        reader.fail(
            "A dose of zero is no dose: zero stands alone, in a later phase",
            ("20 mg daily for 28 days then 0 mg",),
            first=zero.first,
            last=zero.last,
        )


def _check_once(reader: Reader, draft: PhaseDraft) -> None:
    once = draft.once or draft.opened
    other = None if draft.interval is None else draft.interval[1:]
    clash = other or draft.length_at
    if clash is not None:
        reader.fail(
            "A dose given once does not repeat and has no duration (it stands for one day)",
            ("10 mg once", "10 mg daily for 5 days"),
            first=clash[0],
            last=clash[1],
        )
    if len(draft.amounts) != 1 or len(draft.amounts[0].times) > 1:
        reader.fail(
            "'once' goes with one amount at one time", ("10 mg once",), first=once, last=once
        )


def _duration(reader: Reader, draft: PhaseDraft, start_min: int) -> int | None:
    if draft.until_day is None:
        return draft.duration_min
    duration = draft.until_day * DAY_MIN - start_min
    if duration <= 0 and draft.length_at is not None:
        reader.fail(
            f"Day {draft.until_day} is over when this phase starts",
            (f"a day from {start_min // DAY_MIN + 1}",),
            first=draft.length_at[0],
            last=draft.length_at[1],
        )
    return duration


def _interval_and_doses(
    reader: Reader, draft: PhaseDraft, before: Before | None, *, infused: bool
) -> tuple[int, tuple[Dose, ...]]:
    """Return the cycle in minutes and its doses in clock order."""
    timed = any(amount.times for amount in draft.amounts)
    if draft.interval is None and not timed and draft.once is None:
        return _continued(reader, draft, before)
    interval = DAY_MIN if draft.interval is None else draft.interval[0]
    # A time of day alone means daily, unless a single dose or a longer interval may be meant.
    unsure = infused if before is None else before.phase.interval_min > DAY_MIN
    if unsure and draft.interval is None and draft.once is None and not draft.every_day:
        amount = draft.amounts[0]
        reader.fail(
            "A time of day does not say how often here",
            ("daily at 08:00", "every morning", "once at 08:00"),
            first=amount.first,
            last=amount.last,
        )
    doses = _doses(reader, draft)
    if draft.interval is not None and timed:
        _, first, last = draft.interval
        if draft.times_a_day is not None and draft.times_a_day > 1:
            if draft.times_a_day != len(doses):
                reader.fail(
                    f"{draft.times_a_day} times a day needs {draft.times_a_day} times of day, "
                    f"not {len(doses)}",
                    ("20 mg at 08:00 and 20:00",),
                    first=first,
                    last=last,
                )
            interval = DAY_MIN
        elif interval % DAY_MIN:
            reader.fail(
                "Doses with a time of day repeat after whole days",
                ("every 2 days at 08:00", "20 mg at 08:00 and 20:00"),
                first=first,
                last=last,
            )
    return interval, doses


def _continued(
    reader: Reader, draft: PhaseDraft, before: Before | None
) -> tuple[int, tuple[Dose, ...]]:
    """Return the timing of the phase before, with this phase's one amount."""
    amount = draft.amounts[0]
    if len(draft.amounts) > 1:
        _doses(reader, draft)
    if before is None or before.draft.once is not None:
        reader.fail("It is not said how often", HOW_OFTEN, first=amount.first, last=amount.last)
    if len(before.draft.amounts) > 1:
        reader.fail(
            "The phase before gives several amounts: say when this one is given",
            HOW_OFTEN,
            first=amount.first,
            last=amount.last,
        )
    doses = tuple(Dose(amount.mg, dose.at) for dose in before.phase.doses)
    return before.phase.interval_min, doses


def _doses(reader: Reader, draft: PhaseDraft) -> tuple[Dose, ...]:
    """Return the doses of a cycle in clock order."""
    for amount in draft.amounts:
        if not amount.times and len(draft.amounts) > 1:
            reader.fail(
                "With several amounts each needs its time of day",
                ("20 mg in the morning and 10 mg at night",),
                first=amount.first,
                last=amount.last,
            )
    found = [
        (Dose(amount.mg, at), amount) for amount in draft.amounts for at in (amount.times or [None])
    ]
    found.sort(key=lambda pair: pair[0].clock_min or 0)
    for (one, _), (other, amount) in pairwise(found):
        if one.clock_min == other.clock_min:
            at = other.at if isinstance(other.at, dt.time) else CLOCK_OF_PART[other.at or "noon"]
            reader.fail(
                f"Two doses are given at {at:%H:%M}",
                ("different times of day",),
                first=amount.first,
                last=amount.last,
            )
    return tuple(dose for dose, _ in found)
