"""Dose to occupancy at steady state, with its band, the points it rests on, and the rivals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.exposure import average_exposure
from occupancy.course.link import output_name
from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.course.window import TargetWindow, window_of
from occupancy.drugs import Anchored, Binding, Measured, Source, binding, models_at, target_or_first
from occupancy.evidence import DrugRecord, reference
from occupancy.evidence.quantiles import median
from occupancy.person import Person

#: Points of a curve when no doses are asked for, and how far past the studied dose it runs.
CURVE_POINTS = 41


@dataclass(frozen=True)
class Observation:
    """A published occupancy at a dose; fractions, with an SD or range where reported."""

    dose_mg: float
    occupancy: float
    low: float | None
    high: float | None
    n: int | None
    regimen: str
    region: str
    source: str
    status: str


@dataclass(frozen=True)
class Rival:
    """Another published curve of the same drug at the same target; occupancy (m,) as a fraction."""

    name: str
    source: str
    occupancy: Array


@dataclass(frozen=True)
class DoseCurve:
    """Occupancy of one target against dose, at the average concentration of steady state.

    Attributes:
        dose_mg: shape (m,), milligrams per dosing interval as the form is labelled.
        interval_h: the dosing interval.
        occupancy: fraction, shape (draws, m).
        average_ng_mL: per analyte, shape (draws, m).
    """

    setting: Setting
    bound: Binding
    dose_mg: Array
    interval_h: float
    occupancy: Array
    average_ng_mL: dict[str, Array]
    window: TargetWindow | None
    studied_mg: tuple[float, float] | None
    observations: tuple[Observation, ...]
    rivals: tuple[Rival, ...]
    sources: tuple[Source, ...]
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


def dose_curve(
    drug: str,
    target: str | None = None,
    *,
    doses_mg: Sequence[float] | Array | None = None,
    person: Person | None = None,
    sampling: Sampling | None = None,
    model: str | None = None,
    kinetics: str | None = None,
) -> DoseCurve:
    """Dose to occupancy for one drug and target.

    theta(D) = Emax X / (1 + X) at the average concentration of steady state, one dose every
    usual interval of the form.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        doses_mg: doses to answer for; None draws a curve past the highest studied dose.
        person: None is the reference adult.
        sampling: default leaves out the differences between people: the band is how well the
            typical curve is known.
        model: another occupancy model of the record; `kinetics` another kinetic model.

    Raises:
        ValueError: unknown names; doses that are negative or not finite.
    """
    where = setting(
        drug,
        person=person,
        sampling=sampling or Sampling(variability=False),
        kinetics=kinetics,
    )
    return dose_curve_in(where, target, doses_mg=doses_mg, model=model)


def dose_curve_in(
    where: Setting,
    target: str | None = None,
    *,
    doses_mg: Sequence[float] | Array | None = None,
    model: str | None = None,
) -> DoseCurve:
    """As `dose_curve`, in a setting that stands already.

    Raises:
        ValueError: an unknown target or model; doses that are negative or not finite.
    """
    record = where.product.record
    bound = binding(record, target_or_first(record, target), model)
    link = where.link(bound)
    interval = where.product.form.usual_interval_h
    dose = _doses(doses_mg, link.studied_mg, record, interval)
    exposure = average_exposure(where.subject, dose, interval)
    occupancy = link.occupancy(exposure)
    warnings = list(where.warnings)
    per_day = dose * 24.0 / interval
    if link.studied_mg is not None and float(per_day.max()) > link.studied_mg[1]:
        for column in np.flatnonzero(per_day > link.studied_mg[1]):
            wide = link.widened(float(per_day[column]))
            occupancy[:, column] = wide.occupancy(
                {name: values[:, column] for name, values in exposure.items()}
            )
        warnings.append(
            f"doses above {link.studied_mg[1]:g} mg/day were never studied at {bound.target}; "
            "the band is widened there"
        )
    if isinstance(bound, Anchored):
        warnings.append(
            f"{bound.target} was never measured in people on {record.name}: this is anchored from "
            f"Ki ratios to {bound.anchor.target} and good to about a factor of 2.5 in concentration"
        )
    return DoseCurve(
        setting=where,
        bound=bound,
        dose_mg=dose,
        interval_h=interval,
        occupancy=occupancy,
        average_ng_mL=exposure,
        window=window_of(bound, record),
        studied_mg=link.studied_mg,
        observations=_observations(record, bound.target),
        rivals=_rivals(where, bound, exposure),
        sources=where.sources([bound]),
        reasons=where.subject.effects.reasons,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _doses(
    asked: Sequence[float] | Array | None,
    studied: tuple[float, float] | None,
    record: DrugRecord,
    interval_h: float,
) -> Array:
    if asked is not None:
        dose = np.asarray(list(asked), dtype=np.float64)
        wrong = ~np.isfinite(dose) | (dose < 0)
        if dose.size == 0 or wrong.any():
            bad = f"{dose[wrong][0]:g}" if dose.size else "nothing"
            raise ValueError(f"dose = {bad} mg is not allowed; give finite doses of 0 mg or more")
        return np.array(sorted(set(dose.tolist())))
    per_day = studied[1] if studied is not None else _usual_highest(record)
    highest = per_day * interval_h / 24.0
    # Even steps in sqrt(dose): dense where the curve is steep, zero included.
    return np.round(highest * np.linspace(0.0, 1.0, CURVE_POINTS) ** 2, 4)


def _usual_highest(record: DrugRecord) -> float:
    """The highest dose any figure of the record was measured at, else 100 mg."""
    doses = [one.dose_mg for one in record.figure if one.dose_mg]
    return max(doses, default=100.0)


def _observations(record: DrugRecord, target: str) -> tuple[Observation, ...]:
    found: list[Observation] = []
    for one in record.figure:
        if one.quantity != "occupancy" or one.target != target or one.dose_mg is None:
            continue
        if one.status == "recalled" or one.value is None:
            continue
        value = one.canonical(one.value)
        low = None if one.low is None else one.canonical(one.low)
        high = None if one.high is None else one.canonical(one.high)
        if one.sd is not None:
            low, high = value - one.canonical(one.sd), value + one.canonical(one.sd)
        found.append(
            Observation(
                dose_mg=one.dose_mg,
                occupancy=value,
                low=low,
                high=high,
                n=one.n,
                regimen=one.regimen,
                region=one.region or "",
                source=reference(one.cite).short(),
                status=one.status,
            )
        )
    return tuple(found)


def _rivals(where: Setting, bound: Binding, exposure: dict[str, Array]) -> tuple[Rival, ...]:
    """Typical curves of the record's other occupancy models at the same target."""
    if not isinstance(bound, Measured):
        return ()
    record = where.product.record
    rivals: list[Rival] = []
    for model in models_at(record, bound.target):
        same = model.name == bound.model.name and model.region == bound.model.region
        if same and not bound.pooled:
            continue
        if not {output_name(ligand) for ligand in model.ligands} <= set(exposure):
            continue  # a study of analytes that this kinetic model does not follow
        other = where.link(Measured(bound.target, model))
        emax = record.figures()[model.Emax]
        rivals.append(
            Rival(
                name=model.name,
                source=reference(emax.cite).short(),
                occupancy=median(other.occupancy(exposure)),
            )
        )
    return tuple(rivals)
