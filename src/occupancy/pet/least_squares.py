"""Nonlinear least squares within bounds, many starts or many data sets at once.

Levenberg and Marquardt's method with Marquardt's scaling by the diagonal (J SIAM 1963;11:431):
invariant to the units of every parameter. A parameter on a bound whose gradient points out of the
box is held there for the step; steps are clipped to the box. All problems of a batch advance
together, and those that have converged are left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.frames import Array

# (problems, parameters), indices of the problems -> residuals (problems, n) and their Jacobian
Evaluate = Callable[[Array, npt.NDArray[np.intp]], tuple[Array, Array]]


@final
@dataclass(frozen=True, eq=False)
class Solved:
    """Where each problem ended: parameters (problems, n), sums of squares, whether converged."""

    parameters: Array
    squares: Array
    converged: npt.NDArray[np.bool_]


def least_squares(
    evaluate: Evaluate,
    starts: Array,
    lower: Array,
    upper: Array,
    steps: int = 300,
    tolerance: float = 1e-8,
) -> Solved:
    """Minimise Σ r² for every row of `starts`, lower <= p <= upper.

    A problem has converged when a full step changes every parameter by less than `tolerance` of
    itself, or when the sum of squares can no longer fall.
    """
    p = np.clip(np.array(starts, dtype=np.float64), lower, upper)
    problems, n = p.shape
    index = np.arange(problems)
    residual, jacobian = evaluate(p, index)
    squares = _squares(residual)
    damping = np.full(problems, 1e-3)
    converged = np.zeros(problems, dtype=bool)
    floor = 1e-300
    diagonal = np.arange(n)
    for _ in range(steps):
        live = index[~converged]
        if live.size == 0:
            break
        whole = live.size == problems  # then nothing need be copied
        j, r, here = (jacobian, residual, p) if whole else (jacobian[live], residual[live], p[live])
        before, damped = squares[live], damping[live]
        across = j.transpose(0, 2, 1)
        gradient = (across @ r[..., None])[..., 0]
        normal = across @ j
        held = ((here <= lower) & (gradient > 0)) | ((here >= upper) & (gradient < 0))
        scale = np.maximum(np.sqrt(normal[:, diagonal, diagonal]), floor)
        free = np.where(held, 0.0, 1.0 / scale)
        matrix = normal * free[:, :, None] * free[:, None, :]
        matrix[:, diagonal, diagonal] = 1.0 + damped[:, None]
        step = -np.linalg.solve(matrix, (gradient * free)[..., None])[..., 0] * free
        tried = np.clip(here + step, lower, upper)
        new_residual, new_jacobian = evaluate(tried, live)
        new_squares = _squares(new_residual)
        fell = new_squares <= before
        moved = np.abs(tried - here)
        still = (moved <= tolerance * (np.abs(here) + tolerance)).all(axis=1)
        # a step so short that it moves nothing ends the search, whether or not it was taken
        flat = fell & (before - new_squares <= 1e-16 * before) & (damped <= 1e-6)
        lost = ~fell & (damped > 1e12)
        converged[live] = still | (before <= floor) | lost | flat
        if whole and fell.all():
            p, squares, residual, jacobian = tried, new_squares, new_residual, new_jacobian
        else:
            took = live[fell]
            p[took], squares[took] = tried[fell], new_squares[fell]
            residual[took], jacobian[took] = new_residual[fell], new_jacobian[fell]
        damping[live] = np.where(fell, np.maximum(damped * 0.1, 1e-12), damped * 8.0)
    return Solved(p, squares, converged)


def _squares(residual: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.einsum("sf,sf->s", residual, residual)
    return np.where(np.isfinite(total), total, np.inf)
