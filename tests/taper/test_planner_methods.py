"""Other methods on the same doses, and products worth asking for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.improvement import worth_asking
from occupancy.taper.ladder import ladder
from occupancy.taper.methods import (
    even_occupancy,
    halving,
    linear,
    proportional,
    side_by_side,
    typed,
)
from occupancy.taper.minimax import minimax


def citalopram(dose_mg: Any) -> Any:
    """Sorensen et al. 2022, as used in public calculators: Vm 83.98 %, K 2.33 mg."""
    return 0.8398 * dose_mg / (2.33 + dose_mg)


GRID_MG = np.arange(201) / 10
RUNGS = ladder(GRID_MG, citalopram(GRID_MG))


def test_ten_percent_of_the_current_dose() -> None:
    """Down to about half a milligram: 36 steps, and 14.9 points at the end."""
    dose = np.append(0.0, 20 * 0.9 ** np.arange(50)[::-1])
    plan = proportional(ladder(dose, citalopram(dose)), 50, percent=10, floor_mg=0.5)
    assert plan.steps == 36
    assert plan.notes == ()
    assert 100 * plan.worst_drop == pytest.approx(14.9, abs=0.05)
    assert plan.worst_step == 35


def test_linear_is_worst_at_the_end() -> None:
    plan = linear(RUNGS, 200, steps=4)
    assert plan.dose_mg == (20, 15, 10, 5, 0)
    assert 100 * plan.worst_drop == pytest.approx(57.3, abs=0.05)
    assert plan.notes == ()


def test_halving() -> None:
    dose = np.array([0, 0.6, 1.25, 2.5, 5, 10, 20])
    plan = halving(ladder(dose, citalopram(dose)), 6)
    assert plan.dose_mg == (20, 10, 5, 2.5, 1.25, 0.6, 0)
    assert 100 * plan.worst_drop == pytest.approx(17.2, abs=0.05)


def test_even_occupancy_is_even_where_every_dose_exists() -> None:
    fine = np.arange(20001) / 1000
    plan = even_occupancy(ladder(fine, citalopram(fine)), 20000, steps=12)
    assert plan.steps == 12
    assert np.ptp(plan.drop) < 5e-4
    coarse = even_occupancy(RUNGS, 200, steps=60)
    assert coarse.steps < 60
    assert coarse.notes == (f"60 steps were asked for; on these doses they are {coarse.steps}.",)


def test_proportional_stuck_between_doses_takes_the_next_lower() -> None:
    dose = np.array([0, 5, 10, 15, 20.0])
    plan = proportional(ladder(dose, citalopram(dose)), 4, percent=10)
    assert plan.dose_mg == (20, 15, 10, 5, 0)
    assert plan.notes[0].startswith("4 of 4 steps, the first from 20 mg, are larger than 10 %")


def test_a_typed_schedule_is_rounded_and_says_so() -> None:
    dose = np.array([0, 0.5, 1, 2, 2.5, 5, 10, 20])
    plan = typed(ladder(dose, citalopram(dose)), 7, [20, 10, 5, 3.4, 2.3, 0.8])
    assert plan.dose_mg == (20, 10, 5, 2.5, 1, 0)
    assert plan.notes == (
        "3.4 mg is not made by these products (nearest: 2.5 mg and 5 mg); 2.5 mg stands in for it.",
        "2.3 mg is not made by these products (nearest: 2 mg and 2.5 mg); 2.5 mg stands in for it.",
        "2.3 mg falls on the dose before it and is left out.",
        "0.8 mg is not made by these products (nearest: 0.5 mg and 1 mg); 1 mg stands in for it.",
        "The schedule stops at 0.8 mg; the step to 0 mg is added.",
    )


def test_bad_methods_are_told() -> None:
    with pytest.raises(ValueError, match="percent = 100"):
        proportional(RUNGS, 200, percent=100)
    with pytest.raises(ValueError, match="steps = 0"):
        linear(RUNGS, 200, steps=0)
    with pytest.raises(ValueError, match="a taper goes down"):
        even_occupancy(RUNGS, 5, 5, steps=2)
    with pytest.raises(ValueError, match="target = 'D2'"):
        even_occupancy(RUNGS, 200, steps=2, target="D2")
    with pytest.raises(ValueError, match="dose = 12 mg does not come below 10 mg"):
        typed(RUNGS, 200, [10, 12])
    with pytest.raises(ValueError, match="no dose below the start"):
        typed(RUNGS, 200, [20])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 15), st.sampled_from([1, 25]))
def test_no_method_beats_the_best_of_as_many_steps(seed: int, steps: int, draws: int) -> None:
    rng = np.random.default_rng(seed)
    dose = np.append(0.0, np.sort(rng.choice(np.arange(1, 400), 30, replace=False)) / 10)
    theta = 0.9 * dose / (np.exp(rng.normal(1, 0.4, (draws, 1))) + dose)
    rungs = ladder(dose, theta)
    listed = [float(dose[20]), float(dose[20]) / 3]
    plans = side_by_side(rungs, 30, steps=steps, schedules=[("typed", listed)])
    names = [plan.method for plan in plans]
    assert names == [
        "minimax",
        "even occupancy",
        "linear",
        "10 % of the current dose",
        "25 % of the current dose",
        "halving",
        "typed",
    ]
    for plan in plans:
        assert (plan.rung[0], plan.rung[-1]) == (30, 0)
        assert plan.worst_drop >= minimax(rungs, 30, steps=plan.steps).worst_drop
        assert sum(band.median for band in plan.targets[0].drop) == pytest.approx(
            float(np.median(theta[:, 30])), abs=0.2
        )


def test_the_next_product_worth_asking_for() -> None:
    """Tablets of 10 mg and their halves at hand: what else would help a taper from 20 mg?"""
    halves = np.array([0, 5, 10, 15, 20.0])
    candidates = {
        "tablet 20 mg": np.array([20.0]),
        "compounded 0.5 mg": np.concatenate([halves[:-1] + 0.5 * k for k in range(1, 10)]),
        "solution 2 mg/mL": GRID_MG,
        "quarters": np.arange(9) * 2.5,
    }
    found = worth_asking(halves, candidates, citalopram, start_mg=20, steps=12)
    assert [one.name for one in found] == [
        "solution 2 mg/mL",
        "compounded 0.5 mg",
        "quarters",
        "tablet 20 mg",
    ]
    solution, half_mg, _, none = found
    assert 100 * solution.plan.worst_drop == pytest.approx(6.68, abs=0.005)
    # Half a milligram to nothing is the smallest last step: 0.8398 * 0.5 / 2.83.
    assert 100 * half_mg.plan.worst_drop == pytest.approx(14.84, abs=0.005)
    assert none.gain == 0
    assert none.new_mg == ()
    assert solution.gain == pytest.approx(0.5729 - 0.0668, abs=1e-4)
    assert 0.2 in solution.new_mg
    assert 20.0 not in solution.new_mg
