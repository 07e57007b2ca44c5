"""The line of events between two times: what enters, when, and the state after each event."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from occupancy.kinetics.disposition import Array
from occupancy.kinetics.doses import Arrivals
from occupancy.kinetics.exponential import Exponential
from occupancy.kinetics.generator import Generator

CHUNK = 1 << 22  # numbers held at once while working through long lists of times


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

    @property
    def steps_h(self) -> Array:
        """Time from each event to the next, (1 or batch, events − 1)."""
        return np.diff(self.breaks_h, axis=-1)


def timeline(g: Generator, arriving: Arrivals, start_h: float, end_h: float) -> Timeline:
    """Events within [start_h, end_h]; what began earlier and still runs is clipped to it."""
    at_once = np.broadcast_to(arriving.at_once, _shape(arriving))
    inside = (arriving.start_h >= start_h) & (arriving.start_h <= end_h)
    bolus = at_once & inside
    running = ~at_once & (arriving.end_h > start_h) & (arriving.start_h < end_h)
    use_bolus, use_running = bolus.any(axis=0), running.any(axis=0)
    b, r = arriving.select(use_bolus), arriving.select(use_running)
    times = _columns(
        np.full((1, 1), start_h),
        np.where(bolus[:, use_bolus], b.start_h, start_h),
        np.where(running[:, use_running], np.clip(r.start_h, start_h, end_h), start_h),
        np.where(running[:, use_running], np.clip(r.end_h, start_h, end_h), start_h),
    )
    if (times == times[:1]).all():
        breaks, where = np.unique(times[:1], return_inverse=True)
        breaks, where = breaks[None], where.reshape(1, -1)
    else:
        order = np.argsort(times, axis=-1, kind="stable")
        breaks = np.take_along_axis(times, order, axis=-1)
        where = np.argsort(order, axis=-1, kind="stable")
    events = breaks.shape[1]
    b_end = 1 + b.path.size
    r_end = b_end + r.path.size

    amounts = np.where(bolus[:, use_bolus], b.amount_mg, 0.0)
    jumps = _scatter(amounts, b.path, where[:, 1:b_end], g.entry.shape[1], events)
    jump = jumps.transpose(0, 2, 1) @ g.entry

    on = running[:, use_running]
    span = np.where(on, r.end_h - r.start_h, 1.0)
    speed = np.where(on, r.amount_mg / span, 0.0)
    slot = np.searchsorted(np.asarray(g.rate_paths), r.path)
    up, down = where[:, b_end:r_end], where[:, r_end:]
    change = _scatter(speed, slot, up, g.rate_states, events)
    change -= _scatter(speed, slot, down, g.rate_states, events)
    active = _scatter(on.astype(np.float64), slot, up, g.rate_states, events)
    active -= _scatter(on.astype(np.float64), slot, down, g.rate_states, events)
    # the running count says exactly when an input is off; the running sum only nearly
    rate = np.where(np.cumsum(active, axis=-1) > 0, _running_sum(change), 0.0)
    return Timeline(breaks, jump, np.maximum(rate, 0.0).transpose(0, 2, 1))


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


def _shape(arriving: Arrivals) -> tuple[int, int]:
    return arriving.batch, arriving.path.size


def _columns(*parts: Array) -> Array:
    batch = max(p.shape[0] for p in parts)
    return np.concatenate([np.broadcast_to(p, (batch, p.shape[1])) for p in parts], axis=1)


def _scatter(value: Array, slot: np.ndarray, at: np.ndarray, slots: int, events: int) -> Array:
    """Sum values (batch, items) into (batch, slots, events)."""
    batch = max(value.shape[0], at.shape[0])
    out = np.zeros((batch, slots, events))
    if slot.size:
        member = np.arange(batch)[:, None]
        np.add.at(out, (member, slot[None, :], at), np.broadcast_to(value, (batch, slot.size)))
    return out


def march(
    exponential: Exponential, line: Timeline, initial: Array, end_h: float
) -> tuple[Array, Array, Array]:
    """States just after each event, the state at `end_h`, and what each block lost.

    initial (1 or batch, n − rate states). Returns (batch, events, n), (batch, n), (batch,
    blocks); the first columns of the states are the constant input rates.
    """
    rates = line.rate.shape[-1]
    batch = max(initial.shape[0], line.jump.shape[0], line.rate.shape[0], exponential.batch)
    events, n = line.breaks_h.shape[1], line.jump.shape[-1]
    last = np.maximum(end_h - line.breaks_h[:, -1:], 0.0)
    steps = np.concatenate([line.steps_h, last], axis=1)  # (1 or batch, events)
    shared = steps.shape[0] == 1
    if shared:
        unique, which = np.unique(steps[0], return_inverse=True)
        which = which.reshape(-1)
    else:
        unique, which = np.empty(0), np.arange(events)
    per_matrix = max(exponential.batch, steps.shape[0]) * (n + exponential.blocks) * n
    chunk = max(1, CHUNK // per_matrix)

    states = np.empty((batch, events, n))
    x = np.zeros((batch, n))
    x[:, rates:] = initial
    lost = np.zeros((batch, exponential.blocks))
    held = (-1, -1)
    matrices = np.empty(0)
    for e in range(events):
        x += line.jump[:, e]
        x[:, :rates] = line.rate[:, e]
        states[:, e] = x
        k = int(which[e])
        if not held[0] <= k < held[1]:
            held = (k // chunk * chunk, (k // chunk + 1) * chunk)
            piece = slice(*held)
            matrices = exponential.matrices(unique[None, piece] if shared else steps[:, piece])
        moved = (matrices[:, k - held[0]] @ x[..., None])[..., 0]
        x, lost = moved[:, :n].copy(), lost + moved[:, n:]
    return states, x, lost


def read(
    exponential: Exponential, line: Timeline, states: Array, times_h: Array, rows: Array
) -> Array:
    """rows · state at times (1 or batch, t) within the window: (batch, r, t).

    At an event the value just after it is read.
    """
    segment = segments(line.breaks_h, times_h)
    starts = np.take_along_axis(_as_batch(line.breaks_h, segment.shape[0]), segment, axis=-1)
    offsets = times_h - starts
    count, r = offsets.shape[1], rows.shape[1]
    if offsets.shape[0] == 1:
        unique, which = np.unique(offsets[0], return_inverse=True)
        if unique.size * states.shape[1] <= 2 * count + 16:
            table = exponential.rows(unique[None], rows)  # (b, k, r, n)
            table = table.transpose(0, 2, 1, 3).reshape(table.shape[0], -1, table.shape[3])
            values = table @ states.transpose(0, 2, 1)  # (batch, r k, events)
            values = values.reshape(values.shape[0], r, -1)
            return np.take(values, which.reshape(-1) * states.shape[1] + segment[0], axis=-1)
    batch = max(states.shape[0], offsets.shape[0])
    out = np.empty((batch, r, count))
    chunk = max(1, CHUNK // (batch * r * states.shape[-1]))
    for at in range(0, count, chunk):
        piece = slice(at, at + chunk)
        weights = exponential.rows(offsets[:, piece], rows)  # (b, t, r, n)
        x = (
            states[:, segment[0, piece]]
            if segment.shape[0] == 1
            else np.take_along_axis(_as_batch(states, batch), segment[:, piece, None], axis=1)
        )
        out[:, :, piece] = np.einsum("btrn,btn->brt", weights, x)
    return out


def segments(breaks_h: Array, times_h: Array) -> np.ndarray:
    """Index of the last break at or before each time, (1 or batch, times)."""
    if breaks_h.shape[0] == 1 and times_h.shape[0] == 1:
        return np.searchsorted(breaks_h[0], times_h[0], side="right")[None] - 1
    both = _columns(breaks_h, times_h)
    order = np.argsort(both, axis=-1, kind="stable")  # a break sorts before an equal time
    passed = np.cumsum(order < breaks_h.shape[1], axis=-1)
    back = np.argsort(order, axis=-1, kind="stable")
    return np.take_along_axis(passed, back[:, breaks_h.shape[1] :], axis=-1) - 1


def _as_batch(a: Array, batch: int) -> Array:
    return np.broadcast_to(a, (max(a.shape[0], batch), *a.shape[1:]))
