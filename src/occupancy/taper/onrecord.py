"""A person's own product found again among those on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from occupancy.evidence import product_record
from occupancy.evidence.productrecord import CAPSULES, LIQUIDS, DoseForm
from occupancy.taper.market import each
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.productwords import LOOSE

_TABLETS = frozenset(("tablet", "XR tablet", "GR tablet"))


def on_record(fields: dict[str, Any], word: str, market: str) -> MarketedProduct | None:
    """The product on record of the same drug and strength whose form the word may mean.

    Of several, that of the market comes first, then the same form, then the same word for it.
    A bare "tablet" or "capsule" may mean one that releases slowly when the drug's is of that kind;
    "liquid", "solution", "suspension" and "concentrate" stand for each other, and for drops that
    are measured in mL.
    """
    record = product_record(fields["drug"]) if fields["drug"] else None
    rows = () if record is None else record.product
    form = fields["form"]
    word = word.casefold().removesuffix("s")
    same = [
        one
        for row in rows
        if row.form == form or (word in LOOSE and _kin(form, row.form))
        for one in each(fields["drug"], row)
        if one.strength_mg == fields.get("strength_mg") and one.mg_per_mL == fields.get("mg_per_mL")
    ]
    found = min(
        same,
        key=lambda one: (
            one.market != market,
            one.form != form,
            one.kind.casefold() != word,
            one.supply != "marketed",
        ),
        default=None,
    )
    if found is not None and found.form == "drops" and form != "drops":
        return replace(found, form=form, drops_per_mL=None)
    return found


def _kin(one: DoseForm, other: DoseForm) -> bool:
    return any(one in kind and other in kind for kind in (_TABLETS, CAPSULES, LIQUIDS))
