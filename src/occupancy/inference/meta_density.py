"""The log density of a meta-analysis over one flat vector of unconstrained numbers.

Every entry of q has a standard normal prior, is the log of a half-normal scale, or is a study's
half exposure, normal about its curve's. Ceilings and the effects of tracer and region, of which
data say little, are written as scale times standard normal; half exposures of studies, of which
they say much, as themselves: each keeps the geometry plain. NumPy and JAX run the same function.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from occupancy.inference.meta_layout import Layout
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.meta_rows import of_rows

_LOG_2PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class Unpacked:
    """Parameters on their own scales; arrays of the namespace they were made with.

    Attributes:
        log_ed50: per curve, shape (..., curves).
        emax: per curve, fraction.
        hill: per curve.
        log_half: log half-saturating exposure of every row, shape (..., rows).
        misfit: SD beyond sampling error, shape (..., 1).
        spread: SD between people of rows that report none, shape (..., 1).
    """

    log_ed50: Any
    emax: Any
    hill: Any
    log_half: Any
    misfit: Any
    spread: Any


def log_density(place: Layout, model: MetaModel, xp: Any = None) -> Callable[[Any], Any]:
    """The log density of (place, model) as a function of q (dim,); `xp` is jax.numpy or numpy."""
    if xp is None:
        from occupancy.engine.jax_runtime import load

        xp = load().numpy
    return partial(_log_density, place, model, xp)


def log_density_of(place: Layout, model: MetaModel, part: str) -> Callable[[Any, Any], Any]:
    """The log density of q and of one array of the rows: "mean" or "weight" (rows,)."""
    from occupancy.engine.jax_runtime import load

    xp = load().numpy

    def density(q: Any, values: Any) -> Any:
        given = replace(place, rows=replace(place.rows, **{part: values}))
        return _log_density(given, model, xp, q)

    return density


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
    if place.studies:
        # Each study's own half exposure, as deviations about the curve's prior centre.
        own = place.centre[place.study_curve] + priors.log_ed50_sd * q[..., at["study"]]
        log_half = of_rows(place.of_study, own, xp)
    else:
        log_half = of_rows(place.of_row, log_ed50, xp)
    for factor in place.factors:
        effect = xp.exp(q[..., at[f"{factor.name}_scale"]]) * q[..., at[factor.name]]
        log_half = log_half + effect @ factor.contrast.T
    if "single" in at:
        log_half = log_half + place.single * priors.single_sd * q[..., at["single"]]
    spread: Any = 0.0
    if "spread" in at:
        spread = place.spread * xp.exp(priors.spread_log_sd * q[..., at["spread"]])
    return Unpacked(log_ed50, emax, hill, log_half, xp.exp(q[..., at["misfit"]]), spread)


def expected(place: Layout, u: Unpacked, xp: Any) -> Any:
    """Expected occupancy of every row, fraction, shape (..., rows)."""
    log_x = place.rows.log_x + place.centre[place.rows.curve] - u.log_half
    hill, emax = (of_rows(place.of_row, one, xp) for one in (u.hill, u.emax))
    return emax / (1.0 + xp.exp(-hill * log_x))


def error_sd(place: Layout, model: MetaModel, u: Unpacked, theta: Any, xp: Any) -> Any:
    """SD of every row's mean about its expectation, on the model's scale, shape (..., rows)."""
    rows = place.rows
    people = xp.where(rows.unknown_sd, u.spread, rows.sd)
    sampling = people**2 * rows.share
    if model.scale == "logit":
        sampling = sampling / (theta * (1.0 - theta)) ** 2
    return xp.sqrt(sampling + rows.scatters * u.misfit**2)


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
        if name == "study":
            # normal about the curve with the SD between studies, in units of the curve's prior;
            # what pools several is their mean
            sd = xp.exp(q[place.slices["study_scale"]])[0] / model.priors.log_ed50_sd
            away = (part - q[place.slices["ed50"]][place.study_curve]) / sd
            total = total - 0.5 * xp.sum(place.pooled * away**2)
            total = total - part.size * (xp.log(sd) + 0.5 * _LOG_2PI)
            total = total + 0.5 * np.sum(np.log(place.pooled))
        elif name in scales:
            # half-normal density of exp(part), times the derivative of exp
            ratio = xp.exp(part) / scales[name]
            total = total + xp.sum(part - np.log(scales[name]) - 0.5 * ratio**2)
            total = total + 0.5 * np.log(2.0 / np.pi)
        else:
            total = total - 0.5 * xp.sum(part**2) - 0.5 * _LOG_2PI * (at.stop - at.start)
    return total


def _likelihood(place: Layout, centre: Any, sd: Any, xp: Any) -> Any:
    rows = place.rows
    z = (rows.mean - centre) / sd
    seen = rows.weight * ~rows.interval
    total = xp.sum(seen * (-0.5 * z**2 - xp.log(sd) - 0.5 * _LOG_2PI))
    within = np.flatnonzero(rows.interval)
    if within.size:
        pick = np.eye(len(rows.interval))[within]
        centre, sd, weight = pick @ centre, pick @ sd, pick @ rows.weight
        low, high = (rows.low[within] - centre) / sd, (rows.high[within] - centre) / sd
        total = total + xp.sum(weight * _log_between(low, high))
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
