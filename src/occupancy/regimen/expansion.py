"""A regimen laid out in time: the doses one by one, and the daily dose in force."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from occupancy.regimen.errors import RegimenError
from occupancy.regimen.phase import DAY_MIN
from occupancy.regimen.schedule import Late, Regimen

MOST_DOSES = 1_000_000

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DoseTable:
    """The doses of a course, one element each, in order of time; the arrays are read-only.

    Attributes:
        time_h: when the dose starts, h after t = 0; strictly increasing, shape (n,).
        amount_mg: the amount, mg.
        duration_h: length of the infusion, h; 0 is a bolus.
        daily_dose_mg: mean daily dose prescribed at that moment, mg/day.
        interval_h: length of the dosing cycle at that moment, h.
        steady_state: at t = 0 the course is in the steady state of its first phase.
    """

    time_h: FloatArray
    amount_mg: FloatArray
    duration_h: FloatArray
    daily_dose_mg: FloatArray
    interval_h: FloatArray
    steady_state: bool

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (
            self.time_h,
            self.amount_mg,
            self.duration_h,
            self.daily_dose_mg,
            self.interval_h,
        ):
            array.setflags(write=False)

    def __len__(self) -> int:
        """Return the number of doses."""
        return self.time_h.size

    @property
    def total_mg(self) -> float:
        """Sum of the doses, mg."""
        return math.fsum(self.amount_mg.tolist())


@dataclass(frozen=True)
class Epoch:
    """A period of one prescribed mean daily dose: [start_h, end_h), mg/day, and its cycle in h.

    Where nothing is given the daily dose is 0 and the cycle 24 h.
    """

    start_h: float
    end_h: float
    daily_dose_mg: float
    interval_h: float


def doses(regimen: Regimen, horizon_h: float, *, late_by_h: float | None = None) -> DoseTable:
    """Return the doses taken at 0 <= time < horizon_h.

    Dose k of a slot falls at phase start + offset + k x interval, before the end of its phase.
    Doses of missed days are left out; late doses are moved by their delay, the others stay. Doses
    that come to the same moment are added into one. The daily dose and interval are the
    prescribed ones: missed and late doses do not change them.

    Args:
        regimen: what is given.
        horizon_h: how far to look, h; above zero.
        late_by_h: the delay of late doses, h, for a regimen that says `late doses` alone.

    Raises:
        RegimenError: for a horizon that is not above zero and finite, late doses without a
            delay, a delay for a regimen without late doses or beside its own, or more than a
            million doses.
    """
    _check_horizon(horizon_h)
    late = _late(regimen, late_by_h)
    minute, amount, phase_of = _scheduled(regimen, horizon_h)
    day = minute // DAY_MIN + 1
    taken = ~np.isin(day, np.asarray(regimen.missed, dtype=np.int64))
    if late is not None and late.by_h is not None:
        moved = np.isin(day, np.asarray(late.days, dtype=np.int64)) if late.days else minute > 0
        minute = minute + np.where(moved, round(late.by_h * 60), 0)
    kept = taken & (minute / 60 < horizon_h)
    minute, amount, phase_of = minute[kept], amount[kept], phase_of[kept]

    moments, slot = np.unique(minute, return_inverse=True)
    total = np.zeros(moments.size)
    np.add.at(total, slot, amount)
    last_phase = np.zeros(moments.size, dtype=np.int64)
    np.maximum.at(last_phase, slot, phase_of)
    daily = np.array([phase.daily_dose_mg for phase in regimen.phases])
    interval = np.array([phase.interval_h for phase in regimen.phases])
    return DoseTable(
        time_h=moments / 60,
        amount_mg=total,
        duration_h=np.full(moments.size, regimen.infusion_h or 0.0),
        daily_dose_mg=daily[last_phase],
        interval_h=interval[last_phase],
        steady_state=regimen.steady_state,
    )


def epochs(regimen: Regimen, horizon_h: float) -> tuple[Epoch, ...]:
    """Return the periods of constant prescribed daily dose that cover [0, horizon_h).

    Neighbouring phases with the same daily dose and interval are one epoch; after the end of the
    course the daily dose is 0. Missed and late doses do not change what is prescribed.

    Raises:
        RegimenError: for a horizon that is not above zero and finite.
    """
    _check_horizon(horizon_h)
    found: list[Epoch] = []
    pieces = [
        (start / 60, phase.daily_dose_mg, phase.interval_h)
        for start, phase in zip(regimen.starts_min, regimen.phases, strict=True)
    ]
    if regimen.end_h is not None:
        pieces.append((regimen.end_h, 0.0, 24.0))
    ends = [piece[0] for piece in pieces[1:]] + [math.inf]
    for (start, daily, interval), end in zip(pieces, ends, strict=True):
        if start >= horizon_h:
            break
        end = min(end, horizon_h)
        if found and (found[-1].daily_dose_mg, found[-1].interval_h) == (daily, interval):
            found[-1] = replace(found[-1], end_h=end)
        else:
            found.append(Epoch(start, end, daily, interval))
    return tuple(found)


def _check_horizon(horizon_h: float) -> None:
    if not 0 < horizon_h < math.inf:
        raise RegimenError(f"The horizon cannot be {horizon_h:g} h", ("above zero and finite",))


def _late(regimen: Regimen, late_by_h: float | None) -> Late | None:
    """Return the late doses with their delay, from the regimen or from the caller."""
    late = regimen.late
    if late is None or late.by_h is not None:
        if late_by_h is not None:
            raise RegimenError(
                "A delay was given for a regimen that "
                + ("has no late doses" if late is None else "states its own delay"),
                ("a regimen that says 'late doses' without a delay",),
            )
        return late
    if late_by_h is None:
        raise RegimenError(
            "The regimen has late doses but does not say how late",
            ("late doses by 7 days", "late doses by 7 days on day 29", "late_by_h=168"),
        )
    return replace(regimen, late=replace(late, by_h=late_by_h)).late


def _scheduled(regimen: Regimen, horizon_h: float) -> tuple[IntArray, FloatArray, IntArray]:
    """Return minute, amount and phase number of every scheduled dose before the horizon."""
    stop = math.ceil(horizon_h * 60)
    minutes: list[IntArray] = []
    amounts: list[FloatArray] = []
    phases: list[IntArray] = []
    count = 0
    for number, (start, phase) in enumerate(zip(regimen.starts_min, regimen.phases, strict=True)):
        end = stop if phase.duration_min is None else min(stop, start + phase.duration_min)
        for dose, offset in zip(phase.doses, phase.offsets_min(regimen.anchor_min), strict=True):
            n = max(0, -(-(end - start - offset) // phase.interval_min))
            count += n
            if count > MOST_DOSES:
                raise RegimenError(
                    f"The regimen gives more than {MOST_DOSES} doses in {horizon_h:g} h",
                    ("a shorter horizon", "a longer interval"),
                )
            minutes.append(start + offset + phase.interval_min * np.arange(n, dtype=np.int64))
            amounts.append(np.full(n, float(dose.amount_mg)))
            phases.append(np.full(n, number, dtype=np.int64))
    return np.concatenate(minutes), np.concatenate(amounts), np.concatenate(phases)
