"""What PET reports and what is true: B10."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from occupancy import laws

drug = st.floats(0.0, 1e3)
agonist = st.floats(0.0, 20.0)
change = st.floats(-0.5, 1.0)


def true_occupancy(d: float, a1: float) -> float:
    return float(laws.occupancy(d, 1.0 + a1))


@given(drug, agonist)
def test_pet_is_right_when_nothing_else_moves(d: float, a: float) -> None:  # B10, if
    assert laws.pet_occupancy(d, a, a, 0.0) == pytest.approx(true_occupancy(d, a), abs=1e-12)


@given(drug, agonist, agonist, change)
def test_pet_is_wrong_otherwise(d: float, a0: float, a1: float, u: float) -> None:  # B10, only if
    # u can cancel a change of the agonist; away from that coincidence the two differ.
    mismatch = (1 + u) * (1 + a0) / (1 + a1) - 1
    assume(abs(mismatch) > 1e-6)
    error = laws.pet_occupancy(d, a0, a1, u) - true_occupancy(d, a1)
    assert error == pytest.approx(-mismatch * (1 - true_occupancy(d, a1)), rel=1e-6, abs=1e-15)
    assert error != 0


@given(agonist, change)
def test_a_coincidence_of_up_regulation_and_agonist_hides_both(a0: float, u: float) -> None:
    a1 = (1 + u) * (1 + a0) - 1
    assume(a1 >= 0)
    assert laws.pet_occupancy(3.0, a0, a1, u) == pytest.approx(true_occupancy(3.0, a1), abs=1e-12)


@given(st.floats(1e-3, 1e3), agonist, agonist, change)
def test_inverses(d: float, a0: float, a1: float, u: float) -> None:
    seen = laws.pet_occupancy(d, a0, a1, u)
    recovered = laws.scaled_concentration_from_pet(seen, a0, a1, u)
    assert recovered == pytest.approx(d, rel=1e-8, abs=1e-9)
    assert laws.true_occupancy_from_pet(seen, a0, a1, u) == pytest.approx(
        true_occupancy(d, a1), abs=1e-11
    )


@given(st.floats(0.1, 10), st.floats(0.1, 100), drug, agonist, agonist, change)
def test_binding_potentials(
    Bmax: float, Kd: float, d: float, a0: float, a1: float, u: float
) -> None:
    base = Bmax / (Kd * (1 + a0))
    on_drug = Bmax * (1 + u) / (Kd * (1 + a1 + d))
    assert laws.pet_occupancy_from_bp(base, on_drug) == pytest.approx(
        laws.pet_occupancy(d, a0, a1, u), abs=1e-12
    )


def test_saturation() -> None:
    assert laws.pet_occupancy(math.inf, 0.5, 0.9, 0.2) == 1.0
    assert laws.scaled_concentration_from_pet(1.0, 0.5, 0.9, 0.2) == math.inf
    assert laws.true_occupancy_from_pet(1.0, 0.5, 0.9, 0.2) == 1.0
