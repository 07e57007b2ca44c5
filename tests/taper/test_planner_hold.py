"""How long a dose is held, the calendar, and planning anew from what was taken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.stats import erlang

from occupancy.taper.history import Event, History, replan
from occupancy.taper.hold import (
    Stage,
    accumulation_ratio,
    calendar,
    hold_days,
    remaining,
    settling_h,
)
from occupancy.taper.ladder import ladder
from occupancy.taper.minimax import minimax
from occupancy.taper.plan import plan_of

DOSE = np.arange(201) / 10
RUNGS = ladder(DOSE, 0.8398 * DOSE / (2.33 + DOSE))


def test_one_half_life_is_a_logarithm() -> None:
    assert settling_h(35, 0.5) == 35
    assert settling_h(35, 0.125) == pytest.approx(3 * 35)
    assert remaining(35, 70) == pytest.approx(0.25)
    assert accumulation_ratio(24) == 2
    # 35 h: a tenth is left after 3.32 half-lives, 4.84 days.
    hold = hold_days(35)
    assert (hold.days, hold.settling_days) == (5, pytest.approx(4.844, abs=1e-3))
    assert hold.carried == pytest.approx(0.6217, abs=1e-4)
    assert "day 5" in hold.text
    assert hold_days(35, observe_days=14).days == 19
    assert hold_days(2).days == 1
    assert hold_days(24, within=0.125).days == 3
    # Norfluoxetine, 9 days: 3.3 half-lives are 30 days, not a week.
    assert hold_days(216).days == 30


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0.1, 300), min_size=2, max_size=4), st.floats(0.01, 2000))
def test_a_chain_is_the_matrix_exponential(lives: list[float], hours: float) -> None:
    rates = np.log(2) / np.array(lives)
    generator = np.diag(-rates) + np.diag(rates[:-1], 1)
    assert remaining(lives, hours) == pytest.approx(expm(generator * hours)[0].sum(), abs=1e-10)


def test_equal_stages_are_erlang() -> None:
    scale = 20 / np.log(2)
    for hours in (0.0, 1.0, 30.0, 300.0):
        assert remaining([20, 20, 20], hours) == pytest.approx(
            erlang(3, scale=scale).sf(hours), rel=1e-10
        )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.5, 300), min_size=1, max_size=3), st.floats(0.01, 0.5))
def test_settling_inverts_what_remains(lives: list[float], within: float) -> None:
    hours = settling_h(lives, within)
    assert remaining(lives, hours) == pytest.approx(within, rel=1e-8)
    assert hours >= settling_h(max(lives), within) * (1 - 1e-12)
    assert settling_h(lives[::-1], within) == pytest.approx(hours, rel=1e-8)


def test_a_plan_on_days() -> None:
    plan = plan_of(RUNGS, [200, 100, 50, 0], "by hand")
    assert calendar(plan, 14, start_day=7) == (
        Stage(1, 7, 14, 10.0),
        Stage(2, 21, 14, 5.0),
        Stage(3, 35, None, 0.0),
    )
    assert [s.start_day for s in calendar(plan, [7, 28])] == [0, 7, 35]
    assert [s.review_day for s in calendar(plan, hold_days(35))] == [5, 10, None]
    with pytest.raises(ValueError, match="hold has 3 entries"):
        calendar(plan, [7, 7, 7])
    with pytest.raises(ValueError, match="1 day or more"):
        calendar(plan, 0)


def test_bad_holds_are_told() -> None:
    with pytest.raises(ValueError, match="half-life = -1"):
        hold_days(-1)
    with pytest.raises(ValueError, match="within = 1"):
        settling_h(10, 1)
    with pytest.raises(ValueError, match="observe_days = -1"):
        hold_days(10, observe_days=-1)
    with pytest.raises(ValueError, match="interval_h = 0"):
        accumulation_ratio(10, 0)
    with pytest.raises(ValueError, match="hours = -1"):
        remaining(10, -1)


TAKEN = (
    History()
    .record(Event(0, "taken", dose_mg=20))
    .record(Event(10, "taken", dose_mg=10.4))
    .record(Event(24, "taken", dose_mg=6.6))
)


def test_a_history_only_grows() -> None:
    longer = TAKEN.record(Event(30, "step back", dose_mg=10.4, note="dizzy"))
    assert len(TAKEN.events) == 3
    assert longer.events[:3] == TAKEN.events
    assert (longer.dose_mg, longer.since_day) == (10.4, 30)
    assert longer.record(Event(30, "taken", dose_mg=8)).dose_mg == 8
    with pytest.raises(AttributeError):
        TAKEN.events = ()  # type: ignore[misc]
    with pytest.raises(ValueError, match="only grows at its end"):
        longer.record(Event(29, "taken", dose_mg=5))
    with pytest.raises(ValueError, match=r"not above the dose then taken, 6\.6 mg"):
        TAKEN.record(Event(30, "step back", dose_mg=5))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kind": "taken"}, "needs dose_mg"),
        ({"kind": "hold"}, "needs days"),
        ({"kind": "hold", "days": 7, "dose_mg": 5}, "takes no dose_mg"),
        ({"kind": "hold", "days": 0}, "days = 0"),
        ({"kind": "slower", "factor": 1}, "factor = 1"),
        ({"kind": "taken", "dose_mg": -1}, "dose_mg = -1"),
        ({"kind": "product changed"}, "needs a note"),
        ({"kind": "stopped"}, "is not one of"),
    ],
)
def test_an_event_says_what_it_must(wrong: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Event(3, **wrong)


def test_a_new_plan_begins_at_what_is_taken() -> None:
    before = TAKEN.events
    new = replan(TAKEN, RUNGS, today=26, hold_days=14, steps=9)
    assert new.plan == minimax(RUNGS, RUNGS.index(6.6), steps=9)
    assert new.plan.dose_mg[0] == 6.6
    # 6.6 mg since day 24, held for 14 days.
    assert new.stages[0].start_day == 38
    assert new.reasons == (
        "6.6 mg has been taken since day 24.",
        "It is held for 14 days, until day 38.",
    )
    assert TAKEN.events == before
    late = replan(TAKEN, RUNGS, today=60, hold_days=14, steps=9)
    assert late.stages[0].start_day == 60


def test_hold_slower_and_step_back_count() -> None:
    held = TAKEN.record(Event(30, "hold", days=21, note="exams"))
    assert replan(held, RUNGS, today=30, hold_days=14, steps=5).stages[0].start_day == 51
    slow = held.record(Event(31, "slower", factor=1.5))
    new = replan(slow, RUNGS, today=31, hold_days=14, largest_drop=0.05)
    assert new.hold_days == 21
    assert new.stages[1].start_day - new.stages[0].start_day == 21
    assert new.plan.worst_drop <= 0.05
    assert "Slower was asked for: holds are 1.5 times as long." in new.reasons
    back = TAKEN.record(Event(30, "step back", dose_mg=10.4))
    new = replan(back, RUNGS, today=30, hold_days=14, steps=10)
    assert (new.plan.dose_mg[0], new.stages[0].start_day) == (10.4, 44)


def test_another_product_is_another_ladder() -> None:
    changed = TAKEN.record(Event(30, "product changed", note="no solution, tablets of 5 mg"))
    dose = np.array([0, 2.5, 5, 10, 20])
    with pytest.raises(ValueError, match="As the start it may be added"):
        replan(changed, ladder(dose, dose / (2.33 + dose)), today=40, hold_days=7, steps=3)
    dose = np.array([0, 2.5, 5, 6.6, 10, 20])
    new = replan(changed, ladder(dose, dose / (2.33 + dose)), today=40, hold_days=7, steps=3)
    assert new.plan.dose_mg == (6.6, 5, 2.5, 0)
    assert new.reasons[-1] == "Product changed on day 30: no solution, tablets of 5 mg."


def test_bad_replans_are_told() -> None:
    with pytest.raises(ValueError, match="either steps or largest_drop"):
        replan(TAKEN, RUNGS, today=30, hold_days=14)
    with pytest.raises(ValueError, match="either steps or largest_drop"):
        replan(TAKEN, RUNGS, today=30, hold_days=14, steps=3, largest_drop=0.1)
    with pytest.raises(ValueError, match="today = 20"):
        replan(TAKEN, RUNGS, today=20, hold_days=14, steps=3)
    with pytest.raises(ValueError, match="hold_days = 0"):
        replan(TAKEN, RUNGS, today=30, hold_days=0, steps=3)
    with pytest.raises(ValueError, match="no dose that was taken"):
        replan(History(), RUNGS, today=30, hold_days=14, steps=3)
