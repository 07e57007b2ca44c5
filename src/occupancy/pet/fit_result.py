"""What a fit gives: estimates with absolute standard errors, and how well it describes the data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array
from occupancy.pet.quantile import t_quantile

if TYPE_CHECKING:
    from occupancy.pet.curve_problem import CurveProblem


@final
@dataclass(frozen=True, eq=False)
class Fit:
    """A model fitted to one region.

    Attributes
    ----------
    scan, region, model
        Names.
    parameters
        Estimates by name: the fitted ones, those that were given, and what follows from them.
    se
        Absolute standard errors by name, from σ² (JᵀWJ)⁻¹ and the delta method, with
        σ² = wrss/(n − p), and the noise of a reference region carried over; nan for a parameter on
        a bound and what hangs on it; none for parameters that were given.
    names, covariance
        The names with a standard error, and their covariance matrix.
    fitted, residuals, weights
        Per frame that the model describes (for graphical methods: per point of the plot);
        residuals are measured minus fitted, not weighted; a weight of zero marks a frame left out.
    times
        Their middles, min.
    wrss
        Σ w r².
    n, n_parameters
        Points with a weight, and parameters that were fitted.
    n_starts
        Starting points from which the fit was made (1 for linear methods).
    warnings
        What a reader should know: a bound reached, frames left out, several minima.
    settings
        What was asked: weights, frame convention, t*, delay, fixed parameters.
    problem
        What was solved, for profiles and the bootstrap; None for linear methods.
    shared
        What the noise of the reference region adds: L Lᵀ is its part of `covariance`, and
        L_a L_bᵀ the covariance between two regions of a scan; (names, frames), or None.
    variance
        σ² of the region's own noise, of a frame of weight one; nan for linear methods.
    """

    scan: str
    region: str
    model: str
    parameters: Mapping[str, float]
    se: Mapping[str, float]
    names: tuple[str, ...]
    covariance: Array
    fitted: Array
    residuals: Array
    weights: Array
    times: Array
    wrss: float
    n: int
    n_parameters: int
    n_starts: int = 1
    warnings: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    problem: CurveProblem | None = None
    shared: Array | None = None
    variance: float = math.nan

    def __getitem__(self, name: str) -> float:
        """Return an estimate.

        Raises
        ------
        PetError
            The model has no such parameter.
        """
        if name not in self.parameters:
            raise PetError(
                f"{self.model} gives no {name!r}; it gives {', '.join(self.parameters)}."
            )
        return self.parameters[name]

    @property
    def degrees_of_freedom(self) -> int:
        """Points less fitted parameters."""
        return self.n - self.n_parameters

    @property
    def aic(self) -> float:
        """Akaike's criterion n ln(wrss/n) + 2 (p + 1), for comparing models of the same data."""
        return self._deviance() + 2.0 * (self.n_parameters + 1)

    @property
    def aicc(self) -> float:
        """AIC corrected for few points (Hurvich & Tsai, Biometrika 1989;76:297)."""
        k = self.n_parameters + 1
        spare = self.n - k - 1
        return self.aic + (2.0 * k * (k + 1) / spare if spare > 0 else math.inf)

    @property
    def bic(self) -> float:
        """Schwarz's criterion n ln(wrss/n) + (p + 1) ln n."""
        return self._deviance() + (self.n_parameters + 1) * math.log(self.n)

    def _deviance(self) -> float:
        return self.n * math.log(max(self.wrss, 1e-300) / self.n)

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the estimate ± t SE, t of Student with n − p degrees of freedom."""
        value, se = self[name], self.se.get(name, math.nan)
        if not (se == se and self.degrees_of_freedom > 0):
            return math.nan, math.nan
        reach = t_quantile(0.5 + 0.5 * level, self.degrees_of_freedom) * se
        return value - reach, value + reach

    def document(self) -> dict[str, object]:
        """Return the fit as plain numbers and words, for JSON; what is not finite is null."""
        return {
            "scan": self.scan,
            "region": self.region,
            "model": self.model,
            "parameters": {k: _finite(v) for k, v in self.parameters.items()},
            "se": {k: _finite(v) for k, v in self.se.items()},
            "wrss": _finite(self.wrss),
            "n": self.n,
            "n_parameters": self.n_parameters,
            "n_starts": self.n_starts,
            "aic": _finite(self.aic),
            "aicc": _finite(self.aicc),
            "bic": _finite(self.bic),
            "warnings": list(self.warnings),
            "settings": dict(self.settings),
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
