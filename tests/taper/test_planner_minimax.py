"""The best plan against brute force, known plans, and laws it must obey."""

from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.bottleneck import Chain, Dense, evenest_path, smallest_cap
from occupancy.taper.certificate import Certificate
from occupancy.taper.check import check
from occupancy.taper.ladder import Ladder, ladder
from occupancy.taper.minimax import fewest_steps, minimax
from occupancy.taper.plan import Plan


def proof(plan: Plan) -> Certificate:
    assert plan.certificate is not None
    return plan.certificate


def citalopram(dose_mg: Any) -> Any:
    """Sorensen et al. 2022, as used in public calculators: Vm 83.98 %, K 2.33 mg."""
    return 0.8398 * dose_mg / (2.33 + dose_mg)


#: 0 to 20 mg in steps of 0.1 mg.
GRID_MG = np.arange(201) / 10


def olanzapine(dose_mg: np.ndarray) -> np.ndarray:
    """Kapur et al. 1999: Emax 92 %, ED50 3.2 mg."""
    return 0.92 * dose_mg / (3.2 + dose_mg)


SEED = st.integers(0, 2**32)


def paths(start: int, end: int, steps: int):
    for k in range(steps):
        for between in combinations(range(end + 1, start), k):
            yield (start, *between[::-1], end)


def worst_by_hand(theta: np.ndarray, path: tuple[int, ...], q: float) -> float:
    """Largest per-step quantile, from NumPy's own."""
    return max(
        float(np.quantile(theta[:, a] - theta[:, b], q, method="inverted_cdf"))
        for a, b in pairwise(path)
    )


def brute(theta: np.ndarray, start: int, end: int, steps: int, q: float) -> float:
    return min(worst_by_hand(theta, path, q) for path in paths(start, end, steps))


def random_ladder(seed: int, most: int, draws: int, *, monotone: bool = True) -> Ladder:
    """Random doses on a random curve, or random occupancies with plateaus and rises."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(2, most + 1))
    dose = np.append(0.0, np.sort(rng.choice(np.arange(1, 400), m - 1, replace=False)) / 10)
    emax, k = rng.uniform(0.5, 1, (draws, 1)), np.exp(rng.normal(1, 0.5, (draws, 1)))
    theta = emax * dose / (k + dose)
    if not monotone:
        theta = np.round(theta + rng.normal(0, 0.05, theta.shape), 2)
    return ladder(dose, theta, quantile=float(rng.choice([0.5, 0.9, 0.95])))


@settings(max_examples=120, deadline=None)
@given(SEED, st.integers(1, 13), st.sampled_from([1, 1, 7, 20]), st.booleans())
def test_minimax_is_brute_force(seed: int, steps: int, draws: int, monotone: bool) -> None:
    rungs = random_ladder(seed, 14 if draws == 1 else 10, draws, monotone=monotone)
    start = rungs.dose_mg.size - 1
    end = int(np.random.default_rng(seed + 1).integers(0, start))
    theta = rungs.targets[0].occupancy
    plan = minimax(rungs, start, end, steps=steps)
    assert plan.worst_drop == brute(theta, start, end, steps, rungs.quantile)
    assert plan.worst_drop == worst_by_hand(theta, plan.rung, rungs.quantile)
    assert plan.steps <= steps
    assert (plan.rung[0], plan.rung[-1]) == (start, end)
    assert check(proof(plan), rungs.dose_mg, theta)


@settings(max_examples=50, deadline=None)
@given(SEED, st.floats(0.01, 1), st.sampled_from([1, 1, 9]), st.booleans())
def test_fewest_steps_is_brute_force(seed: int, cap: float, draws: int, monotone: bool) -> None:
    rungs = random_ladder(seed, 11 if draws == 1 else 8, draws, monotone=monotone)
    start = rungs.dose_mg.size - 1
    theta, q = rungs.targets[0].occupancy, rungs.quantile
    best = [brute(theta, start, 0, n, q) for n in range(1, start + 1)]
    plan = fewest_steps(rungs, start, largest_drop=cap)
    assert check(proof(plan), rungs.dose_mg, theta)
    if best[-1] <= cap:
        fewest = 1 + next(i for i, worst in enumerate(best) if worst <= cap)
        assert plan.steps == fewest
        assert plan.worst_drop == best[fewest - 1]
        assert plan.obstacle is None
        if fewest > 1:
            assert cap < proof(plan).lower_bound <= best[fewest - 2]
    else:
        assert plan.worst_drop == best[-1]
        assert plan.obstacle is not None
        assert plan.obstacle.drop == best[-1]
        assert proof(plan).steps is None
        if monotone:  # a step above the cap is one that no feasible dose divides
            wide = [
                a - b
                for (a, b), d in zip(pairwise(plan.rung), plan.drop, strict=True)
                if d > cap + 1e-12
            ]
            assert wide
            assert set(wide) == {1}


@settings(max_examples=60, deadline=None)
@given(SEED, st.integers(1, 8), st.booleans())
def test_the_evenest_of_the_best_is_given(seed: int, steps: int, monotone: bool) -> None:
    rungs = random_ladder(seed, 10, 1, monotone=monotone)
    theta, start = rungs.targets[0].occupancy, rungs.dose_mg.size - 1
    plan = minimax(rungs, start, steps=steps)
    tied = [p for p in paths(start, 0, steps) if worst_by_hand(theta, p, 0.5) <= plan.worst_drop]
    squares = [sum((theta[0, a] - theta[0, b]) ** 2 for a, b in pairwise(p)) for p in tied]
    assert sum(d**2 for d in plan.drop) == pytest.approx(min(squares), rel=1e-12)
    assert minimax(rungs, start, steps=steps) == plan


@settings(max_examples=60, deadline=None)
@given(SEED, st.integers(1, 10), st.sampled_from([1, 30]), st.booleans())
def test_more_steps_and_more_doses_never_worsen(
    seed: int, steps: int, draws: int, monotone: bool
) -> None:
    rungs = random_ladder(seed, 30, draws, monotone=monotone)
    start, rng = rungs.dose_mg.size - 1, np.random.default_rng(seed + 2)
    plan = minimax(rungs, start, steps=steps)
    assert minimax(rungs, start, steps=steps + 1).worst_drop <= plan.worst_drop
    kept = np.sort(np.append(rng.permutation(np.arange(1, start))[: start // 2], [0, start]))
    fewer = ladder(
        rungs.dose_mg[kept], rungs.targets[0].occupancy[:, kept], quantile=rungs.quantile
    )
    assert minimax(fewer, kept.size - 1, steps=steps).worst_drop >= plan.worst_drop


@settings(max_examples=60, deadline=None)
@given(SEED, st.integers(1, 12), st.sampled_from([1, 12]))
def test_greedy_and_breadth_first_agree(seed: int, steps: int, draws: int) -> None:
    rungs = random_ladder(seed, 40, draws)
    every = np.arange(rungs.dose_mg.size)
    chain = Chain(rungs, every[-1], 0)
    dense = Dense(rungs.drops(every, every), every[-1], 0)
    steps = min(steps, every[-1])
    cap = smallest_cap(chain, steps)
    assert smallest_cap(dense, steps) == cap
    assert evenest_path(dense, cap, steps) == evenest_path(chain, cap, steps)


@pytest.mark.parametrize(("steps", "points"), [(4, 19.4), (8, 9.82), (12, 6.68), (20, 4.43)])
def test_citalopram_on_a_tenth_of_a_milligram(steps: int, points: float) -> None:
    rungs = ladder(GRID_MG, citalopram(GRID_MG))
    plan = minimax(rungs, rungs.index(20), steps=steps)
    assert 100 * plan.worst_drop == pytest.approx(points, abs=0.005)
    assert plan.steps == steps
    assert check(proof(plan), GRID_MG, citalopram(GRID_MG))


def test_citalopram_with_a_finer_syringe_at_the_bottom() -> None:
    """2 mg/mL: marks of 0.01 mL up to 1 mL, of 0.05 mL above."""
    dose = np.unique(np.round(np.append(np.arange(101) * 0.02, np.arange(201) * 0.1), 6))
    rungs = ladder(dose, citalopram(dose))
    worst = [100 * minimax(rungs, dose.size - 1, steps=n).worst_drop for n in (12, 20)]
    assert worst == pytest.approx([6.4, 4.01], abs=0.005)


def test_tablets_and_halves_alone() -> None:
    """Halves of 10 mg, however many steps: from 5 mg to nothing."""
    dose = np.array([0.0, 5, 10, 15, 20])
    rungs = ladder(dose, citalopram(dose))
    plan = minimax(rungs, 4, steps=50)
    assert 100 * plan.worst_drop == pytest.approx(57.29, abs=0.005)
    assert plan.dose_mg == (20, 15, 10, 5, 0)
    assert proof(plan).steps is None
    assert "however many steps" in proof(plan).text()
    capped = fewest_steps(rungs, 4, largest_drop=0.05)
    assert capped.worst_drop == plan.worst_drop
    assert capped.obstacle is not None
    assert (capped.obstacle.from_mg, capped.obstacle.to_mg) == (5, 0)
    assert "57.29 points from 5 mg to 0 mg" in capped.notes[0]


def test_olanzapine_on_kapurs_curve() -> None:
    dose = np.array([0, 2.5, 5, 7.5, 10])
    rungs = ladder(dose, olanzapine(dose))
    plan = minimax(rungs, rungs.index(10), rungs.index(7.5), steps=1)
    assert 100 * plan.worst_drop == pytest.approx(5.2, abs=0.1)


def test_a_plateau_takes_the_fewest_steps_and_the_higher_doses() -> None:
    rungs = ladder([0, 1, 2, 3, 4], [0, 0.2, 0.4, 0.4, 0.4])
    assert minimax(rungs, 4, steps=4).dose_mg == (4, 1, 0)


def test_a_maintenance_dose_is_the_end() -> None:
    rungs = ladder(GRID_MG, citalopram(GRID_MG))
    plan = minimax(rungs, 200, rungs.index(5), steps=3)
    assert plan.dose_mg[-1] == 5
    assert plan.worst_drop == pytest.approx((citalopram(20.0) - citalopram(5.0)) / 3, rel=0.02)


def test_a_drop_that_equals_the_cap_on_paper_is_within() -> None:
    rungs = ladder([0, 1, 2, 3, 4], [0, 0.1, 0.2, 0.3, 0.4])
    assert rungs.drop(4, 3) > 0.1  # by rounding alone
    plan = fewest_steps(rungs, 4, largest_drop=0.1)
    assert plan.dose_mg == (4, 3, 2, 1, 0)
    assert plan.obstacle is None


def test_bad_input_is_told() -> None:
    rungs = ladder([0, 5, 10], [0.0, 0.5, 0.7])
    with pytest.raises(ValueError, match="steps = 0"):
        minimax(rungs, 2, steps=0)
    with pytest.raises(ValueError, match="not below the start"):
        minimax(rungs, 1, 2, steps=3)
    with pytest.raises(ValueError, match="5 mg and 10 mg"):
        rungs.index(7.5)
    with pytest.raises(ValueError, match="make: 10 mg"):
        rungs.index(11)
    with pytest.raises(ValueError, match="largest_drop = 5"):
        fewest_steps(rungs, 2, largest_drop=5)
    with pytest.raises(ValueError, match="largest_drop = 0"):
        fewest_steps(rungs, 2, largest_drop=0)
    with pytest.raises(ValueError, match="positions 0 to 2"):
        minimax(rungs, 3, steps=2)
    with pytest.raises(ValueError, match="not percent"):
        ladder([0, 5], [0, 57.3])
    with pytest.raises(ValueError, match="ascending"):
        ladder([0, 5, 5], [0, 0.1, 0.2])
    with pytest.raises(ValueError, match="need \\(3,\\)"):
        ladder([0, 5, 10], [0, 0.1])
    with pytest.raises(ValueError, match="not finite"):
        ladder([0, 5], [0, np.nan])
    with pytest.raises(ValueError, match="quantile = 95"):
        ladder([0, 5], [0, 0.5], quantile=95)
