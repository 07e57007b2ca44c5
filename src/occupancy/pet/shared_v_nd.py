"""Occupancy of several people whose V_ND come from one population.

V_ND,i ~ N(μ, τ²); each person's table is that of `occupancy_model`. The joint likelihood in all
V_ND,i, occupancies, V_S and μ is maximised; with τ = 0 all share one V_ND. τ is that of restricted
maximum likelihood over the people's own estimates (DerSimonian & Laird's model, Control Clin
Trials 1986;7:177), or given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import least_squares
from occupancy.pet.occupancy_fit import OccupancyFit, fit_occupancy
from occupancy.pet.occupancy_model import HIGHEST, OccupancyModel

_TIGHT = 1e-3  # a spread below this share of the errors counts as none


@final
@dataclass(frozen=True, eq=False)
class SharedVnd:
    """What several people give together.

    Attributes
    ----------
    v_nd
        The population's mean μ.
    spread
        τ, between people.
    people
        Each person's occupancies (one tuple per person, one estimate per scan).
    v_nds
        Each person's V_ND.
    alone
        The fits of each person without the others.
    """

    v_nd: Estimate
    spread: float
    people: tuple[tuple[Estimate, ...], ...]
    v_nds: tuple[Estimate, ...]
    alone: tuple[OccupancyFit, ...]


def fit_shared_v_nd(
    tables: Sequence[BindingTable], *, spread: float | None = None, level: float = 0.95
) -> SharedVnd:
    """Fit people together.

    Parameters
    ----------
    tables
        V_T of two or more people. Where errors are not given, one variance for all values of all
        such people is estimated from their own fits.
    spread
        τ in mL/cm³; 0 for one V_ND for all; None to estimate it.
    level
        Of the intervals, normal; errors are widened where the residuals are larger than given.

    Raises
    ------
    PetError
        Fewer than two people, a table of BP_ND, a negative spread, or too few values for errors.
    """
    if len(tables) < 2 or any(table.outcome != "V_T" for table in tables):
        raise PetError("Sharing V_ND takes the V_T tables of two or more people.")
    if spread is not None and not spread >= 0:
        raise PetError(f"spread {spread}: zero or more, mL/cm³.")
    alone = tuple(fit_occupancy(table, level=level) for table in tables)
    unknown = [one for one, table in zip(alone, tables, strict=True) if table.covariance is None]
    dof = sum(one.degrees_of_freedom for one in unknown)
    if unknown and dof <= 0:
        raise PetError("Errors are not given and cannot be estimated: add regions.")
    variance = sum(one.wrss for one in unknown) / dof if unknown else math.nan
    models = [OccupancyModel(_known(table, variance), None) for table in tables]
    own = np.array([one.parameters[one.model.n_scans] for one in alone])
    errors = np.array(
        [
            math.sqrt(model.covariance(one.parameters)[model.n_scans, model.n_scans])
            for model, one in zip(models, alone, strict=True)
        ]
    )
    if not np.isfinite(errors).all():
        i = int(np.flatnonzero(~np.isfinite(errors))[0])
        raise PetError(f"Person {i + 1}: the regions do not determine V_ND; leave the person out.")
    tau = _spread(own, errors**2) if spread is None else spread
    if tau < _TIGHT * float(np.median(errors)):
        tau = 0.0
    weights = 1.0 / (errors**2 + tau**2)
    joint = _Joint(models, tau)
    start = joint.start([one.parameters for one in alone], float(weights @ own / weights.sum()))
    p, covariance = joint.solve(start)
    se = np.sqrt(np.diag(covariance))

    def estimate(i: int) -> Estimate:
        return Estimate.of(float(p[i]), float(se[i]), math.inf, level)

    return SharedVnd(
        estimate(0),
        tau,
        tuple(
            tuple(estimate(int(i)) for i in at[: model.n_scans])
            for model, at in zip(models, joint.columns, strict=True)
        ),
        tuple(
            estimate(int(at[model.n_scans]))
            for model, at in zip(models, joint.columns, strict=True)
        ),
        alone,
    )


class _Joint:
    """All people's residuals: μ first, then each person's parameters; one V_ND where τ is zero.

    `columns` says where each person's parameters (occupancies, V_ND, V_S) stand.
    """

    def __init__(self, models: Sequence[OccupancyModel], tau: float) -> None:
        self.models, self.tau = models, tau
        self.columns: list[npt.NDArray[np.intp]] = []
        size = 1
        for model in models:
            n = model.n_parameters - int(tau == 0.0)
            at = np.arange(size, size + n)
            if tau == 0.0:
                at = np.insert(at, model.n_scans, 0)
            self.columns.append(at)
            size += n
        self.size = size

    def start(self, people: Sequence[Array], mean: float) -> Array:
        p = np.empty(self.size)
        for at, one in zip(self.columns, people, strict=True):
            p[at] = one
        p[0] = mean
        return p

    def evaluate(self, p: Array) -> tuple[Array, Array]:
        residuals: list[Array] = []
        rows: list[Array] = []
        for model, at in zip(self.models, self.columns, strict=True):
            values, jacobian = model.predict(p[None, at])
            white = model.whitening()
            residuals.append(white @ (values[0] - model.table.values.ravel()))
            row = np.zeros((values.size, self.size))
            row[:, at] = white @ jacobian[0]
            rows.append(row)
            if self.tau > 0.0:
                v = at[model.n_scans]
                residuals.append(np.array([(p[v] - p[0]) / self.tau]))
                pull = np.zeros((1, self.size))
                pull[0, v], pull[0, 0] = 1.0 / self.tau, -1.0 / self.tau
                rows.append(pull)
        return np.concatenate(residuals), np.concatenate(rows)

    def solve(self, start: Array) -> tuple[Array, Array]:
        lower, upper = np.full(self.size, -np.inf), np.full(self.size, np.inf)
        for model, at in zip(self.models, self.columns, strict=True):
            lower[at[: model.n_scans]], upper[at[: model.n_scans]] = -HIGHEST, HIGHEST

        def evaluate(p: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
            r, j = self.evaluate(p[0])
            return r[None], j[None]

        found = least_squares(evaluate, start[None], lower, upper, tolerance=1e-10)
        _, jacobian = self.evaluate(found.parameters[0])
        scale = np.sqrt((jacobian * jacobian).sum(axis=0))
        q = jacobian / scale
        covariance = np.linalg.inv(q.T @ q) / np.outer(scale, scale)
        spare = jacobian.shape[0] - self.size
        wider = max(float(found.squares[0]) / spare, 1.0) if spare > 0 else 1.0
        return found.parameters[0], wider * covariance


def _known(table: BindingTable, variance: float) -> BindingTable:
    if table.covariance is not None:
        return table
    return replace(table, covariance=variance * np.eye(table.values.size))


def _spread(values: Array, variances: Array) -> float:
    """Return τ that maximises the restricted likelihood of values ~ N(μ, variances + τ²)."""

    def less(tau: float) -> float:
        w = 1.0 / (variances + tau * tau)
        mean = float(w @ values / w.sum())
        return float((w @ (values - mean) ** 2) - np.log(w).sum() + math.log(w.sum()))

    top = 4.0 * float(values.std()) + 1e-12
    grid = np.linspace(0.0, top, 401)
    best = int(np.argmin([less(float(tau)) for tau in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    fine = np.linspace(low, high, 401)
    return float(fine[int(np.argmin([less(float(tau)) for tau in fine]))])
