"""The diary as tables for people and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from occupancy.diary.content import Answers, content_of
from occupancy.diary.documents import DiaryDocument, EntryLine
from occupancy.diary.plan import doses_of

#: What a spreadsheet takes for a formula; such text gets an apostrophe before it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def entries_csv(document: DiaryDocument) -> str:
    """Every version of every entry, one a row."""
    replaced = {one.replaces for one in document.entries}
    head = (
        *("local time", "zone", "instant (UTC)", "kind", "what", "value", "unit", "note"),
        *("version", "stands", "reason", "author", "written (UTC)", "id", "replaces"),
    )
    rows = (
        (
            *(one.at_local, one.zone, one.at_utc, one.kind),
            *_what(one),
            one.content.get("note", one.content.get("text", "")),
            one.version,
            "no" if one.withdrawn or one.id in replaced else "yes",
            *(one.reason, one.author, one.recorded_utc, one.id, one.replaces or ""),
        )
        for one in document.entries
    )
    return _csv(head, rows)


def plans_csv(document: DiaryDocument) -> str:
    """Every dose of every version of every plan, one a row."""
    head = (
        *("plan", "revision", "agreed by", "drug", "step", "from", "to", "mg a day"),
        *("occupancy", "low", "high"),
    )
    rows: list[Sequence[Any]] = []
    for line in document.plans:
        first = date.fromisoformat(line.first_day)
        rows.extend(
            (
                *(line.plan_id, line.revision, line.agreed_by, line.plan["drug"], one.step),
                *(one.first or "", one.last or "", one.dose_mg, *one.occupancy),
            )
            for one in doses_of(line.plan, first)
        )
    return _csv(head, rows)


def _what(line: EntryLine) -> tuple[str, object, str]:
    """What was entered, its number and the number's unit."""
    content = line.content
    match line.kind:
        case "dose taken" | "dose missed":
            dose = content.get("dose_mg")
            return content["drug"], "" if dose is None else dose, "mg"
        case "sleep":
            return "hours asleep", content["hours"], "h"
        case "mood":
            return "mood", content["score"], "of 10"
        case "scale":
            answers = content_of(line.kind, content)
            assert isinstance(answers, Answers)
            total = answers.total
            return answers.scale, "" if total is None else total, f"of {answers.form.most}"
        case _:
            return "", "", ""


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
