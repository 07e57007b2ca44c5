"""What genes, smoking and covariates do to one drug in every person of a block."""

from functools import lru_cache

import numpy as np

from occupancy.course.assemble import Effects
from occupancy.course.effects import formation_factors
from occupancy.course.sampling import Array, Sampler
from occupancy.drugs import Source, source_of
from occupancy.evidence import DrugRecord, genes, interactions
from occupancy.evidence.drugrecord import Covariate, KineticModel
from occupancy.person import (
    EnzymeState,
    Person,
    enzyme_state,
    phenotype,
    relative_clearance_of,
    trait_factor,
)
from occupancy.person.traits import ancestry_words
from occupancy.population.people import People
from occupancy.population.sampler import PeopleSampler


def people_effects(
    people: People, record: DrugRecord, model: KineticModel, sampler: PeopleSampler
) -> Effects:
    """Multipliers of a drug's parameters, shape (people,), by the rules for one person.

    CLrel = sum_j CR_j f_j (1 + IC_j) + (1 - sum_j CR_j) for genes and smoking; covariates as the
    kinetic model states.
    """
    states = _states(people, sampler)
    n = len(people)
    factors: dict[tuple[str, str], Array] = {}
    for species in (one.analyte for one in model.species):
        shares = {
            one.enzyme: sampler.typical(one.CR)
            for one in record.elimination
            if one.species == species
        }
        if shares:
            factors[species, "CL"] = relative_clearance_of(shares, states)
    formations = formation_factors(record, model, sampler, states, factors)
    for covariate in model.covariates:
        ref = covariate_figure(covariate)
        if ref is not None:
            key = (covariate.species, covariate.parameter)
            factor = _covariate(covariate, people, sampler.typical(ref))
            factors[key] = factors.get(key, np.ones(n)) * factor
    return Effects(factors=factors, formations=formations)


def covariate_figure(covariate: Covariate) -> str | None:
    """The figure a covariate names."""
    return covariate.exponent or covariate.coefficient or covariate.factor


def effect_figures(record: DrugRecord, model: KineticModel) -> tuple[str, ...]:
    """Figures of the drug's record through which traits of people act."""
    species = {one.analyte for one in model.species}
    refs = [one.CR for one in record.elimination if one.species in species]
    refs += [ref for one in model.covariates if (ref := covariate_figure(one)) is not None]
    return tuple(dict.fromkeys(refs))


def effect_sources(record: DrugRecord, enzymes_of: dict[str, set[str]]) -> tuple[Source, ...]:
    """Figures of genes and of smoking that act on an enzyme of the drug.

    `enzymes_of` maps each gene that was sampled to the phenotypes that occur.
    """
    enzymes = {one.enzyme for one in record.elimination}
    gene_figures = {one.id: one for one in genes().figure}
    found: list[Source] = []
    for gene, codes in enzymes_of.items():
        if gene in enzymes:
            for code in sorted(codes):
                ref = phenotype(gene, code).activity
                if ref is not None:
                    found.append(source_of(gene_figures[ref], gene_figures))
    pair_figures = {one.id: one for one in interactions().figure}
    for one in interactions().perpetrator:
        if one.name == "smoking" and one.enzyme in enzymes:
            found.append(source_of(pair_figures[one.effect], pair_figures))
    return tuple(found)


def _states(people: People, sampler: PeopleSampler) -> dict[str, EnzymeState]:
    """The state of every enzyme in every person, in this draw."""
    uncertainty, draw = sampler.uncertainty, sampler.draw
    n, ones, zeros = len(people), np.ones(len(people)), np.zeros(len(people))
    smoker = _of(uncertainty, smoking=True)
    states: dict[str, EnzymeState] = {}
    for name, state in smoker.items():
        induced = np.where(people.smoker, state.induced[draw], 0.0)
        activity = ones
        if name in people.phenotype:
            of_code = [
                _of(uncertainty, gene=name, code=code)[name].activity[draw]
                for code in people.phenotypes[name]
            ]
            # Position -1, no frequency known, reads the last entry: a normal enzyme.
            activity = np.array([*of_code, 1.0])[people.phenotype[name]]
        states[name] = EnzymeState(name, np.broadcast_to(activity, (n,)), zeros, induced)
    return states


def _of(
    uncertainty: Sampler, *, smoking: bool = False, gene: str = "", code: str = ""
) -> dict[str, EnzymeState]:
    return _one_person(uncertainty.sampling.draws, uncertainty.sampling.seed, smoking, gene, code)


@lru_cache(maxsize=256)
def _one_person(
    draws: int, seed: int, smoking: bool, gene: str, code: str
) -> dict[str, EnzymeState]:
    person = Person(
        smoking=smoking,
        cyp2d6=code if gene == "CYP2D6" else None,
        cyp2c19=code if gene == "CYP2C19" else None,
    )
    return enzyme_state(person, draws, seed)


def _covariate(covariate: Covariate, people: People, value: Array) -> Array:
    match covariate.trait:
        case "age":
            return trait_factor(covariate, people.age_y, value)
        case "weight":
            return trait_factor(covariate, people.weight_kg, value)
        case "bmi":
            return trait_factor(covariate, people.bmi, value)
        case "sex":
            has = people.female if covariate.value == "female" else ~people.female
        case "smoking":
            has = people.smoker if covariate.value == "smoker" else ~people.smoker
        case "ancestry":
            wanted = (covariate.value or "").strip().lower()
            meant = [wanted in ancestry_words(name) for name in people.ancestries]
            has = np.array([*meant, False])[people.ancestry]
    return np.where(has, value, 1.0)
