"""A meta-analysis in coordinates that a sampler walks easily; the posterior is the same.

Half exposures of curves. Rows see a curve's half exposure c only through those of its n studies,
s_1 .. s_n. In units of the prior SD of c, with tau the SD between studies,

    c | s, tau ~ N(sum(s) / (tau^2 + n), tau^2 / (tau^2 + n)),
    log p(rest) = log p(rest, c) - log p(c | s, tau)   for every c, so also for its mean.

The sampler leaves c out, and with it the funnel between c, s and tau; c is drawn afterwards.

Half exposures of studies. Rows of one study mostly share tracer, region and regimen, so what they
tell is its half exposure plus these shifts. The sampler walks in that sum, a shear of volume 1,
and not along the ridge between its parts.

Ceilings. logit Emax = m + d + sigma e, e standard normal, is told well by some curves and not at
all by others; w = d / 2 + sqrt(sigma) e, half way between e and the logit itself, suits both
(partial centring: Papaspiliopoulos, Roberts and Skold, Statistical Science 2007;22:59-73). A
table of few curves leaves sigma free to come near 0, where w would be a funnel; there e is walked.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from occupancy.inference.meta_layout import Array, Layout
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.nuts import Draws, sample

#: With as many curves, the SD between their ceilings is told well enough to keep from 0.
MANY_CURVES: Final = 10


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
    walked = walked_density(place, model, density)
    found = sample(walked, place.dim - _left_out(place), seed=seed, **settings)
    return replace(found, q=restored(place, model, found.q, seed))


def walked_density(place: Layout, model: MetaModel, density: Callable[..., Any]) -> Any:
    """The log density of what is walked in, from that of q (JAX)."""
    from occupancy.engine.jax_runtime import load

    xp = load().numpy

    def walked_one(walked: Any, *given: Any) -> Any:
        rest, log_volume = _rest(place, model, walked, xp)
        if place.studies:
            mean, sd = _given_studies(place, model, rest, xp)
            # log p(c | s, tau) at its mean is -log sd and a constant
            log_volume = log_volume + xp.sum(xp.log(sd))
            rest = xp.concatenate([mean, rest])
        return density(rest, *given) + log_volume

    return walked_one


def restored(place: Layout, model: MetaModel, walked: Array, seed: int) -> Array:
    """All of q, (..., dim), from what was walked in; half exposures of curves are drawn."""
    rest, _ = _rest(place, model, walked, np)
    if not place.studies:
        return rest
    mean, sd = _given_studies(place, model, rest, np)
    noise = np.random.default_rng([seed, 0xD]).standard_normal(mean.shape)
    return np.concatenate([mean + sd * noise, rest], axis=-1)


def _left_out(place: Layout) -> int:
    """Length of the first block of q, half exposures of curves, where it is not walked in."""
    return len(place.curves) if place.studies else 0


def _places(place: Layout) -> dict[str, slice]:
    """Parameter block -> its place in what is walked in."""
    skip = _left_out(place)
    return {k: slice(v.start - skip, v.stop - skip) for k, v in place.slices.items()}


def _rest(place: Layout, model: MetaModel, walked: Any, xp: Any) -> tuple[Any, Any]:
    """q as far as it is walked in, and the log of its volume per volume of the walk."""
    at, log_volume = _places(place), 0.0
    blocks = {name: walked[..., one] for name, one in at.items() if one.start >= 0}
    if model.emax is None:
        away = model.priors.emax_logit_sd * blocks["emax_centre"][..., place.target_of]
        log_sigma = blocks["emax_between"]
        part = 0.5 if len(place.curves) >= MANY_CURVES else 0.0
        log_volume = -part * len(place.curves) * log_sigma[..., 0]
        blocks["emax"] = (blocks["emax"] - part * away) * xp.exp(-part * log_sigma)
    if place.studies:
        blocks["study"] = blocks["study"] - _shift(place, model, blocks, xp)
    return xp.concatenate(list(blocks.values()), axis=-1), log_volume


def _shift(place: Layout, model: MetaModel, blocks: dict[str, Any], xp: Any) -> Any:
    """Mean shift of every study's rows from its half exposure, in units of the curves' prior."""
    mean = place.of_study.T / place.of_study.sum(axis=0)[:, None]
    shift: Any = 0.0
    for factor in place.factors:
        effect = xp.exp(blocks[f"{factor.name}_scale"]) * blocks[factor.name]
        shift = shift + effect @ (mean @ factor.contrast).T
    if "single" in blocks:
        shift = shift + model.priors.single_sd * blocks["single"] * (mean @ place.single)
    return shift / model.priors.log_ed50_sd


def _given_studies(place: Layout, model: MetaModel, rest: Any, xp: Any) -> tuple[Any, Any]:
    """Mean and SD of every curve's half exposure given those of its studies, (..., curves)."""
    at, curves = _places(place), np.arange(len(place.curves))
    member = np.equal.outer(place.study_curve, curves) * place.pooled[:, None]
    tau = xp.exp(rest[..., at["study_scale"]]) / model.priors.log_ed50_sd
    width = tau**2 + member.sum(axis=0)
    return rest[..., at["study"]] @ member / width, tau / xp.sqrt(width)
