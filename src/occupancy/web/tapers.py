"""A taper asked, planned and written out: the document, and the files to take along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from occupancy.web.answers import person_of, sampling_of
from occupancy.web.mistakes import MistakeLine, Mistakes, about, mistake
from occupancy.web.questions import TaperQuestion

if TYPE_CHECKING:
    from occupancy.taper.documents import TaperDocument
    from occupancy.taper.marketed import MarketedProduct
    from occupancy.taper.proposal import Proposal
    from occupancy.taper.request import TaperRequest
    from occupancy.taper.start import Start

#: Kinds of file and their media types.
KINDS: Final = {
    "ics": "text/calendar; charset=utf-8",
    "json": "application/fhir+json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
#: Words of the request by which a mistake finds its field.
_FIELDS: Final = (
    ("largest drop", "max_drop"),
    ("the end,", "end"),
    ("method =", "method"),
    ("steps", "steps"),
    ("typed schedule", "schedule"),
    ("robust", "robust"),
    ("hold =", "hold"),
)


@dataclass(frozen=True)
class TaperFile:
    """A plan in one format, ready to be sent."""

    name: str
    media_type: str
    data: bytes


def taper(asked: TaperQuestion) -> TaperDocument:
    """`occupancy taper`.

    Raises:
        Mistakes: what cannot be planned, field by field.
    """
    return _planned(asked)[1]


def taper_file(asked: TaperQuestion, kind: str, first_day: date) -> TaperFile:
    """The plan as a calendar, FHIR, table, page or PDF, its first change on `first_day`.

    The id of the plan is made from the question and the day, so that a calendar taken again
    changes the events of the one before and doubles none.

    Raises:
        Mistakes: see `taper`; a format whose library is missing.
    """
    from occupancy.interop import (
        ExportError,
        medication_requests_json,
        plan_calendar,
        plan_csv,
        plan_page,
        plan_pdf,
    )
    from occupancy.taper.dated import dated

    proposal, document = _planned(asked)
    now = datetime.now(UTC)
    plan_id = str(uuid5(NAMESPACE_URL, f"occupancy:{first_day}:{asked.model_dump_json()}"))
    try:
        schedule = dated(proposal, first_day, plan_id=plan_id)
        page = {
            "made_on": now.date(),
            "shopping": [one.amount for one in document.shopping],
            "proof": proof_lines(document),
        }
        match kind:
            case "ics":
                made: str | bytes = plan_calendar(schedule, stamped=now)
            case "json":
                made = medication_requests_json(schedule, authored=now)
            case "csv":
                made = plan_csv(schedule)
            case "pdf":
                made = plan_pdf(schedule, **page)
            case _:
                made = plan_page(schedule, **page)
    except (ExportError, OverflowError) as error:
        raise Mistakes([mistake("first_day", first_day, error)]) from error
    name = f"taper-{document.drug.replace(' ', '-')}-{first_day}.{kind}"
    return TaperFile(name, KINDS[kind], made.encode() if isinstance(made, str) else made)


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
    from occupancy.taper.looks import closer_looks, drive_of
    from occupancy.taper.proposal import propose
    from occupancy.taper.writing import taper_document

    request = _request(asked)
    with about("product" if asked.product else "market", asked.product or asked.market):
        try:
            proposal = propose(request)
        except ValueError as error:
            for name in asked.target:
                if name in str(error):
                    raise Mistakes([mistake("target", name, error)]) from error
            raise
    views = closer_looks(proposal) if asked.pk else ()
    drive = drive_of(proposal) if asked.pk else None
    return proposal, taper_document(
        proposal, asked.level, regimen=asked.regimen, views=views, drive=drive
    )


def _request(asked: TaperQuestion) -> TaperRequest:
    from occupancy.taper.request import TaperRequest
    from occupancy.taper.start import start_of

    person = person_of(asked)
    with about("regimen", asked.regimen):
        start = start_of(asked.regimen)
    products, candidates = _products(asked, start)
    try:
        return TaperRequest(
            start=start,
            products=products,
            candidates=candidates,
            steps=asked.steps,
            largest_drop=None if asked.max_drop is None else asked.max_drop / 100,
            end_mg=asked.end,
            method=_method(asked),
            schedule=asked.schedule,
            robust=asked.robust,
            targets=asked.target,
            hold_days=asked.hold,
            person=person,
            sampling=sampling_of(asked, typical=asked.typical),
            model=asked.model,
            kinetics=asked.kinetics,
        )
    except ValueError as error:
        text = str(error)
        field = next((name for words, name in _FIELDS if words in text), "regimen")
        raise Mistakes([mistake(field, getattr(asked, field), error)]) from error


def _method(asked: TaperQuestion) -> str:
    if asked.schedule:
        return "typed"
    return "even occupancy" if asked.method == "even" else asked.method


def _products(
    asked: TaperQuestion, start: Start
) -> tuple[tuple[MarketedProduct, ...], tuple[MarketedProduct, ...]]:
    """What is at hand and what could be asked for; every phrase that is wrong is said."""
    from occupancy.taper.at_hand import products_at_hand
    from occupancy.taper.marketed import MARKETS
    from occupancy.taper.phrase import product

    market = (asked.market or "").upper()
    if market and market not in MARKETS:
        raise Mistakes(
            [
                MistakeLine(
                    field="market",
                    value=market,
                    message="no products of that market are on record",
                    allowed=list(MARKETS),
                    do=f"Choose {', '.join(MARKETS)}, or name the products.",
                )
            ]
        )
    if not asked.product and not market:
        raise Mistakes(
            [
                MistakeLine(
                    field="product",
                    value="",
                    message="nothing is said of the products",
                    do='Write what is at hand ("tablet 10 mg, halves"), or choose a market.',
                )
            ]
        )
    wrong: list[MistakeLine] = []
    for phrase in asked.product:
        try:
            product(phrase, drug=start.product.record.name, market=market)
        except ValueError as error:
            wrong.append(mistake("product", phrase, error))
    if wrong:
        raise Mistakes(wrong)
    with about("product" if asked.product else "market", asked.product or market):
        return products_at_hand(start, asked.product, market)
