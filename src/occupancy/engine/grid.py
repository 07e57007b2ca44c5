"""The event grid: everything that happens, compiled once to static, time-major arrays.

Step k goes from one node to the next by `dt_h[k]`; then what arrives at that node is added, the
running input rates are set, and outputs are read. A grid is shared by all people, or padded:
where people have events at times of their own, every interval between outputs holds as many
steps as the busiest person needs, and the others step by 0 h, which does nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from occupancy.engine.grid_merge import merge_people, merge_shared
from occupancy.engine.person_doses import PersonDoses, arrivals_of
from occupancy.kinetics import Doses, State, System
from occupancy.kinetics.disposition import Array
from occupancy.kinetics.doses import Arrivals, Bioavailability, join
from occupancy.kinetics.generator import Generator
from occupancy.kinetics.propagate import zero_order_paths
from occupancy.kinetics.timeline import timeline


@dataclass(frozen=True, eq=False)
class Cycle:
    """A cycle of doses, repeated without end before the course starts.

    `doses` has times in hours into the cycle, 0 <= time < `interval_h`; `bioavailability` is
    that of these doses, as in `event_grid`.
    """

    doses: Doses
    interval_h: float
    bioavailability: Bioavailability | None = None


@dataclass(frozen=True, eq=False)
class EventGrid:
    """A course for a linear system, laid out in steps.

    Attributes:
        start_h: when the course starts; `times_h` (outputs,) are the hours that are read.
        dt_h: (steps, 1 or people), hours, zero or more.
        output: (outputs,), the step after which each output is read.
        jump_mg: (rows, paths, 1 or people), mg arriving at once, times the fraction of each
            path; row 0 is nothing.
        jump_row: (1 + steps,), the row that arrives at the start and after each step.
        rate_mg_h: (rows, rate paths, 1 or people), mg/h running, times the fraction.
        rate_row: (1 + steps,), the row in force from the start and from each step on.
        rate_paths: the inputs that take time.
        occasion: (1 + steps,), which parameters hold at the start and after each step; step k
            itself is taken with those of entry k.
        occasions: number of parameter sets.
        fraction_included: whether amounts and rates already hold the fraction of their path.
        initial: (1 or people, states) mg, or None for an empty system.
        cycle: the grid of one cycle whose steady state the course starts from, or None.
    """

    start_h: float
    times_h: Array
    dt_h: Array
    output: np.ndarray
    jump_mg: Array
    jump_row: np.ndarray
    rate_mg_h: Array
    rate_row: np.ndarray
    rate_paths: tuple[int, ...]
    occasion: np.ndarray
    occasions: int
    fraction_included: bool = False
    initial: Array | None = None
    cycle: EventGrid | None = None

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.dt_h.shape[0]

    @property
    def people(self) -> int:
        """Number of people whose events it holds; 1 when all share them."""
        sizes = [self.dt_h.shape[-1], self.jump_mg.shape[-1], self.rate_mg_h.shape[-1]]
        sizes += [] if self.initial is None else [self.initial.shape[0]]
        sizes += [] if self.cycle is None else [self.cycle.people]
        return max(sizes)

    @property
    def shared(self) -> bool:
        """Whether all people step alike."""
        return self.dt_h.shape[-1] == 1

    def select(self, people: slice) -> EventGrid:
        """The grid of some of the people; what is shared stays so."""

        def some(a: Array) -> Array:
            return a if a.shape[-1] == 1 else a[..., people]

        return replace(
            self,
            dt_h=some(self.dt_h),
            jump_mg=some(self.jump_mg),
            rate_mg_h=some(self.rate_mg_h),
            initial=None if self.initial is None else some(self.initial.T).T,
            cycle=None if self.cycle is None else self.cycle.select(people),
        )


def event_grid(
    system: System | Sequence[tuple[System, float]],
    doses: Doses | PersonDoses,
    times_h: ArrayLike,
    *,
    bioavailability: Bioavailability | None = None,
    initial: State | None = None,
    cycle: Cycle | None = None,
) -> EventGrid:
    """Compile doses and output times for a system into a grid.

    Args:
        system: a system, or occasions (system, start in hours) with rising starts, as in
            `kinetics.simulate_epochs`: parameters differ between occasions, amounts carry over,
            and lag, duration and fraction of a dose are those of the occasion it is taken in.
        doses: at shared times (missed doses are 0 mg), or `PersonDoses`.
        times_h: hours to read, sorted; at the moment of a dose the value just after it.
        bioavailability: F as a number, per dose, as (people, 1 or doses), or a function of mg.
        initial: a state to go on from; no dose or time may lie before it.
        cycle: start at 0 h in the steady state of this cycle, just before its first dose.

    Raises:
        ValueError: times that are not sorted and finite, doses or times before the start,
            `initial` together with `cycle`, a time outside the cycle.
    """
    occasions = [(system, -np.inf)] if isinstance(system, System) else list(system)
    times = _sorted(times_h)
    starts = _starts(occasions)
    if initial is not None and cycle is not None:
        raise ValueError("give `initial` or `cycle`, not both: each says how the course starts.")
    taken = doses.time_h[doses.amount_mg > 0] if isinstance(doses, PersonDoses) else doses.time_h
    # what was taken in another occasion, or before the start, brings its own fraction along
    with_fraction = initial is not None or len(occasions) > 1
    arriving = _arriving(occasions, starts, doses, bioavailability, with_fraction)
    begin = float(min(times[0], taken.min(initial=times[0])))
    steady = None
    if initial is not None or cycle is not None:
        start = 0.0 if initial is None else initial.time_h
        if begin < start:
            raise ValueError(
                f"a dose or output time at {begin:g} h lies before the start at {start:g} h; "
                "start earlier or leave it out."
            )
        begin = start
    if initial is not None:
        arriving = join([initial.pending, arriving])
    if cycle is not None:
        paths = zero_order_paths(arriving)
        steady, owed = _cycle_grid(occasions[0][0], cycle, paths, with_fraction)
        arriving = join([owed, arriving])
        paths = steady.rate_paths
    else:
        paths = zero_order_paths(arriving)
    grid = _compile(occasions[0][0], arriving, begin, times, starts, float(times[-1]), paths)
    return replace(
        grid,
        fraction_included=with_fraction,
        initial=None if initial is None else initial.amounts,
        cycle=steady,
    )


def _compile(
    system: System,
    arriving: Arrivals,
    begin: float,
    times: Array,
    starts: Array,
    until: float,
    paths: tuple[int, ...],
) -> EventGrid:
    # no states yet: the timeline is in milligrams per path
    none, entry = np.empty((1, 0, 0)), np.eye(len(system.inputs))[None]
    g = Generator(none, none[0], np.empty(0), none, entry, paths, (), ())
    line = timeline(g, arriving, begin, until)
    inner = starts[(starts > begin) & (starts < times[-1])]
    merge = merge_shared if line.breaks_h.shape[0] == 1 else merge_people
    merged = merge(line, times, inner)
    return EventGrid(
        start_h=begin,
        times_h=times,
        dt_h=merged.dt_h,
        output=merged.output,
        jump_mg=merged.jump_mg,
        jump_row=merged.jump_row,
        rate_mg_h=merged.rate_mg_h,
        rate_row=merged.rate_row,
        rate_paths=paths,
        occasion=np.searchsorted(starts, merged.reached_h, side="right"),
        occasions=starts.size + 1,
    )


def _arriving(
    occasions: Sequence[tuple[System, float]],
    starts: Array,
    doses: Doses | PersonDoses,
    bioavailability: Bioavailability | None,
    with_fraction: bool,
) -> Arrivals:
    if len(occasions) == 1:
        return arrivals_of(occasions[0][0], doses, bioavailability, with_fraction=with_fraction)
    parts = []
    taken_in = np.atleast_2d(np.searchsorted(starts, doses.time_h, side="right"))
    for k, (system, _) in enumerate(occasions):
        one = arrivals_of(system, doses, bioavailability, with_fraction=with_fraction)
        mine = np.tile(taken_in == k, len(system.inputs))
        amount = np.where(mine, one.amount_mg, 0.0)
        end = np.where(mine, one.end_h, one.start_h)
        parts.append(Arrivals(one.start_h, end, amount, one.path).select(mine.any(axis=0)))
    return join(parts)


def _cycle_grid(
    system: System, cycle: Cycle, more_paths: tuple[int, ...], with_fraction: bool
) -> tuple[EventGrid, Arrivals]:
    """The grid of one cycle in its steady state, and what earlier cycles still deliver after 0 h.

    A dose that arrives late, or runs on, in the cycles after its own is folded into this one.
    """
    tau = float(cycle.interval_h)
    times = cycle.doses.time_h
    if not (np.isfinite(tau) and tau > 0):
        raise ValueError(f"interval_h = {tau} is not allowed; it must be positive hours.")
    if times.size == 0 or times.min() < 0 or times.max() >= tau:
        raise ValueError(
            f"cycle: times must be hours into the cycle, 0 <= time < {tau:g}, at least one; got "
            f"{times.tolist()}."
        )
    taken = arrivals_of(system, cycle.doses, cycle.bioavailability, with_fraction=with_fraction)
    phase = np.mod(taken.start_h, tau)
    late = np.rint((taken.start_h - phase) / tau)  # whole cycles between dose and arrival
    folded = Arrivals(phase, phase + taken.end_h - taken.start_h, taken.amount_mg, taken.path)
    running = int(np.ceil(folded.end_h.max() / tau))
    earlier = [folded.shifted(-k * tau) for k in range(1, running + 1)]
    runs_on = [one.select((~one.at_once & (one.end_h > 0)).any(axis=0)) for one in earlier]
    whole = join([folded, *runs_on])
    paths = tuple(sorted({*zero_order_paths(folded), *more_paths}))
    before_end = float(np.nextafter(tau, 0.0))
    grid = _compile(system, whole, 0.0, np.array([tau]), np.empty(0), before_end, paths)
    owed = [_owed(folded.shifted(j * tau), late > j) for j in range(-running, int(late.max()))]
    return grid, join(owed)


def _owed(arriving: Arrivals, taken_before: np.ndarray) -> Arrivals:
    due = taken_before & ((arriving.end_h > 0) | (arriving.start_h >= 0))
    amount = np.where(due, arriving.amount_mg, 0.0)
    some = Arrivals(arriving.start_h, arriving.end_h, amount, arriving.path)
    return some.select((amount > 0).any(axis=0))


def _starts(occasions: Sequence[tuple[System, float]]) -> Array:
    if not occasions:
        raise ValueError("occasions: give at least one (system, start in hours).")
    starts = np.array([float(start) for _, start in occasions[1:]])
    if not np.isfinite(starts).all() or (np.diff(starts) <= 0).any():
        raise ValueError(f"occasions: the starts {starts.tolist()} must be finite and rise.")
    return starts


def _sorted(times_h: ArrayLike) -> Array:
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1 or times.size == 0 or not np.isfinite(times).all():
        raise ValueError(f"times_h has shape {times.shape}; give finite times, shape (times,).")
    if (np.diff(times) < 0).any():
        at = int(np.argmax(np.diff(times) < 0))
        raise ValueError(
            f"times_h must not decrease; {times[at]:g} is followed by {times[at + 1]:g}. Sort it."
        )
    return times
