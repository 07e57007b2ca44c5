"""A report as a table for a spreadsheet: what was planned, taken, followed and predicted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from occupancy.interop.csv_plan import Cell, table_csv
from occupancy.interop.wording import DISCLAIMER

if TYPE_CHECKING:
    from occupancy.diary.report_lines import ReportDocument

COLUMNS: Final = ("first_day", "last_day", "what", "name", "value", "low", "high", "unit", "notice")


def report_csv(document: ReportDocument) -> str:
    """One row for each dose of the plan, run of doses taken, value followed and day predicted.

    Days are ISO 8601; the first dose of a plan has no first day and the last one no last day.
    Occupancies are in percent, with their band.
    """
    return table_csv(COLUMNS, ((*row, DISCLAIMER) for row in _rows(document)))


def _rows(document: ReportDocument) -> Iterator[tuple[Cell, ...]]:
    if document.plan is not None:
        what = "planned" if document.plan.agreed_by else "proposed"
        for step in document.plan.steps:
            days = (step.first_day, step.last_day)
            yield (*days, what, document.drug, step.dose_mg, None, None, "mg a day")
            band = (100 * step.occupancy, 100 * step.low, 100 * step.high)
            yield (*days, f"{what} occupancy", document.plan.target, *band, "%")
    for run in document.taken:
        days = (run.first_day, run.last_day)
        yield (*days, "taken", document.drug, run.dose_mg, None, None, "mg a day")
    for line in document.followed:
        for day, value in zip(line.days, line.values, strict=True):
            yield (day, day, "followed", line.name, value, None, None, line.unit)
    if document.predicted is not None:
        one = document.predicted
        for day, *band in zip(one.days, one.median, one.low, one.high, strict=True):
            values = [round(100 * share, 6) for share in band]
            yield (day, day, "predicted occupancy", one.target, *values, "%")
