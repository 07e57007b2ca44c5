"""Between rows of the store and what the diary gives back."""

from __future__ import annotations

from occupancy.diary.content import content_of
from occupancy.diary.entry import Entry, PlanVersion
from occupancy.diary.moment import Moment
from occupancy.diary.rows import EntryRow, PlanRow


def entry_row(owner: str, entry: Entry) -> EntryRow:
    """The row of an entry."""
    return EntryRow(
        owner=owner,
        id=entry.id,
        kind=entry.kind,
        at_utc=entry.at.utc,
        at_local=entry.at.local,
        zone=entry.at.zone,
        content=entry.content.to_json(),
        original=entry.original,
        version=entry.version,
        replaces=entry.replaces,
        withdrawn=entry.withdrawn,
        reason=entry.reason,
        author=entry.author,
        recorded=entry.recorded,
    )


def plan_row(owner: str, plan: PlanVersion) -> PlanRow:
    """The row of a version of a plan."""
    return PlanRow(
        owner=owner,
        plan_id=plan.plan_id,
        revision=plan.revision,
        first_day=plan.first_day,
        document=plan.document,
        agreed_by=plan.agreed_by,
        note=plan.note,
        author=plan.author,
        recorded=plan.recorded,
    )


def entry_of(row: EntryRow) -> Entry:
    """The entry of a row."""
    return Entry(
        id=row.id,
        at=Moment(row.at_utc, row.at_local, row.zone),
        content=content_of(row.kind, row.content),
        recorded=row.recorded,
        original=row.original,
        version=row.version,
        replaces=row.replaces,
        withdrawn=row.withdrawn,
        reason=row.reason,
        author=row.author,
    )


def plan_of(row: PlanRow) -> PlanVersion:
    """The version of a plan of a row."""
    return PlanVersion(
        row.plan_id,
        row.revision,
        row.first_day,
        row.document,
        row.recorded,
        row.agreed_by,
        row.note,
        row.author,
    )
