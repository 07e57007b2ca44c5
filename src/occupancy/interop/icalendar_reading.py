"""A plan read back from its calendar: what was exported is what comes in.

Days, hours and lengths are those of the calendar itself (DTSTART, DTEND, RRULE), so that an event
moved by hand is read as it was moved; doses and recipes come from our own properties, which
calendar programs keep as they are. Cancelled events count as absent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from occupancy.interop.icalendar_properties import PLAN, STAGE, decoded, library
from occupancy.interop.saving import ExportError
from occupancy.taper.ladder import Band
from occupancy.taper.recipe import Piece, Recipe
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

if TYPE_CHECKING:
    from icalendar import Calendar


#: What the calendar must say of its plan.
_PLAN_KEYS: Final = frozenset(
    {"plan_id", "revision", "drug", "target", "warnings", "sources", "version"}
)


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
            stages[part.name].append(part)
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
    data = decoded(str(calendar[PLAN]))
    missing = _PLAN_KEYS - data.keys()
    if missing:
        raise ExportError(f"{PLAN} cannot be read: it lacks {', '.join(sorted(missing))}.")
    return data


@dataclass(frozen=True)
class _Part:
    """What one event says of its stage; `stage` holds the intakes of this event, of `of` in all."""

    name: str
    of: int
    stage: ScheduledStage


def _part(event: Any) -> _Part:
    data = decoded(str(event[STAGE]))
    start: date | datetime = event["DTSTART"].dt
    try:
        intakes = [
            Intake(time.fromisoformat(one["at"]), _recipe(one["recipe"])) for one in data["intakes"]
        ]
        if isinstance(start, datetime):
            # The hour of the calendar counts, not the one it was exported with.
            hour = start.time().replace(tzinfo=None)
            intakes = [replace(one, at=hour) for one in intakes]
            first, days = start.date(), _repeats(event, start)
        else:
            first, days = start, None if data["open"] else (event["DTEND"].dt - start).days
        return _Part(
            name=data["name"],
            of=data["of"],
            stage=ScheduledStage(
                step=data["step"],
                start=first,
                days=days,
                dose_mg=data["dose_mg"],
                intakes=tuple(intakes),
                occupancy=_band(data["occupancy"]),
                drop=_band(data["drop"]),
            ),
        )
    except ExportError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ExportError(f"the event on {start} cannot be read: {error}") from error


def _repeats(event: Any, start: datetime) -> int:
    """Number of days; other programs may give the last day in place of it."""
    rule = event.get("RRULE")
    if rule is None:
        return 1
    if "COUNT" in rule:
        return int(rule["COUNT"][0])
    if "UNTIL" in rule:
        until: date | datetime = rule["UNTIL"][0]
        last = until.date() if isinstance(until, datetime) else until
        return (last - start.date()).days + 1
    raise ExportError(f"the event on {start} repeats without an end; give it its number of days.")


def _joined(parts: Sequence[_Part]) -> ScheduledStage:
    """The stage its events make together."""
    first = parts[0].stage
    for part in parts[1:]:
        if (part.stage.start, part.stage.days) != (first.start, first.days):
            raise ExportError(
                f"step {first.step}: its intakes run from {first.start} for {first.days} days and "
                f"from {part.stage.start} for {part.stage.days} days; give them the same days."
            )
    intakes = sorted((one for part in parts for one in part.stage.intakes), key=lambda one: one.at)
    if len(intakes) != parts[0].of:
        raise ExportError(
            f"step {first.step}: {len(intakes)} of {parts[0].of} intakes a day are there; an event "
            "was deleted."
        )
    return replace(first, intakes=tuple(intakes))


def _recipe(data: dict[str, Any]) -> Recipe:
    pieces = tuple(Piece(**piece) for piece in data["pieces"])
    return Recipe(data["dose_mg"], pieces, data["error_mg"])


def _band(values: list[float] | None) -> Band | None:
    return None if values is None else Band(*values)
