"""People laid out for a stiff run: padded blocks, and the few that a pilot should hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import step_bucket
from occupancy.engine.mesh import Intervals
from occupancy.engine.stiff_model import Array

PILOT_PEOPLE = 16
BLOCK_PEOPLE = 1024
"""People per compiled call: enough to pay for starting each kernel, few enough for the cache."""


@dataclass(frozen=True, eq=False)
class Task:
    """A checked request: who, from which state, on which doses, read when, how exactly.

    p by name, () or (people,); y0 (states, people); the intervals hold the doses; `rtol` and
    `atol` (states,) are what the answer should be exact to; `numbers` says who of everybody.
    """

    people: int
    p: Mapping[str, Array]
    y0: Array
    intervals: Intervals
    times_h: Array
    rtol: float
    atol: Array
    numbers: NDArray[np.int64] | None = None

    def name(self, k: int) -> int:
        """The number of person k among everybody, for messages."""
        return k if self.numbers is None else int(self.numbers[k])

    def read_at(self, times_h: Array) -> Task:
        """The same task with other output times."""
        return replace(self, times_h=times_h)

    def chosen(self, who: NDArray[np.int64]) -> Task:
        """The same task for some of the people."""
        return replace(
            self,
            people=who.size,
            numbers=who if self.numbers is None else self.numbers[who],
            p={name: x[who] if x.ndim else x for name, x in self.p.items()},
            y0=self.y0[:, who],
            intervals=self.intervals.chosen(who),
        )

    def inputs(self, lanes: int, tolerance: float, slack: Array) -> Any:
        """Arrays for the program, the last person repeated up to `lanes`.

        `tolerance` multiplies rtol and atol to the bound on a single step's error.
        """
        from occupancy.engine.stiff_compiled import Inputs

        padded = self.chosen(np.minimum(np.arange(lanes), self.people - 1))
        at = padded.intervals
        return Inputs(
            p=dict(padded.p),
            y0=padded.y0,
            at_once=_lengthened(at.at_once),
            rate=_lengthened(at.rate),
            into_state=_lengthened(at.into_state),
            length=_lengthened(at.end_h - at.start_h),
            rtol=np.float64(self.rtol * tolerance),
            atol=self.atol * tolerance,
            slack=slack,
            one=np.ones(lanes),
        )


def _lengthened(x: Array) -> Array:
    """Zero rows up to a round number of intervals, at least one more, so programs are shared."""
    extra = step_bucket(x.shape[0] + 1) - x.shape[0]
    return np.concatenate([x, np.zeros((extra, *x.shape[1:]))])


def pilot_people(task: Task, count: int = PILOT_PEOPLE) -> NDArray[np.int64]:
    """Up to `count` people: both extremes of every parameter that varies, then an even spread.

    With many parameters the extremes that lie furthest out, in standard deviations of the
    parameter's logarithm where it is positive, come first.
    """
    if task.people <= count:
        return np.arange(task.people)
    extremes: list[tuple[float, int]] = []
    at = task.intervals
    for values in [*task.p.values(), at.at_once.sum(0), at.into_state.sum(0), *task.y0]:
        if values.ndim == 0 or values.size == 1 or np.ptp(values) == 0.0:
            continue
        x = np.log(values) if (values > 0).all() else values
        z = (x - x.mean()) / (x.std() or 1.0)
        extremes += [(-abs(z[k]), int(k)) for k in (z.argmin(), z.argmax())]
    ordered = [k for _, k in sorted(extremes)]
    spread = [int(k) for k in np.linspace(0, task.people - 1, 2 * count)]
    some = list(dict.fromkeys(ordered))[: count - 4]
    return np.asarray(list(dict.fromkeys([*some, *spread]))[:count])
