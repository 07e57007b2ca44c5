"""One row of an event table: its cells as numbers, and what is wrong with them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from occupancy.regimen.events import (
    DOSE,
    OBSERVATION,
    RESET,
    RESET_AND_DOSE,
    Event,
    RowProblem,
)

COLUMNS: tuple[str, ...] = (
    "ID",
    "TIME",
    "AMT",
    "RATE",
    "DUR",
    "EVID",
    "CMT",
    "ADDL",
    "II",
    "SS",
    "DV",
    "MDV",
)
MOST_ADDITIONAL = 100_000
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_MISSING = frozenset({"", ".", "na", "nan", "none"})


@dataclass
class Row:
    """The cells of one row and the problems found in them so far."""

    number: int
    cells: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list[RowProblem])

    def refuse(self, column: str, allowed: str, fix: str) -> None:
        """Note a problem with a column of this row, once however often the cell is read."""
        problem = RowProblem(self.number, column, self.cells.get(column, ""), allowed, fix)
        if problem not in self.problems:
            self.problems.append(problem)

    def has(self, column: str) -> bool:
        """Return whether the cell holds something."""
        return self.cells.get(column, "").casefold() not in _MISSING

    def value(self, column: str, default: float = 0.0) -> float:
        """Return a cell as a number, `default` where it is empty; note it if it is no number."""
        if not self.has(column):
            return default
        text = self.cells[column]
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not math.isfinite(number):
            fix = "write a decimal point" if "," in text else "write digits, or '.' for none"
            if column == "TIME" and ":" in text:
                fix = "write hours since the first event, 8:30 being 8.5"
            self.refuse(column, "a number", fix)
            return default
        return number

    def whole(self, column: str, default: int, lowest: int, highest: int) -> int:
        """Return a cell as a whole number within bounds; note it if it is not."""
        before = len(self.problems)
        number = self.value(column, default)
        if len(self.problems) > before:
            return default
        if number != int(number) or not lowest <= number <= highest:
            self.refuse(
                column, f"a whole number from {lowest} to {highest}", "correct it or write '.'"
            )
            return default
        return int(number)


def read_row(row: Row) -> list[Event]:
    """Return the events of a row: one, and one more for every additional dose.

    Problems are noted in `row.problems`; where there are any, the result is empty.
    """
    if not row.has("TIME"):
        row.refuse("TIME", "hours", "give the time of the row")
    time = row.value("TIME")
    amount = row.value("AMT")
    evid = row.whole("EVID", DOSE if amount > 0 else OBSERVATION, 0, 4)
    cmt = row.whole("CMT", 1, 0, 1000) or 1
    mdv = row.whole("MDV", 0, 0, 1)
    dv = row.value("DV") if row.has("DV") else None
    if evid not in (DOSE, RESET_AND_DOSE):
        _refuse_dosing(row, evid)
        return [] if row.problems else [Event(time, evid, cmt=cmt, dv=dv, mdv=mdv)]

    if not amount > 0:
        row.refuse("AMT", "above 0 mg on a dose", "give the amount, or EVID 0 for an observation")
    duration = _duration(row, amount)
    ss = row.whole("SS", 0, 0, 2)
    additional = row.whole("ADDL", 0, 0, MOST_ADDITIONAL)
    interval = row.value("II")
    if interval < 0 or (interval == 0 and (ss or additional)):
        row.refuse("II", "above 0 h with ADDL or SS", "give the hours between doses")
    if row.problems:
        return []
    first = Event(
        time, evid, amount, duration, cmt, ss, ii_h=interval if ss else 0.0, dv=dv, mdv=mdv
    )
    return [first] + [
        Event(time + k * interval, DOSE, amount, duration, cmt) for k in range(1, additional + 1)
    ]


def _duration(row: Row, amount: float) -> float:
    """Return the length of the infusion, h, from DUR or AMT / RATE."""
    rate, duration = row.value("RATE"), row.value("DUR")
    if rate < 0:
        row.refuse("RATE", "0 for a bolus or a rate in mg/h", "a modelled rate is not read here")
    if duration < 0:
        row.refuse("DUR", "0 for a bolus or hours", "give the length of the infusion")
    if rate <= 0 or duration < 0 or amount <= 0:
        return max(duration, 0.0)
    if duration > 0 and not math.isclose(duration * rate, amount, rel_tol=1e-6):
        row.refuse("DUR", f"AMT / RATE = {amount / rate:g} h", "correct DUR or RATE, or drop one")
    return duration or amount / rate


def _refuse_dosing(row: Row, evid: int) -> None:
    """Note dosing cells on a row that is not a dose."""
    kind = {OBSERVATION: "an observation", RESET: "a reset (EVID 4 resets and doses)"}.get(
        evid, "an event of another kind"
    )
    for column in ("AMT", "RATE", "DUR", "ADDL", "SS"):
        if row.value(column) != 0:
            row.refuse(column, f"0 or '.' on {kind}", "correct EVID, or empty the cell")
