"""Calendars: read back as the plan they came from, and re-exported without twins."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.interop.icalendar_plan import plan_calendar, withdrawn_calendar
from occupancy.interop.icalendar_reading import read_calendar
from occupancy.interop.saving import ExportError
from occupancy.taper.ladder import Band
from occupancy.taper.recipe import Piece, Recipe
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

icalendar = pytest.importorskip("icalendar")

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def events(data: bytes) -> dict[str, Any]:
    found = icalendar.Calendar.from_ical(data).events
    by_uid = {str(one["UID"]): one for one in found}
    assert len(by_uid) == len(found)
    return by_uid


def revised(plan: Schedule, **changes) -> Schedule:
    return replace(plan, revision=plan.revision + 1, **changes)


def test_one_daily_event_for_each_stage_and_hour(plan) -> None:
    found = sorted(events(plan_calendar(plan, stamped=NOW)).values(), key=lambda e: str(e["UID"]))
    daily = [one for one in found if "RRULE" in one]
    assert len(daily) == sum(len(one.intakes) for one in plan.stages[:-1])
    assert {int(one["RRULE"]["COUNT"][0]) for one in daily} == {14, 21, 1}
    assert all(one["DTSTART"].dt.tzinfo is None for one in daily)
    assert all(one["DTSTAMP"].dt == NOW for one in found)
    assert all(len(one.subcomponents) == 1 for one in found)


def test_the_last_stage_asks_for_a_review_and_never_repeats(plan, maintained) -> None:
    for one in (plan, maintained):
        found = events(plan_calendar(one, stamped=NOW)).values()
        (last,) = [event for event in found if "RRULE" not in event]
        assert last["DTSTART"].dt == one.stages[-1].start
        assert "review with the prescriber" in last["SUMMARY"]


def test_it_says_planned_and_never_take(plan) -> None:
    for one in events(plan_calendar(plan, stamped=NOW)).values():
        assert "planned" in one["SUMMARY"]
        text = one["SUMMARY"] + one["DESCRIPTION"]
        assert "does not prescribe" in text
        assert "take" not in text.lower().split()


def test_what_rfc_5545_and_5546_ask(plan) -> None:
    data = plan_calendar(plan, stamped=NOW)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r\nMETHOD:PUBLISH\r\n" in data
    for one in events(data).values():
        assert {"DTSTART", "DTSTAMP", "ORGANIZER", "SUMMARY", "UID", "SEQUENCE"} <= set(one)
        assert "ATTENDEE" not in one


def test_the_same_export_has_the_same_bytes(plan) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert plan_calendar(plan, stamped=NOW) == plan_calendar(plan, stamped=elsewhere)


def test_it_rings_before_the_hour(plan) -> None:
    data = plan_calendar(plan, stamped=NOW, alarm=timedelta(minutes=10))
    assert b"TRIGGER:-PT10M" in data
    assert b"TRIGGER:-PT10M" not in plan_calendar(plan, stamped=NOW)


def test_re_export_of_the_same_plan_changes_nothing_but_the_stamp(plan) -> None:
    first = plan_calendar(plan, stamped=NOW)
    second = plan_calendar(plan, stamped=LATER, previous=first)
    assert second == first.replace(b"DTSTAMP:20261121T070000Z", b"DTSTAMP:20261221T070000Z")


def test_a_longer_stage_keeps_every_uid_and_raises_what_moved(plan, builder, steps) -> None:
    first = plan_calendar(plan, stamped=NOW)
    steps[2] = (28, steps[2][1])
    slower = builder(steps, revision=1)
    second = plan_calendar(slower, stamped=LATER, previous=first)
    before, after = events(first), events(second)
    assert before.keys() == after.keys()
    for uid, event in after.items():
        moved = event["DTSTART"].dt != before[uid]["DTSTART"].dt
        longer = event.get("RRULE") != before[uid].get("RRULE")
        assert int(event["SEQUENCE"]) == (1 if moved or longer else 0)
    assert read_calendar(second) == slower


def test_a_step_put_in_keeps_the_uids_of_the_others(plan, builder, steps, make) -> None:
    first = plan_calendar(plan, stamped=NOW)
    more = builder([*steps[:2], (14, [(8, make(tablets_=1.25))]), *steps[2:]], revision=1)
    second = plan_calendar(more, stamped=LATER, previous=first)
    assert events(first).keys() < events(second).keys()
    assert len(events(second)) == len(events(first)) + 1
    assert read_calendar(second) == more


def test_a_vanished_step_is_cancelled_and_stays_so(plan, builder, steps) -> None:
    first = plan_calendar(plan, stamped=NOW)
    shorter = builder([*steps[:2], *steps[3:]], revision=1)
    second = plan_calendar(shorter, stamped=LATER, previous=first)
    gone = {u: e for u, e in events(second).items() if e["STATUS"] == "CANCELLED"}
    assert len(gone) == 2
    assert all(int(e["SEQUENCE"]) == 1 and not e.subcomponents for e in gone.values())
    assert read_calendar(second) == shorter

    third = plan_calendar(shorter, stamped=LATER, previous=second)
    assert third == second

    back = replace(plan, revision=2)
    fourth = events(plan_calendar(back, stamped=LATER, previous=third))
    assert all(fourth[u]["STATUS"] == "CONFIRMED" for u in gone)
    assert all(int(fourth[u]["SEQUENCE"]) == 2 for u in gone)


def test_another_hour_or_product_keeps_the_uid(plan, builder, steps, make) -> None:
    first = plan_calendar(plan, stamped=NOW)
    steps[0] = (14, [(9, make(mL=10))])
    second = plan_calendar(builder(steps, revision=1), stamped=LATER, previous=first)
    assert events(first).keys() == events(second).keys()
    assert [int(e["SEQUENCE"]) for e in events(second).values()].count(1) == 1


def test_a_lost_export_is_overtaken_by_the_revision(plan, builder, steps) -> None:
    stale = plan_calendar(plan, stamped=NOW)
    steps[0] = (20, steps[0][1])
    fifth = plan_calendar(builder(steps, revision=5), stamped=LATER, previous=stale)
    assert {int(e["SEQUENCE"]) for e in events(fifth).values()} == {5}


def test_a_withdrawn_plan_cancels_every_event(plan) -> None:
    first = plan_calendar(plan, stamped=NOW)
    data = withdrawn_calendar(plan, first, stamped=LATER)
    assert b"METHOD:CANCEL\r\n" in data
    assert events(data).keys() == events(first).keys()
    assert all(
        e["STATUS"] == "CANCELLED" and int(e["SEQUENCE"]) == 1 for e in events(data).values()
    )
    with pytest.raises(ExportError, match="holds no planned stage"):
        read_calendar(data)


def test_an_event_moved_by_hand_is_read_where_it_is(maintained) -> None:
    data = plan_calendar(maintained, stamped=NOW)
    moved = data.replace(b"DTSTART:20261201T080000", b"DTSTART:20261201T091500")
    assert read_calendar(moved).stages[0].intakes[0].at == time(9, 15)
    apart = data.replace(b"DTSTART:20261201T080000", b"DTSTART:20261205T080000")
    with pytest.raises(ExportError, match="without gap or overlap"):
        read_calendar(apart)


def test_another_program_may_write_the_last_day_for_the_number_of_days(maintained) -> None:
    data = plan_calendar(maintained, stamped=NOW)
    first = data.replace(b"COUNT=14", b"UNTIL=20261214T080000", 1)
    assert first != data
    second = first.replace(b"COUNT=14", b"UNTIL=20261228T235959")
    assert read_calendar(second) == maintained
    for_ever = data.replace(b";COUNT=14", b"", 1)
    with pytest.raises(ExportError, match="repeats without an end"):
        read_calendar(for_ever)


def test_what_was_changed_by_hand_is_told(maintained) -> None:
    data = plan_calendar(maintained, stamped=NOW)
    for old, new in ((b"dose_mg", b"dose_kg"), (b"plan_id", b"plan_no"), (b":{", b":[")):
        with pytest.raises(ExportError, match=r"cannot be read"):
            read_calendar(data.replace(old, new))


def test_refusals_say_what_to_do(plan) -> None:
    data = plan_calendar(plan, stamped=NOW)
    other = replace(plan, plan_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(ExportError, match="the calendar of the same plan"):
        plan_calendar(other, stamped=NOW, previous=data)
    newer = plan_calendar(revised(plan), stamped=NOW)
    with pytest.raises(ExportError, match="holds revision 1"):
        plan_calendar(plan, stamped=NOW, previous=newer)
    with pytest.raises(ExportError, match="no time zone"):
        plan_calendar(plan, stamped=datetime(2026, 11, 21))
    with pytest.raises(ExportError, match="negative"):
        plan_calendar(plan, stamped=NOW, alarm=timedelta(minutes=-1))
    with pytest.raises(ExportError, match="no UUID"):
        plan_calendar(replace(plan, plan_id="mine"), stamped=NOW)
    for bad in (b"", b"nonsense", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"):
        with pytest.raises(ExportError, match=r"calendar"):
            read_calendar(bad)
    with pytest.raises(ExportError, match="no exported plan"):
        read_calendar(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n")


texts = st.text(max_size=40)
fractions = st.floats(-1, 1, allow_nan=False)
bands = st.none() | st.builds(Band, fractions, fractions, fractions)
amounts = st.floats(0.001, 500, allow_nan=False)
pieces = st.builds(
    Piece, texts, amounts, st.sampled_from(["tablet", "mL", "drop", "bead"]), amounts, texts
)
recipes = st.builds(
    Recipe, amounts, st.lists(pieces, min_size=1, max_size=3).map(tuple), st.floats(0, 2)
)
clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def schedules(draw) -> Schedule:
    start = draw(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
    stages = []
    lengths: list[int | None] = draw(st.lists(st.integers(1, 90), max_size=4))
    for step, days in enumerate([*lengths, None]):
        hours = sorted(draw(st.sets(clock, max_size=3)))
        intakes = tuple(Intake(at, draw(recipes)) for at in hours)
        dose = sum(one.recipe.dose_mg for one in intakes)
        stages.append(ScheduledStage(step, start, days, dose, intakes, draw(bands), draw(bands)))
        start += timedelta(days=days or 0)
    return Schedule(
        plan_id=str(draw(st.uuids())),
        revision=draw(st.integers(0, 9)),
        drug=draw(texts),
        target=draw(texts),
        stages=tuple(stages),
        warnings=tuple(draw(st.lists(texts, max_size=2))),
        sources=tuple(draw(st.lists(texts, max_size=2))),
        version="0.1.0",
    )


@settings(max_examples=25, deadline=None)
@given(schedules())
def test_read_back_it_is_the_same_plan(schedule: Schedule) -> None:
    data = plan_calendar(schedule, stamped=NOW)
    assert read_calendar(data) == schedule
    assert read_calendar(data.decode()) == schedule
    assert plan_calendar(schedule, stamped=NOW, previous=data) == data


@settings(max_examples=15, deadline=None)
@given(schedules(), schedules())
def test_any_change_keeps_one_event_a_uid_and_only_raises_sequences(one, two) -> None:
    two = replace(two, plan_id=one.plan_id, revision=one.revision + 1)
    first = plan_calendar(one, stamped=NOW)
    second = plan_calendar(two, stamped=LATER, previous=first)
    before, after = events(first), events(second)
    assert before.keys() <= after.keys()
    assert all(int(after[u]["SEQUENCE"]) >= int(before[u]["SEQUENCE"]) for u in before)
    assert read_calendar(second) == two
