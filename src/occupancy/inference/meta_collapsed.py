"""A meta-analysis sampled without the half exposures of its curves, which are drawn afterwards.

Rows see a curve's half exposure c only through those of its n studies, s_1 .. s_n. In units of
the prior SD of c, with tau the SD between studies,

    c | s, tau ~ N(sum(s) / (tau^2 + n), tau^2 / (tau^2 + n)),
    log p(rest) = log p(rest, c) - log p(c | s, tau)   for every c, so also for its mean.

The sampler then walks in a space with fewer dimensions and without the funnel between c, s and
tau: at the same number of steps it holds four times the effective draws of tau. The posterior of
all parameters together is the same.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from occupancy.inference.meta_layout import Array, Layout
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.nuts import Draws, sample


def sample_meta(
    place: Layout, model: MetaModel, density: Callable[..., Any], *, seed: int = 0, **settings: Any
) -> Draws:
    """Draws of all of q from a log density of it, or of it and one row of `each`.

    Args:
        place: where parameters stand in q.
        model: what was assumed.
        density: from `log_density` or `log_density_of`.
        seed: the same seed gives the same draws.
        settings: those of `occupancy.inference.nuts.sample`.
    """
    if not place.studies:
        return sample(density, place.dim, seed=seed, **settings)
    short = place.dim - len(place.curves)
    found = sample(collapsed(place, model, density), short, seed=seed, **settings)
    return replace(found, q=restored(place, model, found.q, seed))


def collapsed(place: Layout, model: MetaModel, density: Callable[..., Any]) -> Callable[..., Any]:
    """The log density of q without its first block, the half exposures of curves (JAX)."""
    from occupancy.engine.jax_runtime import load

    xp = load().numpy

    def short(rest: Any, *given: Any) -> Any:
        mean, sd = _given_studies(place, model, rest, xp)
        # log p(c | s, tau) at its mean is -log sd and a constant
        return density(xp.concatenate([mean, rest]), *given) + xp.sum(xp.log(sd))

    return short


def restored(place: Layout, model: MetaModel, rest: Array, seed: int) -> Array:
    """All of q: half exposures of curves drawn given the rest, (..., dim)."""
    mean, sd = _given_studies(place, model, rest, np)
    noise = np.random.default_rng([seed, 0xD]).standard_normal(mean.shape)
    return np.concatenate([mean + sd * noise, rest], axis=-1)


def _given_studies(place: Layout, model: MetaModel, rest: Any, xp: Any) -> tuple[Any, Any]:
    """Mean and SD of every curve's half exposure given those of its studies, (..., curves)."""
    curves = len(place.curves)
    assert place.slices["ed50"] == slice(0, curves)
    at, scale = place.slices["study"], place.slices["study_scale"]
    member = np.equal.outer(place.study_curve, np.arange(curves)).astype(np.float64)
    tau = xp.exp(rest[..., scale.start - curves : scale.stop - curves]) / model.priors.log_ed50_sd
    total = rest[..., at.start - curves : at.stop - curves] @ member
    width = tau**2 + member.sum(axis=0)
    return total / width, tau / xp.sqrt(width)
