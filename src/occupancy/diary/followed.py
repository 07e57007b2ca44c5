"""What is followed day by day: one number a day of each scale, of mood and of sleep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from occupancy.diary.content import Answers, Mood, Sleep
from occupancy.diary.entry import Entry

Better = Literal["higher", "lower"]
#: What can be followed beside the totals of scales: name, unit, which way is better.
_MOOD: Final = ("mood", "of 10", "higher")
_SLEEP: Final = ("hours asleep", "h", "higher")


@dataclass(frozen=True)
class Daily:
    """One number a day.

    Attributes:
        name: what is followed: the scale's name, "mood", "hours asleep".
        unit: of its numbers.
        better: which way is better for the person; where it is lower, the numbers are sums of
            symptoms.
        days: in order, as the clock on the wall showed them.
        values: the mean of each day's entries.
    """

    name: str
    unit: str
    better: Better
    days: tuple[date, ...]
    values: tuple[float, ...]


def daily(entries: Iterable[Entry]) -> tuple[Daily, ...]:
    """Everything that the entries follow, in alphabetical order.

    A scale with an item left out has no total and adds nothing.
    """
    found: dict[tuple[str, str, Better], dict[date, list[float]]] = {}
    for entry in entries:
        measured = _measured(entry)
        if measured is not None:
            key, value = measured
            found.setdefault(key, {}).setdefault(entry.at.local.date(), []).append(value)
    return tuple(
        Daily(
            *key,
            days=tuple(sorted(by_day)),
            values=tuple(float(np.mean(by_day[day])) for day in sorted(by_day)),
        )
        for key, by_day in sorted(found.items())
    )


def _measured(entry: Entry) -> tuple[tuple[str, str, Better], float] | None:
    match entry.content:
        case Mood(score=score):
            return _MOOD, float(score)
        case Sleep(hours=hours):
            return _SLEEP, hours
        case Answers() as answers if answers.total is not None:
            return (answers.form.name, f"of {answers.form.most}", "lower"), float(answers.total)
        case _:
            return None
