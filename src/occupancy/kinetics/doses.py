"""Doses, and when they arrive: lag, bioavailability, input duration, per path and per draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from occupancy.kinetics.disposition import Array, System

Bioavailability = ArrayLike | Callable[[Array], ArrayLike]
"""F as a number, per dose (doses,), per draw and dose (batch, 1 or doses), or a function of mg."""

SHORTEST_H = 1e-14
"""A shorter input counts as immediate."""


@dataclass(frozen=True, eq=False)
class Doses:
    """When how much was taken: `time_h` (doses,) in hours, `amount_mg` (doses,) in mg.

    `amount_mg` may be one number for all doses, or have shape (batch, doses) when members of
    the batch take different amounts at the same times. No order is needed.

    Raises ValueError for shapes that do not match and for negative or non-finite values.
    """

    time_h: Array
    amount_mg: Array

    def __init__(self, time_h: ArrayLike, amount_mg: ArrayLike) -> None:
        """Check and convert to arrays."""
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        amount = np.asarray(amount_mg, dtype=np.float64)
        if time.ndim != 1:
            raise ValueError(f"Doses: time_h has shape {time.shape}; give shape (doses,).")
        if amount.size == 1 and np.ndim(amount_mg) == 0:
            amount = np.broadcast_to(amount, time.shape)
        if amount.ndim > 2 or amount.shape[-1] != time.size:
            raise ValueError(
                f"Doses: amount_mg has shape {amount.shape} for {time.size} times; give one "
                "amount, one per dose, or (batch, doses)."
            )
        if not np.isfinite(time).all():
            raise ValueError("Doses: time_h holds a value that is not finite.")
        if not np.isfinite(amount).all() or (amount < 0).any():
            raise ValueError("Doses: amount_mg must be finite and zero or positive.")
        object.__setattr__(self, "time_h", time)
        object.__setattr__(self, "amount_mg", amount)

    @property
    def count(self) -> int:
        """Number of doses."""
        return self.time_h.size


def no_doses() -> Doses:
    """An empty list of doses."""
    return Doses(np.zeros(0), np.zeros(0))


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Doses after lag and bioavailability, as they enter the paths of a system.

    `start_h`, `end_h` and `amount_mg` have shape (1 or batch, arrivals); `path` (arrivals,)
    is the index of the input. Where start equals end the amount enters at once.
    """

    start_h: Array
    end_h: Array
    amount_mg: Array
    path: np.ndarray

    @property
    def batch(self) -> int:
        """Largest batch among the arrays."""
        return max(self.start_h.shape[0], self.end_h.shape[0], self.amount_mg.shape[0])

    @property
    def at_once(self) -> np.ndarray:
        """Where the amount enters in no time, (1 or batch, arrivals)."""
        return self.end_h <= self.start_h

    def select(self, keep: np.ndarray | np.bool) -> Arrivals:
        """The arrivals where `keep` (arrivals,) holds."""
        return Arrivals(
            self.start_h[:, keep], self.end_h[:, keep], self.amount_mg[:, keep], self.path[keep]
        )

    def shifted(self, hours: float | Array) -> Arrivals:
        """The same arrivals `hours` later."""
        return Arrivals(self.start_h + hours, self.end_h + hours, self.amount_mg, self.path)


def join(parts: Sequence[Arrivals]) -> Arrivals:
    """All arrivals of several lists, in one list."""

    def along(field: str) -> Array:
        arrays = [getattr(p, field) for p in parts]
        batch = max((a.shape[0] for a in arrays), default=1)
        arrays = [
            a if a.shape[0] == batch else np.broadcast_to(a, (batch, a.shape[1])) for a in arrays
        ]
        return np.concatenate(arrays, axis=1) if arrays else np.zeros((1, 0))

    if len(parts) == 1:
        return parts[0]
    path = [p.path for p in parts]
    return Arrivals(
        along("start_h"),
        along("end_h"),
        along("amount_mg"),
        np.concatenate(path) if path else np.zeros(0, dtype=np.intp),
    )


def bioavailable(doses: Doses, bioavailability: Bioavailability | None) -> Array:
    """F · dose in mg, shape (1 or batch, doses)."""
    amount = np.atleast_2d(doses.amount_mg)
    if bioavailability is None:
        return amount
    value = bioavailability(amount) if callable(bioavailability) else bioavailability
    f = np.asarray(value, dtype=np.float64)
    if f.ndim > 2 or (f.ndim == 1 and f.size not in (1, doses.count)):
        raise ValueError(
            f"bioavailability has shape {f.shape} for {doses.count} doses; give one number, one "
            "per dose, or (batch, 1 or doses)."
        )
    if not np.isfinite(f).all() or (f < 0).any():
        raise ValueError("bioavailability must be finite and zero or positive.")
    return amount * (f if f.ndim == 2 else np.atleast_2d(f))


def arrivals(
    system: System, doses: Doses, bioavailability: Bioavailability | None = None
) -> Arrivals:
    """Where and when each dose enters each input path.

    amount = dose · F · fraction; start = time + lag; end = start + duration.

    Raises ValueError when a per-dose duration does not have one value per dose.
    """
    amount = bioavailable(doses, bioavailability)
    parts = []
    for index, path in enumerate(system.inputs):
        lag = np.atleast_1d(np.asarray(path.lag_h, dtype=np.float64))[:, None]
        fraction = np.atleast_1d(np.asarray(path.fraction, dtype=np.float64))[:, None]
        duration = np.asarray(path.duration_h, dtype=np.float64)
        if duration.ndim == 2 and duration.shape[1] != doses.count:
            raise ValueError(
                f"Input {path.name!r}: duration_h has shape {duration.shape} for {doses.count} "
                "doses; give (1 or batch, doses)."
            )
        if duration.ndim < 2:
            duration = np.atleast_1d(duration)[:, None]
        duration = np.where(duration < SHORTEST_H, 0.0, duration)
        start = doses.time_h[None, :] + lag
        parts.append(
            Arrivals(start, start + duration, amount * fraction, np.full(doses.count, index))
        )
    return join(parts)
