"""What to buy for a whole plan: tablets with their halves paired, liquids with what is lost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Literal, TypeAlias

from occupancy.evidence import devices
from occupancy.taper.marketed import MarketedProduct, exact, written
from occupancy.taper.producterror import ProductError
from occupancy.taper.recipe import Recipe

Bought: TypeAlias = Literal["tablet", "capsule", "sachet", "mL"]
#: Forms whose other half is lost: what was dispersed in water does not keep.
_LOST = frozenset({"dispersible tablet"})


@dataclass(frozen=True)
class Purchase:
    """What to buy of one product.

    Attributes:
        product: what is bought, the same for a liquid and its dilution.
        amount: how many units or mL are needed, what is lost included.
        unit: "tablet", "capsule", "sachet" or "mL".
        used: how many units or mL are taken.
        packs: how many packs of which size; None when no pack is known.
        text: one line: "42 tablets: citalopram tablet 10 mg".
        notes: what the amount rests on.
    """

    product: str
    amount: float
    unit: Bought
    used: float
    packs: tuple[int, float] | None
    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Need:
    """Of one product: whole units, parts as fractions of a unit by day, mL."""

    whole: int = 0
    parts: Fraction = Fraction(0)
    days_of_parts: int = 0
    mL: Fraction = Fraction(0)
    stock_mL: Fraction = Fraction(0)


def shopping_list(
    taken: Iterable[tuple[float, int, Recipe]], products: Sequence[MarketedProduct]
) -> tuple[Purchase, ...]:
    """What a plan uses up, per product, in the order of the products.

    A tablet's remaining half is kept for another day, its stage or a later one; parts are counted
    together, halves beside quarters. What is left of a dispersible or weighed tablet, of an opened
    capsule or of a dilution is thrown away every day. Liquids come with the share that a bottle
    loses to drawing up, residue and spills.

    Args:
        taken: dose in mg per day, days, and the recipe of one day, for every stage.
        products: at hand; those of the recipes are among them.

    Raises:
        ProductError: a recipe of a product that is not at hand, or of another dose; days below 0.
    """
    by_name = {one.name: one for one in products}
    need: dict[str, list[tuple[MarketedProduct, _Need]]] = {}
    for dose_mg, days, recipe in taken:
        if days < 0:
            raise ProductError(f"{dose_mg:g} mg for {days} days; a stage has 0 days or more.")
        if not math.isclose(recipe.dose_mg, dose_mg, rel_tol=1e-9, abs_tol=1e-12):
            raise ProductError(f"The recipe of {recipe.dose_mg:g} mg does not make {dose_mg:g} mg.")
        for name, pieces in groupby(sorted(recipe.pieces, key=lambda p: p.product), _product):
            if name not in by_name:
                raise ProductError(f"{name} is not among the products at hand.", tuple(by_name))
            one = by_name[name]
            counts = [(exact(piece.count), piece.unit) for piece in pieces]
            need.setdefault(one.stock, []).append((one, _per_day(one, counts, days)))
    order = dict.fromkeys(one.stock for one in products)
    return tuple(_purchase(stock, need[stock]) for stock in order if stock in need)


def _product(piece: object) -> str:
    return getattr(piece, "product", "")


def _per_day(one: MarketedProduct, counts: list[tuple[Fraction, str]], days: int) -> _Need:
    """What one recipe takes of one product over its days."""
    if one.liquid:
        mL = sum((count for count, _ in counts), Fraction(0))
        if one.drops_per_mL is not None:
            mL /= exact(one.drops_per_mL)
        if one.diluted is None:
            return _Need(mL=mL * days, stock_mL=mL * days)
        part, whole = exact(one.diluted[0]), exact(one.diluted[1])
        batches = -(-mL // whole)
        return _Need(mL=mL * part / whole * days, stock_mL=batches * part * days)
    whole = sum(int(count) for count, unit in counts if unit != "bead")
    parts = sum((count - int(count) for count, unit in counts if unit != "bead"), Fraction(0))
    if any(unit == "bead" for _, unit in counts):
        beads = sum((count for count, unit in counts if unit == "bead"), Fraction(0))
        assert one.beads is not None
        return _Need(whole * days, beads / one.beads * days, days)
    return _Need(whole * days, parts * days, days * math.ceil(parts))


def _purchase(stock: str, needs: list[tuple[MarketedProduct, _Need]]) -> Purchase:
    one = needs[0][0]
    notes: list[str] = []
    if one.liquid:
        lost = devices().allowances()["liquid left behind"]
        drawn = sum((need.stock_mL for _, need in needs), Fraction(0))
        used = sum((need.mL for _, need in needs), Fraction(0))
        amount = drawn * (1 + exact(lost))
        notes.append(f"{100 * lost:g} % more than is drawn, for what stays in bottle and syringe")
        if drawn > used:
            notes.append("a dilution is made fresh every day and its rest thrown away")
        unit: Bought = "mL"
    else:
        whole = sum(need.whole for _, need in needs)
        parts = sum((need.parts for _, need in needs), Fraction(0))
        days = sum(need.days_of_parts for _, need in needs)
        lost_daily = one.form in _LOST or one.unit == "capsule" or one.weight_mg is not None
        used = whole + parts
        amount = Fraction(whole + (days if lost_daily else math.ceil(parts)))
        if parts:
            rest = "an opened capsule" if one.unit == "capsule" else "a dispersed or crushed tablet"
            notes.append(
                f"the rest of {rest} is thrown away every day"
                if lost_daily
                else "parts that remain are kept and taken on a later day"
            )
        unit = _solid(one)
    sizes = sorted({size for product, _ in needs for size in product.pack})
    packs = _packs(float(amount), sizes)
    number = _rounded(float(amount)) if unit == "mL" else written(float(amount))
    noun = unit if unit == "mL" or amount == 1 else f"{unit}s"
    bought = "" if packs is None else f" ({packs[0]} x {written(packs[1])} {unit})"
    return Purchase(
        product=stock,
        amount=float(amount),
        unit=unit,
        used=float(used),
        packs=packs,
        text=f"{number} {noun}{bought}: {stock}",
        notes=tuple(notes),
    )


def _solid(one: MarketedProduct) -> Bought:
    if one.unit == "capsule":
        return "capsule"
    return "sachet" if one.unit == "sachet" else "tablet"


def _packs(amount: float, sizes: list[float]) -> tuple[int, float] | None:
    """The size, and how many of it, that leaves least over; fewer packs where that is equal."""
    ways = [(math.ceil(round(amount / size, 9)), size) for size in sizes]
    return min(ways, key=lambda way: (round(way[0] * way[1], 9), way[0]), default=None)


def _rounded(mL: float) -> str:
    """A volume to buy, rounded up: to a whole mL from 10 mL on, to a tenth below."""
    scale = 1 if mL >= 10 else 10
    return written(math.ceil(round(mL * scale, 9)) / scale)
