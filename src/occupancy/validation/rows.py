"""The table of published observations: what a row is, and where the rows stand.

Rows are `tests/published/*.toml` of the repository; a wheel carries them beside this file.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from annotated_types import Ge, Gt
from pydantic import ValidationError

from occupancy.evidence.figure import Name, Record
from occupancy.evidence.validated import validated

Kind = Literal[
    "course",
    "concentration-link",
    "exposure-ratio",
    "occupancy-difference",
    "occupancy-ratio",
    "half-life",
    "decline",
    "law",
]

#: Hours from the first dose, or what is read over the last dosing cycle.
ReadAt = float | Literal["average", "peak", "trough", "time of peak"]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9.+\-]*")
_CARRIED: Final = Path(__file__).parent / "published"
_REPOSITORY: Final = Path(__file__).resolve().parents[3] / "tests" / "published"


@dataclass(frozen=True, kw_only=True)
class PersonRow(Record):
    """Traits of the person a row is about; absent ones are the reference adult's."""

    age: float | None = None
    weight: float | None = None
    sex: str | None = None
    cyp2d6: str | None = None
    cyp2c19: str | None = None
    smoking: bool | None = None
    comedication: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Row(Record):
    """One published observation and how to compute it.

    Kinds:
        course: simulate `regimen`; read `read` ("occupancy", "concentration") `of` a target or
            analyte `at` a time in hours, or over the last dosing cycle ("average", "peak",
            "trough", "time of peak"), or the "total"; the last is summed over analytes named
            with " + ".
        concentration-link: occupancy `of` a target at the plasma `concentrations` (ng/mL).
        exposure-ratio: concentration `of` an analyte under `regimen` in `person`, over that under
            `against` (the same regimen when absent) in `reference`; both read `at` the same
            time, the second at `against_at` when given.
        occupancy-difference: the same pair for occupancy `of` a target, first minus second, in
            percentage points; occupancy-ratio: first over second.
        decline: apparent half-life, hours: how fast the concentration `of` an analyte falls under
            `regimen` between `at` and `against_at`, both hours from the first dose.
        half-life: terminal half-life of `of` under the drug's default kinetics in `person`,
            hours.
        law: `law`, a public function of `occupancy.laws`, at `arguments`.

    Published value: `expected` with `tolerance` (absolute) or `relative`; or a range `low` to
    `high`, widened by `tolerance` when given. Occupancies are percent, concentrations ng/mL.
    """

    id: str
    group: Literal[
        "D2",
        "D1",
        "D3",
        "5-HT2A",
        "SERT",
        "NET",
        "DAT",
        "VMAT2",
        "PK",
        "genotype",
        "interaction",
        "article",
    ]
    what: Name
    kind: Kind
    drug: str | None = None
    regimen: str | None = None
    read: Literal["occupancy", "concentration"] = "occupancy"
    of: str | None = None
    at: ReadAt = "average"
    against: str | None = None
    against_at: ReadAt | None = None
    days: float | None = None
    concentrations: dict[str, float] = field(default_factory=dict)
    person: PersonRow = PersonRow()
    reference: PersonRow = PersonRow()
    kinetics: str | None = None
    model: str | None = None
    law: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    pick: int | None = None
    unit: str = "%"
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    tolerance: Annotated[float, Ge(0)] | None = None
    relative: Annotated[float, Gt(0)] | None = None
    cite: Name
    reason: str = ""

    def __post_init__(self) -> None:
        """Check the id, and that what the kind needs is there."""
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id {self.id!r} may hold small letters, digits and .+- only")
        if self.expected is None and (self.low is None or self.high is None):
            raise ValueError("give `expected`, or `low` and `high`")
        if self.expected is not None and (self.tolerance is None) == (self.relative is None):
            raise ValueError("`expected` needs either `tolerance` or `relative`")
        needed = {
            "course": ("regimen", "of"),
            "concentration-link": ("drug", "of"),
            "exposure-ratio": ("regimen", "of"),
            "occupancy-difference": ("regimen", "of"),
            "occupancy-ratio": ("regimen", "of"),
            "half-life": ("drug", "of"),
            "decline": ("regimen", "of", "against_at"),
            "law": ("law",),
        }[self.kind]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"kind {self.kind!r} needs {', '.join(missing)}")

    def bounds(self) -> tuple[float, float]:
        """Lowest and highest prediction that passes."""
        if self.expected is not None:
            width = self.tolerance
            if width is None:
                assert self.relative is not None
                return self.expected / (1 + self.relative), self.expected * (1 + self.relative)
            return self.expected - width, self.expected + width
        assert self.low is not None
        assert self.high is not None
        width = self.tolerance or 0.0
        return self.low - width, self.high + width

    def published(self) -> str:
        """The published value as text."""
        if self.expected is not None:
            return f"{self.expected:g}"
        return f"{self.low:g}-{self.high:g}"

    def allowed(self) -> str:
        """The tolerance as text."""
        if self.relative is not None:
            return f"within x{1 + self.relative:g}"
        if self.expected is not None:
            return f"+-{self.tolerance:g}"
        return f"in range{f' +-{self.tolerance:g}' if self.tolerance else ''}"


@dataclass(frozen=True, kw_only=True)
class RowTable(Record):
    """One file of rows."""

    row: tuple[Row, ...]


class ValidationRowsError(ValueError):
    """Rows that cannot be read; the message lists every problem."""


def load_rows() -> tuple[Row, ...]:
    """All rows, in order of file and place.

    Raises:
        ValidationRowsError: a file that is not valid, an id that stands twice, no rows at all.
    """
    folder = _CARRIED if _CARRIED.is_dir() else _REPOSITORY
    rows: list[Row] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            rows.extend(validated(RowTable, tomllib.loads(path.read_text("utf-8"))).row)
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            problems.append(f"{path.name}: {error}")
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            problems.append(f"row {row.id!r} stands twice")
        seen.add(row.id)
    if not rows:
        problems.append(f"no rows in {folder}")
    if problems:
        raise ValidationRowsError("\n".join(problems))
    return tuple(rows)
