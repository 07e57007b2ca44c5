"""Which of many stretches of time are the same, so that each is worked out once."""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.disposition import Array

ROUNDINGS = 2.0


def distinct(hours: Array, clock: Array) -> tuple[np.ndarray, np.ndarray]:
    """Rows of hours (k, 1 or batch) that differ: their indices (m,), and which is whose (k,).

    clock (k,) is the time at which each stretch was read off. Two rows are the same where no
    member of the batch differs by more than `ROUNDINGS` of that clock (its own, not the other's):
    a dose every day ends its input at 24 k + D, and (24 k + D) − 24 k is D only up to the
    spacing of floating numbers at 24 k + D. The first of equal rows stands for them.
    """
    slack = ROUNDINGS * np.spacing(np.abs(clock))
    order = np.argsort(hours.mean(axis=1), kind="stable")
    apart = np.abs(np.diff(hours[order], axis=0)).max(axis=1, initial=0.0)
    opens = np.ones(order.size, dtype=bool)
    opens[1:] = apart > np.maximum(slack[order[1:]], slack[order[:-1]])
    starts = np.flatnonzero(opens)
    first = np.empty_like(order)
    first[order] = np.minimum.reduceat(order, starts)[np.cumsum(opens) - 1]
    # a run of neighbours may drift: each must agree with the one that stands for it
    drifted = np.abs(hours - hours[first]).max(axis=1, initial=0.0) > slack
    first[drifted] = np.flatnonzero(drifted)
    return np.unique(first, return_inverse=True)
