"""The products of a request: from phrases, from a market, and what could be asked for there."""

from __future__ import annotations

from collections.abc import Sequence

from occupancy.drugs import Product
from occupancy.evidence import product_record
from occupancy.taper.market import MARKETS, products_of
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.phrase import product
from occupancy.taper.start import Start


def products_at_hand(
    start: Start, phrases: Sequence[str], market: str
) -> tuple[tuple[MarketedProduct, ...], tuple[MarketedProduct, ...]]:
    """What is at hand, and what could be asked for on the market.

    With phrases, they are at hand and the market's products could be asked for; without, the
    market's are at hand, those that release the drug as the form taken now does.

    Args:
        start: what is taken now.
        phrases: as `product` reads them.
        market: "US", "UK", "AU", or empty.

    Raises:
        ValueError: neither phrases nor a market; a phrase that cannot be read; nothing sold there.
    """
    drug, place = start.product.record.name, market.upper()
    if phrases:
        mine = tuple(product(one, drug=drug, market=place) for one in phrases)
        return mine, _alike(start, place, special_order=True) if place else ()
    if not place:
        raise ValueError(
            'say what is at hand (--product "tablet 10 mg, halves", repeated) or where '
            f"(--market {', '.join(MARKETS)})"
        )
    sold = _alike(start, place)
    if not sold:
        raise ValueError(
            f"nothing sold in the {place} releases {drug} as the {start.product.form.name} form "
            'does; name the products at hand instead (--product "tablet 10 mg, halves")'
        )
    ordered = _alike(start, place, special_order=True)
    return sold, tuple(one for one in ordered if one not in sold)


def same_release(one: MarketedProduct, taken: Product) -> bool:
    """Whether a product has the kinetics of the form taken now.

    A product on record without a form of its own is of the usual form; an extended-release one is
    so only where the drug has no other.
    """
    forms = {form.name: form for form in taken.record.form}
    form = forms.get(one.drug_form, taken.record.form[0])
    if form.kinetics != taken.form.kinetics:
        return False
    if one.drug_form or not one.form.startswith("XR"):
        return True
    record = product_record(taken.record.name)
    usual = () if record is None else [row for row in record.product if not row.drug_form]
    return all(row.form.startswith("XR") for row in usual)


def _alike(
    start: Start, market: str, *, special_order: bool = False
) -> tuple[MarketedProduct, ...]:
    found = products_of(start.product.record.name, market, special_order=special_order)
    return tuple(one for one in found if same_release(one, start.product))
