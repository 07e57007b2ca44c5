"""The effect site against quadrature, and where its rates coincide."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from occupancy import laws

amount = st.floats(0.0, 1e3)
rate = st.floats(1e-3, 1e1)
span = st.floats(0.0, 20.0)


@given(amount, amount, span, rate)
def test_constant_drive(Ce0: float, C: float, dt: float, keo: float) -> None:
    expected = C + (Ce0 - C) * math.exp(-keo * dt)
    assert laws.effect_site_after(Ce0, C, dt, keo) == pytest.approx(expected, rel=1e-11, abs=1e-11)
    assert laws.effect_site_after(Ce0, C, 0.0, keo) == Ce0
    assert laws.effect_site_after(Ce0, C, math.inf, keo) == C
    assert laws.effect_site_after(C, C, dt, keo) == pytest.approx(C, rel=1e-14)


@given(amount, amount, rate, st.floats(1e-6, 20.0), rate)
def test_exponential_drive_against_quadrature(
    Ce0: float, C0: float, k: float, dt: float, keo: float
) -> None:
    convolution, _ = quad(lambda s: keo * math.exp(-keo * (dt - s) - k * s), 0.0, dt, epsabs=1e-13)
    expected = Ce0 * math.exp(-keo * dt) + C0 * convolution
    value = laws.effect_site_after_exponential(Ce0, C0, k, dt, keo)
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("gap", [0.0, 1e-16, -1e-13, 1e-9, -1e-6, 1e-4, 9.9e-3, -1.01e-2])
def test_nearly_equal_rates_lose_no_digits(gap: float) -> None:
    k, dt = 1.0, 1.5
    keo = k + gap
    exact_gap = keo - k
    # exp(-k t) times the average of exp(-gap s), by its Taylor series.
    z = -exact_gap * dt
    average = math.fsum(z**i / math.factorial(i + 1) for i in range(12))
    expected = keo * math.exp(-k * dt) * dt * average
    value = laws.effect_site_after_exponential(0.0, 1.0, k, dt, keo)
    assert value == pytest.approx(expected, rel=1e-14)


def test_limits() -> None:
    no_delay = laws.effect_site_after_exponential(5.0, 2.0, 0.3, 4.0, math.inf)
    assert no_delay == pytest.approx(2.0 * math.exp(-1.2), rel=1e-15)
    assert laws.effect_site_after_exponential(5.0, 2.0, 0.3, 0.0, math.inf) == 5.0
    assert laws.effect_site_after_exponential(5.0, 2.0, 0.3, math.inf, 0.3) == 0.0
    assert laws.effect_site_after(5.0, 2.0, 1.0, math.inf) == 2.0
    assert laws.effect_site_after(5.0, 2.0, math.inf, 0.0) == 5.0


@given(amount, amount, st.floats(0.0, 10.0), rate)
def test_flat_exponential_is_a_constant(Ce0: float, C: float, dt: float, keo: float) -> None:
    flat = laws.effect_site_after_exponential(Ce0, C, 0.0, dt, keo)
    assert flat == pytest.approx(laws.effect_site_after(Ce0, C, dt, keo), rel=1e-12, abs=1e-12)


def test_course_is_the_step_repeated() -> None:
    C, dt = np.array([1.0, 5.0, 0.0]), np.array([0.5, 1.0, 3.0])
    keo = np.array([0.1, 2.0])
    course = laws.effect_site_course(0.3, C, dt, keo)
    assert course.shape == (4, 2)
    state = np.full(2, 0.3)
    for row, c, span_ in zip(course[1:], C, dt, strict=True):
        state = laws.effect_site_after(state, c, span_, keo)
        np.testing.assert_allclose(row, state, rtol=1e-14)
