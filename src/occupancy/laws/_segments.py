"""The recursion every piecewise-constant course shares."""

from __future__ import annotations

from typing import Any

from occupancy.laws._namespace import Array


def per_segment(xp: Any, rest: int, *values: Array) -> tuple[Any, ...]:
    """Give each value the shape (segments, ...) with `rest` axes after the first.

    A 0-d value holds for every segment and is left alone. New axes go right after the leading
    one, so what follows it broadcasts the ordinary way.
    """
    return tuple(
        v if v.ndim == 0 else xp.reshape(v, (v.shape[0], *(1,) * (rest + 1 - v.ndim), *v.shape[1:]))
        for v in values
    )


def rest_axes(segment_values: tuple[Array, ...], other_values: tuple[Array, ...]) -> int:
    """Return how many axes remain once the segment axis is taken away."""
    return max(
        [0, *(v.ndim - 1 for v in segment_values), *(v.ndim for v in other_values)],
    )


def affine_course(xp: Any, state0: Array, keep: Array, gain: Array) -> Array:
    """Return state0 and the state at the end of each segment, state -> keep * state + gain.

    `keep` and `gain` have the segments on their leading axis; the result has one row more.
    """
    keep, gain = xp.broadcast_arrays(keep, gain)
    state = state0 + xp.zeros(keep.shape[1:], dtype=keep.dtype)
    states = [state]
    for i in range(keep.shape[0]):
        state = keep[i, ...] * state + gain[i, ...]
        states.append(state)
    return xp.stack(states, axis=0)
