"""A plan as a calendar (RFC 5545): one event for each stage and hour, re-exported without twins.

A stage with an end and with intakes is one daily event for each hour, `RRULE:FREQ=DAILY;COUNT=n`,
in floating local time, so that neither travel nor a change of clocks moves it. Everything else,
that is a stage of 0 mg and the last stage, which has no end, is one event of whole days. The last
stage is not repeated: without a count it would ring for ever in a calendar nobody looks after, and
a count would invent an end that the plan has not; its event asks for a review instead.

**Identity.** The UID is made from the plan's id, the dose, the how-manieth time that dose is
planned, and the place of the intake in the day. So a stage keeps its UID when it moves, is held
longer, shifts its hour or is made of another product, and when steps are put in before it.

**Change.** Given the calendar exported before, an event that differs raises its SEQUENCE, one that
is the same keeps it, and one that vanished comes as `STATUS:CANCELLED` with a raised SEQUENCE, for
RFC 5546 (3.2.1) allows that status in a `METHOD:PUBLISH`; a file has one method only. A plan that
is dropped altogether is withdrawn with `METHOD:CANCEL` (3.2.5), see `withdrawn_calendar`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from occupancy.interop.icalendar_properties import PLAN, STAGE, coded, library
from occupancy.interop.icalendar_reading import parsed, plan_of
from occupancy.interop.identity import part_uuid, plan_urn, plan_uuid
from occupancy.interop.saving import ExportError
from occupancy.interop.wording import DISCLAIMER, made_by, number, percent, plain, points
from occupancy.taper.ladder import Band
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

if TYPE_CHECKING:
    from icalendar import Calendar, Event

#: How long an intake stands in the calendar; it only has to be visible.
SHOWN: Final = timedelta(minutes=5)
#: When an event of whole days rings.
MORNING: Final = timedelta(hours=9)


def plan_calendar(
    schedule: Schedule,
    *,
    stamped: datetime,
    previous: str | bytes | None = None,
    alarm: timedelta = timedelta(0),
) -> bytes:
    """The plan as the bytes of an .ics file; the same arguments give the same bytes.

    Args:
        schedule: the plan.
        stamped: DTSTAMP, when this export is made; with a time zone.
        previous: the calendar of this plan exported before, if any.
        alarm: how long before an intake it rings; on whole days at nine in the morning.

    Raises:
        ExportError: `stamped` without a time zone; a negative alarm; a plan id that is no UUID;
            `previous` is another plan, a later revision, or no calendar.
        NoCalendarLibraryError: `icalendar` is not installed.
    """
    if alarm < timedelta(0):
        raise ExportError(f"alarm = {alarm} is negative; give how long before the intake it rings.")
    calendar = _head(schedule, "PUBLISH")
    stamp = _stamp(stamped)
    before = {} if previous is None else _before(schedule, previous)
    for event in _events(schedule, alarm):
        calendar.add_component(_numbered(event, before, schedule.revision, stamp))
    present = {str(event["UID"]) for event in calendar.events}
    for uid in sorted(set(before) - present):
        calendar.add_component(_cancelled(before[uid], schedule.revision, stamp))
    return calendar.to_ical()


def withdrawn_calendar(schedule: Schedule, previous: str | bytes, *, stamped: datetime) -> bytes:
    """`previous` taken back: every event of it cancelled, in a `METHOD:CANCEL` (RFC 5546, 3.2.5).

    Args:
        schedule: the plan that is withdrawn, at its latest revision.
        previous: its calendar as it was exported.
        stamped: see `plan_calendar`.

    Raises:
        ExportError: see `plan_calendar`.
    """
    calendar = _head(schedule, "CANCEL")
    stamp = _stamp(stamped)
    for _, event in sorted(_before(schedule, previous).items()):
        calendar.add_component(_cancelled(event, schedule.revision, stamp))
    return calendar.to_ical()


def _head(schedule: Schedule, method: str) -> Calendar:
    calendar: Calendar = library().Calendar()
    calendar.add("PRODID", f"-//occupancy//{made_by(schedule)}//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", method)
    calendar.add("X-WR-CALNAME", f"{plain(schedule.drug)}: plan")
    calendar.add(
        PLAN,
        coded(
            {
                "plan_id": str(plan_uuid(schedule)),
                "revision": schedule.revision,
                "drug": schedule.drug,
                "target": schedule.target,
                "warnings": schedule.warnings,
                "sources": schedule.sources,
                "version": schedule.version,
            }
        ),
    )
    return calendar


def _events(schedule: Schedule, alarm: timedelta) -> Iterator[Event]:
    """Events without DTSTAMP and SEQUENCE, which depend on what was exported before."""
    times: Counter[str] = Counter()
    for stage in schedule.stages:
        dose = number(stage.dose_mg)
        times[dose] += 1
        name = f"{dose} mg/{times[dose]}"
        if stage.days is None or not stage.intakes:
            yield _whole_days(schedule, stage, name)
            continue
        for place, intake in enumerate(stage.intakes, start=1):
            yield _daily(schedule, stage, intake, name, place, alarm)


def _daily(
    schedule: Schedule,
    stage: ScheduledStage,
    intake: Intake,
    name: str,
    place: int,
    alarm: timedelta,
) -> Event:
    start = datetime.combine(stage.start, intake.at)
    event = _event(schedule, f"{name}/{place}")
    dose = f"{number(intake.recipe.dose_mg)} mg"
    if len(stage.intakes) > 1:
        dose += f" (of {number(stage.dose_mg)} mg a day)"
    event.add("SUMMARY", f"{plain(schedule.drug)} {dose} planned: {plain(intake.recipe.text)}")
    event.add("DTSTART", start)
    event.add("DURATION", SHOWN)
    event.add("RRULE", {"FREQ": ["DAILY"], "COUNT": [stage.days]})
    event.add("DESCRIPTION", _description(schedule, stage))
    event.add(STAGE, coded(_stage(stage, name, (intake,))))
    event.add_component(_alarm(f"{plain(schedule.drug)} {dose} planned", -alarm))
    return event


def _whole_days(schedule: Schedule, stage: ScheduledStage, name: str) -> Event:
    event = _event(schedule, f"{name}/day")
    dose = f"{plain(schedule.drug)} {number(stage.dose_mg)} mg planned"
    if stage.end is None:
        summary = f"{dose} from this day, without an end: review with the prescriber"
    else:
        summary = dose
    event.add("SUMMARY", summary)
    event.add("DTSTART", stage.start)
    event.add("DTEND", stage.end or stage.start + timedelta(days=1))
    event.add("DESCRIPTION", _description(schedule, stage))
    data = _stage(stage, name, stage.intakes)
    event.add(STAGE, coded({**data, "open": stage.end is None}))
    event.add_component(_alarm(summary, MORNING))
    return event


def _event(schedule: Schedule, part: str) -> Event:
    event: Event = library().Event()
    event.add("UID", str(part_uuid(schedule, part)))
    # RFC 5546 asks a published event for its organizer; a plan's own URN sends no mail to anyone.
    event.add("ORGANIZER", plan_urn(schedule))
    event.add("STATUS", "CONFIRMED")
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "TRANSPARENT")
    return event


def _alarm(text: str, trigger: timedelta) -> Any:
    alarm = library().Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", text)
    alarm.add("TRIGGER", trigger)
    return alarm


def _description(schedule: Schedule, stage: ScheduledStage) -> str:
    lines = [f"Step {stage.step}: {number(stage.dose_mg)} mg a day planned from {stage.start}."]
    lines += [f"{i.at:%H:%M}: {plain(i.recipe.text)}" for i in stage.intakes]
    if stage.occupancy is not None:
        target = f" of {plain(schedule.target)}" if schedule.target else ""
        lines.append(f"Occupancy{target}: {percent(stage.occupancy)}.")
    if stage.drop is not None:
        lines.append(f"Drop from the dose before: {points(stage.drop)} points.")
    lines += [f"Note: {plain(warning)}" for warning in schedule.warnings]
    return "\n".join([*lines, DISCLAIMER])


def _stage(stage: ScheduledStage, name: str, intakes: tuple[Intake, ...]) -> dict[str, Any]:
    """What of a stage stands in no calendar property: dates and days do, and count when read."""
    return {
        "name": name,
        "step": stage.step,
        "dose_mg": stage.dose_mg,
        "of": len(stage.intakes),
        "occupancy": _band(stage.occupancy),
        "drop": _band(stage.drop),
        "intakes": [{"at": one.at.isoformat(), "recipe": asdict(one.recipe)} for one in intakes],
    }


def _band(band: Band | None) -> list[float] | None:
    return None if band is None else [band.median, band.low, band.high]


def _stamp(stamped: datetime) -> datetime:
    if stamped.tzinfo is None:
        raise ExportError(
            f"stamped = {stamped} has no time zone; DTSTAMP is in UTC, give "
            "datetime.now(timezone.utc) or another time with its zone."
        )
    return stamped.astimezone(UTC).replace(microsecond=0)


def _before(schedule: Schedule, previous: str | bytes) -> dict[str, Event]:
    """Events of the calendar exported before, by UID."""
    calendar = parsed(previous)
    data = plan_of(calendar)
    if data["plan_id"] != str(plan_uuid(schedule)):
        raise ExportError(
            f"the previous calendar is of plan {data['plan_id']}, this is plan "
            f"{plan_uuid(schedule)}; give the calendar of the same plan, or none."
        )
    if data["revision"] > schedule.revision:
        raise ExportError(
            f"the previous calendar holds revision {data['revision']} of the plan, this is "
            f"revision {schedule.revision}; export the latest revision."
        )
    return {str(event["UID"]): event for event in calendar.events if STAGE in event}


def _numbered(event: Event, before: dict[str, Event], revision: int, stamp: datetime) -> Event:
    """`event` with its SEQUENCE: that of before when nothing changed, else a higher one.

    At least the revision, so that a calendar whose last export is lost still takes it for newer.
    """
    old = before.get(str(event["UID"]))
    if old is None:
        sequence = revision
    elif _content(old) == _content(event):
        sequence = _sequence(old)
    else:
        sequence = max(_sequence(old) + 1, revision)
    event.add("DTSTAMP", stamp)
    event.add("SEQUENCE", sequence)
    return event


def _cancelled(event: Event, revision: int, stamp: datetime) -> Event:
    """`event` taken back; one that was already keeps its SEQUENCE and goes on being told."""
    if str(event.get("STATUS", "")) != "CANCELLED":
        sequence = max(_sequence(event) + 1, revision)
        del event["STATUS"], event["SEQUENCE"]
        event.add("STATUS", "CANCELLED")
        event.add("SEQUENCE", sequence)
        event.subcomponents = []  # an alarm of something cancelled must not ring
    del event["DTSTAMP"]
    event.add("DTSTAMP", stamp)
    return event


def _sequence(event: Event) -> int:
    return int(event.get("SEQUENCE", 0))


def _content(event: Event) -> bytes:
    """An event but for what numbers and dates its export."""
    copy: Event = library().Event.from_ical(event.to_ical())
    for name in ("DTSTAMP", "SEQUENCE"):
        copy.pop(name, None)
    return copy.to_ical()
