"""A figure: one number of the literature with its unit, spread, origin and standing."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen

from occupancy.evidence.vocabulary import VOCABULARY
from occupancy.units import UnitError, convert, measures

Status = Literal["primary", "transcription", "secondary", "derived", "recalled"]
Distribution = Literal["lognormal", "normal", "interval", "exact"]
Medium = Literal[
    "plasma-total", "plasma-unbound", "serum-total", "blood-total", "brain-unbound", "in-vitro"
]
Name = Annotated[str, MinLen(1)]

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,+/()\-]*")

#: Quantities that are a concentration, and so must say in which medium.
CONCENTRATIONS = frozenset({"EC50", "Cmax", "Cmin", "Cavg", "AUC", "reference range"})


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base of everything read from a TOML file: frozen, and strict about unknown keys.

    A plain dataclass, so that reading a record does not wait for pydantic; `validated` checks
    types and constraints with it.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}


@dataclass(frozen=True, kw_only=True)
class Citation(Record):
    """Where a figure was published.

    `journal` holds journal, volume and pages, or the kind of document (a product label,
    a guideline); at least one of DOI, PMID or such a document must identify it.
    """

    authors: Name
    title: str = ""
    journal: Name
    year: Annotated[int, Ge(1900), Le(2100)] | None = None
    doi: str | None = None
    pmid: Annotated[int, Gt(0)] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check the form of the DOI."""
        if self.doi is not None and not re.fullmatch(r"10\.\S+", self.doi):
            raise ValueError(f"doi {self.doi!r} does not look like 10.…")

    def short(self) -> str:
        """First author and year, as in "Meyer 2004"."""
        if self.authors.lower().startswith("authors not"):
            first = (self.title or self.journal).split(".")[0]
            return f"{first} ({self.year})" if self.year else first
        first = self.authors.split(",")[0].removesuffix(" et al.").strip()
        surname = first.rsplit(" ", 1)[0] if _ends_in_initials(first) else first
        return f"{surname} {self.year}" if self.year else surname

    def text(self) -> str:
        """One line: authors, title, journal, year, DOI or PMID."""
        parts = [self.authors.rstrip("."), self.title.rstrip("."), self.journal.rstrip(".")]
        line = ". ".join(part for part in parts if part)
        if self.year:
            line += f" ({self.year})"
        if self.doi:
            line += f". doi:{self.doi}"
        if self.pmid:
            line += f". PMID {self.pmid}"
        return line


def _ends_in_initials(author: str) -> bool:
    last = author.rsplit(" ", 1)[-1].replace(".", "").replace("-", "")
    return " " in author and last.isupper() and len(last) <= 3


@dataclass(frozen=True, kw_only=True)
class Figure(Record):
    """One number of the literature.

    Spread: `distribution` says how the uncertainty of `value` is described. `lognormal` takes
    `cv` or `low`/`high`; `normal` takes `sd` or `low`/`high`; `interval` takes `low`/`high`;
    `exact` has none. Left out, the source states no uncertainty and the labelled generic prior
    of the quantity applies. `level` is the probability between `low` and `high`.
    `between_cv` is the variability between people, kept apart from the uncertainty, and
    `occasion_cv` that between occasions of one person.
    """

    id: str
    quantity: str
    analyte: str | None = None
    target: str | None = None
    region: str | None = None
    value: float | None = None
    unit: str
    distribution: Distribution | None = None
    sd: Annotated[float, Gt(0)] | None = None
    cv: Annotated[float, Gt(0)] | None = None
    low: float | None = None
    high: float | None = None
    level: Annotated[float, Gt(0), Lt(1)] = 0.95
    between_cv: Annotated[float, Gt(0)] | None = None
    occasion_cv: Annotated[float, Gt(0)] | None = None
    medium: Medium | None = None
    dose_mg: Annotated[float, Ge(0)] | None = None
    at_h: Annotated[float, Ge(0)] | None = None
    regimen: str = ""
    n: Annotated[int, Gt(0)] | None = None
    population: str = ""
    method: str = ""
    cite: Name
    status: Status
    note: str = ""
    disputes: tuple[str, ...] = ()
    paired_with: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the vocabulary, the unit, the spread and the medium."""
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} may hold letters, digits and _.,+/()- only")
        entry = VOCABULARY.get(self.quantity)
        if entry is None:
            raise ValueError(
                f"quantity {self.quantity!r} is not in the vocabulary; "
                f"allowed: {', '.join(sorted(VOCABULARY))}"
            )
        try:
            measured = measures(self.unit)
        except UnitError as error:
            raise ValueError(str(error)) from error
        if measured != entry.unit and not (measured == "nM" and entry.unit == "ng/mL"):
            raise ValueError(
                f"unit {self.unit!r} measures {measured}; {self.quantity} needs {entry.unit}"
            )
        if self.value is None and (self.low is None or self.high is None):
            raise ValueError("give `value`, or both `low` and `high`")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        if entry.positive and self.value is not None and self.value <= 0:
            raise ValueError(f"{self.quantity} must be above zero, not {self.value}")
        self._check_spread()
        if self.quantity in CONCENTRATIONS and self.medium is None:
            raise ValueError(f"{self.quantity} is a concentration: say in which `medium`")

    def _check_spread(self) -> None:
        bounds = self.low is not None and self.high is not None
        match self.distribution:
            case "lognormal" if self.cv is None and not bounds:
                raise ValueError("lognormal needs `cv`, or `low` and `high`")
            case "lognormal" if bounds and (self.low or 0) <= 0:
                raise ValueError("lognormal needs `low` above zero")
            case "normal" if self.sd is None and not bounds:
                raise ValueError("normal needs `sd`, or `low` and `high`")
            case "interval" if not bounds:
                raise ValueError("interval needs `low` and `high`")
            case "exact" if self.value is None:
                raise ValueError("exact needs `value`")
            case _:
                pass

    @property
    def central(self) -> float:
        """The point estimate in the record's unit: `value`, or the middle of the bounds."""
        if self.value is not None:
            return self.value
        assert self.low is not None
        assert self.high is not None
        return 0.5 * (self.low + self.high)

    def canonical(self, number: float, molar_mass: float | None = None) -> float:
        """`number`, given in this record's unit, in the quantity's canonical unit.

        Args:
            number: a value in `self.unit`.
            molar_mass: g/mol of the analyte; needed when a molar figure stands for a
                mass concentration.

        Raises:
            UnitError: a molar figure without a molar mass.
        """
        wanted = VOCABULARY[self.quantity].unit
        if measures(self.unit) == "nM" and wanted == "ng/mL":
            if molar_mass is None:
                raise UnitError(f"{self.id}: {self.unit} needs the molar mass of the analyte")
            return convert(number, self.unit, "nM") * molar_mass / 1000.0
        return convert(number, self.unit, wanted)
