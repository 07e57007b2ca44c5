"""Weighted linear regression, with what follows from its coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import STEP, Numbers
from occupancy.pet.frames import Array


class Linear(NamedTuple):
    """Coefficients, their covariance σ² (XᵀWX)⁻¹, the fitted points and Σ w r²."""

    coefficients: Array
    covariance: Array
    fitted: Array
    wrss: float


def linear_fit(x: Array, y: Array, weights: Array) -> Linear:
    """Fit y = x β by weighted least squares, σ² = wrss/(n − p) over points with a weight.

    Raises
    ------
    PetError
        The columns of x do not determine β.
    """
    root = np.sqrt(weights)
    scale = np.sqrt(np.einsum("fn,fn->n", x * root[:, None], x * root[:, None]))
    n, p = int((weights > 0).sum()), x.shape[1]
    if n < p or (scale == 0).any():
        raise PetError(f"{n} points cannot determine {p} coefficients.")
    q, r = np.linalg.qr(x * root[:, None] / scale)
    if np.abs(np.diag(r)).min() < 1e-12:
        raise PetError("The regressors are proportional to each other; the fit is not determined.")
    coefficients = np.linalg.solve(r, q.T @ (root * y)) / scale
    fitted = x @ coefficients
    wrss = float(weights @ (y - fitted) ** 2)
    half = np.linalg.inv(r) / scale[:, None]
    variance = wrss / (n - p) if n > p else np.nan
    return Linear(coefficients, variance * (half @ half.T), fitted, wrss)


def with_errors(
    law: Callable[[Numbers], Mapping[str, Numbers]], at: Array, covariance: Array
) -> tuple[dict[str, float], dict[str, float], Array]:
    """Return what the law makes of the coefficients, the standard errors and the covariance.

    Gradients by a complex step; covariance by the delta method.
    """
    n = at.size
    stepped = np.repeat(at[:, None].astype(complex), n, axis=1)
    stepped[np.arange(n), np.arange(n)] += 1j * STEP
    out = law(stepped)
    gradients = np.array([np.imag(np.broadcast_to(v, (n,))) / STEP for v in out.values()])
    values = {name: float(np.real(np.broadcast_to(v, (n,))[0])) for name, v in out.items()}
    full = gradients @ covariance @ gradients.T
    se = np.sqrt(np.diag(full))
    return values, dict(zip(values, se.tolist(), strict=True)), full
