"""Feasible doses: exact, complete, each made the best way, thinned openly."""

import time
from fractions import Fraction
from itertools import combinations_with_replacement

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.taper.device import bead_error, drop_error, part_error, volume_error
from occupancy.taper.feasible import DOSES, FeasibleDoses, feasible_doses
from occupancy.taper.market import products_of
from occupancy.taper.marketed import MarketedProduct, exact
from occupancy.taper.phrase import product
from occupancy.taper.producterror import NoSuchDose, ProductError

#: (milligrams, error in mg, product)
Part = tuple[Fraction, float, str]
DIVISORS = {"whole": (1,), "halves": (1, 2), "quarters": (1, 2, 4)}


def solids(one: MarketedProduct) -> list[Part]:
    if one.liquid:
        return []
    assert one.strength_mg is not None
    whole = Fraction(str(one.strength_mg))
    parts = [(d, whole / d) for d in DIVISORS[one.parts]]
    return [(mg, 0.0 if d == 1 else part_error(one, float(mg)), one.name) for d, mg in parts]


def measured(one: MarketedProduct, highest: Fraction) -> list[Part]:
    if one.beads is not None:
        assert one.strength_mg is not None
        each = Fraction(str(one.strength_mg)) / one.beads
        every = [(n * each, bead_error(one, n), one.name) for n in range(1, one.beads)]
    elif one.form == "drops":
        assert one.mg_per_mL is not None
        assert one.drops_per_mL is not None
        drop = Fraction(str(one.mg_per_mL)) / Fraction(str(one.drops_per_mL))
        every = [(n * drop, drop_error(one, n), one.name) for n in range(1, 41)]
    elif one.liquid:
        assert one.mg_per_mL is not None
        assert one.step_mL is not None
        step, per = Fraction(str(one.step_mL)), Fraction(one.mg_per_mL).limit_denominator(1000)
        volumes = [step * i for i in range(1, 1 + int(20 / step)) if step * i >= Fraction(1, 20)]
        every = [(v * per, volume_error(float(v)) * float(per), one.name) for v in volumes]
    else:
        every = []
    return [part for part in every if part[0] <= highest]


def brute_force(
    products: list[MarketedProduct], highest_mg: float, pieces: int
) -> dict[Fraction, tuple[bool, int, float]]:
    """Every dose: of whole units if they make it, then the fewest pieces, then the least error."""
    highest = Fraction(str(highest_mg))
    take = [part for one in products for part in solids(one)]
    once = [part for one in products for part in measured(one, highest)]
    best: dict[Fraction, tuple[bool, int, float]] = {}
    for n in range(pieces + 1):
        for chosen in combinations_with_replacement(take, n):
            base = sum((mg for mg, _, _ in chosen), Fraction(0))
            wrong = sum(error for _, error, _ in chosen)
            ways = [(base, (wrong > 0, n, wrong))]
            if n < pieces:
                ways += [(base + mg, (True, n + 1, wrong + error)) for mg, error, _ in once]
            for dose, cost in ways:
                if dose <= highest and cost < best.get(dose, (True, 99, 0.0)):
                    best[dose] = cost
    return best


SOLID = st.sampled_from(
    [
        "tablet 10 mg",
        "tablet 5 mg, halves",
        "tablet 0.1 mg, quarters",
        "tablet 7.5 mg, quarters, scored",
        "dispersible tablet 20 mg, halves",
        "XR tablet 12.5 mg",
        "capsule 18 mg",
        "capsule 3 mg, 7 beads",
        "compounded 0.3 mg",
        "strip 0.25 mg",
    ]
)
LIQUID = st.sampled_from(
    [
        "solution 2 mg/mL, 0.5 mL",
        "solution 10 mg/3 mL, 0.25 mL",
        "concentrate 20 mg/mL, 0.1 mL",
        "drops 40 mg/mL, 20 drops/mL",
        "drops 1 mg/mL, 24 drops/mL",
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(SOLID, max_size=3, unique=True),
    st.lists(LIQUID, max_size=1),
    st.sampled_from((0.9, 7.5, 20.0, 31.0)),
    st.integers(1, 3),
)
def test_feasible_doses_are_those_of_brute_force(
    tablets: list[str], liquids: list[str], highest: float, pieces: int
) -> None:
    products = [product(text) for text in tablets + liquids]
    if not products:
        return
    found = feasible_doses(products, highest, max_pieces=pieces, at_most=None)
    expected = brute_force(products, highest, pieces)
    assert found.dose_mg.tolist() == [float(dose) for dose in sorted(expected)]
    for dose, recipe in zip(sorted(expected), found.recipes, strict=True):
        _, n, error = expected[dose]
        assert taken(recipe.pieces) == n
        # Among ties to a nanogram either way will do.
        assert recipe.error_mg == pytest.approx(error, abs=1e-5)
    check(found)


def taken(pieces: tuple) -> int:  # type: ignore[type-arg]
    """How many things are taken: a volume, drops or beads are one."""
    return sum(
        1 if one.unit in ("mL", "drop", "bead") or one.count < 1 else round(one.count)
        for one in pieces
    )


def check(found: FeasibleDoses) -> None:
    """What holds for every set of feasible doses."""
    assert found.dose_mg.dtype == np.float64
    assert found.dose_mg[0] == 0.0
    assert np.all(np.diff(found.dose_mg) > 0)
    assert found.recipes[0].pieces == ()
    assert found.error_mg.shape == found.dose_mg.shape == (len(found.recipes),)
    for dose, error, recipe in zip(found.dose_mg, found.error_mg, found.recipes, strict=True):
        assert recipe.dose_mg == dose
        assert recipe.error_mg == error >= 0
        parts = sum(Fraction(one.amount_mg).limit_denominator(10**9) for one in recipe.pieces)
        assert float(parts) == pytest.approx(dose, rel=1e-12)
        assert taken(recipe.pieces) <= found.max_pieces
        assert sum(one.unit in ("mL", "drop", "bead") for one in recipe.pieces) <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(SOLID, min_size=1, max_size=2, unique=True), LIQUID, st.integers(5, 60))
def test_thinning_moves_no_dose_and_leaves_no_gap(
    tablets: list[str], liquid: str, at_most: int
) -> None:
    products = [product(text) for text in [*tablets, liquid]]
    everything = feasible_doses(products, 25.0, max_pieces=3, at_most=None)
    few = feasible_doses(products, 25.0, max_pieces=3, at_most=at_most)
    check(few)
    assert set(few.dose_mg.tolist()) <= set(everything.dose_mg.tolist())
    assert few.dose_mg[-1] == everything.dose_mg[-1]
    if few.thinning is None:
        assert few.dose_mg.size == everything.dose_mg.size <= at_most
        return
    thin = few.thinning
    assert (thin.made, thin.kept) == (everything.dose_mg.size, few.dose_mg.size)
    assert few.dose_mg.size <= max(at_most, 5)
    left_out = np.setdiff1d(everything.dose_mg, few.dose_mg)
    assert left_out[0] == thin.full_below_mg
    below = few.dose_mg[np.searchsorted(few.dose_mg, left_out) - 1]
    assert np.all(left_out < below * (1 + thin.ratio) * (1 + 1e-12))


def test_thinning_keeps_the_start_and_whole_tablets() -> None:
    products = [product("solution 2 mg/mL, 0.05 mL"), product("tablet 10 mg")]
    found = feasible_doses(products, 40.0, start_mg=17.3, at_most=12)
    assert found.thinning is not None
    assert {0.1, 10.0, 17.3, 20.0, 30.0, 40.0} <= set(found.dose_mg.tolist())


def test_sums_are_exact() -> None:
    found = feasible_doses([product("tablet 0.1 mg"), product("capsule 0.2 mg")], 0.3)
    assert found.dose_mg.tolist() == [0.0, 0.1, 0.2, 0.3]
    assert found.recipe(0.3).text == "1 capsule of 0.2 mg and 1 tablet of 0.1 mg"


def test_recipes_read_as_a_person_says_them() -> None:
    products = [
        product("tablet 10 mg, quarters, scored"),
        product("XR tablet 150 mg"),
        product("capsule 40 mg, 40 beads"),
        product("solution 2 mg/mL, 0.35 mL"),
    ]
    found = feasible_doses(products, 300.0, at_most=None)
    texts = {mg: found.recipe(mg).text for mg in (0.0, 2.5, 12.5, 20.0, 0.7, 15.7, 23.0, 300.0)}
    assert texts == {
        0.0: "nothing",
        2.5: "a quarter of a tablet of 10 mg",
        12.5: "1 tablet of 10 mg and a quarter of a tablet of 10 mg",
        20.0: "2 tablets of 10 mg",
        0.7: "0.35 mL of 2 mg/mL",
        15.7: "1 tablet of 10 mg, half a tablet of 10 mg and 0.35 mL of 2 mg/mL",
        23.0: "23 of the 40 beads of a capsule of 40 mg",
        300.0: "2 XR tablets of 150 mg",
    }


def test_whole_units_come_before_anything_measured_or_cut() -> None:
    phrases = ("tablet 10 mg, halves", "tablet 2.5 mg", "solution 2 mg/mL, 0.1 mL")
    found = feasible_doses([product(text) for text in phrases], 30.0)
    assert found.recipe(5.0).text == "2 tablets of 2.5 mg"
    assert found.recipe(30.0).text == "3 tablets of 10 mg"
    assert found.recipe(15.0).text == "1 tablet of 10 mg and 2 tablets of 2.5 mg"
    assert found.recipe(10.2).text == "5.1 mL of 2 mg/mL"


def test_sertraline_concentrate_is_never_coarser_than_its_syringe() -> None:
    concentrate = product("concentrate 20 mg/mL", drug="sertraline", market="US")
    found = feasible_doses([concentrate], 20.0, start_mg=20.0, at_most=None)
    small = found.dose_mg[(found.dose_mg >= 1.0) & (found.dose_mg <= 20.0)]
    np.testing.assert_allclose(np.diff(small), 0.2, rtol=1e-9)
    assert small[0] == 1.0
    assert "0.01 mL = 0.2 mg" in found.steps[0]
    # A planner's budget thins by leaving doses out, and says so; the finest step stays.
    few = feasible_doses([concentrate], 20.0, start_mg=20.0, at_most=50)
    assert few.thinning is not None
    assert few.dose_mg[2] - few.dose_mg[1] == pytest.approx(0.2)
    assert f"{few.dose_mg.size} of {found.dose_mg.size}" in few.thinning.text


def test_uk_citalopram_drops_make_doses_of_tablets() -> None:
    drops = product("drops 40 mg/mL", drug="citalopram", market="UK")
    found = feasible_doses([drops], 20.0)
    assert found.dose_mg.tolist() == [2.5 * n for n in range(9)]
    assert found.recipe(10.0).text == "4 drops of 40 mg/mL"


def test_the_tenth_milligram_grid_of_citalopram() -> None:
    products = [product("tablet 10 mg, halves"), product("solution 2 mg/mL, 0.05 mL")]
    found = feasible_doses(products, 20.0, start_mg=20.0)
    np.testing.assert_array_equal(found.dose_mg, np.arange(201) / 10)


def test_dilution_reaches_lower_and_costs_precision() -> None:
    plain = product("solution 2 mg/mL, 0.1 mL")
    diluted = product("solution 2 mg/mL, 1 mL in 10 mL, 0.1 mL")
    found = feasible_doses([plain, diluted], 2.0, at_most=None)
    assert found.dose_mg[1] == pytest.approx(0.02)
    assert found.recipe(0.02).text == "0.1 mL of 2 mg/mL diluted 1 mL in 10 mL"
    assert found.recipe(2.0).error_mg == pytest.approx(volume_error(1.0) * 2)
    alone = feasible_doses([diluted], 100.0, at_most=None)
    assert alone.dose_mg[-1] == 2.0  # one batch a day
    assert alone.recipe(2.0).error_mg > found.recipe(2.0).error_mg


def test_weighing_and_its_error() -> None:
    weighed = product("tablet 10 mg, weighs 120 mg, scale 1 mg")
    found = feasible_doses([weighed], 10.0, at_most=None)
    # From ten marks of the scale on: 10/120 of the tablet.
    assert found.dose_mg.tolist() == [0.0, *(n * 10 / 120 for n in range(10, 121))]
    recipe = found.recipe(2.5)
    assert recipe.text == "30 mg by weight of the 120 mg of a tablet of 10 mg"
    assert (recipe.pieces[0].unit, recipe.pieces[0].count) == ("tablet", 0.25)
    assert recipe.error_mg == pytest.approx(10 / 120)
    assert any("not of the drug" in one for one in weighed.cautions)


def test_as_many_pieces_as_the_start_needs() -> None:
    tablet = [product("clozapine tablet 25 mg")]
    assert feasible_doses(tablet, 200.0, start_mg=200.0).dose_mg.tolist() == [
        25.0 * n for n in range(9)
    ]
    assert feasible_doses(tablet, 200.0).dose_mg[-1] == 100.0
    with pytest.raises(NoSuchDose):
        feasible_doses(tablet, 200.0, start_mg=200.0, max_pieces=4)
    with pytest.raises(NoSuchDose, match="300 mg"):
        feasible_doses(tablet, 1000.0, start_mg=1000.0)


def test_a_start_that_no_product_makes_names_the_two_nearest() -> None:
    with pytest.raises(NoSuchDose, match="makes 12 mg; the nearest doses are 10 mg and 15 mg") as e:
        feasible_doses([product("tablet 10 mg, halves")], 12.0, start_mg=12.0)
    assert e.value.nearest == (10.0, 15.0)
    assert e.value.dose_mg == 12.0
    with pytest.raises(NoSuchDose, match="the nearest doses are 100 mg"):
        feasible_doses([product("tablet 100 mg")], 20.0, start_mg=20.0)


def test_nothing_below_the_start_is_refused() -> None:
    with pytest.raises(NoSuchDose, match="No dose between 0 and 20 mg can be made of capsule 20"):
        feasible_doses([product("capsule 20 mg")], 20.0, start_mg=20.0)


def test_a_dose_that_is_not_made_is_refused() -> None:
    found = feasible_doses([product("tablet 10 mg")], 30.0)
    assert found.recipe(20.000000001).dose_mg == 20.0
    with pytest.raises(NoSuchDose, match="nearest doses are 20 mg and 30 mg"):
        found.recipe(25.0)
    with pytest.raises(NoSuchDose, match="nearest doses are 30 mg"):
        found.recipe(31.0)


@pytest.mark.parametrize(
    ("phrases", "highest", "options", "says"),
    [
        ([], 20.0, {}, "No products"),
        (["tablet 10 mg", "tablet 10 mg, halves"], 20.0, {}, "stands twice"),
        (["tablet 10 mg"], 0.0, {}, "highest_mg"),
        (["tablet 10 mg"], float("nan"), {}, "highest_mg"),
        (["tablet 10 mg"], 20.0, {"start_mg": -1.0}, "start_mg"),
        (["tablet 10 mg"], 20.0, {"max_pieces": 0}, "1 to 12"),
        (["tablet 10 mg"], 20.0, {"at_most": 2}, "3 doses"),
    ],
)
def test_bad_input(
    phrases: list[str], highest: float, options: dict[str, float], says: str
) -> None:
    with pytest.raises(ProductError, match=says):
        feasible_doses([product(text) for text in phrases], highest, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("drug", "market", "start"),
    [("citalopram", "US", 20.0), ("sertraline", "UK", 100.0), ("haloperidol", "AU", 10.0)],
)
def test_what_a_market_sells_makes_a_ladder(drug: str, market: str, start: float) -> None:
    found = feasible_doses(products_of(drug, market), start, start_mg=start)
    check(found)
    assert found.dose_mg[-1] == start
    assert found.dose_mg.size <= DOSES
    assert found.recipe(start).error_mg == 0


def test_three_products_and_four_hundred_doses_are_quick() -> None:
    phrases = ("tablet 10 mg, quarters", "tablet 20 mg, halves", "solution 2 mg/mL, 0.05 mL")
    products = [product(text) for text in phrases]
    feasible_doses(products, 40.0, start_mg=40.0)

    def once() -> float:
        start = time.process_time()
        found = feasible_doses(products, 40.0, start_mg=40.0)
        assert found.dose_mg.size >= 390
        return time.process_time() - start

    assert min(once() for _ in range(7)) < 0.05


def test_exact_reads_numbers_as_written() -> None:
    assert exact(0.1) + exact(0.2) == exact(0.3)
    assert exact(10 / 3) == Fraction(10, 3)
