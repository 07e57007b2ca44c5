"""Writing a regimen or an event table as a NONMEM-style CSV table.

Units: TIME, DUR and II in hours, AMT in mg, RATE in mg/h.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from occupancy.regimen.event_rows import COLUMNS, MOST_ADDITIONAL
from occupancy.regimen.events import DOSE, RESET_AND_DOSE, EventTable, EventTableError
from occupancy.regimen.expansion import DoseTable, doses
from occupancy.regimen.schedule import Regimen
from occupancy.regimen.wording import number_text

Cells = dict[str, str]


def write_event_table(
    source: Regimen | EventTable,
    file: str | Path | TextIO,
    horizon_h: float | None = None,
    *,
    subject_id: str = "1",
    cmt: int = 1,
) -> None:
    """Write the table with the columns ID TIME AMT RATE DUR EVID CMT ADDL II SS DV MDV.

    The doses of a regimen before `horizon_h` are written under one ID into compartment `cmt`,
    equally spaced equal doses as one row with ADDL and II; a start at steady state is SS = 1. An
    event table is written event by event; its refused rows and unread columns are not in it.
    Numbers are written so that `read_event_table` returns the same doses.

    Raises:
        EventTableError: for a regimen without a horizon, or a steady state that no row can say:
            several doses in a cycle, or the first dose missed or late.
        RegimenError: as `doses` does.
    """
    if isinstance(source, EventTable):
        rows = list(_table_rows(source))
    elif horizon_h is None:
        raise EventTableError("A regimen needs horizon_h, the hours to write")
    else:
        rows = _regimen_rows(source, doses(source, horizon_h), subject_id, cmt)
    if isinstance(file, str | Path):
        with Path(file).open("w", newline="", encoding="utf-8") as opened:
            _write(rows, opened)
    else:
        _write(rows, file)


def _write(rows: list[Cells], file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row.get(column, "0") for column in COLUMNS] for row in rows)


def _dose_cells(subject: str, time: float, amount: float, duration: float, cmt: int) -> Cells:
    return {
        "ID": subject,
        "TIME": number_text(time),
        "AMT": number_text(amount),
        "RATE": number_text(amount / duration) if duration else "0",
        "DUR": number_text(duration),
        "EVID": str(DOSE),
        "CMT": str(cmt),
        "DV": ".",
        "MDV": "1",
    }


def _regimen_rows(regimen: Regimen, table: DoseTable, subject: str, cmt: int) -> list[Cells]:
    if regimen.steady_state and (len(regimen.phases[0].doses) > 1 or not _starts(table)):
        raise EventTableError(
            "This steady state cannot be written as a row with SS: that takes one dose per cycle "
            "and a first dose on time. Write a long run-in instead of 'at steady state'."
        )
    rows: list[Cells] = []
    for time, count, index in _series(table):
        interval = float(table.interval_h[index])
        row = _dose_cells(
            subject, time, float(table.amount_mg[index]), float(table.duration_h[index]), cmt
        )
        steady = regimen.steady_state and index == 0
        row |= {
            "ADDL": str(count - 1),
            "II": number_text(interval) if count > 1 or steady else "0",
            "SS": "1" if steady else "0",
        }
        rows.append(row)
    return rows


def _starts(table: DoseTable) -> bool:
    return len(table) > 0 and table.time_h[0] == 0


def _series(table: DoseTable) -> Iterator[tuple[float, int, int]]:
    """Yield (time of the first, how many, index of the first) of equal, equally spaced doses.

    A series goes on while the next time is exactly first + k x interval in floating point, so
    that ADDL and II give back the same times.
    """
    place = {time: index for index, time in enumerate(table.time_h.tolist())}
    used = [False] * len(table)
    for index, time in enumerate(place):
        if used[index]:
            continue
        interval, count = float(table.interval_h[index]), 0
        following: int | None = index
        while following is not None and count <= MOST_ADDITIONAL:
            same = (
                not used[following]
                and table.amount_mg[following] == table.amount_mg[index]
                and table.duration_h[following] == table.duration_h[index]
            )
            if not same:
                break
            used[following] = True
            count += 1
            following = place.get(time + count * interval)
        yield time, count, index


def _table_rows(table: EventTable) -> Iterator[Cells]:
    for subject in table.subjects:
        for event in subject.events:
            if event.evid in (DOSE, RESET_AND_DOSE):
                row = _dose_cells(
                    subject.id, event.time_h, event.amount_mg, event.duration_h, event.cmt
                )
                row |= {"II": number_text(event.ii_h), "SS": str(event.ss)}
            else:
                row: Cells = {
                    "ID": subject.id,
                    "TIME": number_text(event.time_h),
                    "CMT": str(event.cmt),
                }
            row |= {
                "EVID": str(event.evid),
                "DV": "." if event.dv is None else number_text(event.dv),
                "MDV": str(event.mdv),
            }
            yield row
