"""Laws of a course: conservation, superposition with the curve, people, windows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.course import Sampling, dose_curve, trajectory
from occupancy.course.metrics import share_between
from occupancy.evidence.quantiles import quantiles
from occupancy.person import Person
from occupancy.regimen import parse

POINT = Sampling(draws=1, variability=False)


def run(text: str, **keywords):  # type: ignore[no-untyped-def]
    return trajectory(parse(text), **keywords)


def test_average_of_the_last_cycle_is_dose_over_clearance() -> None:
    course = run("duloxetine 60 mg daily, at steady state", sampling=POINT)
    time, C = course.cycle_h, course.cycle_concentrations["duloxetine"][0]
    mean = np.sum(0.5 * (C[1:] + C[:-1]) * np.diff(time)) / np.ptp(time)
    system = course.setting.subject.system(None)
    CL = float(np.asarray(system.species[0].CL)[0])
    assert mean == pytest.approx(60 / 24 / CL * 1000, rel=2e-3)


def test_a_long_course_ends_where_steady_state_begins() -> None:
    long = run("escitalopram 10 mg daily for 60 days", sampling=POINT)
    steady = run("escitalopram 10 mg daily for 2 days, at steady state", sampling=POINT)
    a = long.targets["SERT"].cycle
    b = steady.targets["SERT"].cycle
    assert a.peak[0] == pytest.approx(b.peak[0], rel=1e-6)
    assert a.trough[0] == pytest.approx(b.trough[0], rel=1e-6)


def test_course_and_curve_agree_on_the_average() -> None:
    """Occupancy is concave in concentration: its mean lies at or below that of the mean."""
    for name, dose in (("citalopram", 20), ("sertraline", 50)):
        course = run(f"{name} {dose} mg daily, at steady state", sampling=POINT)
        curve = dose_curve(name, doses_mg=[dose], sampling=POINT)
        target = course.targets[curve.bound.target]
        assert target.cycle.average[0] <= curve.occupancy[0, 0] + 1e-6
        assert target.cycle.average[0] == pytest.approx(curve.occupancy[0, 0], abs=0.03)
        assert target.cycle.trough[0] <= curve.occupancy[0, 0] <= target.cycle.peak[0]


def test_missed_doses_lower_and_never_raise() -> None:
    full = run("sertraline 50 mg daily for 14 days", sampling=POINT)
    missed = run("sertraline 50 mg daily for 14 days, missed days 5 and 9", sampling=POINT)
    a, b = full.targets["SERT"].occupancy[0], missed.targets["SERT"].occupancy[0]
    assert np.all(b <= a + 1e-12)
    assert np.any(b < a - 0.01)


def test_nothing_is_left_long_after_stopping() -> None:
    course = run("duloxetine 60 mg daily for 7 days then stop", days=60, sampling=POINT)
    assert course.targets["SERT"].occupancy[0, -1] < 1e-6


def test_omeprazole_adds_nothing_in_a_poor_metaboliser() -> None:
    regimen = "citalopram 20 mg daily for 28 days"
    alone = run(regimen, person=Person(age_y=71, cyp2c19="PM"))
    both = run(regimen, person=Person(age_y=71, cyp2c19="PM", comedication=("omeprazole",)))
    np.testing.assert_array_equal(alone.targets["SERT"].occupancy, both.targets["SERT"].occupancy)
    assert any("cannot inhibit what is absent" in reason for reason in both.reasons)
    normal = run(regimen, person=Person(age_y=71, comedication=("omeprazole",)))
    untouched = run(regimen, person=Person(age_y=71))
    assert np.all(normal.targets["SERT"].occupancy >= untouched.targets["SERT"].occupancy - 1e-12)


def test_what_moves_nothing_is_said() -> None:
    course = run("desvenlafaxine 50 mg daily", person=Person(cyp2c19="PM"), sampling=POINT)
    assert any("CYP2C19" in reason for reason in course.reasons)


def test_a_regimen_without_a_drug_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="names no drug; write it first"):
        run("20 mg daily")


def test_the_drug_as_its_own_comedication_is_refused() -> None:
    with pytest.raises(ValueError, match="is the drug itself"):
        run("fluoxetine 20 mg daily", person=Person(comedication=("fluoxetine",)))


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=30),
    st.floats(0, 0.9),
    st.floats(0.01, 0.5),
)
def test_share_in_window_matches_a_fine_count(
    values: list[float], low: float, width: float
) -> None:
    time = np.arange(len(values), dtype=float)
    high = low + width
    share = share_between(time, np.array([values]), low, high)[0]
    fine = np.linspace(0, time[-1], 20001)
    y = np.interp(fine, time, values)
    counted = np.mean((y >= low) & (y <= high))
    assert 0 <= share <= 1 + 1e-12
    # A piece that merely touches a bound holds time that the two may count differently.
    flat = any(a == b and a in (low, high) for a, b in pairwise(values))
    if not flat:
        assert share == pytest.approx(counted, abs=0.01)


@given(st.integers(1, 60), st.floats(0.1, 0.99), st.integers(0, 5))
def test_quantiles_are_numpys(n: int, level: float, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(n, 3))
    median, low, high = quantiles(values, level)
    tail = (1 - level) / 2
    np.testing.assert_allclose(median, np.quantile(values, 0.5, axis=0), atol=1e-12)
    np.testing.assert_allclose(low, np.quantile(values, tail, axis=0), atol=1e-12)
    np.testing.assert_allclose(high, np.quantile(values, 1 - tail, axis=0), atol=1e-12)
