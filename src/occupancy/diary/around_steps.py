"""The effect of a step, over all steps of a person: after minus before, with its interval.

For step i, e_i = (mean of the days after) - (mean of the days before), each over half the time
between steps and ten days at most, so that no day is used twice. The interval is Student's over
the steps,

    mean(e) +- t(0.975, n - 1) SD(e) / sqrt(n).

Days that resemble their neighbours make e_i of neighbouring steps lean against one another, which
makes the interval too wide rather than too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np

from occupancy.diary.followed import Daily
from occupancy.diary.noise import WINDOW_DAYS

LEVEL: Final = 0.95
#: Steps below which there is no interval, and days on each side that a step needs.
FEWEST_STEPS: Final = 3
FEWEST_DAYS: Final = 1
#: Student's t, 0.975 quantile, for 2 to 30 degrees of freedom.
_T: Final = (
    *(4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788),
    *(2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687),
    *(2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423),
)


@dataclass(frozen=True)
class StepEffect:
    """After minus before, over the steps of a person.

    Attributes:
        name: what is followed, with its `unit`.
        unit: see above.
        window_days: days compared on each side of a step.
        steps: first days of the doses that could be compared.
        differences: one for each of them.
        mean: their mean; None when there is none.
        low: of the 95 % interval of the mean; None below three steps, and so is `high`.
        high: see above.
    """

    name: str
    unit: str
    window_days: int
    steps: tuple[date, ...]
    differences: tuple[float, ...]
    mean: float | None
    low: float | None
    high: float | None

    @property
    def text(self) -> str:
        """As in "+4.1 (0.8 to 7.2) in the 10 days after a step, n = 5 steps"."""
        count = len(self.steps)
        if self.mean is None:
            return "no step has enough days with values around it"
        band = "" if self.low is None else f" ({self.low:+.1f} to {self.high:+.1f})"
        number = "1 step" if count == 1 else f"{count} steps"
        return f"{self.mean:+.1f}{band} in the {self.window_days} days after a step, n = {number}"


def step_effect(one: Daily, steps: Sequence[date]) -> StepEffect:
    """Compare the days after each step with those before it.

    Args:
        one: what is followed.
        steps: first days of the new doses, in order.
    """
    ordered = sorted(set(steps))
    gaps = [(b - a).days for a, b in pairwise(ordered)]
    window = max(1, min([WINDOW_DAYS, *(gap // 2 for gap in gaps)]))
    values = dict(zip(one.days, one.values, strict=True))
    found: dict[date, float] = {}
    for step in ordered:
        numbered = {(day - step).days: value for day, value in values.items()}
        before = [value for day, value in numbered.items() if -window <= day < 0]
        after = [value for day, value in numbered.items() if 0 <= day < window]
        if min(len(before), len(after)) >= min(FEWEST_DAYS, window):
            found[step] = float(np.mean(after) - np.mean(before))
    differences = tuple(found.values())
    count = len(differences)
    mean = float(np.mean(differences)) if count else None
    low = high = None
    if mean is not None and count >= FEWEST_STEPS:
        half = _T[min(count - 1, 30) - 2] * float(np.std(differences, ddof=1)) / count**0.5
        low, high = mean - half, mean + half
    return StepEffect(one.name, one.unit, window, tuple(found), differences, mean, low, high)
