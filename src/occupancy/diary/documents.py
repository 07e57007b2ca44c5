"""The JSON documents of the diary: everything an owner wrote, and what an import did.

Instants are ISO 8601 in UTC; local times are what the clock on the wall showed, without a zone.
"""

from dataclasses import dataclass
from typing import Any, Literal

from occupancy.course.answer import DISCLAIMER, Document


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EntryLine(Document):
    """One version of an entry; `content` holds the fields of its kind."""

    id: str
    kind: str
    at_utc: str
    at_local: str
    zone: str
    content: dict[str, Any]
    original: str
    version: int
    replaces: str | None
    withdrawn: bool
    reason: str
    author: str
    recorded_utc: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PlanLine(Document):
    """One version of a plan; `plan` is the taper's document."""

    plan_id: str
    revision: int
    first_day: str
    plan: dict[str, Any]
    agreed_by: str
    note: str
    author: str
    recorded_utc: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DiaryDocument(Document):
    """Everything in a diary, every version of every entry: `diary.json` of an archive."""

    document: Literal["diary"] = "diary"
    version: str
    name: str
    zone: str
    example: bool
    entries: list[EntryLine]
    plans: list[PlanLine]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EntriesDocument(Document):
    """`occupancy diary add/list/correct --json`: some entries, the latest version of each."""

    document: Literal["diary-entries"] = "diary-entries"
    version: str
    where: str
    entries: list[EntryLine]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TransferDocument(Document):
    """`occupancy diary export/import`, `occupancy backup/restore --json`: what was moved."""

    document: Literal["diary-transfer"] = "diary-transfer"
    version: str
    action: Literal["export", "import", "backup", "restore"]
    where: str
    file: str
    encrypted: bool
    entries: int
    plans: int
    already_there: int


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AccountLine(Document):
    """One account; `opened` says whether a password was chosen."""

    name: str
    shown: str
    role: Literal["person", "clinician"]
    opened: bool
    link_until_utc: str | None
    created_utc: str


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TeamDocument(Document):
    """`occupancy team --json`: accounts, and the one-time link where one was made."""

    document: Literal["team"] = "team"
    version: str
    where: str
    accounts: list[AccountLine]
    link: str
