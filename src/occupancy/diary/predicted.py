"""Occupancy predicted from the doses that were taken, with its band: over time and day by day.

The one prediction of a diary: the report and the pages show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from occupancy.course import Sampling, trajectory
from occupancy.diary.content import Missed, Taken
from occupancy.diary.entry import Entry, PlanVersion
from occupancy.diary.plan import planned_doses
from occupancy.evidence.quantiles import quantiles
from occupancy.person import Person
from occupancy.regimen.events import DOSE, Event, SubjectEvents

#: Days for which the first dose is taken to have been steady before the diary began.
RUN_IN_DAYS: Final = 60
#: Days that are predicted after the last one asked for.
AFTER_DAYS: Final = 3
LEVEL: Final = 0.9

Array = NDArray[np.floating[Any]]


class Band(NamedTuple):
    """Median and the ends of the band, fractions, one for each time or day."""

    median: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False)
class PredictedCourse:
    """Occupancy from the doses that were taken.

    Attributes:
        target: what is occupied.
        first: local midnight of the day of the first dose taken.
        hours: shape (T,), hours after `first`.
        at: occupancy at `hours`.
        daily: mean occupancy of each day, from `first` to the last day asked for.
        last_dose: when the last dose was taken, hours after `first`.
        sources: citations of the figures behind it.
        assumed: what was taken for granted, in words.
    """

    target: str
    first: datetime
    hours: Array
    at: Band
    daily: Band
    last_dose: float
    sources: tuple[str, ...]
    assumed: str


def drug_of(entries: Sequence[Entry], plan: PlanVersion | None) -> str | None:
    """The drug that a diary is about: of its plan, else the one entered last; None for none."""
    if plan is not None:
        return str(plan.document["drug"])
    doses = (one.content for one in reversed(entries) if isinstance(one.content, Taken | Missed))
    return next((one.drug for one in doses), None)


def target_of(drug: str, plan: PlanVersion | None) -> str:
    """The target whose occupancy is shown: of the plan, else the drug's first one.

    Raises:
        ValueError: a drug that is not on record, or none of whose targets was measured in people.
    """
    from occupancy.drugs import resolve, target_or_first

    if plan is not None and plan.document["target"]:
        return str(plan.document["target"])
    return target_or_first(resolve(drug).record, None, "there is no target to show")


def predicted_course(
    entries: Sequence[Entry],
    drug: str,
    *,
    today: date,
    plan: PlanVersion | None = None,
    person: Person | None = None,
    draws: int = 200,
    seed: int = 0,
) -> PredictedCourse | None:
    """Occupancy from the doses of `drug` that were taken; None when there is none.

    Missed doses are not there, late ones come when they came. Before the first entry the dose
    before the plan's first change (or the first one taken) is assumed daily for 60 days.

    Args:
        entries: of the diary, in order, the first ones too: what is in the brain today depends
            on them.
        drug: as it stands in the entries.
        today: last day of `daily`; the course goes on for `AFTER_DAYS`.
        plan: of the drug; None without one.
        person: None is the reference adult.
        draws: how many; `seed` makes them the same again.
        seed: see above.

    Raises:
        ValueError: a drug or target that is not on record.
    """
    taken = [
        (one.at, one.content.dose_mg)
        for one in entries
        if isinstance(one.content, Taken) and one.content.drug.casefold() == drug.casefold()
    ]
    if not taken:
        return None
    began = taken[0][0]
    first = datetime.combine(began.local.date(), datetime.min.time())
    # Local midnight of the first day, in hours of the course.
    midnight = 24.0 * RUN_IN_DAYS - (began.local - first).total_seconds() / 3600
    zero = began.utc - timedelta(days=RUN_IN_DAYS)
    before = (planned_doses(plan)[0].dose_mg if plan is not None else 0.0) or taken[0][1]
    doses = tuple(((at.utc - zero).total_seconds() / 3600, mg) for at, mg in taken)
    days = (today - first.date()).days + 1
    target = target_of(drug, plan)
    hours, at, daily, sources = _simulated(
        doses, before, midnight, drug, target, days, person, draws, seed
    )
    return PredictedCourse(
        target=target,
        first=first,
        hours=hours,
        at=at,
        daily=daily,
        last_dose=doses[-1][0] - midnight,
        sources=sources,
        assumed=f"{before:g} mg daily for {RUN_IN_DAYS} days before the first entry",
    )


@lru_cache(maxsize=32)
def _simulated(
    doses: tuple[tuple[float, float], ...],
    before: float,
    midnight: float,
    drug: str,
    target: str,
    days: int,
    person: Person | None,
    draws: int,
    seed: int,
) -> tuple[Array, Band, Band, tuple[str, ...]]:
    """The bands of doses at hours; kept, since a page asks for its numbers and its picture."""
    events = [Event(24.0 * k, DOSE, before) for k in range(RUN_IN_DAYS)]
    events += [Event(hour, DOSE, mg) for hour, mg in doses]
    course = trajectory(
        SubjectEvents("diary", tuple(events)),
        drug=drug,
        person=person,
        targets=(target,),
        days=RUN_IN_DAYS + days + AFTER_DAYS,
        sampling=Sampling(draws, seed, variability=person is not None),
    )
    hours = course.time_h - midnight
    day = np.floor(hours / 24.0).astype(int)
    theta = course.targets[target].occupancy
    means = np.stack([theta[:, day == k].mean(axis=1) for k in range(days)], axis=1)
    sources = tuple(dict.fromkeys(one.citation for one in course.sources))
    return hours, Band(*quantiles(theta, LEVEL)), Band(*quantiles(means, LEVEL)), sources
