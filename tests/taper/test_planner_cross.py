"""Cross-tapers: the law of competition, and the plan against brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.cross import CrossDrug, combined_occupancy, cross_taper, scaled_of


def brute(theta: np.ndarray, steps: int, q: float) -> float:
    """Smallest worst change on the lattice (draws, down, up), by trying every path."""
    goal = (0, theta.shape[2] - 1)

    def search(at: tuple[int, int], left: int, worst: float) -> float:
        if at == goal:
            return worst
        if not left:
            return np.inf
        found = np.inf
        for a in range(at[0] + 1):
            for b in range(at[1], theta.shape[2]):
                if (a, b) != at:
                    change = np.abs(theta[:, a, b] - theta[:, at[0], at[1]])
                    cost = float(np.quantile(change, q, method="inverted_cdf"))
                    found = min(found, search((a, b), left - 1, max(worst, cost)))
        return found

    return search((theta.shape[1] - 1, 0), steps, -np.inf)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 4),
    st.integers(2, 4),
    st.integers(2, 3),
    st.sampled_from([1, 5]),
)
def test_it_is_brute_force(seed: int, steps: int, m_a: int, m_b: int, draws: int) -> None:
    rng = np.random.default_rng(seed)
    dose_a = np.append(0.0, np.cumsum(rng.uniform(1, 9, m_a - 1)))
    dose_b = np.append(0.0, np.cumsum(rng.uniform(1, 9, m_b - 1)))
    x_a, x_b = (d / rng.uniform(2, 8, (draws, 1)) for d in (dose_a, dose_b))
    emax = rng.uniform(0.7, 1, 2)
    plan = cross_taper(
        CrossDrug(dose_a, x_a, dose_a[-1], 0, emax[0]),
        CrossDrug(dose_b, x_b, 0, dose_b[-1], emax[1]),
        steps=steps,
        quantile=0.8,
    )
    theta = combined_occupancy(x_a[:, :, None], x_b[:, None, :], emax[0], emax[1])
    assert plan.worst_change == pytest.approx(brute(theta, steps, 0.8), abs=1e-15)
    assert plan.steps <= steps
    assert plan.best_possible <= plan.worst_change
    assert (plan.a_mg[0], plan.b_mg[0]) == (dose_a[-1], 0)
    assert (plan.a_mg[-1], plan.b_mg[-1]) == (0, dose_b[-1])
    assert list(plan.a_mg) == sorted(plan.a_mg, reverse=True)
    assert list(plan.b_mg) == sorted(plan.b_mg)


def test_occupancies_compete_and_do_not_add() -> None:
    # Two drugs, each at its own half-saturation: a third each.
    assert combined_occupancy(1.0, 1.0) == pytest.approx(2 / 3)
    assert combined_occupancy(3.0, 0.0, 0.8, 0.5) == pytest.approx(0.8 * 0.75)
    theta = np.array([0.0, 0.3, 0.7])
    assert combined_occupancy(scaled_of(theta, 0.84), 0.0, 0.84) == pytest.approx(theta)
    # One drug that saturates pushes the other out altogether.
    assert combined_occupancy(2.0, 1e12, 0.9, 0.6) == pytest.approx(0.6)


def test_a_drug_exchanged_for_itself_can_stay_level() -> None:
    """Milligram for milligram the occupancy never changes."""
    dose = np.arange(11) * 2.0
    x = dose / 2.33
    plan = cross_taper(CrossDrug(dose, x, 20, 0, 0.84), CrossDrug(dose, x, 0, 20, 0.84), steps=10)
    assert plan.worst_change == pytest.approx(0, abs=1e-12)
    assert all(a + b == 20 for a, b in zip(plan.a_mg, plan.b_mg, strict=True))
    assert plan.quantile is None


def test_more_steps_never_worsen() -> None:
    a, b = np.arange(9) * 2.5, np.arange(7) * 25.0
    down = CrossDrug(a, a / 2.33, 20, 0, 0.8398)
    up = CrossDrug(b, b / 7.72, 0, 150, 0.9201)
    worst = [cross_taper(down, up, steps=n).worst_change for n in range(1, 9)]
    assert worst == sorted(worst, reverse=True)
    assert worst[-1] >= cross_taper(down, up, steps=3).best_possible


def test_bad_cross_tapers_are_told() -> None:
    dose = np.arange(60.0)
    down, up = CrossDrug(dose, dose, 59, 0), CrossDrug(dose, dose, 0, 59)
    with pytest.raises(ValueError, match="3600 pairs"):
        cross_taper(down, up, steps=5)
    with pytest.raises(ValueError, match="does not go down"):
        cross_taper(up, down, steps=5)
    with pytest.raises(ValueError, match=r"up: 5\.5 mg is not made"):
        cross_taper(down, CrossDrug(dose, dose, 0, 5.5), steps=5)
    with pytest.raises(ValueError, match="nothing to plan"):
        cross_taper(CrossDrug(dose, dose, 5, 5), CrossDrug(dose, dose, 5, 5), steps=1)
    with pytest.raises(ValueError, match="steps = 0"):
        cross_taper(down, up, steps=0)
    with pytest.raises(ValueError, match=r"Emax = 0\.8"):
        scaled_of([0.5, 0.8], 0.8)
    many = CrossDrug(dose[:45], np.tile(dose[:45], (1000, 1)), 44, 0)
    with pytest.raises(ValueError, match="thin the doses, or give at most"):
        cross_taper(many, CrossDrug(dose[:45], dose[:45], 0, 44), steps=3)
