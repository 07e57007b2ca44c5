"""A taper's document as the diary keeps it: plain JSON, read back as steps with their days."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from occupancy.diary.entry import PlanVersion
from occupancy.diary.error import EntryError

if TYPE_CHECKING:
    from occupancy.taper.documents import TaperDocument


@dataclass(frozen=True)
class PlannedDose:
    """One dose of a plan on the calendar.

    Attributes:
        step: 0 for the dose before the first change.
        dose_mg: a day.
        first: its first day; None for the dose before the first change.
        last: its last day; None for the last dose.
        intakes: how many times a day it is taken.
        occupancy: median, low and high, fractions.
    """

    step: int
    dose_mg: float
    first: date | None
    last: date | None
    intakes: int
    occupancy: tuple[float, float, float]


def document_values(document: TaperDocument | dict[str, Any]) -> dict[str, Any]:
    """The document as plain JSON values.

    Raises:
        EntryError: not a taper's document.
    """
    try:
        text = document.to_json() if not isinstance(document, dict) else json.dumps(document)
        values = json.loads(text)
        json.dumps(values, allow_nan=False)
        # What the diary reads of it must be there.
        doses_of(values, date(2000, 1, 1))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
        raise EntryError(
            "document",
            f"document: not a taper as `occupancy taper --json` prints it ({str(error)[:80]}).",
        ) from None
    return values


def planned_doses(plan: PlanVersion) -> tuple[PlannedDose, ...]:
    """The doses of a plan in order, the one before the first change first."""
    return doses_of(plan.document, plan.first_day)


def planned_on(plan: PlanVersion, day: date) -> PlannedDose:
    """The planned dose of a day."""
    doses = planned_doses(plan)
    return [one for one in doses if one.first is None or one.first <= day][-1]


def doses_of(values: dict[str, Any], first_day: date) -> tuple[PlannedDose, ...]:
    """The doses of a taper's document whose first change is on `first_day`.

    Raises:
        KeyError, TypeError, ValueError: it is no such document.
    """
    if values["document"] != "taper":
        raise ValueError(f"it is a {values['document']!r}")
    if not isinstance(values["drug"], str):
        raise ValueError("it names no drug")
    steps = values["steps"]
    starts = [first_day + timedelta(days=int(one["start_day"])) for one in steps]
    if not steps or any(b <= a for a, b in pairwise(starts)):
        raise ValueError("its steps are not in order")
    one_day = timedelta(days=1)
    firsts: list[date | None] = [None, *starts]
    lasts: list[date | None] = [*(one - one_day for one in starts), None]
    found: list[PlannedDose] = []
    for number, (line, first, last) in enumerate(
        zip([values["start"], *steps], firsts, lasts, strict=True)
    ):
        dose = float(line["dose_mg"])
        if not math.isfinite(dose) or dose < 0:
            raise ValueError(f"a dose of {dose} mg")
        band = line["occupancy"]
        occupancy = (float(band["median"]), float(band["low"]), float(band["high"]))
        found.append(PlannedDose(number, dose, first, last, len(line["at"]), occupancy))
    return tuple(found)
