"""The JSON document of the report. Occupancies are fractions, doses mg a day as labelled."""

from dataclasses import dataclass
from typing import Literal

from occupancy.course.answer import DISCLAIMER, Document


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlanStepLine(Document):
    """A dose of the plan; `now` marks that of the report's day."""

    step: int
    first_day: str | None
    last_day: str | None
    dose_mg: float
    occupancy: float
    low: float
    high: float
    now: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportPlanLine(Document):
    """The current plan; `agreed_by` is empty for a proposal."""

    agreed_by: str
    revision: int
    target: str
    steps: list[PlanStepLine]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AdherenceLine(Document):
    """Days of the report by what became of their planned doses."""

    days: int
    days_with_dose_due: int
    days_as_planned: int
    days_other_dose: int
    days_missed: int
    days_not_written: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DoseRunLine(Document):
    """Days in a row on which the same was taken."""

    first_day: str
    last_day: str
    days: int
    dose_mg: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FollowedLine(Document):
    """A scale, mood or sleep day by day, and how it was around the steps."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    days: list[str]
    values: list[float]
    around_steps: str
    mean: float | None
    low: float | None
    high: float | None
    steps_compared: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WatchLine(Document):
    """What became of one series after the last step."""

    name: str
    step: str
    alarm: str | None
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PredictedLine(Document):
    """Mean occupancy of each day, from the doses that were taken."""

    target: str
    level: float
    days: list[str]
    median: list[float]
    low: list[float]
    high: list[float]
    assumed: str
    citations: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReportDocument(Document):
    """`occupancy diary report --json`: what the page for the doctor says."""

    document: Literal["report"] = "report"
    version: str
    name: str
    example: bool
    drug: str
    first_day: str
    today: str
    plan: ReportPlanLine | None
    adherence: AdherenceLine
    taken: list[DoseRunLine]
    dose_entries: int
    followed: list[FollowedLine]
    steps: list[str]
    watches: list[WatchLine]
    false_alarms: str
    predicted: PredictedLine | None
    questions: list[str]
    sources: list[str]
    warnings: list[str]
    disclaimer: str = DISCLAIMER
