"""The records that are neither drugs nor about people: targets, priors, tapering, codes."""

import re
from dataclasses import dataclass, field
from typing import Annotated, Final

from annotated_types import MinLen

from occupancy.evidence.figure import Figure, Name, Record

_ATC: Final = r"([A-Z]\d\d[A-Z]{2}\d\d)?"


@dataclass(frozen=True, kw_only=True)
class Window(Record):
    """A band of occupancy with a name and the figures it rests on; a convention, not a rule.

    `classes` are words of the drug classes it was made for (none: every drug), `not_for` drugs,
    or "partial agonist", it was not made for.
    """

    name: Name
    low: str
    high: str
    classes: tuple[Name, ...] = ()
    not_for: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Target(Record):
    """A protein that drugs occupy."""

    name: Name
    title: Name
    synonyms: tuple[str, ...] = ()
    window: tuple[Window, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Table(Record):
    """A file of records with the figures they rest on."""

    figure: tuple[Figure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetTable(Table):
    """`targets.toml`."""

    target: tuple[Target, ...]


@dataclass(frozen=True, kw_only=True)
class PriorTable(Table):
    """`priors.toml`: labelled generic spreads where sources give none.

    `uncertainty` and `between` map a quantity of the vocabulary (or "default") to a figure; a
    quantity missing from `between` does not vary between people unless its figure says so, and
    one missing from `occasion` not from dose to dose. `other` names figures used by one method
    only.
    """

    uncertainty: dict[str, str]
    between: dict[str, str]
    occasion: dict[str, str]
    other: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class NotCovered(Record):
    """Drugs that no plan is made for, and why."""

    names: Annotated[tuple[Name, ...], MinLen(1)]
    title: Name
    reason: Name
    cite: Name


@dataclass(frozen=True, kw_only=True)
class Review(Record):
    """How long a new steady state is observed before the next step is talked about.

    `classes` are words of drug classes; none: every drug that no other review names. `observe` is
    a figure.
    """

    name: Name
    classes: tuple[Name, ...] = ()
    observe: str


@dataclass(frozen=True, kw_only=True)
class Strategy(Record):
    """What trials found of a way to stop, against another.

    `risk_ratio` is a figure; None where they found no difference.
    """

    name: Name
    versus: Name
    outcome: Name
    risk_ratio: str | None = None


@dataclass(frozen=True, kw_only=True)
class TaperingTable(Table):
    """`tapering.toml`: what is known about coming off, apart from any one drug."""

    not_covered: tuple[NotCovered, ...]
    review: Annotated[tuple[Review, ...], MinLen(1)]
    strategy: tuple[Strategy, ...]


@dataclass(frozen=True, kw_only=True)
class DrugCodes(Record):
    """What one drug is called in public terminologies; empty where no code is recorded.

    `rxnorm` is the RxCUI of the ingredient, `atc` the WHO code of the substance, `snomed` the
    SNOMED CT concept.
    """

    drug: Name
    rxnorm: str = ""
    atc: str = ""
    snomed: str = ""

    def __post_init__(self) -> None:
        """Check the form of the codes."""
        for name, form in (("rxnorm", r"\d*"), ("atc", _ATC), ("snomed", r"(\d{6,18})?")):
            value = getattr(self, name)
            if not re.fullmatch(form, value):
                raise ValueError(f"{name} {value!r} of {self.drug} has not the form of such a code")


@dataclass(frozen=True, kw_only=True)
class CodeTable(Table):
    """`codes.toml`; `cite` is the reference all of them were taken from."""

    cite: Name
    code: tuple[DrugCodes, ...]
