"""Whether a step was followed by a change, with a stated rate of false alarms.

One watch follows each step: every day the values since then are held against the person's own
six weeks before it. Over all that is followed, and over all the days of a month, chance alone
raises an alarm in at most 5 of 100 months (`noise` says how that is kept). An alarm says that the
days differ more than they did before; it does not say why, and advises nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from occupancy.diary.followed import Daily
from occupancy.diary.noise import (
    BASELINE_DAYS,
    FEWEST_AFTER,
    FEWEST_BEFORE,
    WINDOW_DAYS,
    lag_one,
    looks,
    quiet,
    steadied,
)

#: False alarms in a month of watching, over everything that is followed.
RATE: Final = 0.05
#: Days of the month in that statement; a watch ends after them.
MONTH_DAYS: Final = 30


@dataclass(frozen=True)
class Watch:
    """What became of one series after one step.

    Attributes:
        name: what is followed, with its `unit`.
        unit: see above.
        step: first day of the new dose.
        baseline: mean of the six weeks before; None where it cannot be judged.
        spread: standard deviation of those days.
        difference: mean of the last ten days, up to the alarm or to now, minus the baseline.
        limit: the mean of ten days that chance alone reaches on that side, in its allotted share
            of watches.
        alarm: day on which the difference first passed it; None when it did not.
        why_not: why nothing can be said; empty where it can.
    """

    name: str
    unit: str
    step: date
    baseline: float | None = None
    spread: float | None = None
    difference: float | None = None
    limit: float | None = None
    alarm: date | None = None
    why_not: str = ""

    @property
    def text(self) -> str:
        """The watch in a sentence that reports and does not advise."""
        if self.why_not:
            return f"{self.name}: not judged, {self.why_not}."
        assert self.difference is not None
        assert self.limit is not None
        assert self.baseline is not None
        way = "higher" if self.difference >= 0 else "lower"
        size = f"{abs(self.difference):.1f} {way} than in the six weeks before"
        reached = f"{self.baseline + self.difference:.1f} after {self.baseline:.1f}"
        if self.alarm is None:
            return f"{self.name}: {size} ({reached}); chance alone can do that."
        return (
            f"{self.name}: {size} ({reached}), seen on {self.alarm.isoformat()}; chance alone goes "
            f"past {self.limit:.1f} on some day for some scale in at most {RATE:.0%} of months."
        )


def watches(
    followed: Sequence[Daily], step: date, *, until: date | None = None, hold_days: int = MONTH_DAYS
) -> tuple[Watch, ...]:
    """Judge everything that is followed after one step.

    The error is shared out before the step is looked at: equally over the series with a baseline,
    and by the length of the watch as part of a month, so that steps two weeks apart spend half
    each.

    Args:
        followed: of `daily`.
        step: first day of the new dose.
        until: the day of today; None is the last day with a value.
        hold_days: how long the dose was planned to be held; a watch ends after 30 days.

    Raises:
        ValueError: a hold of no day.
    """
    if hold_days < 1:
        raise ValueError(f"hold_days = {hold_days} is not allowed; give 1 or more.")
    length = min(hold_days, MONTH_DAYS)
    judged = sum(not _why_not(one, step) for one in followed)
    alpha = RATE * length / MONTH_DAYS / max(1, judged)
    return tuple(_watch(one, step, until, length, alpha) for one in followed)


def _before(one: Daily, step: date) -> dict[int, float]:
    pairs = zip(one.days, one.values, strict=True)
    numbered = (((day - step).days, value) for day, value in pairs)
    return {day: value for day, value in numbered if -BASELINE_DAYS <= day < 0}


def _why_not(one: Daily, step: date) -> str:
    before = _before(one, step)
    if len(before) < FEWEST_BEFORE:
        return (
            f"{len(before)} days with a value in the six weeks before, {FEWEST_BEFORE} are needed"
        )
    if np.ptp(list(before.values())) == 0:
        return "every day before was the same, so that nothing says how far days wander"
    return ""


def _watch(one: Daily, step: date, until: date | None, length: int, alpha: float) -> Watch:
    reason = _why_not(one, step)
    if reason:
        return Watch(one.name, one.unit, step, why_not=reason)
    before = _before(one, step)
    last = length - 1 if until is None else min(length - 1, (until - step).days)
    pairs = zip(one.days, one.values, strict=True)
    after = {
        day: value for day, value in (((d - step).days, v) for d, v in pairs) if 0 <= day <= last
    }
    if len(after) < FEWEST_AFTER:
        return Watch(
            *(one.name, one.unit, step),
            why_not=f"{len(after)} days with a value since, {FEWEST_AFTER} are needed",
        )
    raw = np.array([[*before.values(), *after.values()]])
    used = steadied(raw) if one.better == "lower" else raw
    base = used[0, : len(before)]
    days, T = looks(tuple(before), tuple(after), used)
    # Days to come are taken to have values: more looks, and so more caution.
    to_come = tuple(range(max(after) + 1, length))
    lag = lag_one(np.array(list(before), dtype=np.float64), base[None, :])
    rule = quiet(tuple(before), (*after, *to_come)).rule(alpha)
    threshold = float(np.ravel(rule.threshold(lag))[0])
    passed = np.flatnonzero(np.abs(T[0]) > threshold)
    at = int(passed[0]) if passed.size else -1
    middle = float(raw[0, : len(before)].mean())
    since = [value for day, value in after.items() if days[at] - WINDOW_DAYS < day <= days[at]]
    limit = float(base.mean()) + np.sign(T[0, at]) * threshold * float(base.std(ddof=1))
    if one.better == "lower":
        limit = max(limit, 0.0) ** 2 - 0.375
    return Watch(
        name=one.name,
        unit=one.unit,
        step=step,
        baseline=middle,
        spread=float(raw[0, : len(before)].std(ddof=1)),
        difference=float(np.mean(since)) - middle,
        limit=float(limit),
        alarm=date.fromordinal(step.toordinal() + days[at]) if passed.size else None,
    )
