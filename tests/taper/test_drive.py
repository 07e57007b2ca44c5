"""Withdrawal drive: closed forms against the equation, conservation of area, published runs."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from occupancy.course import Sampling, dose_curve
from occupancy.taper.adaptation import Pieces, drive_at, follow, held, relaxing, sampled
from occupancy.taper.drive import CAVEAT, drive_figures, drug_drive, plan_drive, signal

TAU = 21.0
FALLING = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8).map(lambda v: sorted(v)[::-1])
ANY = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6)


def curve(dose: np.ndarray) -> np.ndarray:
    """Citalopram-like: Emax 0.93, ED50 3.4 mg."""
    return 0.93 * dose / (dose + 3.4)


def dose_of(occupancy: np.ndarray) -> np.ndarray:
    return 3.4 * occupancy / (0.93 - occupancy)


def integrated(pieces: Pieces, tau: float, until: float) -> tuple[float, float]:
    """Area and peak of W up to `until` by an adaptive solver, piece by piece."""
    z, area, peak, begin = float(pieces.start[0, 0]), 0.0, 0.0, 0.0
    for k, days in enumerate(pieces.days):
        length = min(float(days), until - begin)
        if length <= 0:
            break
        start, slope, fall = (float(a[0, k]) for a in (pieces.start, pieces.slope, pieces.fall))
        fade = float(pieces.rate[k])

        def rate(
            t: float, y: list[float], start=start, slope=slope, fall=fall, fade=fade
        ) -> list[float]:
            gap = y[0] - (start + slope * t + fall * math.expm1(-fade * t))
            return [-gap / tau, max(0.0, gap)]

        found = solve_ivp(
            rate,
            (0.0, length),
            [z, area],
            rtol=1e-9,
            atol=1e-11,
            t_eval=np.linspace(0, length, 800),
        )
        gaps = -tau * np.array(
            [rate(t, [y, 0.0])[0] for t, y in zip(found.t, found.y[0], strict=True)]
        )
        z, area, peak = float(found.y[0, -1]), float(found.y[1, -1]), max(peak, gaps.max())
        begin += length
    return area, peak


@settings(max_examples=50, deadline=None)
@given(ANY, st.floats(0.3, 40.0), st.floats(2.0, 60.0))
def test_closed_forms_solve_the_equation(levels: list[float], half_life: float, tau: float) -> None:
    n = len(levels) - 1
    days = np.linspace(5.0, 40.0, n)
    shapes = (
        held(levels, np.append(days, 30.0)),
        relaxing(levels[0], levels[1:], days, half_life),
        sampled(np.linspace(0, 90, n + 1), levels),
    )
    for pieces in shapes:
        found = follow(pieces, tau)
        until = 90.0 if np.isinf(pieces.days[-1]) else float(pieces.days.sum())
        area, peak = integrated(pieces, tau, until)
        if np.isinf(pieces.days[-1]):
            # After the last time W only fades: what is left of the area is tau times W.
            area += tau * float(drive_at(pieces, found, tau, [until])[0, 0])
        assert found.area[0] == pytest.approx(area, abs=2e-4)
        # The solver sees only its own times; ours is the top between them.
        assert peak - 1e-7 <= found.peak[0] <= peak + 2e-3


def test_equal_rates_need_no_special_case() -> None:
    """A level that relaxes exactly as fast as the set-point: w = (fall / tau) t exp(-t / tau)."""
    half_life = TAU * np.log(2)
    for nudge in (1.0, 1 + 1e-12, 1 - 1e-9):
        found = follow(relaxing(0.8, [0.0], [np.inf], half_life * nudge), TAU)
        assert found.peak[0] == pytest.approx(0.8 / np.e, rel=1e-6)
        assert found.peak_day[0] == pytest.approx(TAU, rel=1e-6)
        assert found.area[0] == pytest.approx(0.8 * TAU)


@pytest.mark.parametrize("days", [28.0, 112.0])
def test_a_linear_ramp_of_occupancy(days: float) -> None:
    """W_max = (o0 tau / T) (1 - exp(-T / tau)), at the end of the ramp."""
    found = follow(sampled([0.0, days], [0.795, 0.0]), TAU)
    assert found.peak[0] == pytest.approx(0.795 * TAU / days * (1 - np.exp(-days / TAU)))
    assert found.peak_day[0] == pytest.approx(days)


@settings(max_examples=60, deadline=None)
@given(FALLING, st.floats(0.2, 30.0), st.floats(0.05, 20.0), st.floats(1.0, 60.0))
def test_area_is_the_same_for_every_plan_that_only_goes_down(
    doses: list[float], hold: float, half_life: float, tau: float
) -> None:
    mg = 40 * np.array(doses)
    found = plan_drive(mg, [hold] * (mg.size - 2), curve, half_life, tau_days=tau)
    fall = curve(mg[:1])[0] - curve(mg[-1:])[0]
    assert found.occupancy.area.median == pytest.approx(tau * fall, abs=1e-9 * tau)
    assert found.signal is not None
    share = drive_figures().uptake_share
    rise = float(signal(curve(mg[:1]), share)[0] - signal(curve(mg[-1:]), share)[0])
    assert found.signal.area.median == pytest.approx(tau * rise, abs=1e-9 * tau)


@settings(max_examples=40, deadline=None)
@given(FALLING, st.floats(1.0, 30.0), st.floats(1.1, 4.0), st.sampled_from([0.0, 1.5]))
def test_slower_lowers_the_peak(
    doses: list[float], hold: float, slower: float, half_life: float
) -> None:
    mg = 40 * np.array(doses)
    quick, slow = (
        plan_drive(mg, [h] * (mg.size - 2), curve, half_life) for h in (hold, hold * slower)
    )
    # Exact for levels that jump; straight lines between other times cost a few 1e-4.
    spare = 1e-3 if half_life else 1e-12
    assert slow.occupancy.peak.median <= quick.occupancy.peak.median + spare


def test_the_limit_of_a_very_slow_plan_is_its_largest_step() -> None:
    mg = [20.0, 10.0, 5.0, 0.0]
    found = plan_drive(mg, [3000.0] * 2, curve, 0.0)
    falls = [-b for b in np.diff(curve(np.array(mg)))]
    assert found.occupancy.peak.median == pytest.approx(max(falls), abs=1e-6)
    assert [one.median for one in found.occupancy.step_peak] == pytest.approx(falls, abs=1e-6)
    assert [one.median for one in found.occupancy.step_fall] == pytest.approx(falls)
    assert found.occupancy.hardest_step == 3


def test_no_change_no_drive_and_going_up_gives_none() -> None:
    assert plan_drive([20, 20], [], curve, 1.5).occupancy.peak.median == 0
    up = plan_drive([5, 20, 20], [14], curve, 1.5)
    assert up.occupancy.peak.median == up.occupancy.area.median == 0
    # Up and down again: the area of W is no longer that of the fall from the start.
    both = plan_drive([5, 20, 0], [14], curve, 1.5)
    assert both.occupancy.area.median > TAU * curve(np.array([5.0]))[0]


@pytest.mark.parametrize(
    ("half_life", "peak", "day"), [(1.5, 0.576, 10), (0.9, 0.638, 6), (10.0, 0.256, 41)]
)
def test_abrupt_stops(half_life: float, peak: float, day: float) -> None:
    found = plan_drive([20, 0], [], curve, half_life, tau_days=TAU).occupancy
    assert found.peak.median == pytest.approx(peak, abs=0.003)
    assert found.peak_day.median == pytest.approx(day, abs=1)
    assert found.area.median == pytest.approx(16.69, abs=0.01)


@pytest.mark.parametrize(
    ("shape", "weeks", "peak", "day"),
    [
        ("linear", 4, 0.520, 32),
        ("hyperbolic", 4, 0.426, 29),
        ("linear", 16, 0.357, 114),
        ("hyperbolic", 16, 0.148, 112),
        ("hyperbolic", 32, 0.075, 224),
    ],
)
def test_tapers_a_little_lower_every_day(shape: str, weeks: int, peak: float, day: float) -> None:
    left = 1 - np.arange(7 * weeks + 1) / (7 * weeks)
    mg = 20 * left if shape == "linear" else dose_of(curve(np.array(20.0)) * left)
    found = plan_drive(mg, [1.0] * (mg.size - 2), curve, 1.5, tau_days=TAU).occupancy
    assert found.peak.median == pytest.approx(peak, abs=0.001)
    assert found.peak_day.median == pytest.approx(day, abs=2)


def test_the_scales_disagree_about_the_hardest_step() -> None:
    level = curve(np.array(20.0)) * np.linspace(1, 0, 9)
    found = plan_drive(dose_of(level), [7.0] * 7, curve, 1.5)
    assert found.signal is not None
    # Even steps of occupancy pile up to the end; the signal falls most where occupancy is high.
    assert found.occupancy.hardest_step > found.signal.hardest_step
    falls = [one.median for one in found.signal.step_fall]
    assert all(a > b for a, b in pairwise(falls))
    assert "disagree" in found.text
    assert found.text.endswith(CAVEAT)
    assert "Uncalibrated index" in found.caveat


def test_signal_at_its_ends() -> None:
    assert signal([0.0, 1.0], 0.2) == pytest.approx([1.0, 5.0])
    with pytest.raises(ValueError, match="uptake_share = 0"):
        signal(0.5, 0.0)
    with pytest.raises(ValueError, match="leaves no clearance"):
        signal(1.5, 0.2)


def test_the_numbers_are_recorded_as_assumptions() -> None:
    figures = drive_figures()
    assert figures.tau_days == pytest.approx(21)
    assert figures.signal_target == "SERT"
    assert all(note.startswith("assumed") for note in figures.notes)


def test_a_drug_on_its_own_curve_with_draws() -> None:
    few = Sampling(30, variability=False)
    mg = [20.0, 10.0, 5.0, 2.0, 0.0]
    found = drug_drive("citalopram", dose_mg=mg, days=[28.0] * 3, sampling=few)
    start = dose_curve("citalopram", doses_mg=[20.0], sampling=few).occupancy[:, 0]
    assert found.occupancy.filtered.area == pytest.approx(TAU * start)
    low, middle, high = (getattr(found.occupancy.peak, at) for at in ("low", "median", "high"))
    assert low < middle < high
    course = found.occupancy.at(np.linspace(0, 120, 25))
    assert course.shape == (30, 25)
    assert (course <= found.occupancy.filtered.peak[:, None] + 1e-12).all()
    assert not course[:, 0].any()
    assert found.start_day == (0.0, 28.0, 56.0, 84.0)
    assert drug_drive("olanzapine", dose_mg=[10, 0], days=[], sampling=few).signal is None


def test_long_half_lives_lower_the_peak_of_an_abrupt_stop() -> None:
    few = Sampling(20, variability=False)
    peaks = [
        drug_drive(drug, dose_mg=[mg, 0], days=[], sampling=few).occupancy.peak.median
        for drug, mg in (("fluoxetine", 20), ("citalopram", 20), ("paroxetine", 20))
    ]
    assert peaks[0] < peaks[1] < peaks[2]


def test_what_cannot_be_followed() -> None:
    with pytest.raises(ValueError, match="tau = 0 days"):
        follow(held([1.0], [1.0]), 0.0)
    with pytest.raises(ValueError, match="days must be above 0"):
        held([1.0, 0.5], [np.inf, 1.0])
    with pytest.raises(ValueError, match="must rise"):
        sampled([0.0, 0.0], [1.0, 0.0])
    with pytest.raises(ValueError, match="half_life = 0"):
        relaxing(1.0, [0.0], [1.0], 0.0)
    with pytest.raises(ValueError, match="days has 1 entries; 2 doses"):
        plan_drive([20, 0], [7], curve, 1.5)
    pieces = held([1.0], [1.0])
    with pytest.raises(ValueError, match="within the pieces"):
        drive_at(pieces, follow(pieces, TAU), TAU, [2.0])
