"""States that leave their physical range: found after the run, named, never clipped."""

from __future__ import annotations

import numpy as np

from occupancy.engine.stiff_lanes import Task
from occupancy.engine.stiff_model import Array, Bound, StiffModel

SLACK = 10.0
"""A state may lie outside by this many times the accuracy asked at its bound."""


def slack(model: StiffModel, task: Task) -> Array:
    """How far each bounded state may lie outside, (bounds,)."""
    return np.asarray(
        [
            SLACK * (task.atol[index] + task.rtol * float(np.abs(_limit(task, bound)).min()))
            for index, _, bound in model.bounds()
        ]
    )


def check_start(model: StiffModel, task: Task) -> None:
    """Raise ValueError when y0 lies outside the range of a state."""
    for (index, side, bound), allowed in zip(model.bounds(), slack(model, task), strict=True):
        limit = _limit(task, bound)
        y = task.y0[index]
        outside = (limit - y if side == "lower" else y - limit) > allowed
        if outside.any():
            k = int(np.argmax(outside))
            raise ValueError(
                f"y0 of state {model.names[index]!r}, person {k}, is {y[k]:g}, outside its range "
                f"({side} bound {np.broadcast_to(limit, y.shape)[k]:g})."
            )


def departure(model: StiffModel, task: Task, y: Array, name: int) -> str:
    """Say which state of a task's only person is furthest outside its range, and when.

    y (times, states) at the task's times; `name` is the person's number among everybody.
    """
    worst, sentence = 0.0, ""
    for (index, side, bound), allowed in zip(model.bounds(), slack(model, task), strict=True):
        limit = float(_limit(task, bound).ravel()[0])
        beyond = limit - y[:, index] if side == "lower" else y[:, index] - limit
        at = int(np.argmax(np.nan_to_num(beyond, nan=np.inf)))
        if not beyond[at] / allowed <= worst:
            worst = beyond[at] / allowed
            sentence = (
                f"state {model.names[index]!r} of person {name} lies {beyond[at]:.3g} "
                f"{'below' if side == 'lower' else 'above'} its {side} bound {limit:g} at "
                f"{task.times_h[at]:.6g} h"
            )
    return sentence


def not_a_number(model: StiffModel, task: Task, y: Array) -> str:
    """Say which state of whom is not finite first, "" when all are; y (outputs, states, people)."""
    if np.isfinite(y).all():
        return ""
    o, i, k = np.argwhere(~np.isfinite(y))[0]
    return f"state {model.names[i]!r} of person {k} is not a number at {task.times_h[o]:g} h"


def _limit(task: Task, bound: Bound) -> Array:
    return task.p[bound] if isinstance(bound, str) else np.asarray(bound, dtype=np.float64)
