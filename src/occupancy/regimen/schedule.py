"""A whole course: its phases, and what holds for all of them.

t = 0 is the first scheduled dose; day n of treatment is [24 (n - 1), 24 n) h after it.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from occupancy.regimen.errors import RegimenError
from occupancy.regimen.phase import DAY_MIN, LONGEST_MIN, Phase, whole_minutes
from occupancy.regimen.tokens import drug_name_problem, tokenize
from occupancy.regimen.vocabulary import INFUSED, ROUTES, Route

MOST_PHASES = 200
_SECOND_H = 1 / 3600


@dataclass(frozen=True)
class Late:
    """Doses that come after their time; the doses after them stay on schedule.

    Attributes:
        by_h: the delay, h; None where it was not said, and has to be before doses are counted.
        days: the days of treatment whose doses are late; empty means every dose but the first.

    Raises:
        RegimenError: for a delay that is not whole minutes, or days that are not in order.
    """

    by_h: float | None = None
    days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the delay and the days."""
        if self.by_h is not None:
            whole_minutes(self.by_h, "The delay of late doses")
        _check_days(self.days)


@dataclass(frozen=True, kw_only=True)
class Regimen:
    """What is given, how much and when.

    Attributes:
        phases: one after the other; only the last may be open, and the first gives doses.
        drug: the name as written, or None. It is free text here.
        route: oral, sublingual, im, sc, iv or transdermal; None where it was not said.
        infusion_h: length of each infusion, h (iv, sc or transdermal); None for a bolus.
        missed: days of treatment (1-based, in order) whose doses are not taken.
        late: doses taken after their time, or None.
        steady_state: the course starts in the steady state of its first phase: at t = 0 the
            state is that after endless cycles of it, just before the first scheduled dose.

    Raises:
        RegimenError: where the parts contradict each other, with the rule that was broken.
    """

    phases: tuple[Phase, ...]
    drug: str | None = None
    route: Route | None = None
    infusion_h: float | None = None
    missed: tuple[int, ...] = ()
    late: Late | None = None
    steady_state: bool = False

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        self._check_phases()
        self._check_drug()
        self._check_infusion()
        _check_days(self.missed)
        late_days = () if self.late is None else self.late.days
        for day in (*self.missed, *late_days):
            if not self.dosed_on(day):
                raise self._no_dose_on(day)
        both = set(self.missed).intersection(late_days)
        if both:
            raise RegimenError(f"The doses of day {min(both)} cannot be both missed and late")
        if self.late is not None and self.late.by_h is not None:
            gap = min(phase.shortest_gap_min for phase in self.phases if phase.doses)
            if round(self.late.by_h * 60) >= gap:
                raise RegimenError(
                    f"A dose {self.late.by_h:g} h late would come after the next one",
                    (f"less than {gap / 60:g} h late", "missed days instead of late doses"),
                )

    def _check_phases(self) -> None:
        if not 0 < len(self.phases) <= MOST_PHASES:
            raise RegimenError(
                f"A regimen cannot have {len(self.phases)} phases", (f"1 to {MOST_PHASES} phases",)
            )
        if not self.phases[0].doses:
            raise RegimenError("A regimen starts with a dose, which is t = 0", ("20 mg daily",))
        for number, phase in enumerate(self.phases[:-1], start=1):
            if phase.duration_h is None:
                raise RegimenError(
                    f"Phase {number} has no end, yet another follows it",
                    ("for 28 days", "until day 30"),
                )
        if (self.starts_min[-1] + (self.phases[-1].duration_min or 0)) > LONGEST_MIN:
            raise RegimenError("The course is too long", ("at most 100 years",))

    def _check_drug(self) -> None:
        if self.drug is None:
            return
        tokens = tokenize(self.drug)[:-1]
        tidy = bool(tokens) and self.drug == " ".join(self.drug.split())
        problem = drug_name_problem(tokens) if tidy else None
        if not tidy:
            raise RegimenError(f"'{self.drug}' is not a drug's name", ("words, one space apart",))
        if problem is not None:
            raise RegimenError(problem[1])

    def _check_infusion(self) -> None:
        if self.route is not None and self.route not in ROUTES:
            raise RegimenError(f"'{self.route}' is not a route", ROUTES)
        if self.infusion_h is None:
            return
        if not _SECOND_H <= self.infusion_h < math.inf:
            raise RegimenError(
                f"An infusion cannot last {self.infusion_h:g} h", ("at least one second",)
            )
        if self.route not in INFUSED:
            raise RegimenError(
                f"A dose given over {self.infusion_h:g} h needs a route that infuses, "
                f"not {self.route or 'an unnamed one'}",
                INFUSED,
            )
        gap = min(phase.shortest_gap_min for phase in self.phases if phase.doses) / 60
        if self.infusion_h > gap:
            raise RegimenError(
                f"An infusion of {self.infusion_h:g} h runs into the next one",
                (f"at most {gap:g} h, the shortest time between doses",),
            )

    def _no_dose_on(self, day: int) -> RegimenError:
        last = None if self.end_h is None else math.ceil(self.end_h / 24)
        if last is not None and day > last:
            return RegimenError(
                f"Day {day} is outside the course", (f"a day from 1 to {last} with a dose",)
            )
        return RegimenError(f"No dose falls on day {day}", ("a day with a dose; day 1 is first",))

    @cached_property
    def starts_min(self) -> tuple[int, ...]:
        """When each phase starts, in minutes."""
        starts = [0]
        for phase in self.phases[:-1]:
            starts.append(starts[-1] + (phase.duration_min or 0))
        return tuple(starts)

    @cached_property
    def anchor_min(self) -> int:
        """The clock time of t = 0 in minutes after midnight; 0 where no dose has a time of day.

        It is the earliest time of day of the first phase that has one.
        """
        for phase in self.phases:
            clocks = [dose.clock_min for dose in phase.doses if dose.clock_min is not None]
            if clocks:
                return clocks[0]
        return 0

    @property
    def clock_at_start(self) -> dt.time | None:
        """The clock time of t = 0, or None where no dose has a time of day."""
        if all(dose.at is None for phase in self.phases for dose in phase.doses):
            return None
        return dt.time(*divmod(self.anchor_min, 60))

    @property
    def end_h(self) -> float | None:
        """When the course ends, h, or None where its last phase is open."""
        last = self.phases[-1].duration_min
        return None if last is None else (self.starts_min[-1] + last) / 60

    def dosed_on(self, day: int) -> bool:
        """Return whether a dose is scheduled on this day of treatment."""
        opens, closes = (day - 1) * DAY_MIN, day * DAY_MIN
        first = max(0, bisect_right(self.starts_min, opens) - 1)
        for number in range(first, bisect_left(self.starts_min, closes)):
            start, phase, end = self.starts_min[number], self.phases[number], closes
            if phase.duration_min is not None:
                end = min(closes, start + phase.duration_min)
            for offset in phase.offsets_min(self.anchor_min):
                cycles = max(0, -(-(opens - start - offset) // phase.interval_min))
                if start + offset + cycles * phase.interval_min < end:
                    return True
        return False

    def then(self, *phases: Phase) -> Regimen:
        """Return the regimen with these phases after its own."""
        return replace(self, phases=(*self.phases, *phases))


def _check_days(days: tuple[int, ...]) -> None:
    if any(day < 1 for day in days) or any(a >= b for a, b in pairwise(days)):
        raise RegimenError("Days of treatment start at 1 and stand in order, each once")
