"""A NONMEM-style event table as objects: events per subject, and the rows that were refused.

Units: TIME, DUR and II are hours, AMT is mg, RATE is mg/h.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Event:
    """One event. ADDL is already laid out: every additional dose is an event of its own.

    Attributes:
        time_h: TIME, h.
        evid: 0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose.
        amount_mg: AMT, mg; 0 unless a dose.
        duration_h: length of the infusion, h; 0 is a bolus.
        cmt: compartment; 1 where none was given.
        ss: 0, 1 (the dose finds the system in its steady state) or 2 (that steady state is
            added to what is there).
        ii_h: II of a steady-state dose, h; 0 otherwise.
        dv: the observed value as given, in the table's own unit, or None.
        mdv: 1 where the table says that DV is missing.
    """

    time_h: float
    evid: int
    amount_mg: float = 0.0
    duration_h: float = 0.0
    cmt: int = 1
    ss: int = 0
    ii_h: float = 0.0
    dv: float | None = None
    mdv: int = 0


@dataclass(frozen=True, eq=False)
class SubjectDoses:
    """The doses of one subject in order of time, one element each.

    Attributes as in `Event`: time_h (h), amount_mg (mg), duration_h (h), cmt, ss, ii_h (h).
    """

    time_h: NDArray[np.float64]
    amount_mg: NDArray[np.float64]
    duration_h: NDArray[np.float64]
    cmt: NDArray[np.int64]
    ss: NDArray[np.int64]
    ii_h: NDArray[np.float64]


@dataclass(frozen=True)
class SubjectEvents:
    """The events of one ID, in order of time; at one time, in the order of their rows.

    `refused` are the rows of the table that were not read, whosever they were.
    """

    id: str
    events: tuple[Event, ...]
    refused: tuple[RowProblem, ...] = ()

    @property
    def doses(self) -> SubjectDoses:
        """The doses (EVID 1 and 4) as arrays."""
        given = [event for event in self.events if event.evid in (DOSE, RESET_AND_DOSE)]
        return SubjectDoses(
            time_h=np.array([event.time_h for event in given], dtype=np.float64),
            amount_mg=np.array([event.amount_mg for event in given], dtype=np.float64),
            duration_h=np.array([event.duration_h for event in given], dtype=np.float64),
            cmt=np.array([event.cmt for event in given], dtype=np.int64),
            ss=np.array([event.ss for event in given], dtype=np.int64),
            ii_h=np.array([event.ii_h for event in given], dtype=np.float64),
        )

    @property
    def observations(self) -> tuple[Event, ...]:
        """The observations (EVID 0)."""
        return tuple(event for event in self.events if event.evid == OBSERVATION)


@dataclass(frozen=True)
class RowProblem:
    """Why a row of an event table was refused.

    Attributes:
        row: in a file, the row as a spreadsheet numbers it (the header is 1); among rows given
            directly, its position, the first being 1.
        column: the column, in capitals.
        value: what stands there.
        allowed: what may stand there.
        fix: what to do.
    """

    row: int
    column: str
    value: str
    allowed: str
    fix: str

    def __str__(self) -> str:
        """Return the problem in one line."""
        return (
            f"row {self.row}, {self.column} = {self.value!r}: allowed is {self.allowed}; {self.fix}"
        )


@dataclass(frozen=True)
class EventTable:
    """The subjects of an event table in the order they came, and every row that was refused.

    Attributes:
        subjects: one per ID.
        problems: the refused rows; empty when every row was good.
        unread_columns: the columns that were not read, such as covariates.
    """

    subjects: tuple[SubjectEvents, ...]
    problems: tuple[RowProblem, ...] = ()
    unread_columns: tuple[str, ...] = ()

    def subject(self, subject_id: str) -> SubjectEvents:
        """Return the events of one ID.

        Raises:
            KeyError: if the table has no such ID.
        """
        for subject in self.subjects:
            if subject.id == subject_id:
                return subject
        raise KeyError(f"no ID {subject_id!r}; the table has {[s.id for s in self.subjects]}")

    def only(self, wanted: str | None = None) -> SubjectEvents:
        """The subject called `wanted`, or the only one there is, with the rows that were refused.

        Raises:
            EventTableError: no good row, several subjects and none named, or no such subject.
        """
        known = [one.id for one in self.subjects]
        if not known:
            raise EventTableError("the event table holds no good row", self.problems)
        if wanted is None and len(known) > 1:
            raise EventTableError(f"the event table holds several IDs; choose one: {known}")
        if wanted is not None and wanted not in known:
            raise EventTableError(f"the event table holds no ID {wanted!r}; it holds {known}")
        return replace(self.subject(wanted or known[0]), refused=self.problems)


class EventTableError(ValueError):
    """An event table that cannot be read or written.

    Attributes:
        problems: every refused row, where rows are the reason.
    """

    def __init__(self, message: str, problems: tuple[RowProblem, ...] = ()) -> None:
        """Hold the message and the problems."""
        super().__init__(message, problems)
        self.message = message
        self.problems = problems

    def __str__(self) -> str:
        """Return the message and the first problems, one a line."""
        lines = [self.message, *(f"  {problem}" for problem in self.problems[:SHOWN_PROBLEMS])]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"  and {len(self.problems) - SHOWN_PROBLEMS} more (see .problems)")
        return "\n".join(lines)
