"""What to buy: halves paired, dilutions thrown away, bottles with their loss."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.taper.feasible import FeasibleDoses, feasible_doses
from occupancy.taper.phrase import product
from occupancy.taper.producterror import ProductError
from occupancy.taper.recipe import Recipe
from occupancy.taper.shopping import shopping_list


def stages(found: FeasibleDoses, *taken: tuple[float, int]) -> list[tuple[float, int, Recipe]]:
    return [(mg, days, found.recipe(mg)) for mg, days in taken]


def test_halves_are_paired_across_stages() -> None:
    products = [product("tablet 10 mg, quarters, pack 28")]
    found = feasible_doses(products, 20.0)
    (one,) = shopping_list(stages(found, (15, 7), (5, 7), (2.5, 3)), products)
    # 7 whole, 14 halves, 3 quarters: 7 + (28 + 3) / 4 tablets.
    assert (one.amount, one.unit, one.used) == (15, "tablet", 14.75)
    assert one.packs == (1, 28.0)
    assert one.text == "15 tablets (1 x 28 tablet): tablet 10 mg"
    assert "kept" in one.notes[0]


def test_the_rest_of_a_dispersed_tablet_or_an_opened_capsule_is_lost() -> None:
    products = [product("dispersible tablet 20 mg, halves"), product("capsule 30 mg, 250 beads")]
    found = feasible_doses(products, 60.0, at_most=None)
    halves, beads = shopping_list(stages(found, (10, 7), (40, 2), (0.12, 5), (30, 1)), products)
    assert (halves.amount, halves.used) == (7 + 4, 3.5 + 4)
    assert (beads.amount, beads.unit) == (5 + 1, "capsule")
    assert beads.used == pytest.approx(5 / 250 + 1)
    assert "thrown away" in halves.notes[0]


def test_the_rest_of_a_weighed_tablet_is_lost() -> None:
    products = [product("tablet 10 mg, weighs 120 mg, scale 1 mg")]
    found = feasible_doses(products, 20.0, at_most=None)
    (one,) = shopping_list(stages(found, (12.5, 10)), products)
    assert (one.amount, one.used) == (20, 12.5)


def test_liquids_come_with_what_is_lost() -> None:
    products = [product("solution 2 mg/mL, 0.05 mL, pack 120")]
    found = feasible_doses(products, 20.0)
    (one,) = shopping_list(stages(found, (20, 28), (1, 28), (0, 90)), products)
    assert one.used == pytest.approx(28 * 10.5)
    assert one.amount == pytest.approx(28 * 10.5 * 1.1)
    assert one.packs == (3, 120.0)
    assert one.text == "324 mL (3 x 120 mL): solution 2 mg/mL"


def test_a_dilution_uses_a_fresh_part_every_day_of_the_same_bottle() -> None:
    products = [product("solution 2 mg/mL, 0.5 mL"), product("solution 2 mg/mL, 1 mL in 10 mL")]
    found = feasible_doses(products, 10.0, at_most=None)
    (one,) = shopping_list(stages(found, (10, 10), (0.02, 10)), products)
    assert one.product == "solution 2 mg/mL"
    assert one.used == pytest.approx(50 + 0.1)
    assert one.amount == pytest.approx((50 + 10) * 1.1)


def test_drops_are_bought_in_mL() -> None:
    products = [product("drops 40 mg/mL", drug="citalopram", market="UK")]
    found = feasible_doses(products, 20.0)
    (one,) = shopping_list(stages(found, (10, 30)), products)
    assert one.used == pytest.approx(30 * 4 / 20)
    assert one.text == "6.6 mL: citalopram drops 40 mg/mL"


def test_the_pack_that_leaves_least_over() -> None:
    products = [product("tablet 10 mg, pack 30, pack 28, pack 14")]
    found = feasible_doses(products, 10.0)
    (one,) = shopping_list(stages(found, (10, 42)), products)
    assert one.packs == (3, 14.0)
    (one,) = shopping_list(stages(found, (10, 56)), products)
    assert one.packs == (2, 28.0)


@given(st.lists(st.tuples(st.sampled_from([2.5, 5, 7.5, 10, 12.5, 20]), st.integers(0, 40))))
def test_never_less_than_is_taken_nor_a_tablet_more_than_that(
    taken: list[tuple[float, int]],
) -> None:
    products = [product("tablet 10 mg, quarters")]
    found = feasible_doses(products, 20.0)
    bought = shopping_list(stages(found, *taken), products)
    mg = sum(dose * days for dose, days in taken)
    assert sum(one.amount for one in bought) == math.ceil(mg / 10)
    assert sum(one.used for one in bought) == pytest.approx(mg / 10)


def test_bad_input() -> None:
    products = [product("tablet 10 mg")]
    recipe = feasible_doses(products, 20.0).recipe(10.0)
    with pytest.raises(ProductError, match="not among the products"):
        shopping_list([(10.0, 7, recipe)], [product("tablet 20 mg")])
    with pytest.raises(ProductError, match="does not make 20 mg"):
        shopping_list([(20.0, 7, recipe)], products)
    with pytest.raises(ProductError, match="for -1 days"):
        shopping_list([(10.0, -1, recipe)], products)
    assert shopping_list([], products) == ()
