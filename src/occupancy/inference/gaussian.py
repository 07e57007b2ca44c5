"""A few standard normal unknowns seen through log-normal errors: the best point, and its curvature.

y_i = log of a level, eta ~ N(0, diag(sd^2)),  y_i ~ N(m_i(eta), s_i^2);  a level known only to lie
below y_i has probability Phi((y_i - m_i) / s_i).

-log p = 1/2 sum (eta/sd)^2 + 1/2 sum ((y - m)/s)^2 - sum_below log Phi((y - m)/s)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: m(eta): (batch, unknowns) -> (batch, levels).
Predict = Callable[[Array], Array]

#: Step of the central differences, in prior SDs: their error is near 1e-9 of the slope.
STEP: Final = 1e-4
MOST_STEPS: Final = 60
#: The search ends where the gradient, in prior SDs, is below this.
FLAT: Final = 1e-8
_HALVINGS: Final = 20


@dataclass(frozen=True, eq=False)
class Problem:
    """What was measured and what is assumed.

    Attributes:
        predict: log predictions of many candidates at once.
        prior_sd: of each unknown, shape (unknowns,).
        log_level: shape (levels,).
        error_sd: of the log level, shape (levels,).
        below: whether a level is only known to lie below `log_level`.
    """

    predict: Predict
    prior_sd: Array
    log_level: Array
    error_sd: Array
    below: NDArray[np.bool_]

    def without(self, level: int) -> "Problem":
        """The same problem without one level."""
        keep = np.arange(self.log_level.size) != level
        predict = self.predict
        return replace(
            self,
            predict=lambda eta: predict(eta)[:, keep],
            log_level=self.log_level[keep],
            error_sd=self.error_sd[keep],
            below=self.below[keep],
        )

    def minus_log_density(self, eta: Array) -> Array:
        """-log p of candidates (batch, unknowns), without its constant, shape (batch,)."""
        return self.at(eta, self.predict(eta))

    def at(self, eta: Array, log_prediction: Array) -> Array:
        """-log p of candidates whose predictions are known."""
        z = (self.log_level - log_prediction) / self.error_sd
        terms = np.where(self.below, -log_normal_cdf(z), 0.5 * z**2)
        return 0.5 * ((eta / self.prior_sd) ** 2).sum(axis=1) + terms.sum(axis=1)

    @property
    def log_constant(self) -> float:
        """What `minus_log_density` leaves out: log p = constant - it."""
        seen = ~self.below
        return -float(
            0.5 * math.log(2 * math.pi) * (self.prior_sd.size + seen.sum())
            + np.log(self.prior_sd).sum()
            + np.log(self.error_sd[seen]).sum()
        )


@dataclass(frozen=True, eq=False)
class Mode:
    """The most probable point.

    Attributes:
        eta: shape (unknowns,).
        covariance: inverse of the curvature there.
        log_prediction: shape (levels,).
        slope: d log prediction / d eta, shape (levels, unknowns).
        minus_log_density: its value.
        steps: Newton steps taken.
    """

    eta: Array
    covariance: Array
    log_prediction: Array
    slope: Array
    minus_log_density: float
    steps: int


def most_probable(problem: Problem, start: Array | None = None) -> Mode:
    """The maximum of the posterior, by Gauss-Newton steps with halving.

    Slopes are central differences of `predict`, all of them in one call.

    Raises:
        ValueError: predictions that are not finite at the start.
    """
    size = problem.prior_sd.size
    eta = np.zeros(size) if start is None else np.asarray(start, dtype=np.float64).copy()
    value, m, slope = _around(problem, eta)
    if not math.isfinite(value):
        raise ValueError("the typical person's concentrations are zero at a level: nothing to fit")
    precision = np.diag(1.0 / problem.prior_sd**2)
    taken = 0
    while taken < MOST_STEPS:
        gradient, weight = _gradient(problem, eta, m, slope)
        curvature = precision + (slope * weight[:, None]).T @ slope
        if np.abs(gradient * problem.prior_sd).max(initial=0.0) < FLAT:
            break
        taken += 1
        step = np.linalg.solve(curvature, -gradient)
        found = _around(problem, eta + step)
        if not found[0] <= value:
            shorter = eta + step * 0.5 ** np.arange(1, _HALVINGS)[:, None]
            lower = np.flatnonzero(problem.minus_log_density(shorter) <= value)
            if not lower.size:
                break  # no lower point within rounding: this is the bottom
            step = shorter[lower[0]] - eta
            found = _around(problem, eta + step)
        eta = eta + step
        value, m, slope = found
        if float(np.abs(step / problem.prior_sd).max()) < 1e-12:
            break
    gradient, weight = _gradient(problem, eta, m, slope)
    curvature = precision + (slope * weight[:, None]).T @ slope
    return Mode(eta, np.asarray(np.linalg.inv(curvature), np.float64), m, slope, value, taken)


def _around(problem: Problem, eta: Array) -> tuple[float, Array, Array]:
    """Value, predictions and their slopes at a point."""
    size = eta.size
    h = STEP * problem.prior_sd
    batch = np.concatenate([eta[None], eta + np.diag(h), eta - np.diag(h)])
    with np.errstate(divide="ignore"):
        m = problem.predict(batch)
    slope = ((m[1 : 1 + size] - m[1 + size :]) / (2.0 * h[:, None])).T
    return float(problem.at(eta[None], m[:1])[0]), m[0], slope


def _gradient(problem: Problem, eta: Array, m: Array, slope: Array) -> tuple[Array, Array]:
    """Gradient, and the second derivative of each level's term in its prediction."""
    z = (problem.log_level - m) / problem.error_sd
    mills = np.exp(-0.5 * z**2 - 0.5 * math.log(2 * math.pi) - log_normal_cdf(z))
    first = np.where(problem.below, mills, -z) / problem.error_sd
    second = np.where(problem.below, mills * (z + mills), 1.0) / problem.error_sd**2
    return eta / problem.prior_sd**2 + slope.T @ first, second


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def log_normal_cdf(z: Array) -> Array:
    """log Phi(z); below -10 by its asymptotic series."""
    z = np.asarray(z, dtype=np.float64)
    middle = np.log(0.5 * _erfc(-np.maximum(z, -10.0) / math.sqrt(2.0)))
    low = np.minimum(z, -10.0)
    tail = -0.5 * low**2 - np.log(-low) - 0.5 * math.log(2 * math.pi)
    tail = tail + np.log1p(-1.0 / low**2 + 3.0 / low**4 - 15.0 / low**6)
    return np.where(z < -10.0, tail, middle)
