"""Whether a meta-analysis fits: predictions of what was seen, and of studies left out.

Prior and posterior predictions of every row, the chance of a misfit as large as the one seen, and
each study predicted from the others. `simulate` is the model itself as a generator, which
simulation-based calibration runs too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from occupancy.inference.meta import MetaFit
from occupancy.inference.meta_coordinates import sample_meta
from occupancy.inference.meta_density import error_sd, expected, log_density_of, unpack
from occupancy.inference.meta_layout import Array, Layout, layout
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.point import Point


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions of rows, on the scale of the model's errors, shape (draws, rows).

    Attributes:
        place: the rows.
        drawn: replicated means.
        low: 5 % of them; `high` 95 %.
        percentile: place of the observed mean among them; NaN for an interval.
    """

    place: Layout
    drawn: Array

    @property
    def low(self) -> Array:
        """5 % quantile of every row."""
        return np.quantile(self.drawn, 0.05, axis=0)

    @property
    def high(self) -> Array:
        """95 % quantile of every row."""
        return np.quantile(self.drawn, 0.95, axis=0)

    @property
    def percentile(self) -> Array:
        """Share of replications below the observed mean."""
        below = (self.drawn < self.place.rows.mean).mean(axis=0)
        return np.where(self.place.rows.interval, np.nan, below)

    @property
    def covered(self) -> float:
        """Share of observed means between `low` and `high`."""
        seen = ~self.place.rows.interval
        inside = (self.place.rows.mean >= self.low) & (self.place.rows.mean <= self.high)
        return float(inside[seen].mean())


def prior_draws(place: Layout, model: MetaModel, draws: int, seed: int = 0) -> Array:
    """Draws of q from the prior, shape (draws, dim)."""
    rng = np.random.default_rng([seed, 0xB])
    q = rng.standard_normal((draws, place.dim))
    priors = model.priors
    scales = {"misfit": priors.misfit, "emax_between": priors.emax_between}
    scales |= {f"{name}_scale": value for name, value in priors.effect_scale.items()}
    for name, at in place.slices.items():
        if name in scales:
            q[:, at] = np.log(scales[name] * np.abs(q[:, at]))
    if place.studies:
        sd = np.exp(q[:, place.slices["study_scale"]]) / priors.log_ed50_sd
        q[:, place.slices["study"]] *= sd / np.sqrt(place.pooled)
        q[:, place.slices["study"]] += q[:, place.slices["ed50"]][:, place.study_curve]
    return q


def simulate(place: Layout, model: MetaModel, q: Array, seed: int = 0) -> Array:
    """Replicated means of every row, one per row of q (draws, dim), on the scale of the errors."""
    rng = np.random.default_rng([seed, 0xC])
    u = unpack(place, model, q, np)
    theta = expected(place, u, np)
    sd = error_sd(place, model, u, theta, np)
    centre = np.log(theta / (1.0 - theta)) if model.scale == "logit" else theta
    return centre + sd * rng.standard_normal(theta.shape)


def prior_prediction(
    points: Sequence[Point], model: MetaModel | None = None, *, draws: int = 2000, seed: int = 0
) -> Prediction:
    """What the priors alone expect of the rows."""
    model = model or MetaModel()
    place = layout(points, model)
    return Prediction(place, simulate(place, model, prior_draws(place, model, draws, seed), seed))


def posterior_prediction(fit: MetaFit, *, seed: int = 0) -> Prediction:
    """What the fitted model expects of the same rows, measured again."""
    return Prediction(fit.place, simulate(fit.place, fit.model, fit.sample.flat, seed))


def misfit_probability(fit: MetaFit, *, seed: int = 0) -> float:
    """Posterior probability that replicated rows lie farther from their curves than those seen.

    The discrepancy is the sum of squared standardised residuals; near 0 or 1 speaks against the
    model of errors.
    """
    rows, q = fit.place.rows, fit.sample.flat
    u = unpack(fit.place, fit.model, q, np)
    theta = expected(fit.place, u, np)
    sd = error_sd(fit.place, fit.model, u, theta, np)
    centre = np.log(theta / (1.0 - theta)) if fit.model.scale == "logit" else theta
    seen = ~rows.interval
    observed = (((rows.mean - centre) / sd)[:, seen] ** 2).sum(axis=1)
    again = (((simulate(fit.place, fit.model, q, seed) - centre) / sd)[:, seen] ** 2).sum(axis=1)
    return float((again > observed).mean())


@dataclass(frozen=True, eq=False)
class LeftOut:
    """One study predicted from the others.

    Attributes:
        study: its name.
        rows: indices of its rows.
        low: 5 % of the predictions of each; `high` 95 %.
        inside: whether each observed mean lies between them (intervals are left aside).
    """

    study: str
    rows: tuple[int, ...]
    low: Array
    high: Array
    inside: tuple[bool, ...]


def leave_one_study_out(
    points: Sequence[Point],
    model: MetaModel | None = None,
    *,
    draws: int = 500,
    warmup: int = 500,
    seed: int = 0,
) -> tuple[LeftOut, ...]:
    """Predict each study of a curve that has others from the rest; all refits run together.

    A study's own half exposure is then drawn from the spread between studies, so the prediction
    is that of a new study.
    """
    model = model or MetaModel()
    place = layout(points, model)
    studies = sorted({one.study for one in points if one.study})
    judged = [name for name in studies if _has_others(points, name)]
    if not judged:
        return ()
    weights = np.array([[float(one.study != name) for one in points] for name in judged])
    density = log_density_of(place, model, "weight")
    found = sample_meta(
        place, model, density, seed=seed, each=weights,
        draws=draws, warmup=warmup, target_accept=(0.95,),
    )  # fmt: skip
    out: list[LeftOut] = []
    for name, q in zip(judged, found.q, strict=True):
        rows = [i for i, one in enumerate(points) if one.study == name]
        drawn = simulate(place, model, q, seed)[:, rows]
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        seen = place.rows.mean[rows]
        inside = [
            bool(lo <= y <= hi)
            for y, lo, hi, gap in zip(seen, low, high, place.rows.interval[rows], strict=True)
            if not gap
        ]
        out.append(LeftOut(name, tuple(rows), low, high, tuple(inside)))
    return tuple(out)


def _has_others(points: Sequence[Point], study: str) -> bool:
    """Whether every curve of a study was seen by another."""
    own = {one.curve for one in points if one.study == study}
    return all(any(p.curve == c and p.study != study for p in points) for c in own)


def with_means(place: Layout, mean: Array) -> Layout:
    """The same rows with other means."""
    return replace(place, rows=replace(place.rows, mean=mean))
