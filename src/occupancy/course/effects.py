"""What a person's genes, co-medication, smoking and covariates do to one drug."""

from collections.abc import Mapping

import numpy as np

from occupancy.course.assemble import Effects
from occupancy.course.sampling import Array, Sampler
from occupancy.drugs import Source, source_of
from occupancy.evidence import DrugRecord, genes, interactions
from occupancy.evidence.drugrecord import KineticModel
from occupancy.person import (
    EnzymeState,
    Person,
    check_drug,
    comedication,
    covariate_factor,
    enzyme_state,
    known_but_off,
    phenotype,
    relative_clearance_of,
)


def effects_of(
    person: Person | None, record: DrugRecord, model: KineticModel, sampler: Sampler
) -> Effects:
    """Multipliers of the drug's parameters for a person, with the reasons in sentences.

    Genes, inhibitors and inducers act on the share of clearance that each enzyme carries;
    covariates act as the kinetic model states. Without a person nothing moves.

    Raises:
        PersonError: the drug among its own co-medication, or a pair that is ruled out.
    """
    if person is None:
        return Effects()
    warnings = check_drug(
        person, record.name, synonyms=record.synonyms, drug_class=record.drug_class
    )
    n, seed = sampler.sampling.draws, sampler.sampling.seed
    states = enzyme_state(person, n, seed)
    factors: dict[tuple[str, str], Array] = {}
    reasons: list[str] = []
    figures: list[str] = []
    touched: set[str] = set()
    for species in (one.analyte for one in model.species):
        shares = {
            one.enzyme: sampler.typical(one.CR)
            for one in record.elimination
            if one.species == species
        }
        if not shares:
            continue
        factor = np.broadcast_to(relative_clearance_of(shares, states), (n,))
        factors[species, "CL"] = factor
        touched.update(name for name in shares if states.get(name, _NORMAL).reasons)
        figures += [
            one.CR
            for one in record.elimination
            if one.species == species and states.get(one.enzyme, _NORMAL).reasons
        ]
        if not np.all(factor == 1.0):
            reasons.append(
                f"clearance of {species} x{float(np.median(factor)):.2f}, so exposure to it "
                f"x{1.0 / float(np.median(factor)):.2f}"
            )
    formations = formation_factors(record, model, sampler, states, factors)
    explained = [reason for name in sorted(touched) for reason in states[name].reasons]
    for covariate in model.covariates:
        ref = covariate.exponent or covariate.coefficient or covariate.factor
        if ref is None:
            continue
        effect = covariate_factor(covariate, person, sampler.typical(ref))
        if np.all(effect.factor == 1.0):
            continue
        key = (covariate.species, covariate.parameter)
        factors[key] = factors.get(key, np.ones(n)) * effect.factor
        reasons.append(effect.reason)
        figures.append(ref)
    explained += _without_effect(person, touched, record)
    return Effects(
        factors=factors,
        formations=formations,
        reasons=tuple(dict.fromkeys([*explained, *reasons, *known_but_off(person)])),
        warnings=warnings,
        figures=tuple(figures),
        sources=_sources(person, touched),
    )


_NORMAL = EnzymeState("", np.ones(1), np.zeros(1), np.zeros(1))


def formation_factors(
    record: DrugRecord,
    model: KineticModel,
    sampler: Sampler,
    states: Mapping[str, EnzymeState],
    factors: Mapping[tuple[str, str], Array],
) -> dict[tuple[str, str], Array]:
    """What enzymes do to the share of a parent's elimination that forms a metabolite.

    Formation clearance moves by the shares of the enzymes that form it, total clearance by all:
    f'/f = [1 + sum_j s_j (r_j - 1)] / CLrel, s_j = CR_j / f the enzyme's share of formation (scaled
    to a sum of at most one) and r_j the activity left in it.
    """
    moved: dict[tuple[str, str], Array] = {}
    for species in model.species:
        for one in species.formed_from:
            if one.by is None or (one.species, "CL") not in factors:
                continue
            share = sampler.typical(one.fraction)
            by = {
                route.enzyme: sampler.typical(route.CR) / share
                for route in record.elimination
                if route.species == one.species and route.enzyme in one.by
            }
            # An apparent share can be below its enzymes' CR; they then carry all of it.
            whole = np.maximum(sum(by.values(), np.zeros_like(share)), 1.0)
            kept = np.ones_like(share)
            for enzyme, part in by.items():
                kept = kept + part / whole * (states.get(enzyme, _NORMAL).relative - 1.0)
            moved[one.species, species.analyte] = np.maximum(kept, 0.0) / factors[one.species, "CL"]
    return moved


def _sources(person: Person, touched: set[str]) -> tuple[Source, ...]:
    """The figures of genes and perpetrators that act on the enzymes of this drug."""
    gene_figures = {one.id: one for one in genes().figure}
    pair_figures = {one.id: one for one in interactions().figure}
    found: list[Source] = []
    for gene, given in (("CYP2D6", person.cyp2d6), ("CYP2C19", person.cyp2c19)):
        if given is not None and gene in touched:
            ref = phenotype(gene, given).activity
            if ref is not None:
                found.append(source_of(gene_figures[ref], gene_figures))
    names = {*person.comedication, *(["smoking"] if person.smoking == "smoker" else [])}
    for one in interactions().perpetrator:
        if one.name in names and one.enzyme in touched:
            found.append(source_of(pair_figures[one.effect], pair_figures))
    return tuple(found)


def _without_effect(person: Person, touched: set[str], record: DrugRecord) -> list[str]:
    """What was said of the person and moves nothing here, so that silence is not mistaken."""
    idle: list[str] = []
    for gene, given in (("CYP2D6", person.cyp2d6), ("CYP2C19", person.cyp2c19)):
        if given is not None and gene not in touched:
            idle.append(f"{gene} {given}: no share of {record.name}'s clearance is recorded for it")
    for name in person.comedication:
        enzymes = {one.enzyme for one in comedication(name).effects}
        if not enzymes & touched:
            idle.append(f"{name}: no recorded effect on {record.name}")
    if person.smoking == "smoker" and not any(
        one.name == "smoking" and one.enzyme in touched for one in interactions().perpetrator
    ):
        idle.append(f"smoking: no recorded effect on {record.name}")
    return idle
