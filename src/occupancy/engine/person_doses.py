"""Doses that every person takes at times of their own, as arrays padded to one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.kinetics import Doses, System
from occupancy.kinetics.disposition import Array
from occupancy.kinetics.doses import SHORTEST_H, Arrivals, Bioavailability, bioavailable, join
from occupancy.regimen import DoseTable, EventTable, EventTableError, SubjectDoses


@dataclass(frozen=True, eq=False)
class PersonDoses:
    """Doses of a batch of people: `time_h`, `amount_mg`, `duration_h`, each (people, doses).

    Rows are padded with doses of 0 mg. `duration_h` is the length of infusions into inputs that
    have no duration of their own; 0 is at once.

    Raises ValueError for shapes that differ and for negative or non-finite values.
    """

    time_h: Array
    amount_mg: Array
    duration_h: Array

    def __post_init__(self) -> None:
        """Check shapes and values."""
        shape = self.time_h.shape
        for field in ("time_h", "amount_mg", "duration_h"):
            value = getattr(self, field)
            if value.ndim != 2 or value.shape != shape:
                raise ValueError(
                    f"PersonDoses: {field} has shape {value.shape}; time_h, amount_mg and "
                    f"duration_h share one shape (people, doses)."
                )
            if not np.isfinite(value).all():
                raise ValueError(f"PersonDoses: {field} holds a value that is not finite.")
            if field != "time_h" and (value < 0).any():
                raise ValueError(f"PersonDoses: {field} must be zero or positive.")


def doses_of_people(
    each: Sequence[DoseTable | SubjectDoses | Doses] | EventTable,
) -> PersonDoses:
    """The doses of several people, one table each, or of the subjects of an event table.

    Raises EventTableError for what a course of doses alone cannot say: steady-state rows, doses
    into another compartment than 1, resets; ValueError when there is nobody.
    """
    if isinstance(each, EventTable):
        return _of_event_table(each)
    if not each:
        raise ValueError("doses_of_people: nobody is given; give at least one table of doses.")
    rows = [_columns(one) for one in each]
    longest = max(time.size for time, _, _ in rows)
    out = np.zeros((3, len(rows), max(longest, 1)))
    for person, row in enumerate(rows):
        count = row[0].size
        out[:, person, :count] = row
        # padding stands at the last dose, so that it asks for no event of its own
        out[0, person, count:] = row[0][-1] if count else 0.0
    return PersonDoses(*out)


def _columns(one: DoseTable | SubjectDoses | Doses) -> tuple[Array, Array, Array]:
    if isinstance(one, Doses):
        return one.time_h, np.broadcast_to(one.amount_mg, one.time_h.shape), np.zeros(one.count)
    return one.time_h, one.amount_mg, one.duration_h


def _of_event_table(table: EventTable) -> PersonDoses:
    for subject in table.subjects:
        given = subject.doses
        if given.ss.any():
            raise EventTableError(
                f"ID {subject.id} has steady-state rows (SS); write the doses out, or start all "
                "from the steady state of one cycle"
            )
        if (given.cmt != 1).any():
            raise EventTableError(
                f"ID {subject.id} has doses into compartment {int(given.cmt[given.cmt != 1][0])}; "
                "doses of a product go into its own inputs, CMT 1"
            )
        if any(event.evid in (3, 4) for event in subject.events):
            raise EventTableError(
                f"ID {subject.id} has resets (EVID 3 or 4); write what follows as another ID"
            )
    return doses_of_people([subject.doses for subject in table.subjects])


def arrivals_of(
    system: System,
    doses: Doses | PersonDoses,
    bioavailability: Bioavailability | None,
    *,
    with_fraction: bool,
) -> Arrivals:
    """Where and when each dose enters each input path, in mg.

    Without the fraction of each path amounts stay shared by all people, and the fraction stays
    a parameter that a gradient can be taken of.
    """
    if isinstance(doses, PersonDoses):
        amount = doses.amount_mg * _factor(bioavailability, doses.amount_mg)
        time, infused = doses.time_h, doses.duration_h
    else:
        amount = bioavailable(doses, bioavailability)
        time, infused = doses.time_h[None], np.zeros((1, 1))
    parts = []
    for index, path in enumerate(system.inputs):
        lag = np.atleast_1d(np.asarray(path.lag_h, dtype=np.float64))[:, None]
        duration = np.asarray(path.duration_h, dtype=np.float64)
        if duration.ndim == 2 and (
            isinstance(doses, PersonDoses) or duration.shape[1] != time.shape[1]
        ):
            raise ValueError(
                f"Input {path.name!r}: duration_h has shape {duration.shape}; one value per dose "
                f"needs doses at shared times, here {time.shape[1]}. Give PersonDoses their own "
                "durations."
            )
        if duration.ndim < 2:
            duration = np.atleast_1d(duration)[:, None]
        start = time + lag
        duration = np.where(duration > 0, duration, infused)
        runs = duration >= SHORTEST_H
        if isinstance(doses, PersonDoses):
            # where nothing is given nothing runs, so that padding makes no events
            runs = runs & (amount > 0)
        end = start + np.where(runs, duration, 0.0)
        given = amount
        if with_fraction:
            given = amount * np.atleast_1d(np.asarray(path.fraction, dtype=np.float64))[:, None]
        parts.append(Arrivals(start, end, given, np.full(start.shape[1], index)))
    return join(parts)


def _factor(bioavailability: Bioavailability | None, amount_mg: Array) -> Array:
    if bioavailability is None:
        return np.ones((1, 1))
    value = bioavailability(amount_mg) if callable(bioavailability) else bioavailability
    f = np.asarray(value, dtype=np.float64)
    if f.ndim not in (0, 2) or not np.isfinite(f).all() or (f < 0).any():
        raise ValueError(
            f"bioavailability has shape {f.shape}; for people with doses of their own give one "
            "number, (people, 1 or doses) or a function of mg, finite and zero or positive."
        )
    return f
