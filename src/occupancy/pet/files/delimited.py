"""Tables of text: tab, comma, semicolon or blank separated, compressed or not."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import numpy as np

from occupancy.pet.error import PetFileError
from occupancy.pet.frames import Array

MISSING: Final = frozenset({"", ".", "n/a", "na", "nan", "null", "none"})


@final
@dataclass(frozen=True, eq=False)
class Table:
    """A header and rows of text, with the line of the file on which each row stands.

    Attributes
    ----------
    file
        Where it is from, for messages.
    columns
        Names, all different.
    rows, lines
        Cells, as many as columns; line numbers from 1.
    """

    file: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def text(self, column: str) -> list[str]:
        """Return the cells of a column."""
        at = self.columns.index(column)
        return [row[at] for row in self.rows]

    def numbers(self, column: str, *, missing: bool = True) -> Array:
        """Return a column as numbers, nan where it is missing.

        Raises
        ------
        PetFileError
            A cell is not a number, or missing where it must not be; line and column are named.
        """
        out = np.empty(len(self.rows))
        for i, (cell, line) in enumerate(zip(self.text(column), self.lines, strict=True)):
            if cell.lower() in MISSING:
                if not missing:
                    raise PetFileError(
                        self.file, "the cell is empty.", "a number in every row.", line, column
                    )
                out[i] = np.nan
                continue
            try:
                out[i] = float(cell)
            except ValueError:
                raise PetFileError(
                    self.file, f"{cell!r} is not a number.",
                    "numbers with a decimal point, or n/a for a missing value.", line, column,
                ) from None  # fmt: skip
        return out

    def take(self, chosen: list[int]) -> Table:
        """Return the chosen rows."""
        rows = tuple(self.rows[i] for i in chosen)
        return Table(self.file, self.columns, rows, tuple(self.lines[i] for i in chosen))


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file, `.gz` or not.

    Raises
    ------
    PetFileError
        There is no such file, or it is not text.
    """
    allowed = "a table of text (.tsv, .csv, .tac, .voistat, .dft), compressed with gzip or not."
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise PetFileError(path, "there is no such file.", allowed) from None
    except IsADirectoryError:
        raise PetFileError(path, "this is a folder.", allowed) from None
    except (OSError, UnicodeDecodeError, EOFError) as problem:
        raise PetFileError(path, f"it cannot be read ({problem}).", allowed) from None
    if not text.strip():
        raise PetFileError(path, "the file is empty.", allowed)
    return text.splitlines()


def read_table(path: Path, lines: list[str] | None = None, first: int = 1) -> Table:
    """Return the table of a file whose first line that is no comment names the columns.

    The separator is the tab, semicolon or comma that the header holds, else blanks.

    Parameters
    ----------
    path
        The file.
    lines, first
        Lines already read, and the number of the first of them.

    Raises
    ------
    PetFileError
        No rows, a row with another number of cells than the header, a column named twice.
    """
    lines = read_lines(path) if lines is None else lines
    kept = [
        (n, line)
        for n, line in enumerate(lines, first)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(kept) < 2:
        raise PetFileError(path, "no rows below the header.", "a header and one row per frame.")
    head = kept[0][1]
    split = next((mark for mark in ("\t", ";", ",") if mark in head), None)

    def cells(line: str) -> list[str]:
        parts = line.split() if split is None else next(csv.reader([line], delimiter=split))
        return [part.strip() for part in parts]

    columns = cells(head)
    while columns and columns[-1] == "":  # a header that ends with the separator
        columns.pop()
    width = len(columns)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise PetFileError(
            path, f"column {twice[0]!r} stands there {columns.count(twice[0])} times.",
            "names that are all different.", kept[0][0],
        )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for n, line in kept[1:]:
        row = cells(line)
        while len(row) > width and row[-1] == "":
            row.pop()
        if len(row) != width:
            raise PetFileError(
                path, f"{len(row)} cells under {width} columns.",
                "as many cells as the header has columns.", n,
            )  # fmt: skip
        rows.append(tuple(row))
    return Table(path, tuple(columns), tuple(rows), tuple(n for n, _ in kept[1:]))


def bracketed(name: str) -> tuple[str, str | None]:
    """Return a column's name and the unit in its square brackets: 'end[kBq/cc]'."""
    before, bracket, after = name.partition("[")
    return before.strip(), after.partition("]")[0].strip() if bracket else None
