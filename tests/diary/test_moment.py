"""Instants, wall clocks and the nights when they part."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.diary import EntryError, Moment, local_zone

BERLIN = "Europe/Berlin"


def test_an_hour_that_the_clock_skipped_is_refused_with_what_it_showed() -> None:
    with pytest.raises(EntryError, match=r"skipped this time.*showed 03:30") as refused:
        Moment.at(datetime(2026, 3, 29, 2, 30), BERLIN)
    assert refused.value.field == "at"


def test_the_minutes_around_spring_are_an_hour_apart_on_the_wall_and_a_minute_in_truth() -> None:
    before = Moment.at(datetime(2026, 3, 29, 1, 59), BERLIN)
    after = Moment.at(datetime(2026, 3, 29, 3, 0), BERLIN)
    assert after.utc - before.utc == timedelta(minutes=1)
    assert (before.offset_min, after.offset_min) == (60, 120)


def test_an_hour_that_came_twice_asks_which() -> None:
    twice = datetime(2026, 10, 25, 2, 30)
    with pytest.raises(EntryError, match="twice"):
        Moment.at(twice, BERLIN)
    first, second = Moment.at(twice, BERLIN, "first"), Moment.at(twice, BERLIN, "second")
    assert first.local == second.local == twice
    assert second.utc - first.utc == timedelta(hours=1)
    assert str(first) == "2026-10-25 02:30 +02:00 Europe/Berlin"
    assert str(second) == "2026-10-25 02:30 +01:00 Europe/Berlin"


def test_half_an_hour_of_summer_time_is_enough() -> None:
    twice = datetime(2026, 4, 5, 1, 45)
    first = Moment.at(twice, "Australia/Lord_Howe", "first")
    second = Moment.at(twice, "Australia/Lord_Howe", "second")
    assert second.utc - first.utc == timedelta(minutes=30)


def test_the_same_instant_in_two_places_has_two_wall_times() -> None:
    instant = datetime(2026, 7, 1, 22, 0, tzinfo=UTC)
    berlin, kathmandu = Moment.of(instant, BERLIN), Moment.of(instant, "Asia/Kathmandu")
    assert berlin.utc == kathmandu.utc
    assert berlin.local == datetime(2026, 7, 2, 0, 0)
    assert kathmandu.local == datetime(2026, 7, 2, 3, 45)


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.timezone_keys(allow_prefix=False),
)
def test_wall_time_and_which_lead_back_to_the_instant(instant: datetime, zone: str) -> None:
    seen = Moment.of(instant, zone)
    candidates = set()
    for which in ("first", "second"):
        candidates.add(Moment.at(seen.local, zone, which))
    assert seen in candidates


@pytest.mark.parametrize(
    ("zone", "message"),
    [("Europe/Atlantis", "not known"), ("", "not known"), ("../../etc/passwd", "not known")],
)
def test_unknown_zones_are_refused(zone: str, message: str) -> None:
    with pytest.raises(EntryError, match=message) as refused:
        Moment.at(datetime(2026, 1, 1), zone)
    assert refused.value.field == "zone"


@pytest.mark.parametrize("year", [1, 1899, 2201])
def test_years_that_nobody_means_are_refused(year: int) -> None:
    with pytest.raises(EntryError, match=f"year {year}"):
        Moment.at(datetime(year, 1, 1), "UTC")


def test_an_instant_needs_an_offset_and_a_wall_time_has_none() -> None:
    with pytest.raises(EntryError, match="zone or an offset"):
        Moment.of(datetime(2026, 1, 1), "UTC")
    with pytest.raises(EntryError, match="without a zone"):
        Moment.at(datetime(2026, 1, 1, tzinfo=UTC), "UTC")
    with pytest.raises(EntryError, match="more than 16 h"):
        Moment(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2), "UTC")


def test_the_zone_of_this_machine_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCCUPANCY_ZONE", "America/New_York")
    assert local_zone() == "America/New_York"
    monkeypatch.setenv("OCCUPANCY_ZONE", "Nowhere/Here")
    with pytest.raises(EntryError, match="not known"):
        local_zone()
