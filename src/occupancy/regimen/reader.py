"""Reading tokens one by one: the small phrases every clause is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn, TypeVar

from occupancy.regimen.errors import RegimenError
from occupancy.regimen.tokens import MINUS, Token, tokenize
from occupancy.regimen.vocabulary import (
    COUNT_WORDS,
    MASS_IN_MG,
    MASS_NAMES,
    NOT_A_MASS,
    TIME_IN_MIN,
    TIME_NAMES,
    nearest,
)

Built = TypeVar("Built")

LONGEST_NUMBER = 400  # the smallest float written out has 326 characters
MOST_DAY = 100 * 365
_RATE_OF_BODY = frozenset({"kg", "m2", "m²"})


class Reader:
    """A place in the tokens of one text."""

    def __init__(self, text: str) -> None:
        """Start at the first token of `text`."""
        self.text = text
        self.tokens = tokenize(text)
        self.place = 0
        for token in self.tokens:
            if token.kind == "number" and len(token.raw) > LONGEST_NUMBER:
                self.fail("This number has too many digits", first=token, last=token)

    @property
    def token(self) -> Token:
        """The token to be read next; the last is always an empty `end`."""
        return self.tokens[self.place]

    def ahead(self, steps: int = 1) -> Token:
        """Return the token `steps` after the next one."""
        return self.tokens[min(self.place + steps, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Read one token."""
        token = self.token
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def accept(self, *words: str) -> Token | None:
        """Read the next token if it is one of these words or marks."""
        return self.take() if self.token.word in words and self.token.kind != "end" else None

    @property
    def previous(self) -> Token:
        """The token read last."""
        return self.tokens[max(0, self.place - 1)]

    def skip_separators(self) -> None:
        """Read commas, semicolons and the full stop at the end."""
        while self.accept(",", ";"):
            pass
        if self.token.raw == "." and self.ahead().kind == "end":
            self.take()

    def fail(
        self, problem: str, expected: tuple[str, ...] = (), *, first: Token, last: Token
    ) -> NoReturn:
        """Raise the error that points from `first` to `last`."""
        raise RegimenError(problem, expected, self.text, first.start, max(first.end, last.end))

    def refuse(
        self, expected: tuple[str, ...], *vocabularies: Iterable[str], wanted: str
    ) -> NoReturn:
        """Raise the error for a next token that is not what is wanted."""
        token = self.token
        if token.kind == "end":
            self.fail(f"The text ends where {wanted} is missing", expected, first=token, last=token)
        hint = nearest(token.word, *vocabularies) if token.kind == "word" else ""
        shown = token.raw if len(token.raw) <= 40 else token.raw[:40] + "…"
        self.fail(f"'{shown}' is not {wanted}{hint}", expected, first=token, last=token)

    def pointing(self, first: Token, last: Token, build: Callable[[], Built]) -> Built:
        """Return `build()`; let a RegimenError it raises point at these tokens."""
        try:
            return build()
        except RegimenError as error:
            raise error.pointed(self.text, first.start, max(first.end, last.end)) from None

    def whole_number(self, wanted: str, expected: tuple[str, ...]) -> int:
        """Read a whole number below a million, in digits or as a word up to ten."""
        token = self.token
        if token.word in COUNT_WORDS:
            return COUNT_WORDS[self.take().word]
        if token.kind != "number" or not token.raw.isdigit():
            self.refuse(expected, COUNT_WORDS, wanted=wanted)
        if len(token.raw) > 6:
            self.fail(f"'{token.raw[:40]}' is too large", expected, first=token, last=token)
        return int(self.take().raw)

    def amount_mg(self) -> float:
        """Read an amount with its unit of mass; the result is in mg and may be zero."""
        number = self.take()
        unit = self.token
        if unit.raw == "," and self.ahead().kind == "number" and unit.start == number.end:
            self.fail(
                "A comma inside a number can be read in two ways",
                ("1.5 mg, with a point", "1000 mg, without a comma"),
                first=number,
                last=self.ahead(),
            )
        if unit.raw in MINUS and self.ahead().kind == "number":
            self.fail("A dose is one amount, not a range", first=number, last=self.ahead())
        if unit.word in NOT_A_MASS:
            self.fail(
                f"'{unit.raw}' is {NOT_A_MASS[unit.word]}, not a mass: give the amount of drug",
                MASS_NAMES,
                first=unit,
                last=unit,
            )
        if unit.word not in MASS_IN_MG:
            self._unit_missing(number, unit)
        self.take()
        self._refuse_per_body(unit)
        return float(Decimal(number.raw) * MASS_IN_MG[unit.word])

    def _unit_missing(self, number: Token, unit: Token) -> NoReturn:
        hint = nearest(unit.word, MASS_IN_MG) if unit.kind == "word" else ""
        if hint or (unit.kind == "word" and unit.start == number.end):
            self.fail(
                f"'{unit.raw}' is not a unit of mass{hint}", MASS_NAMES, first=unit, last=unit
            )
        self.fail(
            f"The unit is missing after '{number.raw[:40]}'", MASS_NAMES, first=number, last=number
        )

    def _refuse_per_body(self, unit: Token) -> None:
        if self.token.word in ("/", "per"):
            per = self.ahead()
            if per.word in _RATE_OF_BODY:
                self.fail(
                    "A dose per body size is not read here: multiply it by the person's "
                    f"{'weight' if per.word == 'kg' else 'body surface'} and give mg",
                    MASS_NAMES,
                    first=unit,
                    last=per,
                )
            if TIME_IN_MIN.get(per.word, 1440) < 1440:
                self.fail(
                    "A rate is not a dose",
                    ("the amount and its time: 24 mg every 24 hours iv over 24 hours",),
                    first=unit,
                    last=per,
                )

    def span_min(self, wanted: str) -> Fraction:
        """Read a length of time such as `28 days`, `2 h` or `a week`, in minutes."""
        token = self.token
        if token.kind == "number":
            count = Fraction(self.take().raw)
        elif token.word in COUNT_WORDS:
            count = Fraction(COUNT_WORDS[self.take().word])
        else:
            self.refuse(("28 days", "4 weeks", "36 hours"), COUNT_WORDS, wanted=wanted)
        if self.token.word not in TIME_IN_MIN:
            self.refuse(TIME_NAMES, TIME_IN_MIN, wanted="a unit of time")
        return count * TIME_IN_MIN[self.take().word]

    def clock(self) -> dt.time | None:
        """Read a clock time, `08:00`, `8:30 pm` or `8 am`, if one comes next."""
        first, suffix = self.token, self.ahead().word
        if first.kind != "clock" and not (first.kind == "number" and suffix in ("am", "pm")):
            return None
        self.take()
        hour, _, minute = first.raw.partition(":")
        half: Collection[str] = () if suffix not in ("am", "pm") else (self.take().word,)
        try:
            if len(hour) > 2:
                raise ValueError(hour)
            clock = dt.time(int(hour), int(minute or 0))
            if half and not 1 <= clock.hour <= 12:
                raise ValueError(hour)
        except ValueError:
            self.fail(
                f"'{first.raw[:40]}' is not a time of day",
                ("00:00 to 23:59", "1 am to 12 pm"),
                first=first,
                last=first,
            )
        if half:
            clock = clock.replace(hour=clock.hour % 12 + (12 if "pm" in half else 0))
        return clock

    def days(self) -> list[tuple[int, Token, Token]]:
        """Read `3 and 9` or `3-5, 7 to 9 and 12` after day or days: each day, where it stands."""
        found: list[tuple[int, Token, Token]] = []
        while True:
            first = last = self.token
            start = end = self.day()
            if self.token.raw in MINUS or self.token.word == "to":
                self.take()
                last = self.token
                end = self.day()
            if end < start:
                self.fail("A range of days runs forwards", ("3-5",), first=first, last=last)
            found += [(day, first, last) for day in range(start, end + 1)]
            if len(found) > MOST_DAY:
                self.fail("Too many days are listed", first=first, last=last)
            if not self._another_day():
                return found

    def day(self) -> int:
        """Read one day of treatment."""
        token = self.token
        expected = (f"a day from 1 to {MOST_DAY}", "3", "3-5", "3 and 9")
        if token.kind != "number":
            self.refuse(expected, wanted="a day of treatment")
        if not token.raw.isdigit() or len(token.raw) > 6 or not 1 <= int(token.raw) <= MOST_DAY:
            self.fail(
                f"'{token.raw[:40]}' is not a day of treatment", expected, first=token, last=token
            )
        return int(self.take().raw)

    def _another_day(self) -> bool:
        """Read `,`, `and` or `, and` if a day follows rather than an amount or a time."""
        steps = 0
        while steps < 2 and self.ahead(steps).word in (",", "and"):
            steps += 1
        follows = self.ahead(steps + 1).word
        unit = follows in MASS_IN_MG or follows in NOT_A_MASS or follows in ("am", "pm")
        if steps == 0 or self.ahead(steps).kind != "number" or unit:
            return False
        self.place += steps
        return True
