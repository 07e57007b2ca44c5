"""What happened, as an append-only record, and a new plan from today's dose."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from occupancy.taper.hold import Stage, calendar
from occupancy.taper.ladder import SAME_DOSE, Ladder
from occupancy.taper.minimax import fewest_steps, minimax
from occupancy.taper.plan import Plan

Kind = Literal["taken", "hold", "step back", "slower", "product changed"]


@dataclass(frozen=True)
class Event:
    """One thing that happened or was decided.

    Attributes:
        day: counted from the first plan's day 0.
        kind: "taken": from this day `dose_mg` was taken daily, whatever was planned; "hold": no
            change for `days` from this day; "step back": from this day the higher `dose_mg`
            again; "slower": every later hold `factor` times as long; "product changed": other
            doses can be made from this day, see `note`.
        dose_mg: for taken and step back.
        days: for hold.
        factor: for slower, above 1.
        note: in the person's own words.
    """

    day: int
    kind: Kind
    dose_mg: float | None = None
    days: int | None = None
    factor: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse an event that says too little or too much."""
        if self.kind not in get_args(Kind):
            raise ValueError(f"kind = {self.kind!r} is not one of {', '.join(get_args(Kind))}.")
        needs = {"taken": "dose_mg", "step back": "dose_mg", "hold": "days", "slower": "factor"}
        for name in ("dose_mg", "days", "factor"):
            value, wanted = getattr(self, name), needs.get(self.kind) == name
            if wanted != (value is not None):
                verb = "needs" if wanted else "takes no"
                raise ValueError(f"an event {self.kind!r} on day {self.day} {verb} {name}.")
        if self.dose_mg is not None and not (math.isfinite(self.dose_mg) and self.dose_mg >= 0):
            raise ValueError(f"dose_mg = {self.dose_mg:g} is not allowed; give 0 mg or more.")
        if self.days is not None and self.days < 1:
            raise ValueError(f"days = {self.days} is not allowed; a hold takes 1 day or more.")
        if self.factor is not None and not (math.isfinite(self.factor) and self.factor > 1):
            raise ValueError(f"factor = {self.factor:g} is not allowed; slower is above 1.")
        if self.kind == "product changed" and not self.note:
            raise ValueError("an event 'product changed' needs a note: what changed to what.")


@dataclass(frozen=True)
class History:
    """Events in order of their days. Nothing is altered or removed: `record` returns a longer one.

    A mistake is put right by a later entry of the same day, which then counts.
    """

    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        """Refuse events out of order, and steps back that are none."""
        for k, event in enumerate(self.events):
            before = self.events[:k]
            if before and event.day < before[-1].day:
                raise ValueError(
                    f"an event on day {event.day} comes before the last one, on day "
                    f"{before[-1].day}; a history only grows at its end."
                )
            if event.kind == "step back" and event.dose_mg is not None:
                now = _dose(before)
                if now is not None and event.dose_mg <= now:
                    raise ValueError(
                        f"a step back on day {event.day} to {event.dose_mg:g} mg is not above "
                        f"the dose then taken, {now:g} mg."
                    )

    def record(self, event: Event) -> History:
        """Return this history with one more event.

        Raises:
            ValueError: it lies before the last one.
        """
        return History((*self.events, event))

    @property
    def dose_mg(self) -> float:
        """The dose taken now.

        Raises:
            ValueError: nothing was recorded as taken.
        """
        now = _dose(self.events)
        if now is None:
            raise ValueError("the history has no dose that was taken; record one first.")
        return now

    @property
    def since_day(self) -> int:
        """The day from which the present dose has been taken without a change.

        Raises:
            ValueError: nothing was recorded as taken.
        """
        now, since = self.dose_mg, self.events[-1].day
        for event in reversed(_doses(self.events)):
            if event.dose_mg is None or not _same(event.dose_mg, now):
                break
            since = event.day
        return since

    @property
    def hold_until(self) -> int | None:
        """The first day after every hold that was asked for; None when none was."""
        ends = [event.day + event.days for event in self.events if event.days is not None]
        return max(ends, default=None)

    @property
    def stretch(self) -> float:
        """How much longer holds are to be, all "slower" together."""
        return math.prod(event.factor for event in self.events if event.factor is not None)


@dataclass(frozen=True)
class Replan:
    """A plan from what is taken now.

    Attributes:
        plan: from the present dose.
        stages: on the calendar; the present dose is held until the first.
        hold_days: for every dose, "slower" included.
        reasons: why the first change is on its day, and what the history changed.
    """

    plan: Plan
    stages: tuple[Stage, ...]
    hold_days: int
    reasons: tuple[str, ...]


def replan(
    history: History,
    ladder: Ladder,
    *,
    today: int,
    hold_days: int,
    end_mg: float = 0.0,
    steps: int | None = None,
    largest_drop: float | None = None,
) -> Replan:
    """Plan anew from today's dose; the history stays as it is.

    The first change comes when the present dose has been held for `hold_days` (stretched by
    every "slower"), no hold still runs, and not before today.

    Args:
        history: what was taken and decided.
        ladder: the doses that can be made now, which after a change of product are others. The
            present dose must be on it; it is only the start, so it may be put there without a
            recipe.
        today: day number on the history's own count.
        hold_days: for every dose, before stretching.
        end_mg: last dose.
        steps: changes still allowed, or
        largest_drop: a fraction that no drop may pass; give one of the two.

    Raises:
        ValueError: today lies before the last event; a dose that is not on the ladder; both or
            neither of steps and largest_drop.
    """
    if history.events and today < history.events[-1].day:
        raise ValueError(
            f"today = {today} lies before the last event, on day {history.events[-1].day}."
        )
    if hold_days < 1:
        raise ValueError(f"hold_days = {hold_days} is not allowed; give 1 or more.")
    now = history.dose_mg
    try:
        start = ladder.index(now)
    except ValueError as error:
        raise ValueError(
            f"the dose taken now is not on the ladder: {error} As the start it may be added "
            "without a product that makes it."
        ) from error
    end = ladder.index(end_mg)
    if steps is not None and largest_drop is None:
        plan = minimax(ladder, start, end, steps=steps)
    elif largest_drop is not None and steps is None:
        plan = fewest_steps(ladder, start, end, largest_drop=largest_drop)
    else:
        raise ValueError("give either steps or largest_drop, not both and not neither.")
    first = first_change(history, today=today, hold_days=hold_days)
    stages = calendar(plan, first.hold_days, start_day=first.day)
    return Replan(plan, stages, first.hold_days, first.reasons)


@dataclass(frozen=True)
class FirstChange:
    """When the present dose may be left, and how long the doses after it are held.

    Attributes:
        day: on the history's own count.
        hold_days: for every dose, "slower" included.
        reasons: why the day is that one.
    """

    day: int
    hold_days: int
    reasons: tuple[str, ...]


def first_change(history: History, *, today: int, hold_days: int) -> FirstChange:
    """The first change: the present dose held long enough, no hold running, not before today.

    Args:
        history: what was taken and decided.
        today: day number on the history's own count.
        hold_days: for every dose, before stretching.

    Raises:
        ValueError: nothing was recorded as taken.
    """
    days = math.ceil(hold_days * history.stretch - SAME_DOSE)
    held = history.since_day + days
    until = history.hold_until
    day = max(today, held, today if until is None else until)
    return FirstChange(day, days, _reasons(history, today, held, days))


def _reasons(history: History, today: int, held: int, days: int) -> tuple[str, ...]:
    reasons = [f"{history.dose_mg:g} mg has been taken since day {history.since_day}."]
    if held > today:
        reasons.append(f"It is held for {days} days, until day {held}.")
    until = history.hold_until
    if until is not None and until > max(today, held):
        reasons.append(f"A hold was asked for, until day {until}.")
    if history.stretch > 1:
        reasons.append(f"Slower was asked for: holds are {history.stretch:g} times as long.")
    changes = [event for event in history.events if event.kind == "product changed"]
    reasons.extend(f"Product changed on day {event.day}: {event.note}." for event in changes)
    return tuple(reasons)


def _doses(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if event.dose_mg is not None]


def _dose(events: tuple[Event, ...]) -> float | None:
    taken = _doses(events)
    return taken[-1].dose_mg if taken else None


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= SAME_DOSE * max(a, b, 1.0)
