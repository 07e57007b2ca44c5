"""Which of many times, or stretches of time, are the same, so that each is worked out once."""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.disposition import Array

ROUNDINGS = 2.0
SHARE = 1e-9


def merged_times(*times: Array) -> Array:
    """Every time once, rising, (m,).

    It is `numpy.union1d` without what that imports: NumPy's masked arrays, which take a tenth of
    the time in which a command starts.
    """
    found = np.sort(np.concatenate(times))
    kept = np.ones(found.size, dtype=bool)
    np.not_equal(found[1:], found[:-1], out=kept[1:])
    return found[kept]


def distinct(hours: Array, clock: Array) -> tuple[np.ndarray, np.ndarray]:
    """Rows of hours (k, 1 or batch), zero or more, that differ: indices (m,), and whose (k,).

    clock (k,) is the time at which each stretch was read off. An input that lasts D hours and
    begins every day ends at 24 k + D, and (24 k + D) − 24 k is D only up to the spacing of
    floating numbers at 24 k + D. So two rows are the same where no member of the batch differs
    by more than `ROUNDINGS` of its own clock, nor by more than `SHARE` of the row's shortest
    stretch: such rows differ only in how their times were rounded. The first of equal rows, whose
    clock is the finest, stands for them. (Rows that agree on average and not one by one may keep
    equal rows apart: that costs time, not accuracy.)
    """
    shortest = hours.min(axis=1, initial=np.inf)
    slack = np.minimum(ROUNDINGS * np.spacing(np.abs(clock)), SHARE * shortest)
    order = np.argsort(hours.mean(axis=1), kind="stable")
    apart = np.abs(np.diff(hours[order], axis=0)).max(axis=1, initial=0.0)
    opens = np.ones(order.size, dtype=bool)
    opens[1:] = apart > np.maximum(slack[order[1:]], slack[order[:-1]])
    first = np.empty_like(order)
    first[order] = np.minimum.reduceat(order, np.flatnonzero(opens))[np.cumsum(opens) - 1]
    # a run of neighbours may drift: each must agree with the one that stands for it
    drifted = np.abs(hours - hours[first]).max(axis=1, initial=0.0) > slack
    first[drifted] = np.flatnonzero(drifted)
    return np.unique(first, return_inverse=True)
