"""Numbers that people quote, recomputed from the laws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from occupancy import laws

HALF_LIFE = math.log(2)


def as_percent(fraction: float) -> float:
    return 100 * float(fraction)


def doubled(theta: float) -> float:
    return as_percent(laws.occupancy(2 * laws.inverse_occupancy(theta, 1.0), 1.0))


def test_a_tenth_of_the_constant_occupies_nine_percent() -> None:
    assert as_percent(laws.occupancy(0.1, 1.0)) == pytest.approx(9.1, abs=0.05)


def test_halving_dopamine_at_d2() -> None:
    percent = [as_percent(laws.occupancy(C, 30.0)) for C in (100.0, 50.0)]
    assert percent == pytest.approx([76.9, 62.5], abs=0.05)


def test_doubling_from_93_to_97_is_a_matter_of_rounding() -> None:
    assert doubled(0.93) == pytest.approx(96.4, abs=0.05)
    assert doubled(14 / 15) == pytest.approx(96.55, abs=0.005)
    both_round = [t for t in np.arange(92.5, 93.5, 0.005) if round(doubled(t / 100)) == 97]
    assert min(both_round) == pytest.approx(93.24, abs=0.005)


def half_lives(before: float, after: float) -> float:
    return float(np.log2(laws.inverse_occupancy(before, 1.0) / laws.inverse_occupancy(after, 1.0)))


def test_hit_and_run_is_a_hyperbola_and_a_half_life() -> None:
    assert half_lives(0.65, 0.20) == pytest.approx(2.89, abs=0.005)
    assert 5.3 * half_lives(0.65, 0.20) == pytest.approx(15.3, abs=0.05)
    assert 7.0 * half_lives(0.65, 0.20) == pytest.approx(20, abs=0.5)
    # Quetiapine, 62 % at 2 h and 14 % at 20 h after the last dose (PubMed 12444812).
    assert 18 / half_lives(0.62, 0.14) == pytest.approx(5.4, abs=0.05)
    assert half_lives(0.44, 0.22) == pytest.approx(1.48, abs=0.005)


@pytest.mark.parametrize(
    ("ratio_young", "loss"), [(20 / 30, 59), (100 / 30, 79)], ids=["low", "high"]
)
def test_dopamine_loss_that_makes_35_percent_equal_65(ratio_young: float, loss: float) -> None:
    share = (1 - 0.65) / (1 - 0.35)
    assert share == pytest.approx(0.538, abs=0.0005)
    drug_free = laws.occupancy(ratio_young, 1.0)
    ratio_old = laws.inverse_occupancy(share * drug_free, 1.0)
    assert as_percent(1 - ratio_old / ratio_young) == pytest.approx(loss, abs=0.5)


@pytest.mark.parametrize(
    ("theta", "partial", "antagonist"),
    [(0.0, 0.833, 0.833), (0.85, 0.71, 0.43), (0.95, 0.68, 0.20)],
)
def test_aripiprazole_flattens(theta: float, partial: float, antagonist: float) -> None:
    x = laws.inverse_occupancy(theta, laws.apparent_affinity(1.0, 1.0))
    effect = [laws.operational_effect_of_pair(1.0, x, 10.0, tau) for tau in (2.0, 0.0)]
    assert effect == pytest.approx([partial, antagonist], abs=0.005)


def test_aripiprazole_buffers_dopamine() -> None:
    dopamine = np.geomspace(0.3, 10, 30)
    x = laws.inverse_occupancy(0.85, laws.apparent_affinity(1.0, dopamine))
    effect = laws.operational_effect_of_pair(dopamine, x, 10.0, 2.0)
    assert effect.min() == pytest.approx(0.67, abs=0.005)
    assert effect.max() == pytest.approx(0.75, abs=0.005)
    assert laws.operational_effect_of_pair(1.0, math.inf, 10.0, 2.0) == pytest.approx(2 / 3)


def test_pet_bias() -> None:
    a = 0.67
    d = laws.inverse_occupancy(0.70, 1 + a)
    assert as_percent(laws.occupancy(d, 1 + 2 * a)) == pytest.approx(62.5, abs=0.05)
    assert as_percent(laws.pet_occupancy(d, a, 2 * a)) == pytest.approx(73.2, abs=0.05)
    for true, u, seen in ((0.70, 0.20, 64.0), (0.70, 0.35, 59.5), (0.80, 0.35, 73.0)):
        d = laws.inverse_occupancy(true, 1 + a)
        assert as_percent(laws.pet_occupancy(d, a, a, u)) == pytest.approx(seen, abs=0.05)


def test_recovery_from_irreversible_block() -> None:
    assert laws.recovery_time(0.1, 0.9, HALF_LIFE / 5.0) == pytest.approx(15.8, abs=0.05)


CLOZAPINE = (0.023, 0.042)  # koff, per s
HALOPERIDOL = HALF_LIFE / (42 * 60)
K_DOPAMINE, BASELINE, PEAK = 100.0, 20.0, 1000.0  # nM


def at_75_percent() -> tuple[float, float]:
    a = BASELINE / K_DOPAMINE
    return a, float(laws.inverse_occupancy(0.75, 1 + a))


def test_relaxation_times_and_corner_frequencies() -> None:
    a, d = at_75_percent()
    rates = [float(laws.relaxation_rate(d, k, k, a)) for k in (*CLOZAPINE, HALOPERIDOL)]
    assert 1 / rates[1] == pytest.approx(6, abs=0.5)
    assert 1 / rates[0] == pytest.approx(11, abs=0.5)
    assert 1 / rates[2] / 60 == pytest.approx(15, abs=0.5)
    corners = [60 * rate / (2 * math.pi) for rate in rates]
    assert corners[:2] == pytest.approx([0.9, 1.6], abs=0.05)
    assert corners[2] == pytest.approx(0.01, abs=0.005)


def test_ten_seconds_of_dopamine() -> None:
    # Dopamine constant 30 nM.
    a, peak = BASELINE / 30.0, PEAK / 30.0
    d = laws.inverse_occupancy(0.75, 1 + a)
    percent = [as_percent(laws.burst_displacement(d, peak, 10.0, k, a)) for k in CLOZAPINE]
    assert percent == pytest.approx([20, 32], abs=1)


def bursts_with_uptake(koff: float, n: int) -> float:
    """Percent displaced at worst by n bursts of 0.5 s, one a second, that uptake then clears."""
    _, d = at_75_percent()
    h, Vmax, Km = 0.002, 4000.0, 160.0
    dopamine = np.full(500, PEAK)
    rest = Vmax * BASELINE / (Km + BASELINE)
    for i in range(250, 500):
        before = dopamine[i - 1]
        dopamine[i] = before - h * (Vmax * before / (Km + before) - rest)
    course = laws.occupancy_course(
        0.75, np.full(500 * n, d), h, koff, koff, np.tile(dopamine, n) / K_DOPAMINE
    )
    return as_percent(1 - course.min() / 0.75)


def test_one_burst_displaces_little_and_a_minute_of_bursts_tells_drugs_apart() -> None:
    one = [bursts_with_uptake(k, 1) for k in (*CLOZAPINE, HALOPERIDOL)]
    assert 1.5 < one[0] < one[1] < 4
    assert one[2] == pytest.approx(0.02, abs=0.01)
    minute = [bursts_with_uptake(k, 60) for k in (*CLOZAPINE, HALOPERIDOL)]
    assert minute[:2] == pytest.approx([40, 40], abs=4)
    assert minute[2] == pytest.approx(1.2, abs=0.05)


@pytest.mark.parametrize(
    ("half_life_min", "points"), [(1, 0.8), (5, 3.6), (15, 8.7), (42, 16), (120, 23)]
)
def test_error_of_assuming_equilibrium(half_life_min: float, points: float) -> None:
    # Daily dosing at steady state, ka 1/h, half-life 6 h, effect-site half-life 0.5 h, peak 75 %.
    ka, ke, keo, h = 1.0, HALF_LIFE / 6, HALF_LIFE / 0.5, 1 / 300
    t = np.arange(0, 24 * 4, h)
    Ce = np.zeros_like(t)
    for dose_time in range(0, 24 * 4, 24):
        since = np.maximum(t - dose_time, 0.0)
        for sign, k in ((1.0, ke), (-1.0, ka)):
            Ce += sign * laws.effect_site_after_exponential(0.0, 1.0, k, since, keo)
    C = Ce * laws.inverse_occupancy(0.75, 1.0) / Ce.max()
    koff = HALF_LIFE / (half_life_min / 60)
    theta = laws.occupancy_course(0.0, (C[1:] + C[:-1]) / 2, h, koff, koff)
    last_day = slice(-int(24 / h), None)
    error = np.abs(theta - laws.occupancy(C, 1.0))[last_day].max()
    assert as_percent(error) == pytest.approx(points, abs=0.15)
