"""A plan on real dates with what to take at each hour: what leaves the planner for a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

from occupancy.taper.ladder import Band
from occupancy.taper.recipe import Recipe


@dataclass(frozen=True)
class Intake:
    """What is taken at one hour of the day (local, floating) on every day of a stage."""

    at: time
    recipe: Recipe


@dataclass(frozen=True)
class ScheduledStage:
    """One dose on the calendar.

    Attributes:
        step: 0 for the dose before the first change, 1 for the first change ...
        start: first day.
        days: how long; None for the last, which has no end.
        dose_mg: per day.
        intakes: in order of the hours; none for 0 mg.
        occupancy: median and band, fractions; None where no curve stands behind the plan.
        drop: median and band of the fall from the stage before; None as above.
    """

    step: int
    start: date
    days: int | None
    dose_mg: float
    intakes: tuple[Intake, ...]
    occupancy: Band | None = None
    drop: Band | None = None

    def __post_init__(self) -> None:
        """Refuse a stage that cannot be taken."""
        if self.days is not None and self.days < 1:
            raise ValueError(f"step {self.step}: days = {self.days}; a dose is held a day or more.")
        hours = [intake.at for intake in self.intakes]
        if any(b <= a for a, b in pairwise(hours)):
            raise ValueError(f"step {self.step}: two intakes at one hour, or out of order.")

    @property
    def end(self) -> date | None:
        """First day of the next dose."""
        return None if self.days is None else self.start + timedelta(days=self.days)


@dataclass(frozen=True)
class Schedule:
    """A dated plan of one drug.

    Attributes:
        plan_id: stable name of the plan, kept when it is changed; a UUID as text.
        revision: 0 at first, one more at every change.
        drug: its name.
        target: what the occupancy is of, "SERT"; empty where no curve stands behind the plan.
        stages: in order of their days, each starting where the one before ends.
        warnings: what comes first wherever the plan is shown.
        sources: citations of the curve and the products.
        version: of the package that made it.
    """

    plan_id: str
    revision: int
    drug: str
    target: str
    stages: tuple[ScheduledStage, ...]
    warnings: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    version: str = ""

    def __post_init__(self) -> None:
        """Refuse stages with a gap, an overlap, or an end before the last."""
        if not self.stages:
            raise ValueError("a schedule has one stage or more.")
        for before, after in pairwise(self.stages):
            if before.end != after.start:
                raise ValueError(
                    f"step {after.step} starts on {after.start}, but step {before.step} ends on "
                    f"{before.end}; stages follow one another without gap or overlap."
                )
