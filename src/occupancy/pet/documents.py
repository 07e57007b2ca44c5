"""The JSON documents of PET studies: what `occupancy pet fit --json` and `pet occupancy` print.

Rates are in 1/min, K1 in mL/cm³/min, volumes in mL/cm³, occupancies fractions; standard errors are
absolute. A number that does not exist is null.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from occupancy.course.answer import Document

DISCLAIMER: Final = (
    "For research: estimates from the measurements given, with their errors; not for diagnosis, "
    "and not a recommendation of a dose."
)
Setting = str | float | list[float] | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetFitLine(Document):
    """A model fitted to one region of one scan.

    `parameters` are the fitted ones, those that were given and what follows from them.
    """

    scan: str
    region: str
    model: str
    parameters: dict[str, float | None]
    se: dict[str, float | None]
    wrss: float | None
    n: int
    n_parameters: int
    n_starts: int
    aic: float | None
    aicc: float | None
    bic: float | None
    warnings: list[str]
    settings: dict[str, Setting]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetFailureLine(Document):
    """A curve that could not be read or fitted, and why; without a region, the whole scan."""

    scan: str
    region: str | None
    problem: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetEstimate(Document):
    """An estimate with its absolute standard error and its interval."""

    value: float | None
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetTypicalLine(Document):
    """The typical person's binding in a region, of one group of scans."""

    group: str
    region: str
    BP_ND: PetEstimate


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetSpreadLine(Document):
    """How much a logarithm differs, as a standard deviation."""

    of: str
    sd: PetEstimate


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetPoolLine(Document):
    """What scans give together, by hierarchical SRTM, and whether the chains agree."""

    typical: list[PetTypicalLine]
    spreads: list[PetSpreadLine]
    draws: int
    chains: int
    rhat: float
    ess: float
    divergences: int
    seed: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetFitDocument(Document):
    """`occupancy pet fit --json`: every curve that could be fitted, and the others with reasons.

    `pool` is null unless scans were fitted together; then the parameters and errors of the fits
    are medians and standard deviations of the posterior.
    """

    document: Literal["pet-fit"] = "pet-fit"
    version: str
    fits: list[PetFitLine]
    pool: PetPoolLine | None = None
    failures: list[PetFailureLine]
    warnings: list[str]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetCorrectionLine(Document):
    """What a scan's occupancy is after correction for a change of target and of agonist."""

    up_regulation: float
    up_regulation_se: float
    agonist: float
    agonist_se: float
    agonist_ratio: float
    agonist_ratio_se: float
    occupancy: PetEstimate
    without_agonist: PetEstimate


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetScanLine(Document):
    """A scan after the baseline; `correction` is null where none was asked for."""

    scan: str
    occupancy: PetEstimate
    correction: PetCorrectionLine | None = None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetRegionLine(Document):
    """A region: what was measured in each scan, the baseline first, and what the fit makes of it.

    `occupancy` is the region's own, per scan after the baseline; empty where it has none (V_T).
    """

    region: str
    values: list[float]
    se: list[float | None]
    fitted: list[float]
    v_s: PetEstimate
    occupancy: list[PetEstimate]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PetOccupancyDocument(Document):
    """`occupancy pet occupancy --json`: occupancy between a baseline and other scans.

    One occupancy per scan and one V_ND for all regions, by maximum likelihood; `occupancy` is
    that of the first scan after the baseline, `v_nd` is null for BP_ND.
    """

    document: Literal["pet-occupancy"] = "pet-occupancy"
    version: str
    outcome: Literal["V_T", "BP_ND"]
    baseline: str
    occupancy: PetEstimate
    v_nd: PetEstimate | None
    scans: list[PetScanLine]
    regions: list[PetRegionLine]
    level: float
    interval: str
    correlation: float
    sigma: float | None
    wrss: float
    degrees_of_freedom: int
    warnings: list[str] = field(default_factory=list[str])
    disclaimer: str = DISCLAIMER


SCHEMAS: Final[dict[str, type[Document]]] = {
    "pet-fit": PetFitDocument,
    "pet-occupancy": PetOccupancyDocument,
}
