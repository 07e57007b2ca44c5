"""What the printed plan says, before any format: the page and the PDF show the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from occupancy.interop.wording import (
    DISCLAIMER,
    how_to_make,
    made_by,
    number,
    percent,
    plain,
    points,
)
from occupancy.taper.ladder import BAND, Band
from occupancy.taper.schedule import Schedule, ScheduledStage

STATUS: Final = "Proposal, not a prescription"
WARNINGS: Final = "Before anything else"
SHOPPING: Final = "What the whole plan needs"
PROOF: Final = "How the plan was found"
SIGNATURE: Final = "The prescriber’s own plan"
CONSENT: Final = "These doses become a plan when the person who prescribes makes them their own:"
AS_ABOVE: Final = "as above"
CHANGED: Final = "with these changes:"
CHANGES: Final = "Changes, and when to meet again"
NAME: Final = "Name of the prescriber"
NONE: Final = "–"
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@dataclass(frozen=True)
class Heading:
    """Head of a column: its name in one or two lines, the second in small print or not."""

    first: str
    second: str = ""
    small: bool = True


@dataclass(frozen=True)
class Row:
    """One dose: `length` and `error` stand in small print; `largest` marks the largest drop."""

    step: str
    dates: str
    length: str
    dose: str
    made: tuple[str, ...]
    error: str
    occupancy: str
    band: Band | None
    drop: str
    largest: bool


@dataclass(frozen=True)
class PlanWords:
    """All the words of a printed plan; plain text, nothing escaped."""

    title: str
    summary: str
    warnings: tuple[str, ...]
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]
    shopping: tuple[str, ...]
    proof: tuple[str, ...]
    disclaimer: str
    origin: str


def plan_words(
    schedule: Schedule, made_on: date, shopping: Sequence[str], proof: Sequence[str]
) -> PlanWords:
    """The words of the plan; see `plan_page` for the arguments."""
    target = f" of {plain(schedule.target)}" if schedule.target else ""
    low, _, high = BAND
    drops = [one.drop.median for one in schedule.stages if one.drop is not None]
    worst = max(drops, default=0.0)
    sources = "; ".join(plain(source) for source in schedule.sources) or "none given"
    return PlanWords(
        title=f"{plain(schedule.drug).capitalize()}: planned doses",
        summary=_summary(schedule),
        warnings=tuple(plain(line) for line in schedule.warnings),
        headings=(
            Heading("Step"),
            Heading("Dates"),
            Heading("Planned,", "mg a day", small=False),
            Heading("How it is made", "(± largest error of measuring, a day)"),
            Heading(f"Occupancy{target}", f"median ({100 * low:.0f}–{100 * high:.0f} % band)"),
            Heading("Drop, points", "median (band)"),
        ),
        rows=tuple(_row(stage, worst) for stage in schedule.stages),
        shopping=tuple(plain(line) for line in shopping),
        proof=tuple(plain(line) for line in proof),
        disclaimer=DISCLAIMER,
        origin=(
            f"{made_by(schedule)}, {day_text(made_on)}. Plan {plain(schedule.plan_id)}, revision "
            f"{schedule.revision}. Sources: {sources}."
        ),
    )


def day_text(day: date) -> str:
    """A day as in "1 Dec 2026": no reader takes the month for the day, whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _summary(schedule: Schedule) -> str:
    first, last = schedule.stages[0], schedule.stages[-1]
    steps = len(schedule.stages) - 1
    days = (last.start - first.start).days
    return (
        f"From {number(first.dose_mg)} mg to {number(last.dose_mg)} mg a day in {steps} "
        f"{'step' if steps == 1 else 'steps'} over {days} days, from {day_text(first.start)} to "
        f"{day_text(last.start)}."
    )


def _row(stage: ScheduledStage, worst: float) -> Row:
    dates, length = _dates(stage)
    made = how_to_make(stage)
    if not made:
        made = ("nothing" if stage.dose_mg == 0 else "no recipe: no product at hand makes it",)
    error = sum(intake.recipe.error_mg for intake in stage.intakes)
    drop = stage.drop
    return Row(
        step=str(stage.step),
        dates=dates,
        length=length,
        dose=number(stage.dose_mg),
        made=made,
        error=f"(±{number(error)} mg)" if error > 0 else "",
        occupancy=NONE if stage.occupancy is None else percent(stage.occupancy),
        band=stage.occupancy,
        drop=NONE if drop is None else points(drop),
        largest=drop is not None and drop.median == worst > 0,
    )


def _dates(stage: ScheduledStage) -> tuple[str, str]:
    first = day_text(stage.start)
    if stage.end is None:
        return f"from {first}", "no end is planned"
    if stage.days == 1:
        return first, "1 day"
    return f"{first} – {day_text(stage.end - timedelta(days=1))}", f"{stage.days} days"
