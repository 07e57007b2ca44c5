"""Equilibrium binding: B1, B3, B4, B5, limits and inverses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from occupancy import laws

concentration = st.floats(1e-6, 1e6)
fraction = st.floats(1e-6, 1 - 1e-6)
hill = st.floats(0.3, 4.0)


@given(
    arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=st.floats(0, 1e9)),
    st.sampled_from([0, 1, -1]),
)
def test_all_sites_are_accounted_for(x: np.ndarray, axis: int) -> None:  # B1
    total = laws.competition(x, axis=axis).sum(axis=axis) + laws.free_fraction(x, axis=axis)
    assert np.abs(total - 1.0).max() <= 1e-12


@given(concentration, concentration)
def test_without_competitor_competition_is_mass_action(C: float, K: float) -> None:  # B3
    alone = laws.competition(np.array([C / K, 0.0]))
    assert alone[0] == pytest.approx(C / (C + K), rel=1e-14)
    assert alone[1] == 0.0
    assert laws.occupancy(C, K) == pytest.approx(C / (C + K), rel=1e-14)


@given(concentration, concentration, st.floats(0, 1e3))
def test_competitor_shifts_the_apparent_affinity(C: float, K: float, a: float) -> None:
    theta = laws.competition(np.array([C / K, a]))[0]
    assert laws.occupancy(C, laws.apparent_affinity(K, a)) == pytest.approx(theta, rel=1e-12)


@given(concentration, fraction, hill)
def test_limits_of_concentration_and_affinity(K: float, Emax: float, h: float) -> None:  # B3
    for slope in (None, h):
        assert laws.occupancy(math.inf, K, Emax, slope) == Emax
        assert laws.occupancy(K, math.inf, Emax, slope) == 0.0
        assert laws.occupancy(0.0, K, Emax, slope) == 0.0
        assert laws.occupancy(K, 0.0, Emax, slope) == Emax
        assert laws.occupancy(K, K, Emax, slope) == pytest.approx(Emax / 2, rel=1e-15)


def test_extreme_ratios_neither_overflow_nor_vanish() -> None:
    assert laws.occupancy(1e300, 1e-300, hill=4.0) == 1.0
    assert laws.occupancy(1e-300, 1.0) == 1e-300
    assert laws.occupancy(0.0, 0.0) == 0.0


EDGES = st.sampled_from([0.0, 1e-308, 1e-300, 1.0, 1e300, 1.7e308, math.inf])


@given(arrays(float, (2, 9), elements=st.one_of(concentration, EDGES)), fraction)
def test_a_limit_among_others_changes_none_of_them(both: np.ndarray, Emax: float) -> None:
    C, K = both
    K[np.isinf(C) & np.isinf(K)] = 1.0  # both infinite is undefined
    together = laws.occupancy(C, K, Emax)
    one_by_one = [laws.occupancy(c, k, Emax) for c, k in zip(C, K, strict=True)]
    np.testing.assert_allclose(together, one_by_one, rtol=2e-15, atol=1e-320)
    with_a_hill = laws.occupancy(C, K, Emax, 1.0)
    np.testing.assert_allclose(together, with_a_hill, rtol=2e-15, atol=1e-320)


def test_infinite_ligands() -> None:
    np.testing.assert_array_equal(laws.competition(np.array([3.0, math.inf, 1.0])), [0, 1, 0])
    assert np.isnan(laws.competition(np.array([math.inf, math.inf]))).all()
    assert laws.free_fraction(np.array([math.inf, 1.0])) == 0.0


@given(fraction)
def test_doubling_identity(theta: float) -> None:  # B4
    doubled = laws.occupancy(2.0 * laws.inverse_occupancy(theta, 7.0), 7.0)
    assert doubled == pytest.approx(2 * theta / (1 + theta), rel=1e-12)


@given(concentration, concentration, concentration)
def test_at_ic50_half_the_tracer_stays(Ki: float, L: float, K_L: float) -> None:  # B5
    IC50 = laws.ic50_from_ki(Ki, L, K_L)
    bound = laws.competition(np.array([L / K_L, IC50 / Ki]))[0]
    assert bound == pytest.approx(0.5 * laws.occupancy(L, K_L), rel=1e-12)
    assert laws.ki_from_ic50(IC50, L, K_L) == pytest.approx(Ki, rel=1e-13)


@given(fraction, concentration, st.floats(0.1, 1.0), hill)
def test_inverse_round_trip(share: float, K: float, Emax: float, h: float) -> None:
    theta = share * Emax
    for slope in (None, h):
        C = laws.inverse_occupancy(theta, K, Emax, slope)
        assert laws.occupancy(C, K, Emax, slope) == pytest.approx(theta, rel=1e-9)


def test_inverse_at_and_above_emax() -> None:
    answer = laws.inverse_occupancy(np.array([0.0, 0.45, 0.9, 0.95]), 3.0, 0.9)
    np.testing.assert_allclose(answer, [0.0, 3.0, math.inf, math.nan])


@given(concentration, concentration, concentration, hill)
def test_more_drug_never_means_less_occupancy(C1: float, C2: float, K: float, h: float) -> None:
    low, high = sorted((C1, C2))
    assert laws.occupancy(low, K, hill=h) <= laws.occupancy(high, K, hill=h)
    assert laws.occupancy(K, high) <= laws.occupancy(K, low)


def test_broadcasting_and_scalars() -> None:
    assert laws.occupancy(np.ones((4, 1)), np.array([1.0, 2.0, 3.0])).shape == (4, 3)
    assert isinstance(laws.occupancy(1.0, 2.0), float)
    assert laws.occupancy(1, 3) == 0.25
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(
        laws.competition(x, axis=1), laws.competition(x.T, axis=0).T, rtol=1e-15
    )
