"""The JSON documents: one per command, the same for the command line and the web.

Every document carries its schema's name and the version of the package. Occupancies are
fractions, concentrations ng/mL, times hours, doses mg as labelled.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DISCLAIMER = (
    "For information: compares published evidence, does not prescribe. "
    "Dose changes belong with the person who prescribes; some drugs are dangerous to stop abruptly."
)


class Document(BaseModel):
    """Base of everything printed as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Spread(Document):
    """A number with its band."""

    median: float
    low: float
    high: float


class Spreads(Document):
    """A series of numbers with their bands."""

    median: list[float]
    low: list[float]
    high: list[float]


class Share(Spread):
    """A share of time with its band, and its mean over all draws."""

    mean: float


class Band(Document):
    """What the bands mean."""

    level: float = Field(description="probability between low and high")
    contains: Literal["uncertainty", "uncertainty and differences between people", "none"]
    draws: int
    seed: int


class SourceLine(Document):
    """A figure behind an answer."""

    figure: str
    quantity: str
    value: str
    status: Literal["primary", "transcription", "secondary", "derived", "recalled"]
    citation: str
    note: str = ""
    disputed_by: list[str] = []


class WindowLine(Document):
    """A band of occupancy named by the literature; a convention, not a prediction of response."""

    name: str
    low: float
    high: float
    note: str
    sources: list[str]


class PersonLine(Document):
    """The person as stated; what is absent was not stated."""

    age_y: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    sex: str | None = None
    cyp2d6: str | None = None
    cyp2c19: str | None = None
    smoking: str | None = None
    comedication: list[str] = []
    ancestry: str | None = None
    effects: list[str] = Field(default=[], description="what these traits did, in sentences")


class Answer(Document):
    """What every document about a drug carries."""

    version: str
    drug: str
    form: str
    kinetics: str
    band: Band
    person: PersonLine
    sources: list[SourceLine]
    warnings: list[str]
    disclaimer: str = DISCLAIMER


class CurvePoint(Document):
    """Occupancy at one dose."""

    dose_mg: float
    occupancy: Spread
    average_ng_mL: dict[str, Spread]


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


class RivalCurve(Document):
    """Another published curve at the same target, on the same doses."""

    name: str
    source: str
    occupancy: list[float]


class CurveDocument(Answer):
    """`occupancy curve --json`."""

    document: Literal["curve"] = "curve"
    target: str
    basis: str = Field(description="in vivo, or anchored from Ki")
    model: str
    region: str
    interval_h: float
    studied_mg_per_day: list[float] | None
    points: list[CurvePoint]
    observed: list[ObservedPoint]
    rivals: list[RivalCurve]
    window: WindowLine | None


class TargetSeries(Document):
    """Occupancy of one target over time; peak, trough and window over the last dosing cycle."""

    target: str
    basis: str = Field(description="in vivo, or anchored from Ki")
    time_h: list[float]
    occupancy: Spreads
    peak: Spread
    trough: Spread
    swing: Spread
    average: Spread
    window: WindowLine | None
    time_in_window: Share | None


class AnalyteSeries(Document):
    """Concentration of one analyte, or of one in its brain compartment, over time."""

    analyte: str
    time_h: list[float]
    concentration_ng_mL: Spreads


class CourseDocument(Answer):
    """`occupancy course --json`."""

    document: Literal["course"] = "course"
    regimen: str
    doses: int
    total_mg: float
    steady_state_h: float | None
    targets: list[TargetSeries]
    analytes: list[AnalyteSeries]


class CompareDocument(Document):
    """`occupancy compare --json`: the same targets under several regimens."""

    document: Literal["compare"] = "compare"
    version: str
    courses: list[CourseDocument]
    disclaimer: str = DISCLAIMER


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


class DrugsDocument(Document):
    """`occupancy drugs --json`."""

    document: Literal["drugs"] = "drugs"
    version: str
    drugs: list[DrugLine]


class FigureLine(Document):
    """One figure of the evidence."""

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
    status: str
    citation: str
    note: str
    default: bool = Field(description="named by a default model")
    disputes: list[str]
    paired_with: list[str]


class EvidenceDocument(Document):
    """`occupancy evidence DRUG --json`."""

    document: Literal["evidence"] = "evidence"
    version: str
    drug: str
    title: str
    figures: list[FigureLine]
    gaps: list[str]


class AuditDocument(Document):
    """`occupancy evidence audit --json`."""

    document: Literal["audit"] = "audit"
    version: str
    drugs: int
    figures: int
    findings: list[str]


class ValidationRow(Document):
    """One published observation, recomputed."""

    id: str
    group: str
    what: str
    published: str
    predicted: float
    unit: str
    error: float = Field(description="predicted minus published, or outside the published range")
    tolerance: str
    passed: bool
    citation: str
    reason: str = Field(description="for a miss, why, where it is known")


class ErrorLine(Document):
    """Root mean square error of occupancy for one drug, in points of percent."""

    drug: str
    target: str
    rows: int
    rms_points: float
    uchida_2011_points: float | None


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
    "compare": CompareDocument,
    "drugs": DrugsDocument,
    "evidence": EvidenceDocument,
    "audit": AuditDocument,
    "validation": ValidationDocument,
}
