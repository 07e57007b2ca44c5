"""Steady state of a repeated cycle of doses, by the geometric series (I − Φ(τ))⁻¹."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from occupancy.kinetics.balance import solve_balance
from occupancy.kinetics.disposition import Array, System
from occupancy.kinetics.distinct import merged_times
from occupancy.kinetics.doses import Arrivals, Bioavailability, Doses, arrivals, join
from occupancy.kinetics.exponential import Exponential
from occupancy.kinetics.generator import Generator, generator
from occupancy.kinetics.propagate import State, zero_order_paths
from occupancy.kinetics.timeline import Timeline, march, read, timeline

SECTIONS = 16
ROUNDS = 8


@dataclass(frozen=True, eq=False)
class SteadyState:
    """A cycle of `interval_h` hours that repeats itself.

    `state` is the system at the start of a cycle, before that cycle's doses, with what earlier
    doses still have to deliver: pass it to `simulate` as `initial` to go on from steady state.
    Results are arrays over the outputs in `names`, in ng/mL.
    """

    names: tuple[str, ...]
    interval_h: float
    state: State
    _average: Array = field(repr=False)
    _generator: Generator = field(repr=False)
    _exponential: Exponential = field(repr=False)
    _line: Timeline = field(repr=False)
    _states: Array = field(repr=False)

    def concentrations(self, phase_h: ArrayLike) -> Array:
        """Concentrations [ng/mL] at hours into the cycle, (batch, outputs, times).

        Any time is folded into the cycle; at the moment of a dose the value just after it.
        """
        phase = np.mod(np.atleast_1d(np.asarray(phase_h, dtype=np.float64)), self.interval_h)
        return read(self._exponential, self._line, self._states, phase[None], self._generator.rows)

    def after_stopping(self, hours: ArrayLike, name: str) -> Array:
        """One output [ng/mL] at hours after the last cycle, nothing more being taken.

        `hours` has shape (times,) or (batch, times), zero or more; returns (batch, times).
        """
        t = np.atleast_2d(np.asarray(hours, dtype=np.float64))
        if t.size == 0 or not np.isfinite(t).all() or t.min() < 0:
            raise ValueError("hours must be finite, zero or more, and at least one.")
        g, o = self._generator, self._index(name)
        line = timeline(g, self.state.pending, 0.0, float(t.max()))
        states, _, _ = march(self._exponential, line, self.state.amounts, float(t.max()))
        return read(self._exponential, line, states, t, g.rows[:, o : o + 1])[:, 0]

    def average(self, name: str | None = None) -> Array:
        """Mean over the cycle, exact by conservation: F · dose / (CL · τ) for a dosed species."""
        return self._pick(self._average, name)

    def peak(self, name: str | None = None) -> Array:
        """Largest concentration of the cycle, (batch,) or (batch, outputs)."""
        return self._pick(self._peaks[0], name)

    def time_of_peak(self, name: str | None = None) -> Array:
        """Hours into the cycle at which the peak is reached."""
        return self._pick(self._peaks[1], name)

    def trough(self, name: str | None = None) -> Array:
        """Smallest concentration of the cycle (just before a dose, for a bolus)."""
        return self._pick(self._troughs[0], name)

    def time_of_trough(self, name: str | None = None) -> Array:
        """Hours into the cycle at which the trough is reached."""
        return self._pick(self._troughs[1], name)

    def _pick(self, values: Array, name: str | None) -> Array:
        return values if name is None else values[:, self._index(name)]

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"no output {name!r}; this steady state holds {list(self.names)}")
        return self.names.index(name)

    @cached_property
    def _peaks(self) -> tuple[Array, Array]:
        return self._extremes(1.0)

    @cached_property
    def _troughs(self) -> tuple[Array, Array]:
        return self._extremes(-1.0)

    def _extremes(self, sign: float) -> tuple[Array, Array]:
        """Extreme value and its time per output: a graded grid, then repeated sectioning.

        Each stretch between events is searched with both its ends, the right end as the limit
        from the left.
        """
        breaks = self._line.breaks_h
        widths = np.diff(np.append(breaks, np.full((breaks.shape[0], 1), self.interval_h), axis=1))
        grid = merged_times(np.linspace(0, 1, 33), np.geomspace(1e-6, 1, 33))
        events, _, batch = self._states.shape
        best: list[Array] = []
        when: list[Array] = []
        for o in range(len(self.names)):
            row = self._generator.rows[:, o : o + 1].transpose(1, 2, 0)
            offsets = (widths[..., None] * grid).reshape(widths.shape[0], -1).T
            f = self._exponential.rows(offsets, row)[:, 0]
            f = f.reshape(events, grid.size, *f.shape[1:])
            values = sign * np.einsum("egnb,enb->beg", f, self._states).reshape(batch, -1)
            at = values.argmax(axis=-1)
            event, point = at // grid.size, at % grid.size
            member = np.arange(batch)
            x = self._states[event, :, member].T
            width = np.broadcast_to(widths, (batch, events))[member, event]
            low = width * grid[np.maximum(point - 1, 0)]
            high = width * grid[np.minimum(point + 1, grid.size - 1)]
            top, place = _section(self._exponential, row, sign, x, low, high)
            start = np.broadcast_to(breaks, (batch, events))[member, event]
            best.append(sign * top)
            when.append(start + place)
        return np.stack(best, axis=-1), np.stack(when, axis=-1)


def _section(
    exponential: Exponential, row: Array, sign: float, x: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Largest sign · row · exp(A t) x for low <= t <= high, and its t, per member of the batch."""
    member = np.arange(x.shape[1])
    top, place = np.empty(0), low
    for _ in range(ROUNDS):
        t = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, SECTIONS + 1)
        values = sign * np.einsum("tnb,nb->bt", exponential.rows(t.T, row)[:, 0], x)
        at = values.argmax(axis=-1)
        top, place = values[member, at], t[member, at]
        low, high = t[member, np.maximum(at - 1, 0)], t[member, np.minimum(at + 1, SECTIONS)]
    return top, place


def steady_state(
    system: System,
    doses: Doses,
    interval_h: float,
    *,
    bioavailability: Bioavailability | None = None,
) -> SteadyState:
    """The state in which a cycle of doses, repeated every `interval_h` hours, ends as it began.

    Dose times are hours into the cycle, 0 <= time < interval_h; several doses per cycle, lags
    and input durations longer than the cycle are allowed. x = Φ(τ) x + r, with r what one
    cycle's inputs leave at its end, solved without subtraction.

    Raises ValueError when a time lies outside the cycle, or when something never empties.
    """
    tau = float(interval_h)
    if not (np.isfinite(tau) and tau > 0):
        raise ValueError(f"interval_h = {interval_h} is not allowed; it must be positive hours.")
    times = doses.time_h
    if times.size == 0 or times.min() < 0 or times.max() >= tau:
        raise ValueError(
            f"doses: times must be hours into the cycle, 0 <= time < {tau:g}, at least one; "
            f"got {times.tolist()}."
        )
    taken = arrivals(system, doses, bioavailability)
    duration = taken.end_h - taken.start_h
    phase = np.mod(taken.start_h, tau)
    late = np.rint((taken.start_h - phase) / tau)  # whole cycles between dose and arrival
    folded = Arrivals(phase, phase + duration, taken.amount_mg, taken.path)
    running = int(np.ceil(folded.end_h.max() / tau))
    cycle = join([folded, *(_running(folded.shifted(-k * tau)) for k in range(1, running + 1))])

    g = generator(system, zero_order_paths(folded))
    rates = g.rate_states
    line = timeline(g, cycle, 0.0, float(np.nextafter(tau, 0.0)))
    exponential = Exponential(g)
    n = g.block.size
    _, left, _ = march(exponential, line, np.zeros((1, n - rates)), tau)
    phi = exponential.matrices(np.array([[tau]]))[0].transpose(2, 0, 1)
    kept = phi[:, rates:n, rates:n]
    lost = phi[:, n + g.block[rates:], np.arange(rates, n)]
    x = solve_balance(kept, lost, g.block[rates:], left)
    states, _, _ = march(exponential, line, x, tau)

    pending = join(
        [_taken_before(folded.shifted(j * tau), late, j) for j in range(-running, int(late.max()))]
    )
    eliminated = np.zeros((1, len(system.species)))
    state = State(0.0, g.state_names[rates:], x, eliminated, pending)
    return SteadyState(
        system.outputs, tau, state, _mean(system, g, folded, tau), g, exponential, line, states
    )


def _running(arriving: Arrivals) -> Arrivals:
    return arriving.select(~arriving.at_once.all(axis=0) & (arriving.end_h > 0).any(axis=0))


def _taken_before(arriving: Arrivals, late: Array, cycle: int) -> Arrivals:
    """What arrives in `cycle` (0 is the coming one) from doses taken before time zero."""
    due = (arriving.end_h > 0) | (arriving.start_h >= 0)
    amount = np.where((cycle < late) & due, arriving.amount_mg, 0.0)
    out = Arrivals(arriving.start_h, arriving.end_h, amount, arriving.path)
    return out.select((amount > 0).any(axis=0))


def _mean(system: System, g: Generator, folded: Arrivals, tau: float) -> Array:
    """Mean outputs from ∫ x dt over the cycle = (−A)⁻¹ · (what enters per cycle)."""
    rates = g.rate_states
    per_path = np.zeros((folded.amount_mg.shape[0], len(system.inputs)))
    for p in range(len(system.inputs)):
        per_path[:, p] = folded.amount_mg[:, folded.path == p].sum(axis=-1)
    entering = (per_path[:, None, :] @ g.entry)[:, 0, rates:]
    area = solve_balance(g.rates[:, rates:, rates:], g.loss[:, rates:], g.block[rates:], entering)
    return (g.rows[..., rates:] @ area[..., None])[..., 0] / tau
