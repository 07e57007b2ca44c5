"""Exposure to occupancy in one study: people with their own levels, scanned once or more.

y_ij = Emax x_ij / (x_ij + EC50_i) + e_ij,   log EC50_i ~ N(log EC50, omega^2),  e_ij ~ N(0, sd^2)

x is a plasma concentration (or a dose) for the direct link; for an effect compartment it is
Ce, dCe/dt = ke0 (C - Ce), of the person's own plasma course; for binding with kon and koff, the
occupancy itself moves: dO/dt = kon C (Emax - O) - koff O, with EC50 = koff / kon.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.inference.chains import ess_bulk, rhat
from occupancy.inference.exposure_model import EMAX_LOGIT, Array, LinkKind, Scan, Study
from occupancy.inference.importance import importance
from occupancy.inference.nuts import Draws, sample

Method = Literal["laplace", "importance", "nuts"]

NEWTON_STEPS: Final = 60
KEPT_DRAWS: Final = 4000
_DATA: Final = ("y", "x", "turn", "variance", "centre", "course_h", "course")


@dataclass(frozen=True, eq=False)
class ExposureFit:
    """What a study says of its link; population values with their uncertainty.

    Attributes:
        names: "log EC50", "logit Emax", "log omega", "log sd" and, for links that lag, the log of
            their rate.
        centre: the most probable values (Laplace) or posterior means (of draws).
        covariance: of them.
        people: names; `log_ec50_of` their most probable or mean log EC50.
        log_evidence: Laplace's log marginal likelihood with priors, up to the priors' constants.
        draws: of the names, shape (draws, names); None for Laplace alone.
        rhat: the worst, for NUTS; `ess` the least effective number of draws; `divergences`.
        emax: the ceiling where it was held; None where it is among the names.
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
    emax: float | None = None

    def values(self, name: str, count: int = 4000, seed: int = 0) -> Array:
        """Draws of "EC50", "Emax", "omega", "sd", "ke0" or "koff", to go on with.

        Those that were made, as they are; for Laplace alone `count` normal ones. Draws of two
        quantities with one seed belong together.
        """
        j = self._index(name)
        drawn = None if self.draws is None else self.draws[:, j]
        if drawn is None:
            rng = np.random.default_rng(seed)
            drawn = rng.multivariate_normal(self.centre, self.covariance, count)[:, j]
        return 1.0 / (1.0 + np.exp(-drawn)) if name == "Emax" else np.exp(drawn)

    def interval(self, name: str, level: float = 0.9) -> tuple[float, float, float]:
        """Median, low and high of "EC50", "Emax", "omega", "sd", "ke0" or "koff"."""
        j = self._index(name)
        tail = 0.5 * (1.0 - level)
        if self.draws is not None:
            values = np.quantile(self.draws[:, j], [0.5, tail, 1.0 - tail])
        else:
            from statistics import NormalDist

            z = NormalDist().inv_cdf(1.0 - tail) * math.sqrt(self.covariance[j, j])
            values = self.centre[j] + np.array([0.0, -z, z])
        found = 1.0 / (1.0 + np.exp(-values)) if name == "Emax" else np.exp(values)
        return float(found[0]), float(found[1]), float(found[2])

    def _index(self, name: str) -> int:
        prefix = "logit " if name == "Emax" else "log "
        if prefix + name not in self.names:
            raise ValueError(f"no {name!r} here; there are: {', '.join(self.names)}")
        return self.names.index(prefix + name)


def fit_exposure_occupancy(
    scans: Sequence[Scan],
    *,
    link: LinkKind = "direct",
    emax: float | None = None,
    covariance: Array | None = None,
    method: Method = "laplace",
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
) -> ExposureFit:
    """Fit one study of paired exposures and occupancies with non-linear mixed effects.

    "laplace" integrates each person's EC50 by Laplace's approximation about their own most
    probable value (conditional, with interaction) and is for screening: its intervals are normal
    and with few people too short. "importance" weighs draws of the population's parameters by the
    same density, so that not knowing how people differ reaches the EC50; "nuts" samples all.

    Args:
        scans: with their exposures, in any order.
        link: "direct", or one that lags.
        emax: held at this fraction; None to estimate it.
        covariance: of the scans' errors, fraction squared, (scans, scans), where a person's scans
            share a baseline; instead of `error` in the scans. Errors of different people are
            independent.
        method: see above.
        draws, warmup, chains, seed: of "nuts".

    Raises:
        ValueError: fewer than two scans, a link that lags without plasma courses, an Emax or a
            covariance that cannot be.
        EngineUnavailable: JAX (or, for NUTS, NumPyro) is not installed.
    """
    study = Study.of(scans, link, emax, covariance)
    if method != "nuts":
        return _laplace(study, seed if method == "importance" else None)
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


def _laplace(study: Study, seed: int | None = None) -> ExposureFit:
    """Laplace's approximation: each person's effect, then the population's parameters.

    With a seed the latter are drawn by importance sampling about their optimum.
    """
    jax = load()
    xp, people = jax.numpy, len(study.people)
    member = (study.owner[:, None] == np.arange(people)).astype(np.float64)

    def inner(study: Study, p: Any) -> tuple[Any, Any, Any]:
        """Most probable effects, the curvature of each, and everyone's log density there."""
        ones = xp.ones(people)

        def per_person(eta: Any) -> Any:
            return study.log_likelihood(p, eta, xp) @ member - 0.5 * eta**2

        def slope(eta: Any) -> Any:
            return jax.grad(lambda e: per_person(e).sum())(eta)

        def step(_: Any, eta: Any) -> Any:
            first, second = jax.jvp(slope, (eta,), (ones,))
            return eta - xp.clip(first / xp.minimum(second, -0.2), -1.0, 1.0)

        # people do not share their effects, so that one number each is their whole Hessian
        eta = jax.lax.stop_gradient(jax.lax.fori_loop(0, 25, step, xp.zeros(people)))
        # One differentiable step carries the derivative of the optimum in p.
        first, second = jax.jvp(slope, (eta,), (ones,))
        eta = eta - first / second
        return eta, -jax.jvp(slope, (eta,), (ones,))[1], per_person(eta)

    def minus_log_marginal(p: Any, data: Any) -> Any:
        here = replace(study, **data)
        _, curvature, density = inner(here, p)
        total = xp.sum(density) - 0.5 * xp.sum(xp.log(xp.maximum(curvature, 1e-8)))
        return -(total + here.log_prior(p, xp))

    # Data are arguments: studies of one layout share the programs that are kept on disk.
    data = {name: getattr(study, name) for name in _DATA}
    value_at = jax.jit(jax.value_and_grad(minus_log_marginal))
    curvature_at = jax.jit(jax.hessian(minus_log_marginal))
    effects_at = jax.jit(lambda p, data: inner(replace(study, **data), p)[0])

    def value(p: Array) -> tuple[Any, Any]:
        return value_at(p, data)

    def curvature_of(p: Array) -> Any:
        return curvature_at(p, data)

    start = {"log EC50": study.centre, "logit Emax": EMAX_LOGIT, "log omega": math.log(0.3)}
    start |= {"log sd": math.log(0.08), "log ke0": math.log(0.2), "log koff": math.log(0.2)}
    p = np.array([start[name] for name in study.names])
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
    eta = effects_at(p, data)
    draws, ess = None, None
    if seed is not None:
        batch_at = jax.jit(jax.vmap(minus_log_marginal, (0, None)))
        weighed = importance(
            lambda q: -np.asarray(batch_at(q, data)), p, np.asarray(covariance), seed=seed
        )
        draws, ess = weighed.resampled(KEPT_DRAWS, seed), weighed.ess
        p, covariance = draws.mean(axis=0), np.cov(draws.T)
    return ExposureFit(
        link=study.link,
        names=study.names,
        centre=p,
        covariance=np.asarray(covariance, dtype=np.float64),
        people=study.people,
        log_ec50_of=p[0] + np.exp(study.at(p, "log omega")) * np.asarray(eta),
        log_evidence=-float(best),
        draws=draws,
        ess=ess,
        emax=study.emax,
    )


def _sampled(study: Study, found: Draws) -> ExposureFit:
    q = found.q.copy()
    q[..., 0] += study.centre
    size = study.size
    p, eta = q[..., :size].reshape(-1, size), q[..., size:].reshape(-1, q.shape[-1] - size)
    log_ec50 = p[:, :1] + np.exp(study.at(p.T, "log omega"))[:, None] * eta
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
        emax=study.emax,
    )
