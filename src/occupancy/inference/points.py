"""Reading published occupancies from a table, and every row that cannot be used.

Columns: `drug,target,dose_mg` or `concentration` (ng/mL), `occupancy,sd,n,study,tracer,region,
repeated`, and optionally `low,high`. Occupancies are fractions or percentages, the same in the
whole table; a number with a % sign is a percentage wherever it stands. A row without occupancy
but with `low` or `high` is an interval or a censored value.
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from occupancy.inference.point import Point

REQUIRED: Final = ("drug", "target", "occupancy")
EXPOSURES: Final = ("dose_mg", "concentration")
KNOWN: Final = frozenset(
    {*REQUIRED, *EXPOSURES, "sd", "low", "high", "n", "study", "tracer", "region", "repeated"}
)
#: Plain occupancies above this are percentages, those at or below it fractions.
HIGHEST_FRACTION: Final = 1.5
#: An SD between people outside these stands on another scale than its occupancy.
SMALLEST_SD: Final = 0.002
LARGEST_SD: Final = 0.5
#: Identifying columns: two rows that agree in all of them are one measurement given twice.
IDENTITY: Final = (
    *("drug", "target", "dose_mg", "concentration", "occupancy"),
    *("low", "high", "study", "tracer", "region", "repeated"),
)
_TRUE: Final = frozenset({"true", "yes", "1", "repeated", "daily", "y", ""})
_FALSE: Final = frozenset({"false", "no", "0", "single", "n"})


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: line of the file (the header is 1), column, and the fix."""

    row: int
    column: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.what}"


class PointsError(ValueError):
    """A table with rows that cannot be used; `problems` lists all of them."""

    def __init__(self, name: str, problems: Sequence[Problem], good: int) -> None:
        """Compose one message out of all problems."""
        self.problems = tuple(problems)
        lines = "\n".join(f"  {one}" for one in problems)
        kept = f"; {good} good rows could be used on their own" if good else ""
        super().__init__(f"{name}: {len(problems)} problems{kept}\n{lines}")


@dataclass(frozen=True)
class PointTable:
    """The good rows of a table, and the problems of the others."""

    points: tuple[Point, ...]
    problems: tuple[Problem, ...] = ()


@dataclass
class _Row:
    line: int
    cells: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def bad(self, column: str, what: str) -> None:
        self.problems.append(Problem(self.line, column, what))

    def number(self, column: str) -> float | None:
        text = self.text(column).rstrip("%").strip()
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            self.bad(column, f"{self.text(column)!r} is not a number")
            return None
        if not math.isfinite(value):
            self.bad(column, f"{text} is not a finite number")
            return None
        return value


def read_points(
    source: Path | str,
    *,
    missing_sd: Literal["refuse", "estimate"] = "refuse",
    keep_good: bool = False,
) -> PointTable:
    """Read a table of published occupancies.

    Args:
        source: path of a CSV file, or its text when it holds a line break.
        missing_sd: what a row without SD, range or interval is: a problem, or a row whose SD
            the model estimates together with those of its kind.
        keep_good: return the good rows with the problems of the others, instead of refusing.

    Raises:
        PointsError: rows that cannot be used (unless `keep_good`), or no good row at all.
        ValueError: an unknown or missing column.
    """
    name, text = _text(source)
    reader = csv.DictReader(io.StringIO(text))
    try:
        header = [(one or "").strip() for one in reader.fieldnames or []]
    except csv.Error as error:
        raise ValueError(f"{name}, row 1: {error}") from error
    _check_header(name, header)
    reader.fieldnames = header
    try:
        rows = [
            _Row(reader.line_num, cells) for cells in reader if any(map(_filled, cells.values()))
        ]
    except csv.Error as error:
        raise ValueError(f"{name}, row {reader.line_num}: {error}") from error
    percent = _in_percent(rows)
    points = [_point(row, percent, missing_sd) for row in rows]
    _find_duplicates(rows)
    problems = [problem for row in rows for problem in row.problems]
    good = tuple(
        point
        for row, point in zip(rows, points, strict=True)
        if point is not None and not row.problems
    )
    if not good or (problems and not keep_good):
        raise PointsError(
            name, problems or [Problem(1, "drug", "the table has no rows")], len(good)
        )
    return PointTable(good, tuple(problems))


def _text(source: Path | str) -> tuple[str, str]:
    if isinstance(source, str) and "\n" in source:
        return "the table", source
    path = Path(source)
    try:
        return path.name, path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error.reason}") from error


def _filled(cell: object) -> bool:
    return isinstance(cell, str) and bool(cell.strip())


def _check_header(name: str, header: Sequence[str]) -> None:
    missing = [one for one in REQUIRED if one not in header]
    if missing or not any(one in header for one in EXPOSURES):
        wanted = ", ".join(missing or ["dose_mg or concentration"])
        raise ValueError(f"{name}: the header lacks {wanted}; it has {', '.join(header) or 'none'}")
    unknown = [one for one in header if one not in KNOWN]
    if unknown:
        raise ValueError(
            f"{name}: unknown columns {', '.join(unknown)}; known: {', '.join(sorted(KNOWN))}"
        )


def _in_percent(rows: Sequence[_Row]) -> bool:
    """Whether the table's occupancies are percentages; rows that disagree are marked."""
    plain = [
        (row, column, value)
        for row in rows
        for column in ("occupancy", "low", "high")
        if "%" not in row.text(column)
        and (value := _quiet(row.text(column))) is not None
        and value > 0
    ]
    above = sum(value > HIGHEST_FRACTION for _, _, value in plain)
    percent = 2 * above > len(plain)
    for row, column, value in plain:
        if (value > HIGHEST_FRACTION) != percent:
            mostly, other = ("percentages", "fraction") if percent else ("fractions", "percentage")
            row.bad(
                column,
                f"{value:g} looks like a {other} in a table of {mostly}; "
                "write it as the others, or with a % sign",
            )
    return percent


def _quiet(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _point(row: _Row, percent: bool, missing_sd: str) -> Point | None:
    for column in ("drug", "target"):
        if not row.text(column):
            row.bad(column, "is empty; name it")
    exposure = _exposure(row)
    occupancy, low, high = (_share(row, one, percent) for one in ("occupancy", "low", "high"))
    sd = _share(row, "sd", percent, above_zero=True)
    if low is not None and high is not None and low >= high:
        row.bad("low", f"{low:g} is not below high = {high:g}")
    elif occupancy is not None and (
        (low is not None and occupancy < low) or (high is not None and occupancy > high)
    ):
        row.bad("occupancy", "lies outside low and high")
    if occupancy is None and low is None and high is None and not row.problems:
        row.bad("occupancy", "is empty; give a mean, or low or high of an interval")
    n = _count(row)
    repeated = _repeated(row)
    if row.cells.get(None):  # type: ignore[call-overload]
        row.bad("repeated", "is followed by more cells than the header has columns")
    if row.problems or exposure is None:
        return None
    point = Point(
        drug=row.text("drug").lower(),
        target=row.text("target"),
        dose_mg=exposure["dose_mg"],
        concentration=exposure["concentration"],
        occupancy=occupancy,
        sd=sd,
        low=low,
        high=high,
        n=n,
        study=row.text("study"),
        tracer=row.text("tracer"),
        region=row.text("region").lower(),
        repeated=repeated,
        row=row.line,
    )
    if missing_sd == "refuse" and not point.censored and point.spread is None:
        row.bad("sd", "is empty, without a range of n people; give it, or ask for its estimation")
    return point


def _exposure(row: _Row) -> dict[str, float | None] | None:
    written = [column for column in EXPOSURES if row.text(column)]
    values = {column: row.number(column) for column in EXPOSURES}
    given = [column for column, value in values.items() if value is not None]
    if not written:
        row.bad("dose_mg", "is empty; give one of dose_mg and concentration")
    elif len(written) > 1:
        row.bad("dose_mg", "stands beside concentration; give one")
    if len(written) != 1 or not given:
        return None
    value = values[given[0]]
    assert value is not None
    if value <= 0:
        row.bad(given[0], f"{value:g} is not allowed; it must be above 0")
        return None
    return values


def _share(row: _Row, column: str, percent: bool, *, above_zero: bool = False) -> float | None:
    value = row.number(column)
    if value is None:
        return None
    if percent or "%" in row.text(column):
        value /= 100.0
    if above_zero and value <= 0:
        row.bad(column, f"{value:g} is not allowed; an SD is above 0, leave it empty if unknown")
    elif value < 0:
        row.bad(
            column,
            f"{value:g} is below zero; give a noisy zero as an interval: "
            "empty occupancy, its upper end in `high`",
        )
    elif column == "occupancy" and value > 1.0:
        row.bad(column, f"{value:.0%} is above 100 %; give it as an interval with its low end")
    elif column == "sd" and not SMALLEST_SD <= value <= LARGEST_SD:
        wrong = "small" if value < SMALLEST_SD else "large"
        row.bad(column, f"{value:g} of the whole is too {wrong}; use the scale of occupancy")
    return value


def _count(row: _Row) -> int | None:
    value = row.number("n")
    if value is None:
        return None
    if value < 1 or value != int(value):
        row.bad("n", f"{value:g} is not a number of people; give a whole number of 1 or more")
        return None
    return int(value)


def _repeated(row: _Row) -> bool:
    text = row.text("repeated").lower()
    if text not in _TRUE | _FALSE:
        row.bad("repeated", f"{text!r} is not yes or no")
    return text not in _FALSE


def _find_duplicates(rows: Sequence[_Row]) -> None:
    keys = [tuple(row.text(column).lower() for column in IDENTITY) for row in rows]
    first: dict[tuple[str, ...], int] = {}
    count = Counter(keys)
    for row, key in zip(rows, keys, strict=True):
        if count[key] > 1 and key in first:
            row.bad("drug", f"repeats row {first[key]}; keep one of them")
        first.setdefault(key, row.line)
