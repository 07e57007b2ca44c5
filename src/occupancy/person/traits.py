"""The person: what is known of somebody, checked when it is written down."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from numbers import Real
from typing import Final

from occupancy.evidence import genes, populations
from occupancy.person.comedication import resolve
from occupancy.person.error import PersonError
from occupancy.person.genotype import phenotype

#: What may be written: name of the field -> (lowest, highest, unit, remark).
_RANGES: Final[dict[str, tuple[float, float, str, str]]] = {
    "age_y": (18.0, 100.0, "years", "adults only; the models were not made for others"),
    "weight_kg": (30.0, 300.0, "kg", "outside it the models say nothing"),
    "height_cm": (120.0, 230.0, "cm", "outside it the models say nothing"),
}
_SMOKING: Final[dict[object, str]] = {
    True: "smoker",
    False: "non-smoker",
    "smoker": "smoker",
    "smoking": "smoker",
    "yes": "smoker",
    "non-smoker": "non-smoker",
    "nonsmoker": "non-smoker",
    "no": "non-smoker",
    "former smoker": "non-smoker",
    "stopped": "non-smoker",
}
_SEX: Final[dict[str, str]] = {
    "female": "female",
    "f": "female",
    "woman": "female",
    "male": "male",
    "m": "male",
    "man": "male",
}


@dataclass(frozen=True)
class Person:
    """Somebody who takes a drug. Whatever is not known stays None and moves nothing.

    Attributes:
        age_y: age in years, 18 to 100.
        weight_kg: body weight in kg.
        height_cm: body height in cm.
        sex: "female" or "male".
        cyp2d6: diplotype ("*1/*4", "*1x2/*4") or phenotype ("PM", "IM", "NM", "UM").
        cyp2c19: diplotype ("*2/*17") or phenotype ("PM", "IM", "NM", "RM", "UM").
        smoking: "smoker" or "non-smoker" (tobacco smoke; a bool will do).
        comedication: names of other medicines; stored under their record's name.
        ancestry: a population of the evidence or one of its other names.
        other_genotypes: (gene, genotype) pairs of genes that are known and do not act.

    Raises:
        PersonError: at the first field that cannot be used, saying what is allowed.
    """

    age_y: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    sex: str | None = None
    cyp2d6: str | None = None
    cyp2c19: str | None = None
    smoking: str | bool | None = None
    comedication: tuple[str, ...] = ()
    ancestry: str | None = None
    other_genotypes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check every field and tidy names."""
        for field in _RANGES:
            self._set(field, _number(field, getattr(self, field)))
        self._set("sex", _choice("sex", self.sex, _SEX))
        self._set("smoking", _smoking(self.smoking))
        for gene in ("cyp2d6", "cyp2c19"):
            given = getattr(self, gene)
            if given is not None:
                self._set(gene, phenotype(gene.upper(), given).diplotype)
        self._set("comedication", resolve(_words(self.comedication)))
        self._set("ancestry", _ancestry(self.ancestry))
        self._set("other_genotypes", _others(self.other_genotypes))

    def _set(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    @property
    def bmi(self) -> float | None:
        """Body mass index in kg/m2; None unless weight and height are known."""
        if self.weight_kg is None or self.height_cm is None:
            return None
        return self.weight_kg / (self.height_cm / 100.0) ** 2


def ancestry_words(ancestry: str) -> frozenset[str]:
    """The words that stand for `ancestry`: itself, and its population's other names."""
    words = {ancestry}
    for one in populations().population:
        if one.name == ancestry:
            words.update(one.synonyms)
    return frozenset(words)


def _number(field: str, value: object) -> float | None:
    if value is None:
        return None
    low, high, unit, remark = _RANGES[field]
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise PersonError(f"{field} is {value!r}; give a number of {unit}, or leave it out")
    number = float(value)
    if not low <= number <= high:
        raise PersonError(
            f"{field} is {number:g}; it must lie between {low:g} and {high:g} {unit} ({remark})"
        )
    return number


def _choice(field: str, value: str | None, allowed: dict[str, str]) -> str | None:
    if value is None:
        return None
    found = allowed.get(str(value).strip().lower())
    if found is None:
        names = " or ".join(repr(name) for name in dict.fromkeys(allowed.values()))
        raise PersonError(f"{field} is {value!r}; it must be {names}, or left out")
    return found


def _smoking(value: str | bool | None) -> str | None:
    if value is None:
        return None
    found = _SMOKING.get(value.strip().lower() if isinstance(value, str) else value)
    if found is None:
        raise PersonError(
            f"smoking is {value!r}; it must be 'smoker' or 'non-smoker', or left out "
            "(an exact number of cigarettes is not used)"
        )
    return found


def _words(value: str | Iterable[str]) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(word for word in parts if word.strip())


def _ancestry(value: str | None) -> str | None:
    if value is None:
        return None
    word = value.strip().lower()
    if word not in _ancestries():
        near = get_close_matches(word, list(_ancestries()), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise PersonError(
            f"ancestry {value!r} is not known: {hint}allowed: {', '.join(sorted(_ancestries()))}"
        )
    return word


@cache
def _ancestries() -> frozenset[str]:
    words: set[str] = set()
    for one in populations().population:
        if one.synonyms or one.frequency:
            words.update((one.name, *one.synonyms))
    return frozenset(words)


def _others(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    known = {one.name: one for one in genes().gene}
    tidy: list[tuple[str, str]] = []
    for name, genotype in pairs:
        gene = known.get(name.strip().upper())
        if gene is None:
            raise PersonError(
                f"gene {name!r} is not in the evidence; known: {', '.join(known)}; leave it out"
            )
        if gene.acts:
            raise PersonError(f"{gene.name} acts: give it as {gene.name.lower()}=")
        tidy.append((gene.name, genotype))
    return tuple(tidy)
