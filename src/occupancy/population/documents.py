"""The JSON document of a population: `occupancy population --json`."""

from dataclasses import dataclass
from typing import Literal

from occupancy.course.answer import (
    DISCLAIMER,
    Document,
    SourceLine,
    Spread,
    Spreads,
    WindowLine,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TraitLine(Document):
    """How a trait is spread over the people."""

    p5: float
    p50: float
    p95: float


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PeopleLine(Document):
    """Who the virtual people of a trial were, as they were drawn; shares are fractions."""

    size: int
    seed: int
    female: float
    smokers: float
    ancestry: dict[str, float]
    phenotypes: dict[str, dict[str, float]]
    age_y: TraitLine
    weight_kg: TraitLine
    height_cm: TraitLine
    occasions: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class QuantileLine(Document):
    """A quantile over people; low and high differ from it when there are several draws."""

    quantile: float
    value: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class QuantileSeries(Document):
    """A quantile over people at every time of the document."""

    quantile: float
    value: Spreads


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WindowPeople(Document):
    """Share of people whose average of the last cycle lies below, inside and above the window.

    `time_inside` is the share of the last cycle inside it, averaged over people.
    """

    below: Spread
    inside: Spread
    above: Spread
    time_inside: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TargetPeople(Document):
    """Occupancy of one target in the people of an arm.

    Trough, average, peak and swing are of the last dosing cycle.
    """

    target: str
    basis: str
    occupancy: list[QuantileSeries]
    trough: list[QuantileLine]
    average: list[QuantileLine]
    peak: list[QuantileLine]
    swing: list[QuantileLine]
    window: WindowLine | None
    in_window: WindowPeople | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ArmLine(Document):
    """One arm of a trial."""

    name: str
    regimen: str
    drug: str
    form: str
    kinetics: str
    targets: list[TargetPeople]
    sources: list[SourceLine]
    warnings: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PopulationDocument(Document):
    """`occupancy population --json`: regimens given to the same virtual people.

    Quantiles are over people. With several `draws` of the uncertainty, each a whole trial of the
    same people, low and high say how well a quantile is known, with probability `level`.
    """

    document: Literal["population"] = "population"
    version: str
    people: PeopleLine
    draws: int
    level: float
    quantile_error: float
    time_h: list[float]
    arms: list[ArmLine]
    sources: list[SourceLine]
    warnings: list[str]
    disclaimer: str = DISCLAIMER


SCHEMAS: dict[str, type[Document]] = {"population": PopulationDocument}
