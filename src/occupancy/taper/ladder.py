"""The feasible doses as rungs of a ladder, and the occupancy drop between any two of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Levels of every band that is reported.
BAND = (0.05, 0.5, 0.95)
#: Fitted Emax may pass 1 a little; anything above this was given in percent.
LARGEST_FRACTION = 1.5
#: Two doses closer than this, relatively, are one dose.
SAME_DOSE = 1e-9
#: Differences taken at once, to bound memory.
CHUNK = 1 << 18


def rank_of(quantile: float, draws: int) -> int:
    """Position, from 0, of a quantile among sorted draws: the smallest value that covers it.

    The q quantile is a draw, never between two: at least a share q of the draws is no larger
    (`numpy.quantile(..., method="inverted_cdf")`). So it needs no rounding, and it can only grow
    when every draw grows.
    """
    return min(max(math.ceil(quantile * draws - 1e-9) - 1, 0), draws - 1)


def distinct(*values: Array) -> Array:
    """All values of some arrays, ascending, each once.

    `numpy.unique` does the same and imports `numpy.ma`, a fifth of what NumPy costs to start.
    """
    return np.array(sorted({one for array in values for one in np.ravel(array).tolist()}))


@dataclass(frozen=True)
class Band:
    """Median and the 5-95 % band over the draws; the three are equal when there is one draw."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Array) -> Band:
        """Band of `values` (draws,)."""
        low, median, high = (rank_of(q, values.size) for q in BAND)
        kept = np.partition(values, (low, median, high))
        return cls(float(kept[median]), float(kept[low]), float(kept[high]))


@dataclass(frozen=True, eq=False)
class TargetOccupancy:
    """Occupancy (draws, m) of one target on the rungs, as fractions, and its weight."""

    name: str
    occupancy: Array
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Ladder:
    """Feasible doses with the occupancy each gives; made by `ladder`.

    The drop of the step from rung i down to rung j is

        D[i, j] = max over targets of  weight · Q_q(θ_i − θ_j over the draws)

    with Q_q the `quantile` as `rank_of` defines it; with one draw, simply θ_i − θ_j.

    Attributes:
        dose_mg: (m,), ascending.
        targets: one or more.
        quantile: q; of no effect with one draw.
    """

    dose_mg: Array
    targets: tuple[TargetOccupancy, ...]
    quantile: float

    @property
    def draws(self) -> int:
        """The largest number of draws of any target."""
        return max(one.occupancy.shape[0] for one in self.targets)

    def monotone(self, lowest: int, highest: int) -> bool:
        """Whether, between two rungs, a lower dose never gives a higher occupancy in any draw.

        Then D[i, j] grows with i and falls with j, and the greedy argument of the certificate
        holds.
        """
        part = slice(lowest, highest + 1)
        return all(bool((np.diff(t.occupancy[:, part], axis=1) >= 0).all()) for t in self.targets)

    def index(self, dose_mg: float) -> int:
        """The rung of a dose.

        Raises:
            ValueError: no product makes the dose; the two nearest are named.
        """
        at = int(np.searchsorted(self.dose_mg, dose_mg))
        near = [i for i in (at - 1, at) if 0 <= i < self.dose_mg.size]
        for i in near:
            if abs(self.dose_mg[i] - dose_mg) <= SAME_DOSE * max(abs(dose_mg), 1.0):
                return i
        made = " and ".join(f"{self.dose_mg[i]:g} mg" for i in near)
        raise ValueError(
            f"dose = {dose_mg:g} mg is not made by these products; the nearest they make: {made}. "
            "Choose one of them, or add a product."
        )

    def drop(self, higher: int, lower: int) -> float:
        """D of one pair of rungs."""
        if self.draws == 1:
            return max(
                float(t.weight * (t.occupancy[0, higher] - t.occupancy[0, lower]))
                for t in self.targets
            )
        if math.isnan(self._known[higher, lower]):
            pair = np.array([higher]), np.array([lower])
            self._known[pair] = self._pairs(*pair)
        return float(self._known[higher, lower])

    def drops(self, higher: Indices, lower: Indices) -> Array:
        """D for every pair of the two sets of rungs, (higher, lower).

        Pairs that are no step down are +inf.
        """
        if self.draws == 1:
            falls = [
                one.weight * (one.occupancy[0][higher, None] - one.occupancy[0][lower])
                for one in self.targets
            ]
            fall = reduce(np.maximum, falls)
            near = np.flatnonzero(higher <= lower.max())  # the only rows that may lead upwards
            fall[near] = np.where(lower < higher[near, None], fall[near], np.inf)
            return fall
        asked = np.ix_(higher, lower)
        missing = np.isnan(self._known[asked]) & (lower < higher[:, None])
        if missing.any():
            row, column = np.nonzero(missing)
            self._known[higher[row], lower[column]] = self._pairs(higher[row], lower[column])
        return np.where(lower < higher[:, None], self._known[asked], np.inf)

    @cached_property
    def _known(self) -> Array:
        """Drops taken so far, (m, m); nan where not yet: each costs a pass over the draws."""
        return np.full((self.dose_mg.size, self.dose_mg.size), np.nan)

    def _pairs(self, higher: Indices, lower: Indices) -> Array:
        found = np.full(higher.size, -np.inf)
        for one, turned in zip(self.targets, self._turned, strict=True):
            draws = turned.shape[1]
            rank, size = rank_of(self.quantile, draws), max(CHUNK // draws, 1)
            for first in range(0, higher.size, size):
                part = slice(first, first + size)
                fall = turned[higher[part]] - turned[lower[part]]
                if draws > 1:
                    fall.partition(rank, axis=1)
                found[part] = np.maximum(found[part], one.weight * fall[:, rank])
        return found

    @cached_property
    def _turned(self) -> tuple[Array, ...]:
        """Occupancies with the draws of one rung side by side in memory, (m, draws)."""
        return tuple(np.ascontiguousarray(one.occupancy.T) for one in self.targets)


def ladder(
    dose_mg: ArrayLike,
    occupancy: ArrayLike | Mapping[str, ArrayLike],
    *,
    quantile: float = 0.95,
    weights: Mapping[str, float] | None = None,
) -> Ladder:
    """Put doses and their occupancy together, checked.

    Args:
        dose_mg: (m,), ascending, without repeats, from 0 up.
        occupancy: fractions, (m,) or (draws, m); or a mapping from target to such an array.
        quantile: the share of the draws in which a step shall be no larger than its drop; 0.5
            plans for the typical curve.
        weights: per target, 1 where left out; a drop counts weight times.

    Raises:
        ValueError: names what is wrong with which argument.
    """
    dose = np.asarray(dose_mg, dtype=np.float64)
    if dose.ndim != 1 or dose.size < 2:
        raise ValueError(f"dose_mg has shape {dose.shape}; give at least two feasible doses, (m,).")
    if not np.isfinite(dose).all() or dose[0] < 0 or (np.diff(dose) <= 0).any():
        raise ValueError("dose_mg must be finite, 0 mg or more, ascending and without repeats.")
    if not 0 < quantile < 1:
        raise ValueError(f"quantile = {quantile:g} is not allowed; give a share between 0 and 1.")
    named = dict(occupancy) if isinstance(occupancy, Mapping) else {"": occupancy}
    given = dict(weights or {})
    if unknown := sorted(set(given) - set(named)):
        raise ValueError(f"weights name {', '.join(unknown)}; the targets are {', '.join(named)}.")
    if not named:
        raise ValueError("occupancy names no target; give at least one.")
    targets = tuple(
        _target(name, values, given.get(name, 1.0), dose.size) for name, values in named.items()
    )
    return Ladder(dose, targets, float(quantile))


def _target(name: str, values: ArrayLike, weight: float, size: int) -> TargetOccupancy:
    at = f"occupancy at {name}" if name else "occupancy"
    theta = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if theta.ndim != 2 or theta.shape[1] != size or not theta.size:
        raise ValueError(
            f"{at} has shape {theta.shape}; {size} doses need ({size},) or (draws, {size})."
        )
    if not np.isfinite(theta).all():
        raise ValueError(f"{at} holds values that are not finite.")
    if np.abs(theta).max() > LARGEST_FRACTION:
        raise ValueError(
            f"{at} reaches {np.abs(theta).max():g}; give fractions (0.752), not percent (75.2)."
        )
    if not (math.isfinite(weight) and weight > 0):
        raise ValueError(f"weight of {name or 'the target'} = {weight:g}; give a positive number.")
    return TargetOccupancy(name, theta, float(weight))
