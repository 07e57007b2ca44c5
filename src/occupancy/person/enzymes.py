"""The state of a person's enzymes: genes, inhibitors and inducers as draws, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.evidence import Figure, genes, interactions
from occupancy.evidence.draws import draws as figure_draws
from occupancy.person.clearance import relative_clearance
from occupancy.person.comedication import comedication
from occupancy.person.genotype import Phenotype, phenotype
from occupancy.person.traits import Person

if TYPE_CHECKING:
    from occupancy.evidence.peopletables import Perpetrator

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class EnzymeState:
    """One enzyme of one person.

    Attributes:
        enzyme: its name.
        activity: activity relative to a normal metaboliser, shape (draws,).
        inhibited: share IR of the activity that is inhibited, all inhibitors together.
        induced: relative rise IC of the activity.
        reasons: sentences for a report, one for each thing that acts or fails to.
    """

    enzyme: str
    activity: Draws
    inhibited: Draws
    induced: Draws
    reasons: tuple[str, ...] = ()

    @property
    def relative(self) -> Draws:
        """Activity left: f (1 - IR) (1 + IC)."""
        return self.activity * (1.0 - self.inhibited) * (1.0 + self.induced)


def effects_of(person: Person) -> tuple[Perpetrator, ...]:
    """Every recorded effect on an enzyme of the person's co-medication and smoking."""
    names = [*person.comedication, *(["smoking"] if person.smoking == "smoker" else [])]
    return tuple(one for name in names for one in interactions().perpetrator if one.name == name)


def enzyme_state(person: Person, draws: int, seed: int = 0) -> dict[str, EnzymeState]:
    """Every enzyme with a gene or an interaction on record, as draws for this person.

    Inhibitors of one enzyme combine as 1 - prod(1 - IR). Of several inducers of one enzyme the
    strongest counts, draw by draw, since induction has a ceiling. What is not known of the
    person leaves the enzyme as in a normal metaboliser without co-medication.

    Args:
        person: the person.
        draws: number of draws.
        seed: seed of the whole computation; the same figure has the same draws everywhere.
    """
    effects = effects_of(person)
    acting = [one.name for one in genes().gene if one.acts]
    names = dict.fromkeys([*acting, *(one.enzyme for one in interactions().perpetrator)])
    return {
        name: _state(name, person, [one for one in effects if one.enzyme == name], draws, seed)
        for name in names
    }


def relative_clearance_of(
    CR: Mapping[str, ArrayLike], states: Mapping[str, EnzymeState]
) -> NDArray[np.float64]:
    """`relative_clearance` for the enzymes of a person; enzymes not in `states` stay normal."""
    return relative_clearance(
        CR,
        {name: one.activity for name, one in states.items()},
        {name: one.inhibited for name, one in states.items()},
        {name: one.induced for name, one in states.items()},
    )


def unaffecting(person: Person) -> tuple[str, ...]:
    """Sentences about co-medication that is known and moves no enzyme."""
    found = (comedication(name) for name in person.comedication)
    return tuple(f"{one.name}: {one.note}" for one in found if not one.effects)


def _state(
    enzyme: str, person: Person, effects: list[Perpetrator], n: int, seed: int
) -> EnzymeState:
    call = _call(enzyme, person)
    reasons = [] if call is None else [_gene_sentence(call)]
    activity = np.ones(n) if call is None else _activity(call, n, seed)
    absent = bool(np.all(activity == 0.0))
    left, induced = np.ones(n), np.zeros(n)
    for one in effects:
        figure = _interaction_figure(one.effect)
        sample = figure_draws(figure, n, seed, namespace="interactions")
        if one.kind == "inhibitor":
            left = left * (1.0 - sample)
        else:
            induced = np.maximum(induced, sample)
        reasons.append(_effect_sentence(one, figure, absent))
    return EnzymeState(enzyme, activity, 1.0 - left, induced, tuple(reasons))


def _call(enzyme: str, person: Person) -> Phenotype | None:
    given = {"CYP2D6": person.cyp2d6, "CYP2C19": person.cyp2c19}.get(enzyme)
    return None if given is None else phenotype(enzyme, given)


def _activity(call: Phenotype, n: int, seed: int) -> Draws:
    """Activity relative to normal: (score / reference)^k, or the figure of the phenotype."""
    gene = next(one for one in genes().gene if one.name == call.gene)
    if call.activity_score is not None and gene.reference_score and gene.gene_dose:
        k = figure_draws(_gene_figure(gene.gene_dose), n, seed, namespace="genes")
        return (call.activity_score / gene.reference_score) ** k
    if call.activity is None:
        return np.ones(n)
    return figure_draws(_gene_figure(call.activity), n, seed, namespace="genes")


def _gene_sentence(call: Phenotype) -> str:
    what = f"{call.gene} {call.diplotype}: {call.title}"
    if call.activity_score is not None:
        what += f" (activity score {call.activity_score:g})"
    match call.phenotype:
        case "PM" if not call.likely:
            return f"{what}, no {call.gene} activity."
        case "indeterminate":
            return f"{what}; computed as a normal metaboliser."
        case _:
            return f"{what}."


def _effect_sentence(one: Perpetrator, figure: Figure, absent: bool) -> str:
    if absent:
        verb = "inhibit" if one.kind == "inhibitor" else "induce"
        return (
            f"{one.name} acts on {one.enzyme} but cannot {verb} what is absent: "
            f"it adds nothing through {one.enzyme} here."
        )
    size = _size(figure, one.kind)
    if one.kind == "inhibitor":
        return f"{one.name} inhibits {size} of the activity of {one.enzyme}."
    return f"{one.name} induces {one.enzyme}: activity times {size}."


def _size(figure: Figure, kind: str) -> str:
    def show(value: float) -> str:
        return f"{100 * value:.0f} %" if kind == "inhibitor" else f"{1 + value:.2g}"

    if figure.low is None or figure.high is None:
        return show(figure.central)
    return f"{show(figure.central)} ({show(figure.low)} to {show(figure.high)})"


def _gene_figure(name: str) -> Figure:
    return next(one for one in genes().figure if one.id == name)


def _interaction_figure(name: str) -> Figure:
    return next(one for one in interactions().figure if one.id == name)
