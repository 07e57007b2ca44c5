"""From occupancies and concentrations to an EC50 with its interval.

θ = Emax C/(EC50 + C), by weighted least squares in ln EC50; the interval is that of the profile
of the weighted squares.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.least_squares import least_squares
from occupancy.pet.quantile import t_quantile

_WIDEST = math.log(1e4)  # how far from the estimate an end of the interval is looked for


@final
@dataclass(frozen=True, eq=False)
class ExposureFit:
    """Occupancy against concentration.

    Attributes
    ----------
    ec50
        In the unit of the concentrations; an end that the data do not give is 0 or infinite.
    emax
        Largest occupancy, a fraction; without an error where it was held.
    fitted, residuals
        Per point, fractions.
    sigma
        √(wrss/dof): how many times larger the scatter is than the errors given, or its size where
        none were.
    wrss, degrees_of_freedom
        Weighted squares, and points minus parameters.
    warnings
        What a reader should know.
    """

    ec50: Estimate
    emax: Estimate
    fitted: Array
    residuals: Array
    sigma: float
    wrss: float
    degrees_of_freedom: int
    warnings: tuple[str, ...]


def fit_exposure(
    concentration: ArrayLike,
    occupancy: ArrayLike,
    se: ArrayLike | None = None,
    *,
    emax: float | None = 1.0,
    level: float = 0.95,
) -> ExposureFit:
    """Fit EC50, and Emax where it is None.

    Parameters
    ----------
    concentration
        Of the drug during each scan, above zero.
    occupancy
        Fractions; those below zero, of noise, count like the others.
    se
        Their standard errors. Where the scatter is larger than they say, as between people, all
        are widened by one factor and the interval is Student's; without them it always is.
    emax
        Held, 0..1; or None to fit it (0.01..1.5).
    level
        Of the intervals.

    Raises
    ------
    PetError
        Values that are not finite, concentrations or errors that are not positive, fewer points
        than parameters.
    """
    c, o = (np.asarray(x, dtype=np.float64) for x in (concentration, occupancy))
    errors = np.ones_like(o) if se is None else np.asarray(se, dtype=np.float64)
    if not (c.ndim == 1 and c.shape == o.shape == errors.shape):
        raise PetError("concentration, occupancy and se must be lists of one length.")
    for name, values, least in (("concentration", c, 0.0), ("se", errors, 0.0)):
        if not (np.isfinite(values).all() and (values > least).all()):
            raise PetError(f"{name} must be positive and finite in every scan; baselines go out.")
    if not np.isfinite(o).all():
        raise PetError("occupancy must be finite in every scan.")
    if emax is not None and not 0.0 < emax <= 1.0:
        raise PetError(f"emax {emax}: above 0 and at most 1, or None to fit it.")
    p = 1 if emax is not None else 2
    if o.size < p:
        raise PetError(f"{o.size} scans cannot give {p} parameters.")

    middle = math.log(float(np.median(c)))
    lower = np.array([middle - 2 * _WIDEST, 0.01])[:p]
    upper = np.array([middle + 2 * _WIDEST, 1.5])[:p]

    def curve(x: Array) -> tuple[Array, Array]:
        """Curves and Jacobians of (sets, p)."""
        top = x[:, 1:2] if p == 2 else np.full((len(x), 1), emax)
        share = 1.0 / (1.0 + np.exp(x[:, :1]) / c)
        parts = [-top * share * (1.0 - share), *([share] if p == 2 else [])]
        return top * share, np.stack(parts, axis=2)

    def evaluate(x: Array, _: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        value, slope = curve(x)
        return (value - o) / errors, slope / errors[:, None]

    starts = np.array([[middle + d, 0.8][:p] for d in (-3.0, -1.0, 0.0, 1.0, 3.0)])
    found = least_squares(evaluate, starts, lower, upper, tolerance=1e-10)
    best = int(np.argmin(found.squares))
    x, wrss = found.parameters[best], float(found.squares[best])
    dof = o.size - p
    ratio = wrss / dof if dof > 0 else math.nan
    widened = se is None or (dof > 0 and ratio > 1.0)
    variance = ratio if widened else 1.0
    reach_dof = float(dof) if widened else math.inf
    value, slope = curve(x[None])
    j = slope[0] / errors[:, None]
    normal = j.T @ j
    covariance = np.full((p, p), np.nan)
    if np.linalg.cond(normal) < 1e12 and math.isfinite(variance):
        covariance = variance * np.linalg.inv(normal)
    ec50 = math.exp(x[0])
    low, high = math.nan, math.nan
    if math.isfinite(variance):
        rise = t_quantile(0.5 + 0.5 * level, reach_dof) ** 2 * variance

        def excess(at: float) -> float:
            held = np.array([at, *x[1:]])
            if p == 1:
                left, _ = evaluate(held[None], np.zeros(1, dtype=np.intp))
                return float((left**2).sum()) - wrss - rise
            bounds = (np.array([at, *lower[1:]]), np.array([at, *upper[1:]]))
            return float(least_squares(evaluate, held[None], *bounds).squares[0]) - wrss - rise

        low, high = math.exp(_end(excess, x[0], -1.0)), math.exp(_end(excess, x[0], 1.0))
    top = Estimate(float(emax), 0.0, float(emax), float(emax)) if emax is not None else (
        Estimate.of(float(x[1]), math.sqrt(float(covariance[1, 1])), reach_dof, level)
    )  # fmt: skip
    warnings: list[str] = []
    if not (low > 0 and math.isfinite(high)):
        warnings.append("the occupancies do not bound EC50 on both sides")
    if dof <= 0:
        warnings.append("no degrees of freedom: errors are those given, or unknown")
    if se is not None and widened:
        warnings.append(
            f"the scatter is {math.sqrt(ratio):.1f} times the errors given; they were widened"
        )
    return ExposureFit(
        Estimate(ec50, ec50 * math.sqrt(float(covariance[0, 0])), low, high), top, value[0],
        o - value[0], math.sqrt(ratio) if dof > 0 else math.nan, wrss, dof, tuple(warnings),
    )  # fmt: skip


def exposure_draws(concentration: ArrayLike, occupancy: ArrayLike, *, emax: float = 1.0) -> Array:
    """Return the EC50 of each draw of the occupancies, (draws, scans) -> (draws,), emax held.

    Every scan counts the same. With the draws of `OccupancyFit.bootstrap`, the errors of the
    curves' fits reach the EC50.

    Raises
    ------
    PetError
        Shapes that do not fit, or concentrations that are not positive.
    """
    c, o = (np.asarray(x, dtype=np.float64) for x in (concentration, occupancy))
    if o.ndim != 2 or c.shape != o.shape[1:] or not (c > 0).all():
        raise PetError("occupancy must be (draws, scans), concentration one positive per scan.")
    middle = math.log(float(np.median(c)))

    def evaluate(x: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        share = 1.0 / (1.0 + np.exp(x) / c)
        return emax * share - o[index], (-emax * share * (1.0 - share))[..., None]

    bound = np.array([middle - 2 * _WIDEST]), np.array([middle + 2 * _WIDEST])
    return np.exp(least_squares(evaluate, np.full((len(o), 1), middle), *bound).parameters[:, 0])


def _end(excess: Callable[[float], float], centre: float, side: float) -> float:
    """Return where the excess turns positive on one side; infinite where it does not."""
    inner, step = centre, 0.1
    while True:
        outer = inner + side * step
        if abs(outer - centre) > _WIDEST:
            return side * math.inf
        if excess(outer) > 0:
            break
        inner, step = outer, 1.6 * step
    for _ in range(60):
        middle = 0.5 * (inner + outer)
        inner, outer = (inner, middle) if excess(middle) > 0 else (middle, outer)
        if abs(outer - inner) < 1e-7:
            break
    return 0.5 * (inner + outer)
