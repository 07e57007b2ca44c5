"""What an entry can hold: doses, sleep, mood, notes, answers to a scale.

Each is a frozen dataclass that refuses what cannot be; `to_json` and `content_of` write and read
them without loss.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from occupancy.diary.error import EntryError
from occupancy.diary.questionnaires import Scale, scale

#: Longest free text and longest name, in characters.
LONGEST_NOTE: Final = 10_000
LONGEST_NAME: Final = 100
#: No single intake of these drugs comes near; a larger number is a typing error.
MOST_MG: Final = 10_000.0


@dataclass(frozen=True)
class Content:
    """Base of what entries hold; `kind` is its name in the store."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The content as plain JSON values."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in dataclasses.fields(self)
            for value in (getattr(self, field.name),)
        }


@dataclass(frozen=True)
class Taken(Content):
    """A dose that was taken: mg as labelled, at one intake."""

    kind: ClassVar[str] = "dose taken"
    drug: str
    dose_mg: float
    note: str = ""

    def __post_init__(self) -> None:
        """Check the drug's name, the dose and the note."""
        check_name("drug", self.drug)
        check_number("dose_mg", self.dose_mg, 0, MOST_MG, "mg", above=True)
        check_text("note", self.note)


@dataclass(frozen=True)
class Missed(Content):
    """A dose that was due and was not taken; `dose_mg` is what was due, if it is known."""

    kind: ClassVar[str] = "dose missed"
    drug: str
    dose_mg: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check the drug's name, the dose and the note."""
        check_name("drug", self.drug)
        if self.dose_mg is not None:
            check_number("dose_mg", self.dose_mg, 0, MOST_MG, "mg", above=True)
        check_text("note", self.note)


@dataclass(frozen=True)
class Sleep(Content):
    """A night, entered at waking: hours asleep, quality from 0 (worst) to 10, times awake."""

    kind: ClassVar[str] = "sleep"
    hours: float
    quality: int | None = None
    awakenings: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check hours, quality, awakenings and the note."""
        check_number("hours", self.hours, 0, 24, "h")
        check_whole("quality", self.quality, 0, 10)
        check_whole("awakenings", self.awakenings, 0, 100)
        check_text("note", self.note)


@dataclass(frozen=True)
class Mood(Content):
    """Mood now, from 0 (the worst) to 10 (the best)."""

    kind: ClassVar[str] = "mood"
    score: int
    note: str = ""

    def __post_init__(self) -> None:
        """Check score and note."""
        if self.score is None:
            raise EntryError("score", "score is missing; give a whole number from 0 to 10.")
        check_whole("score", self.score, 0, 10)
        check_text("note", self.note)


@dataclass(frozen=True)
class Note(Content):
    """Free words."""

    kind: ClassVar[str] = "note"
    text: str

    def __post_init__(self) -> None:
        """Check the text."""
        check_text("text", self.text)
        if not self.text.strip():
            raise EntryError("text", "text is empty; write a word or more.")


@dataclass(frozen=True)
class Answers(Content):
    """Answers to a scale, in the order of its items; None for an item left out.

    Attributes:
        scale: name of the scale: "PHQ-9", "GAD-7", "AIMS", "withdrawal checklist".
        answers: one number per item.
        rater: who rated, where somebody else did: AIMS is rated by a clinician.
        note: free words.
    """

    kind: ClassVar[str] = "scale"
    scale: str
    answers: tuple[int | None, ...]
    rater: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check that the answers fit the scale's items."""
        form = scale(self.scale)
        object.__setattr__(self, "scale", form.name)
        object.__setattr__(self, "answers", tuple(self.answers))
        form.check(self.answers)
        check_text("rater", self.rater, LONGEST_NAME)
        check_text("note", self.note)

    @property
    def form(self) -> Scale:
        """The scale that was answered."""
        return scale(self.scale)

    @property
    def total(self) -> float | None:
        """Sum of the items that count, or None when too many were left out (see the scale)."""
        return self.form.total(self.answers)


#: Every kind of entry by its name in the store.
KINDS: Final[dict[str, type[Content]]] = {
    one.kind: one for one in (Taken, Missed, Sleep, Mood, Note, Answers)
}


def content_of(kind: str, values: object) -> Content:
    """The content written by `Content.to_json`.

    Raises:
        EntryError: an unknown kind, a key too many or too few, a value of another type.
    """
    if kind not in KINDS:
        raise EntryError("kind", f"kind = {kind!r} is not one of {', '.join(KINDS)}.")
    cls = KINDS[kind]
    fields = {field.name: field for field in dataclasses.fields(cls)}
    if not isinstance(values, dict):
        raise EntryError(
            "content", f"{kind}: the content is a JSON object with {', '.join(fields)}"
        )
    for key in values:
        if key not in fields:
            raise EntryError(str(key), f"{kind}: no field {str(key)[:40]!r}; allowed: "
                             f"{', '.join(fields)}.")  # fmt: skip
    types_of = _types(cls)
    found: dict[str, Any] = {}
    for name, field in fields.items():
        if name in values:
            found[name] = _typed(kind, name, values[name], types_of[name])
        elif field.default is dataclasses.MISSING:
            raise EntryError(name, f"{kind}: {name} is missing.")
    return cls(**found)


def _types(cls: type[Content]) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _typed(kind: str, name: str, value: object, wanted: Any) -> Any:
    """`value` when JSON's type is the field's; whole numbers may stand for decimals."""
    options = typing.get_args(wanted) if isinstance(wanted, types.UnionType) else (wanted,)
    if typing.get_origin(wanted) is tuple:
        if not isinstance(value, list | tuple):
            raise EntryError(name, f"{kind}: {name} is a list.")
        inner = typing.get_args(wanted)[0]
        return tuple(_typed(kind, name, one, inner) for one in value)
    if value is None and type(None) in options:
        return None
    if isinstance(value, bool):
        pass
    elif float in options and isinstance(value, int | float):
        return float(value)
    elif (int in options and isinstance(value, int)) or (str in options and isinstance(value, str)):
        return value
    names = {int: "a whole number", float: "a number", str: "text"}
    said = " or ".join(names[one] for one in options if one in names)
    raise EntryError(name, f"{kind}: {name} = {str(value)[:40]!r} is not {said}.")


def check_text(name: str, text: str, longest: int = LONGEST_NOTE) -> None:
    """Refuse text that is too long or that no database and no page can hold.

    Raises:
        EntryError: control characters other than line ends and tabs, halves of characters.
    """
    if not isinstance(text, str):
        raise EntryError(name, f"{name} is text.")
    if len(text) > longest:
        raise EntryError(name, f"{name} has {len(text)} characters; at most {longest} are allowed.")
    for at, one in enumerate(text):
        code = ord(one)
        if (code < 32 and one not in "\n\r\t") or code == 127 or 0xD800 <= code <= 0xDFFF:
            raise EntryError(
                name, f"{name}: character {at + 1} (U+{code:04X}) cannot be stored; remove it."
            )


def check_name(name: str, text: str) -> None:
    """Refuse an empty name, one of several lines, or one with blanks around it.

    Raises:
        EntryError: see above.
    """
    check_text(name, text, LONGEST_NAME)
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise EntryError(name, f"{name} = {text[:40]!r}: write a name of one line, without blanks "
                         "before or after it.")  # fmt: skip


def check_number(
    name: str, value: float, low: float, high: float, unit: str, *, above: bool = False
) -> None:
    """Refuse a number outside its range.

    Raises:
        EntryError: not finite, below `low` (or equal to it, with `above`), or above `high`.
    """
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < low or value > high or (
        above and value == low
    ):  # fmt: skip
        shown = f"{value:g}" if number else repr(value)[:40]
        lowest = f"more than {low:g}" if above else f"{low:g}"
        raise EntryError(
            name, f"{name} = {shown} is not allowed; give {lowest} to {high:g} {unit}."
        )


def check_whole(name: str, value: int | None, low: int, high: int) -> None:
    """Refuse a number that is not whole or outside its range; None says nothing and may stand.

    Raises:
        EntryError: see above.
    """
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise EntryError(
            name,
            f"{name} = {str(value)[:40]} is not allowed; give a whole number from {low} to {high}.",
        )
