"""The document of a receptor profile: `occupancy profile --json`."""

from dataclasses import dataclass
from typing import Literal

from occupancy.course.answer import (
    DISCLAIMER,
    Band,
    Document,
    PersonLine,
    SourceLine,
    Spread,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MetaboliteLine(Document):
    """A metabolite that takes part, by its molar concentration in plasma over the parent's."""

    analyte: str
    ratio: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProfileLine(Document):
    """One target: occupancy on average, and the lowest and highest over the last dosing cycle.

    `from_Ki` is what the affinities say of a target that was measured in people, `parent` what
    the parent alone holds by them; both are null where there is no affinity.
    """

    target: str
    basis: str
    occupancy: Spread
    lowest: Spread
    highest: Spread
    from_Ki: Spread | None
    parent: Spread | None
    saturated: bool
    Ki_nM: list[float]
    Ki_sources: list[str]
    without: list[str]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MissedWindow(Document):
    """A named window that the profile misses; `applies` says whether it was made for the drug."""

    target: str
    name: str
    side: Literal["below", "above"]
    low: float
    high: float
    applies: bool


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ModulationLine(Document):
    """A hypothesis: 5-HT2A blockade raises dopamine. Its strength is chosen, not measured."""

    hypothesis: str
    strength: float
    D2_occupancy: Spread
    D2_signal: Spread
    D2_signal_without: Spread


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProfileDocument(Document):
    """`occupancy profile --json`: every target of a drug with an affinity on record.

    `regimen` is null, and `form` and `kinetics` are empty, where the occupancy of the anchor was
    stated instead of a dose.
    """

    document: Literal["profile"] = "profile"
    version: str
    drug: str
    regimen: str | None
    form: str
    kinetics: str
    anchor: str
    band: Band
    person: PersonLine
    metabolites: list[MetaboliteLine]
    targets: list[ProfileLine]
    saturated: list[str]
    outside: list[MissedWindow]
    modulation: ModulationLine | None
    verdict: str
    caveats: list[str]
    sources: list[SourceLine]
    warnings: list[str]
    disclaimer: str = DISCLAIMER


SCHEMAS: dict[str, type[Document]] = {"profile": ProfileDocument}
