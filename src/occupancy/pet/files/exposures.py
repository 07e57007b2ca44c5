"""Exposure of each scan on drug, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from occupancy.pet.error import PetFileError
from occupancy.pet.files.delimited import bracketed, read_table

if TYPE_CHECKING:
    from occupancy.pet.person_occupancy import PersonOccupancy

_PERSON: Final = ("participant_id", "person", "subject", "sub")
_SESSION: Final = ("session_id", "session", "ses", "scan")
_LEVEL: Final = ("concentration", "exposure", "dose")


@final
@dataclass(frozen=True)
class Exposures:
    """What each person was exposed to.

    Attributes
    ----------
    file
        Where it is from.
    quantity, unit
        'concentration', 'exposure' or 'dose'; the unit in the column's brackets, or ''.
    levels
        (person, session or '') to the level; names without `sub-` and `ses-`.
    """

    file: Path
    quantity: str
    unit: str
    levels: dict[tuple[str, str], float]

    def of(
        self, people: Sequence[PersonOccupancy]
    ) -> tuple[dict[str, list[float]], tuple[str, ...]]:
        """Return the levels of each person's scans, and what to note of the rest.

        A row without a session holds for all scans of the person. People without a level for
        every scan are left out.
        """
        found: dict[str, list[float]] = {}
        notes: list[str] = []
        for one in people:
            person = one.person.removeprefix("sub-")
            levels = [
                self.levels.get((person, scan.removeprefix("ses-")), self.levels.get((person, "")))
                for scan in one.fit.scans
            ]
            known = [level for level in levels if level is not None]
            if len(known) == len(levels):
                found[one.person] = known
            else:
                missing = [s for s, x in zip(one.fit.scans, levels, strict=True) if x is None]
                notes.append(
                    f"{one.person or 'the person'}: no {self.quantity} of {', '.join(missing)} in "
                    f"{self.file.name}; left out of the EC50"
                )
        return found, tuple(notes)


def read_exposures(path: str | Path) -> Exposures:
    """Read a table of exposures.

    Columns: a person (`participant_id`, `person`, `subject` or `sub`), if wanted a session
    (`session_id`, `session`, `ses` or `scan`), and one of `concentration`, `exposure` and `dose`,
    with its unit in brackets if wanted: `concentration[ng/mL]`.

    Raises
    ------
    PetFileError
        A column is missing, a level is not a number of 0 or more, or a row stands there twice.
    """
    table = read_table(Path(path))
    names = {bracketed(column)[0].lower(): column for column in table.columns}

    def column(allowed: Sequence[str], needed: bool) -> str | None:
        given = [names[name] for name in allowed if name in names]
        if len(given) > 1 or (needed and not given):
            raise PetFileError(
                table.file, f"{len(given)} columns of {', '.join(allowed)}.",
                f"{'one' if needed else 'at most one'} of them.",
            )  # fmt: skip
        return given[0] if given else None

    person, session, level = column(_PERSON, True), column(_SESSION, False), column(_LEVEL, True)
    assert person is not None
    assert level is not None
    sessions = [""] * len(table.rows) if session is None else table.text(session)
    levels: dict[tuple[str, str], float] = {}
    rows = zip(
        table.text(person), sessions, table.numbers(level, missing=False), table.lines, strict=True
    )
    for who, when, value, line in rows:
        key = (who.removeprefix("sub-"), when.removeprefix("ses-"))
        if not 0 <= value < float("inf"):
            raise PetFileError(table.file, f"{value:g}.", "a number of 0 or more.", line, level)
        if key in levels:
            raise PetFileError(
                table.file, f"{' '.join(key).strip()} stands there twice.", "one row each.", line
            )
        levels[key] = float(value)
    quantity, unit = bracketed(level)
    return Exposures(table.file, quantity.lower(), unit or "", levels)
