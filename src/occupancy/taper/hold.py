"""How long to hold a dose: time to the new steady state, and the plan on a calendar of days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.taper.ladder import Array
from occupancy.taper.plan import Plan

HOURS = 24.0
LN2 = math.log(2.0)
#: Terms of the exponential's series over a step in which the fastest stage loses a quarter.
TERMS = 16
#: Halvings of the bracket of a settling time.
ROUNDS = 60
#: Days this close above a whole number are that number.
SAME_DAY = 1e-6


@dataclass(frozen=True)
class Hold:
    """How long a dose is held after a change.

    Attributes:
        days: whole days to the earliest sensible review, the next change not before.
        settling_days: until no more than `within` of the change is still to come.
        within: a fraction of the change.
        carried: fraction of one interval's level still there at the end of the next interval,
            by the longest half-life; 1 / (1 − carried) is the accumulation ratio.
        text: the same in words.
    """

    days: int
    settling_days: float
    within: float
    carried: float
    text: str


@dataclass(frozen=True)
class Stage:
    """One dose on the calendar.

    Attributes:
        step: 1 for the first change.
        start_day: first day of the dose.
        days: how long it is held; None for the last, which has no end.
        dose_mg: the dose.
    """

    step: int
    start_day: int
    days: int | None
    dose_mg: float

    @property
    def review_day(self) -> int | None:
        """Day on which the dose has been held and the next step may be talked about."""
        return None if self.days is None else self.start_day + self.days


def accumulation_ratio(half_life_h: float, interval_h: float = HOURS) -> float:
    """Steady-state level over that after one dose, 1 / (1 − 2^(−τ / t½)).

    Raises:
        ValueError: a half-life or an interval that is not positive.
    """
    return 1.0 / (1.0 - _carried(half_life_h, interval_h))


def remaining(half_lives_h: float | Sequence[float], hours: float) -> float:
    """Fraction of a change of dose that has not yet reached the end of a chain.

    One half-life: 2^(−t / t½). Several, one feeding the next (drug, metabolite, site): the
    chance that a sum of exponential times with those half-lives exceeds t. Summed from
    non-negative terms, so equal half-lives need no special case.

    Raises:
        ValueError: no half-life, one that is not positive, a negative time.
    """
    rates = LN2 / _half_lives(half_lives_h)
    if not (math.isfinite(hours) and hours >= 0):
        raise ValueError(f"hours = {hours:g} is not allowed; give 0 or more.")
    if rates.size == 1:
        return float(np.exp(-rates[0] * hours))
    if hours == 0:
        return 1.0
    fastest = float(rates.max())
    squarings = max(0, math.ceil(math.log2(fastest * hours / 0.25)))
    h = hours / 2.0**squarings
    # One stage to the next at its rate; the diagonal of P = A + q I stays non-negative.
    moved = np.diag((fastest - rates) * h) + np.diag(rates[:-1] * h, 1)
    total = term = np.eye(rates.size)
    for m in range(1, TERMS):
        term = term @ moved / m
        total = total + term
    total = total * math.exp(-fastest * h)
    for _ in range(squarings):
        total = total @ total
    return float(min(total[0].sum(), 1.0))


def settling_h(half_lives_h: float | Sequence[float], within: float = 0.1) -> float:
    """Hours until no more than `within` of a change of dose is still to come.

    t½ log2(1 / within) for one half-life (3.3 half-lives for a tenth); for several, one feeding
    the next, by bisection of `remaining`.

    Raises:
        ValueError: as `remaining`; `within` outside 0..1.
    """
    lives = _half_lives(half_lives_h)
    if not 0 < within < 1:
        raise ValueError(f"within = {within:g} is not allowed; give a fraction between 0 and 1.")
    alone = float(lives.max()) * math.log2(1 / within)
    if lives.size == 1:
        return alone
    chain = [float(one) for one in lives]
    low, high = alone, 2 * alone
    while remaining(chain, high) > within:
        low, high = high, 2 * high
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if remaining(chain, middle) > within else (low, middle)
    return high


def hold_days(
    half_lives_h: float | Sequence[float],
    *,
    within: float = 0.1,
    observe_days: int = 0,
    interval_h: float = HOURS,
) -> Hold:
    """How long to hold a dose, from kinetics: its settling time and the days to observe after it.

    Args:
        half_lives_h: terminal half-life, or those of a chain (drug, active metabolite, site).
            Take the upper end of its band for a careful answer.
        within: of the change, still to come at the end of settling.
        observe_days: days to look at the new steady state before a review.
        interval_h: between doses; a hold is at least one interval.

    Raises:
        ValueError: arguments out of range.
    """
    if observe_days < 0:
        raise ValueError(f"observe_days = {observe_days} is not allowed; give 0 or more.")
    hours = settling_h(half_lives_h, within)
    longest = float(_half_lives(half_lives_h).max())
    carried = _carried(longest, interval_h)
    days = _whole_days(max(hours, interval_h)) + observe_days
    watch = f", then {observe_days} days of observation" if observe_days else ""
    text = (
        f"half-life {longest:.3g} h: {100 * (1 - within):g} % of a change of dose is there after "
        f"{hours / HOURS:.1f} days{watch}; earliest sensible review on day {days}"
    )
    return Hold(days, hours / HOURS, within, carried, text)


def calendar(
    plan: Plan, hold: int | Hold | Sequence[int], *, start_day: int = 0
) -> tuple[Stage, ...]:
    """A plan on days: the first change on `start_day`, each later one after its hold.

    Args:
        plan: any plan.
        hold: days for every dose, a `Hold`, or one number of days per dose but the last.
        start_day: day of the first change.

    Raises:
        ValueError: a hold shorter than a day, or too few or too many.
    """
    if isinstance(hold, Hold):
        hold = hold.days
    held = [hold] * (plan.steps - 1) if isinstance(hold, int) else [int(days) for days in hold]
    if len(held) != plan.steps - 1:
        raise ValueError(
            f"hold has {len(held)} entries; a plan of {plan.steps} steps holds {plan.steps - 1} "
            "doses before the last."
        )
    if (isinstance(hold, int) and hold < 1) or any(days < 1 for days in held):
        raise ValueError(f"hold = {hold} is not allowed; a dose is held for 1 day or more.")
    starts = [start_day + sum(held[:k]) for k in range(plan.steps)]
    return tuple(
        Stage(step, day, days, dose)
        for step, (day, days, dose) in enumerate(
            zip(starts, [*held, None], plan.dose_mg[1:], strict=True), start=1
        )
    )


def _whole_days(hours: float) -> int:
    return max(1, math.ceil(hours / HOURS - SAME_DAY))


def _carried(half_life_h: float, interval_h: float) -> float:
    life = float(_half_lives(half_life_h)[0])
    if not (math.isfinite(interval_h) and interval_h > 0):
        raise ValueError(f"interval_h = {interval_h:g} is not allowed; give positive hours.")
    return 2.0 ** (-interval_h / life)


def _half_lives(given: float | Sequence[float]) -> Array:
    lives = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if lives.ndim != 1 or not lives.size or not (np.isfinite(lives) & (lives > 0)).all():
        raise ValueError(f"half-life = {given} h is not allowed; give positive hours.")
    return lives
