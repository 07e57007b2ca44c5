"""Binding in time: B2, B6, B7, B9, B12, against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from occupancy import laws

rate = st.floats(1e-3, 1e2)
scaled = st.floats(1e-2, 1e2)
share = st.floats(0.0, 1.0)


def two_ligand_system(d: float, a: float, koff: float, koff_A: float) -> np.ndarray:
    """Rates between free, drug-bound and agonist-bound sites; each column sums to zero."""
    return np.array(
        [
            [-(d * koff + a * koff_A), koff, koff_A],
            [d * koff, -koff, 0.0],
            [a * koff_A, 0.0, -koff_A],
        ]
    )


def gaddum(d: float, a: float) -> np.ndarray:
    x = np.array([d, a])
    return np.array([laws.free_fraction(x), *laws.competition(x)])


def test_kinetic_steady_state_is_gaddum() -> None:  # B1, B2
    rng = np.random.default_rng(20)
    worst = 0.0
    for _ in range(200):
        d, a = 10.0 ** rng.uniform(-2, 2, 2)
        koff, koff_A = 10.0 ** rng.uniform(-2, 2, 2)
        M = two_ligand_system(d, a, koff, koff_A)
        end = 40.0 / np.sort(np.abs(np.linalg.eigvals(M)))[1]
        start = np.array([1.0, 0.0, 0.0])
        run = solve_ivp(
            lambda t, y, M=M: M @ y,
            (0.0, end),
            start,
            method="LSODA",
            rtol=1e-10,
            atol=1e-13,
        )
        assert abs(gaddum(d, a).sum() - 1.0) <= 1e-12
        theta = laws.occupancy_after(0.0, d, math.inf, koff, koff, a)
        worst = max(worst, np.abs(run.y[:, -1] - gaddum(d, a)).max(), abs(run.y[1, -1] - theta))
    assert worst < 1e-6


@given(share, scaled, st.floats(1e-3, 1e2), rate, rate, st.floats(0, 1e2))
def test_settles_towards_equilibrium_without_leaving_its_bounds(
    theta0: float, C: float, dt: float, kon: float, koff: float, a: float
) -> None:
    theta = laws.occupancy_after(theta0, C, dt, kon, koff, a)
    target = laws.occupancy(C, laws.apparent_affinity(koff / kon, a))
    assert min(theta0, target) - 1e-12 <= theta <= max(theta0, target) + 1e-12
    in_the_end = laws.occupancy_after(theta0, C, math.inf, kon, koff, a)
    assert in_the_end == pytest.approx(target, abs=1e-13)
    assert laws.occupancy_after(theta0, C, 0.0, kon, koff, a) == theta0
    assert laws.occupancy_after(target, C, dt, kon, koff, a) == pytest.approx(target, abs=1e-13)


@given(share, scaled, st.floats(1e-3, 1e1), st.floats(1e-3, 1e1), rate, rate)
def test_two_steps_are_one(
    theta0: float, C: float, dt1: float, dt2: float, kon: float, koff: float
) -> None:
    halfway = laws.occupancy_after(theta0, C, dt1, kon, koff)
    both = laws.occupancy_after(halfway, C, dt2, kon, koff)
    assert both == pytest.approx(laws.occupancy_after(theta0, C, dt1 + dt2, kon, koff), abs=1e-12)


def test_limits_in_time_and_concentration() -> None:
    assert laws.occupancy_after(0.3, math.inf, 0.1, 1.0, 1.0) == 1.0
    assert laws.occupancy_after(0.3, math.inf, 0.0, 1.0, 1.0) == 0.3
    assert laws.occupancy_after(0.3, 0.0, math.inf, 1.0, 0.0) == 0.3
    assert laws.occupancy_after(0.3, math.inf, 1.0, 0.0, 0.0) == 0.3
    assert laws.occupancy_after(0.3, 2.0, 1.0, 1.0, 0.0, math.inf) == 0.3


def test_washout_empties_the_target() -> None:  # B9
    assert laws.occupancy_after(0.8, 0.0, math.inf, 1.0, 0.02) == 0.0
    assert laws.occupancy_after(0.8, 0.0, 10.0, 1.0, 0.02) == pytest.approx(0.8 * math.exp(-0.2))


def test_course_agrees_with_an_ode_solver() -> None:
    C = np.array([0.5, 8.0, 0.0, 2.0])
    dt = np.array([1.0, 0.3, 2.0, 5.0])
    a = np.array([0.2, 3.0, 0.2, 0.0])
    theta = 0.1
    expected = [theta]
    for segment in zip(C, dt, a, strict=True):
        theta = solve_ivp(
            lambda t, y, C=segment[0], a=segment[2]: 0.7 * C * (1 - y) / (1 + a) - 0.4 * y,
            (0.0, segment[1]),
            [theta],
            rtol=1e-11,
            atol=1e-13,
        ).y[0, -1]
        expected.append(theta)
    course = laws.occupancy_course(0.1, C, dt, 0.7, 0.4, a)
    np.testing.assert_allclose(course, expected, rtol=1e-9)


def test_course_shapes() -> None:
    C = np.linspace(0, 3, 10).reshape(5, 2)
    kon = np.array([[0.5], [1.0], [2.0]])
    course = laws.occupancy_course(np.zeros(2), C, np.full(5, 0.2), kon, 1.0)
    assert course.shape == (6, 3, 2)
    alone = laws.occupancy_course(0.0, C[:, 1], 0.2, 2.0, 1.0)
    np.testing.assert_allclose(course[:, 2, 1], alone, rtol=1e-14)
    assert laws.occupancy_course(0.4, np.zeros(0), 0.2, 2.0, 1.0).tolist() == [0.4]


@given(st.floats(0.05, 0.95), st.floats(0.05, 20), rate, st.floats(1, 100))
def test_relaxation_after_a_small_step(theta: float, a: float, koff: float, more: float) -> None:
    # B6. The rate is first order in koff / koff_A, with factor theta / (1 - theta); above half
    # occupancy a hundredfold faster agonist is therefore not enough for 1 %.
    d = theta / (1 - theta) * (1 + a)
    koff_A = 100 * koff * max(1.0, theta / (1 - theta)) * more
    M = two_ligand_system(1.001 * d, a, koff, koff_A)
    rest = gaddum(1.001 * d, a)
    expected = koff / (1 - theta)
    assert laws.relaxation_rate(d, koff, koff, a) == pytest.approx(expected, rel=1e-12)
    start = gaddum(d, a) - rest
    early = (expm(M * 0.5 / expected) @ start)[1]
    late = (expm(M * 1.5 / expected) @ start)[1]
    assert expected * math.log(early / late) == pytest.approx(expected, rel=0.01)


@given(scaled, rate, rate, st.floats(0.0, 1e3))
def test_rebinding_slows_and_leaves_equilibrium(
    C: float, kon: float, koff: float, rho: float
) -> None:  # B7
    slow_on, slow_off = laws.rebound_rates(kon, koff, rho)
    before = laws.occupancy_after(0.0, C, math.inf, kon, koff)
    assert laws.occupancy_after(0.0, C, math.inf, slow_on, slow_off) == pytest.approx(
        before, rel=1e-12
    )
    assert laws.relaxation_rate(C, slow_on, slow_off) * (1 + rho) == pytest.approx(
        laws.relaxation_rate(C, kon, koff), rel=1e-12
    )


@given(
    st.floats(0.1, 30),
    st.floats(0, 2),
    st.floats(1, 50),
    st.floats(1e-3, 5),
    st.floats(0.1, 60),
    st.floats(1, 20),
)
def test_burst_displacement_against_full_kinetics(
    d: float, a: float, rise: float, koff: float, duration: float, more: float
) -> None:  # B12
    a_burst = a + rise
    settle = koff * (1 + d / (1 + a_burst))
    koff_A = 100 * more * max(settle, 1 / (duration * (1 + a_burst)))
    start = gaddum(d, a)
    end = expm(two_ligand_system(d, a_burst, koff, koff_A) * duration) @ start
    numeric = 1 - end[1] / start[1]
    closed = laws.burst_displacement(d, a_burst, duration, koff, a)
    assert closed == pytest.approx(numeric, rel=0.05)


@given(st.floats(1e-3, 1e2), st.floats(0, 5), st.floats(0, 50), rate, st.floats(0, 10))
def test_burst_displacement_is_the_course_through_the_burst(
    d: float, a: float, a_burst: float, koff: float, duration: float
) -> None:
    start = laws.occupancy(d, 1 + a)
    theta = laws.occupancy_after(start, d, duration, koff, koff, a_burst)
    displaced = laws.burst_displacement(d, a_burst, duration, koff, a)
    assert displaced == pytest.approx(1 - theta / start, abs=1e-11)


def test_burst_limits() -> None:
    assert laws.burst_displacement(5.0, 2.0, 0.0, 0.02, 0.5) == 0.0
    assert laws.burst_displacement(5.0, 0.5, 10.0, 0.02, 0.5) == 0.0
    assert laws.burst_displacement(5.0, math.inf, math.inf, 0.02, 0.5) == 1.0
    assert laws.burst_displacement(5.0, math.inf, 1.0, 0.02, 0.5) == pytest.approx(
        -math.expm1(-0.02)
    )
    assert laws.burst_displacement(5.0, 0.0, 1.0, 0.02, 0.5) < 0
