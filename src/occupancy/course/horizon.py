"""How long a course is shown, and at which times."""

import numpy as np

from occupancy.course.sampling import Array
from occupancy.regimen import Regimen

#: An open last phase is shown for at least this long, and for this many dosing cycles.
OPEN_DAYS = 28.0
OPEN_CYCLES = 6.0
#: After stopping, this long is shown unless asked otherwise.
WASHOUT_DAYS = 14.0
#: More output times than this are thinned to a coarser step.
MOST_TIMES = 1500
STEPS_H = (1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0, 48.0, 168.0)


def horizon_h(regimen: Regimen, days: float | None = None) -> float:
    """Hours to show: `days` when given, else the regimen's own end, else a default stretch.

    Raises:
        ValueError: `days` that is not above zero and finite.
    """
    if days is not None:
        if not (np.isfinite(days) and days > 0):
            raise ValueError(f"days = {days:g} is not allowed; give a number above zero")
        return 24.0 * days
    if regimen.end_h is not None and len(regimen.phases[-1].doses) > 0:
        return regimen.end_h
    last = regimen.phases[-1]
    start = regimen.starts_min[-1] / 60.0
    if not last.doses:
        return regimen.end_h if regimen.end_h is not None else start + 24.0 * WASHOUT_DAYS
    return start + max(24.0 * OPEN_DAYS, OPEN_CYCLES * last.interval_h)


def output_times(until_h: float) -> Array:
    """Evenly spaced times from 0 to `until_h`, hourly unless that is more than can be shown."""
    step = next((s for s in STEPS_H if until_h / s <= MOST_TIMES), STEPS_H[-1])
    times = np.arange(0.0, until_h + 0.5 * step, step)
    return times[times <= until_h + 1e-9]
