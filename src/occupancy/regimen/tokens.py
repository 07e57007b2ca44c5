"""A regimen's text cut into numbers, clock times, words and marks; nothing is refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from occupancy.regimen.vocabulary import RESERVED

TokenKind = Literal["number", "clock", "word", "mark", "end"]

_TOKEN = re.compile(
    r"(?P<clock>[0-9]{1,2}:[0-9]{2}(?![0-9]))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<word>[^\W\d_](?:\.[^\W\d_])+\.?"  # b.d., p.o.
    r"|[^\W\d_](?:[\w'’]|[-+](?=\w))*)"
    r"|(?P<mark>\S)"
)
_NAME_MARKS = frozenset("/()[]+-'’.&")
MINUS = frozenset("-−–")


@dataclass(frozen=True)
class Token:
    """A piece of the text: `text[start:end]`, its kind and its spelling in lower case."""

    kind: TokenKind
    raw: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The spelling used for look-up: lower case, without the dots of `b.d.`."""
        return self.raw if self.kind == "mark" else self.raw.casefold().replace(".", "")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of `text`, with an empty `end` token last."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind: TokenKind = "mark"
        if match.lastgroup == "clock":
            kind = "clock"
        elif match.lastgroup == "number":
            kind = "number"
        elif match.lastgroup == "word":
            kind = "word"
        tokens.append(Token(kind, match.group(), match.start(), match.end()))
    at = len(text.rstrip())
    tokens.append(Token("end", "", at, at))
    return tokens


def drug_name_problem(name: list[Token]) -> tuple[Token, str] | None:
    """Return the token that cannot stand in a drug's name and why, or None.

    A name is words (letters first) and the marks `/ ( ) [ ] + - ' . &`; it holds no word of the
    grammar, or `daily 20 mg` would name a drug called daily.
    """
    for token in name:
        if token.kind == "word" and token.word in RESERVED:
            return token, f"'{token.raw}' cannot be part of a drug's name: it follows the dose"
        if token.kind in ("number", "clock"):
            return token, f"A drug's name cannot hold the separate number '{token.raw}'"
        if token.kind == "mark" and token.raw not in _NAME_MARKS:
            return token, f"'{token.raw}' cannot be part of a drug's name"
    if not any(token.kind == "word" for token in name):
        return name[0], "A drug's name needs at least one word"
    if name[0].kind == "mark" and name[0].raw not in "([":
        return name[0], f"A drug's name does not start with '{name[0].raw}'"
    if name[-1].raw in MINUS:
        return name[-1], "A dose cannot be negative (and no dash stands between name and dose)"
    return None
