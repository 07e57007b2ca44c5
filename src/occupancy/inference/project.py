"""The project's own meta-analysis: every curve of the evidence records, re-estimated together.

A curve is a drug at a target on the scale of its default occupancy model, daily doses or plasma
(or brain) concentrations. It rests on

- published means at a dose, with their SDs, ranges or intervals;
- published fits, as the occupancies they state over the exposures their study covered: at the
  lowest and highest and between, with the uncertainty they report, else as means of their people.
  A fit of means that stand in the record themselves is left out, and one whose people are among
  those of a pooled fit.

Recalled figures never enter. What is stored are draws of the ceiling and of the half-saturating
exposure over that of the default model.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from occupancy.course.assemble import Assembled
from occupancy.course.exposure import average_exposure, single_dose_exposure
from occupancy.course.link import output_name
from occupancy.course.sampling import Sampler, Sampling
from occupancy.course.setting import setting
from occupancy.drugs import models_at, targets_of
from occupancy.evidence import DrugRecord, Figure, drug_names, drug_record, reference
from occupancy.evidence.draws import sigma_of_cv
from occupancy.evidence.drugrecord import OccupancyModel
from occupancy.evidence.posterior import FINGERPRINT, POSTERIOR, STUDIES
from occupancy.inference.meta import MetaFit, fit_dose_occupancy
from occupancy.inference.meta_layout import Array
from occupancy.inference.meta_model import MetaModel
from occupancy.inference.point import Point

#: Exposures of a published fit, over its half-saturating one, where its range is not recorded.
USUAL_REACH: Final = (0.5, 6.0)
#: A published fit enters as this many occupancies over the exposures of its study.
ROWS_PER_FIT: Final = 4
#: SD between people about a published curve, where the fit states no uncertainty: what studies
#: with 5 to 12 people a row report (4-12 points).
SPREAD_OF_FITS: Final = 0.08
#: People behind a fit whose source does not say.
PEOPLE_UNSTATED: Final = 8
#: Scans later than this after a dose say more about kinetics than about binding.
LATEST_SCAN_H: Final = 8.0
#: Words of a regimen that is neither one dose nor an ordinary daily one, by mouth.
_OTHER_REGIMENS: Final = (
    *("injection", "decanoate", "pamoate", "every", "twice", "day 1", "simulated", "infusion"),
)
_REPEATED_WORDS: Final = ("day", "daily", "week", "steady")
STORED_DRAWS: Final = 400
MODEL: Final = MetaModel()


@dataclass(frozen=True)
class ProjectCurve:
    """A curve to estimate: the default model it answers for, and its rows.

    Attributes:
        half: half-saturating exposure of the default model, mg or ng/mL of its first ligand.
        points: rows, with the drug's name marked by the scale.
    """

    drug: str
    target: str
    model: OccupancyModel
    half: float
    points: tuple[Point, ...]

    @property
    def label(self) -> str:
        """Name of the curve's drug in the fit: doses and concentrations are two curves."""
        return _label(self.drug, self.model)


def project_curves() -> tuple[ProjectCurve, ...]:
    """Every default curve of the records that has a Hill coefficient of 1, with its rows."""
    return tuple(
        curve
        for name in drug_names()
        for target in targets_of(drug_record(name))
        if (curve := _curve(drug_record(name), target)) is not None
    )


def inputs_hash(curves: tuple[ProjectCurve, ...]) -> str:
    """Fingerprint of rows, priors and settings: what the stored draws rest on."""
    rows = [asdict(point) for curve in curves for point in curve.points]
    halves = [(curve.drug, curve.target, _rounded(curve.half)) for curve in curves]
    settings = [asdict(MODEL), STORED_DRAWS]
    text = json.dumps([rows, halves, settings], sort_keys=True, default=_rounded)
    return hashlib.sha256(text.encode()).hexdigest()


def studies(curves: tuple[ProjectCurve, ...]) -> dict[str, list[str]]:
    """Per "drug|target", the studies its rows come from, in order of their names."""
    return {
        f"{curve.drug}|{curve.target}": sorted({point.study for point in curve.points})
        for curve in curves
    }


def fit_project(
    curves: tuple[ProjectCurve, ...] | None = None,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    seed: int = 0,
) -> MetaFit:
    """Fit all curves of the records together."""
    curves = project_curves() if curves is None else curves
    points = [point for curve in curves for point in curve.points]
    return fit_dose_occupancy(points, MODEL, draws=draws, warmup=warmup, seed=seed)


def stored_arrays(curves: tuple[ProjectCurve, ...], fit: MetaFit) -> dict[str, NDArray[np.float32]]:
    """Per "drug|target": Emax, and half exposure over that of the default model, (2, draws)."""
    out: dict[str, NDArray[np.float32]] = {}
    single = fit.parameters.get("single dose")
    for curve in curves:
        found = fit.curve(curve.label, curve.target)
        log_ratio = np.log(found.ed50) - np.log(curve.half)
        if single is not None and curve.model.regimen == "single" and found.regimen == "repeated":
            log_ratio = log_ratio + single.ravel()
        thin = np.linspace(0, log_ratio.size - 1, STORED_DRAWS).astype(int)
        rows = np.stack([found.emax[thin], np.exp(log_ratio[thin])])
        out[f"{curve.drug}|{curve.target}"] = rows.astype(np.float32)
    return out


def _label(drug: str, model: OccupancyModel) -> str:
    if model.scale == "dose":
        return drug
    site = "brain" if any(one.site != "plasma" for one in model.ligands) else "plasma"
    return f"{drug}, {site}"


def _curve(record: DrugRecord, target: str) -> ProjectCurve | None:
    models = models_at(record, target)
    if not models or models[0].Hill is not None or not record.form:
        return None
    default = models[0]
    ligands = [output_name(one) for one in default.ligands]
    alike = [
        one
        for one in models
        if one.scale == default.scale
        and one.Hill is None
        and (one.scale == "dose" or [output_name(x) for x in one.ligands] == ligands)
    ]
    pooled = {name for model in alike for name in model.pools}
    means = list(_means(record, target, default)) if default.scale == "dose" else []
    seen = [point.study for point in means]
    points = [*means]
    for model in alike:
        fits = record.figures()[model.Emax]
        study = reference(fits.cite).short()
        enough = 1 if _half_figure(record, model).status == "derived" else 2
        if model.name not in pooled and seen.count(study) < enough:
            points += _published(record, model, study)
    if not points:
        return None
    return ProjectCurve(record.name, target, default, _half(record, default), tuple(points))


def _half_figure(record: DrugRecord, model: OccupancyModel) -> Figure:
    ref = model.ED50 if model.scale == "dose" else model.ligands[0].EC50
    assert ref is not None
    return record.figures()[ref]


def _half(record: DrugRecord, model: OccupancyModel) -> float:
    figure = _half_figure(record, model)
    mass = {one.name: one.molar_mass for one in record.analyte}
    return figure.canonical(figure.central, mass.get(model.ligands[0].analyte))


def _means(record: DrugRecord, target: str, model: OccupancyModel) -> Iterator[Point]:
    """Published occupancies at a dose."""
    for one in record.figure:
        if one.quantity != "occupancy" or one.target != target or not one.dose_mg:
            continue
        regimen = one.regimen.lower()
        repeated = any(word in regimen for word in _REPEATED_WORDS)
        single = regimen.startswith("single")
        other = any(word in regimen for word in _OTHER_REGIMENS)
        if one.status == "recalled" or other or single == repeated or not _own(regimen, record):
            continue
        if one.at_h is not None and one.at_h > LATEST_SCAN_H:
            continue
        value, low, high = (
            None if x is None else one.canonical(x) for x in (one.value, one.low, one.high)
        )
        sd = None if one.sd is None else one.canonical(one.sd)
        over_regions = "range over putamen" in one.note
        if value is None and over_regions and low is not None and high is not None:
            value, low, high = 0.5 * (low + high), None, None
        if value is not None and one.n is None and low is not None:
            value = None  # the range of several means says where this one lies, no more
        if value is not None and not 0.0 < value < 1.0:
            continue
        yield Point(
            drug=_label(record.name, model),
            target=target,
            dose_mg=one.dose_mg,
            occupancy=value,
            sd=sd,
            low=low,
            high=high,
            n=one.n,
            study=reference(one.cite).short(),
            tracer=_tracer(one.method),
            region=one.region or "",
            repeated=repeated,
        )


def _own(regimen: str, record: DrugRecord) -> bool:
    """Whether a regimen is of this drug: a record may hold a metabolite given by itself."""
    return not any(name in regimen for name in drug_names() if name != record.name)


def _tracer(method: str) -> str:
    """The ligand at the head of a method: "[11C]DASB PET" is [11C]DASB."""
    head = method.split(";")[0].split()
    return head[0] if head and "[" in head[0] else ""


def _published(record: DrugRecord, model: OccupancyModel, study: str) -> list[Point]:
    """A published fit as occupancies over the exposures of its study."""
    figures = record.figures()
    emax = figures[model.Emax]
    ceiling = min(emax.canonical(emax.central), 1.0)
    half_figure, half = _half_figure(record, model), _half(record, model)
    low, high = _reach(record, model, half)
    x = np.geomspace(low, max(high, 1.01 * low), ROWS_PER_FIT)
    share = x / (x + half)
    theta = ceiling * share
    sd, people = _stated(half_figure), half_figure.n or emax.n or PEOPLE_UNSTATED
    rows: list[Point] = []
    for at, mean, part in zip(x.tolist(), theta.tolist(), share.tolist(), strict=True):
        # Several rows share what one fit knows: each is as wide as all of them together are not.
        spread = None if sd is None else ROWS_PER_FIT**0.5 * ceiling * part * (1 - part) * sd
        rows.append(
            Point(
                drug=_label(record.name, model),
                target=model.target,
                dose_mg=at if model.scale == "dose" else None,
                concentration=at if model.scale == "concentration" else None,
                occupancy=min(mean, 0.995),
                sd=max(spread, 0.02) if spread is not None else SPREAD_OF_FITS,
                n=1 if spread is not None else max(1, round(people / ROWS_PER_FIT)),
                fitted=True,
                study=study,
                tracer=model.tracer,
                region=model.region,
                repeated=model.regimen == "daily",
                studies=model.studies,
            )
        )
    return rows


def _stated(figure: Figure) -> float | None:
    """SD of the log of a half exposure, where its source states one."""
    if figure.cv is not None:
        return sigma_of_cv(figure.cv)
    if figure.distribution == "lognormal" and figure.low and figure.high:
        return float(np.log(figure.high / figure.low)) / 3.92
    return None


def _reach(record: DrugRecord, model: OccupancyModel, half: float) -> tuple[float, float]:
    """Lowest and highest exposure that the fit's study covered."""
    if model.studied_dose is None:
        return USUAL_REACH[0] * half, USUAL_REACH[1] * half
    studied = record.figures()[model.studied_dose]
    assert studied.low is not None
    assert studied.high is not None
    doses = np.array([studied.canonical(studied.low), studied.canonical(studied.high)])
    if model.scale == "dose":
        return float(doses[0]), float(doses[1])
    where = setting(record.name, sampling=Sampling(1, 0, variability=False))
    if model.regimen == "daily":
        exposure = average_exposure(where.typical, doses, 24.0)
    else:
        assert model.at_h is not None
        exposure = single_dose_exposure(where.typical, doses, model.at_h)
    return _scaled(where.typical, exposure, model, half)


def _scaled(
    typical: Assembled, exposure: dict[str, Array], model: OccupancyModel, half: float
) -> tuple[float, float]:
    """Exposures as concentrations of the first ligand that would hold the same share."""
    sampler: Sampler = typical.sampler
    total = np.zeros(2)
    for one in model.ligands:
        name = output_name(one)
        if name not in exposure or one.EC50 is None:
            return USUAL_REACH[0] * half, USUAL_REACH[1] * half
        total = total + exposure[name][0] / sampler.typical(one.EC50, one.analyte)[0]
    return float(half * total[0]), float(half * total[1])


def _rounded(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else str(value)


def write_posterior() -> tuple[int, MetaFit]:
    """Fit the project's curves and store them in the package; returns their number and the fit.

    Raises:
        ValueError: a posterior that should not be relied on is not stored.
    """
    curves = project_curves()
    fit = fit_project(curves)
    if fit.distrust:
        raise ValueError(f"the posterior is not stored: {'; '.join(fit.distrust)}")
    arrays: dict[str, Any] = dict(stored_arrays(curves, fit))
    arrays[FINGERPRINT] = np.array(inputs_hash(curves))
    arrays[STUDIES] = np.array(json.dumps(studies(curves)))
    np.savez_compressed(POSTERIOR, **arrays)
    return len(curves), fit
