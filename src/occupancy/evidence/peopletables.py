"""The records about people: genes, interactions, populations. Read only for a stated person."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, MinLen

from occupancy.evidence.figure import Name, Record
from occupancy.evidence.tables import Table


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
