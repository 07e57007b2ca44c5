"""From a fitted meta-analysis to its document."""

from collections.abc import Sequence

import numpy as np

from occupancy.course.answer import Spreads
from occupancy.course.answering import rounded
from occupancy.course.sampling import Array
from occupancy.evidence.quantiles import quantiles
from occupancy.inference.documents import (
    EffectLine,
    MetaCurve,
    MetaDocument,
    MetaPoint,
    ProblemLine,
)
from occupancy.inference.meta import CurvePosterior, MetaFit
from occupancy.inference.meta_density import expected, unpack
from occupancy.inference.points import Problem
from occupancy.inference.writing import spread_of
from occupancy.version import VERSION

#: Exposures at which a curve is given, from a tenth of the lowest row to twice the highest.
CURVE_POINTS = 40


def meta_document(
    fit: MetaFit,
    *,
    source: str,
    seed: int,
    level: float = 0.9,
    problems: Sequence[Problem] = (),
) -> MetaDocument:
    """The document of a fit, with intervals of probability `level`."""
    chains, draws, _ = fit.sample.q.shape
    u = unpack(fit.place, fit.model, fit.sample.flat, np)
    theta = np.median(expected(fit.place, u, np), axis=0)
    model = fit.model
    return MetaDocument(
        version=VERSION,
        source=source,
        rows=len(fit.place.points),
        level=level,
        emax="fitted" if model.emax is None else f"fixed at {model.emax:.4g}",
        hill="fitted" if model.hill is None else f"fixed at {model.hill:.4g}",
        scale=model.scale,
        chains=chains,
        draws=draws,
        seed=seed,
        rhat=rounded(fit.rhat),
        ess=rounded(fit.ess),
        divergences=fit.divergences,
        trusted=not fit.distrust,
        curves=[_curve(fit, one, theta, level) for one in fit.curves],
        effects=_effects(fit, level),
        problems=[ProblemLine(row=p.row, column=p.column, what=p.what) for p in problems],
        warnings=_warnings(fit, problems),
    )


def _curve(fit: MetaFit, one: CurvePosterior, theta: Array, level: float) -> MetaCurve:
    exposures = np.array([point.exposure for point in one.points])
    x = np.geomspace(0.1 * exposures.min(), 2.0 * exposures.max(), CURVE_POINTS)
    median, low, high = quantiles(one.occupancy(x), level)
    both = one.readings
    where = [i for i, p in enumerate(fit.place.points) if p.curve == (one.drug, one.target)]
    return MetaCurve(
        drug=one.drug,
        target=one.target,
        scale="dose" if one.scale == "dose" else "concentration",
        regimen="repeated" if one.regimen == "repeated" else "single",
        emax=spread_of(one.emax, level),
        ed50=spread_of(one.ed50, level),
        hill=spread_of(one.hill, level),
        rhat=rounded(one.rhat),
        ess=rounded(one.ess),
        divergences=fit.divergences,
        identified=one.identified,
        why_not=one.why_not_identified,
        ed50_full=None if both is None else rounded(both.fixed),
        ed50_free=None if both is None else rounded(both.free),
        emax_free=None if both is None else rounded(both.emax),
        studies=len({point.study for point in one.points}),
        observed=[
            MetaPoint(
                exposure=rounded(point.exposure),
                occupancy=_maybe(point.occupancy),
                sd=_maybe(point.sd),
                low=_maybe(point.low),
                high=_maybe(point.high),
                n=point.n,
                study=point.study,
                tracer=point.tracer,
                region=point.region,
                repeated=point.repeated,
                row=point.row,
                expected=rounded(theta[i]),
            )
            for i, point in zip(where, one.points, strict=True)
        ],
        exposure=[rounded(v) for v in x],
        occupancy=Spreads(
            median=[rounded(v) for v in median],
            low=[rounded(v) for v in low],
            high=[rounded(v) for v in high],
        ),
    )


def _maybe(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _effects(fit: MetaFit, level: float) -> list[EffectLine]:
    found: list[EffectLine] = []
    if fit.place.studies:
        found.append(
            EffectLine(
                name="study, SD of log half exposure",
                levels=len(fit.place.studies),
                value=spread_of(fit.parameters["study SD"].ravel(), level),
            )
        )
    found += [
        EffectLine(
            name=f"{factor.name}, SD of log half exposure",
            levels=len(factor.levels),
            value=spread_of(fit.parameters[f"{factor.name} SD"].ravel(), level),
        )
        for factor in fit.place.factors
    ]
    if "single dose" in fit.parameters:
        shift = spread_of(fit.parameters["single dose"].ravel(), level)
        found.append(EffectLine(name="single dose, shift of log half dose", levels=2, value=shift))
    misfit = spread_of(fit.parameters["misfit"].ravel(), level)
    found.append(EffectLine(name="misfit, SD of a row", levels=len(fit.place.points), value=misfit))
    return found


def _warnings(fit: MetaFit, problems: Sequence[Problem]) -> list[str]:
    lines = [f"do not rely on this posterior: {one}" for one in fit.distrust]
    if problems:
        rows = len({one.row for one in problems})
        lines.append(f"{rows} rows were left out; `problems` lists why")
    lines += [
        f"{one.drug} at {one.target}: Emax and {'ED50' if one.scale == 'dose' else 'EC50'} are "
        f"not identified: {one.why_not_identified}"
        for one in fit.curves
        if not one.identified
    ]
    return lines
