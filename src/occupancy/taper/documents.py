"""The JSON document of a taper: what `occupancy taper --json` prints.

Occupancies, drops and swings are fractions (0.05 is 5 points), doses mg a day as labelled, days
counted from the first change of dose, day 0.
"""

from dataclasses import dataclass, field
from typing import Literal

from occupancy.course.answer import Answer, Document, SourceLine, Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DoseLine(Document):
    """A daily dose, how it is made, and the occupancy it holds.

    `make` is what is taken at each hour of `at`; `swing` the difference between peak and trough
    between intakes at steady state, absent for 0 mg. `other_occupancy` is that of further targets.
    """

    dose_mg: float
    make: list[str]
    at: list[str]
    error_mg: float
    occupancy: Spread
    swing: Spread | None = None
    other_occupancy: dict[str, Spread] = field(default_factory=dict[str, Spread])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepLine(DoseLine):
    """One step of the plan: the dose from `start_day` on.

    `days` is how long it is held, absent for the last; `drop` the fall of occupancy from the dose
    before, whose `median` is that of the curve the plan was made on.
    """

    step: int
    start_day: int
    days: int | None = None
    drop: Spread
    other_drop: dict[str, Spread] = field(default_factory=dict[str, Spread])


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ArgumentLine(Document):
    """One line of a certificate: from this dose, a drop below the bound reaches at most that."""

    from_mg: float
    reached_mg: float
    drop: float
    next_mg: float
    next_drop: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class CertificateDocument(Document):
    """Why no plan does better. `checked` says whether a second program agreed just now.

    `steps` is the number the claim is about, absent when it holds for any. `text` is the argument
    as a table that a person can check; `argument` its lines, empty in the method "layers".
    """

    claim: str
    lower_bound: float
    steps: int | None
    method: str
    checked: bool
    argument: list[ArgumentLine]
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AlternativeLine(Document):
    """Another method on the same doses."""

    method: str
    steps: int
    worst_drop: float
    dose_mg: list[float]
    start_day: list[int]
    occupancy: list[float]
    notes: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NextProductLine(Document):
    """A product worth asking for: the worst drop of the best plan with it, and what that gains.

    `steps` is how many that plan takes, at most as many as were asked for.
    """

    product: str
    steps: int
    worst_drop: float
    gain: float
    new_mg: list[float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProductLine(Document):
    """A product at hand; `source` and `as_of` where it is on record."""

    name: str
    phrase: str
    market: str = ""
    as_of: str = ""
    source: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PurchaseLine(Document):
    """What the whole plan needs of one product, its last dose not counted."""

    product: str
    amount: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class HoldLine(Document):
    """How long each dose is held, and why."""

    days: int
    why: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RhythmLine(Document):
    """The same daily dose taken in another rhythm."""

    name: str
    dose_mg: float
    interval_h: float
    mean: Spread
    swing: Spread
    refused: bool
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DoseView(Document):
    """A closer look at one daily dose: other rhythms, and a missed day."""

    dose_mg: float
    rhythms: list[RhythmLine]
    missed: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StoppingLine(Document):
    """A co-medication stopped while the dose now stays: a taper of its own.

    `equals_mg` is the daily dose to which cutting the dose now would have done the same, `days`
    how long nine tenths of the change take when clearance changes at once.
    """

    what: str
    drop: Spread
    days: Spread
    equals_mg: Spread
    text: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DriveLine(Document):
    """Withdrawal drive of the plan on one scale, an uncalibrated index; see `caveat`.

    `time_day` and `value` draw its median; `hardest_step` is the step whose peak is highest.
    """

    scale: str
    unit: str
    peak: Spread
    peak_day: float
    area: Spread
    hardest_step: int
    time_day: list[float]
    value: list[float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DriveDocument(Document):
    """The withdrawal drive on both scales, which disagree about the hardest step."""

    scales: list[DriveLine]
    caveat: str
    notes: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TaperDocument(Answer):
    """`occupancy taper --json`.

    `worst_drop` is the largest fall of a single step on the curve the plan was made on, the step
    to the end included; `worst_drop_band` that of each draw's own worst step. `target` names the
    first target; `other_targets` further ones, of whose drops the largest counts.
    """

    document: Literal["taper"] = "taper"
    regimen: str
    target: str
    other_targets: list[str] = field(default_factory=list[str])
    basis: str
    model: str
    method: str
    robust: bool
    start: DoseLine
    steps: list[StepLine]
    worst_drop: float
    worst_step: int
    worst_drop_band: Spread
    certificate: CertificateDocument | None = None
    notes: list[str]
    hold: HoldLine
    feasible_doses: int
    products: list[ProductLine]
    shopping: list[PurchaseLine]
    alternatives: list[AlternativeLine]
    next_product: list[NextProductLine]
    kinetics_view: list[DoseView] = field(default_factory=list[DoseView])
    stopping: list[StoppingLine] = field(default_factory=list[StoppingLine])
    drive: DriveDocument | None = None
    trials: list[str]
    tapering_sources: list[SourceLine]


SCHEMAS: dict[str, type[Document]] = {"taper": TaperDocument}
