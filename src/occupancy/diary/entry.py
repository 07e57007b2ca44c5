"""What the store gives back: entries with their versions, plans with theirs, owners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from occupancy.diary.content import Content
from occupancy.diary.moment import Moment


@dataclass(frozen=True)
class Entry:
    """One version of an entry, as it was acknowledged.

    Attributes:
        id: of this version, a UUID as text.
        at: when it happened.
        content: what happened.
        recorded: when it was written down, UTC.
        original: id of the first version.
        version: 1, and one more with every correction.
        replaces: id of the version that this one corrects; None for the first.
        withdrawn: whether this version says that the entry is to be left out of account.
        reason: why it was corrected or withdrawn, in the writer's words.
        author: who wrote it, where that is not the owner.
    """

    id: str
    at: Moment
    content: Content
    recorded: datetime
    original: str
    version: int = 1
    replaces: str | None = None
    withdrawn: bool = False
    reason: str = ""
    author: str = ""

    @property
    def kind(self) -> str:
        """Kind of its content: "dose taken", "sleep" ..."""
        return self.content.kind


@dataclass(frozen=True)
class PlanVersion:
    """One version of a plan.

    Attributes:
        plan_id: of the plan, a UUID as text, kept through its versions.
        revision: 0 at first, one more with every change.
        first_day: day of the first change of dose, day 0 of the document.
        document: the taper's document as plain JSON.
        agreed_by: the prescriber who made it their own; empty for a proposal.
        note: free words.
        recorded: when it was written down, UTC.
        author: who wrote it, where that is not the owner.
    """

    plan_id: str
    revision: int
    first_day: date
    document: dict[str, Any]
    recorded: datetime
    agreed_by: str = ""
    note: str = ""
    author: str = ""


@dataclass(frozen=True)
class Owner:
    """Somebody who keeps a diary; `example` marks an invented one."""

    owner: str
    name: str
    zone: str
    example: bool
    created: datetime
