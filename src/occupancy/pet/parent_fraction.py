"""Models of the unmetabolised share of the tracer in plasma over time.

All are 1 at time zero and fall. t in minutes:

'hill'         1 − A t^b/(c + t^b)                             (Gunn et al. 1998, NeuroImage 8:426)
'exponential'  A e^(−α t) + (1 − A) e^(−β t)
'power'        (1 + (a t)^b)^(−c)                              (Watabe et al. 2000, J Cereb Blood
                                                               Flow Metab 20:899, with b = 2)
'sigmoid'      ((1 − t³/(t³ + 10^a))^b + 10^c)/(1 + 10^c)      (Guo et al. 2013, NeuroImage 79:191)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import STEP, Numbers
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.input_function import InputFunction
from occupancy.pet.least_squares import least_squares

_Law = Callable[[Numbers, Array], Numbers]


def _hill(p: Numbers, t: Array) -> Numbers:
    power = np.exp(p[1] * np.log(np.maximum(t, 1e-12)))
    return 1.0 - p[0] * power / (p[2] + power)


def _exponential(p: Numbers, t: Array) -> Numbers:
    return p[0] * np.exp(-p[1] * t) + (1.0 - p[0]) * np.exp(-p[2] * t)


def _power(p: Numbers, t: Array) -> Numbers:
    return (1.0 + np.exp(p[1] * np.log(p[0] * np.maximum(t, 1e-12)))) ** (-p[2])


def _sigmoid(p: Numbers, t: Array) -> Numbers:
    fall = np.exp(p[0] * math.log(10.0)) / (t**3 + np.exp(p[0] * math.log(10.0)))
    floor = np.exp(p[2] * math.log(10.0))
    return (fall ** p[1] + floor) / (1.0 + floor)


# law, names, lower and upper bounds, starts
_LAWS: Final[dict[str, tuple[_Law, tuple[str, ...], Array, Array, Array]]] = {
    "hill": (
        _hill, ("A", "b", "c"), np.array([0.0, 0.2, 1e-3]), np.array([1.0, 8.0, 1e8]),
        np.array([[0.8, b, c**b] for b in (1.0, 2.0, 4.0) for c in (5.0, 20.0, 60.0)]),
    ),
    "exponential": (
        _exponential, ("A", "alpha", "beta"), np.array([0.0, 0.0, 0.0]), np.array([1.0, 5.0, 5.0]),
        np.array([[a, f, s] for a in (0.3, 0.7) for f in (0.05, 0.3) for s in (0.001, 0.01)]),
    ),
    "power": (
        _power, ("a", "b", "c"), np.array([1e-5, 0.3, 1e-3]), np.array([5.0, 8.0, 20.0]),
        np.array([[a, b, c] for a in (0.02, 0.1) for b in (1.0, 2.0) for c in (0.2, 1.0)]),
    ),
    "sigmoid": (
        _sigmoid, ("a", "b", "c"), np.array([-3.0, 1e-3, -6.0]), np.array([9.0, 20.0, 3.0]),
        np.array([[a, b, c] for a in (1.0, 3.0) for b in (0.1, 0.5) for c in (-2.0, -0.5)]),
    ),
}  # fmt: skip
MODELS: Final = tuple(_LAWS)


@final
@dataclass(frozen=True, eq=False)
class ParentFraction:
    """A fitted model of the parent fraction.

    Attributes
    ----------
    model
        One of `MODELS`.
    parameters, se
        By name, with absolute standard errors (nan on a bound).
    fitted, residuals
        At the measured times.
    wrss, n
        Weighted squares, and measured points.
    warnings
        What a reader should know.
    """

    model: str
    parameters: dict[str, float]
    se: dict[str, float]
    fitted: Array
    residuals: Array
    wrss: float
    n: int
    warnings: tuple[str, ...]

    def at(self, minutes: ArrayLike) -> Array:
        """Return the fraction at times >= 0, within 0..1."""
        t = np.asarray(minutes, dtype=np.float64)
        p = np.array(list(self.parameters.values()))
        return np.clip(np.where(t > 0, _LAWS[self.model][0](p, t), 1.0), 0.0, 1.0)

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points; infinite where they are too few."""
        k, n = len(self.parameters) + 1, self.n
        if n <= k + 1:
            return math.inf
        deviance = n * math.log(max(self.wrss, 1e-300) / n)
        return deviance + 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1)

    def of(self, blood: InputFunction) -> InputFunction:
        """Return the input with this fraction at its samples.

        Raises
        ------
        PetError
            Its plasma is the parent already.
        """
        if blood.metabolite_corrected:
            raise PetError("The plasma is the parent alone; a fraction would count twice.")
        return replace(blood, parent_fraction=self.at(blood.times))


def fit_parent_fraction(
    minutes: ArrayLike,
    fraction: ArrayLike,
    model: str = "best",
    weights: ArrayLike | None = None,
) -> ParentFraction:
    """Fit a model to measured parent fractions, from several starts.

    Parameters
    ----------
    minutes, fraction
        Times >= 0 and fractions 0..1, four points or more after time zero; missing ones are nan.
    model
        One of `MODELS`, or 'best': the one with the lowest AICc.
    weights
        Of squared residuals.

    Raises
    ------
    PetError
        An unknown model, values that are not fractions, too few points.
    """
    t, f = (np.asarray(x, dtype=np.float64) for x in (minutes, fraction))
    w = np.ones_like(t) if weights is None else np.asarray(weights, dtype=np.float64)
    if t.ndim != 1 or not (t.shape == f.shape == w.shape):
        raise PetError("minutes, fraction and weights must be lists of one length.")
    kept = np.isfinite(t) & np.isfinite(f) & (t > 0) & (w > 0)
    t, f, w = t[kept], f[kept], w[kept]
    if ((f < 0) | (f > 1)).any():
        i = int(np.flatnonzero((f < 0) | (f > 1))[0])
        raise PetError(f"fraction is {f[i]:g} at {t[i]:g} min; fractions are 0 to 1, not percent.")
    if t.size < 4:
        raise PetError(f"{t.size} parent fractions after time zero; four are needed.")
    if model != "best" and model not in MODELS:
        raise PetError(f"Model {model!r}: allowed are {', '.join(MODELS)}, best.")
    tried = [_fit(name, t, f, w) for name in (MODELS if model == "best" else (model,))]
    return min(tried, key=lambda one: (one.aicc, one.wrss))


def _fit(name: str, t: Array, f: Array, w: Array) -> ParentFraction:
    law, names, lower, upper, starts = _LAWS[name]
    root, n = np.sqrt(w), len(names)

    def evaluate(p: Array, _: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        stepped = np.repeat(p.T[:, None, :, None].astype(complex), n, axis=1)
        stepped[np.arange(n), np.arange(n)] += 1j * STEP
        value = law(stepped, t)  # (stepped parameter, sets, samples)
        slope = np.imag(value).transpose(1, 2, 0) / STEP
        return (np.real(value[0]) - f) * root, slope * root[:, None]

    found = least_squares(evaluate, starts, lower, upper)
    best = int(np.argmin(found.squares))
    p, wrss = found.parameters[best], float(found.squares[best])
    bound = (np.abs(p - lower) <= 1e-9) | (np.abs(p - upper) <= 1e-9 * np.abs(upper))
    warnings = [f"{names[i]} is on its bound, {p[i]:g}" for i in np.flatnonzero(bound)]
    if not found.converged[best]:
        warnings.append("the fit did not converge")
    _, jacobian = evaluate(p[None], np.zeros(1, dtype=np.intp))
    se = np.full(n, np.nan)
    j = jacobian[0][:, ~bound]
    if t.size > n and np.linalg.matrix_rank(j) == j.shape[1] > 0:
        scale = np.sqrt((j * j).sum(axis=0))
        inverse = np.linalg.pinv((j / scale).T @ (j / scale))
        se[~bound] = np.sqrt(wrss / (t.size - n) * np.diag(inverse)) / scale
    fitted = np.real(law(p.astype(complex)[:, None], t))
    return ParentFraction(
        name, dict(zip(names, p.tolist(), strict=True)), dict(zip(names, se.tolist(), strict=True)),
        fitted, f - fitted, wrss, int(t.size), tuple(warnings),
    )  # fmt: skip
