"""Plans over posterior draws, over several targets, and how fast they are found."""

import time
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.certificate import Certificate
from occupancy.taper.check import check
from occupancy.taper.ladder import BAND, Band, ladder, rank_of
from occupancy.taper.minimax import minimax
from occupancy.taper.over_draws import minimax_over_draws
from occupancy.taper.plan import Plan, seen_on


def proof(plan: Plan) -> Certificate:
    assert plan.certificate is not None
    return plan.certificate


def citalopram(dose_mg: Any) -> Any:
    """Sorensen et al. 2022, as used in public calculators: Vm 83.98 %, K 2.33 mg."""
    return 0.8398 * dose_mg / (2.33 + dose_mg)


#: 0 to 20 mg in steps of 0.1 mg.
GRID_MG = np.arange(201) / 10


def draws_of(dose: np.ndarray, draws: int, seed: int = 0) -> np.ndarray:
    """Citalopram's curve with K spread by 30 % and Emax by 5 points: a spread to test with."""
    rng = np.random.default_rng(seed)
    emax = np.clip(0.8398 + 0.05 * rng.standard_normal((draws, 1)), 0.3, 1)
    k = 2.33 * np.exp(0.3 * rng.standard_normal((draws, 1)))
    return emax * dose / (k + dose)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 300), st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.975]))
def test_a_quantile_is_the_smallest_draw_that_covers_it(seed: int, n: int, q: float) -> None:
    values = np.random.default_rng(seed).normal(size=n)
    found = np.sort(values)[rank_of(q, n)]
    assert found == np.quantile(values, q, method="inverted_cdf")
    assert (values <= found).mean() >= q - 1e-12
    assert (values < found).mean() < q


def test_the_band_of_a_plan_is_that_of_its_draws() -> None:
    theta = draws_of(GRID_MG, 400)
    rungs = ladder(GRID_MG, theta)
    plan = minimax(rungs, 200, steps=12)
    (seen,) = plan.targets
    falls = np.array([theta[:, a] - theta[:, b] for a, b in pairwise(plan.rung)])
    low, median, high = np.quantile(falls, BAND, axis=1, method="inverted_cdf")
    assert [(b.low, b.median, b.high) for b in seen.drop] == list(
        zip(low, median, high, strict=True)
    )
    assert list(plan.drop) == list(high)
    worst = np.quantile(falls.max(axis=0), BAND, method="inverted_cdf")
    assert seen.worst == Band(worst[1], worst[0], worst[2])
    assert plan.worst_over_draws == worst[2] >= plan.worst_drop
    assert plan.quantile == 0.95


def test_the_robust_plan_has_the_smaller_95th_percentile() -> None:
    theta = draws_of(GRID_MG, 1000)
    rungs = ladder(GRID_MG, theta)
    robust = minimax(rungs, 200, steps=12)
    typical = minimax(ladder(GRID_MG, citalopram(GRID_MG)), 200, steps=12)
    at_typical = max(rungs.drop(a, b) for a, b in pairwise(typical.rung))
    assert robust.worst_drop < at_typical
    # 9.1 points was found for this spread, in other draws (prototype, four hundred of them).
    assert 100 * robust.worst_drop == pytest.approx(9.1, abs=0.4)
    assert check(proof(robust), GRID_MG, theta)


def test_a_plan_seen_on_draws_keeps_its_doses_and_its_proof() -> None:
    theta = draws_of(GRID_MG, 300)
    plan = minimax(ladder(GRID_MG, citalopram(GRID_MG)), 200, steps=12)
    seen = seen_on(plan, ladder(GRID_MG, theta))
    assert (seen.dose_mg, seen.certificate) == (plan.dose_mg, plan.certificate)
    first = theta[:, 200] - theta[:, plan.rung[1]]
    assert seen.targets[0].drop[0] == Band.of(first)
    assert (plan.quantile, seen.quantile) == (None, 0.95)
    with pytest.raises(ValueError, match="not made"):
        seen_on(plan, ladder([0, 20], [0, 0.5]))


def test_one_draw_many_times_is_one_draw() -> None:
    theta = citalopram(GRID_MG)
    one = minimax(ladder(GRID_MG, theta), 200, steps=12)
    same = minimax(ladder(GRID_MG, np.tile(theta, (50, 1))), 200, steps=12)
    assert same.rung == one.rung
    assert same.drop == one.drop
    assert (one.quantile, same.quantile) == (None, 0.95)


def test_a_thousand_draws_of_four_hundred_doses_take_under_a_second() -> None:
    dose = np.linspace(0, 40, 400)
    theta = draws_of(dose, 1000)
    rough = theta + 1e-4 * np.random.default_rng(1).standard_normal(theta.shape)
    for values in (theta, rough):  # a curve that falls, and one that does not always
        begun = time.process_time()
        minimax(ladder(dose, values), 399, steps=12)
        assert time.process_time() - begun < 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_two_targets_are_the_worse_of_both(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    dose = np.append(0.0, np.cumsum(rng.uniform(0.1, 3, 9)))
    theta = {"D2": draws_of(dose, 15, seed), "5-HT2A": draws_of(4 * dose, 11, seed + 1)}
    weights = {"D2": 2.0, "5-HT2A": 0.5}
    both = minimax(ladder(dose, theta, weights=weights), 9, steps=steps)
    for name, values in theta.items():
        alone = minimax(ladder(dose, values), 9, steps=steps)
        assert both.worst_drop >= weights[name] * alone.worst_drop - 1e-15
    by_target = [max(b.high for b in one.drop) * one.weight for one in both.targets]
    assert both.worst_drop == max(by_target)
    assert [one.name for one in both.targets] == ["D2", "5-HT2A"]
    assert check(proof(both), dose, theta)
    assert not check(proof(both), dose, {"D2": theta["D2"]})


def test_bad_targets_are_told() -> None:
    with pytest.raises(ValueError, match="weights name SERT"):
        ladder([0, 5], {"D2": [0, 0.5]}, weights={"SERT": 1})
    with pytest.raises(ValueError, match="weight of D2 = -1"):
        ladder([0, 5], {"D2": [0, 0.5]}, weights={"D2": -1})
    with pytest.raises(ValueError, match="occupancy at D2 has shape"):
        ladder([0, 5], {"D2": [0, 0.5, 0.6]})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.sampled_from([1, 20, 60]))
def test_the_worst_of_each_draw_is_bracketed(seed: int, steps: int, draws: int) -> None:
    dose = np.append(0.0, np.cumsum(np.random.default_rng(seed).uniform(0.1, 2, 8)))
    theta = draws_of(dose, draws, seed)
    rungs = ladder(dose, theta)
    by_step, found = minimax(rungs, 8, steps=steps), minimax_over_draws(rungs, 8, steps=steps)
    best = min(
        float(np.quantile((-np.diff(theta[:, path])).max(axis=1), 0.95, method="inverted_cdf"))
        for k in range(steps)
        for between in combinations(range(1, 8), k)
        for path in [[8, *between[::-1], 0]]
    )
    assert proof(found).lower_bound <= best <= found.worst_over_draws
    assert found.worst_over_draws <= by_step.worst_over_draws
    assert check(proof(found), dose, theta)


def test_moving_doses_helps_the_worst_of_each_draw() -> None:
    dose = np.arange(1001) / 50
    rungs = ladder(dose, draws_of(dose, 1000))
    by_step, found = minimax(rungs, 1000, steps=12), minimax_over_draws(rungs, 1000, steps=12)
    assert found.worst_over_draws < by_step.worst_over_draws
    assert found.worst_over_draws < 1.08 * proof(found).lower_bound
