"""From a trial to its document."""

import numpy as np

from occupancy.course.answer import Spread, Spreads
from occupancy.course.answering import rounded, source_line
from occupancy.course.sampling import Array
from occupancy.course.writing import window_line
from occupancy.evidence.quantiles import quantiles
from occupancy.population.documents import (
    ArmLine,
    PeopleLine,
    PopulationDocument,
    QuantileLine,
    QuantileSeries,
    TargetPeople,
    TraitLine,
    WindowPeople,
)
from occupancy.population.outcome import population_sources
from occupancy.population.result import ArmOutcome, TargetOutcome, Trial
from occupancy.version import VERSION

#: Shares at which traits of the people are told.
TRAIT_SHARES = (0.05, 0.5, 0.95)


def population_document(trial: Trial, level: float = 0.9) -> PopulationDocument:
    """The document of a trial; with several draws `low` to `high` hold probability `level`."""
    return PopulationDocument(
        version=VERSION,
        people=_people(trial),
        draws=trial.draws,
        level=level,
        quantile_error=rounded(trial.error),
        time_h=[rounded(t) for t in next(iter(trial.arms.values())).time_h.tolist()],
        arms=[_arm(one, trial, level) for one in trial.arms.values()],
        sources=[source_line(one) for one in population_sources(trial.population)],
        warnings=list(trial.warnings),
    )


def _people(trial: Trial) -> PeopleLine:
    census, n = trial.census, trial.census.people
    return PeopleLine(
        size=n,
        seed=trial.population.seed,
        female=rounded(census.female / n),
        smokers=rounded(census.smoker / n),
        ancestry={name: rounded(count / n) for name, count in census.ancestry.items()},
        phenotypes={
            gene: {code: rounded(count / n) for code, count in counts.items()}
            for gene, counts in census.phenotype.items()
            if any(counts.values())
        },
        age_y=_trait(trial, "age_y"),
        weight_kg=_trait(trial, "weight_kg"),
        height_cm=_trait(trial, "height_cm"),
        occasions=trial.population.occasions,
    )


def _trait(trial: Trial, trait: str) -> TraitLine:
    low, median, high = (rounded(v) for v in trial.census.quantiles(trait, TRAIT_SHARES))
    return TraitLine(p5=low, p50=median, p95=high)


def _arm(arm: ArmOutcome, trial: Trial, level: float) -> ArmLine:
    where = arm.arm.setting
    return ArmLine(
        name=arm.name,
        regimen=arm.arm.plan.text,
        drug=where.product.record.name,
        form=where.product.form.name,
        kinetics=where.subject.model.name,
        targets=[_target(name, one, trial, level) for name, one in arm.targets.items()],
        sources=[source_line(one) for one in arm.sources],
        warnings=list(arm.warnings),
    )


def _target(name: str, one: TargetOutcome, trial: Trial, level: float) -> TargetPeople:
    def lines(metric: str) -> list[QuantileLine]:
        values = one.cycle[metric]
        return [
            QuantileLine(quantile=share, value=_spread(values[:, i], level))
            for i, share in enumerate(trial.levels)
        ]

    return TargetPeople(
        target=name,
        basis=one.basis,
        occupancy=[
            QuantileSeries(quantile=share, value=_spreads(one.bands[:, i], level))
            for i, share in enumerate(trial.levels)
        ],
        trough=lines("trough"),
        average=lines("average"),
        peak=lines("peak"),
        swing=lines("swing"),
        window=window_line(one.window),
        in_window=_window(one, level),
    )


def _window(one: TargetOutcome, level: float) -> WindowPeople | None:
    if one.inside is None or one.below is None or one.above is None or one.time_in_window is None:
        return None
    return WindowPeople(
        below=_spread(one.below, level),
        inside=_spread(one.inside, level),
        above=_spread(one.above, level),
        time_inside=_spread(one.time_in_window, level),
    )


def _spread(values: Array, level: float) -> Spread:
    median, low, high = (rounded(float(v[0])) for v in quantiles(values[:, None], level))
    return Spread(median=median, low=low, high=high)


def _spreads(values: Array, level: float) -> Spreads:
    median, low, high = (
        [rounded(v) for v in np.asarray(part).tolist()] for part in quantiles(values, level)
    )
    return Spreads(median=median, low=low, high=high)
