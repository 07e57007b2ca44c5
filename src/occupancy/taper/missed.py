"""Missed doses: how far occupancy falls, and how long until the usual course is back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from occupancy.course.metrics import share_between
from occupancy.course.sampling import Array, Sampling
from occupancy.kinetics import Doses, simulate
from occupancy.person import Person
from occupancy.taper.ladder import Band
from occupancy.taper.swing import absorbed, swing_system, unit_cycle
from occupancy.taper.view import HOURS_PER_DAY, View, positive_doses, view

#: Back when no further than this from the usual course, as a fraction: 1 point.
BACK = 0.01
#: Below the usual trough by less than this does not count, as a fraction: 0.1 point.
TOUCH = 0.001
#: Output times per interval.
PER_INTERVAL = 96
#: Intervals followed at most after the doses are taken again.
LONGEST = 512


@dataclass(frozen=True, eq=False)
class Missed:
    """A course in which intakes in a row are left out and not made up for.

    Attributes:
        drug: the drug and its form.
        target: the target.
        dose_mg: at every intake.
        interval_h: between intakes.
        missed: intakes left out.
        usual_trough: lowest occupancy of the usual course, fraction; median and band.
        lowest: lowest occupancy reached.
        fall: usual trough minus lowest.
        hours_below: hours that the course is more than 0.1 point below the usual trough.
        hours_back: from the first intake taken again until the course stays within 1 point of
            the usual one; 0 when it never left that.
        time_h: (T,), from the hour at which the first missed intake was due.
        occupancy: (draws, T).
        usual: what it would have been, (draws, T).
        warnings: what to be careful about.
    """

    drug: str
    target: str
    dose_mg: float
    interval_h: float
    missed: int
    usual_trough: Band
    lowest: Band
    fall: Band
    hours_below: Band
    hours_back: Band
    time_h: Array
    occupancy: Array
    usual: Array
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The answer in words."""
        doses = "1 missed dose" if self.missed == 1 else f"{self.missed} missed doses in a row"
        back = (
            f"and is back within 1 point {self.hours_back.median:.0f} h after the next dose"
            if self.hours_back.median > 0
            else "and is within 1 point of its usual course when the next dose is taken"
        )
        return (
            f"{doses} of {self.dose_mg:g} mg: occupancy falls to {100 * self.lowest.median:.1f} % "
            f"(usual trough {100 * self.usual_trough.median:.1f} %), is below the usual trough for "
            f"{self.hours_below.median:.0f} h, {back}."
        )


def missed_doses(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: float,
    missed: int = 1,
    interval_h: float | None = None,
    person: Person | None = None,
    sampling: Sampling | None = None,
    model: str | None = None,
    kinetics: str | None = None,
) -> Missed:
    """Leave out `missed` intakes in a row at steady state, then go on as before.

    Exact kinetics, read at 96 times per interval; clearance that moves with dose stays what the
    usual dose made it.

    Raises:
        ValueError: as `view`; no dose, no missed intake, a course that does not come back within
            512 intervals.
    """
    seen = view(drug, target, person=person, sampling=sampling, model=model, kinetics=kinetics)
    return missed_of(seen, dose_mg, missed, interval_h)


def missed_of(
    seen: View, dose_mg: float, missed: int = 1, interval_h: float | None = None
) -> Missed:
    """As `missed_doses`, of a drug that already stands in a person."""
    dose = float(positive_doses(dose_mg)[0])
    if dose == 0:
        raise ValueError("dose_mg = 0 is not allowed; a dose that is missed is above 0 mg.")
    if missed < 1 or int(missed) != missed:
        raise ValueError(f"missed = {missed:g} is not allowed; give a whole number, 1 or more.")
    interval_h = seen.interval_h(interval_h)
    cycles = 4
    while True:
        time, theta, usual = _course(seen, dose, int(missed), interval_h, cycles)
        short = usual - theta
        if not (short[:, -PER_INTERVAL:] > TOUCH).any():
            break
        cycles *= 2
        if cycles > LONGEST:
            raise ValueError(
                f"{seen.drug}: after {missed} missed doses the course is not back within "
                f"{LONGEST} intervals of {interval_h:g} h; ask for fewer missed doses."
            )
    away = short > BACK
    trough = usual[:, :PER_INTERVAL].min(axis=1)
    lowest = theta.min(axis=1)
    last = time.size - 1 - np.argmax(away[:, ::-1], axis=1)
    back_at = np.where(away.any(axis=1), time[np.minimum(last + 1, time.size - 1)], 0.0)
    again = missed * interval_h
    return Missed(
        drug=seen.drug,
        target=seen.target,
        dose_mg=dose,
        interval_h=interval_h,
        missed=int(missed),
        usual_trough=Band.of(trough),
        lowest=Band.of(lowest),
        fall=Band.of(trough - lowest),
        hours_below=Band.of(_hours_below(time, theta - trough[:, None])),
        hours_back=Band.of(np.maximum(back_at - again, 0.0)),
        time_h=time,
        occupancy=theta,
        usual=usual,
        warnings=seen.where.warnings,
    )


def _course(
    seen: View, dose: float, missed: int, interval_h: float, cycles: int
) -> tuple[Array, Array, Array]:
    total = missed + cycles
    time = np.linspace(0.0, total * interval_h, total * PER_INTERVAL + 1)[:-1]
    steady = unit_cycle(seen.subject, dose, interval_h)
    taken = Doses(interval_h * np.arange(missed, total), np.ones(cycles))
    system = swing_system(seen.subject, dose, interval_h, cycles)
    course = simulate(system, taken, time, initial=steady.state)
    # Exact multiples of the interval fold to its start, where the dose has just been taken.
    phase = np.tile(time[:PER_INTERVAL], total)
    cycle = steady.concentrations(phase)
    scale = absorbed(seen.subject, dose)
    link = seen.link_at(dose * HOURS_PER_DAY / interval_h)
    at = {name: steady.names.index(name) for name in link.EC50}
    shape = (seen.subject.draws, time.size)
    theta, usual = (
        np.broadcast_to(link.occupancy({n: C[:, i] * scale for n, i in at.items()}), shape)
        for C in (course.values, cycle)
    )
    return time, theta, usual


def _hours_below(time: Array, above: Array) -> Array:
    """Hours that piecewise linear `above` (draws, T) is more than `TOUCH` below zero."""
    return share_between(time, above, -2.0, -TOUCH) * (time[-1] - time[0])
