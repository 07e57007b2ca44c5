"""The log density of a meta-analysis over one flat vector of unconstrained numbers.

Every entry of q has a standard normal prior or is the log of a half-normal scale; group effects
and ceilings are written as scale times standard normal, which keeps the geometry plain where the
data say little. The same function runs on NumPy and under JAX, in 64 bits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from occupancy.inference.meta_layout import Layout
from occupancy.inference.meta_model import MetaModel

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class Unpacked:
    """Parameters on their own scales; arrays of the namespace they were made with.

    Attributes:
        log_ed50: per curve, shape (..., curves).
        emax: per curve, fraction.
        hill: per curve.
        shift: of log ED50, per row, shape (..., rows).
        misfit: SD beyond sampling error, shape (..., 1).
        spread: SD between people of rows that report none, shape (..., 1).
    """

    log_ed50: Any
    emax: Any
    hill: Any
    shift: Any
    misfit: Any
    spread: Any


def log_density(place: Layout, model: MetaModel, xp: Any = None) -> Callable[[Any], Any]:
    """The log density of (place, model) as a function of q (dim,); `xp` is jax.numpy or numpy."""
    if xp is None:
        from occupancy.engine.jax_runtime import load

        xp = load().numpy
    return partial(_log_density, place, model, xp)


def unpack(place: Layout, model: MetaModel, q: Any, xp: Any) -> Unpacked:
    """Parameters from one flat vector (dim,), or from many (..., dim)."""
    priors, at = model.priors, place.slices
    one = (*q.shape[:-1], len(place.curves))
    log_ed50 = place.centre + priors.log_ed50_sd * q[..., at["ed50"]]
    if model.emax is None:
        centre = priors.emax_logit + priors.emax_logit_sd * q[..., at["emax_centre"]]
        between = xp.exp(q[..., at["emax_between"]])
        logit = centre[..., place.target_of] + between * q[..., at["emax"]]
        emax = 1.0 / (1.0 + xp.exp(-logit))
    else:
        emax = xp.full(one, model.emax)
    if model.hill is None:
        hill = xp.exp(priors.log_hill_sd * q[..., at["hill"]])
    else:
        hill = xp.full(one, model.hill)
    shift = xp.zeros((*q.shape[:-1], len(place.points)))
    for factor in place.factors:
        effect = xp.exp(q[..., at[f"{factor.name}_scale"]]) * q[..., at[factor.name]]
        of_row = effect[..., np.maximum(factor.of_row, 0)]
        shift = shift + xp.where(factor.of_row >= 0, of_row, 0.0)
    if "single" in at:
        shift = shift + place.single * priors.single_sd * q[..., at["single"]]
    spread: Any = 0.0
    if "spread" in at:
        spread = place.spread * xp.exp(priors.spread_log_sd * q[..., at["spread"]])
    return Unpacked(log_ed50, emax, hill, shift, xp.exp(q[..., at["misfit"]]), spread)


def expected(place: Layout, u: Unpacked, xp: Any) -> Any:
    """Expected occupancy of every row, fraction, shape (..., rows)."""
    rows = place.rows
    log_x = rows.log_x + place.centre[rows.curve] - u.log_ed50[..., rows.curve] - u.shift
    return u.emax[..., rows.curve] / (1.0 + xp.exp(-u.hill[..., rows.curve] * log_x))


def error_sd(place: Layout, model: MetaModel, u: Unpacked, theta: Any, xp: Any) -> Any:
    """SD of every row's mean about its expectation, on the model's scale, shape (..., rows)."""
    rows = place.rows
    people = xp.where(rows.unknown_sd, u.spread, rows.sd)
    sampling = people**2 * rows.share
    if model.scale == "logit":
        sampling = sampling / (theta * (1.0 - theta)) ** 2
    return xp.sqrt(sampling + u.misfit**2)


def _log_density(place: Layout, model: MetaModel, xp: Any, q: Any) -> Any:
    u = unpack(place, model, q, xp)
    theta = expected(place, u, xp)
    if model.scale == "logit":
        theta = xp.clip(theta, 1e-6, 1.0 - 1e-6)
        centre = xp.log(theta) - xp.log1p(-theta)
    else:
        centre = theta
    sd = error_sd(place, model, u, theta, xp)
    return log_prior(place, model, q, xp) + _likelihood(place, centre, sd, xp)


def log_prior(place: Layout, model: MetaModel, q: Any, xp: Any) -> Any:
    """Standard normals, and half-normals of the scales in log form."""
    scales = {"misfit": model.priors.misfit, "emax_between": model.priors.emax_between}
    scales |= {f"{name}_scale": value for name, value in model.priors.effect_scale.items()}
    total: Any = 0.0
    for name, at in place.slices.items():
        part = q[at]
        if name in scales:
            # half-normal density of exp(part), times the derivative of exp
            ratio = xp.exp(part) / scales[name]
            total = total + xp.sum(part - np.log(scales[name]) - 0.5 * ratio**2)
            total = total + 0.5 * np.log(2.0 / np.pi)
        else:
            total = total - 0.5 * xp.sum(part**2) - 0.5 * _LOG_2PI * (at.stop - at.start)
    return total


def _likelihood(place: Layout, centre: Any, sd: Any, xp: Any) -> Any:
    rows = place.rows
    seen = np.flatnonzero(~rows.interval)
    z = (rows.mean[seen] - centre[seen]) / sd[seen]
    total = xp.sum(-0.5 * z**2 - xp.log(sd[seen]) - 0.5 * _LOG_2PI)
    within = np.flatnonzero(rows.interval)
    if within.size:
        low = (rows.low[within] - centre[within]) / sd[within]
        high = (rows.high[within] - centre[within]) / sd[within]
        total = total + xp.sum(_log_between(low, high))
    return total


def _log_between(low: Any, high: Any) -> Any:
    """log(Phi(high) - Phi(low)), read from the tail that does not cancel."""
    from occupancy.engine.jax_runtime import load

    jax = load()
    xp, log_ndtr = jax.numpy, jax.scipy.special.log_ndtr
    mirrored = low + high > 0
    a, b = xp.where(mirrored, -high, low), xp.where(mirrored, -low, high)
    upper, lower = log_ndtr(b), log_ndtr(a)
    return upper + xp.log(-xp.expm1(xp.minimum(lower - upper, -1e-12)))
