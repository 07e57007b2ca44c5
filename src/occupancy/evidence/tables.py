"""The records that are not drugs: targets, genes, interactions, populations, priors."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from annotated_types import Ge, Gt, MinLen

from occupancy.evidence.figure import Figure, Name, Record

_ATC: Final = r"([A-Z]\d\d[A-Z]{2}\d\d)?"


@dataclass(frozen=True, kw_only=True)
class Window(Record):
    """A band of occupancy with a name and the figures it rests on; a convention, not a rule.

    `classes` are words of the drug classes it was made for (none: every drug), `not_for` drugs,
    or "partial agonist", it was not made for.
    """

    name: Name
    low: str
    high: str
    classes: tuple[Name, ...] = ()
    not_for: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Target(Record):
    """A protein that drugs occupy."""

    name: Name
    title: Name
    synonyms: tuple[str, ...] = ()
    window: tuple[Window, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Table(Record):
    """A file of records with the figures they rest on."""

    figure: tuple[Figure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetTable(Table):
    """`targets.toml`."""

    target: tuple[Target, ...]


@dataclass(frozen=True, kw_only=True)
class Allele(Record):
    """A star allele: its activity value (CYP2D6) or clinical function (CYP2C19).

    An allele with neither an activity value nor a decided function is known but unassigned.
    """

    name: Name
    activity: Annotated[float, Ge(0)] | None = None
    function: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreBand(Record):
    """Phenotype of an activity score: low <= score < high, or == when `low` equals `high`."""

    phenotype: Literal["PM", "IM", "NM", "RM", "UM"]
    low: float
    high: float
    includes_low: bool = True
    includes_high: bool = False

    def holds(self, score: float) -> bool:
        """Whether `score` lies in the band."""
        above = score > self.low or (self.includes_low and score == self.low)
        below = score < self.high or (self.includes_high and score == self.high)
        return above and below


@dataclass(frozen=True, kw_only=True)
class FunctionPair(Record):
    """Phenotype of an unordered pair of allele functions.

    `activity` names a figure of this pair's own, where it is known better than its phenotype's.
    """

    first: Name
    second: Name
    phenotype: Literal["PM", "IM", "NM", "RM", "UM", "indeterminate"]
    likely: bool = False
    activity: str | None = None


@dataclass(frozen=True, kw_only=True)
class Gene(Record):
    """A gene: how diplotypes become phenotypes, and whether it acts by default.

    `activity` names, per phenotype, the figure holding the enzyme's activity relative to NM.
    A gene with activity values scales with the score itself,
    f = (score / reference_score) ** gene_dose, `gene_dose` naming the exponent's figure.
    `evidence` names the figures that speak for or against the gene.
    """

    name: Name
    title: Name
    acts: bool
    explanation: Name
    version: str = ""
    cite: str = ""
    allele: tuple[Allele, ...] = ()
    score: tuple[ScoreBand, ...] = ()
    pair: tuple[FunctionPair, ...] = ()
    activity: dict[str, str] = field(default_factory=dict[str, str])
    reference_score: Annotated[float, Gt(0)] | None = None
    gene_dose: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GeneTable(Table):
    """`genes.toml`."""

    gene: tuple[Gene, ...]


@dataclass(frozen=True, kw_only=True)
class Perpetrator(Record):
    """What another drug, or smoking, does to one enzyme: figure of IR or IC.

    `dose_mg` is the daily dose the figure was measured at, when it matters.
    """

    name: Name
    enzyme: Name
    kind: Literal["inhibitor", "inducer"]
    effect: str
    dose_mg: float | None = None
    synonyms: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Neutral(Record):
    """A drug that was looked at and moves none of the enzymes by a recorded amount."""

    name: Name
    synonyms: tuple[str, ...] = ()
    cite: str = ""
    note: Name


@dataclass(frozen=True, kw_only=True)
class Contradiction(Record):
    """Two entries of one person that do not go together.

    `refuse` stops the computation; otherwise a warning travels with the result. `second` may be
    a class of drugs, written as in the drug records.
    """

    first: Name
    second: Name
    refuse: bool = False
    why: Name


@dataclass(frozen=True, kw_only=True)
class Probe(Record):
    """Share of a probe drug's clearance by one enzyme, behind the derivations of IR and IC."""

    victim: Name
    enzyme: Name
    CR: str


@dataclass(frozen=True, kw_only=True)
class Observation(Record):
    """An observed exposure ratio of a pair; `genotype` as the source gives it."""

    victim: Name
    perpetrator: Name
    enzyme: str = ""
    figure: str
    genotype: str = ""


@dataclass(frozen=True, kw_only=True)
class InteractionTable(Table):
    """`interactions.toml`: perpetrators by enzyme, and observed exposure ratios."""

    perpetrator: tuple[Perpetrator, ...]
    neutral: tuple[Neutral, ...] = ()
    contradictory: tuple[Contradiction, ...] = ()
    probe: tuple[Probe, ...] = ()
    observed: tuple[Observation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Population(Record):
    """Named reference people: typical covariates and phenotype frequencies (figure ids).

    `synonyms` are the other words for the ancestry that studies and people use.
    """

    name: Name
    title: Name
    synonyms: tuple[str, ...] = ()
    typical: dict[str, str] = field(default_factory=dict[str, str])
    frequency: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Body(Record):
    """Height and body mass index of adults of one sex: figures with their `between_cv`.

    Both are lognormal and independent; weight = BMI * height**2 carries their correlation.
    """

    sex: Literal["female", "male"]
    height: str
    bmi: str


@dataclass(frozen=True, kw_only=True)
class PopulationTable(Table):
    """`populations.toml`.

    `share` names the figures of how many people are female and how many smoke.
    """

    population: Annotated[tuple[Population, ...], MinLen(1)]
    body: tuple[Body, ...]
    share: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PriorTable(Table):
    """`priors.toml`: labelled generic spreads where sources give none.

    `uncertainty` and `between` map a quantity of the vocabulary (or "default") to a figure; a
    quantity missing from `between` does not vary between people unless its figure says so, and
    one missing from `occasion` not from dose to dose. `other` names figures used by one method
    only.
    """

    uncertainty: dict[str, str]
    between: dict[str, str]
    occasion: dict[str, str]
    other: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class NotCovered(Record):
    """Drugs that no plan is made for, and why."""

    names: Annotated[tuple[Name, ...], MinLen(1)]
    title: Name
    reason: Name
    cite: Name


@dataclass(frozen=True, kw_only=True)
class Review(Record):
    """How long a new steady state is observed before the next step is talked about.

    `classes` are words of drug classes; none: every drug that no other review names. `observe` is
    a figure.
    """

    name: Name
    classes: tuple[Name, ...] = ()
    observe: str


@dataclass(frozen=True, kw_only=True)
class Strategy(Record):
    """What trials found of a way to stop, against another.

    `risk_ratio` is a figure; None where they found no difference.
    """

    name: Name
    versus: Name
    outcome: Name
    risk_ratio: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaperingTable(Table):
    """`tapering.toml`: what is known about coming off, apart from any one drug."""

    not_covered: tuple[NotCovered, ...]
    review: Annotated[tuple[Review, ...], MinLen(1)]
    strategy: tuple[Strategy, ...]


@dataclass(frozen=True, kw_only=True)
class DrugCodes(Record):
    """What one drug is called in public terminologies; empty where no code is recorded.

    `rxnorm` is the RxCUI of the ingredient, `atc` the WHO code of the substance, `snomed` the
    SNOMED CT concept.
    """

    drug: Name
    rxnorm: str = ""
    atc: str = ""
    snomed: str = ""

    def __post_init__(self) -> None:
        """Check the form of the codes."""
        for name, form in (("rxnorm", r"\d*"), ("atc", _ATC), ("snomed", r"(\d{6,18})?")):
            value = getattr(self, name)
            if not re.fullmatch(form, value):
                raise ValueError(f"{name} {value!r} of {self.drug} has not the form of such a code")


@dataclass(frozen=True, kw_only=True)
class CodeTable(Table):
    """`codes.toml`; `cite` is the reference all of them were taken from."""

    cite: Name
    code: tuple[DrugCodes, ...]
