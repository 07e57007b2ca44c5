"""Constants with and without the endogenous competitor, kept apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy import laws
from occupancy.laws import IntrinsicK, InVivoEC50

positive = st.floats(1e-3, 1e4)
competitor = st.floats(0.0, 100.0)


@given(positive, competitor, positive)
def test_both_ways_give_one_occupancy(value: float, a: float, C: float) -> None:
    EC50 = InVivoEC50(value)
    K = laws.remove_endogenous(EC50, a)
    assert K.value == pytest.approx(value / (1 + a), rel=1e-15)
    assert laws.add_endogenous(K, a).value == pytest.approx(value, rel=1e-14)
    explicit = laws.occupancy_against_endogenous(C, K, a)
    assert explicit == pytest.approx(laws.occupancy_in_vivo(C, EC50), rel=1e-12)
    assert laws.occupancy_in_vivo(C, EC50, 0.8) == pytest.approx(0.8 * explicit, rel=1e-12)


@given(positive, st.floats(0.05, 10.0))
def test_counting_the_competitor_twice_would_understate_occupancy(value: float, a: float) -> None:
    right = laws.occupancy_in_vivo(value, InVivoEC50(value))
    twice = laws.occupancy_against_endogenous(value, IntrinsicK(value), a)
    assert right == pytest.approx(0.5)
    assert twice == pytest.approx(1 / (2 + a))


@pytest.mark.parametrize(
    "call",
    [
        lambda EC50: laws.add_endogenous(EC50, 0.3),
        lambda EC50: laws.occupancy_against_endogenous(1.0, EC50, 0.3),
    ],
)
def test_the_trap_is_refused_and_explained(call: Any) -> None:
    with pytest.raises(TypeError, match=r"already contains .* twice.*remove_endogenous"):
        call(InVivoEC50(12.0))
    with pytest.raises(TypeError, match=r"12\.0; .*IntrinsicK\(value\)"):
        call(12.0)


@pytest.mark.parametrize("wrong", [IntrinsicK(3.0), 3.0])
def test_the_other_direction_is_refused_too(wrong: Any) -> None:
    for call in (
        lambda: laws.remove_endogenous(wrong, 0.3),
        lambda: laws.occupancy_in_vivo(1.0, wrong),
    ):
        with pytest.raises(TypeError, match="an InVivoEC50 is needed"):
            call()


def test_a_typed_constant_does_not_slip_into_an_untyped_law() -> None:
    with pytest.raises(TypeError, match="got InVivoEC50; a law takes"):
        laws.apparent_affinity(InVivoEC50(3.0), 0.3)


@given(st.floats(0.0, 50.0), st.floats(0.0, 0.9))
def test_depletion_scan_round_trip(a: float, left: float) -> None:
    # A tracer dose sees BP = Bmax / (Kd (1 + a)).
    rise = (1 + a) / (1 + left * a) - 1
    assert laws.competition_from_bp_increase(rise, left) == pytest.approx(a, rel=1e-9, abs=1e-12)
    assert laws.endogenous_occupancy_from_bp_increase(rise, left) == pytest.approx(
        a / (1 + a), rel=1e-9, abs=1e-12
    )


@given(st.floats(0.0, 10.0))
def test_complete_depletion(x: float) -> None:
    assert laws.competition_from_bp_increase(x) == x
    assert laws.endogenous_occupancy_from_bp_increase(x) == pytest.approx(x / (1 + x), rel=1e-14)
