"""Products in a phrase: read, written back, refused with the word that is wrong."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.evidence import drugs_with_products
from occupancy.evidence.productrecord import CAPSULES, DIVISIBLE, LIQUIDS, DoseForm
from occupancy.taper.market import MARKETS, products_of
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.phrase import product
from occupancy.taper.producterror import ProductError, WrongField

SIZES = st.integers(1, 400_000).map(lambda n: n / 1000)


@st.composite
def own_products(draw: st.DrawFn) -> MarketedProduct:
    form = draw(st.sampled_from(get_args(DoseForm)))
    size = draw(SIZES)
    pack = tuple(draw(st.lists(st.integers(1, 500).map(float), max_size=2)))
    if form in LIQUIDS:
        one = MarketedProduct(
            form=form,
            mg_per_mL=size,
            drops_per_mL=draw(st.sampled_from((18.0, 20.0, 24.5))) if form == "drops" else None,
            pack=pack,
        )
        if form == "drops":
            return one
        step = draw(st.none() | st.integers(1, 200).map(lambda n: n / 100))
        diluted = draw(st.none() | st.tuples(st.just(0.5), st.integers(1, 50).map(float)))
        return replace(one, step_mL=step, diluted=diluted)
    one = MarketedProduct(form=form, strength_mg=size, pack=pack)
    if form in DIVISIBLE | CAPSULES and draw(st.booleans()):
        weight = draw(st.integers(20, 900).map(float))
        return replace(one, weight_mg=weight, scale_mg=draw(st.sampled_from((0.1, 1.0, 10.0))))
    if form in DIVISIBLE:
        parts = draw(st.sampled_from(("whole", "halves", "quarters")))
        return replace(one, parts=parts, scored=draw(st.sampled_from((None, True, False))))
    if form in CAPSULES:
        return replace(one, beads=draw(st.none() | st.integers(2, 2000)))
    return one


@given(own_products(), st.sampled_from((1.0, 1.25, 0.8)))
def test_a_product_survives_its_phrase(one: MarketedProduct, equivalence: float) -> None:
    one = replace(one, equivalence=equivalence)
    assert product(one.phrase) == one
    assert product(one.phrase.upper()) == one


@pytest.mark.parametrize("drug", drugs_with_products())
def test_every_product_on_record_survives_its_phrase(drug: str) -> None:
    seen = 0
    for market in MARKETS:
        try:
            sold = products_of(drug, market, special_order=True)
        except ProductError:
            continue
        for one in sold:
            assert product(one.phrase, market=market) == one
            seen += 1
        assert len({one.name for one in sold}) == len(sold)
    assert seen


@pytest.mark.parametrize(
    ("phrase", "same"),
    [
        ("10 mg tablets, halves", "tablet 10 mg, halves"),
        ("solution 10 mg/5 mL, 0.1 mL", "solution 2 mg/mL, 0.1 mL"),
        ("oral liquid 2 mg per mL, in steps of 0.1 mL", "solution 2 mg/mL, 0.1 mL"),
        ("tablet 500 micrograms", "tablet 0.5 mg"),
        ("tablet 0.5 g", "tablet 500 mg"),
        ("capsule 30 mg, beads 250", "capsule 30 mg, 250 beads"),
        ("modified-release tablet 75 mg", "XR tablet 75 mg"),
        ("wafer 5 mg", "orodispersible tablet 5 mg"),
        ("strip 0.5 mg", "tapering strip 0.5 mg"),
        (
            "tablet 10 mg, weighs 0.12 g, scale of 0.001 g",
            "tablet 10 mg, weighs 120 mg, scale 1 mg",
        ),
        ("  Tablet   10mg ,  in Halves ", "tablet 10 mg, halves"),
    ],
)
def test_other_words_for_the_same_product(phrase: str, same: str) -> None:
    assert product(phrase) == product(same)


@pytest.mark.parametrize(
    ("phrase", "drug", "word", "says"),
    [
        ("XR tablet 150 mg, halves", "", "halves", "releases the drug slowly"),
        ("tablet 150 mg, halves", "bupropion", "halves", "must not be divided"),
        ("quetiapine XR tablet 50 mg, quarters", "", "quarters", "must not be divided"),
        ("wafer 10 mg, halves", "olanzapine", "halves", "not divided"),
        ("capsule 20 mg, halves", "", "halves", "not divided"),
        ("sertraline tablet 50 mg", "citalopram", "sertraline", "the plan is of citalopram"),
        ("lustral tablet 50 mg", "citalopram", "lustral", "product of sertraline"),
        ("nonsuch tablet 50 mg", "citalopram", "nonsuch", "neither a form nor a drug"),
        ("tablet 10", "", "10", "10 of what"),
        ("tablet 10 mg, 0.1", "", "0.1", "0.1 of what"),
        ("solution 2 mL", "", "2 mL", "no strength"),
        ("solution 2 mg", "", "2 mg", "has a concentration"),
        ("tablet 2 mg/mL", "", "2 mg/mL", "has a strength"),
        ("solution 2 mg/L", "", "L", "per mL"),
        ("solution 2 mg/0 mL", "", "2 mg/0 mL", "0 mL"),
        ("solution 2 mg/mL 0.1 mL", "", "0.1 mL", "comma"),
        ("tablet 2,5 mg", "", "2,5", "point"),
        ("tablet 10 mg, thirds", "", "thirds", "not understood"),
        ("tablet 10 mg, halves, quarters", "", "quarters", "Said twice"),
        ("tablt 10 mg", "", "tablt", "No form"),
        ("tablet -10 mg", "", "tablet -10 mg", "negative"),
        ("tablet 0 mg", "", "0 mg", "out of range"),
        ("tablet mg", "", "tablet mg", "No strength"),
        ("drops 40 mg/mL", "", "drops", "20 drops/mL"),
        ("solution 2 mg/mL, 20 drops/mL", "", "20 drops/mL", "Only drops"),
        ("solution 2 mg/mL, 0.005 mL", "", "0.005 mL", "between the marks"),
        ("solution 2 mg/mL, 0.005 mL in 1 mL", "", "0.005 mL in 1 mL", "between the marks"),
        ("solution 2 mg/mL, 10 mL in 1 mL", "", "10 mL in 1 mL", "larger volume"),
        ("capsule 20 mg, 1 beads", "", "1 beads", "2 to 2000"),
        ("tablet 20 mg, 0.1 mL", "", "0.1 mL", "not measured in mL"),
        ("tablet 20 mg, weighs 120 mg", "", "weighs 120 mg", "scale 1 mg"),
        ("tablet 20 mg, scale 1 mg", "", "scale 1 mg", "weighs 120 mg"),
        ("tablet 20 mg, weighs 120 mg, scale 90 mg", "", "scale 90 mg", "too coarse"),
        ("tablet 20 mg, weighs 120 stone, scale 1 mg", "", "weighs 120 stone", "of what"),
        ("tablet 20 mg, halves, weighs 120 mg, scale 1 mg", "", "weighs 120 mg", "Either"),
        ("XR tablet 20 mg, weighs 120 mg, scale 1 mg", "", "weighs 120 mg", "stays whole"),
        ("", "", "", "No product"),
    ],
)
def test_a_wrong_phrase_points_at_its_word(phrase: str, drug: str, word: str, says: str) -> None:
    with pytest.raises(ProductError) as caught:
        product(phrase, drug=drug)
    error = caught.value
    assert says in str(error)
    assert error.text[error.start : error.end] == word


@given(st.text(max_size=40) | st.from_regex(r"[a-z ]{0,12}[0-9., ]{0,6}(mg|mL|/|,| ){0,4}"))
def test_any_text_is_a_product_or_an_error_that_points_into_it(text: str) -> None:
    wrong: ProductError | None = None
    try:
        assert product(text, drug="citalopram").phrase
    except ProductError as error:
        wrong = error
    if wrong is not None:
        assert 0 <= wrong.start <= wrong.end <= len(text)
        assert str(wrong)


def test_uk_drops_count_for_more_than_their_label() -> None:
    drops = product("drops 40 mg/mL, 20 drops/mL", drug="citalopram", market="UK")
    assert 4 * drops.mg_per_unit == 10
    assert any("1.25" in one for one in drops.cautions)
    measured = product("liquid 40 mg/mL, 0.1 mL", drug="citalopram", market="UK")
    assert measured.mg_per_unit == 50
    assert product("drops 40 mg/mL, 20 drops/mL, counts 1", drug="citalopram").equivalence == 1


def test_what_is_on_record_is_taken_over() -> None:
    capsule = product("capsule 30 mg, 250 beads", drug="duloxetine")
    assert capsule.form == "GR capsule"
    assert any("not meant to be opened" in one for one in capsule.cautions)
    assert product("tablet 20 mg, halves", drug="citalopram").scored
    assert product("liquid 20 mg/mL", drug="sertraline").dilute
    xl = product("bupropion XL tablet 150 mg")
    sr = product("bupropion SR tablet 150 mg")
    assert (xl.drug_form, sr.drug_form) == ("XL tablet", "SR tablet")
    # Where it was bought decides what a bare word means.
    assert product("tablet 50 mg", drug="quetiapine", market="AU").form == "XR tablet"
    assert product("tablet 50 mg", drug="quetiapine", market="US").form == "tablet"
    assert product("Prozac 20 mg capsule", drug="fluoxetine").drug == "fluoxetine"
    old = product("suspension 10 mg/5 mL", drug="paroxetine", market="UK")
    assert any("discontinued" in one for one in old.cautions)


def test_slow_and_quick_products_are_told_apart() -> None:
    slow = products_of("venlafaxine", "UK", slow=True)
    quick = products_of("venlafaxine", "UK", slow=False)
    assert {one.form for one in slow} == {"XR capsule", "XR tablet"}
    assert {one.form for one in quick} == {"tablet"}
    assert set(slow) | set(quick) == set(products_of("venlafaxine", "UK"))


def test_a_product_on_record_names_its_source() -> None:
    (one, *_) = products_of("sertraline", "US")
    assert one.source.startswith("sertraline tablet 25 mg (US, 2021): University of California")
    assert product("tablet 10 mg").source == ""


def test_products_of_a_market() -> None:
    names = [one.name for one in products_of("paroxetine", "UK")]
    assert names == [f"paroxetine tablet {mg} mg" for mg in (10, 20, 30, 40)]
    ordered = products_of("sertraline", "UK", special_order=True)
    assert len(ordered) == len(products_of("sertraline", "UK")) + 1
    with pytest.raises(ProductError, match="on record are those of: US"):
        products_of("vilazodone", "UK")
    with pytest.raises(ProductError, match="none are on record"):
        products_of("raclopride", "US")
    with pytest.raises(ProductError, match="No market 'NZ'"):
        products_of("citalopram", "NZ")


def test_recalled_products_are_never_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from occupancy.evidence import product_record

    record = product_record("vilazodone")
    assert record is not None
    rows = tuple(replace(one, status="recalled") for one in record.product)
    recalled = replace(record, product=rows)
    monkeypatch.setattr("occupancy.taper.market.product_record", lambda drug: recalled)
    with pytest.raises(ProductError, match="No products of vilazodone"):
        products_of("vilazodone", "US")


def test_a_product_that_cannot_be_is_refused() -> None:
    with pytest.raises(WrongField, match="no form") as caught:
        MarketedProduct(form="powder", strength_mg=1.0)  # type: ignore[arg-type]
    assert caught.value.field == "form"
    with pytest.raises(WrongField, match="strength in mg"):
        MarketedProduct(form="tablet", strength_mg=1.0, mg_per_mL=2.0)
    with pytest.raises(WrongField, match="Only a capsule"):
        MarketedProduct(form="tablet", strength_mg=1.0, beads=20)
    with pytest.raises(WrongField, match="pack"):
        MarketedProduct(form="tablet", strength_mg=1.0, pack=(0.0,))
