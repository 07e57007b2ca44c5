"""One error for everything a regimen can get wrong, pointing at the word that is wrong."""

from __future__ import annotations

import unicodedata

_SHOWN = 60  # characters of a long text shown on either side of the wrong word
_LONGEST_WRONG = 80


class RegimenError(ValueError):
    """A regimen that cannot be read, built or expanded.

    Attributes:
        problem: what is wrong, in one sentence.
        expected: what is allowed in its place.
        text: the text that was read; empty when the regimen was built as objects.
        start, end: where the wrong word stands in `text` (`text[start:end]`).

    The message is the problem, the text with carets under the wrong word, and what is allowed.
    """

    def __init__(
        self,
        problem: str,
        expected: tuple[str, ...] = (),
        text: str = "",
        start: int = 0,
        end: int = 0,
    ) -> None:
        """Hold the problem and, where there is a text, the place of the wrong word in it."""
        super().__init__(problem, expected, text, start, end)
        self.problem = problem
        self.expected = expected
        self.text = text
        self.start = start
        self.end = end

    def pointed(self, text: str, start: int, end: int) -> RegimenError:
        """Return the same error, pointing at `text[start:end]`."""
        return RegimenError(self.problem, self.expected, text, start, end)

    def __str__(self) -> str:
        """Return the message a person reads."""
        lines = [self.problem]
        if self.text:
            lines += _pointer(self.text, self.start, self.end)
        if self.expected:
            lines.append("Allowed here: " + "; ".join(self.expected) + ".")
        return "\n".join(lines)


def _pointer(text: str, start: int, end: int) -> list[str]:
    """Return the line of text and the line of carets under `text[start:end]`."""
    first, last = max(0, start - _SHOWN), min(len(text), end + _SHOWN)
    before = ("…" if first > 0 else "") + _one_line(text[first:start])
    wrong = _one_line(text[start : min(end, start + _LONGEST_WRONG)])
    after = "…" if end - start > _LONGEST_WRONG else ""
    after += _one_line(text[end:last]) + ("…" if last < len(text) else "")
    carets = "^" * max(1, _columns(wrong))
    return [f"  {before}{wrong}{after}", "  " + " " * _columns(before) + carets]


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _columns(text: str) -> int:
    """Return how many terminal columns the text takes: marks take none, wide letters two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
