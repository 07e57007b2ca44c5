"""Occupancy from several regions at once, by maximum likelihood.

V_T of region r in scan s is V_ND + (1 − o_s) V_S,r + error, with o_0 = 0 at baseline; one V_ND and
one occupancy per scan for all regions (Lassen et al., J Cereb Blood Flow Metab 1995;15:152;
Cunningham et al., ibid. 2010;30:46). For BP_ND the same with V_ND = 0. The errors are in all
scans: minimising their weighted squares over o, V_ND and every V_S is the line through the Lassen
plot with errors in both variables.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import least_squares

HIGHEST = 1.5  # bound of |occupancy|, wide of anything that is one


@final
@dataclass(frozen=True, eq=False)
class OccupancyModel:
    """The residuals of a table, whitened; parameters o_1.., V_ND (if fitted), V_S of each region.

    Attributes
    ----------
    table
        The data.
    v_nd
        None to fit it, or a value that is held (0 for BP_ND).
    """

    table: BindingTable
    v_nd: float | None

    @property
    def n_scans(self) -> int:
        """Scans besides the baseline."""
        return len(self.table.scans) - 1

    @property
    def n_parameters(self) -> int:
        """Free parameters."""
        return self.n_scans + int(self.v_nd is None) + len(self.table.regions)

    @property
    def degrees_of_freedom(self) -> int:
        """Values minus parameters."""
        return self.table.values.size - self.n_parameters

    def whitening(self) -> Array:
        """Return L⁻¹ with L Lᵀ the errors' covariance; the unit matrix where it is unknown."""
        if self.table.covariance is None:
            return np.eye(self.table.values.size)
        return np.asarray(np.linalg.inv(np.linalg.cholesky(self.table.covariance)), np.float64)

    def predict(self, p: Array) -> tuple[Array, Array]:
        """Return the values and their Jacobian at parameter sets (sets, parameters).

        Shapes (sets, regions · scans) and (sets, regions · scans, parameters).
        """
        k, regions, sets = self.n_scans, len(self.table.regions), p.shape[0]
        left = np.concatenate([np.ones((sets, 1)), 1.0 - p[:, :k]], axis=1)
        at = k + int(self.v_nd is None)
        bound = p[:, at:]
        level = p[:, k] if self.v_nd is None else np.full(sets, self.v_nd)
        values = level[:, None, None] + bound[:, :, None] * left[:, None, :]
        jacobian = np.zeros((sets, regions, k + 1, p.shape[1]))
        for s in range(k):
            jacobian[:, :, s + 1, s] = -bound
        if self.v_nd is None:
            jacobian[:, :, :, k] = 1.0
        for r in range(regions):
            jacobian[:, r, :, at + r] = left
        return values.reshape(sets, -1), jacobian.reshape(sets, -1, p.shape[1])

    def start(self) -> Array:
        """Return where to begin: the ordinary regression of every scan on the baseline."""
        values = self.table.values
        base = values[:, 0]
        if self.v_nd is not None:
            bound = base - self.v_nd
            o = [1.0 - float((v - self.v_nd) @ bound) / float(bound @ bound) for v in values.T[1:]]
            return np.concatenate([np.clip(o, -0.9, 0.99), bound])
        centred = base - base.mean()
        spread = max(float(centred @ centred), 1e-300)
        slopes = [float(centred @ (v - v.mean())) / spread for v in values.T[1:]]
        o = np.clip(1.0 - np.array(slopes), -0.9, 0.99)
        # V_d = V_ND o + (1 − o) V_b, and V_ND lies below what any region shows
        levels = [
            (v.mean() - (1 - one) * base.mean()) / one
            for v, one in zip(values.T[1:], o, strict=True)
            if abs(one) > 0.05
        ]
        level = float(np.median(levels)) if levels else 0.5 * float(values.min())
        return np.concatenate([o, [level], base - level])

    def solve(
        self, data: Array, starts: Array, held: dict[int, float] | None = None
    ) -> tuple[Array, Array, npt.NDArray[np.bool_]]:
        """Return parameters, weighted squares and whether converged, for rows of data.

        Parameters
        ----------
        data
            Values to describe, (sets, regions · scans).
        starts
            Parameters to begin with, (sets, parameters).
        held
            Parameters kept at a value, by index.
        """
        white = self.whitening()
        lower, upper = np.full(self.n_parameters, -np.inf), np.full(self.n_parameters, np.inf)
        lower[: self.n_scans], upper[: self.n_scans] = -HIGHEST, HIGHEST
        for i, value in (held or {}).items():
            lower[i] = upper[i] = value

        def evaluate(p: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
            values, jacobian = self.predict(p)
            return (values - data[index]) @ white.T, white @ jacobian

        found = least_squares(evaluate, starts, lower, upper, tolerance=1e-10)
        return found.parameters, found.squares, found.converged

    def covariance(self, p: Array) -> Array:
        """Return (Jᵀ Σ⁻¹ J)⁻¹, the parameters' covariance for errors of covariance Σ.

        All nan where the data do not determine the parameters.
        """
        _, jacobian = self.predict(p[None, :])
        j = self.whitening() @ jacobian[0]
        scale = np.maximum(np.sqrt((j * j).sum(axis=0)), 1e-300)
        q = j / scale
        lengths, vectors = np.linalg.eigh(q.T @ q)
        if lengths[0] <= 1e-13 * lengths[-1]:
            return np.full((p.size, p.size), np.nan)
        return (vectors / lengths) @ vectors.T / np.outer(scale, scale)


def model_of(table: BindingTable, v_nd: float | None) -> OccupancyModel:
    """Return the model of a table: V_ND fitted or held for V_T, absent for BP_ND.

    Raises
    ------
    PetError
        Too few regions, or a V_ND given with BP_ND.
    """
    if table.outcome == "BP_ND":
        if v_nd is not None:
            raise PetError("BP_ND has no V_ND to hold; give v_nd with V_T.")
        return OccupancyModel(table, 0.0)
    model = OccupancyModel(table, v_nd)
    if v_nd is None and len(table.regions) < 2:
        raise PetError(
            f"{len(table.regions)} region cannot give occupancy and V_ND; two or more of different "
            "binding are needed, or v_nd."
        )
    if v_nd is not None and not math.isfinite(v_nd):
        raise PetError(f"v_nd {v_nd}: a finite volume in mL/cm³.")
    return model
