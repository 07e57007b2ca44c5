"""The JSON documents of inference: `occupancy personalise --json`, `occupancy meta fit --json`.

Occupancies are fractions, doses mg as labelled, concentrations ng/mL, times hours.
"""

from dataclasses import dataclass
from typing import Literal

from occupancy.course.answer import DISCLAIMER, Answer, Document, Spread, Spreads
from occupancy.course.documents import CourseDocument


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LevelLine(Document):
    """A measured level beside what the estimated person would show.

    `typical_ng_mL` is that of the typical person of these traits, `percentile` its place among
    all of them on the stated doses; `residual` is in SDs of the log, and `influence` how far the
    estimate moves without this level, in posterior SDs (absent for a single level).
    """

    text: str
    time_h: float
    analyte: str
    observed_ng_mL: float
    below: bool
    predicted_ng_mL: float
    typical_ng_mL: float
    residual: float
    percentile: float
    influence: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class KineticLine(Document):
    """One kinetic parameter of the person: typical of the traits, most probable, and its band.

    `learned` is the share of the prior's variance that the levels took away.
    """

    parameter: str
    unit: str
    typical: float
    prior_low: float
    prior_high: float
    most_probable: float
    posterior: Spread
    learned: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DisagreementLine(Document):
    """The probability that the doses taken were not those stated; `prior` is a judgement.

    `factor` is exposure over that of the stated doses, were they not those taken.
    """

    probability: float
    bayes_factor: float
    prior: float
    factor: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PersonaliseDocument(Answer):
    """`occupancy personalise --json`: a person's kinetics and course from measured levels."""

    document: Literal["personalise"] = "personalise"
    regimen: str
    levels: list[LevelLine]
    parameters: list[KineticLine]
    effective_draws: float
    disagreement: DisagreementLine
    course: CourseDocument
    notes: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProblemLine(Document):
    """A cell that could not be used: line of the file (the header is 1), column, and why."""

    row: int
    column: str
    what: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MetaPoint(Document):
    """A row of the table: a mean with its SD between people, or the ends of an interval.

    `expected` is the posterior median of the row's expectation, with its study's own effects.
    """

    exposure: float
    occupancy: float | None
    sd: float | None
    low: float | None
    high: float | None
    n: int | None
    study: str
    tracer: str
    region: str
    repeated: bool
    row: int
    expected: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MetaCurve(Document):
    """Posterior of one curve: ceiling and half-saturating dose (mg) or concentration (ng/mL).

    `ed50_full` is the half-saturating exposure by least squares with the ceiling at 100 %,
    `ed50_free` with its own ceiling `emax_free`: where they part, the two are not identified.
    """

    drug: str
    target: str
    scale: Literal["dose", "concentration"]
    regimen: Literal["repeated", "single"]
    emax: Spread
    ed50: Spread
    hill: Spread
    rhat: float
    ess: float
    divergences: int
    identified: bool
    why_not: str
    ed50_full: float | None
    ed50_free: float | None
    emax_free: float | None
    studies: int
    observed: list[MetaPoint]
    exposure: list[float]
    occupancy: Spreads


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EffectLine(Document):
    """A difference between rows of one curve: SD of log half-saturating exposure, or its shift."""

    name: str
    levels: int
    value: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MetaDocument(Document):
    """`occupancy meta fit --json`: every curve of a table, re-estimated together."""

    document: Literal["meta"] = "meta"
    version: str
    source: str
    rows: int
    level: float
    emax: str
    hill: str
    scale: Literal["natural", "logit"]
    chains: int
    draws: int
    seed: int
    rhat: float
    ess: float
    divergences: int
    trusted: bool
    curves: list[MetaCurve]
    effects: list[EffectLine]
    problems: list[ProblemLine]
    warnings: list[str]
    disclaimer: str = DISCLAIMER


#: Documents of this room by name.
SCHEMAS: dict[str, type[Document]] = {"personalise": PersonaliseDocument, "meta": MetaDocument}
