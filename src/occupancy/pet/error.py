"""What cannot be a PET measurement, a model of one, or a file of either."""

from __future__ import annotations


class PetError(ValueError):
    """Data, a model or a setting that cannot be; the message says what is allowed."""


class PetFileError(PetError):
    """A file that cannot be read.

    The message names the file, the line (from 1) and the column where one is known, the problem,
    and what is allowed there.
    """

    def __init__(
        self,
        file: object,
        problem: str,
        allowed: str,
        line: int | None = None,
        column: str | None = None,
    ) -> None:
        """Hold the place, the problem and what is allowed."""
        self.file, self.problem, self.allowed = str(file), problem, allowed
        self.line, self.column = line, column
        place = self.file
        place += f", line {line}" if line is not None else ""
        place += f", column {column!r}" if column is not None else ""
        super().__init__(f"{place}: {problem} Allowed: {allowed}")
