"""What is given, laid out in time: from a regimen or from an event table, simulated alike."""

from dataclasses import dataclass

import numpy as np

from occupancy.course.horizon import OPEN_CYCLES, horizon_h
from occupancy.course.sampling import Array
from occupancy.regimen import (
    DoseTable,
    Epoch,
    EventTableError,
    Regimen,
    SubjectEvents,
    doses,
    epochs,
    format_regimen,
)


@dataclass(frozen=True)
class Plan:
    """Doses in time, and what a simulation has to know about their rhythm.

    Attributes:
        text: the plan in words.
        route: the route that was named, or None.
        table: the doses taken.
        until_h: how long to show.
        epochs: stretches of constant daily dose, for clearance that moves with dose.
        last_cycle_h: start and end of the last dosing cycle, where peak and trough are read.
        running_h: start of a dosing rhythm still running at the end, or None.
        first_cycle: the cycle whose steady state the course starts from, or None.
    """

    text: str
    route: str | None
    table: DoseTable
    until_h: float
    epochs: tuple[Epoch, ...]
    last_cycle_h: tuple[float, float]
    running_h: float | None
    first_cycle: DoseTable | None


def plan_of_regimen(regimen: Regimen, days: float | None) -> Plan:
    """The plan of a regimen, shown for `days` or as long as the regimen says.

    Raises:
        ValueError: `days` that is not above zero, late doses without a delay.
    """
    until = horizon_h(regimen, days)
    table = doses(regimen, until)
    dosed = [
        (start / 60.0, phase)
        for start, phase in zip(regimen.starts_min, regimen.phases, strict=True)
        if phase.doses and start / 60.0 < until
    ]
    start, phase = dosed[-1]
    end = until if phase.duration_h is None else min(until, start + phase.duration_h)
    cycles = max(int(np.floor((end - start) / phase.interval_h + 1e-9)), 1)
    begin = start + (cycles - 1) * phase.interval_h
    last = regimen.phases[-1]
    first = None
    if regimen.steady_state:
        one = Regimen(phases=regimen.phases[:1], infusion_h=regimen.infusion_h, route=regimen.route)
        first = doses(one, regimen.phases[0].interval_h)
    return Plan(
        text=format_regimen(regimen),
        route=regimen.route,
        table=table,
        until_h=until,
        epochs=epochs(regimen, until),
        last_cycle_h=(begin, min(begin + phase.interval_h, until)),
        running_h=regimen.starts_min[-1] / 60.0 if last.doses else None,
        first_cycle=first,
    )


def plan_of_events(subject: SubjectEvents, drug: str, days: float | None) -> Plan:
    """The plan of one subject of an event table.

    The daily dose in force is each dose over the time to the next one; the last dose keeps the
    interval before it. Times count from the first dose.

    Raises:
        EventTableError: no doses, steady-state rows, or doses into another compartment than 1.
    """
    given = subject.doses
    if given.time_h.size == 0:
        raise EventTableError(f"ID {subject.id} has no doses (EVID 1 or 4) to simulate")
    if given.ss.any():
        raise EventTableError(
            f"ID {subject.id} has steady-state rows (SS); write the doses out, or write a regimen "
            "that ends 'at steady state'"
        )
    time, slot = np.unique(given.time_h - given.time_h[0], return_inverse=True)
    amount = np.zeros(time.size)
    np.add.at(amount, slot, given.amount_mg)
    duration = np.zeros(time.size)
    np.maximum.at(duration, slot, given.duration_h)
    gaps = np.diff(time)
    interval = np.append(gaps, gaps[-1] if gaps.size else 24.0)
    daily = amount * 24.0 / interval
    until = 24.0 * days if days is not None else float(time[-1] + OPEN_CYCLES * interval[-1])
    kept = time < until
    table = DoseTable(
        time[kept], amount[kept], duration[kept], daily[kept], interval[kept], steady_state=False
    )
    ends = np.append(table.time_h[1:], until)
    begin = float(table.time_h[-1])
    return Plan(
        text=f"{drug}, {len(table)} doses of an event table (ID {subject.id})",
        route=None,
        table=table,
        until_h=until,
        epochs=_merged(table, ends),
        last_cycle_h=(begin, min(begin + float(table.interval_h[-1]), until)),
        running_h=None,
        first_cycle=None,
    )


def _merged(table: DoseTable, ends: Array) -> tuple[Epoch, ...]:
    """Epochs of the doses, neighbours of the same daily dose as one."""
    found: list[Epoch] = []
    for start, end, daily, interval in zip(
        table.time_h, ends, table.daily_dose_mg, table.interval_h, strict=True
    ):
        if found and found[-1].daily_dose_mg == daily:
            found[-1] = Epoch(found[-1].start_h, float(end), float(daily), float(interval))
        else:
            found.append(Epoch(float(start), float(end), float(daily), float(interval)))
    return tuple(found)
