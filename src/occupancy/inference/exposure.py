"""Exposure to occupancy in one study: people with their own levels, scanned once or more.

y_ij = Emax x_ij / (x_ij + EC50_i) + e_ij,   log EC50_i ~ N(log EC50, omega^2),  e_ij ~ N(0, sd^2)

x is a plasma concentration (or a dose) for the direct link; for an effect compartment it is
Ce, dCe/dt = ke0 (C - Ce), of the person's own plasma course; for binding with kon and koff, the
occupancy itself moves: dO/dt = kon C (Emax - O) - koff O, with EC50 = koff / kon.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import load
from occupancy.inference.chains import ess_bulk, rhat
from occupancy.inference.nuts import Draws, sample

Array = NDArray[np.float64]
LinkKind = Literal["direct", "effect compartment", "binding"]

#: Scales of the priors: judgements, wide beside what any study finds.
LOG_EC50_SD: Final = 2.0
EMAX_LOGIT: Final = 2.5
EMAX_LOGIT_SD: Final = 1.0
OMEGA_SCALE: Final = 0.5
SD_SCALE: Final = 0.1
LOG_RATE_SD: Final = 1.5
NEWTON_STEPS: Final = 60


@dataclass(frozen=True)
class Scan:
    """One scan of one person.

    Attributes:
        person: who; scans of one person share an EC50.
        occupancy: fraction, with the scan's own error or without.
        exposure: concentration at the scan (or dose); for the direct link.
        error: SD of the scan, fraction; None leaves it to the residual.
        time_h: of the scan, and `course_h`, `course` the person's plasma course up to it, for
            links that lag.
    """

    person: str
    occupancy: float
    exposure: float
    error: float | None = None
    time_h: float | None = None
    course_h: tuple[float, ...] = ()
    course: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check numbers and that a course reaches the scan."""
        if not 0 <= self.exposure < math.inf:
            raise ValueError(f"exposure = {self.exposure:g} is not allowed; give 0 or more")
        if not -0.5 < self.occupancy < 1.5:
            raise ValueError(
                f"occupancy = {self.occupancy:g} is not allowed; give a fraction, as 0.8"
            )
        if self.error is not None and not self.error > 0:
            raise ValueError(f"error = {self.error:g} is not allowed; give it above 0, or None")
        if len(self.course_h) != len(self.course):
            raise ValueError("course and course_h differ in length")


@dataclass(frozen=True, eq=False)
class ExposureFit:
    """What a study says of its link; population values with their uncertainty.

    Attributes:
        names: "log EC50", "logit Emax", "log omega", "log sd" and, for links that lag, the log of
            their rate.
        centre: the most probable values (Laplace) or posterior means (NUTS).
        covariance: of them.
        people: names; `log_ec50_of` their most probable or mean log EC50.
        log_evidence: Laplace's log marginal likelihood with priors, up to the priors' constants.
        draws: of the names, shape (draws, names); None for Laplace.
        rhat: the worst, for NUTS; `ess` the least; `divergences`.
    """

    link: LinkKind
    names: tuple[str, ...]
    centre: Array
    covariance: Array
    people: tuple[str, ...]
    log_ec50_of: Array
    log_evidence: float | None = None
    draws: Array | None = None
    rhat: float | None = None
    ess: float | None = None
    divergences: int = 0

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float, float]:
        """Median, low and high of "EC50", "Emax", "omega", "sd", "ke0" or "koff"."""
        prefix = "logit " if name == "Emax" else "log "
        if prefix + name not in self.names:
            raise ValueError(f"no {name!r} here; there are: {', '.join(self.names)}")
        j = self.names.index(prefix + name)
        tail = 0.5 * (1.0 - level)
        if self.draws is not None:
            values = np.quantile(self.draws[:, j], [0.5, tail, 1.0 - tail])
        else:
            from statistics import NormalDist

            z = NormalDist().inv_cdf(1.0 - tail) * math.sqrt(self.covariance[j, j])
            values = self.centre[j] + np.array([0.0, -z, z])
        found = 1.0 / (1.0 + np.exp(-values)) if name == "Emax" else np.exp(values)
        return float(found[0]), float(found[1]), float(found[2])


def fit_exposure_occupancy(
    scans: Sequence[Scan],
    *,
    link: LinkKind = "direct",
    method: Literal["laplace", "nuts"] = "laplace",
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
) -> ExposureFit:
    """Fit one study of paired exposures and occupancies with non-linear mixed effects.

    "laplace" integrates each person's EC50 by Laplace's approximation about their own most
    probable value (conditional, with interaction) and is for screening; "nuts" samples all.

    Raises:
        ValueError: fewer than two scans, or a link that lags without plasma courses.
        EngineUnavailable: JAX (or, for NUTS, NumPyro) is not installed.
    """
    study = _Study.of(scans, link)
    if method == "laplace":
        return _laplace(study)
    found = sample(
        study.joint(),
        study.size + len(study.people),
        draws=draws,
        warmup=warmup,
        chains=chains,
        seed=seed,
        target_accept=(0.95, 0.99),
    )
    return _sampled(study, found)


@dataclass(frozen=True, eq=False)
class _Study:
    link: LinkKind
    people: tuple[str, ...]
    whose: NDArray[np.int64]
    y: Array
    x: Array
    error: Array
    centre: float
    course_h: Array
    course: Array

    @staticmethod
    def of_courses(scans: Sequence[Scan], link: LinkKind) -> tuple[Array, Array]:
        """Plasma courses on one grid: (scans, times), the last time that of the scan."""
        if link == "direct":
            return np.zeros((len(scans), 0)), np.zeros((len(scans), 0))
        missing = [one.person for one in scans if one.time_h is None or not one.course_h]
        if missing:
            raise ValueError(
                f"link {link!r} needs time_h and a plasma course; {missing[0]!r} has none"
            )
        grid = np.linspace(0.0, 1.0, 65)
        hours = np.array([grid * float(one.time_h or 0.0) for one in scans])
        levels = [np.interp(t, s.course_h, s.course) for t, s in zip(hours, scans, strict=True)]
        return hours, np.array(levels)

    @classmethod
    def of(cls, scans: Sequence[Scan], link: LinkKind) -> "_Study":
        if len(scans) < 2:
            raise ValueError("give two scans or more")
        people = tuple(dict.fromkeys(one.person for one in scans))
        x = np.array([one.exposure for one in scans])
        if not (x > 0).any():
            raise ValueError("every exposure is 0; there is nothing to fit")
        hours, levels = cls.of_courses(scans, link)
        return cls(
            link=link,
            people=people,
            whose=np.array([people.index(one.person) for one in scans]),
            y=np.array([one.occupancy for one in scans]),
            x=x,
            error=np.array([one.error or 0.0 for one in scans]),
            centre=float(np.log(x[x > 0]).mean()),
            course_h=hours,
            course=levels,
        )

    @property
    def names(self) -> tuple[str, ...]:
        rate = {"direct": (), "effect compartment": ("log ke0",), "binding": ("log koff",)}
        return ("log EC50", "logit Emax", "log omega", "log sd", *rate[self.link])

    @property
    def size(self) -> int:
        return len(self.names)

    def predicted(self, p: Any, eta: Any, xp: Any) -> Any:
        """Occupancy of every scan; eta (people,) are standard normal."""
        log_ec50 = p[0] + xp.exp(p[2]) * eta
        emax = 1.0 / (1.0 + xp.exp(-p[1]))
        ec50 = xp.exp(log_ec50)[self.whose]
        if self.link == "direct":
            return emax * self.x / (self.x + ec50)
        rate, lags = xp.exp(p[4]), self.link == "effect compartment"
        step = self.course_h[:, 1] - self.course_h[:, 0]

        def forward(state: Any, level: Any) -> tuple[Any, None]:
            # Exact for a level held at its mean over the step, which is short.
            speed = rate if lags else rate * (1.0 + level / ec50)
            goal = level if lags else emax * level / (level + ec50)
            return goal + (state - goal) * xp.exp(-speed * step), None

        levels = 0.5 * (self.course[:, :-1] + self.course[:, 1:]).T
        # A loop: written out, its second derivatives take gigabytes to compile.
        state, _ = load().lax.scan(forward, xp.zeros(len(self.y)), xp.asarray(levels))
        return emax * state / (state + ec50) if lags else state

    def log_prior(self, p: Any, xp: Any) -> Any:
        total = -0.5 * ((p[0] - self.centre) / LOG_EC50_SD) ** 2
        total = total - 0.5 * ((p[1] - EMAX_LOGIT) / EMAX_LOGIT_SD) ** 2
        total = total + p[2] - 0.5 * (xp.exp(p[2]) / OMEGA_SCALE) ** 2
        total = total + p[3] - 0.5 * (xp.exp(p[3]) / SD_SCALE) ** 2
        if self.size > 4:
            total = total - 0.5 * ((p[4] - math.log(0.2)) / LOG_RATE_SD) ** 2
        return total

    def log_likelihood(self, p: Any, eta: Any, xp: Any) -> Any:
        """Per scan."""
        variance = xp.exp(2.0 * p[3]) + self.error**2
        z2 = (self.y - self.predicted(p, eta, xp)) ** 2 / variance
        return -0.5 * (z2 + xp.log(2.0 * np.pi * variance))

    def joint(self) -> Callable[[Any], Any]:
        xp, size = load().numpy, self.size

        def density(q: Any) -> Any:
            p, eta = self._own(q[:size]), q[size:]
            return (
                self.log_prior(p, xp)
                + xp.sum(self.log_likelihood(p, eta, xp))
                - 0.5 * xp.sum(eta**2)
            )

        return density

    def _own(self, q: Any) -> Any:
        """Parameters from unknowns of about unit size."""
        xp = load().numpy
        return xp.concatenate([xp.array([self.centre]) + q[:1], q[1:]])


def _laplace(study: _Study) -> ExposureFit:
    """Laplace's approximation: each person's effect, then the population's parameters."""
    jax = load()
    xp, people = jax.numpy, len(study.people)
    member = (study.whose[:, None] == np.arange(people)).astype(np.float64)

    def per_person(p: Any, eta: Any) -> Any:
        return study.log_likelihood(p, eta, xp) @ member - 0.5 * eta**2

    def inner(p: Any) -> tuple[Any, Any]:
        """Most probable effects, and minus the curvature of each; people do not share theirs."""
        ones = xp.ones(people)

        def slope(eta: Any) -> Any:
            return jax.grad(lambda e: per_person(p, e).sum())(eta)

        def step(_: Any, eta: Any) -> Any:
            first, second = jax.jvp(slope, (eta,), (ones,))
            return eta - xp.clip(first / xp.minimum(second, -0.2), -1.0, 1.0)

        eta = jax.lax.stop_gradient(jax.lax.fori_loop(0, 25, step, xp.zeros(people)))
        # One differentiable step carries the derivative of the optimum in p.
        first, second = jax.jvp(slope, (eta,), (ones,))
        eta = eta - first / second
        return eta, -jax.jvp(slope, (eta,), (ones,))[1]

    def minus_log_marginal(p: Any) -> Any:
        eta, curvature = inner(p)
        total = xp.sum(per_person(p, eta)) - 0.5 * xp.sum(xp.log(xp.maximum(curvature, 1e-8)))
        return -(total + study.log_prior(p, xp))

    value = jax.jit(jax.value_and_grad(minus_log_marginal))
    curvature_of = jax.jit(jax.hessian(minus_log_marginal))
    start = [study.centre, EMAX_LOGIT, math.log(0.3), math.log(0.08), math.log(0.2)]
    p = np.array(start[: study.size])
    best, slope = value(p)
    for _ in range(NEWTON_STEPS):
        eigen, basis = np.linalg.eigh(np.asarray(curvature_of(p)))
        # Directions of wrong or little curvature are followed downhill, by a bounded step.
        move = -basis @ ((basis.T @ np.asarray(slope)) / np.maximum(np.abs(eigen), 1e-3))
        move *= min(1.0, 1.0 / max(float(np.abs(move).max()), 1e-12))
        for share in 0.5 ** np.arange(20):
            tried, tried_slope = value(p + share * move)
            if np.isfinite(tried) and tried <= best:
                break
        else:
            break
        p, done = p + share * move, float(np.abs(share * move).max()) < 1e-9
        best, slope = tried, tried_slope
        if done:
            break
    covariance = np.linalg.pinv(np.asarray(curvature_of(p)))
    eta, _ = inner(p)
    return ExposureFit(
        link=study.link,
        names=study.names,
        centre=p,
        covariance=np.asarray(covariance, dtype=np.float64),
        people=study.people,
        log_ec50_of=p[0] + np.exp(p[2]) * np.asarray(eta),
        log_evidence=-float(best),
    )


def _sampled(study: _Study, found: Draws) -> ExposureFit:
    q = found.q.copy()
    q[..., 0] += study.centre
    size = study.size
    p, eta = q[..., :size].reshape(-1, size), q[..., size:].reshape(-1, q.shape[-1] - size)
    log_ec50 = p[:, :1] + np.exp(p[:, 2:3]) * eta
    return ExposureFit(
        link=study.link,
        names=study.names,
        centre=p.mean(axis=0),
        covariance=np.cov(p.T),
        people=study.people,
        log_ec50_of=log_ec50.mean(axis=0),
        draws=p,
        rhat=float(rhat(q[..., :size]).max()),
        ess=float(ess_bulk(q[..., :size]).min()),
        divergences=found.divergences,
    )
