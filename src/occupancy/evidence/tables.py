"""The records that are not drugs: targets, genes, interactions, populations, priors."""

from typing import Annotated, Literal

from pydantic import Field

from occupancy.evidence.figure import Figure, Name, Record


class Window(Record):
    """A band of occupancy with a name and the figures it rests on; a convention, not a rule."""

    name: Name
    low: str
    high: str
    drug_class: str = ""
    note: str = ""


class Target(Record):
    """A protein that drugs occupy."""

    name: Name
    title: Name
    synonyms: tuple[str, ...] = ()
    window: tuple[Window, ...] = ()
    note: str = ""


class TargetTable(Record):
    """`targets.toml`."""

    target: tuple[Target, ...]
    figure: tuple[Figure, ...] = ()


class Allele(Record):
    """A star allele: its activity value (CYP2D6) or clinical function (CYP2C19)."""

    name: Name
    activity: float | None = None
    function: str = ""


class ScoreBand(Record):
    """Phenotype of an activity score: low <= score < high, or == when `low` equals `high`."""

    phenotype: Literal["PM", "IM", "NM", "RM", "UM"]
    low: float
    high: float
    includes_low: bool = True
    includes_high: bool = False


class FunctionPair(Record):
    """Phenotype of an unordered pair of allele functions."""

    first: Name
    second: Name
    phenotype: Literal["PM", "IM", "NM", "RM", "UM", "indeterminate"]
    likely: bool = False


class Gene(Record):
    """A gene: how diplotypes become phenotypes, and whether it acts by default.

    `activity` names, per phenotype, the figure holding the enzyme's activity relative to NM.
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
    activity: dict[str, str] = Field(default_factory=dict)


class GeneTable(Record):
    """`genes.toml`."""

    gene: tuple[Gene, ...]
    figure: tuple[Figure, ...] = ()


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


class InteractionTable(Record):
    """`interactions.toml`: perpetrators by enzyme, and observed exposure ratios."""

    perpetrator: tuple[Perpetrator, ...]
    contradictory: tuple[tuple[str, str], ...] = ()
    figure: tuple[Figure, ...] = ()


class Population(Record):
    """Named reference people: typical covariates and phenotype frequencies (figure ids)."""

    name: Name
    title: Name
    typical: dict[str, str] = Field(default_factory=dict)
    frequency: dict[str, dict[str, str]] = Field(default_factory=dict)
    note: str = ""


class PopulationTable(Record):
    """`populations.toml`."""

    population: Annotated[tuple[Population, ...], Field(min_length=1)]
    figure: tuple[Figure, ...] = ()


class PriorTable(Record):
    """`priors.toml`: labelled generic spreads where sources give none.

    `uncertainty` and `between` map a quantity of the vocabulary (or "default") to a figure.
    """

    uncertainty: dict[str, str]
    between: dict[str, str]
    figure: tuple[Figure, ...]
