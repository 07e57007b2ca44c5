"""The check of a certificate: its argument gone through again, without the planner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.taper.certificate import Certificate


@dataclass(frozen=True)
class Verdict:
    """Whether a certificate holds, and everything found wrong with it."""

    faults: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.faults


def check(
    certificate: Certificate,
    dose_mg: ArrayLike,
    occupancy: ArrayLike | Mapping[str, ArrayLike],
    *,
    tolerance: float = 1e-12,
) -> Verdict:
    """Check a certificate against doses and occupancies, without the planner.

    Takes nothing from the planner but the certificate: drops are taken again with
    `numpy.quantile(..., method="inverted_cdf")`.

    Args:
        certificate: what is claimed.
        dose_mg: (m,), ascending.
        occupancy: as given to `ladder`: (m,), (draws, m), or a mapping from target to these.
        tolerance: fractions; lets arithmetic done in another order pass.
    """
    return Verdict(tuple(_faults(certificate, dose_mg, occupancy, tolerance)))


def _faults(
    c: Certificate,
    dose_mg: ArrayLike,
    occupancy: ArrayLike | Mapping[str, ArrayLike],
    tolerance: float,
) -> Iterator[str]:
    dose = np.asarray(dose_mg, dtype=np.float64)
    named = dict(occupancy) if isinstance(occupancy, Mapping) else {"": occupancy}
    weights = dict(c.weights)
    if set(weights) != set(named):
        yield f"it is about {sorted(weights)}, not {sorted(named)}"
        return
    theta = [(weights[k], np.atleast_2d(np.asarray(v, float))) for k, v in named.items()]
    share = 0.5 if c.quantile is None else c.quantile
    if c.quantile is None and any(len(values) > 1 for _, values in theta):
        yield "it names no quantile, and there are several draws"
        return
    told = {c.start_mg, c.end_mg, *c.attained_mg, *(d for one in c.layers for d in one)}
    told |= {d for line in c.lines for d in (line.from_mg, line.reached_mg, line.next_mg)}
    if unknown := sorted(told - set(dose.tolist())):
        yield f"{unknown[0]:g} mg is not one of the doses"
        return
    rung = {float(d): i for i, d in enumerate(dose)}

    def drop(high: float, low: float) -> float:
        i, j = rung[high], rung[low]
        return max(
            float(w * np.quantile(v[:, i] - v[:, j], share, method="inverted_cdf"))
            for w, v in theta
        )

    yield from _attained_faults(c, drop, tolerance)
    start, end = rung[c.start_mg], rung[c.end_mg]
    if c.layers:
        yield from _layer_faults(c, dose, start, end, theta, share, tolerance)
        return
    if any((np.diff(v[:, end : start + 1], axis=1) < 0).any() for _, v in theta):
        yield "occupancy rises somewhere as the dose falls: the greedy argument does not apply"
    if not c.lines or c.lines[0].from_mg != c.start_mg:
        yield "it does not begin at the start"
        return
    for k, line in enumerate(c.lines, start=1):
        if k > 1 and line.from_mg != c.lines[k - 2].reached_mg:
            yield f"line {k} does not go on from line {k - 1}"
        if not c.end_mg < line.reached_mg <= line.from_mg:
            yield f"line {k} reaches {line.reached_mg:g} mg, which is not between start and end"
        elif line.next_mg != dose[rung[line.reached_mg] - 1]:
            yield f"line {k}: {line.next_mg:g} mg is not the next dose below"
        if drop(line.from_mg, line.next_mg) < c.lower_bound - tolerance:
            yield f"line {k}: {line.next_mg:g} mg is nearer than the bound"
        for told_drop, low in ((line.drop, line.reached_mg), (line.next_drop, line.next_mg)):
            if abs(told_drop - drop(line.from_mg, low)) > tolerance:
                yield f"line {k}: the drop from {line.from_mg:g} to {low:g} mg is misstated"
    stuck = c.lines[-1].reached_mg == c.lines[-1].from_mg
    if not stuck and (c.steps is None or len(c.lines) < c.steps):
        yield f"it has {len(c.lines)} lines for {c.steps or 'any number of'} steps"


def _attained_faults(
    c: Certificate, drop: Callable[[float, float], float], tolerance: float
) -> Iterator[str]:
    path = c.attained_mg
    if len(path) < 2 or path[0] != c.start_mg or path[-1] != c.end_mg:
        yield "its plan does not lead from the start to the end"
        return
    pairs = list(pairwise(path))
    if any(low >= high for high, low in pairs):
        yield "its plan does not go down at every step"
    if abs(max(drop(high, low) for high, low in pairs) - c.attained) > tolerance:
        yield "the worst drop of its plan is misstated"
    within = c.steps is None or len(pairs) <= c.steps
    if within and abs(c.attained - c.lower_bound) > tolerance:
        yield "its plan and its lower bound differ"


def _layer_faults(
    c: Certificate,
    dose: NDArray[np.float64],
    start: int,
    end: int,
    theta: list[tuple[float, NDArray[np.float64]]],
    share: float,
    tolerance: float,
) -> Iterator[str]:
    if c.start_mg not in c.layers[0]:
        yield "the first list does not hold the start"
    if any(c.end_mg in layer for layer in c.layers):
        yield "the end is on a list"
    last = len(c.layers) - 1
    closed = last > 0 and set(c.layers[last]) == set(c.layers[last - 1])
    if not closed and (c.steps is None or last < c.steps):
        yield f"it has {last} lists after the first, for {c.steps or 'any number of'} steps"
    for k in range(last):
        missing = ~np.isin(dose, c.layers[k + 1])
        for i in np.flatnonzero(np.isin(dose, c.layers[k])).tolist():
            low = end + np.flatnonzero(missing[end:i])
            if i > start or not low.size:
                continue
            falls = [
                w * np.quantile(v[:, [i]] - v[:, low], share, axis=0, method="inverted_cdf")
                for w, v in theta
            ]
            if (np.max(falls, axis=0) < c.lower_bound - tolerance).any():
                yield f"a dose nearer than the bound to {dose[i]:g} mg is missing from list {k + 1}"
