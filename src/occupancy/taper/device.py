"""What measures a dose, how finely and how wrongly: syringes, droppers, scales, halves.

Every number comes from `devices.toml`. An error is the largest expected in ordinary use, not a
standard deviation; errors of one dose are added up, as if all went the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from occupancy.evidence import devices
from occupancy.evidence.productrecord import Syringe
from occupancy.taper.marketed import MarketedProduct, exact, written
from occupancy.taper.producterror import ProductError, WrongField


@dataclass(frozen=True)
class Draw:
    """A volume that can be measured, and the largest error of doing so."""

    volume_mL: Fraction
    error_mL: float


def syringe_error(capacity_mL: float, volume_mL: float) -> float:
    """Largest error, mL, of expelling a volume from a syringe of a capacity.

    Below half the capacity C: a C + b v; from there on: h v. The shares a, b, h are those of the
    record's tolerance for C.

    Raises:
        ProductError: a syringe larger than any tolerance covers.
    """
    for one in devices().syringe_tolerance:
        if capacity_mL < one.below_mL:
            if 2 * volume_mL < capacity_mL:
                return one.capacity_share * capacity_mL + one.volume_share * volume_mL
            return one.half_share * volume_mL
    raise ProductError(f"No tolerance is on record for a syringe of {capacity_mL:g} mL.")


@cache
def volume_error(volume_mL: float) -> float:
    """Largest error, mL, of a volume drawn with the syringe that measures it best.

    More than the largest syringe holds is drawn in several times, their errors added.
    """
    largest = devices().syringe[-1].capacity_mL
    full = int(volume_mL / largest)
    rest = volume_mL - full * largest
    error = full * syringe_error(largest, largest)
    if rest > 1e-9:
        fitting = [one.capacity_mL for one in devices().syringe if one.capacity_mL >= rest]
        error += min(syringe_error(one, rest) for one in fitting)
    return error


def draws(product: MarketedProduct, most_mL: Fraction) -> tuple[Draw, ...]:
    """The volumes that can be measured of a liquid, up to `most_mL`, ascending.

    With a step of its owner's, its multiples; otherwise what falls on a mark of a syringe on
    record that is worth drawing with it: 0.01 mL up to 1 mL, then coarser. Both start at the
    least volume of the smallest syringe and end at the most liquid for a day.

    Raises:
        WrongField: a step between the marks.
    """
    most_mL = min(most_mL, exact(devices().allowances()["most liquid"]))
    check_step(product)
    if product.step_mL is None:
        volumes = _marked()
    else:
        step = exact(product.step_mL)
        first = -(-max(exact(devices().syringe[0].smallest_mL), step) // step)
        volumes = tuple(step * i for i in range(int(first), int(most_mL // step) + 1))
    return tuple(
        Draw(volume, volume_error(float(volume))) for volume in volumes if volume <= most_mL
    )


def check_step(product: MarketedProduct) -> None:
    """Refuse a step, or a part to dilute, that falls between the marks of the finest syringe.

    Raises:
        WrongField: saying how far the marks are apart.
    """
    mark = exact(devices().syringe[0].mark_mL)
    part = None if product.diluted is None else product.diluted[0]
    for field, volume in (("step_mL", product.step_mL), ("diluted", part)):
        if volume is not None and exact(volume) % mark:
            raise WrongField(
                field,
                f"{written(volume)} mL lies between the marks of the finest syringe on record, "
                f"which are {written(float(mark))} mL apart: write a multiple of that, or a "
                "dilution, as in 1 mL in 10 mL.",
            )


@cache
def _marked() -> tuple[Fraction, ...]:
    """Volumes on the marks of a syringe that is worth drawing them with."""
    volumes: set[Fraction] = set()
    for one in devices().syringe:
        volumes.update(_of(one))
    largest = devices().syringe[-1]
    most = exact(devices().allowances()["most liquid"])
    full = exact(largest.capacity_mL)
    for times in range(1, int(most / full) + 1):
        volumes.add(times * full)
        volumes.update(times * full + rest for rest in _of(largest))
    return tuple(sorted(volume for volume in volumes if volume <= most))


def _of(syringe: Syringe) -> list[Fraction]:
    mark, least = exact(syringe.mark_mL), exact(syringe.smallest_mL)
    first, last = -(-least // mark), exact(syringe.capacity_mL) // mark
    return [mark * i for i in range(int(first), int(last) + 1)]


def measuring_error(product: MarketedProduct, draw: Draw) -> float:
    """Largest error, mg, of a drawn volume; a dilution adds its own two, as shares."""
    per_mL = float(product.mg_per_unit)
    error = draw.error_mL * per_mL
    if product.diluted is not None:
        part = product.diluted[0]
        share = volume_error(part) / part + devices().allowances()["dilution vessel"]
        error += share * per_mL * float(draw.volume_mL)
    return error


def drop_error(product: MarketedProduct, count: int) -> float:
    """Largest error, mg, of counted drops: the same share of each, for one dropper makes all."""
    return devices().allowances()["drop"] * count * float(product.mg_per_unit)


def part_error(product: MarketedProduct, amount_mg: float) -> float:
    """Largest error, mg, of a part of a tablet; wider when no score is known."""
    kind = "part of a scored tablet" if product.scored else "part of an unscored tablet"
    return devices().allowances()[kind] * amount_mg


def bead_error(product: MarketedProduct, count: int) -> float:
    """Largest error, mg, of counted beads: a share of one bead times the root of their number."""
    assert product.beads is not None
    one = float(product.mg_per_unit) / product.beads
    return devices().allowances()["bead"] * one * count**0.5


def weighing_error(product: MarketedProduct) -> float:
    """Largest error, mg of the drug, of a weighing: some marks of the scale."""
    assert product.weight_mg is not None
    assert product.scale_mg is not None
    share = devices().allowances()["scale"] * product.scale_mg / product.weight_mg
    return share * float(product.mg_per_unit)
