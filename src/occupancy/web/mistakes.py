"""A mistake of a person as a document: which field, what was given, what is allowed, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Literal

from occupancy.course.answer import Document
from occupancy.version import VERSION

#: What messages say of the command line, and what a page says instead.
_COMMANDS = {
    "`occupancy drugs` lists them all": "the page Evidence lists them all",
    "with `occupancy course`": "on the page Explore",
    "`occupancy course` shows": "the page Explore shows",
    "as in --at 0.6": "such as 0.6",
}
#: Where a message turns from what is wrong to what to do.
_TURN = re.compile(r"; |: (?=give |did you mean|write |choose |use |remove )")
#: Characters of a wrong value that are shown back.
SHOWN = 200


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MistakeLine(Document):
    """One mistake.

    `field` is the name in the question, empty when it is about several; `allowed` lists what may
    stand there, where that is a list.
    """

    field: str
    value: str
    message: str
    allowed: list[str] = attribute(default_factory=list)
    do: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MistakesDocument(Document):
    """What the web interface answers, with status 422, to a question that cannot be answered."""

    document: Literal["mistakes"] = "mistakes"
    version: str = VERSION
    mistakes: list[MistakeLine]


class Mistakes(ValueError):
    """One or more mistakes in one question."""

    def __init__(self, lines: Sequence[MistakeLine]) -> None:
        """Hold the mistakes."""
        super().__init__("; ".join(line.message for line in lines))
        self.lines = list(lines)

    def document(self) -> MistakesDocument:
        """The mistakes as a document."""
        return MistakesDocument(mistakes=self.lines)

    def by_field(self) -> dict[str, MistakeLine]:
        """The first mistake of each field."""
        found: dict[str, MistakeLine] = {}
        for line in self.lines:
            found.setdefault(line.field, line)
        return found


def mistake(field: str, value: object, error: Exception | str) -> MistakeLine:
    """A mistake from what a room raised, or from words of the form "what; what to do"."""
    expected = tuple(getattr(error, "expected", ()))
    problem = getattr(error, "problem", None)
    text = str(problem or error)
    for command, words in _COMMANDS.items():
        text = text.replace(command, words)
    problem, do = text, ""
    if not expected:
        problem, *rest = _TURN.split(text, maxsplit=1)
        do = "".join(rest)
    return MistakeLine(
        field=field,
        value=short(value),
        message=problem,
        allowed=[str(one) for one in expected],
        do=do or (f"Allowed here: {'; '.join(expected)}." if expected else "Change this field."),
    )


def short(value: object) -> str:
    """A value as text, not longer than can be read."""
    if value is None:
        return ""
    several = isinstance(value, (list, tuple))
    text = ", ".join(str(one) for one in value) if several else str(value)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


@contextmanager
def about(field: str, value: object) -> Iterator[None]:
    """Turn a ValueError inside into a mistake of `field`."""
    try:
        yield
    except Mistakes:
        raise
    except (ValueError, OverflowError) as error:
        raise Mistakes([mistake(field, value, error)]) from error


class Gathered:
    """Mistakes of several fields, said together.

    >>> together = Gathered()
    >>> with together.about("regimen", text): ...  # doctest: +SKIP
    >>> together.complain()  # doctest: +SKIP
    """

    def __init__(self) -> None:
        """Begin without a mistake."""
        self.lines: list[MistakeLine] = []

    @contextmanager
    def about(self, field: str = "", value: object = None) -> Iterator[None]:
        """Note a ValueError inside as a mistake of `field` and go on."""
        try:
            yield
        except Mistakes as error:
            self.lines.extend(error.lines)
        except (ValueError, OverflowError) as error:
            self.lines.append(mistake(field, value, error))

    def complain(self) -> None:
        """Raise what was noted.

        Raises:
            Mistakes: when there is something.
        """
        if self.lines:
            raise Mistakes(self.lines)


def from_pydantic(errors: Iterable[Mapping[str, Any]]) -> Mistakes:
    """Mistakes from what pydantic found; the parts of a place are joined by dots."""
    lines: list[MistakeLine] = []
    for one in errors:
        place = [str(part) for part in one.get("loc", ()) if part not in ("body", "query", "path")]
        kind, context = one.get("type", ""), one.get("ctx") or {}
        allowed = [str(context["expected"])] if "expected" in context else []
        message = str(one.get("msg", "")).removeprefix("Value error, ")
        problem, _, do = message.partition("; ")
        if kind == "missing":
            problem, do = "nothing was given", "Fill in this field."
        elif kind == "extra_forbidden":
            problem, do = "there is no such field", "Leave it out."
        lines.append(
            MistakeLine(
                field=".".join(place),
                value="" if kind == "missing" else short(one.get("input")),
                message=problem,
                allowed=allowed,
                do=do or f"{problem[:1].upper()}{problem[1:]}.",
            )
        )
    return Mistakes(lines)
