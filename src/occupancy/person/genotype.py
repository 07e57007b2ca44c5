"""Genotype to phenotype, by the tables of CPIC.

CYP2D6: the activity values of the alleles, times copies, add to a score, and the score has a
phenotype. CYP2C19: each allele has a function, and the pair of functions has a phenotype.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Final

from occupancy.evidence import genes
from occupancy.person.error import PersonError

if TYPE_CHECKING:
    from occupancy.evidence.peopletables import Allele, Gene

#: The words of the phenotypes.
TITLES: Final[dict[str, str]] = {
    "PM": "poor metaboliser",
    "IM": "intermediate metaboliser",
    "NM": "normal metaboliser",
    "RM": "rapid metaboliser",
    "UM": "ultrarapid metaboliser",
    "indeterminate": "phenotype not known",
}
_WORDS: Final[dict[str, str]] = {
    **{code.lower(): code for code in TITLES},
    **{title: code for code, title in TITLES.items()},
    **{title.replace("metaboliser", "metabolizer"): code for code, title in TITLES.items()},
    "em": "NM",
    "extensive metaboliser": "NM",
    "extensive metabolizer": "NM",
}
_PART: Final = re.compile(r"^(\*\d+[A-Za-z]?)(?:x(\d+|N))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Phenotype:
    """What a diplotype, or the word for a phenotype, means.

    Attributes:
        gene: name of the gene.
        diplotype: as given, tidied; the phenotype's code when that was given.
        phenotype: PM, IM, NM, RM, UM or indeterminate.
        activity_score: sum of activity values, where the gene has them and they are known.
        functions: functions of the two alleles, where the gene has them.
        likely: True when the source says "likely".
        activity: figure holding the activity relative to normal, when no score decides it.
        source: table and version.
    """

    gene: str
    diplotype: str
    phenotype: str
    activity_score: float | None = None
    functions: tuple[str, str] | None = None
    likely: bool = False
    activity: str | None = None
    source: str = ""

    @property
    def title(self) -> str:
        """The phenotype in words, as in "likely poor metaboliser"."""
        return ("likely " if self.likely else "") + TITLES[self.phenotype]


def phenotype(gene: str, diplotype: str) -> Phenotype:
    """The phenotype of a diplotype such as "*1/*4", "*1x2/*4", "*36+*10/*1", or of its word.

    Copies multiply an allele's activity value (CYP2D6); "xN" counts as two. A "+" joins genes in
    tandem on one chromosome, whose values add. The order of the two sides does not matter.

    Raises:
        PersonError: a gene without a genotype table, a form that cannot be read, an unknown
            allele (the message names the nearest), or a phenotype the gene does not have.
    """
    table = _gene(gene)
    text = re.sub(r"\s+", " ", diplotype.strip()).replace("×", "x")
    code = _WORDS.get(text.lower())
    if code is not None:
        return _from_word(table, code)
    sides = text.replace(" ", "").split("/")
    if len(sides) != 2 or not all(sides):
        raise PersonError(
            f"{gene} {diplotype!r} cannot be read: give two alleles as in '*1/*4', "
            f"or one of {', '.join(_codes(table))}"
        )
    source = f"CPIC, {table.version}" if table.version else "CPIC"
    tidy = "/".join(sides)
    if table.score:
        values = [_side_value(table, side, tidy) for side in sides]
        return _from_score(table, tidy, values, source)
    first, second = (_side_function(table, side, tidy) for side in sides)
    return _from_functions(table, tidy, (first, second), source)


def _from_word(table: Gene, code: str) -> Phenotype:
    if code != "indeterminate" and code not in table.activity:
        raise PersonError(
            f"{table.name} has no phenotype {code}; use one of {', '.join(_codes(table))}"
        )
    return Phenotype(
        gene=table.name,
        diplotype=code,
        phenotype=code,
        activity=table.activity.get(code),
        source="phenotype as given",
    )


def _from_score(table: Gene, diplotype: str, values: list[float | None], source: str) -> Phenotype:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Phenotype(table.name, diplotype, "indeterminate", source=source)
    score = sum(known)
    band = next(one for one in table.score if one.holds(score))
    return Phenotype(table.name, diplotype, band.phenotype, activity_score=score, source=source)


def _from_functions(
    table: Gene, diplotype: str, functions: tuple[str, str], source: str
) -> Phenotype:
    pair = next(one for one in table.pair if sorted((one.first, one.second)) == sorted(functions))
    return Phenotype(
        table.name,
        diplotype,
        pair.phenotype,
        functions=functions,
        likely=pair.likely,
        activity=pair.activity or table.activity.get(pair.phenotype),
        source=source,
    )


def _side_value(table: Gene, side: str, diplotype: str) -> float | None:
    total = 0.0
    for part in side.split("+"):
        allele, copies = _part(table, part, diplotype)
        if allele.activity is None:
            return None
        total += allele.activity * copies
    return total


def _side_function(table: Gene, side: str, diplotype: str) -> str:
    allele, copies = _part(table, side, diplotype)
    if copies != 1:
        raise PersonError(
            f"{table.name} {diplotype!r}: copies are counted for CYP2D6 only; write {allele.name}"
        )
    return allele.function


def _part(table: Gene, part: str, diplotype: str) -> tuple[Allele, int]:
    match = _PART.match(part)
    if match is None:
        raise PersonError(
            f"{table.name} {diplotype!r}: {part!r} is not an allele; "
            "write a star and a number, as in '*4', with copies as in '*1x2'"
        )
    allele = _alleles(table.name).get(match[1])
    if allele is None:
        near = get_close_matches(match[1], list(_alleles(table.name)), n=3, cutoff=0.3)
        raise PersonError(
            f"{table.name} {diplotype!r}: no allele {match[1]} in the table ({table.version}); "
            f"nearest: {', '.join(near)}"
        )
    copies = {None: "1", "N": "2", "n": "2"}.get(match[2], match[2])
    if int(copies) < 1:
        raise PersonError(f"{table.name} {diplotype!r}: copies must be 1 or more")
    return allele, int(copies)


def _gene(name: str) -> Gene:
    table = next((one for one in genes().gene if one.name == name.upper()), None)
    acting = [one.name for one in genes().gene if one.acts]
    if table is None:
        raise PersonError(f"no gene {name!r} in the evidence; genotypes act for {acting}")
    if not table.acts:
        raise PersonError(
            f"{table.name} genotypes do not act: {table.explanation} "
            f"Genotypes act for {', '.join(acting)}"
        )
    return table


def _codes(table: Gene) -> list[str]:
    return list(table.activity)


@cache
def _alleles(gene: str) -> dict[str, Allele]:
    table = next(one for one in genes().gene if one.name == gene)
    return {one.name: one for one in table.allele}
