"""Reading a NONMEM-style event table from a CSV file or from rows.

Units: TIME, DUR and II in hours, AMT in mg, RATE in mg/h. Nothing in the table states them, so a
table in other units has to be converted first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path

from occupancy.regimen.event_rows import COLUMNS, Row, read_row
from occupancy.regimen.events import Event, EventTable, EventTableError, RowProblem, SubjectEvents

_REQUIRED = ("TIME", "AMT")
_DATES = ("DATE", "DAT1", "DAT2", "DAT3")


def read_event_table(
    source: str | Path | Iterable[Mapping[str, object]],
    *,
    strict: bool = False,
    most: int | None = None,
) -> EventTable:
    """Return the events of a table, additional doses laid out, and every row that was refused.

    Columns, in any case and order: TIME (h) and AMT (mg) are required; ID, RATE (mg/h; 0 is a
    bolus), DUR (h), EVID, CMT, ADDL, II (h), SS, DV and MDV are optional. A missing ID is `1`, a
    missing EVID 1 where AMT is above 0 and 0 elsewhere; empty, `.` and `NA` cells are missing. An
    infusion lasts AMT / RATE, or DUR. Other columns are named in `unread_columns`.

    Args:
        source: a CSV file (commas, semicolons or tabs) with a header, the text of one (it holds a
            line break), or rows as mappings.
        strict: raise when any row is refused.
        most: events that a table may hold, additional doses laid out; None allows any number.

    Raises:
        EventTableError: for a table that is not one (no TIME or AMT, a doubled column, calendar
            dates, not CSV) and for more than `most` events; with `strict`, for refused rows, all of
            them listed.
        OSError: if the file cannot be opened.
    """
    if isinstance(source, str) and "\n" in source:
        header, rows, problems = _text_rows(source, "The event table")
    elif isinstance(source, str | Path):
        header, rows, problems = _file_rows(Path(source))
    else:
        header, rows, problems = _given_rows(source)
    _check_header(header)
    subjects: dict[str, list[Event]] = {}
    reached: tuple[str, float] | None = None
    total = 0
    for row in rows:
        subject = row.cells.get("ID", "") if "ID" in header else "1"
        events = read_row(row)
        if "ID" in header and (not row.has("ID") or subject.startswith("#")):
            row.refuse("ID", "a name or number", "give the ID, or delete a commented row")
        if not row.problems:
            _check_order(row, subject, events[0].time_h, reached, subject in subjects)
        if row.problems:
            problems += row.problems
            continue
        total += len(events)
        if most is not None and total > most:
            raise EventTableError(
                f"The event table holds more than {most:,} events by row {row.number}, additional "
                "doses (ADDL) counted; give fewer"
            )
        reached = (subject, events[0].time_h)
        subjects.setdefault(subject, []).extend(events)
    problems.sort(key=lambda problem: problem.row)
    if strict and problems:
        refused = len({problem.row for problem in problems})
        raise EventTableError(f"{refused} rows of the event table are refused", tuple(problems))
    return EventTable(
        tuple(
            SubjectEvents(subject, tuple(sorted(events, key=lambda event: event.time_h)))
            for subject, events in subjects.items()
        ),
        tuple(problems),
        tuple(column for column in header if column not in COLUMNS),
    )


def _check_header(header: list[str]) -> None:
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        raise EventTableError(
            f"The event table has no column {' and no '.join(missing)}; its columns are "
            f"{', '.join(header) or 'none'}. TIME is in hours and AMT in mg."
        )
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise EventTableError(f"The event table has the column {', '.join(doubled)} twice")
    dates = [column for column in _DATES if column in header]
    if dates:
        raise EventTableError(
            f"The event table has calendar dates ({', '.join(dates)}): convert TIME to hours since "
            "each subject's first event and drop the dates"
        )


def _check_order(
    row: Row, subject: str, time: float, reached: tuple[str, float] | None, known: bool
) -> None:
    """Note a row that goes back in time, or back to an ID that ended."""
    if reached is None:
        return
    if subject == reached[0] and time < reached[1]:
        row.refuse("TIME", f"at least {reached[1]:g} h", "put the rows of an ID in order of time")
    if subject != reached[0] and known:
        row.refuse("ID", "rows of one ID together", "sort the table by ID, then TIME")


def _file_rows(path: Path) -> tuple[list[str], list[Row], list[RowProblem]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _text_rows(file.read(), str(path))
    except UnicodeDecodeError as error:
        raise EventTableError(f"{path} is not a CSV file in UTF-8: {error}") from error


def _text_rows(text: str, name: str) -> tuple[list[str], list[Row], list[RowProblem]]:
    """Return header, rows and the rows whose cells do not match the header."""
    first = text.partition("\n")[0]
    separator = next((mark for mark in ",;\t" if mark in first), ",")
    try:
        lines = list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise EventTableError(f"{name} is not a CSV file: {error}") from error
    header = [cell.strip().upper() for cell in lines[0]] if lines else []
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for number, line in enumerate(lines[1:], start=2):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.append(
                RowProblem(
                    number,
                    "(whole row)",
                    separator.join(cells),
                    f"{len(header)} cells",
                    f"it has {len(cells)}: add or remove separators",
                )
            )
            continue
        rows.append(Row(number, dict(zip(header, cells, strict=True))))
    return header, rows, problems


def _given_rows(
    source: Iterable[Mapping[str, object]],
) -> tuple[list[str], list[Row], list[RowProblem]]:
    header: dict[str, None] = {}
    rows: list[Row] = []
    for number, given in enumerate(source, start=1):
        names = [name.strip().upper() for name in given]
        _check_header_once(names, number)
        header |= dict.fromkeys(names)
        texts = ["" if value is None else str(value).strip() for value in given.values()]
        rows.append(Row(number, dict(zip(names, texts, strict=True))))
    return list(header), rows, []


def _check_header_once(names: list[str], number: int) -> None:
    if len(set(names)) < len(names):
        raise EventTableError(f"Row {number} has the same column twice: {', '.join(names)}")
