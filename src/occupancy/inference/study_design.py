"""Planning a scan study: what doses, times and numbers of people would tell.

Expected (Fisher) information of mean occupancies about (log EC50, logit Emax):

M = sum_k n_k f_k f_k' / s_k^2,   f_k the slope of the expected occupancy at exposure x_k

A design's D-efficiency is (det M / det M*)^(1/2). Optimal weights over candidate exposures are
found by multiplicative ascent, w_k <- w_k d_k / p with d_k = n f_k' M^-1 f_k / s_k^2, which
climbs to the D-optimum (Silvey, Titterington and Torsney, Communications in Statistics
1978;A7:1379-1389); the general equivalence theorem, max_k d_k = p, certifies it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
PARAMETERS: Final = 2
MOST_ROUNDS: Final = 200_000
#: The design is optimal when no exposure offers more than this share above the mean.
SLACK: Final = 1e-6


@dataclass(frozen=True)
class Expected:
    """What a design would tell.

    Attributes:
        information: of (log EC50, logit Emax), shape (2, 2).
        log_ec50_se: expected standard error of log EC50; `emax_se` of Emax, a fraction.
    """

    information: Array
    log_ec50_se: float
    emax_se: float

    @property
    def log_det(self) -> float:
        """Log of the determinant; minus infinity where nothing is told."""
        sign, value = np.linalg.slogdet(self.information)
        return float(value) if sign > 0 else -math.inf


@dataclass(frozen=True)
class Design:
    """Exposures with people at each, and what they would tell.

    `certificate` is max_k d_k / p - 1: zero at the optimum, and a bound on what is left to gain.
    """

    exposure: tuple[float, ...]
    share: tuple[float, ...]
    people: tuple[int, ...]
    expected: Expected
    certificate: float


def slopes(exposure: Array, ec50: float, emax: float) -> Array:
    """d occupancy / d (log EC50, logit Emax) at exposures (k,), shape (k, 2)."""
    x = np.asarray(exposure, dtype=np.float64)
    part = x / (x + ec50)
    return np.stack([-emax * part * (1.0 - part), part * emax * (1.0 - emax)], axis=1)


def expected_information(
    exposure: Sequence[float],
    people: Sequence[float],
    *,
    ec50: float,
    emax: float,
    sd: float = 0.08,
    omega: float = 0.3,
) -> Expected:
    """What `people` scanned at each exposure would tell.

    s^2 = sd^2 + (d occupancy / d log EC50)^2 omega^2: the scan, and people who differ in EC50.

    Args:
        exposure: doses, or concentrations at the scan: the time of a scan enters through them.
        people: at each.
        ec50: half-saturating exposure expected; `emax` the ceiling, above 0 and below 1.
        sd: of one scan, a fraction.
        omega: SD between people of log EC50.

    Raises:
        ValueError: numbers that are not allowed.
    """
    _check(exposure, ec50, emax, sd, omega)
    f = slopes(np.asarray(exposure), ec50, emax)
    weight = np.asarray(people, dtype=np.float64) / (sd**2 + (omega * f[:, 0]) ** 2)
    M = (f * weight[:, None]).T @ f
    with np.errstate(invalid="ignore"):
        singular = np.linalg.cond(M) > 1e14
    covariance = np.full((2, 2), np.inf) if singular else np.linalg.inv(M)
    return Expected(
        information=M,
        log_ec50_se=math.sqrt(covariance[0, 0]),
        emax_se=emax * (1.0 - emax) * math.sqrt(covariance[1, 1]),
    )


def optimal_design(
    candidates: Sequence[float],
    people: int,
    *,
    ec50: float,
    emax: float,
    sd: float = 0.08,
    omega: float = 0.3,
) -> Design:
    """The D-optimal way to spread `people` over candidate exposures.

    Raises:
        ValueError: fewer than two candidates or people, or numbers that are not allowed.
    """
    _check(candidates, ec50, emax, sd, omega)
    x = np.unique(np.asarray(candidates, dtype=np.float64))
    x = x[x > 0]
    if x.size < PARAMETERS or people < PARAMETERS:
        raise ValueError("two parameters need two exposures above 0 and two people, or more")
    f = slopes(x, ec50, emax)
    f = f / np.sqrt(sd**2 + (omega * f[:, 0]) ** 2)[:, None]
    weight = np.full(x.size, 1.0 / x.size)
    worth = np.ones(x.size)
    for _ in range(MOST_ROUNDS):
        M = (f * weight[:, None]).T @ f
        worth = np.einsum("ki,ij,kj->k", f, np.linalg.inv(M), f) / PARAMETERS
        if worth.max() < 1.0 + SLACK:
            break
        weight = weight * worth
        weight /= weight.sum()
    kept = weight > 1e-4
    count = _rounded(weight[kept] / weight[kept].sum(), people)
    return Design(
        exposure=tuple(x[kept].tolist()),
        share=tuple((weight[kept] / weight[kept].sum()).tolist()),
        people=tuple(count.tolist()),
        expected=expected_information(
            x[kept].tolist(), count.tolist(), ec50=ec50, emax=emax, sd=sd, omega=omega
        ),
        certificate=float(worth.max() - 1.0),
    )


def efficiency(design: Expected, best: Expected) -> float:
    """D-efficiency of one design beside another: people of the other that it is worth."""
    return math.exp((design.log_det - best.log_det) / PARAMETERS)


def power_to_tell_apart(
    exposure: Sequence[float],
    people: Sequence[float],
    *,
    ec50: tuple[float, float],
    emax: tuple[float, float],
    sd: float = 0.08,
    omega: float = 0.3,
    level: float = 0.05,
) -> float:
    """Power of a two-sided test that two drugs, each given this design, differ in EC50."""
    errors = [
        expected_information(exposure, people, ec50=k, emax=e, sd=sd, omega=omega).log_ec50_se
        for k, e in zip(ec50, emax, strict=True)
    ]
    z = abs(math.log(ec50[1] / ec50[0])) / math.hypot(*errors)
    normal = NormalDist()
    edge = normal.inv_cdf(1.0 - level / 2.0)
    return normal.cdf(z - edge) + normal.cdf(-z - edge)


def _rounded(share: Array, people: int) -> NDArray[np.int64]:
    """Whole people, by largest remainders."""
    whole = np.floor(share * people).astype(np.int64)
    for k in np.argsort(whole - share * people)[: people - int(whole.sum())]:
        whole[k] += 1
    return whole


def _check(exposure: Sequence[float], ec50: float, emax: float, sd: float, omega: float) -> None:
    if any(not 0 <= one < math.inf for one in exposure):
        raise ValueError("an exposure is negative or not finite; give 0 or more")
    for name, value in (("ec50", ec50), ("sd", sd)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name} = {value:g} is not allowed; it must be above 0")
    if not 0 < emax < 1:
        raise ValueError(f"emax = {emax:g} is not allowed; give more than 0 and less than 1")
    if omega < 0:
        raise ValueError(f"omega = {omega:g} is not allowed; give 0 or more")
