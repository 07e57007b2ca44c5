"""Between the diary and its JSON document, without loss and refusing what does not fit."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from occupancy.diary.content import LONGEST_NAME, check_text, content_of
from occupancy.diary.diary import Diary
from occupancy.diary.documents import DiaryDocument, EntryLine, PlanLine
from occupancy.diary.entry import Entry, PlanVersion
from occupancy.diary.error import ArchiveError, DiaryError, EntryError
from occupancy.diary.moment import Moment
from occupancy.diary.plan import document_values
from occupancy.version import VERSION

_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")
_UTC: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")


def document_of(diary: Diary) -> DiaryDocument:
    """Everything in a diary."""
    owner = diary.owner
    return DiaryDocument(
        version=VERSION,
        name=owner.name,
        zone=owner.zone,
        example=owner.example,
        entries=[entry_line(one) for one in diary.versions()],
        plans=[plan_line(one) for one in diary.plan_versions()],
    )


def entry_line(entry: Entry) -> EntryLine:
    """A version of an entry as a line."""
    return EntryLine(
        id=entry.id,
        kind=entry.kind,
        at_utc=entry.at.utc.isoformat(),
        at_local=entry.at.local.isoformat(),
        zone=entry.at.zone,
        content=entry.content.to_json(),
        original=entry.original,
        version=entry.version,
        replaces=entry.replaces,
        withdrawn=entry.withdrawn,
        reason=entry.reason,
        author=entry.author,
        recorded_utc=entry.recorded.isoformat(),
    )


def plan_line(plan: PlanVersion) -> PlanLine:
    """A version of a plan as a line."""
    return PlanLine(
        plan_id=plan.plan_id,
        revision=plan.revision,
        first_day=plan.first_day.isoformat(),
        plan=plan.document,
        agreed_by=plan.agreed_by,
        note=plan.note,
        author=plan.author,
        recorded_utc=plan.recorded.isoformat(),
    )


def read_document(values: Any) -> tuple[list[Entry], list[PlanVersion]]:
    """Entries and plans of a document.

    Raises:
        ArchiveError: anything that this package does not write, with its place.
    """
    if not isinstance(values, dict) or values.get("document") != "diary":
        raise ArchiveError("this is not a diary; its diary.json says something else.")
    entries = _lines(values, "entries", _entry)
    plans = _lines(values, "plans", _plan)
    _check_chains(entries)
    if len({(one.plan_id, one.revision) for one in plans}) != len(plans):
        raise ArchiveError("plans: a version stands there twice.")
    return entries, plans


def _lines(values: dict[str, Any], name: str, read: Any) -> list[Any]:
    lines = values.get(name)
    if not isinstance(lines, list):
        raise ArchiveError(f"diary.json has no list of {name}.")
    found: list[Any] = []
    for number, line in enumerate(lines):
        try:
            if not isinstance(line, dict):
                raise EntryError(name, "not an object")
            found.append(read(line))
        except KeyError as error:
            raise ArchiveError(f"{name}[{number}]: {error.args[0]} is missing.") from None
        except (DiaryError, ValueError) as error:
            raise ArchiveError(f"{name}[{number}]: {error}") from None
    return found


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(
        id=_uuid(line, "id"),
        at=Moment(_utc(line, "at_utc"), _local(line, "at_local"), _text(line, "zone", 64)),
        content=content_of(_text(line, "kind", 32), line["content"]),
        recorded=_utc(line, "recorded_utc"),
        original=_uuid(line, "original"),
        version=_whole(line, "version", 1),
        replaces=None if line["replaces"] is None else _uuid(line, "replaces"),
        withdrawn=_yes_or_no(line, "withdrawn"),
        reason=_text(line, "reason"),
        author=_text(line, "author", LONGEST_NAME),
    )


def _plan(line: dict[str, Any]) -> PlanVersion:
    return PlanVersion(
        plan_id=_uuid(line, "plan_id"),
        revision=_whole(line, "revision", 0),
        first_day=date.fromisoformat(_text(line, "first_day", 10)),
        document=document_values(line["plan"]),
        recorded=_utc(line, "recorded_utc"),
        agreed_by=_text(line, "agreed_by", LONGEST_NAME),
        note=_text(line, "note"),
        author=_text(line, "author", LONGEST_NAME),
    )


def _check_chains(entries: list[Entry]) -> None:
    """Refuse versions that do not follow one another."""
    by_id = {one.id: one for one in entries}
    if len(by_id) != len(entries):
        raise ArchiveError("entries: an id stands there twice.")
    replaced: set[str] = set()
    for one in entries:
        if one.replaces is None:
            if one.version != 1 or one.original != one.id:
                raise ArchiveError(f"entry {one.id} is no first version and replaces nothing.")
            continue
        before = by_id.get(one.replaces)
        if before is None or one.replaces in replaced:
            raise ArchiveError(f"entry {one.id} replaces a version that is missing or taken.")
        replaced.add(one.replaces)
        if (one.original, one.version, one.kind) != (
            before.original,
            before.version + 1,
            before.kind,
        ):
            raise ArchiveError(f"entry {one.id} does not follow the version that it replaces.")


def _text(line: dict[str, Any], name: str, longest: int | None = None) -> str:
    value = line[name]
    if not isinstance(value, str):
        raise EntryError(name, f"{name} is not text.")
    check_text(name, value) if longest is None else check_text(name, value, longest)
    return value


def _uuid(line: dict[str, Any], name: str) -> str:
    value = _text(line, name, 36)
    if str(UUID(value)) != value:
        raise EntryError(name, f"{name} is not an id.")
    return value


def _whole(line: dict[str, Any], name: str, low: int) -> int:
    value = line[name]
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value < 2**31:
        raise EntryError(name, f"{name} is not a whole number of {low} or more.")
    return value


def _yes_or_no(line: dict[str, Any], name: str) -> bool:
    value = line[name]
    if not isinstance(value, bool):
        raise EntryError(name, f"{name} is not true or false.")
    return value


def _utc(line: dict[str, Any], name: str) -> datetime:
    value = _text(line, name, 40)
    if not _UTC.fullmatch(value):
        raise EntryError(name, f"{name} is not an instant like 2026-03-01T11:00:00+00:00.")
    return datetime.fromisoformat(value).astimezone(UTC)


def _local(line: dict[str, Any], name: str) -> datetime:
    value = _text(line, name, 40)
    if not _LOCAL.fullmatch(value):
        raise EntryError(name, f"{name} is not a local time like 2026-03-01T12:00:00.")
    return datetime.fromisoformat(value)
