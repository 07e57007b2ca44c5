"""Events and output times merged into one order of steps, shared or padded per person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from occupancy.kinetics.disposition import Array
from occupancy.kinetics.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Merged:
    """Steps, and what happens at the nodes they reach; fields as in `EventGrid`.

    `reached_h` (1 + steps,) is a time in the occasion that holds from each node on.
    """

    dt_h: Array
    output: np.ndarray
    jump_mg: Array
    jump_row: np.ndarray
    rate_mg_h: Array
    rate_row: np.ndarray
    reached_h: Array


def merge_shared(line: Timeline, times: Array, inner: Array) -> Merged:
    """Nodes at every event, output and start of an occasion (`inner`), for all people alike."""
    breaks = line.breaks_h[0]
    later = np.unique(np.concatenate([breaks, times, inner]))
    # an output at the very start needs a step to be read after: one of 0 h
    reached = later if times[0] > breaks[0] else np.concatenate([breaks[:1], later])
    node = np.searchsorted(reached, breaks, side="right") - 1
    jump_mg, jump_row = _rows(line.jump.transpose(1, 2, 0), node, reached.size)
    rate, index = _distinct(line.rate.transpose(1, 2, 0))
    last = np.searchsorted(breaks, reached, side="right") - 1
    output = np.searchsorted(reached, times, side="right") - 2
    return Merged(np.diff(reached)[:, None], output, jump_mg, jump_row, rate, index[last], reached)


def merge_people(line: Timeline, times: Array, inner: Array) -> Merged:
    """Nodes at every output and start of an occasion, and between them one per event.

    An interval gets as many nodes as the person with most events in it has; those that a
    person does not need stand at the interval's end, a step of 0 h.
    """
    breaks, start = line.breaks_h, line.breaks_h[0, 0]
    people = max(breaks.shape[0], line.jump.shape[0], line.rate.shape[0])
    breaks = np.broadcast_to(breaks, (people, breaks.shape[1]))
    anchors = np.unique(np.concatenate([times, inner]))
    interval = np.searchsorted(anchors, breaks, side="left")
    at_start = breaks == start
    on_anchor = ~at_start & (anchors[np.minimum(interval, anchors.size - 1)] == breaks)
    slotted = _active(line, people) & ~at_start & ~on_anchor

    rank = _rank(interval, slotted)
    slots = np.zeros(anchors.size, dtype=np.intp)
    np.maximum.at(slots, interval[slotted], rank[slotted] + 1)
    anchor_node = np.cumsum(slots + 1)  # node 0 is the start
    nodes = int(anchor_node[-1]) + 1
    first = anchor_node - slots
    node = np.where(slotted, first[interval] + rank, anchor_node[interval])
    node = np.where(at_start, 0, node)

    ends = np.repeat(anchors, slots + 1)
    at = np.empty((nodes, people))
    at[0] = start
    at[1:] = ends[:, None]
    member = np.broadcast_to(np.arange(people)[:, None], breaks.shape)
    at[node[slotted], member[slotted]] = breaks[slotted]

    jump = np.zeros((nodes, line.jump.shape[-1], people))
    amounts = np.broadcast_to(line.jump, (people, *line.jump.shape[1:]))
    events = np.flatnonzero(amounts.any(axis=(0, 2)))
    for e in events:
        jump[node[:, e], :, member[:, e]] += amounts[:, e]  # one entry per person: none twice
    jump_mg, jump_row = _rows(jump, np.arange(nodes), nodes)
    rate, rate_row = _rates(line, node, slotted | at_start | on_anchor, nodes, people)

    reached = np.concatenate([[start], np.repeat(np.append(start, anchors[:-1]), slots + 1)])
    reached[anchor_node] = anchors
    output = anchor_node[np.searchsorted(anchors, times)] - 1
    return Merged(np.diff(at, axis=0), output, jump_mg, jump_row, rate, rate_row, reached)


def _active(line: Timeline, people: int) -> np.ndarray:
    """Whether anything changes at an event of a person, (people, events)."""
    changed = np.diff(line.rate, axis=1, prepend=0.0).any(axis=-1)
    return np.broadcast_to(line.jump.any(axis=-1) | changed, (people, line.jump.shape[1]))


def _rank(interval: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """How many counted events of the same person and interval come before each event."""
    before = np.cumsum(counted, axis=1) - counted
    opens = np.diff(interval, axis=1, prepend=-1) != 0
    at_open = np.maximum.accumulate(np.where(opens, before, 0), axis=1)
    return before - at_open


def _rates(
    line: Timeline, node: np.ndarray, placed: np.ndarray, nodes: int, people: int
) -> tuple[Array, np.ndarray]:
    slots = line.rate.shape[-1]
    if not slots:
        return np.zeros((1, 0, 1)), np.zeros(nodes, dtype=np.intp)
    latest = np.zeros((nodes, people), dtype=np.intp)
    member, event = np.nonzero(placed)
    np.maximum.at(latest, (node[member, event], member), event)
    latest = np.maximum.accumulate(latest, axis=0)
    rate = np.broadcast_to(line.rate, (people, *line.rate.shape[1:]))
    return rate[np.arange(people), latest].transpose(0, 2, 1), np.arange(nodes)


def _rows(value: Array, node: np.ndarray, nodes: int) -> tuple[Array, np.ndarray]:
    """Rows (rows, paths, people) that are not all zero, after a first of zeros, and each node's."""
    used = np.flatnonzero(value.any(axis=(1, 2)))
    kept, index = _distinct(value[used])
    row = np.zeros(nodes, dtype=np.intp)
    row[node[used]] = index + 1
    return np.concatenate([np.zeros((1, *value.shape[1:])), kept]), row


def _distinct(value: Array) -> tuple[Array, np.ndarray]:
    """Different rows of (rows, ..., people), and which each is; compared only when shared."""
    if value.shape[-1] > 1 or not value.size:
        if not value.shape[1]:
            return value[:1], np.zeros(value.shape[0], dtype=np.intp)
        return value, np.arange(value.shape[0])
    kept, index = np.unique(value, axis=0, return_inverse=True)
    return kept, index.reshape(-1)
