"""From reduced states to the outcome of every arm, with sources and warnings."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from occupancy.course.sampling import Array
from occupancy.drugs import Source, source_of
from occupancy.drugs.sources import kinetic_figures
from occupancy.evidence import populations, priors
from occupancy.population.block import Arm
from occupancy.population.census import Census
from occupancy.population.effects import effect_figures, effect_sources
from occupancy.population.people import Population
from occupancy.population.reducers import METRICS, CycleOutcome
from occupancy.population.result import ArmOutcome, TargetOutcome
from occupancy.population.sampler import unsimulated_occasions
from occupancy.population.shares import frequency_figures, gene_shares


def outcomes(
    arms: Sequence[Arm],
    collected: Sequence[Sequence[tuple[Any, ...]]],
    names: Sequence[str],
    census: Census,
) -> dict[str, ArmOutcome]:
    """Outcomes by arm of what was `collected`: per draw and arm bands, cycle, and the rest."""
    found: dict[str, ArmOutcome] = {}
    for at, arm in enumerate(arms):
        of_draw = [one[at] for one in collected]
        found[arm.view.name] = ArmOutcome(
            name=arm.view.name,
            arm=arm,
            time_h=arm.view.time_h,
            targets={
                target: _target(arm, target, [d[0] for d in of_draw], [d[1] for d in of_draw])
                for target in arm.view.targets
            },
            reduced={name: tuple(one[2 + i] for one in of_draw) for i, name in enumerate(names)},
            sources=_sources(arm, census),
            warnings=_warnings(arm),
        )
    return found


def _target(
    arm: Arm,
    target: str,
    bands: list[dict[str, Array]],
    cycles: list[dict[str, CycleOutcome]],
) -> TargetOutcome:
    of_draw = [one[target] for one in cycles]

    def share(name: str) -> Array | None:
        values = [getattr(one, name) for one in of_draw]
        return None if values[0] is None else np.array(values)

    return TargetOutcome(
        basis=arm.links[target].basis,
        window=arm.windows[target],
        bands=np.stack([one[target] for one in bands]),
        cycle={name: np.stack([one.quantiles[name] for one in of_draw]) for name in METRICS},
        below=share("below"),
        inside=share("inside"),
        above=share("above"),
        time_in_window=share("time_in_window"),
    )


def _sources(arm: Arm, census: Census) -> tuple[Source, ...]:
    where = arm.setting
    record, known = where.product.record, where.product.record.figures()
    own = where.sources(arm.bindings)
    there = {one.figure for one in own}
    more = [ref for ref in effect_figures(record, where.subject.model) if ref not in there]
    occurring = {
        gene: {code for code, n in counts.items() if n > 0}
        for gene, counts in census.phenotype.items()
    }
    return (
        *own,
        *(source_of(known[ref], known) for ref in more),
        *effect_sources(record, occurring),
    )


def _warnings(arm: Arm) -> tuple[str, ...]:
    record = arm.setting.product.record
    found = list(arm.setting.warnings)
    studied = {target: arm.links[target].studied_mg for target in arm.above_studied}
    for target, doses in studied.items():
        assert doses is not None
        found.append(
            f"{record.name}: a dose above every one studied at {target} "
            f"({doses[0]:g}-{doses[1]:g} mg/day)"
        )
    if not arm.view.targets:
        gaps = "; ".join(gap.what for gap in record.gap)
        found.append(f"no occupancy figure for {record.name}: {gaps or 'none was recorded'}")
    figures = record.figures()
    used = [figures[ref] for ref in kinetic_figures(arm.setting.subject.model) if ref in figures]
    found += [
        f"{record.name}: {one.quantity} varies between occasions (CV {one.occasion_cv:.0%}, "
        f"{one.id}), which is not computed"
        for one in unsimulated_occasions(used)
    ]
    return tuple(dict.fromkeys(found))


def trial_warnings(population: Population, draws: int) -> tuple[str, ...]:
    """What to be careful about in every arm."""
    found: list[str] = []
    known = {one.name: one for one in populations().population}
    sampled = [set(one) for one in population.phenotype_shares]
    genes = ("CYP2D6", "CYP2C19")
    if not population.ancestry_shares and not sampled[0]:
        found.append(
            "no ancestry was named, so genes are not sampled: everybody is a normal metaboliser"
        )
    for (name, _), here in zip(population.ancestry_shares, sampled, strict=False):
        missing = [gene for gene in genes if gene not in here]
        if missing:
            found.append(
                f"{known[name].title}: no frequencies of {' and '.join(missing)} on record, "
                "computed as normal metabolisers"
            )
    if draws == 1:
        found.append(
            "bands hold the differences between people only; the typical values are uncertain too"
        )
    return tuple(found)


def population_sources(population: Population) -> tuple[Source, ...]:
    """The figures that the people were sampled from."""
    table = populations()
    known = {one.id: one for one in table.figure}
    adult = next(one for one in table.population if one.name == "adult")
    refs = [] if population.ages is not None else [adult.typical["age"]]
    refs += [] if population.female is not None else [table.share["female"]]
    refs += [] if population.smokers is not None else [table.share["smoker"]]
    refs += [ref for body in table.body for ref in (body.height, body.bmi)]
    given = dict(gene_shares(population.frequency))
    for name, _ in population.ancestry_shares:
        refs += frequency_figures(name, without=given)
    found = [source_of(known[ref], known) for ref in dict.fromkeys(refs)]
    if population.occasions:
        prior = {one.id: one for one in priors().figure}
        found.append(source_of(prior[priors().occasion["F"]], prior))
    return tuple(found)
