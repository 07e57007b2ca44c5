"""What has to be said of a person beside a drug: what does not go together, what moves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from occupancy.evidence import genes, interactions
from occupancy.person.enzymes import effects_of
from occupancy.person.error import PersonError
from occupancy.person.traits import Person


def check_drug(
    person: Person, drug: str, *, synonyms: Iterable[str] = (), drug_class: str = ""
) -> tuple[str, ...]:
    """Warnings about a person's co-medication beside a drug.

    Warns of combinations that need care, and of an inhibitor and an inducer of one enzyme, whose
    joint effect is badly known. `drug_class` is matched by whole words ("SSRI" in "SSRI and
    5-HT1A partial agonist").

    Raises:
        PersonError: the drug is among its own co-medication, or one of them is ruled out with it.
    """
    own = {drug.lower(), *(name.lower() for name in synonyms)}
    warnings: list[str] = []
    for name in person.comedication:
        if name in own:
            raise PersonError(
                f"co-medication {name!r} is the drug itself: change the dose, or leave it out"
            )
        for one in interactions().contradictory:
            if one.first == name and _is(one.second, own, drug_class):
                if one.refuse:
                    raise PersonError(f"{name} beside {drug}: {one.why}; leave it out")
                warnings.append(f"{name} beside {drug}: {one.why}")
            elif one.second == name and one.refuse and _is(one.first, own, drug_class):
                raise PersonError(f"{name} beside {drug}: {one.why}; leave it out")
    return (*warnings, *_opposed(person))


def known_but_off(person: Person | None = None) -> tuple[str, ...]:
    """One sentence for each gene that is known and moves no prediction, and why.

    With a `person`, only the genes whose genotype the person gave.
    """
    given = None if person is None else {name.upper() for name, _ in person.other_genotypes}
    return tuple(
        f"{gene.name} ({gene.title}): the genotype changes no prediction. {gene.explanation}"
        for gene in genes().gene
        if not gene.acts and (given is None or gene.name in given)
    )


def _is(wanted: str, names: set[str], drug_class: str) -> bool:
    """Whether `wanted` is one of the drug's names, or stands as a word in its class."""
    word = rf"(?<![\w-]){re.escape(wanted)}(?![\w-])"
    return wanted.lower() in names or re.search(word, drug_class, re.IGNORECASE) is not None


def _opposed(person: Person) -> tuple[str, ...]:
    kinds: dict[str, dict[str, list[str]]] = {}
    for effect in effects_of(person):
        kinds.setdefault(effect.enzyme, {}).setdefault(effect.kind, []).append(effect.name)
    return tuple(
        f"{enzyme} is inhibited by {' and '.join(both['inhibitor'])} and induced by "
        f"{' and '.join(both['inducer'])}; the two are multiplied, which has not been tested "
        "for this pair"
        for enzyme, both in kinds.items()
        if len(both) == 2
    )
