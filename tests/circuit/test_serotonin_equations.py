"""Closed forms of the serotonin circuit and the checks S1, S2, S3 on them."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from occupancy.circuit.serotonin_equations import (
    clearance,
    feedback_factor,
    firing,
    plasticity_drive,
    sensitivity_target,
)

shares = st.floats(0.0, 0.99)
other = st.floats(0.01, 0.5)
strengths = st.floats(0.1, 60.0)
halves = st.floats(0.5, 10.0)
fixed = st.floats(0.0, 1.0)
sensitivities = st.floats(0.01, 1.0)
BASE = {"w": 0.4, "b": 20.0, "k": 3.0}


@given(shares, other, sensitivities, fixed, strengths, halves, st.floats(0.3, 3.0))
def test_firing_solves_its_equation(theta, eps, A, w, b, k, drive):
    cl = clearance(theta, eps)
    r, S = firing(cl, A, w, b, k, drive)
    assert pytest.approx((w + (1 - w) * r) / cl, rel=1e-12) == S
    assert r == pytest.approx(drive * feedback_factor(S, A, b, k), rel=1e-12)


@given(strengths, halves, fixed, other, other)
def test_S1_without_drug_everything_is_one(b, k, w, eps_r, eps_t):
    r, S_r = firing(clearance(0.0, eps_r), 1.0, w, b, k)
    assert r == pytest.approx(1.0, abs=1e-12)
    assert S_r == pytest.approx(1.0, abs=1e-12)
    assert r / clearance(0.0, eps_t) == pytest.approx(1.0, abs=1e-12)
    assert sensitivity_target(S_r, 2.0) == pytest.approx(1.0, abs=1e-11)
    assert plasticity_drive(1.0, 0.8, 3.0) == 0.0


@given(st.floats(0.01, 0.99), strengths, halves, fixed, other, other)
def test_S2_feedback_blunts_the_acute_rise(theta, b, k, w, eps_r, eps_t):
    r, S_r = firing(clearance(theta, eps_r), 1.0, w, b, k)
    assert r < 1.0
    assert S_r > 1.0
    assert r / clearance(theta, eps_t) < 1.0 / clearance(theta, eps_t)


@given(st.floats(0.01, 0.99), strengths, halves, other, st.floats(0.0, 1.0))
def test_S2_terminal_serotonin_rises_when_the_raphe_follows_firing(theta, b, k, eps_r, share):
    # w = 0 and no more non-transporter clearance at the terminal than in the raphe.
    r, _ = firing(clearance(theta, eps_r), 1.0, 0.0, b, k)
    assert r / clearance(theta, share * eps_r) >= 1.0


def test_S2_and_S3_fail_at_high_occupancy_with_the_default_set():
    theta = np.array([0.3, 0.5, 0.7, 0.8, 0.9])
    r, _ = firing(clearance(theta, 0.1), 1.0, **BASE)
    S_t = r / clearance(theta, 0.2)
    np.testing.assert_allclose(S_t, [1.048, 1.067, 1.057, 1.030, 0.982], atol=5e-4)


@given(st.floats(0.0, 0.98), sensitivities, fixed, strengths, halves, other, other)
def test_S3_direction_of_terminal_serotonin(theta, A, w, b, k, eps_r, eps_t):
    """d ln S_t = (1-eps_t)/cl_t - L/(1 + phi L) (1-eps_r)/cl_r per unit of occupancy.

    L is the log slope of the feedback, phi the share of raphe serotonin that follows firing.
    """
    cl_r, cl_t = clearance(theta, eps_r), clearance(theta, eps_t)
    r, S = firing(cl_r, A, w, b, k)
    hill = S**2 / (S**2 + k**2)
    L = b * A * hill * 2 * (1 - hill) / (1 + b * A * hill)
    phi = (1 - w) * r / (w + (1 - w) * r)
    predicted = (1 - eps_t) / cl_t - L / (1 + phi * L) * (1 - eps_r) / cl_r
    step = 1e-6
    above, _ = firing(clearance(theta + step, eps_r), A, w, b, k)
    below, _ = firing(clearance(theta - step, eps_r), A, w, b, k)
    slope = np.log(above / below * clearance(theta - step, eps_t) / clearance(theta + step, eps_t))
    assert slope / (2 * step) == pytest.approx(predicted, abs=1e-5 * (1 + 1 / cl_r + 1 / cl_t))
    if w == 0 and eps_t <= eps_r:
        assert predicted > 0


@given(st.floats(0.0, 0.98), strengths, halves, other, st.floats(0.0, 1.0), sensitivities)
def test_S3_terminal_serotonin_rises_with_occupancy(theta, b, k, eps_r, share, A):
    eps_t = share * eps_r
    low, high = theta, min(theta + 0.01, 0.99)
    assume(high > low)
    r = [firing(clearance(x, eps_r), A, 0.0, b, k)[0] for x in (low, high)]
    assert r[1] / clearance(high, eps_t) > r[0] / clearance(low, eps_t)


def test_the_same_under_jax():
    jax = pytest.importorskip("jax")
    value = firing(jax.numpy.asarray(0.28), 1.0, **BASE)[0]
    assert float(value) == pytest.approx(float(firing(0.28, 1.0, **BASE)[0]), rel=1e-5)
    slope = jax.grad(lambda cl: firing(cl, 1.0, **BASE)[0])(0.28)
    step = (firing(0.2801, 1.0, **BASE)[0] - firing(0.2799, 1.0, **BASE)[0]) / 2e-4
    assert float(slope) == pytest.approx(float(step), rel=1e-4)
