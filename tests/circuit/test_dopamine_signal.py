"""Signal left at dopamine receptors, and the calibrated link to parkinsonism."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.circuit.dopamine_signal import antagonist_occupancy, dopamine_signal
from occupancy.circuit.eps_link import calibrated
from occupancy.laws import operational_effect_of_pair

shares = st.floats(0.0, 1.0)
ratios = st.floats(0.05, 20.0)


@given(shares, ratios)
def test_an_antagonist_leaves_what_it_does_not_hold(theta, a):
    assert dopamine_signal(theta, a) == pytest.approx(1.0 - theta)


@given(st.floats(0.0, 0.99), ratios, st.floats(0.1, 30.0), shares)
def test_response_is_the_operational_model(theta, a, tau, efficacy):
    x_drug = theta / (1.0 - theta) * (1.0 + a)
    drug = operational_effect_of_pair(a, x_drug, tau, efficacy * tau)
    free = operational_effect_of_pair(a, 0.0, tau, efficacy * tau)
    signal = dopamine_signal(theta, a, efficacy=efficacy, tau=tau)
    assert signal == pytest.approx(drug / free, rel=1e-9)


@given(st.floats(0.0, 0.999), ratios, st.one_of(st.none(), st.floats(0.1, 30.0)))
def test_antagonist_occupancy_inverts(theta, a, tau):
    signal = dopamine_signal(theta, a, tau=tau)
    assert antagonist_occupancy(signal, a, tau) == pytest.approx(theta, abs=1e-9)


@given(shares, ratios, shares, shares)
def test_more_efficacy_leaves_more_signal(theta, a, one, other):
    less, more = sorted((one, other))
    low, high = (dopamine_signal(theta, a, efficacy=e) for e in (less, more))
    assert low <= high + 1e-12


def test_aripiprazole_at_95_percent_against_an_antagonist():
    e0 = 10 * 0.5 / (1 + 10 * 0.5)
    theta = np.array([0.85, 0.95])
    partial = e0 * dopamine_signal(theta, 1.0, efficacy=0.2, tau=10.0)
    antagonist = e0 * dopamine_signal(theta, 1.0, tau=10.0)
    np.testing.assert_allclose(partial, [0.71, 0.68], atol=0.005)
    np.testing.assert_allclose(antagonist, [0.43, 0.20], atol=0.005)
    # On the scale of PET it sits where an antagonist holds about half.
    scale = antagonist_occupancy(dopamine_signal(theta, 1.0, efficacy=0.2), 1.0)
    np.testing.assert_allclose(scale, [0.51, 0.57], atol=1e-9)


@given(st.floats(0.3, 0.9), st.floats(0.005, 0.1), st.lists(shares, min_size=2, max_size=9))
def test_the_link_is_half_at_the_threshold_and_rises(threshold, width, thetas):
    link = calibrated(lambda theta: theta + theta**2, threshold, width)
    assert link.probability(threshold + threshold**2) == pytest.approx(0.5)
    theta = np.sort(thetas)
    probability = link.probability(theta + theta**2)
    assert ((probability >= 0) & (probability <= 1)).all()
    assert (np.diff(probability) >= 0).all()


def test_a_measure_that_falls_is_refused():
    with pytest.raises(ValueError, match=r"does not rise .* 0\.78"):
        calibrated(lambda theta: 1.0 - theta, 0.78, 0.03)


def test_a_measure_that_does_not_rise_for_one_of_several_is_told_by_that_one():
    slope = np.array([1.0, -1.0])
    with pytest.raises(ValueError, match=r"threshold 0\.7: .* width of 0\.1 is -0\.1"):
        calibrated(lambda held: slope * held, np.array([0.78, 0.7]), np.array([0.03, 0.1]))
