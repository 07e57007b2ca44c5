"""Change detection: false alarms on pure noise, changes that are found, intervals that cover."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pytest

from occupancy.diary import Answers, Moment, Mood, Note, Sleep, Store
from occupancy.diary.around_steps import step_effect
from occupancy.diary.change import MONTH_DAYS, RATE, watches
from occupancy.diary.followed import Daily, daily
from occupancy.diary.noise import BASELINE_DAYS, Rule, lag_one, looks, quiet, steadied

STEP = date(2026, 3, 1)
BEFORE = tuple(range(-BASELINE_DAYS, 0))
MONTH = tuple(range(MONTH_DAYS))


#: What a person's days may look like when nothing changes, from standard Gaussian days.
SHAPES = {
    "gaussian": lambda z: z,
    "mood": lambda z: np.clip(np.round(6 + 1.5 * z), 0, 10),
    "good mood, cut off": lambda z: np.clip(np.round(8.5 + 1.5 * z), 0, 10),
    "symptoms, many": lambda z: steadied(np.clip(np.round(20 + 4 * z), 0, 54)),
    "symptoms, few": lambda z: steadied(np.clip(np.round(3 + 2 * z), 0, 54)),
    "symptoms, skewed": lambda z: steadied(np.floor(np.exp(1.2 + 0.6 * z))),
}


def noise(rng: np.random.Generator, months: int, days: int, phi: float) -> np.ndarray:
    """Months of AR(1) noise."""
    values = np.empty((months, days))
    state = rng.standard_normal(months)
    for day in range(days):
        if day:
            state = phi * state + np.sqrt(1 - phi**2) * rng.standard_normal(months)
        values[:, day] = state
    return values


def false_alarms(
    values: np.ndarray, before: tuple[int, ...], after: tuple[int, ...], alpha: float
) -> np.ndarray:
    """Whether each watch raised an alarm, by the rule of `change`."""
    lag = lag_one(np.array(before, dtype=float), values[:, : len(before)])
    with np.errstate(divide="ignore", invalid="ignore"):
        _, T = looks(before, after, values)
    return np.nan_to_num(np.abs(T)).max(axis=1) > rule(before, after, alpha).threshold(lag)


@lru_cache(maxsize=64)
def rule(before: tuple[int, ...], after: tuple[int, ...], alpha: float) -> Rule:
    return quiet(before, after).rule(alpha)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("phi", [0.0, 0.3, 0.5, 0.7, 0.85, 0.9])
def test_at_most_one_month_of_twenty_alarms_on_pure_noise(phi: float, shape: str) -> None:
    """One series, looked at every day of a month, in 2,000 months."""
    days = noise(np.random.default_rng(11), 2_000, BASELINE_DAYS + MONTH_DAYS, phi)
    share = false_alarms(SHAPES[shape](days), BEFORE, MONTH, RATE).mean()
    # Two standard errors of 2,000 months at 5 % are 1 point.
    assert share <= RATE + 0.01


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_five_series_and_steps_two_weeks_apart_alarm_no_more_often(phi: float) -> None:
    """Whole diaries: five series at once, two watches of 14 days and the rest of the month."""
    rng, months = np.random.default_rng(12), 1_000
    alarmed = np.zeros(months, dtype=bool)
    for _ in range(5):
        values = noise(rng, months, BASELINE_DAYS + 28, phi)
        for start in (0, 14):
            piece = values[:, start : start + BASELINE_DAYS + 14]
            alarmed |= false_alarms(piece, BEFORE, MONTH[:14], RATE * 14 / 30 / 5)
    assert alarmed.mean() <= RATE + 0.01


def test_days_left_out_raise_no_more_alarms() -> None:
    rng = np.random.default_rng(13)
    alarms = 0
    for _ in range(6):
        kept = rng.random(BASELINE_DAYS + MONTH_DAYS) > 0.4
        before = tuple(day for day in BEFORE if kept[day + BASELINE_DAYS])
        after = tuple(day for day in MONTH if kept[day + BASELINE_DAYS])
        values = noise(rng, 400, BASELINE_DAYS + MONTH_DAYS, 0.6)[:, kept]
        alarms += false_alarms(values, before, after, RATE).sum()
    assert alarms / 2_400 <= RATE + 0.01


def test_a_slope_rule_would_alarm_most_weeks_and_this_does_not() -> None:
    """The rule of a public diary: a trend where five entries have a slope above 0.15 a day."""
    values = noise(np.random.default_rng(14), 2_000, BASELINE_DAYS + MONTH_DAYS, 0.0)
    five = values[:, -5:]
    day = np.arange(5) - 2.0
    slope = (five * day).sum(axis=1) / (day**2).sum()
    assert (np.abs(slope) > 0.15).mean() == pytest.approx(0.64, abs=0.03)
    assert false_alarms(values, BEFORE, MONTH, RATE).mean() < RATE


@pytest.mark.parametrize(
    ("phi", "size", "least"), [(0.0, 3.0, 0.95), (0.5, 3.0, 0.6), (0.5, 5.0, 0.9)]
)
def test_changes_of_some_spreads_are_found(phi: float, size: float, least: float) -> None:
    values = noise(np.random.default_rng(15), 500, BASELINE_DAYS + MONTH_DAYS, phi)
    values[:, BASELINE_DAYS:] += size
    assert false_alarms(values, BEFORE, MONTH, RATE).mean() >= least


def series(values: np.ndarray, first: date, name: str = "mood") -> Daily:
    days = tuple(first + timedelta(days=k) for k in range(values.size))
    return Daily(name, "of 10", "higher", days, tuple(values.tolist()))


def test_a_watch_names_the_day_and_the_sizes() -> None:
    values = noise(np.random.default_rng(16), 1, BASELINE_DAYS + 20, 0.2)[0] + 5
    values[BASELINE_DAYS + 5 :] -= 6
    (watch,) = watches([series(values, STEP - timedelta(days=BASELINE_DAYS))], STEP)
    assert watch.alarm is not None
    assert STEP + timedelta(days=5) <= watch.alarm <= STEP + timedelta(days=19)
    assert watch.baseline == pytest.approx(values[:BASELINE_DAYS].mean())
    assert watch.difference is not None
    assert watch.limit is not None
    assert watch.baseline is not None
    assert watch.baseline + watch.difference < watch.limit < watch.baseline
    assert "lower than in the six weeks before" in watch.text
    assert "seen on 2026-03" in watch.text
    assert "at most 5% of months" in watch.text
    advice = {"take", "should", "stop", "reduce", "increase", "dose"}
    assert not advice & set(watch.text.split())


def test_units_and_direction_do_not_matter() -> None:
    values = noise(np.random.default_rng(17), 1, BASELINE_DAYS + 30, 0.3)[0]
    values[BASELINE_DAYS:] += 2
    first = STEP - timedelta(days=BASELINE_DAYS)
    (one,) = watches([series(values, first)], STEP)
    (other,) = watches([series(100 - 7 * values, first)], STEP)
    assert one.alarm == other.alarm
    assert one.difference is not None
    assert other.difference == pytest.approx(-7 * one.difference)


def test_the_error_is_shared_by_what_is_judged() -> None:
    rng = np.random.default_rng(18)
    first = STEP - timedelta(days=BASELINE_DAYS)
    alone = series(noise(rng, 1, BASELINE_DAYS + 20, 0.3)[0], first)
    more = [series(noise(rng, 1, BASELINE_DAYS + 20, 0.3)[0], first, f"s{k}") for k in range(3)]
    few = Daily("PHQ-9", "of 27", "lower", (STEP,), (5.0,))
    still = series(np.full(BASELINE_DAYS + 20, 4.0), first, "still")
    (limit,) = (one.limit for one in watches([alone], STEP))
    with_few = watches([alone, few, still], STEP)
    assert with_few[0].limit == limit
    assert "14 are needed" in with_few[1].why_not
    assert "every day before was the same" in with_few[2].why_not
    with_more = watches([alone, *more], STEP)[0].limit
    baseline = with_few[0].baseline
    assert None not in (limit, with_more, baseline)
    assert abs(with_more - baseline) > abs(limit - baseline)  # type: ignore[operator]
    with pytest.raises(ValueError, match="hold_days = 0"):
        watches([alone], STEP, hold_days=0)


def test_what_comes_after_the_watch_does_not_count() -> None:
    values = noise(np.random.default_rng(19), 1, BASELINE_DAYS + 40, 0.0)[0]
    values[BASELINE_DAYS + 14 :] += 50
    (watch,) = watches([series(values, STEP - timedelta(days=BASELINE_DAYS))], STEP, hold_days=14)
    assert watch.alarm is None
    early = watches([series(values, STEP - timedelta(days=BASELINE_DAYS))], STEP, until=STEP)
    assert "0 days" in early[0].why_not or "1 days" in early[0].why_not


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_the_interval_of_the_step_effect_covers_the_truth(phi: float) -> None:
    rng, people, steps, hold = np.random.default_rng(20), 400, 6, 20
    values = noise(rng, people, hold * (steps + 1), phi)
    days = [STEP + timedelta(days=hold * k) for k in range(1, steps + 1)]
    for step in range(1, steps + 1):
        # The effect of a step: 2 for its first ten days, then gone.
        values[:, hold * step : hold * step + 10] += 2.0
    covered = 0
    for row in values:
        found = step_effect(series(row, STEP), days)
        assert found.low is not None
        assert found.high is not None
        assert found.window_days == 10
        covered += found.low <= 2.0 <= found.high
    assert covered / people >= 0.93  # two standard errors of 400 people at 95 % are 2 points


def test_the_step_effect_in_words() -> None:
    values = np.zeros(60)
    values[[*range(20, 30), *range(40, 50)]] = 4.0
    days = [STEP + timedelta(days=20), STEP + timedelta(days=40)]
    found = step_effect(series(values, STEP), days)
    assert found.text == "+4.0 in the 10 days after a step, n = 2 steps"
    assert (found.differences, found.low) == ((4.0, 4.0), None)
    three = step_effect(series(np.concatenate([values, np.arange(20.0)]), STEP), [*days,
                        STEP + timedelta(days=60)])  # fmt: skip
    assert three.low is not None
    assert three.text.startswith("+4.2 (")
    none = step_effect(series(values, STEP), [STEP + timedelta(days=300)])
    assert none.text == "no step has enough days with values around it"


def test_student_quantiles_are_those_of_scipy() -> None:
    from scipy import stats

    from occupancy.diary.around_steps import _T

    assert pytest.approx([stats.t.ppf(0.975, df) for df in range(2, 31)], abs=5e-5) == _T


def test_entries_become_one_number_a_day(tmp_path) -> None:
    with Store.open(tmp_path / "diary.db") as store:
        diary = store.diary()
        at = [Moment.at(datetime(2026, 3, day, hour), "UTC") for day, hour in
              ((1, 8), (1, 20), (2, 9))]  # fmt: skip
        diary.add(Mood(4), at[0])
        diary.add(Mood(7), at[1])
        diary.add(Sleep(6.5), at[2])
        diary.add(Answers("GAD-7", (1,) * 7), at[2])
        diary.add(Answers("GAD-7", (None, *(1,) * 6)), at[2])
        diary.add(Note("words"), at[2])
        found = {one.name: one for one in daily(diary.entries())}
    assert set(found) == {"mood", "hours asleep", "GAD-7"}
    assert (found["mood"].days, found["mood"].values) == ((date(2026, 3, 1),), (5.5,))
    assert found["GAD-7"].values == (7.0,)
    assert (found["GAD-7"].unit, found["GAD-7"].better) == ("of 21", "lower")
