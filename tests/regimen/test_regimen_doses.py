"""Counting doses: how many, how much and when."""

import datetime as dt

import numpy as np
import pytest

from occupancy.regimen import (
    Dose,
    Epoch,
    Phase,
    Regimen,
    RegimenError,
    doses,
    epochs,
    parse,
)

DAY = 24.0


@pytest.mark.parametrize("per_day", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("days", [1, 7, 28])
def test_doses_are_days_times_doses_a_day_less_the_missed(per_day: int, days: int) -> None:
    missed = tuple(range(2, days, 3))
    regimen = Regimen(phases=(Phase((Dose(5),), 24 / per_day, days * DAY),), missed=missed)
    table = doses(regimen, 1000 * DAY)
    assert len(table) == (days - len(missed)) * per_day
    assert table.total_mg == 5 * len(table)
    assert not np.isin(table.time_h // 24 + 1, missed).any()


def test_the_horizon_is_left_out_and_longer_horizons_add_doses_only_at_the_end() -> None:
    regimen = parse("20 mg daily")
    assert doses(regimen, 72).time_h.tolist() == [0, 24, 48]
    assert doses(regimen, 72.01).time_h.tolist() == [0, 24, 48, 72]
    assert doses(regimen, 0.5).time_h.tolist() == [0]


def test_phases_after_one_another_add_up_and_are_shifted() -> None:
    first = parse("20 mg twice daily for 10 days")
    second = parse("5 mg every 3 days for 9 days")
    joined = doses(first.then(*second.phases), 100 * DAY)
    one, two = doses(first, 100 * DAY), doses(second, 100 * DAY)
    np.testing.assert_array_equal(joined.time_h, [*one.time_h, *(two.time_h + 240)])
    np.testing.assert_array_equal(joined.amount_mg, [*one.amount_mg, *two.amount_mg])
    assert joined.total_mg == one.total_mg + two.total_mg


def test_clock_times_keep_their_spacing_and_the_first_dose_is_time_zero() -> None:
    day = parse("20 mg at 08:00 and 10 mg at 20:30")
    assert doses(day, 48).time_h.tolist() == [0, 12.5, 24, 36.5]
    assert day.clock_at_start == dt.time(8)
    moved = parse("20 mg at night for 2 days then 20 mg in the morning for 2 days")
    assert doses(moved, 500).time_h.tolist() == [0, 24, 58, 82]
    assert moved.clock_at_start == dt.time(22)
    assert parse("20 mg daily").clock_at_start is None


def test_once_gives_one_dose_and_a_pause_gives_none() -> None:
    assert doses(parse("300 mg once"), 1e4).time_h.tolist() == [0]
    table = doses(parse("300 mg once then nothing for 6 days then 100 mg weekly"), 22 * DAY)
    assert table.time_h.tolist() == [0, 168, 336, 504]
    assert table.amount_mg.tolist() == [300, 100, 100, 100]


def test_until_a_day_includes_that_day() -> None:
    assert doses(parse("20 mg daily until day 30"), 1e4).time_h[-1] == 29 * DAY


def test_daily_dose_and_interval_are_those_prescribed() -> None:
    table = doses(
        parse("75 mg twice daily for 1 day then 30 mg on alternate days, missed day 2"), 120
    )
    assert table.time_h.tolist() == [0, 12, 72]
    assert table.daily_dose_mg.tolist() == [150, 150, 15]
    assert table.interval_h.tolist() == [12, 12, 48]


def test_infusions_have_a_duration_and_steady_state_is_carried() -> None:
    table = doses(parse("5 mg iv over 30 min daily at steady state"), 48)
    assert table.duration_h.tolist() == [0.5, 0.5]
    assert table.steady_state
    assert doses(parse("5 mg daily"), 48).duration_h.tolist() == [0, 0]


def test_late_doses_move_and_the_others_stay() -> None:
    regimen = "405 mg every 4 weeks im for 20 weeks"
    on_time = doses(parse(regimen), 1e5)
    late = doses(parse(regimen + ", late doses by 7 days on days 29 and 85"), 1e5)
    assert (late.time_h - on_time.time_h).tolist() == [0, 168, 0, 168, 0]
    every = doses(parse(regimen + ", late doses by 7 days"), 1e5)
    assert (every.time_h - on_time.time_h).tolist() == [0, 168, 168, 168, 168]
    assert every.total_mg == on_time.total_mg
    unsaid = parse(regimen + ", late doses")
    np.testing.assert_array_equal(doses(unsaid, 1e5, late_by_h=168).time_h, every.time_h)


def test_late_doses_without_a_delay_are_not_guessed() -> None:
    with pytest.raises(RegimenError, match="how late"):
        doses(parse("405 mg every 4 weeks im, late doses"), 1e4)
    with pytest.raises(RegimenError, match="less than 672 h"):
        doses(parse("405 mg every 4 weeks im, late doses"), 1e4, late_by_h=672)
    with pytest.raises(RegimenError, match="no late doses"):
        doses(parse("405 mg every 4 weeks im"), 1e4, late_by_h=24)


def test_a_late_dose_that_meets_the_next_is_added_to_it() -> None:
    late = "20 mg every 30 h for 78 h then 5 mg daily for 2 days, late doses by 18 h on day 3"
    table = doses(parse(late), 1e3)
    assert table.time_h.tolist() == [0, 30, 78, 102]
    assert table.amount_mg.tolist() == [20, 20, 25, 5]
    assert table.daily_dose_mg.tolist() == [16, 16, 5, 5]


def test_epochs_cover_the_horizon_and_end_at_zero() -> None:
    regimen = parse(
        "20 mg twice daily for 10 days then 10 mg daily for 4 days then 10 mg at night for 1 day"
    )
    assert epochs(regimen, 1000) == (
        Epoch(0, 240, 40, 12),
        Epoch(240, 360, 10, 24),
        Epoch(360, 1000, 0, 24),
    )
    assert epochs(regimen, 100) == (Epoch(0, 100, 40, 12),)
    assert epochs(parse("20 mg daily"), 100) == (Epoch(0, 100, 20, 24),)


def test_tables_cannot_be_changed() -> None:
    table = doses(parse("20 mg daily"), 48)
    with pytest.raises(ValueError, match="read-only"):
        table.amount_mg[0] = 1


@pytest.mark.parametrize("horizon_h", [0, -1, float("nan"), float("inf")])
def test_horizons_are_above_zero_and_finite(horizon_h: float) -> None:
    for expand in (doses, epochs):
        with pytest.raises(RegimenError, match="horizon"):
            expand(parse("20 mg daily"), horizon_h)


def test_a_million_doses_are_enough() -> None:
    with pytest.raises(RegimenError, match="1000000 doses"):
        doses(parse("1 mg every 1 min"), 20_000)
