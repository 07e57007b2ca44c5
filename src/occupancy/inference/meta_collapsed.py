"""A meta-analysis in coordinates that a sampler walks easily; the posterior is the same.

Half exposures of curves. Rows see a curve's half exposure c only through those of its n studies,
s_1 .. s_n. In units of the prior SD of c, with tau the SD between studies,

    c | s, tau ~ N(sum(s) / (tau^2 + n), tau^2 / (tau^2 + n)),
    log p(rest) = log p(rest, c) - log p(c | s, tau)   for every c, so also for its mean.

The sampler leaves c out, and with it the funnel between c, s and tau; c is drawn afterwards.

Half exposures of studies. Rows of one study mostly share tracer, region and regimen, so what they
tell is its half exposure plus these shifts. The sampler walks in that sum, a shear of volume 1,
and not along the ridge between its parts.
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
    """The log density of what is sampled: q less its first block, and sheared (JAX)."""
    from occupancy.engine.jax_runtime import load

    xp = load().numpy

    def short(walked: Any, *given: Any) -> Any:
        rest = _unsheared(place, model, walked, xp)
        mean, sd = _given_studies(place, model, rest, xp)
        # log p(c | s, tau) at its mean is -log sd and a constant
        return density(xp.concatenate([mean, rest]), *given) + xp.sum(xp.log(sd))

    return short


def restored(place: Layout, model: MetaModel, walked: Array, seed: int) -> Array:
    """All of q, (..., dim), from what was sampled; half exposures of curves are drawn."""
    rest = _unsheared(place, model, walked, np)
    mean, sd = _given_studies(place, model, rest, np)
    noise = np.random.default_rng([seed, 0xD]).standard_normal(mean.shape)
    return np.concatenate([mean + sd * noise, rest], axis=-1)


def _unsheared(place: Layout, model: MetaModel, walked: Any, xp: Any) -> Any:
    """q without its first block: each study's mean shift is taken from its half exposure."""
    skip, unit = len(place.curves), model.priors.log_ed50_sd
    at = {k: slice(v.start - skip, v.stop - skip) for k, v in place.slices.items()}
    mean = place.of_study.T / place.of_study.sum(axis=0)[:, None]
    shift: Any = 0.0
    for factor in place.factors:
        effect = xp.exp(walked[..., at[f"{factor.name}_scale"]]) * walked[..., at[factor.name]]
        shift = shift + effect @ (mean @ factor.contrast).T / unit
    if "single" in at:
        shift = shift + walked[..., at["single"]] * (mean @ place.single) * (
            model.priors.single_sd / unit
        )
    own = at["study"]
    study = walked[..., own] - shift
    return xp.concatenate([walked[..., : own.start], study, walked[..., own.stop :]], axis=-1)


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
