"""Irreversible binding and renewal: B9, against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from occupancy import laws

rate = st.floats(1e-3, 1e2)
share = st.floats(0.0, 1.0)
below_one = st.floats(0.0, 0.99)
concentration = st.floats(0.0, 1e3)


@given(share, concentration, rate, rate, rate)
def test_long_exposure_reaches_the_steady_state(
    F0: float, C: float, kdeg: float, kinact: float, KI: float
) -> None:
    kobs = laws.inactivation_rate(C, kinact, KI)
    steady = laws.functional_steady_state(C, kdeg, kinact, KI)
    assert kobs == pytest.approx(kinact * C / (KI + C), rel=1e-13)
    assert steady == pytest.approx(kdeg / (kdeg + kobs), rel=1e-13)
    assert laws.functional_after(F0, C, math.inf, kdeg, kinact, KI) == pytest.approx(
        steady, rel=1e-12
    )
    assert laws.functional_after(steady, C, 0.7, kdeg, kinact, KI) == pytest.approx(
        steady, rel=1e-12
    )


@given(share, st.floats(0.0, 1e3), rate, rate, rate)
def test_washout_recovers_by_turnover_alone(
    F0: float, t: float, kdeg: float, kinact: float, KI: float
) -> None:
    washed = laws.functional_washout(F0, t, kdeg)
    assert washed == pytest.approx(1 - (1 - F0) * math.exp(-kdeg * t), abs=1e-13)
    assert laws.functional_after(F0, 0.0, t, kdeg, kinact, KI) == pytest.approx(washed, abs=1e-12)
    assert laws.functional_washout(F0, math.inf, kdeg) == 1.0  # B9


@given(below_one, below_one, rate)
def test_recovery_time_is_the_inverse_of_washout(F1: float, F2: float, kdeg: float) -> None:
    start, end = sorted((F1, F2))
    t = laws.recovery_time(start, end, kdeg)
    assert laws.functional_washout(start, t, kdeg) == pytest.approx(end, abs=1e-12)
    halfway = (1 + start) / 2
    assert laws.recovery_time(start, halfway, kdeg) == pytest.approx(math.log(2) / kdeg, rel=1e-9)


def test_recovery_limits() -> None:
    assert laws.recovery_time(0.1, 1.0, 0.2) == math.inf
    assert laws.recovery_time(0.1, 0.9, 0.0) == math.inf
    assert laws.recovery_time(0.5, 0.1, 0.2) < 0
    # Nothing is renewed without turnover, and nothing lost without drug.
    assert laws.functional_after(0.4, 0.0, math.inf, 0.0, 1.0, 1.0) == 0.4
    assert laws.functional_steady_state(math.inf, 1.0, 3.0, 5.0) == pytest.approx(0.25)


def test_course_agrees_with_an_ode_solver() -> None:
    C = np.array([[3.0], [0.0], [40.0]])
    dt = np.array([2.0, 6.0, 0.5])
    kdeg, kinact, KI = 0.14, np.array([0.8, 2.0]), 5.0
    F = np.ones(2)
    expected = [F]
    for c, span in zip(C[:, 0], dt, strict=True):
        F = solve_ivp(
            lambda t, y, c=c: kdeg * (1 - y) - kinact * c / (KI + c) * y,
            (0.0, span),
            F,
            rtol=1e-11,
            atol=1e-13,
        ).y[:, -1]
        expected.append(F)
    course = laws.functional_course(1.0, C, dt, kdeg, kinact, KI)
    assert course.shape == (4, 2)
    np.testing.assert_allclose(course, expected, rtol=1e-9)


@given(st.floats(0, 10), st.floats(0, 100), rate, rate)
def test_receptor_total(R0: float, t: float, ksyn: float, kdeg: float) -> None:
    steady = laws.receptor_total_steady_state(ksyn, kdeg)
    total = laws.receptor_total_after(R0, t, ksyn, kdeg)
    expected = R0 * math.exp(-kdeg * t) - steady * math.expm1(-kdeg * t)
    assert total == pytest.approx(expected, rel=1e-12)
    assert laws.receptor_total_after(R0, math.inf, ksyn, kdeg) == pytest.approx(steady, rel=1e-12)
    assert laws.receptor_total_after(R0, math.inf, kdeg, kdeg) == pytest.approx(1.0)  # B9
    assert laws.receptor_total_after(R0, t, ksyn, 0.0) == pytest.approx(R0 + ksyn * t, rel=1e-13)


def test_total_does_not_depend_on_what_is_bound() -> None:
    kon_C, koff, ksyn, kdeg = 2.0, 0.5, 0.3, 0.1

    def pools(t: float, y: np.ndarray) -> list[float]:
        free, bound = y
        exchange = kon_C * free - koff * bound
        return [ksyn - kdeg * free - exchange, exchange - kdeg * bound]

    run = solve_ivp(pools, (0, 7), [1.0, 0.0], rtol=1e-10, atol=1e-12)
    assert laws.receptor_total_after(1.0, 7.0, ksyn, kdeg) == pytest.approx(run.y[:, -1].sum())
    assert laws.receptor_total_steady_state(ksyn, 0.0) == math.inf
