"""Partial agonism: B8."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy import laws

scaled = st.just(0.0) | st.floats(1e-9, 1e3)
efficacy = st.just(0.0) | st.floats(1e-9, 50.0)
slope = st.floats(0.5, 3.0)


@given(scaled, scaled, efficacy, efficacy, slope, st.floats(0.1, 10))
def test_equation(x_A: float, x_B: float, tau_A: float, tau_B: float, n: float, Em: float) -> None:
    S = tau_A * x_A + tau_B * x_B
    expected = Em * S**n / ((1 + x_A + x_B) ** n + S**n)
    pair = laws.operational_effect_of_pair(x_A, x_B, tau_A, tau_B, n, Em)
    many = laws.operational_effect(np.array([x_A, x_B]), np.array([tau_A, tau_B]), n, Em)
    assert pair == pytest.approx(expected, rel=1e-11, abs=1e-300)
    assert many == pytest.approx(expected, rel=1e-11, abs=1e-300)


@given(scaled, efficacy, efficacy, slope)
def test_a_ligand_that_takes_every_site(x_A: float, tau_A: float, tau_B: float, n: float) -> None:
    limit = tau_B**n / (1 + tau_B**n)
    full = laws.operational_effect_of_pair(x_A, math.inf, tau_A, tau_B, n)
    assert full == pytest.approx(limit, rel=1e-12)
    near = laws.operational_effect_of_pair(x_A, 1e20, tau_A, tau_B, n)
    assert near == pytest.approx(limit, abs=1e-6)


@given(st.floats(1e-3, 1e3), scaled, st.floats(0.1, 50), slope)
def test_no_efficacy_is_an_antagonist(x_A: float, x_B: float, tau_A: float, n: float) -> None:
    effect = laws.operational_effect_of_pair(x_A, x_B, tau_A, 0.0, n)
    alone = laws.operational_effect(np.array([x_A / (1 + x_B)]), np.array([tau_A]), n)
    assert effect == pytest.approx(alone, rel=1e-11)
    assert effect <= laws.operational_effect_of_pair(x_A, 0.0, tau_A, 0.0, n) * (1 + 1e-14)


@given(scaled, scaled, efficacy)
def test_equal_agonists_add(x_A: float, x_B: float, tau: float) -> None:
    both = laws.operational_effect_of_pair(x_A, x_B, tau, tau)
    one = laws.operational_effect_of_pair(x_A + x_B, 0.0, tau, 0.0)
    assert both == pytest.approx(one, rel=1e-12, abs=1e-300)


@given(scaled, scaled, efficacy, efficacy, efficacy, slope)
def test_effect_grows_with_efficacy(
    x_A: float, x_B: float, tau_A: float, t1: float, t2: float, n: float
) -> None:
    low, high = sorted((t1, t2))
    weaker = laws.operational_effect_of_pair(x_A, x_B, tau_A, low, n)
    assert weaker <= laws.operational_effect_of_pair(x_A, x_B, tau_A, high, n) + 1e-15


def test_ligand_axis() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    tau = np.array([10.0, 2.0])
    effect = laws.operational_effect(x, tau, axis=1)
    expected = laws.operational_effect_of_pair(x[:, 0], x[:, 1], 10.0, 2.0)
    np.testing.assert_allclose(effect, expected, rtol=1e-14)
