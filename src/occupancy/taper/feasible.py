"""Every dose that the products at hand make, with the recipe that makes it best.

All amounts are whole multiples of their greatest common measure, so sums are exact: 0.1 + 0.2
is 0.3. A dose has at most one measured portion (a volume, drops, beads) beside its tablets and
capsules. What whole tablets and capsules alone make is made of them, since nothing is measured or
cut. Then, and among these, the fewest pieces win, then the smallest error, then the fewest
different products, then the order the products were given in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from occupancy.taper.ladder import SAME_DOSE
from occupancy.taper.marketed import MarketedProduct, exact, written
from occupancy.taper.pieces import Portion, measured_portions, measuring_steps, solid_portions
from occupancy.taper.producterror import NoSuchDose, ProductError
from occupancy.taper.recipe import Recipe
from occupancy.taper.thinning import Thinning, thinned
from occupancy.taper.ways import Ints, Ways

#: Pieces a person takes at once before it is too many, unless the start dose needs more.
PIECES = 4
MOST_PIECES = 12
#: Feasible doses that a planner is given unless it asks for more.
DOSES = 400
#: Errors are compared in nanograms, so that ties are ties.
_PER_NG = 1e6
_LARGEST = 2**52


@dataclass(frozen=True, eq=False)
class FeasibleDoses:
    """Doses that can be made, ascending, 0 first, each once.

    Attributes:
        dose_mg: (m,).
        recipes: how each is made; empty for 0 mg.
        error_mg: largest error of measuring and splitting (m,); not a standard deviation.
        steps: how finely each liquid or capsule is measured, in words.
        thinning: what was left out to keep the number of doses down; None when nothing was.
        max_pieces: most pieces of a recipe.
    """

    dose_mg: NDArray[np.float64]
    recipes: tuple[Recipe, ...]
    error_mg: NDArray[np.float64]
    steps: tuple[str, ...] = ()
    thinning: Thinning | None = None
    max_pieces: int = PIECES

    def recipe(self, dose_mg: float) -> Recipe:
        """The recipe of one of the doses.

        Raises:
            NoSuchDose: naming the two nearest.
        """
        at = int(np.searchsorted(self.dose_mg, dose_mg * (1 - SAME_DOSE)))
        if at == self.dose_mg.size or abs(self.dose_mg[at] - dose_mg) > SAME_DOSE * dose_mg:
            raise no_such_dose(dose_mg, self.dose_mg)
        return self.recipes[at]


def feasible_doses(
    products: Sequence[MarketedProduct],
    highest_mg: float,
    *,
    start_mg: float | None = None,
    keep_mg: Sequence[float] = (),
    max_pieces: int | None = None,
    at_most: int | None = DOSES,
) -> FeasibleDoses:
    """All doses up to `highest_mg` that the products make.

    Args:
        products: at hand; their names differ.
        highest_mg: the largest dose wanted.
        start_mg: a dose that must be among them, with another between it and 0.
        keep_mg: doses that are not thinned out, where they are made at all.
        max_pieces: most pieces a dose; None takes 4, or as many as the start dose needs.
        at_most: when there are more doses, keep about so many: see `thinned`. None keeps all.

    Raises:
        NoSuchDose: the start is not made (says the two nearest), or nothing below it is.
        ProductError: no products, two of one name, a number out of range.
    """
    highest = max(_positive("highest_mg", highest_mg), start_mg or 0.0)
    if start_mg is not None:
        _positive("start_mg", start_mg)
    if max_pieces is not None and not 1 <= max_pieces <= MOST_PIECES:
        raise ProductError(f"max_pieces = {max_pieces}; a dose has 1 to {MOST_PIECES} pieces.")
    if at_most is not None and at_most < 3:
        raise ProductError(f"at_most = {at_most}; keep 3 doses or more.")
    _unique(products)
    lattice = Lattice.of(products, exact(highest))
    start = None if start_mg is None else lattice.index(start_mg)
    made = lattice.made(max_pieces or PIECES)
    if start_mg is not None and not made.has(start) and max_pieces is None:
        for pieces in range(PIECES + 1, MOST_PIECES + 1):
            made = lattice.made(pieces)
            if made.has(start):
                break
    if start_mg is not None:
        if not made.has(start):
            wider = Lattice.of(products, 2 * exact(start_mg) + lattice.largest)
            doses = wider.mg(wider.made(max_pieces or MOST_PIECES).value)
            raise no_such_dose(start_mg, doses)
        if made.value.size < 2 or made.value[1] >= start:
            raise NoSuchDose(
                start_mg,
                (0.0, start_mg),
                f"No dose between 0 and {written(start_mg)} mg can be made of "
                f"{_names(products)}. A smaller strength, tablets that may be divided, or a "
                "liquid would give one.",
            )
    kept = keep_mg if start_mg is None else (start_mg, *keep_mg)
    keep, thinning = thinned(lattice.mg(made.value), made.plain, kept, at_most)
    made = made.kept(keep)
    doses = lattice.mg(made.value)
    recipes = tuple(lattice.recipe(made, i, float(dose)) for i, dose in enumerate(doses.tolist()))
    return FeasibleDoses(
        dose_mg=doses,
        recipes=recipes,
        error_mg=np.array([one.error_mg for one in recipes]),
        steps=lattice.steps(),
        thinning=thinning,
        max_pieces=made.pieces,
    )


def no_such_dose(dose_mg: float, doses: NDArray[np.float64]) -> NoSuchDose:
    """The error for a dose that is not among `doses`, with the nearest below and above."""
    below = [float(one) for one in doses[(doses < dose_mg) & (doses > 0)][-1:]]
    above = [float(one) for one in doses[doses > dose_mg][:1]]
    nearest = (*below, *above)
    words = " and ".join(f"{written(one)} mg" for one in nearest) or "none"
    return NoSuchDose(
        dose_mg,
        nearest,
        f"No product at hand makes {written(dose_mg)} mg; the nearest doses are {words}.",
    )


@dataclass(frozen=True, eq=False)
class Made:
    """Values on the lattice, ascending, each with the best way to make it.

    `path` holds the solid portions of each value as a row of positions, -1 where there is none;
    `measured` the position of its measured portion, or -1. `plain` marks values without error.
    """

    value: Ints
    path: Ints
    measured: Ints
    plain: NDArray[np.bool_]
    pieces: int

    def has(self, value: int | None) -> bool:
        """Whether a value is among them."""
        return value is not None and bool(np.any(self.value == value))

    def kept(self, rows: NDArray[np.intp]) -> Made:
        """Only some of them."""
        return Made(
            self.value[rows],
            self.path[rows],
            self.measured[rows],
            self.plain[rows],
            self.pieces,
        )


@dataclass(frozen=True, eq=False)
class Lattice:
    """The portions of all products in multiples of their greatest common measure."""

    unit: Fraction
    highest: int
    largest: Fraction
    solid: tuple[Portion, ...]
    measured: tuple[Portion, ...]
    products: tuple[MarketedProduct, ...]

    @classmethod
    def of(cls, products: Sequence[MarketedProduct], highest_mg: Fraction) -> Lattice:
        """Portions up to a highest dose.

        Raises:
            ProductError: amounts without a workable common measure.
        """
        everything = [portion for one in products for portion in solid_portions(one)]
        solid = tuple(one for one in everything if one.amount_mg <= highest_mg)
        measured = tuple(
            portion for one in products for portion in measured_portions(one, highest_mg)
        )
        amounts = [one.amount_mg for one in (*solid, *measured)] or [highest_mg]
        den = math.lcm(*(one.denominator for one in amounts))
        num = math.gcd(*(int(one * den) for one in amounts))
        unit = Fraction(num, den)
        if max(highest_mg / unit * unit.numerator, unit.denominator) > _LARGEST:
            raise ProductError(
                f"The amounts of {_names(products)} have no common measure to count in; "
                "give strengths with fewer digits."
            )
        largest = max((one.amount_mg for one in everything), default=Fraction(1))
        return cls(unit, int(highest_mg // unit), largest, solid, measured, tuple(products))

    def index(self, mg: float) -> int | None:
        """The value of a dose, None when it lies off the lattice."""
        value = exact(mg) / self.unit
        return int(value) if value.denominator == 1 else None

    def mg(self, value: Ints) -> NDArray[np.float64]:
        """Values as milligrams, each the float nearest to the exact amount."""
        return value * self.unit.numerator / self.unit.denominator

    def made(self, pieces: int) -> Made:
        """Everything that at most so many pieces make, each value the best way."""
        divided = np.array([one.count != 1 for one in self.solid], np.bool_)
        levels = self._levels(pieces, np.ones_like(divided))
        ways = levels + (self._levels(pieces, ~divided) if divided.any() else [])
        if self.measured:
            amount, error, owner = self._table(self.measured)
            ways += [
                level.with_measured(amount, error, owner, self.highest)
                for level in levels
                if level.pieces[0] < pieces
            ]
        best = Ways.joined(ways).best()
        return Made(best.value, best.path, best.measured, best.error == 0, pieces)

    def _levels(self, pieces: int, allowed: NDArray[np.bool_]) -> list[Ways]:
        """By their number, the values that need exactly so many of the allowed solid portions."""
        amount, error, owner = self._table(self.solid)
        level = Ways.start(pieces)
        levels = [level]
        known = level.value
        for n in range(pieces):
            level = level.with_solid(
                n, amount, error, owner, np.flatnonzero(allowed), self.highest, known
            )
            if not level.value.size:
                break
            levels.append(level)
            known = np.sort(np.concatenate([known, level.value]))
        return levels

    def _table(self, portions: Sequence[Portion]) -> tuple[Ints, Ints, Ints]:
        amount = np.array([int(one.amount_mg / self.unit) for one in portions], np.int64)
        error = np.array([round(one.error_mg * _PER_NG) for one in portions], np.int64)
        place = {id(one): min(i, 62) for i, one in enumerate(self.products)}
        owner = np.array([1 << place[id(one.product)] for one in portions], np.int64)
        return amount, error, owner

    def recipe(self, made: Made, row: int, dose_mg: float) -> Recipe:
        """The recipe of one value: largest pieces first, what is measured last."""
        count: dict[int, int] = {}
        for at in made.path[row].tolist():
            if at >= 0:
                count[at] = count.get(at, 0) + 1
        chosen = sorted(count, key=lambda at: (-self.solid[at].amount_mg, at))
        pieces = [self.solid[at].piece(count[at]) for at in chosen]
        error = sum((self.solid[at].error_mg * count[at] for at in chosen), 0.0)
        last = int(made.measured[row])
        if last >= 0:
            pieces.append(self.measured[last].piece())
            error += self.measured[last].error_mg
        return Recipe(dose_mg, tuple(pieces), error)

    def steps(self) -> tuple[str, ...]:
        """How finely every product that is measured can be, in words."""
        own = ([p for p in self.measured if p.product is one] for one in self.products)
        return tuple(measuring_steps(portions) for portions in own if portions)


def _unique(products: Sequence[MarketedProduct]) -> None:
    if not products:
        raise ProductError("No products at hand.", ('"tablet 10 mg, halves"',))
    seen: set[str] = set()
    for one in products:
        if one.name in seen:
            raise ProductError(f"{one.name} stands twice among the products; give it once.")
        seen.add(one.name)


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and 0 < value < 1e6):
        raise ProductError(f"{name} = {value}; a dose lies above 0 and below a million mg.")
    return value


def _names(products: Sequence[MarketedProduct]) -> str:
    return ", ".join(one.name for one in products)
