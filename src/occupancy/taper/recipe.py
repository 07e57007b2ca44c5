"""How a dose is made from products: so many pieces of this, so much of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: What is counted: a half tablet is 0.5 of a "tablet".
PieceUnit = Literal["tablet", "capsule", "bead", "sachet", "drop", "mL"]


@dataclass(frozen=True)
class Piece:
    """An amount of one product.

    Attributes:
        product: the name of the product, unique among those at hand ("citalopram tablet 10 mg").
        count: how many units: 2, 0.5, 0.35.
        unit: what is counted.
        amount_mg: the drug in it, mg as the dose is counted (a labelled milligram of a product
            that is not bioequivalent is already converted).
        text: in words: "half a tablet of 10 mg", "0.35 mL of 2 mg/mL".
    """

    product: str
    count: float
    unit: PieceUnit
    amount_mg: float
    text: str


@dataclass(frozen=True)
class Recipe:
    """One dose made of pieces; no pieces for 0 mg.

    Attributes:
        dose_mg: their sum.
        pieces: fewest first choice of the products at hand.
        error_mg: largest error of measuring and splitting, mg; 0 for whole tablets.
    """

    dose_mg: float
    pieces: tuple[Piece, ...]
    error_mg: float = 0.0

    @property
    def text(self) -> str:
        """The pieces in words: "1 tablet of 10 mg and half a tablet of 10 mg"."""
        words = [piece.text for piece in self.pieces]
        if len(words) < 2:
            return words[0] if words else "nothing"
        return f"{', '.join(words[:-1])} and {words[-1]}"
