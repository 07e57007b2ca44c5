"""Concentrations of a regimen: exact at any times, whatever the output grid.

The state is carried from event to event by the matrix exponential and read out between events,
so the result at one time does not depend on which other times are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from occupancy.kinetics.disposition import Array, System
from occupancy.kinetics.doses import Arrivals, Bioavailability, Doses, arrivals, join, no_doses
from occupancy.kinetics.exponential import Exponential
from occupancy.kinetics.generator import Generator, generator
from occupancy.kinetics.timeline import march, read, timeline


@dataclass(frozen=True, eq=False)
class State:
    """A system at one moment.

    amounts (batch, states): mg in the input paths and compartments, ng/mL at effect sites, in
    the order of `names`; eliminated_mg (batch, species): CL · AUC of each species since the
    simulation began; `pending`: doses that have been taken and are still to arrive, and inputs
    still running, in the same clock as `time_h`.
    """

    time_h: float
    names: tuple[str, ...]
    amounts: Array
    eliminated_mg: Array
    pending: Arrivals

    def moved_to(self, time_h: float) -> State:
        """The same state with its clock set to `time_h`."""
        pending = self.pending.shifted(time_h - self.time_h)
        return replace(self, time_h=float(time_h), pending=pending)


@dataclass(frozen=True, eq=False)
class Concentrations:
    """Simulated concentrations in ng/mL: `values` (batch, outputs, times).

    `names` lists the outputs (analytes, then effect sites); `result[name]` has shape
    (batch, times). `final` is the state at the last time, from which a simulation can go on.
    """

    names: tuple[str, ...]
    times_h: Array
    values: Array
    final: State

    def __getitem__(self, name: str) -> Array:
        """Concentrations of one output, shape (batch, times)."""
        if name not in self.names:
            raise KeyError(f"no output {name!r}; this simulation holds {list(self.names)}")
        return self.values[:, self.names.index(name), :]


def simulate(
    system: System,
    doses: Doses,
    times_h: ArrayLike,
    *,
    bioavailability: Bioavailability | None = None,
    initial: State | None = None,
) -> Concentrations:
    """Concentrations [ng/mL] of every output at `times_h` (sorted, hours).

    Starts empty at the earlier of the first dose and the first time, or from `initial` (for
    example `steady_state(...).state`); then no dose or time may lie before it. At the moment
    of a dose the value just after it is returned. `bioavailability` is F as a number, per
    dose, as (batch, 1 or doses), or a function of the dose in mg.

    Returns values of shape (batch, outputs, times), batch being the larger of the system's,
    the doses' and the initial state's. Raises ValueError for times that are not sorted and
    finite, and for shapes that do not match.
    """
    return simulate_epochs(
        [(system, -np.inf)], doses, times_h, bioavailability=bioavailability, initial=initial
    )


def simulate_epochs(
    epochs: Sequence[tuple[System, float]],
    doses: Doses,
    times_h: ArrayLike,
    *,
    bioavailability: Bioavailability | None = None,
    initial: State | None = None,
) -> Concentrations:
    """As `simulate`, with parameters that change at given times.

    `epochs` lists (system, start in hours), rising; the first start is not used (its system
    holds from the beginning). Amounts carry over from one epoch to the next, so a change of
    volume changes the concentration. Lag, duration and fraction of a dose are those of the
    epoch in which it is taken; an input that is running keeps its rate.

    Raises ValueError when the systems differ in structure or the starts do not rise.
    """
    times = _sorted_times(times_h)
    _check_epochs(epochs)
    epochs = [*epochs[:1], *(e for e in epochs[1:] if e[1] <= times[-1])]
    starts = [float(start) for _, start in epochs[1:]]
    dose_times = doses.time_h
    if initial is None:
        start = min([float(times[0]), *dose_times.tolist()])
    else:
        start = initial.time_h
        _check_after(start, times, dose_times)
    arriving = _epoch_arrivals(epochs, starts, doses, bioavailability, float(times[-1]))
    if initial is not None:
        arriving = join([initial.pending, arriving])
    paths = zero_order_paths(arriving)

    end = float(times[-1])
    blocks: list[Array] = []
    state: Array | None = None if initial is None else initial.amounts
    species = len(epochs[0][0].species)
    eliminated = np.zeros((1, species)) if initial is None else initial.eliminated_mg
    names: tuple[str, ...] = ()
    edges = [start, *(min(max(s, start), end) for s in starts), end]
    for k, (system, _) in enumerate(epochs):
        begin, stop, last = edges[k], edges[k + 1], k == len(epochs) - 1
        g = generator(system, paths)
        names = g.state_names[g.rate_states :]
        if state is None:
            state = np.zeros((1, len(names)))
        elif state.shape[1] != len(names):
            raise ValueError(
                f"initial: its state has {state.shape[1]} entries, this system {len(names)}; "
                "start from a state of a system with the same structure."
            )
        inside = (times >= begin) & ((times <= stop) if last else (times < stop))
        if begin == stop and not (last and inside.any()):
            continue
        values, state, lost = run_window(g, arriving, state, begin, stop, times[inside], last)
        blocks.append(values)
        eliminated = eliminated + lost[:, species_blocks(g, system)]
    batch = max(b.shape[0] for b in blocks)
    values = blocks[0]
    if len(blocks) > 1:
        whole = [np.broadcast_to(b, (batch, *b.shape[1:])) for b in blocks]
        values = np.concatenate(whole, axis=-1)
    assert state is not None
    pending = _still_to_come(arriving, end)
    final = State(end, names, state, eliminated, pending)
    return Concentrations(epochs[0][0].outputs, times, values, final)


def run_window(
    g: Generator,
    arriving: Arrivals,
    initial: Array,
    begin: float,
    stop: float,
    times: Array,
    include_stop: bool,
) -> tuple[Array, Array, Array]:
    """Outputs at times in [begin, stop], the state at stop, and what each block lost."""
    until = stop if include_stop else np.nextafter(stop, -np.inf)
    line = timeline(g, arriving, begin, until)
    exponential = Exponential(g)
    states, x, lost = march(exponential, line, initial, stop)
    values = read(exponential, line, states, times[None], g.rows)
    return values, x, lost


def _still_to_come(arriving: Arrivals, end: float) -> Arrivals:
    later = arriving.end_h > end
    amount = np.where(later, arriving.amount_mg, 0.0)
    out = Arrivals(arriving.start_h, arriving.end_h, amount, arriving.path)
    return out.select(later.any(axis=0))


def zero_order_paths(arriving: Arrivals) -> tuple[int, ...]:
    """Inputs with at least one arrival that takes time."""
    spread = ~arriving.at_once.all(axis=0)
    return tuple(sorted(set(arriving.path[spread].tolist())))


def species_blocks(g: Generator, system: System) -> list[int]:
    """Block of each species, in the order of the system."""
    central = [g.state_names.index(s.analyte) for s in system.species]
    return [int(g.block[c]) for c in central]


def _sorted_times(times_h: ArrayLike) -> Array:
    times = np.atleast_1d(np.asarray(times_h, dtype=np.float64))
    if times.ndim != 1 or times.size == 0:
        raise ValueError(f"times_h has shape {times.shape}; give at least one time, (times,).")
    if not np.isfinite(times).all():
        raise ValueError("times_h holds a value that is not finite.")
    if (np.diff(times) < 0).any():
        at = int(np.argmax(np.diff(times) < 0))
        raise ValueError(
            f"times_h must not decrease; {times[at]:g} is followed by {times[at + 1]:g}. Sort it."
        )
    return times


def _check_after(start: float, times: Array, dose_times: Array) -> None:
    for name, values in (("times_h", times), ("doses", dose_times)):
        if values.size and values.min() < start:
            raise ValueError(
                f"{name}: {values.min():g} h lies before the initial state at {start:g} h; "
                "start earlier or leave it out."
            )


def _check_epochs(epochs: Sequence[tuple[System, float]]) -> None:
    if not epochs:
        raise ValueError("epochs is empty; give at least one (system, start_h).")
    if len(epochs) == 1:
        return
    starts = [float(start) for _, start in epochs[1:]]
    if not np.isfinite(starts).all() or (np.diff(starts) <= 0).any():
        raise ValueError(f"epochs: the starts {starts} must be finite and rise.")
    shape = generator(epochs[0][0]).state_names
    for k, (system, _) in enumerate(epochs[1:], start=1):
        other = generator(system).state_names
        if other != shape:
            raise ValueError(
                f"epochs: system {k} has the states {list(other)}, the first has {list(shape)}; "
                "all epochs must have the same structure."
            )


def _epoch_arrivals(
    epochs: Sequence[tuple[System, float]],
    starts: list[float],
    doses: Doses,
    bioavailability: Bioavailability | None,
    end_h: float,
) -> Arrivals:
    if doses.count == 0:
        return arrivals(epochs[0][0], no_doses())
    taken_in = np.searchsorted(starts, doses.time_h, side="right")
    taken_in[doses.time_h > end_h] = -1  # not taken before the simulation ends
    parts = []
    for k, (system, _) in enumerate(epochs):
        arriving = arrivals(system, doses, bioavailability)
        parts.append(arriving.select(np.tile(taken_in == k, len(system.inputs))))
    return join(parts)
