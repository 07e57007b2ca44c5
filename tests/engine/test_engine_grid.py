"""The event grid: what is laid out where, shared and per person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.engine import Cycle, EventGrid, PersonDoses, doses_of_people, event_grid
from occupancy.kinetics import Doses, Input, Species, System, simulate
from occupancy.regimen import EventTableError, doses, parse, read_event_table

ORAL = System((Species("x", 5.0, 50.0, dosed=1.0),), (Input(ka=1.0),))
HOURS = np.arange(1.0, 49.0)


def delivered(grid: EventGrid) -> np.ndarray:
    """Milligrams per path and person that arrive by the end, at once or at a rate."""
    people = grid.people
    at_once = np.broadcast_to(grid.jump_mg[grid.jump_row].sum(axis=0), (len_paths(grid), people))
    total = at_once.copy()
    for slot, path in enumerate(grid.rate_paths):
        rate = grid.rate_mg_h[grid.rate_row[:-1], slot]
        total[path] += (rate * grid.dt_h).sum(axis=0)
    return total


def len_paths(grid: EventGrid) -> int:
    return grid.jump_mg.shape[1]


def test_a_shared_course_has_one_step_per_hour():
    grid = event_grid(ORAL, Doses(24.0 * np.arange(2), 10.0), HOURS)
    assert grid.steps == 48
    assert grid.shared
    assert grid.people == 1
    assert (grid.dt_h == 1.0).all()
    assert (grid.output == np.arange(48)).all()
    assert grid.jump_mg.shape == (2, 1, 1)  # nothing, and 10 mg
    assert np.flatnonzero(grid.jump_row).tolist() == [0, 24]


def test_an_output_at_the_start_follows_the_dose():
    grid = event_grid(ORAL, Doses([0.0], 10.0), [0.0, 1.0])
    assert grid.dt_h[:, 0].tolist() == [0.0, 1.0]


def test_missed_doses_keep_the_grid_shared():
    taken = np.array([[10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    grid = event_grid(ORAL, Doses([0.0, 24.0], taken), HOURS)
    assert grid.shared
    assert grid.people == 3
    np.testing.assert_array_equal(delivered(grid)[0], [10, 10, 20])


lags = st.lists(st.floats(0, 30), min_size=2, max_size=5)


@settings(max_examples=60, deadline=None)
@given(lags, st.lists(st.floats(0, 40), min_size=1, max_size=4), st.floats(0.1, 10))
def test_padding_moves_no_time_and_no_milligram(lag, times, duration):
    lag_h = np.asarray(lag)
    system = replace(
        ORAL, inputs=(Input(ka=1.0, lag_h=lag_h), Input(duration_h=duration, lag_h=2 * lag_h))
    )
    hours = np.linspace(0.0, 150.0, 31)
    grid = event_grid(system, Doses(times, 1.0), hours)
    assert (grid.dt_h >= 0).all()
    reached = grid.start_h + np.cumsum(grid.dt_h, axis=0)[grid.output]
    np.testing.assert_allclose(reached, np.broadcast_to(hours[:, None], reached.shape), atol=1e-11)
    np.testing.assert_allclose(delivered(grid), len(times), rtol=1e-11)


def test_padding_is_the_busiest_person_per_interval():
    system = replace(ORAL, inputs=(Input(ka=1.0, lag_h=np.array([0.25, 0.5, 3.5])),))
    grid = event_grid(system, Doses([0.0, 24.0], 10.0), HOURS)
    # a slot in the hours in which anybody's dose arrives: 0-1 and 3-4 h on both days
    assert grid.steps == 48 + 4


def test_people_of_an_event_table_by_the_driver():
    pytest.importorskip("jax", reason="people with doses of their own need JAX")
    from occupancy.engine import simulate_linear

    table = read_event_table(
        [
            {"ID": "a", "TIME": 0, "EVID": 1, "AMT": 10},
            {"ID": "a", "TIME": 7.3, "EVID": 1, "AMT": 5},
            {"ID": "b", "TIME": 3, "EVID": 1, "AMT": 20, "RATE": 4},
            {"ID": "c", "TIME": 1, "EVID": 1, "AMT": 8, "ADDL": 3, "II": 6.5},
        ]
    )
    people = doses_of_people(table)
    system = replace(ORAL, inputs=(Input(),))
    ours = simulate_linear(system, people, HOURS).concentrations["x"]
    each = [
        (Doses([0.0, 7.3], [10.0, 5.0]), 0.0),
        (Doses([3.0], [20.0]), 5.0),
        (Doses(1 + 6.5 * np.arange(4), 8.0), 0.0),
    ]
    for person, (given_doses, duration) in enumerate(each):
        one = replace(system, inputs=(Input(duration_h=duration),))
        alone = simulate(one, given_doses, np.concatenate([[0.0], HOURS]))["x"][0, 1:]
        np.testing.assert_allclose(ours[:, person], alone, rtol=1e-12, atol=1e-12 * alone.max())


def test_regimens_of_different_people():
    table = doses(parse("10 mg daily for 4 days, missed day 2"), 96.0)
    people = doses_of_people([table, doses(parse("10 mg twice daily for 4 days"), 96.0)])
    grid = event_grid(ORAL, people, np.arange(1.0, 97.0))
    np.testing.assert_array_equal(delivered(grid), [[30.0, 80.0]])


def test_part_of_the_people():
    system = replace(ORAL, inputs=(Input(ka=1.0, lag_h=np.array([0.25, 0.5, 3.5])),))
    grid = event_grid(system, Doses([0.0], 10.0), HOURS, cycle=Cycle(Doses([0.0], 10.0), 24.0))
    some = grid.select(slice(1, 3))
    assert some.people == 2
    np.testing.assert_array_equal(some.dt_h, grid.dt_h[:, 1:])
    assert some.cycle is not None
    assert some.cycle.people == 2


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"times_h": [2.0, 1.0]}, "must not decrease; 2 is followed by 1"),
        ({"times_h": [np.nan]}, "give finite times"),
        ({"cycle": Cycle(Doses([25.0], 1.0), 24.0)}, "hours into the cycle"),
        ({"cycle": Cycle(Doses([0.0], 1.0), -1.0)}, "must be positive hours"),
        ({"doses": Doses([-3.0], 1.0), "cycle": Cycle(Doses([0.0], 1.0), 24.0)}, "at -3 h lies"),
        ({"system": [(ORAL, 0.0), (ORAL, 9.0), (ORAL, 8.0)]}, "must be finite and rise"),
        ({"system": []}, "at least one"),
    ],
)
def test_what_cannot_be_laid_out(how, says):
    arguments = {"system": ORAL, "doses": Doses([0.0], 1.0), "times_h": HOURS} | how
    with pytest.raises(ValueError, match=says):
        event_grid(**arguments)


def test_how_a_course_starts_is_said_once():
    state = simulate(ORAL, Doses([0.0], 1.0), [1.0]).final
    with pytest.raises(ValueError, match="not both"):
        event_grid(
            ORAL, Doses([2.0], 1.0), HOURS, initial=state, cycle=Cycle(Doses([0.0], 1.0), 24.0)
        )


def test_person_doses_are_checked():
    good = np.ones((2, 3))
    with pytest.raises(ValueError, match="share one shape"):
        PersonDoses(good, np.ones((2, 2)), good)
    with pytest.raises(ValueError, match="amount_mg must be zero or positive"):
        PersonDoses(good, -good, good)
    with pytest.raises(ValueError, match="at least one table"):
        doses_of_people([])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"SS": 1, "II": 24}, "steady-state rows"),
        ({"CMT": 2}, "into compartment 2"),
        ({"EVID": 4}, "resets"),
    ],
)
def test_what_an_event_table_of_people_cannot_say(row, says):
    table = read_event_table([{"ID": "a", "TIME": 0, "EVID": 1, "AMT": 10} | row])
    with pytest.raises(EventTableError, match=says):
        doses_of_people(table)
