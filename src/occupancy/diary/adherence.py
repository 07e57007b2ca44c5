"""What was planned and what was taken, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from occupancy.diary.content import Missed, Taken
from occupancy.diary.entry import Entry, PlanVersion
from occupancy.diary.plan import planned_on


@dataclass(frozen=True)
class DoseDay:
    """One day: mg planned (None without a plan), mg taken, doses missed.

    `written` says whether the diary says anything about doses on this day.
    """

    day: date
    planned_mg: float | None
    taken_mg: float
    missed: int
    written: bool


def dose_days(
    entries: Sequence[Entry], drug: str, plan: PlanVersion | None, first: date, last: date
) -> tuple[DoseDay, ...]:
    """Every day from `first` to `last`."""
    taken: dict[date, float] = {}
    missed: dict[date, int] = {}
    for one in entries:
        day = one.at.local.date()
        match one.content:
            case Taken(drug=name, dose_mg=dose) if name.casefold() == drug.casefold():
                taken[day] = taken.get(day, 0.0) + dose
            case Missed(drug=name) if name.casefold() == drug.casefold():
                missed[day] = missed.get(day, 0) + 1
            case _:
                pass
    found: list[DoseDay] = []
    for k in range((last - first).days + 1):
        day = first + timedelta(days=k)
        planned = None if plan is None else planned_on(plan, day).dose_mg
        written = day in taken or day in missed
        found.append(DoseDay(day, planned, taken.get(day, 0.0), missed.get(day, 0), written))
    return tuple(found)
