"""Occupancy predicted from the doses that were taken, day by day, with its band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from occupancy.course import Sampling, trajectory
from occupancy.course.sampling import quantiles
from occupancy.diary.content import Taken
from occupancy.diary.entry import Entry
from occupancy.person import Person
from occupancy.regimen.events import DOSE, Event, SubjectEvents

#: Days for which the first dose is taken to have been steady before the diary began.
RUN_IN_DAYS: Final = 60
LEVEL: Final = 0.9


@dataclass(frozen=True)
class PredictedDays:
    """Mean occupancy of each day, fractions.

    Attributes:
        target: what is occupied.
        first: local midnight of the first day.
        median: one for each day, with `low` and `high` of the band.
        low: see above.
        high: see above.
        sources: citations of the figures behind it.
        assumed: what was taken for granted, in words.
    """

    target: str
    first: datetime
    median: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    sources: tuple[str, ...]
    assumed: str


def predicted_days(
    entries: Sequence[Entry],
    drug: str,
    target: str,
    *,
    days: int,
    before_mg: float | None = None,
    person: Person | None = None,
    draws: int = 200,
    seed: int = 0,
) -> PredictedDays | None:
    """Occupancy from the doses of `drug` that were taken; None when there is none.

    Missed doses are not there, late ones come when they came. Before the first entry the dose
    `before_mg` (or the first one taken) is assumed daily for 60 days.

    Args:
        entries: of the diary, in order.
        drug: as it stands in the entries.
        target: whose occupancy.
        days: from the day of the first dose.
        before_mg: daily dose before the diary began.
        person: None is the reference adult.
        draws: how many; `seed` makes them the same again.
        seed: see above.

    Raises:
        ValueError: a drug or target that is not on record.
    """
    taken = [
        (one.at, one.content)
        for one in entries
        if isinstance(one.content, Taken) and one.content.drug.casefold() == drug.casefold()
    ]
    if not taken:
        return None
    start = taken[0][0].utc
    before = before_mg if before_mg else taken[0][1].dose_mg
    events = [Event(24.0 * k, DOSE, before) for k in range(RUN_IN_DAYS)]
    zero = start - timedelta(days=RUN_IN_DAYS)
    events += [
        Event((at.utc - zero).total_seconds() / 3600, DOSE, dose.dose_mg) for at, dose in taken
    ]
    course = trajectory(
        SubjectEvents("diary", tuple(events)),
        drug=drug,
        person=person,
        targets=(target,),
        days=RUN_IN_DAYS + days + 1,
        sampling=Sampling(draws, seed, variability=person is not None),
    )
    first = datetime.combine(taken[0][0].local.date(), datetime.min.time())
    # Local midnight of the first day, in hours of the course.
    midnight = 24.0 * RUN_IN_DAYS - (taken[0][0].local - first).total_seconds() / 3600
    day = np.floor((course.time_h - midnight) / 24.0).astype(int)
    theta = course.targets[target].occupancy
    means = np.stack([theta[:, day == k].mean(axis=1) for k in range(days)], axis=1)
    median, low, high = quantiles(means, LEVEL)
    return PredictedDays(
        target=target,
        first=first,
        median=tuple(median.tolist()),
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        sources=tuple(dict.fromkeys(one.citation for one in course.sources)),
        assumed=f"{before:g} mg daily for {RUN_IN_DAYS} days before the first entry",
    )
