"""The line of events between two times: what enters, when, and the state after each event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from occupancy.kinetics.disposition import Array
from occupancy.kinetics.distinct import distinct
from occupancy.kinetics.doses import Arrivals
from occupancy.kinetics.exponential import Exponential
from occupancy.kinetics.generator import Generator

CHUNK = 1 << 22  # numbers held at once while working through long lists of times
READ_CHUNK = 1 << 18  # exponentials held at once while reading
PIECE = 1 << 15  # of them, read at once, to stay in the cache
CACHED = 32  # members of the batch read at once


@dataclass(frozen=True, eq=False)
class Timeline:
    """Events of one window, for one parameter set throughout.

    breaks_h (1 or batch, events) starts with the window's start and rises; jump (batch, events,
    n) is added to the state at each event; rate (batch, events, rate states) holds until the
    next event.
    """

    breaks_h: Array
    jump: Array
    rate: Array


def timeline(g: Generator, arriving: Arrivals, start_h: float, end_h: float) -> Timeline:
    """Events within [start_h, end_h]; what began earlier and still runs is clipped to it."""
    at_once = arriving.at_once
    inside = (arriving.start_h >= start_h) & (arriving.start_h <= end_h)
    bolus = at_once & inside
    use_bolus = bolus.any(axis=0)
    b, bolus = arriving.select(use_bolus), bolus[:, use_bolus]
    columns = [np.full((1, 1), start_h), np.where(bolus, b.start_h, start_h)]
    running = ~at_once & (arriving.end_h > start_h) & (arriving.start_h < end_h)
    use_running = running.any(axis=0)
    r, running = arriving.select(use_running), running[:, use_running]
    if r.path.size:
        columns += [
            np.where(running, np.clip(edge, start_h, end_h), start_h)
            for edge in (r.start_h, r.end_h)
        ]
    times = _columns(*columns)
    if (times == times[:1]).all():
        breaks, where = np.unique(times[:1], return_inverse=True)
        breaks, where = breaks[None], where.reshape(1, -1)
    else:
        order = np.argsort(times, axis=-1, kind="stable")
        breaks = np.take_along_axis(times, order, axis=-1)
        where = np.argsort(order, axis=-1, kind="stable")
    events = breaks.shape[1]
    b_end = 1 + b.path.size

    amounts = np.where(bolus, b.amount_mg, 0.0)
    jumps = _scatter(amounts, b.path, where[:, 1:b_end], g.entry.shape[1], events)
    jump = jumps.transpose(0, 2, 1) @ g.entry

    if not g.rate_states:
        return Timeline(breaks, jump, np.zeros((1, events, 0)))
    slot = np.searchsorted(np.asarray(g.rate_paths), r.path)
    rate = _rates(r, running, slot, where[:, b_end:], g.rate_states, events)
    return Timeline(breaks, jump, rate)


def _rates(
    r: Arrivals, on: np.ndarray, slot: np.ndarray, where: np.ndarray, slots: int, events: int
) -> Array:
    """Sum of the rates running after each event, (batch, events, slots)."""
    span = np.where(on, r.end_h - r.start_h, 1.0)
    speed = np.where(on, r.amount_mg / span, 0.0)
    up, down = where[:, : r.path.size], where[:, r.path.size :]
    change = _scatter(speed, slot, up, slots, events)
    change -= _scatter(speed, slot, down, slots, events)
    active = _scatter(on.astype(np.float64), slot, up, slots, events)
    active -= _scatter(on.astype(np.float64), slot, down, slots, events)
    # the running count says exactly when an input is off; the running sum only nearly
    rate = np.where(np.cumsum(active, axis=-1) > 0, _running_sum(change), 0.0)
    return np.maximum(rate, 0.0).transpose(0, 2, 1)


def _running_sum(change: Array) -> Array:
    """Cumulative sum along the last axis, compensated (Neumaier).

    A short fast input that ends must not blur a long slow one that goes on.
    """
    out = np.empty_like(change)
    total = np.zeros(change.shape[:-1])
    missed = np.zeros(change.shape[:-1])
    for e in range(change.shape[-1]):
        step = change[..., e]
        summed = total + step
        part = summed - total
        missed += (total - (summed - part)) + (step - part)
        total = summed
        out[..., e] = total + missed
    return out


def _columns(*parts: Array) -> Array:
    batch = max(p.shape[0] for p in parts)
    same = [p if p.shape[0] == batch else np.broadcast_to(p, (batch, p.shape[1])) for p in parts]
    return np.concatenate(same, axis=1)


def _scatter(value: Array, slot: np.ndarray, at: np.ndarray, slots: int, events: int) -> Array:
    """Sum values (batch, items) into (batch, slots, events)."""
    batch = max(value.shape[0], at.shape[0])
    out = np.zeros((batch, slots, events))
    if slot.size:
        member = np.arange(batch)[:, None]
        np.add.at(out, (member, slot[None, :], at), value)
    return out


def march(
    exponential: Exponential, line: Timeline, initial: Array, end_h: float
) -> tuple[Array, Array, Array]:
    """States just after each event, the state at `end_h`, and what each block lost.

    initial (1 or batch, n − rate states). Returns (events, n, batch), whose first entries are
    the constant input rates, then (batch, n − rate states) and (batch, blocks).
    """
    rates = line.rate.shape[-1]
    batch = max(initial.shape[0], line.jump.shape[0], line.rate.shape[0], exponential.batch)
    events, n = line.breaks_h.shape[1], line.jump.shape[-1]
    last = np.maximum(end_h - line.breaks_h[:, -1:], 0.0)
    steps = np.concatenate([np.diff(line.breaks_h, axis=-1), last], axis=1).T
    clock = np.append(line.breaks_h[:, 1:].max(axis=0), end_h)
    jump = np.ascontiguousarray(line.jump.transpose(1, 2, 0))
    # the state at each event, then what each block has lost so far; the batch is last
    x = np.zeros((events + 1, n + exponential.blocks, batch))
    x[0, rates:n] = initial.T
    per_matrix = max(exponential.batch, steps.shape[1]) * (n + exponential.blocks) * n
    chunk = max(1, CHUNK // per_matrix)
    for first in range(0, events, chunk):
        piece = steps[first : first + chunk]
        used, which = distinct(piece, clock[first : first + chunk])
        taken = piece[used]
        moves = exponential.matrices(taken)
        taken = taken[which]
        # an input brings in its own amount, whichever stretch stands for its own
        share = np.divide(piece, taken, out=np.ones_like(piece), where=taken > 0)
        for e, k in enumerate(which.tolist(), start=first):
            now, after = x[e], x[e + 1]
            now[:n] += jump[e]
            if rates:
                now[:rates] = line.rate[:, e].T * share[e - first]
            np.einsum("ijb,jb->ib", moves[k], now[:n], out=after)
            after[n:] += now[n:]
    return x[:-1, :n], x[-1, rates:n].T, x[-1, n:].T


def read(
    exponential: Exponential, line: Timeline, states: Array, times_h: Array, rows: Array
) -> Array:
    """rows (1 or batch, r, n) · state at times (1 or batch, t) of the window: (batch, r, t).

    At an event the value just after it is read.
    """
    segment = segments(line.breaks_h, times_h)
    starts = np.take_along_axis(_as_batch(line.breaks_h, segment.shape[0]), segment, axis=-1)
    offsets = np.ascontiguousarray((times_h - starts).T)
    used, which = distinct(offsets, np.abs(times_h).max(axis=0))
    rows = np.ascontiguousarray(rows.transpose(1, 2, 0))
    (count, shifted), (r, n, _), (events, _, held) = offsets.shape, rows.shape, states.shape
    if shifted == 1 and used.size * events <= 2 * count + 16:
        table = exponential.rows(offsets[used], rows)  # (k, r, n, batch)
        table = np.ascontiguousarray(table.transpose(3, 1, 2, 0))
        place = segment[0] * used.size + which
        return _from_table(np.ascontiguousarray(states.transpose(2, 0, 1)), table, place)
    states_at, order = _states_read(states, segment), np.argsort(which, kind="stable")
    batch = max(held, shifted, exponential.batch, rows.shape[-1])
    out = np.empty((count, r, batch))  # members side by side, as they are read
    chunk, piece = (max(1, size // (batch * r * n)) for size in (READ_CHUNK, PIECE))
    for first in range(0, used.size, chunk):
        weights = exponential.rows(offsets[used[first : first + chunk]], rows)
        begin, end = np.searchsorted(which[order], (first, first + chunk))
        for at in range(begin, end, piece):
            here = order[at : min(at + piece, end)]
            out[here] = np.einsum("trnb,tnb->trb", weights[which[here] - first], states_at(here))
    return out.transpose(2, 1, 0)


def _states_read(states: Array, segment: np.ndarray) -> Callable[[np.ndarray], Array]:
    """What gives states (events, n, batch) at some of the times: (t,) to (t, n, batch)."""
    _, n, held = states.shape
    if segment.shape[0] == 1:
        return lambda here: states[segment[0, here]]
    flat = np.ascontiguousarray(states.transpose(1, 0, 2)).reshape(n, -1)
    place = segment.T * held + np.arange(held)  # of an event and member, in flat
    return lambda here: flat.take(place[here], axis=1).transpose(1, 0, 2)


def _from_table(states: Array, table: Array, at: np.ndarray) -> Array:
    """states (batch, events, n) · table (1 or batch, r, n, k), flattened and picked at `at`."""
    batch, r = states.shape[0], table.shape[1]
    out = np.empty((batch, r, at.size))
    for first in range(0, batch, CACHED):  # small pieces stay in the cache
        piece = slice(first, first + CACHED)
        factors = table[piece] if table.shape[0] == batch else table
        values = states[piece, None] @ factors
        np.take(values.reshape(*values.shape[:2], -1), at, axis=-1, out=out[piece], mode="clip")
    return out


def segments(breaks_h: Array, times_h: Array) -> np.ndarray:
    """Index of the last break at or before each time, (1 or batch, times)."""
    if breaks_h.shape[0] == 1 and times_h.shape[0] == 1:
        return np.searchsorted(breaks_h[0], times_h[0], side="right")[None] - 1
    both = _columns(breaks_h, times_h)
    order = np.argsort(both, axis=-1, kind="stable")  # a break sorts before an equal time
    passed = np.empty_like(order)
    np.put_along_axis(passed, order, np.cumsum(order < breaks_h.shape[1], axis=-1), axis=-1)
    return passed[:, breaks_h.shape[1] :] - 1


def _as_batch(a: Array, batch: int) -> Array:
    return np.broadcast_to(a, (max(a.shape[0], batch), *a.shape[1:]))
