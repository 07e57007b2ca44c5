"""Once daily, twice daily and alternate days side by side, with what speaks against each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from occupancy.course.sampling import Sampling
from occupancy.person import Person
from occupancy.taper.ladder import Band
from occupancy.taper.swing import swing_of
from occupancy.taper.view import HOURS_PER_DAY, View, half_life_h, view

#: Swing, as a fraction, below which alternate-day dosing counts as harmless: a convention, below
#: the smallest step of occupancy that tapering guides use.
HARMLESS: Final = 0.03

ONCE: Final = "once daily"
TWICE: Final = "twice daily"
DOUBLE: Final = "alternate days, twice the dose"
SAME: Final = "alternate days, the same dose"


@dataclass(frozen=True)
class Rhythm:
    """One way of spacing the doses; occupancies as fractions.

    Attributes:
        name: "once daily", "twice daily", "alternate days, twice the dose" (the same milligrams
            per week) or "alternate days, the same dose" (half of them).
        dose_mg: at each intake.
        interval_h: between intakes.
        daily_mg: per day on average.
        peak: highest occupancy of an interval; median and band, as the next three.
        trough: lowest.
        mean: over time.
        swing: peak minus trough.
        refused: whether it is not offered as a default.
        text: why, in words.
    """

    name: str
    dose_mg: float
    interval_h: float
    daily_mg: float
    peak: Band
    trough: Band
    mean: Band
    swing: Band
    refused: bool
    text: str


@dataclass(frozen=True)
class IntervalComparison:
    """The rhythms of one daily dose side by side.

    Attributes:
        drug: the drug and its form.
        target: the target.
        daily_mg: the daily dose.
        limit: swing above which alternate-day dosing is refused, fraction.
        half_life_h: of what binds the target, terminal.
        rhythms: once daily first.
        warnings: what to be careful about.
    """

    drug: str
    target: str
    daily_mg: float
    limit: float
    half_life_h: float
    rhythms: tuple[Rhythm, ...]
    warnings: tuple[str, ...] = ()

    def rhythm(self, name: str) -> Rhythm:
        """The rhythm of a name.

        Raises:
            ValueError: no such name.
        """
        for one in self.rhythms:
            if one.name == name:
                return one
        names = ", ".join(repr(one.name) for one in self.rhythms)
        raise ValueError(f"no rhythm {name!r}; there are {names}.")


def compare_intervals(
    drug: str,
    target: str | None = None,
    *,
    daily_mg: float,
    limit: float = HARMLESS,
    person: Person | None = None,
    sampling: Sampling | None = None,
    model: str | None = None,
    kinetics: str | None = None,
) -> IntervalComparison:
    """A daily dose taken once, in two halves, and on alternate days.

    Alternate days are refused unless the median swing between their doses stays below `limit`:
    arithmetic on the record's own kinetics, no drug is named.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        daily_mg: the daily dose.
        limit: a fraction; 0.03 is 3 points.
        person: None is the reference adult.
        sampling: default leaves out the differences between people.
        model: another occupancy model of the record; `kinetics` another kinetic model.

    Raises:
        ValueError: as `swing`; a dose of zero, a limit outside 0..1, a depot.
    """
    seen = view(drug, target, person=person, sampling=sampling, model=model, kinetics=kinetics)
    return compare_of(seen, daily_mg, limit)


def compare_of(seen: View, daily_mg: float, limit: float = HARMLESS) -> IntervalComparison:
    """As `compare_intervals`, of a drug that already stands in a person."""
    if not (np.isfinite(daily_mg) and daily_mg > 0):
        raise ValueError(f"daily_mg = {daily_mg:g} is not allowed; give a dose above 0 mg.")
    if not 0 < limit < 1:
        raise ValueError(f"limit = {limit:g} is not allowed; give a fraction (0.03 is 3 points).")
    usual = seen.interval_h(None)
    if usual > 2 * HOURS_PER_DAY:
        raise ValueError(
            f"{seen.drug} is given every {usual / HOURS_PER_DAY:g} days; daily and alternate-day "
            "dosing cannot be compared for it. Name another form, or use `swing`."
        )
    half_life = half_life_h(seen, daily_mg)
    rhythms: list[Rhythm] = []
    warnings: dict[str, None] = {}
    for name, dose, interval in (
        (ONCE, daily_mg, 1.0),
        (TWICE, daily_mg / 2, 0.5),
        (DOUBLE, 2 * daily_mg, 2.0),
        (SAME, daily_mg, 2.0),
    ):
        found = swing_of(seen, dose, interval * HOURS_PER_DAY)
        warnings.update(dict.fromkeys(found.warnings))
        band = found.band(0)
        mean = found.band(0, "mean")
        refused = interval > 1 and band.median >= limit
        rhythms.append(
            Rhythm(
                name=name,
                dose_mg=dose,
                interval_h=interval * HOURS_PER_DAY,
                daily_mg=dose / interval,
                peak=found.band(0, "peak"),
                trough=found.band(0, "trough"),
                mean=mean,
                swing=band,
                refused=refused,
                text=_text(name, dose, band, mean, (rhythms or [None])[0], limit, half_life),
            )
        )
    return IntervalComparison(
        drug=seen.drug,
        target=seen.target,
        daily_mg=float(daily_mg),
        limit=limit,
        half_life_h=half_life,
        rhythms=tuple(rhythms),
        warnings=tuple(warnings),
    )


def _text(
    name: str,
    dose: float,
    swing: Band,
    mean: Band,
    once: Rhythm | None,
    limit: float,
    half_life: float,
) -> str:
    said = (
        f"{dose:g} mg {name}: occupancy swings {_points(swing.median)} points "
        f"({_points(swing.low)}-{_points(swing.high)}) between doses"
    )
    if once is None:
        return f"{said}."
    if name == TWICE:
        return f"{said}, against {_points(once.swing.median)} once daily."
    kept = 2.0 ** (-2 * HOURS_PER_DAY / half_life)
    said += f", since a half-life of {half_life:.3g} h leaves {100 * kept:.0f} % after two days"
    if name == SAME:
        said += (
            f"; half of the milligrams, so the mean falls by "
            f"{_points(once.mean.median - mean.median)} points besides"
        )
    if swing.median >= limit:
        return f"{said}. Not offered: the limit is {_points(limit)} points."
    if swing.high >= limit:
        said += (
            f". Below the limit of {_points(limit)} points on the typical curve, though the band "
            "reaches past it"
        )
        return f"{said}."
    return f"{said}. Below the limit of {_points(limit)} points."


def _points(fraction: float) -> str:
    return f"{100 * fraction:.1f}".removesuffix(".0")
