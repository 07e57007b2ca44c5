"""What every JSON document is made of: numbers with bands, sources, the person, the disclaimer.

Every document carries its schema's name and the version of the package. Occupancies are
fractions, concentrations ng/mL, times hours, doses mg as labelled.
"""

import json
from dataclasses import dataclass, field
from typing import Literal

from occupancy.evidence.figure import Status

DISCLAIMER = (
    "For information: compares published evidence, does not prescribe. "
    "Dose changes belong with the person who prescribes; some drugs are dangerous to stop abruptly."
)


class Document:
    """Base of everything printed as JSON."""

    def to_json(self) -> str:
        """The document as one line of JSON."""
        return json.dumps(self, default=vars, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Spread(Document):
    """A number with its band."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Spreads(Document):
    """A series of numbers with their bands."""

    median: list[float]
    low: list[float]
    high: list[float]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Share(Spread):
    """A share of time with its band, and its mean over all draws."""

    mean: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Band(Document):
    """What the bands mean: `level` is the probability between low and high."""

    level: float
    contains: Literal["uncertainty", "uncertainty and differences between people", "none"]
    draws: int
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SourceLine(Document):
    """A figure behind an answer."""

    figure: str
    quantity: str
    value: str
    status: Status
    citation: str
    note: str = ""
    disputed_by: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WindowLine(Document):
    """A band of occupancy named by the literature; a convention, not a prediction of response."""

    name: str
    low: float
    high: float
    note: str
    sources: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PersonLine(Document):
    """The person as stated (what is absent was not), and what the traits did, in sentences."""

    age_y: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    sex: str | None = None
    cyp2d6: str | None = None
    cyp2c19: str | None = None
    smoking: str | None = None
    comedication: list[str] = field(default_factory=list)
    ancestry: str | None = None
    effects: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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
