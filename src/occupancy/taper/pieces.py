"""The single pieces that a product gives: a tablet, its half, so many drops, a volume."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from occupancy.evidence import devices
from occupancy.taper.device import (
    bead_error,
    draws,
    drop_error,
    measuring_error,
    part_error,
    weighing_error,
)
from occupancy.taper.marketed import MarketedProduct, exact, written
from occupancy.taper.recipe import Piece

_PARTS = {"whole": (1,), "halves": (1, 2), "quarters": (1, 2, 4)}
_PART_WORDS = {2: "half", 4: "a quarter of"}


@dataclass(frozen=True)
class Portion:
    """One thing to take of a product.

    Attributes:
        product: whose.
        count: of its units: 1, 1/2, 0.35 (mL), 5 (drops); of beads, their number; of what is
            weighed, the share of a unit.
        amount_mg: exactly.
        error_mg: largest error.
        measured: whether measuring or counting makes it, of which a dose has one at most.
    """

    product: MarketedProduct
    count: Fraction
    amount_mg: Fraction
    error_mg: float
    measured: bool = False

    def piece(self, times: int = 1) -> Piece:
        """The portion, `times` over, as a piece of a recipe."""
        one, count = self.product, self.count * times
        counts_beads = self.measured and one.beads is not None
        return Piece(
            product=one.name,
            count=float(count),
            unit="bead" if counts_beads else one.unit,
            amount_mg=float(self.amount_mg * times),
            text=self._share() if self.measured and not one.liquid else _words(one, count),
        )

    def _share(self) -> str:
        one = self.product
        whole = f"{_article(one.kind)} of {one.size}"
        if one.beads is not None:
            return f"{self.count} of the {one.beads} beads of {whole}"
        assert one.weight_mg is not None
        weight = self.count * exact(one.weight_mg)
        return f"{_short(weight)} mg by weight of the {written(one.weight_mg)} mg of {whole}"


def _words(one: MarketedProduct, count: Fraction) -> str:
    if one.unit == "mL":
        made = "" if one.diluted is None else f" diluted {one.name.partition(', ')[2]}"
        return f"{written(float(count))} mL of {one.size}{made}"
    noun = {"drop": "drop", "sachet": "sachet"}.get(one.unit, one.kind)
    if one.form == "compounded":
        noun = "compounded capsule"
    if count.denominator == 1:
        return f"{count} {noun}{'' if count == 1 else 's'} of {one.size}"
    part = f"{_PART_WORDS[count.denominator]} {_article(noun)} of {one.size}"
    return part if count.numerator == 1 else f"{count.numerator} times {part}"


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiouX' else 'a'} {noun}"


def solid_portions(product: MarketedProduct) -> Iterator[Portion]:
    """Tablets and their parts, capsules, sachets: what can be taken several times over."""
    if product.liquid:
        return
    for divisor in _PARTS[product.parts]:
        amount = product.mg_per_unit / divisor
        error = 0.0 if divisor == 1 else part_error(product, float(amount))
        yield Portion(product, Fraction(1, divisor), amount, error)


def measured_portions(product: MarketedProduct, highest_mg: Fraction) -> Iterator[Portion]:
    """Volumes, drops or beads up to `highest_mg`: of these a dose has one."""
    if product.form == "drops":
        most = int(min(devices().allowances()["most drops"], highest_mg / product.mg_per_unit))
        for n in range(1, most + 1):
            amount = n * product.mg_per_unit
            yield Portion(product, Fraction(n), amount, drop_error(product, n), measured=True)
    elif product.liquid:
        most_mL = highest_mg / product.mg_per_unit
        if product.diluted is not None:
            most_mL = min(most_mL, exact(product.diluted[1]))
        for draw in draws(product, most_mL):
            amount = draw.volume_mL * product.mg_per_unit
            error = measuring_error(product, draw)
            yield Portion(product, draw.volume_mL, amount, error, measured=True)
    elif product.beads is not None:
        one = product.mg_per_unit / product.beads
        for n in range(1, min(product.beads - 1, int(highest_mg / one)) + 1):
            yield Portion(product, Fraction(n), n * one, bead_error(product, n), measured=True)
    elif product.weight_mg is not None and product.scale_mg is not None:
        share = exact(product.scale_mg) / exact(product.weight_mg)
        one, error = share * product.mg_per_unit, weighing_error(product)
        first = int(devices().allowances()["least weighing"])
        for n in range(first, min(math.ceil(1 / share) - 1, int(highest_mg / one)) + 1):
            yield Portion(product, n * share, n * one, error, measured=True)


def measuring_steps(portions: Sequence[Portion]) -> str:
    """How finely one product is measured: "from 0.05 mL, 0.01 mL = 0.02 mg up to 1 mL, ..."."""
    one = portions[0].product
    unit = "beads" if one.beads else "drops" if one.form == "drops" else "mL"
    if one.weight_mg is not None:
        unit = f"of {one.kind}"
    runs: list[tuple[Fraction, Fraction, Fraction]] = []
    for a, b in pairwise(portions):
        step = b.count - a.count
        if runs and runs[-1][0] == step:
            runs.pop()
        runs.append((step, b.amount_mg - a.amount_mg, b.count))
    said = [
        f"in steps of {_short(step)} {unit} = {_short(mg)} mg up to {_short(last)} {unit}"
        for step, mg, last in runs
    ]
    first = f"from {_short(portions[0].count)} {unit} = {_short(portions[0].amount_mg)} mg"
    return f"{one.name}: {', '.join((first, *said))}"


def _short(amount: Fraction) -> str:
    return written(round(float(amount), 6))
