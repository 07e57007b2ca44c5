"""Scales that may be shown here: items, answers, totals, and the licence that allows it.

Wordings are data (`forms/*.toml`); a scale without a licence that allows it has no file. Totals
are sums; no total is turned into a verdict.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from occupancy.diary.error import EntryError

#: Files of the scales, in the order in which they are listed.
_FILES: Final = ("withdrawal", "phq9", "gad7", "aims")


@dataclass(frozen=True)
class Item:
    """One question: its words, and the words of its answers, 0 first."""

    text: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """A scale.

    Attributes:
        name: short name, "PHQ-9".
        title: name in full.
        lead: what stands above the items, the time asked about among it.
        items: in order.
        counted: positions of the items that the total sums.
        rater: who answers: "self" or "clinician".
        licence: why it may be shown here.
        citation: where it comes from.
        note: what a reader of the total must know.
        asks_about_harm: positions of items about death or self-harm. Ways to reach help stand
            beside the scale whatever is answered there; they never wait for a score.
    """

    name: str
    title: str
    lead: str
    items: tuple[Item, ...]
    counted: tuple[int, ...]
    rater: str
    licence: str
    citation: str
    note: str
    asks_about_harm: tuple[int, ...] = ()

    @property
    def most(self) -> int:
        """The highest total."""
        return sum(len(self.items[k].options) - 1 for k in self.counted)

    def check(self, answers: Sequence[int | None]) -> None:
        """Refuse answers that do not fit the items.

        Raises:
            EntryError: another number of answers than items, an answer that no option has, or
                nothing answered at all.
        """
        if len(answers) != len(self.items):
            raise EntryError(
                "answers",
                f"{self.name} has {len(self.items)} items, {len(answers)} answers were given; "
                "leave an item out as null.",
            )
        for number, (item, answer) in enumerate(zip(self.items, answers, strict=True), start=1):
            if answer is None:
                continue
            most = len(item.options) - 1
            if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer <= most:
                raise EntryError(
                    "answers",
                    f"{self.name}, item {number}: {str(answer)[:40]} is not allowed; "
                    f"0 ({item.options[0]}) to {most} ({item.options[-1]}) are.",
                )
        if all(answer is None for answer in answers):
            raise EntryError("answers", f"{self.name}: no item was answered.")

    def total(self, answers: Sequence[int | None]) -> int | None:
        """Sum of the counted items; None when one of them was left out."""
        counted = [answers[k] for k in self.counted]
        return None if any(one is None for one in counted) else sum(one or 0 for one in counted)


@lru_cache(maxsize=1)
def scales() -> tuple[Scale, ...]:
    """Every scale that may be shown."""
    return tuple(_read(name) for name in _FILES)


def scale(name: str) -> Scale:
    """The scale called `name`, in capitals or not.

    Raises:
        EntryError: none of that name; the message lists those there are.
    """
    wanted = str(name).casefold().replace(" ", "").replace("-", "")
    for one in scales():
        if one.name.casefold().replace(" ", "").replace("-", "") == wanted:
            return one
    known = ", ".join(one.name for one in scales())
    raise EntryError("scale", f"scale = {str(name)[:40]!r} is not kept here; there are: {known}.")


def _read(name: str) -> Scale:
    text = (files("occupancy.diary") / "forms" / f"{name}.toml").read_text(encoding="utf-8")
    record = tomllib.loads(text)
    options = tuple(record["options"])
    items = tuple(Item(one["text"], tuple(one.get("options", options))) for one in record["item"])
    return Scale(
        name=record["name"],
        title=record["title"],
        lead=record["lead"],
        items=items,
        counted=tuple(one - 1 for one in record.get("counted", range(1, len(items) + 1))),
        rater=record["rater"],
        licence=record["licence"],
        citation=record["citation"],
        note=record["note"],
        asks_about_harm=tuple(one - 1 for one in record.get("asks_about_harm", ())),
    )
