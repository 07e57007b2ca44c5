"""Hierarchical SRTM: the log density of all regions of all people at once.

    C_ir(t) = R1_ir [C_R,i + (k2'_i − k2a_ir) C_R,i ⊗ e^(−k2a_ir t)],  k2a = R1 k2'/(1 + BP_ND)
    log BP_ir  ~ N(μ_gr + a_i, ω²),  a_i ~ N(0, τ²)      person i of group g, region r
    log R1_ir  ~ N(ρ_r, s²),   log k2'_i ~ N(m, v²)

One k2' serves all regions of a scan; binding is pooled over people and regions, delivery over
people. The residuals of a scan have the covariance φ_i (σ_ir² W⁻¹ + L Lᵀ), L what the noise of
the reference region does to all its regions, both from the curves' own fits; φ_i, Jeffreys' prior
on it, is integrated out. The convolution is the exact one, as its series, so that JAX
differentiates it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array

#: Scales of the priors: judgements, wide beside what studies find.
LOG_BP_SD: Final = 1.5
LOG_R1_SD: Final = 0.5
LOG_K2PRIME: Final = float(np.log(0.1))
LOG_K2PRIME_SD: Final = 1.0
#: Scales of the half-normal priors of τ, ω, s and v.
SPREADS: Final = (0.5, 0.3, 0.3, 0.3)
_START_SPREADS: Final = (0.2, 0.05, 0.05, 0.1)
_LEAST_VARIANCE: Final = 0.05  # of the residuals', where the reference explains all of them
_CAUTION: Final = 2.0  # a spread that data cannot tell from zero makes a funnel of the centred form
_EDGE: Final = 1.0 - 1e-12


class Unknowns(NamedTuple):
    """Everything that is sampled, in its own units; leading axes are those of the draws."""

    log_bp: Any  # (people, regions)
    log_R1: Any  # (people, regions)
    log_k2prime: Any  # (people,)
    mu: Any  # (groups, regions)
    rho: Any  # (regions,)
    m: Any  # ()
    log_spread: Any  # (4,): τ, ω, s, v


@final
@dataclass(frozen=True, eq=False)
class PooledModel:
    """The data of a study, padded to one shape, and the density of its unknowns.

    Attributes
    ----------
    group
        Group of each scan, from 0.
    present
        Which regions a scan has, (scans, regions).
    series, scale, top
        The convolutions' series, (scans, terms, frames), and their scales of rate.
    direct, y, precision
        (scans, frames) and (scans, regions, frames); precision is w/σ².
    shared
        M with residualsᵀ Mᵀ M residuals what the reference's noise takes off the squares,
        (scans, frames, regions · frames).
    points
        Frames with a weight, over all regions of a scan.
    start, error
        Estimates of (log BP, log R1), (2, scans, regions), and their standard errors.
    start_k2prime, error_k2prime
        Of log k2', (scans,).
    """

    group: npt.NDArray[np.intp]
    present: npt.NDArray[np.bool_]
    series: Array
    scale: Array
    top: Array
    direct: Array
    y: Array
    precision: Array
    shared: Array
    points: Array
    start: Array
    error: Array
    start_k2prime: Array
    error_k2prime: Array

    @classmethod
    def of(cls, scans: Sequence[Sequence[Fit | None]], group: Sequence[int]) -> PooledModel:
        """Return the model of SRTM fits, one row per scan and one column per region."""
        whole = [[one for one in row if one is not None] for row in scans]
        count, regions = len(scans), len(scans[0])
        problems = [row[0].problem for row in whole]
        tables = [problem.table for problem in problems if problem is not None]
        found = [table.series() for table in tables]
        frames = max(len(table.frames) for table in tables)
        terms = max(one[0].shape[0] for one in found)
        series, direct = np.zeros((count, terms, frames)), np.zeros((count, frames))
        y, precision = np.zeros((2, count, regions, frames))
        shared = np.zeros((count, frames, regions * frames))
        start, error = np.zeros((2, count, regions)), np.ones((2, count, regions))
        log_k2prime, k2prime_error = np.zeros(count), np.ones(count)
        for i, row in enumerate(scans):
            n = len(tables[i].frames)
            series[i, : found[i][0].shape[0], :n] = found[i][0]
            loads = np.zeros((regions, frames, frames))
            for r, one in enumerate(row):
                if one is None or one.problem is None:
                    continue
                direct[i, :n] = one.problem.direct
                y[i, r, :n] = np.where(one.weights > 0, one.problem.y, 0.0)
                least = _LEAST_VARIANCE * one.wrss / one.degrees_of_freedom
                precision[i, r, :n] = one.weights / max(one.variance, least)
                if one.problem.noise is not None:
                    at = np.array([[one["R1"]], [one["k2"]], [one["BP_ND"]]])
                    loads[r, :n, :n] = one.problem.noise.carried(one.problem.model.terms(at))[0]
                for j, name in enumerate(("BP_ND", "R1")):
                    start[j, i, r] = np.log(one[name])
                    error[j, i, r] = min(one.se[name] / one[name], 2.0)
            stacked = loads.reshape(regions * frames, frames)
            weighted = stacked.T * precision[i].ravel()
            root = np.linalg.cholesky(np.eye(frames) + weighted @ stacked)
            shared[i] = np.linalg.solve(root, weighted)
            own = np.array([[np.log(one["k2'"]), one.se["k2'"] / one["k2'"]] for one in whole[i]])
            own[:, 1] = np.clip(own[:, 1], 1e-3, 2.0)
            share = own[:, 1] ** -2.0
            log_k2prime[i] = share @ own[:, 0] / share.sum()
            k2prime_error[i] = share.sum() ** -0.5
        return cls(
            np.asarray(group), np.array([[one is not None for one in row] for row in scans]),
            series, np.array([one[1] for one in found]), np.array([one[2] for one in found]),
            direct, y, precision, shared, (precision > 0).sum(axis=(1, 2)).astype(np.float64),
            start, np.maximum(error, 1e-3), log_k2prime, k2prime_error,
        )  # fmt: skip

    @property
    def shape(self) -> tuple[int, int, int]:
        """Scans, regions and groups."""
        return (*self.present.shape, int(self.group.max()) + 1)

    @property
    def dim(self) -> int:
        """Length of q."""
        scans, regions, groups = self.shape
        return 2 * scans * regions + 2 * scans + groups * regions + regions + 5

    def unknowns(self, q: Any, xp: Any = np) -> tuple[Unknowns, Any]:
        """Return the unknowns at q (dim,), and the log prior of q.

        A pooled quantity x ~ N(mean, sd²) is sampled as x̃ ~ N(λ mean, sd^(2λ)) with
        x = mean + sd^(1−λ)(x̃ − λ mean): centred (λ near 1) where its curve says more than the
        pool, and the other way round (Papaspiliopoulos et al., Stat Sci 2007;22:59).
        """
        scans, regions, groups = self.shape
        sizes = [scans * regions] * 2 + [scans] * 2 + [groups * regions, regions, 1, 4]
        ends = np.cumsum(sizes)
        parts = [q[end - size : end] for end, size in zip(ends, sizes, strict=True)]
        present = self.present.astype(np.float64)
        level = self.start * present
        typical = np.array(
            [
                level[0][self.group == g].sum(axis=0)
                / np.maximum(present[self.group == g].sum(axis=0), 1.0)
                for g in range(groups)
            ]
        )
        mu = typical + 0.2 * parts[4].reshape(groups, regions)
        rho = level[1].sum(axis=0) / np.maximum(present.sum(axis=0), 1.0) + 0.2 * parts[5]
        m = self.start_k2prime.mean() + 0.2 * parts[6][0]
        log_spread = np.log(_START_SPREADS) + 0.5 * parts[7]
        spread = xp.exp(log_spread)
        # what a person's regions say together of the person
        share = present / (_START_SPREADS[1] ** 2 + self.error[0] ** 2)
        apart = (share * (level[0] - typical[self.group])).sum(axis=1) / share.sum(axis=1)
        person, zeroth = _pooled(
            parts[3], 0.0, spread[0], apart, share.sum(axis=1) ** -0.5, _START_SPREADS[0], xp
        )
        log_bp, first = _pooled(
            parts[0].reshape(scans, regions), mu[self.group] + person[:, None], spread[1],
            self.start[0], self.error[0], _START_SPREADS[1], xp,
        )  # fmt: skip
        log_R1, second = _pooled(
            parts[1].reshape(scans, regions), rho, spread[2], self.start[1], self.error[1],
            _START_SPREADS[2], xp,
        )  # fmt: skip
        log_k2prime, third = _pooled(
            parts[2], m, spread[3], self.start_k2prime, self.error_k2prime, _START_SPREADS[3], xp
        )
        prior = zeroth + first + second + third
        prior = prior - 0.5 * xp.sum((mu / LOG_BP_SD) ** 2) - 0.5 * xp.sum((rho / LOG_R1_SD) ** 2)
        prior = prior - 0.5 * ((m - LOG_K2PRIME) / LOG_K2PRIME_SD) ** 2
        prior = prior + xp.sum(log_spread - 0.5 * (spread / np.array(SPREADS)) ** 2)
        return Unknowns(log_bp, log_R1, log_k2prime, mu, rho, m, log_spread), prior

    def curves(self, log_bp: Any, log_R1: Any, log_k2prime: Any, xp: Any = np) -> Any:
        """Return the curves, (scans, regions, frames)."""
        R1, k2prime = xp.exp(log_R1), xp.exp(log_k2prime)[:, None]
        k2a = R1 * k2prime / (1.0 + xp.exp(log_bp))
        growth = 1.0 + k2a / self.scale[:, None]
        x = xp.clip(2.0 * xp.log(growth) / self.top[:, None] - 1.0, -_EDGE, _EDGE)
        polynomials = xp.cos(xp.arccos(x)[..., None] * np.arange(self.series.shape[1]))
        convolved = xp.einsum("irk,ikf->irf", polynomials, self.series) / growth[..., None]
        return R1[..., None] * (self.direct[:, None] + (k2prime - k2a)[..., None] * convolved)

    def density(self, xp: Any) -> Callable[[Any], Any]:
        """Return the log posterior density of q, up to a constant."""
        scans = self.shape[0]

        def log_density(q: Any) -> Any:
            at, prior = self.unknowns(q, xp)
            residual = self.curves(at.log_bp, at.log_R1, at.log_k2prime, xp) - self.y
            own = xp.sum(self.precision * residual**2, axis=(1, 2))
            common = xp.einsum("iun,in->iu", self.shared, residual.reshape(scans, -1))
            squares = own - xp.sum(common**2, axis=1)
            return prior - 0.5 * xp.sum(self.points * xp.log(squares))

        return log_density


def _pooled(
    q: Any, mean: Any, sd: Any, start: Array, error: Array, spread: float, xp: Any
) -> tuple[Any, Any]:
    """Return values whose q is of about unit size, and their log prior; see `unknowns`."""
    centred = spread**2 / (spread**2 + (_CAUTION * error) ** 2)
    raw = centred * start + error**centred * q
    z = (raw - centred * mean) / sd**centred
    return mean + sd * z, -xp.sum(0.5 * z**2 + centred * xp.log(sd))
