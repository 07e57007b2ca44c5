"""The JSON documents: one per command, the same for the command line and the web.

What they are made of stands in `answer`.
"""

from dataclasses import dataclass, field
from typing import Literal

from occupancy.course.answer import (
    DISCLAIMER,
    Answer,
    Document,
    Share,
    Spread,
    Spreads,
    WindowLine,
)
from occupancy.course.circuit_documents import CircuitDocument
from occupancy.evidence.figure import Status


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CurvePoint(Document):
    """Occupancy at one dose."""

    dose_mg: float
    occupancy: Spread
    average_ng_mL: dict[str, Spread]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ObservedPoint(Document):
    """A published occupancy at a dose."""

    dose_mg: float
    occupancy: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    regimen: str = ""
    region: str = ""
    source: str
    status: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RivalCurve(Document):
    """Another published curve at the same target, on the same doses."""

    name: str
    source: str
    occupancy: list[float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CurveDocument(Answer):
    """`occupancy curve --json`."""

    document: Literal["curve"] = "curve"
    target: str
    basis: str
    model: str
    region: str
    interval_h: float
    studied_mg_per_day: list[float] | None
    points: list[CurvePoint]
    observed: list[ObservedPoint]
    rivals: list[RivalCurve]
    window: WindowLine | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TargetSeries(Document):
    """Occupancy of one target over time, in vivo or anchored from Ki.

    Peak, trough, swing, average and time in window are of the last dosing cycle.
    """

    target: str
    basis: str
    time_h: list[float]
    occupancy: Spreads
    peak: Spread
    trough: Spread
    swing: Spread
    average: Spread
    window: WindowLine | None
    time_in_window: Share | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AnalyteSeries(Document):
    """Concentration of one analyte, or of one in its brain compartment, over time."""

    analyte: str
    time_h: list[float]
    concentration_ng_mL: Spreads


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CourseDocument(Answer):
    """`occupancy course --json`."""

    document: Literal["course"] = "course"
    regimen: str
    doses: int
    total_mg: float
    steady_state_h: float | None
    targets: list[TargetSeries]
    analytes: list[AnalyteSeries]
    circuits: list[CircuitDocument] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CompareDocument(Document):
    """`occupancy compare --json`: the same targets under several regimens."""

    document: Literal["compare"] = "compare"
    version: str
    courses: list[CourseDocument]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DrugLine(Document):
    """One drug in the list."""

    name: str
    title: str
    drug_class: str
    forms: list[str]
    targets: list[str]
    anchored_targets: list[str]
    figures: int
    gaps: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DrugsDocument(Document):
    """`occupancy drugs --json`."""

    document: Literal["drugs"] = "drugs"
    version: str
    drugs: list[DrugLine]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FigureLine(Document):
    """One figure of the evidence; `default` when a default model names it."""

    id: str
    quantity: str
    analyte: str | None
    target: str | None
    region: str | None
    value: str
    unit: str
    between_cv: float | None
    n: int | None
    population: str
    method: str
    status: Status
    source: str
    citation: str
    note: str
    default: bool
    disputes: list[str]
    paired_with: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EvidenceDocument(Document):
    """`occupancy evidence DRUG --json`."""

    document: Literal["evidence"] = "evidence"
    version: str
    drug: str
    title: str
    figures: list[FigureLine]
    gaps: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AuditDocument(Document):
    """`occupancy evidence audit --json`."""

    document: Literal["audit"] = "audit"
    version: str
    drugs: int
    figures: int
    findings: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ValidationRow(Document):
    """One published observation, recomputed.

    `error` is predicted minus published, or the distance outside a published range; `reason` says
    why a row misses, where that is known.
    """

    id: str
    group: str
    what: str
    published: str
    predicted: float
    unit: str
    error: float
    tolerance: str
    passed: bool
    citation: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ErrorLine(Document):
    """Root mean square error of occupancy for one drug, in points of percent."""

    drug: str
    target: str
    rows: int
    rms_points: float
    uchida_2011_points: float | None
    on_their_people_points: float | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ValidationDocument(Document):
    """`occupancy validate --json`."""

    document: Literal["validation"] = "validation"
    version: str
    passed: int
    rows: list[ValidationRow]
    errors: list[ErrorLine]


SCHEMAS: dict[str, type[Document]] = {
    "curve": CurveDocument,
    "course": CourseDocument,
    "circuit": CircuitDocument,
    "compare": CompareDocument,
    "drugs": DrugsDocument,
    "evidence": EvidenceDocument,
    "audit": AuditDocument,
    "validation": ValidationDocument,
}
