"""Draws from a smooth posterior of a few unknowns, by importance sampling that learns its proposal.

Rounds of draws from multivariate t distributions; every draw is weighed against the mixture of
all rounds (Cornuet, Marin, Mira and Robert, Scandinavian Journal of Statistics 2012;39:798-812),
the proposal is moved to the weighted mean and covariance, and rounds are added until the
effective number is reached.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Degrees of freedom of the proposals: tails wider than a normal posterior's.
FREEDOM: Final = 7.0
PER_ROUND: Final = 1000
MOST_ROUNDS: Final = 12


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weighted draws of a posterior.

    Attributes:
        eta: shape (draws, unknowns).
        weight: shape (draws,), sums to one.
        ess: effective number, 1 / sum of squared weights.
        log_evidence: log of the integral of the density given, and its standard error.
    """

    eta: Array
    weight: Array
    ess: float
    log_evidence: float
    log_evidence_se: float

    def resampled(self, draws: int, seed: int) -> Array:
        """`draws` draws of equal weight, by systematic resampling in random order."""
        rng = np.random.default_rng([seed, 0x5E])
        edges = np.cumsum(self.weight)
        at = np.searchsorted(edges / edges[-1], (np.arange(draws) + rng.random()) / draws)
        return rng.permutation(self.eta[np.minimum(at, len(self.eta) - 1)])


def importance(
    log_density: Callable[[Array], Array],
    centre: Array,
    covariance: Array,
    *,
    wanted_ess: float = 2000.0,
    seed: int = 0,
) -> Weighted:
    """Sample `log_density` (batch, unknowns) -> (batch,), beginning at a mode and its curvature.

    Returns after `MOST_ROUNDS` with what was reached; `ess` says how much that is.
    """
    rng = np.random.default_rng([seed, 0x15])
    size = centre.size
    proposals: list[tuple[Array, Array]] = [(centre, _root(covariance))]
    eta, target = np.empty((0, size)), np.empty(0)
    while True:
        middle, root = proposals[-1]
        normal = rng.standard_normal((PER_ROUND, size))
        scale = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, PER_ROUND))
        fresh = middle + (normal * scale[:, None]) @ root.T
        eta = np.concatenate([eta, fresh])
        target = np.concatenate([target, log_density(fresh)])
        log_mixture = np.logaddexp.reduce([_log_t(eta, *one) for one in proposals], axis=0)
        log_weight = target - (log_mixture - math.log(len(proposals)))
        log_weight = np.where(np.isfinite(log_weight), log_weight, -np.inf)
        top = float(log_weight.max())
        raw = np.exp(log_weight - top)
        weight = raw / raw.sum()
        ess = 1.0 / float((weight**2).sum())
        if ess >= wanted_ess or len(proposals) == MOST_ROUNDS:
            evidence = top + math.log(float(raw.mean()))
            error = float(raw.std(ddof=1) / raw.mean() / math.sqrt(raw.size))
            return Weighted(eta, weight, ess, evidence, error)
        mean = weight @ eta
        spread = ((eta - mean) * weight[:, None]).T @ (eta - mean)
        # A few heavy draws must not narrow the proposal below the curvature's.
        share = min(1.0, ess / (20.0 * size))
        proposals.append((mean, _root(share * spread + (1.0 - share) * covariance)))


def _root(covariance: Array) -> Array:
    return np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _log_t(eta: Array, centre: Array, root: Array) -> Array:
    size = centre.size
    z = np.linalg.solve(root, (eta - centre).T)
    distance = (z**2).sum(axis=0)
    constant = (
        math.lgamma(0.5 * (FREEDOM + size))
        - math.lgamma(0.5 * FREEDOM)
        - 0.5 * size * math.log(FREEDOM * math.pi)
        - float(np.log(np.diag(root)).sum())
    )
    return constant - 0.5 * (FREEDOM + size) * np.log1p(distance / FREEDOM)
