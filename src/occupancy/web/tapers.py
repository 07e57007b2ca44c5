"""A taper asked, planned and written out: the document, and the files to take along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from occupancy.web.mistakes import Mistakes, about, mistake
from occupancy.web.questions import TaperQuestion
from occupancy.web.taper_request import request_of

if TYPE_CHECKING:
    from occupancy.taper.documents import TaperDocument
    from occupancy.taper.proposal import Proposal

#: Kinds of file and their media types.
KINDS: Final = {
    "ics": "text/calendar; charset=utf-8",
    "json": "application/fhir+json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class TaperFile:
    """A plan in one format, ready to be sent."""

    name: str
    media_type: str
    data: bytes


class PlanQuestion(TaperQuestion, frozen=True):
    """A plan on the calendar: a first one, or a new one from the dose taken now.

    With `since`, the regimen is what has been taken since that day, and the first change comes
    when it has been held long enough.
    """

    first_day: date | None = Field(None, description="Day of the first change.")
    since: date | None = Field(None, description="Day since when the regimen has been taken.")
    wait: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="Days from today without a change."
    )
    slower: Annotated[float, Field(allow_inf_nan=False, gt=1, le=10)] | None = Field(
        None, description="How many times as long each dose is held."
    )


@dataclass(frozen=True)
class Planned:
    """A plan on real days.

    Attributes:
        document: of the plan.
        proposal: what it was made of.
        day_zero: the day from which the document's days are counted.
        reasons: why the first change is on its day, when it is a new plan from today.
    """

    document: TaperDocument
    proposal: Proposal
    day_zero: date
    reasons: tuple[str, ...] = ()

    def day(self, number: int) -> date:
        """The day of that number."""
        return self.day_zero + timedelta(days=number)


def taper(asked: TaperQuestion) -> TaperDocument:
    """`occupancy taper`.

    Raises:
        Mistakes: what cannot be planned, field by field.
    """
    return _planned(asked)[1]


def plan(asked: PlanQuestion, today: date) -> Planned:
    """A plan on the calendar.

    Raises:
        Mistakes: what cannot be planned, field by field.
    """
    base = TaperQuestion(**{k: getattr(asked, k) for k in TaperQuestion.model_fields})
    proposal, document = _planned(base)
    if asked.since is None:
        for name in ("wait", "slower"):
            if getattr(asked, name) is not None:
                raise Mistakes(
                    [mistake("since", "", "since when is missing; give the day of the last change")]
                )
        return Planned(document, proposal, asked.first_day or today)
    return _from_today(asked, proposal, today)


def _from_today(asked: PlanQuestion, proposal: Proposal, today: date) -> Planned:
    """The plan with its first change when the present dose has been held long enough."""
    from occupancy.taper.history import Event, History, first_change
    from occupancy.taper.hold import calendar
    from occupancy.taper.writing import taper_document

    assert asked.since is not None
    if asked.since > today:
        raise Mistakes(
            [mistake("since", asked.since, "this day is still to come; give today or earlier")]
        )
    now = (today - asked.since).days
    history = History().record(Event(0, "taken", dose_mg=proposal.request.start.daily_mg))
    if asked.wait is not None:
        history = history.record(Event(now, "hold", days=asked.wait))
    if asked.slower is not None:
        history = history.record(Event(now, "slower", factor=asked.slower))
    days = proposal.hold.days if proposal.hold else asked.hold or 1
    made = first_change(history, today=now, hold_days=days)
    again = replace(
        proposal,
        stages=calendar(proposal.plan, made.hold_days, start_day=made.day),
        request=replace(proposal.request, hold_days=made.hold_days),
        hold=None,
    )
    document = taper_document(again, asked.level, regimen=asked.regimen)
    return Planned(document, again, asked.since, made.reasons)


def taper_file(
    asked: PlanQuestion, kind: str, today: date, previous: bytes | None = None
) -> TaperFile:
    """The plan as a calendar, FHIR, table, page or PDF.

    The id of a plan is made from the question and the day, so that a calendar taken again
    changes the events of the one before and doubles none; with `previous`, the calendar exported
    before, the plan is a new revision of that one.

    Raises:
        Mistakes: see `plan`; a format whose library is missing; a `previous` that is no plan.
    """
    from occupancy.interop import (
        medication_requests_json,
        plan_calendar,
        plan_csv,
        plan_page,
        plan_pdf,
        read_calendar,
    )
    from occupancy.taper.dated import dated

    made = plan(asked, today)
    now = datetime.now(UTC)
    plan_id = str(uuid5(NAMESPACE_URL, f"occupancy:{made.day_zero}:{asked.model_dump_json()}"))
    revision = 0
    if previous:
        with about("previous", "the calendar"):
            old = read_calendar(previous)
            plan_id, revision = old.plan_id, old.revision + 1
    with about("first_day", made.day_zero):
        schedule = dated(made.proposal, made.day_zero, plan_id=plan_id, revision=revision)
        page = {
            "made_on": today,
            "shopping": [one.amount for one in made.document.shopping],
            "proof": proof_lines(made.document),
        }
        match kind:
            case "ics":
                data: str | bytes = plan_calendar(schedule, stamped=now, previous=previous or None)
            case "json":
                data = medication_requests_json(schedule, authored=now)
            case "csv":
                data = plan_csv(schedule)
            case "pdf":
                data = plan_pdf(schedule, **page)
            case _:
                data = plan_page(schedule, **page)
    name = f"taper-{made.document.drug.replace(' ', '-')}-{made.day_zero}.{kind}"
    return TaperFile(name, KINDS[kind], data.encode() if isinstance(data, str) else data)


def proof_lines(document: TaperDocument) -> list[str]:
    """The claim of the certificate and whether it was confirmed; nothing without one."""
    one = document.certificate
    if one is None:
        return []
    if one.checked:
        return [one.claim, "Checked just now by a second program: it holds."]
    return [one.claim, "A second program could NOT confirm this claim; please report it."]


@lru_cache(maxsize=16)
def _planned(asked: TaperQuestion) -> tuple[Proposal, TaperDocument]:
    from occupancy.taper.looks import closer_looks, drive_of, stoppings
    from occupancy.taper.proposal import propose
    from occupancy.taper.writing import taper_document

    request = request_of(asked)
    with about("product" if asked.product else "market", asked.product or asked.market):
        try:
            proposal = propose(request)
        except ValueError as error:
            for name in asked.target:
                if name in str(error):
                    raise Mistakes([mistake("target", name, error)]) from error
            raise
    views = closer_looks(proposal) if asked.pk else ()
    stopped = stoppings(proposal) if asked.pk else ()
    drive = drive_of(proposal) if asked.pk else None
    return proposal, taper_document(
        proposal,
        asked.level,
        regimen=asked.regimen,
        views=views,
        stopped=stopped,
        drive=drive,
    )
