"""Two sites with cooperativity: B11, detailed balance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import null_space

from occupancy import laws

scaled = st.just(0.0) | st.floats(1e-9, 1e3)
cooperativity = st.floats(1e-3, 1e3)


@given(scaled, scaled, cooperativity)
def test_states(a: float, b: float, alpha: float) -> None:
    weights = np.array([1.0, a, b, alpha * a * b])
    states = np.array(laws.ternary_complex(a, b, alpha))
    np.testing.assert_allclose(states, weights / weights.sum(), rtol=1e-12)
    assert abs(states.sum() - 1) <= 1e-12


@given(
    st.floats(0.01, 100),
    st.floats(0.01, 100),
    st.floats(0.01, 100),
    *[st.floats(0.1, 10)] * 4,
)
def test_every_reaction_is_balanced_on_its_own(
    K_A: float, K_B: float, K_B_given_A: float, r1: float, r2: float, r3: float, r4: float
) -> None:  # B11
    # A kinetic cycle closed by `closing_constant` carries no current, whatever its rates.
    A, B = 2.0, 3.0
    K_A_given_B = laws.closing_constant(K_A, K_B, K_B_given_A)
    edges = [
        (0, 1, r1 * A, r1 * K_A),
        (0, 2, r2 * B, r2 * K_B),
        (1, 3, r3 * B, r3 * K_B_given_A),
        (2, 3, r4 * A, r4 * K_A_given_B),
    ]
    M = np.zeros((4, 4))
    for i, j, forward, backward in edges:
        M[[i, j], i] += [-forward, forward]
        M[[i, j], j] += [backward, -backward]
    steady = null_space(M)[:, 0]
    steady /= steady.sum()
    states = np.array(laws.ternary_complex(A / K_A, B / K_B, K_B / K_B_given_A))
    np.testing.assert_allclose(states, steady, rtol=1e-6)
    for i, j, forward, backward in edges:
        assert forward * states[i] == pytest.approx(backward * states[j], rel=1e-12)


def test_published_cycle_is_closed() -> None:
    # Dopamine, its receptor and the G protein, nM: Yapo et al. 2017 (J Physiol 595:7451).
    assert laws.closing_constant(1500.0, 15000.0, 500.0) == pytest.approx(50.0)


@given(scaled, scaled)
def test_independence_and_exclusion(a: float, b: float) -> None:
    apart = laws.ternary_complex(a, b)
    assert apart.with_both == pytest.approx(laws.occupancy(a, 1) * laws.occupancy(b, 1), rel=1e-12)
    rivals = laws.ternary_complex(a, b, 0.0)
    assert rivals.with_both == 0.0
    np.testing.assert_allclose(
        [rivals.with_A, rivals.with_B], laws.competition(np.array([a, b])), rtol=1e-12
    )


@given(scaled, cooperativity)
def test_infinite_partners(x: float, alpha: float) -> None:
    saturated = laws.ternary_complex(math.inf, x, alpha)
    assert saturated.free == saturated.with_B == 0.0
    assert saturated.with_both == pytest.approx(laws.occupancy(alpha * x, 1), rel=1e-12)
    coupled = laws.ternary_complex(x, math.inf, alpha)
    assert coupled.free == coupled.with_A == 0.0
    assert coupled.with_both == pytest.approx(laws.occupancy(alpha * x, 1), rel=1e-12)
