"""Occupancy with its standard error, profile-likelihood interval and bootstrap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate, ratio_interval
from occupancy.pet.frames import Array
from occupancy.pet.occupancy_model import HIGHEST, OccupancyModel, model_of
from occupancy.pet.quantile import t_quantile


@final
@dataclass(frozen=True, eq=False)
class RegionOccupancy:
    """A region's part: its specific volume, and for BP_ND its own occupancy per scan."""

    region: str
    v_s: Estimate
    fitted: tuple[float, ...]
    residuals: tuple[float, ...]
    occupancy: tuple[Estimate, ...] = ()


@final
@dataclass(frozen=True, eq=False)
class OccupancyFit:
    """Occupancy of a study.

    Attributes
    ----------
    scans
        The scans after the baseline, in order.
    occupancy
        One estimate per scan.
    v_nd
        Non-displaceable volume; None for BP_ND.
    regions
        What belongs to each region.
    sigma
        √(wrss/dof): the error of a value where errors were not given, else by what factor they
        are larger than given (errors are widened by it if above 1).
    wrss, degrees_of_freedom
        Weighted squares of the residuals, and values minus parameters.
    covariance
        Of (occupancies, V_ND).
    level
        Of all intervals.
    warnings
        What a reader should know.
    model, parameters
        What was solved, for profiles and the bootstrap.
    """

    scans: tuple[str, ...]
    occupancy: tuple[Estimate, ...]
    v_nd: Estimate | None
    regions: tuple[RegionOccupancy, ...]
    sigma: float
    wrss: float
    degrees_of_freedom: int
    covariance: Array
    level: float
    warnings: tuple[str, ...]
    model: OccupancyModel
    parameters: Array

    def profile(self, name: str = "occupancy", scan: int = 0) -> Estimate:
        """Return the estimate with its profile-likelihood interval.

        {c : least wrss with the quantity held at c <= wrss + t² σ²}; `name` is 'occupancy' (of
        the `scan`-th after the baseline, from 0) or 'v_nd'. An end that the data do not give is
        infinite.

        Raises
        ------
        PetError
            There is no such quantity, or there are no degrees of freedom.
        """
        index = self._index(name, scan)
        if self.degrees_of_freedom <= 0:
            raise PetError("A profile needs more values than parameters; add regions.")
        estimate = self.occupancy[scan] if name == "occupancy" else self.v_nd
        assert estimate is not None
        variance = self._dispersion()
        dof = spread_dof(self.model.table, self.degrees_of_freedom)
        rise = t_quantile(0.5 + 0.5 * self.level, dof) ** 2 * variance
        data = self.model.table.values.reshape(1, -1)
        ends = [self._end(index, side, rise, max(estimate.se, 1e-9), data) for side in (-1.0, 1.0)]
        return Estimate(estimate.value, estimate.se, ends[0], ends[1])

    def bootstrap(self, samples: int = 1000, seed: int = 0) -> dict[str, Array]:
        """Return draws of 'occupancy' (samples, scans) and 'v_nd' from refits to simulated data.

        Data are drawn around the fitted values with the errors' covariance, widened by sigma
        where it was estimated or above 1 (parametric bootstrap).

        Raises
        ------
        PetError
            There are no degrees of freedom to estimate the errors from.
        """
        scale = math.sqrt(self._dispersion())
        if not math.isfinite(scale):
            raise PetError("A bootstrap needs errors: give them, or more regions.")
        fitted = self.model.predict(self.parameters[None, :])[0]
        covariance = self.model.table.covariance
        size = fitted.size
        root = np.eye(size) if covariance is None else np.linalg.cholesky(covariance)
        noise = np.random.default_rng(seed).standard_normal((samples, size)) @ root.T
        starts = np.tile(self.parameters, (samples, 1))
        p, _, _ = self.model.solve(fitted + scale * noise, starts)
        k = self.model.n_scans
        draws = {"occupancy": p[:, :k]}
        return draws | ({"v_nd": p[:, k]} if self.v_nd is not None else {})

    def document(self) -> dict[str, object]:
        """Return plain data for JSON; `occupancy` is that of the first scan after the baseline."""
        return {
            "outcome": self.model.table.outcome,
            "occupancy": self.occupancy[0].document(),
            "v_nd": None if self.v_nd is None else self.v_nd.document(),
            "scans": [
                {"scan": name, "occupancy": one.document()}
                for name, one in zip(self.scans, self.occupancy, strict=True)
            ],
            "regions": [
                {
                    "region": one.region,
                    "values": self.model.table.values[i].tolist(),
                    "fitted": list(one.fitted),
                    "v_s": one.v_s.document(),
                    "occupancy": [o.document() for o in one.occupancy],
                }
                for i, one in enumerate(self.regions)
            ],
            "sigma": self.sigma if math.isfinite(self.sigma) else None,
            "wrss": self.wrss,
            "degrees_of_freedom": self.degrees_of_freedom,
            "level": self.level,
            "warnings": list(self.warnings),
        }

    def _dispersion(self) -> float:
        return dispersion(self.model.table, self.wrss, self.degrees_of_freedom)

    def _index(self, name: str, scan: int) -> int:
        if name == "occupancy" and 0 <= scan < len(self.scans):
            return scan
        if name == "v_nd" and self.v_nd is not None and self.model.v_nd is None:
            return self.model.n_scans
        raise PetError(
            f"No quantity {name!r} of scan {scan}; 'occupancy' of scans 0 to "
            f"{len(self.scans) - 1}" + (", 'v_nd'." if self.v_nd is not None else ".")
        )

    def _end(self, index: int, side: float, rise: float, se: float, data: Array) -> float:
        value = float(self.parameters[index])
        start = self.parameters.copy()

        def over(target: float, begin: Array) -> tuple[float, Array]:
            p, squares, _ = self.model.solve(data, begin[None, :], {index: target})
            return float(squares[0]) - self.wrss - rise, p[0]

        inner, step = value, 2.0 * se
        for _ in range(60):
            outer = inner + side * step
            if index < self.model.n_scans and abs(outer) > HIGHEST:
                return side * math.inf
            above, p = over(outer, start)
            if above > 0:
                break
            inner, start, step = outer, p, 1.6 * step
        else:
            return side * math.inf
        for _ in range(80):
            middle = 0.5 * (inner + outer)
            above, p = over(middle, start)
            if above > 0:
                outer = middle
            else:
                inner, start = middle, p
            if abs(outer - inner) <= 1e-6 * se:
                break
        return 0.5 * (inner + outer)


def dispersion(table: BindingTable, wrss: float, dof: int) -> float:
    """Return what the errors' covariance is multiplied by: wrss/dof, not below 1 if it is known."""
    ratio = wrss / dof if dof > 0 else math.nan
    if table.covariance is None:
        return ratio
    return max(ratio, 1.0) if dof > 0 else 1.0


def spread_dof(table: BindingTable, dof: int) -> float:
    """Return the degrees of freedom of intervals: infinite where the errors were given."""
    return float(dof) if table.covariance is None and dof > 0 else math.inf


def fit_occupancy(
    table: BindingTable, *, v_nd: float | None = None, level: float = 0.95
) -> OccupancyFit:
    """Fit one occupancy per scan, and one V_ND, to all regions.

    Parameters
    ----------
    table
        V_T or BP_ND of the regions, baseline first. With a covariance, errors weigh the values;
        without, all count the same and their size is estimated (unbiased, wrss/dof).
    v_nd
        A V_ND to hold, mL/cm³, for V_T; None to fit it.
    level
        Of the intervals: estimate ± t SE with dof degrees of freedom, normal where errors were
        given. Each region's own occupancy from BP_ND has Fieller's interval.

    Raises
    ------
    PetError
        Too few regions.
    """
    model = model_of(table, v_nd)
    data = table.values.reshape(1, -1)
    start = model.start()
    p, squares, converged = model.solve(data, start[None, :])
    wrss, dof, k = float(squares[0]), model.degrees_of_freedom, model.n_scans
    scale = dispersion(table, wrss, dof)
    covariance = scale * model.covariance(p[0])
    se = np.sqrt(np.diag(covariance))
    reach_dof = spread_dof(table, dof)
    estimates = [
        Estimate.of(float(v), float(e), reach_dof, level) for v, e in zip(p[0], se, strict=True)
    ]
    at = k + int(model.v_nd is None)
    level_nd = None
    if table.outcome == "V_T":
        held = Estimate(float(v_nd), 0.0, float(v_nd), float(v_nd)) if v_nd is not None else None
        level_nd = held if held is not None else estimates[k]
    fitted = model.predict(p)[0][0].reshape(table.values.shape)
    left = table.values - fitted
    own = _own_occupancies(table, scale, reach_dof, level)
    regions = tuple(
        RegionOccupancy(
            name, estimates[at + r], tuple(fitted[r].tolist()), tuple(left[r].tolist()), own[r]
        )
        for r, name in enumerate(table.regions)
    )
    warnings = [] if converged[0] else ["the fit did not converge"]
    for name, one in zip(table.scans[1:], estimates[:k], strict=True):
        if not 0.0 <= one.value <= 1.0:
            warnings.append(f"occupancy in scan {name!r} is {one.value:.3g}, not within 0 to 1")
    if not np.isfinite(se).all():
        warnings.append(
            "the regions do not determine occupancy and V_ND: their baseline values are alike, or "
            "nothing was displaced"
        )
    if dof <= 0:
        warnings.append("no degrees of freedom: errors are those given, or unknown")
    if level_nd is not None and level_nd.value <= 0:
        warnings.append(f"V_ND is {level_nd.value:.3g}; a volume is positive")
    sigma = math.sqrt(wrss / dof) if dof > 0 else math.nan
    return OccupancyFit(
        table.scans[1:], tuple(estimates[:k]), level_nd, regions, sigma, wrss, dof,
        covariance[:at, :at], level, tuple(warnings), model, p[0],
    )  # fmt: skip


def _own_occupancies(
    table: BindingTable, scale: float, dof: float, level: float
) -> list[tuple[Estimate, ...]]:
    """Return each region's 1 − BP_drug/BP_baseline, for BP_ND: delta method, Fieller."""
    if table.outcome != "BP_ND":
        return [()] * len(table.regions)
    n = len(table.scans)
    covariance = np.eye(table.values.size) if table.covariance is None else table.covariance
    covariance = covariance * scale
    out = []
    for r, row in enumerate(table.values):
        block = covariance[r * n : r * n + n, r * n : r * n + n]
        base = float(row[0])
        estimates = []
        for s in range(1, n):
            ratio = float(row[s]) / base if base != 0 else math.nan
            var = (block[s, s] - 2 * ratio * block[0, s] + ratio**2 * block[0, 0]) / base**2
            reach = t_quantile(0.5 + 0.5 * level, dof)
            ends = ratio_interval(
                float(row[s]), base, (block[s, s], block[0, 0], block[0, s]), reach
            )
            estimates.append(
                Estimate(1.0 - ratio, math.sqrt(max(var, 0.0)), 1.0 - ends[1], 1.0 - ends[0])
                if math.isfinite(var)
                else Estimate(1.0 - ratio, math.nan, math.nan, math.nan)
            )
        out.append(tuple(estimates))
    return out
