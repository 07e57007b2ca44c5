"""How often and when: `twice daily`, `every 4 weeks`, `at night`, `at 08:00`."""

from __future__ import annotations

import datetime as dt
import re

from occupancy.regimen.draft import PhaseDraft, TimeOfDay
from occupancy.regimen.phase import DAY_MIN, LONGEST_MIN
from occupancy.regimen.reader import Reader
from occupancy.regimen.tokens import Token
from occupancy.regimen.vocabulary import (
    COUNT_WORDS,
    DAILY_PART_WORDS,
    EVERY_WORDS,
    INTERVAL_MIN,
    PART_WORDS,
    TIME_IN_MIN,
    TIME_NAMES,
    TIMES_WORDS,
)

_ORDINALS = {"other": 2, "second": 2, "third": 3, "fourth": 4}
_LATIN_EVERY = re.compile(r"q([0-9]{1,4})([hdw])")  # q12h
_A_DAY = ("daily", "a day", "per day")
_TIMES_OF_DAY = ("at 08:00", "at 8 am", "in the morning", "at noon", "in the evening", "at night")


def read_frequency(reader: Reader, draft: PhaseDraft) -> bool:
    """Read how often into the draft; return False, having read nothing, if something else comes.

    Raises:
        RegimenError: for a frequency that is cut short, contradicts an earlier one or is odd.
    """
    first = reader.token
    latin = _LATIN_EVERY.fullmatch(first.word)
    if first.word in INTERVAL_MIN or latin is not None:
        reader.take()
        minutes = INTERVAL_MIN.get(first.word, 0)
        if latin is not None:
            minutes = int(latin[1]) * TIME_IN_MIN[latin[2]]
        times = DAY_MIN // minutes if minutes and minutes < DAY_MIN and latin is None else None
        _set_interval(reader, draft, minutes, first, times)
    elif first.word in ("/", "per", "a", "an"):
        reader.take()
        _set_interval(reader, draft, _unit_min(reader), first)
    elif first.word in TIMES_WORDS or reader.ahead().word in ("times", "x"):
        _read_times(reader, draft)
    elif first.word == "single":
        reader.take()
        reader.accept("dose")
        draft.once = draft.once or first
    elif first.word in EVERY_WORDS and reader.ahead().word not in PART_WORDS:
        reader.take()
        _set_interval(reader, draft, _every_min(reader), first)
    elif first.word in ("alternate", "alternate-day") or reader.ahead().word == "alternate":
        reader.accept("on")
        if reader.take().word == "alternate" and not reader.accept("days", "day"):
            reader.refuse(("days",), ("days",), wanted="'days'")
        _set_interval(reader, draft, 2 * DAY_MIN, first)
    else:
        return False
    return True


def read_time_of_day(reader: Reader, draft: PhaseDraft) -> bool:
    """Read a time of day into the draft's last amount; return False if something else comes.

    Raises:
        RegimenError: for `at` or `in` without a time of day, or a second time without `and`.
    """
    first = reader.token
    joined = reader.previous.word
    every_day = first.word in DAILY_PART_WORDS or first.word in EVERY_WORDS
    at = _time_of_day(reader)
    if at is None:
        return False
    draft.every_day = draft.every_day or every_day
    times = draft.amounts[-1].times
    if not times or joined == "and" or (joined == "," and isinstance(times[-1], type(at))):
        times.append(at)
    elif joined != "," and isinstance(times[-1], dt.time) != isinstance(at, dt.time):
        # `every night at 22:30`: the clock time makes the part of the day precise.
        times[-1] = at if isinstance(at, dt.time) else times[-1]
    else:
        reader.fail(
            "Two times of day need 'and' between them",
            ("at 08:00 and 20:00",),
            first=first,
            last=reader.previous,
        )
    return True


def _time_of_day(reader: Reader) -> TimeOfDay | None:
    word, after = reader.token.word, reader.ahead().word
    if word in DAILY_PART_WORDS:
        return DAILY_PART_WORDS[reader.take().word]
    if word in PART_WORDS:
        return PART_WORDS[reader.take().word]
    if word in EVERY_WORDS and after in PART_WORDS:
        reader.take()
        return PART_WORDS[reader.take().word]
    if word not in ("at", "in"):
        return reader.clock()
    reader.take()
    if word == "in":
        reader.accept("the")
    if reader.token.word in PART_WORDS:
        return PART_WORDS[reader.take().word]
    clock = reader.clock()
    if clock is None:
        reader.refuse(_TIMES_OF_DAY, PART_WORDS, wanted="a time of day")
    return clock


def _read_times(reader: Reader, draft: PhaseDraft) -> None:
    """Read `once`, `once daily`, `twice a day`, `3 times daily`."""
    first = reader.token
    if first.word in TIMES_WORDS:
        times = TIMES_WORDS[reader.take().word]
    else:
        times = reader.whole_number("a number of times a day", ("2 times daily",))
        reader.take()
    period = reader.token.word
    if times == 1 and period in DAILY_PART_WORDS:
        read_time_of_day(reader, draft)
        return
    if times == 1 and period in EVERY_WORDS and reader.ahead().word in PART_WORDS:
        return
    if period in ("daily", "weekly", "fortnightly", "monthly"):
        minutes = INTERVAL_MIN[reader.take().word]
    elif period in EVERY_WORDS:
        reader.take()
        minutes = _every_min(reader)
    elif period in ("a", "per", "/"):
        reader.take()
        minutes = _unit_min(reader)
    elif times == 1:
        draft.once = draft.once or first
        return
    else:
        reader.refuse(_A_DAY, ("daily",), wanted="'daily' after a number of times")
    if times != 1 and (times == 0 or minutes != DAY_MIN or DAY_MIN % times):
        reader.fail(
            f"{times} times in {minutes // 60} h does not say when",
            (*_A_DAY, "a number of times a day that spaces doses by whole minutes", "every 84 h"),
            first=first,
            last=reader.previous,
        )
    _set_interval(reader, draft, minutes // times, first, times)


def _every_min(reader: Reader) -> int:
    """Read what follows `every`: `day`, `other day`, `4 weeks`."""
    first = reader.token
    if first.word in _ORDINALS:
        return _ORDINALS[reader.take().word] * _unit_min(reader)
    if first.kind != "number" and first.word not in COUNT_WORDS:
        return _unit_min(reader)
    minutes = reader.span_min("a time between doses")
    if minutes.denominator != 1 or not 0 < minutes <= LONGEST_MIN:
        reader.fail(
            "The time between doses cannot be this",
            ("a whole number of minutes, up to 100 years",),
            first=first,
            last=reader.previous,
        )
    return int(minutes)


def _unit_min(reader: Reader) -> int:
    if reader.token.word not in TIME_IN_MIN:
        reader.refuse(TIME_NAMES, TIME_IN_MIN, PART_WORDS, wanted="a unit of time")
    return TIME_IN_MIN[reader.take().word]


def _set_interval(
    reader: Reader, draft: PhaseDraft, minutes: int, first: Token, times: int | None = None
) -> None:
    last = reader.previous
    if not 0 < minutes <= LONGEST_MIN:
        reader.fail("The time between doses cannot be zero", first=first, last=last)
    if draft.interval is not None and draft.interval[0] != minutes:
        reader.fail("How often is said twice, differently", first=first, last=last)
    draft.interval = (minutes, first, last)
    draft.times_a_day = times
