"""A plan read back from its calendar: what was exported is what comes in.

Days, hours and lengths are those of the calendar itself (DTSTART, DTEND, RRULE), so that an event
moved by hand is read as it was moved; doses and recipes come from our own properties, which
calendar programs keep as they are. Cancelled events count as absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from occupancy.interop.icalendar_properties import PLAN, STAGE, decoded, library
from occupancy.interop.saving import ExportError
from occupancy.taper.ladder import Band
from occupancy.taper.recipe import Piece, Recipe
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

if TYPE_CHECKING:
    from icalendar import Calendar, Event


def read_calendar(data: str | bytes) -> Schedule:
    """The plan in a calendar that `plan_calendar` made.

    Raises:
        ExportError: no calendar, none of ours, or events of one stage that no longer agree.
        NoCalendarLibraryError: `icalendar` is not installed.
    """
    calendar = parsed(data)
    plan = plan_of(calendar)
    stages: defaultdict[str, list[_Part]] = defaultdict(list)
    for event in calendar.events:
        if STAGE in event and str(event.get("STATUS", "")) != "CANCELLED":
            part = _part(event)
            stages[part.data["name"]].append(part)
    if not stages:
        raise ExportError(f"the calendar of plan {plan['plan_id']} holds no planned stage.")
    try:
        return Schedule(
            plan_id=plan["plan_id"],
            revision=plan["revision"],
            drug=plan["drug"],
            target=plan["target"],
            stages=tuple(sorted(map(_joined, stages.values()), key=lambda one: one.start)),
            warnings=tuple(plan["warnings"]),
            sources=tuple(plan["sources"]),
            version=plan["version"],
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ExportError(
            f"the calendar of plan {plan['plan_id']} is no plan any more: {error}"
        ) from error


def parsed(data: str | bytes) -> Calendar:
    """`data` as a calendar.

    Raises:
        ExportError: it is none.
    """
    icalendar = library()
    try:
        return icalendar.Calendar.from_ical(data)
    except (ValueError, IndexError) as error:
        raise ExportError(f"not a calendar (RFC 5545): {error}") from error


def plan_of(calendar: Calendar) -> dict[str, Any]:
    """What the calendar says of its plan.

    Raises:
        ExportError: it was not made here.
    """
    if PLAN not in calendar:
        raise ExportError(
            "this calendar is no exported plan (it has no X-OCCUPANCY-PLAN); give a file that "
            "was exported here, as it was."
        )
    return decoded(str(calendar[PLAN]))


@dataclass(frozen=True)
class _Part:
    """What one event says of its stage."""

    start: date
    days: int | None
    intakes: tuple[Intake, ...]
    data: dict[str, Any]


def _part(event: Event) -> _Part:
    data = decoded(str(event[STAGE]))
    start: date | datetime = event["DTSTART"].dt
    if isinstance(start, datetime):
        days = int(event["RRULE"]["COUNT"][0]) if "RRULE" in event else 1
        intakes = tuple(
            Intake(start.time().replace(tzinfo=None), _recipe(one["recipe"]))
            for one in data["intakes"]
        )
        return _Part(start.date(), days, intakes, data)
    days = None if data.get("open") else (event["DTEND"].dt - start).days
    intakes = tuple(
        Intake(time.fromisoformat(one["at"]), _recipe(one["recipe"])) for one in data["intakes"]
    )
    return _Part(start, days, intakes, data)


def _joined(parts: Sequence[_Part]) -> ScheduledStage:
    """The stage its events make together."""
    first = parts[0]
    step = first.data["step"]
    for part in parts[1:]:
        if (part.start, part.days) != (first.start, first.days):
            raise ExportError(
                f"step {step}: its intakes run from {first.start} for {first.days} days and from "
                f"{part.start} for {part.days} days; give them the same days."
            )
    intakes = sorted((one for part in parts for one in part.intakes), key=lambda one: one.at)
    if len(intakes) != first.data["of"]:
        raise ExportError(
            f"step {step}: {len(intakes)} of {first.data['of']} intakes a day are there; an event "
            "was deleted."
        )
    return ScheduledStage(
        step=step,
        start=first.start,
        days=first.days,
        dose_mg=first.data["dose_mg"],
        intakes=tuple(intakes),
        occupancy=_band(first.data["occupancy"]),
        drop=_band(first.data["drop"]),
    )


def _recipe(data: dict[str, Any]) -> Recipe:
    pieces = tuple(Piece(**piece) for piece in data["pieces"])
    return Recipe(data["dose_mg"], pieces, data["error_mg"])


def _band(values: list[float] | None) -> Band | None:
    return None if values is None else Band(*values)
