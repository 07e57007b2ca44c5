"""A plan as a table for a spreadsheet: CSV after RFC 4180, units in the headers.

Text that a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets
show as plain text. Numbers are left as they are, so a negative drop (a step back up) stays one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from occupancy.interop.saving import ExportError
from occupancy.interop.wording import DISCLAIMER, number, plain
from occupancy.taper.ladder import Band
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage

Cell = str | int | float | None

COLUMNS: Final = (
    "plan_id",
    "revision",
    "drug",
    "step",
    "first_day",
    "last_day",
    "days",
    "planned_dose_mg_per_day",
    "hour",
    "planned_intake_mg",
    "made_of",
    "measuring_error_mg",
    "target",
    "occupancy_median_percent",
    "occupancy_low_percent",
    "occupancy_high_percent",
    "drop_median_points",
    "drop_low_points",
    "drop_high_points",
    "made_by",
    "notice",
)
#: What a spreadsheet takes for the start of a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def plan_csv(schedule: Schedule) -> str:
    """One row for each stage and intake, one for a stage of 0 mg; dates and hours as ISO 8601.

    `last_day` and `days` of the last stage are empty: it has no end.
    """
    return table_csv(COLUMNS, (row for stage in schedule.stages for row in _rows(schedule, stage)))


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Any table, a shopping list for one; units belong in the names of the columns.

    Raises:
        ExportError: a row of another length than the header.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in columns])
    for place, row in enumerate(rows, start=1):
        if len(row) != len(columns):
            raise ExportError(
                f"row {place} has {len(row)} cells, but there are {len(columns)} columns."
            )
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _rows(schedule: Schedule, stage: ScheduledStage) -> Iterable[tuple[Cell, ...]]:
    last = None if stage.end is None else stage.end - timedelta(days=1)
    intakes: tuple[Intake | None, ...] = stage.intakes or (None,)
    for intake in intakes:
        yield (
            schedule.plan_id,
            schedule.revision,
            schedule.drug,
            stage.step,
            stage.start.isoformat(),
            last and last.isoformat(),
            stage.days,
            stage.dose_mg,
            intake and intake.at.strftime("%H:%M"),
            intake and intake.recipe.dose_mg,
            intake and intake.recipe.text,
            intake and intake.recipe.error_mg,
            schedule.target,
            *_percent(stage.occupancy),
            *_percent(stage.drop),
            f"occupancy {schedule.version}",
            DISCLAIMER,
        )


def _percent(band: Band | None) -> tuple[float | None, float | None, float | None]:
    if band is None:
        return None, None, None
    return 100 * band.median, 100 * band.low, 100 * band.high


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case float():
            return number(value)
        case int():
            return str(value)
        case _:
            text = plain(value)
            return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
