"""What a measured level is of, and when it was taken, under a regimen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from occupancy.course.assemble import Assembled
from occupancy.course.plan import Plan, plan_of_regimen
from occupancy.course.sampling import Array
from occupancy.inference.level import Level, LevelError
from occupancy.regimen import DoseTable, Regimen


def analytes_of(level: Level, subject: Assembled) -> tuple[str, ...]:
    """The simulated concentrations that a level measures.

    Raises:
        LevelError: an analyte that the model does not follow, or a molar sum of several.
    """
    record, followed = subject.product.record, [one.analyte for one in subject.model.species]
    given = (level.analyte or record.name).strip()
    known = {name.lower(): name for name in followed}
    parts = [given] if given.lower() in known else given.split(" + ")
    names = [known.get(part.strip().lower()) for part in parts]
    if all(names):
        found = tuple(name for name in names if name is not None)
    elif given.lower() in (record.name, *record.synonyms):
        roles = {one.name: one.role for one in record.analyte}
        found = tuple(
            one.analyte
            for one in subject.model.species
            if one.dosed != 0.0 and roles[one.analyte] != "metabolite"
        )
    else:
        raise LevelError(
            f"{level.text()}: kinetic model {subject.model.name!r} of {record.name} follows "
            f"{', '.join(followed)}, not {given!r}; several measured together are joined by ' + '"
        )
    masses = {subject.sampler.molar_mass[name] for name in found}
    if level.unit not in ("ng/mL", "ug/L", "mg/L", "ug/mL", "pg/mL") and len(masses) > 1:
        raise LevelError(
            f"{level.text()}: {' + '.join(found)} have different molar masses; give ng/mL"
        )
    return found


def levels_in_time(
    regimen: Regimen, levels: Sequence[Level]
) -> tuple[Regimen, Plan, Array, tuple[str, ...]]:
    """The plan as far as the last level, and the time of every level from the first dose.

    Returns:
        The regimen as it is read, its plan, hours of the levels (levels,), and what was assumed.

    Raises:
        LevelError: a level whose last dose or day is not known, or before every dose.
    """
    notes: list[str] = []
    undated = [one for one in levels if one.anchor == "last dose"]
    if undated and regimen.end_h is None and not regimen.steady_state:
        if len(regimen.phases) > 1 or regimen.missed or regimen.late is not None:
            raise LevelError(
                f"{undated[0].text()}: the course has no end, so its last dose is not known; say "
                "the day of the level, as in '45 ng/mL at 14 h after dose on day 30'"
            )
        regimen = replace(regimen, steady_state=True)
        notes.append("read at steady state; for an earlier level say the day: 'on day 5'")
    reach = max((one.day or 0) + (one.hours or 0.0) / 24.0 for one in levels) + 2.0
    if regimen.end_h is None:
        plan = plan_of_regimen(regimen, max(reach, regimen.phases[-1].interval_h / 12.0 + 1.0))
    else:
        plan = plan_of_regimen(regimen, max(reach, regimen.end_h / 24.0 + reach))
    table = plan.table
    if not len(table):
        raise LevelError("the regimen gives no dose before the level")
    last = _last_dose(regimen, plan)
    cut = last if undated else np.inf
    times = [_time_of(one, regimen, plan, last) for one in levels]
    keep = table.time_h <= cut
    until = max(plan.until_h, max(times) + 1.0)
    return (
        regimen,
        replace(plan, table=_kept(table, keep), until_h=until),
        np.array(times),
        tuple(notes),
    )


def _last_dose(regimen: Regimen, plan: Plan) -> float:
    """The dose that undated levels follow: of the first cycle at steady state, else of all."""
    time = plan.table.time_h
    if regimen.end_h is None and regimen.steady_state:
        return float(time[time < regimen.phases[0].interval_h][-1])
    return float(time[-1])


def _time_of(level: Level, regimen: Regimen, plan: Plan, last: float) -> float:
    table = plan.table
    if level.anchor == "start":
        assert level.hours is not None
        return level.hours
    if level.anchor == "day":
        assert level.day is not None
        begin = 24.0 * (level.day - 1)
        on_day = table.time_h[(table.time_h >= begin) & (table.time_h < begin + 24.0)]
        if not on_day.size:
            raise LevelError(
                f"{level.text()}: no dose was taken on day {level.day}; count from another day, "
                "or from the first dose"
            )
        return float(on_day[0]) + (level.hours or 0.0)
    if level.hours is not None:
        return last + level.hours
    interval = float(table.interval_h[np.searchsorted(table.time_h, last)])
    begin = interval * np.floor((last + 1e-9) / interval) if regimen.end_h is None else last
    return begin + interval


def _kept(table: DoseTable, keep: NDArray[np.bool_]) -> DoseTable:
    return DoseTable(
        table.time_h[keep],
        table.amount_mg[keep],
        table.duration_h[keep],
        table.daily_dose_mg[keep],
        table.interval_h[keep],
        table.steady_state,
    )
