"""The products of a market, as they are on record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from occupancy.evidence import drug_record, product_record
from occupancy.evidence.productrecord import Market, SoldProduct
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.producterror import ProductError

MARKETS: Final[tuple[Market, ...]] = get_args(Market)


def products_of(
    drug: str, market: str, *, slow: bool | None = None, special_order: bool = False
) -> tuple[MarketedProduct, ...]:
    """What is sold of `drug` on a market, divided only as far as a source speaks for.

    What is discontinued or only `recalled` is left out, and so is what is made to order unless
    `special_order`. Forms with other kinetics are all there: see `MarketedProduct.drug_form`.

    Args:
        drug: its name, as in `drug_names()`.
        market: "US", "UK" or "AU".
        slow: only what releases slowly (True) or at once (False); None: both. Doses mixed of both
            follow neither's curve.
        special_order: with what a pharmacy has made.

    Raises:
        ProductError: an unknown market, or nothing on record there; says what there is.
    """
    if market not in MARKETS:
        raise ProductError(f"No market {market!r}.", MARKETS)
    record = product_record(drug)
    sold = () if record is None else record.product
    wanted = {"marketed", "special order"} if special_order else {"marketed"}
    found = tuple(
        one
        for row in sold
        if row.market == market and row.supply in wanted and row.status != "recalled"
        for one in each(drug, row)
        if slow is None or one.slow == slow
    )
    if not found:
        elsewhere = ", ".join(dict.fromkeys(row.market for row in sold))
        known = f"on record are those of: {elsewhere}" if elsewhere else "none are on record"
        raise ProductError(
            f"No products of {drug} on the market {market}; {known}. "
            "Name the products at hand instead.",
            ('"tablet 10 mg, halves"', '"solution 2 mg/mL, 0.1 mL"'),
        )
    return found


def each(drug: str, row: SoldProduct) -> Iterator[MarketedProduct]:
    """The products of one row of the record: one per strength."""
    equivalence = 1.0
    if row.equivalence is not None:
        figure = drug_record(drug).figures()[row.equivalence]
        equivalence = figure.canonical(figure.central)
    for strength in row.strengths_mg or (None,):
        yield MarketedProduct(
            form=row.form,
            strength_mg=strength,
            mg_per_mL=row.mg_per_mL,
            drops_per_mL=row.drops_per_mL,
            parts=row.pieces,
            equivalence=equivalence,
            pack=row.pack,
            drug=drug,
            drug_form=row.drug_form,
            scored=row.scored,
            must_not=row.must_not,
            why=row.why,
            dilute=row.dilute,
            supply=row.supply,
            market=row.market,
            as_of=row.as_of,
            cite=row.cite,
            status=row.status,
            note=row.note,
        )
