"""People laid out for a stiff run: padded blocks, and the few that a pilot should hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import step_bucket
from occupancy.engine.mesh import Intervals
from occupancy.engine.stiff_model import Array

PILOT_PEOPLE = 32
PAIRED = 8
"""With more varying numbers than this, extremes are those of each alone."""
BLOCK_PEOPLE = 1024
"""People per compiled call: enough to pay for starting each kernel, few enough for the cache."""


@dataclass(frozen=True, eq=False)
class Task:
    """A checked request: who, from which state, on which doses, read when, how exactly.

    p by name, () or (people,); y0 (states, people); the intervals hold the doses; `rtol` and
    `atol` (states,) are what the answer should be exact to; `numbers` says who of everybody;
    `room` is the number of intervals and outputs that arrays are laid out for (None: its own).
    """

    people: int
    p: Mapping[str, Array]
    y0: Array
    intervals: Intervals
    times_h: Array
    rtol: float
    atol: Array
    numbers: NDArray[np.int64] | None = None
    room: tuple[int, int] | None = None

    @property
    def rows(self) -> int:
        """Rows of a table by interval: a round number, the last of them empty."""
        return step_bucket((self.room[0] if self.room else self.intervals.count) + 1)

    @property
    def outputs(self) -> int:
        """Outputs that a program keeps room for."""
        return step_bucket(self.room[1] if self.room else self.times_h.size)

    def beginning(self, count: int) -> Task:
        """The first `count` intervals, for the programs of the whole."""
        times = self.times_h[self.times_h <= self.intervals.end_h[count - 1]]
        return replace(
            self,
            intervals=self.intervals.first(count),
            times_h=times if times.size else self.intervals.end_h[count - 1 : count],
            room=(self.intervals.count, self.times_h.size),
        )

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

        def lengthened(x: Array) -> Array:
            return np.concatenate([x, np.zeros((self.rows - x.shape[0], *x.shape[1:]))])

        return Inputs(
            p=dict(padded.p),
            y0=padded.y0,
            at_once=lengthened(at.at_once),
            rate=lengthened(at.rate),
            into_state=lengthened(at.into_state),
            length=lengthened(at.end_h - at.start_h),
            rtol=np.float64(self.rtol * tolerance),
            atol=self.atol * tolerance,
            slack=slack,
            one=np.ones(lanes),
        )


def pilot_people(task: Task, count: int = PILOT_PEOPLE) -> NDArray[np.int64]:
    """Up to `count` people: the extremes of what varies, then an even spread.

    Extremes are those of every parameter, dose and starting state, and of the sums and
    differences of two (clearance high and volume low is faster than either alone), of their
    logarithms where they are positive; those furthest out, in standard deviations, come first.
    """
    if task.people <= count:
        return np.arange(task.people)
    at = task.intervals
    entering = at.at_once.sum(0).reshape(-1, at.at_once.shape[-1])
    given = [*task.p.values(), *entering, at.into_state.sum(0), *task.y0]
    z = [_standard(x) for x in given if x.size > 1 and np.ptp(x) > 0.0]
    pairs = list(combinations(z, 2)) if len(z) <= PAIRED else []
    extremes = [_ends(x) for x in z]
    extremes += [_ends(sign * a + b) for a, b in pairs for sign in (1.0, -1.0)]
    ordered = [k for _, k in sorted(end for two in extremes for end in two)]
    spread = [int(k) for k in np.linspace(0, task.people - 1, 2 * count)]
    some = list(dict.fromkeys(ordered))[: count - count // 4]
    return np.asarray(list(dict.fromkeys([*some, *spread]))[:count])


def _standard(x: Array) -> Array:
    """In standard deviations from the mean, of the logarithm where all are positive."""
    x = np.log(x) if (x > 0).all() else x
    return (x - x.mean()) / (x.std() or 1.0)


def _ends(x: Array) -> list[tuple[float, int]]:
    """(minus how far out, who) of the smallest and the largest."""
    scale = x.std() or 1.0
    return [(-abs(float(x[k])) / scale, int(k)) for k in (x.argmin(), x.argmax())]
