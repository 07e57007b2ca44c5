"""Devices: what can be measured, and how far off it may be."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.evidence import devices
from occupancy.taper.device import (
    bead_error,
    check_step,
    draws,
    drop_error,
    measuring_error,
    part_error,
    syringe_error,
    volume_error,
)
from occupancy.taper.phrase import product
from occupancy.taper.producterror import ProductError, WrongField


def test_the_standard_s_worked_example() -> None:
    # ISO 7886-1: 4 mL from a 10 mL syringe may be off by 1.5 % of 10 mL and 1 % of 4 mL.
    assert syringe_error(10, 4) == pytest.approx(0.15 + 0.04)
    assert syringe_error(1, 0.1) == pytest.approx(0.015 + 0.002)
    assert syringe_error(1, 0.8) == pytest.approx(0.04)
    with pytest.raises(ProductError, match="No tolerance"):
        syringe_error(60, 30)


@given(st.integers(5, 2000).map(lambda n: n / 100))
def test_a_volume_is_measured_with_the_best_syringe(volume: float) -> None:
    error = volume_error(volume)
    assert 0 < error < volume
    for one in devices().syringe:
        if one.capacity_mL >= volume:
            assert error <= syringe_error(one.capacity_mL, volume)


def test_volumes_fall_on_marks_and_ascend() -> None:
    solution = product("solution 2 mg/mL")
    found = [one.volume_mL for one in draws(solution, Fraction(100))]
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (Fraction(1, 20), Fraction(20))
    for volume in found:
        rest = volume - 10 * ((volume - Fraction(1, 1000)) // 10)
        assert any(
            Fraction(str(one.smallest_mL)) <= rest <= one.capacity_mL
            and rest % Fraction(str(one.mark_mL)) == 0
            for one in devices().syringe
        )
    assert [one.volume_mL for one in draws(solution, Fraction(1, 10))] == found[:6]


@given(st.integers(1, 300).map(lambda n: n / 100))
def test_an_owner_s_step_gives_its_multiples(step: float) -> None:
    solution = replace(product("solution 2 mg/mL"), step_mL=step)
    found = [one.volume_mL for one in draws(solution, Fraction(100))]
    exactly = Fraction(str(step))
    assert all(volume % exactly == 0 for volume in found)
    assert found[0] - exactly < Fraction(1, 20) <= found[0]
    assert found[-1] <= 20 < found[-1] + exactly
    assert [b - a for a, b in pairwise(found)] == [exactly] * (len(found) - 1)


def test_a_step_between_the_marks_is_refused() -> None:
    between = replace(product("solution 2 mg/mL"), step_mL=0.015)
    with pytest.raises(WrongField, match=r"0\.01 mL apart"):
        draws(between, Fraction(1))
    with pytest.raises(WrongField, match="dilution"):
        check_step(between)


def test_errors_of_drops_parts_and_beads() -> None:
    drops = product("drops 40 mg/mL, 20 drops/mL")
    assert drop_error(drops, 4) == pytest.approx(0.15 * 8)
    assert part_error(product("tablet 10 mg, halves, scored"), 5) == pytest.approx(0.75)
    assert part_error(product("tablet 10 mg, halves"), 5) == pytest.approx(1.25)
    capsule = product("capsule 30 mg, 250 beads")
    assert bead_error(capsule, 100) == pytest.approx(0.2 * 0.12 * 10)


def test_a_dilution_adds_its_own_errors() -> None:
    plain = product("solution 2 mg/mL")
    diluted = product("solution 20 mg/mL, 1 mL in 10 mL")
    draw = draws(plain, Fraction(100))[10]
    share = volume_error(1) + devices().allowances()["dilution vessel"]
    extra = measuring_error(diluted, draw) - measuring_error(plain, draw)
    assert extra == pytest.approx(share * 2 * float(draw.volume_mL))
