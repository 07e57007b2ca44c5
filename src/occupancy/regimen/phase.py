"""A dose, and a phase of treatment that repeats a cycle of doses.

Times are exact: intervals, durations and clock times are whole minutes, kept in hours.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from itertools import pairwise

from occupancy.regimen.errors import RegimenError
from occupancy.regimen.vocabulary import PartOfDay

DAY_MIN = 1440
LONGEST_MIN = 100 * 365 * DAY_MIN
MOST_MG = 1e6

CLOCK_OF_PART: dict[PartOfDay, dt.time] = {
    "morning": dt.time(8),
    "noon": dt.time(12),
    "evening": dt.time(18),
    "night": dt.time(22),
}


def whole_minutes(hours: float, name: str) -> int:
    """Return `hours` in minutes.

    Raises:
        RegimenError: unless it is a whole number of minutes, above zero and at most 100 years.
    """
    minutes = round(hours * 60) if math.isfinite(hours) else 0
    if not 0 < minutes <= LONGEST_MIN or minutes / 60 != hours:
        raise RegimenError(
            f"{name} cannot be {hours:g} h", ("a whole number of minutes, up to 100 years",)
        )
    return minutes


@dataclass(frozen=True)
class Dose:
    """One dose of a cycle.

    Attributes:
        amount_mg: the amount, mg; above zero and at most one kilogram.
        at: the time of day: a clock time (whole minutes), a part of the day, which stands for a
            clock time (morning 08:00, noon 12:00, evening 18:00, night 22:00), or None.

    Raises:
        RegimenError: for an amount or a time out of these bounds.
    """

    amount_mg: float
    at: dt.time | PartOfDay | None = None

    def __post_init__(self) -> None:
        """Check the amount and the time of day."""
        if not 0 < self.amount_mg <= MOST_MG:
            raise RegimenError(
                f"A dose cannot be {self.amount_mg:g} mg", ("above 0 and at most 1000000 mg",)
            )
        if isinstance(self.at, dt.time):
            if self.at != dt.time(self.at.hour, self.at.minute):
                raise RegimenError(
                    f"The time of day {self.at} is finer than a minute or has a time zone",
                    ("a whole minute without a time zone",),
                )
        elif self.at is not None and self.at not in CLOCK_OF_PART:
            raise RegimenError(f"'{self.at}' is not a part of the day", tuple(CLOCK_OF_PART))

    @property
    def clock_min(self) -> int | None:
        """Minutes after midnight, or None where no time of day is given."""
        if self.at is None:
            return None
        clock = self.at if isinstance(self.at, dt.time) else CLOCK_OF_PART[self.at]
        return clock.hour * 60 + clock.minute


@dataclass(frozen=True)
class Phase:
    """A stretch of treatment that repeats one cycle of doses.

    Attributes:
        doses: the doses of one cycle. Empty: nothing is given. One dose without a time of day: it
            opens the cycle. Otherwise every dose has its time of day, in clock order.
        interval_h: length of the cycle, h; whole days where doses have times of day, 24 where
            nothing is given.
        duration_h: length of the phase, h; None leaves its end open.

    Raises:
        RegimenError: where the doses, the cycle or the duration break these rules.
    """

    doses: tuple[Dose, ...]
    interval_h: float = 24.0
    duration_h: float | None = None

    def __post_init__(self) -> None:
        """Check that doses, cycle and duration fit together."""
        interval = self.interval_min
        if self.duration_h is not None:
            whole_minutes(self.duration_h, "The duration of a phase")
        clocks = [dose.clock_min for dose in self.doses]
        timed = [clock for clock in clocks if clock is not None]
        if not self.doses:
            if interval != DAY_MIN:
                raise RegimenError("A phase without doses keeps an interval of 24 h")
        elif len(timed) < len(clocks) and len(clocks) > 1:
            raise RegimenError(
                "With several doses in a cycle each needs its time of day",
                ("20 mg in the morning and 10 mg at night",),
            )
        elif timed and interval % DAY_MIN:
            raise RegimenError(
                f"Doses with a time of day cannot repeat every {self.interval_h:g} h",
                ("a whole number of days",),
            )
        elif any(a >= b for a, b in pairwise(timed)):
            raise RegimenError(
                "The doses of a cycle stand in clock order, no two at the same time of day"
            )

    @property
    def interval_min(self) -> int:
        """Length of the cycle in minutes."""
        return whole_minutes(self.interval_h, "The interval between doses")

    @property
    def duration_min(self) -> int | None:
        """Length of the phase in minutes, or None where it is open."""
        return None if self.duration_h is None else round(self.duration_h * 60)

    @property
    def daily_dose_mg(self) -> float:
        """Mean daily dose, mg: the doses of a cycle x 24 / interval_h."""
        return math.fsum(dose.amount_mg for dose in self.doses) * 24 / self.interval_h

    def offsets_min(self, anchor_min: int) -> list[int]:
        """Return when each dose falls after the start of its cycle, in minutes.

        `anchor_min` is the clock time of t = 0, in minutes after midnight.
        """
        return [
            0 if dose.clock_min is None else (dose.clock_min - anchor_min) % DAY_MIN
            for dose in self.doses
        ]

    @property
    def shortest_gap_min(self) -> int:
        """Shortest time between two doses, in minutes."""
        clocks = [dose.clock_min for dose in self.doses if dose.clock_min is not None]
        if len(clocks) < 2:
            return self.interval_min
        around = clocks[0] + self.interval_min - clocks[-1]
        return min([b - a for a, b in pairwise(clocks)] + [around])
