"""The Taper page: from the tablets at home to a plan, its proof, its files, and a new plan."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from occupancy.web import pages
from occupancy.web.mistakes import MistakeLine, Mistakes
from occupancy.web.pictures import panels, svg
from occupancy.web.tapers import (
    KINDS,
    Planned,
    PlanQuestion,
    plan,
    proof_lines,
    taper,
    taper_file,
)

router = APIRouter(prefix="/taper")

#: Worked examples, marked as such on the page.
EXAMPLES: Final[tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = (
    (
        "citalopram 20 mg, 10 mg tablets and a solution, 10 steps",
        (
            ("regimen", "citalopram 20 mg daily"),
            ("product", "tablet 10 mg, halves"),
            ("product", "solution 2 mg/mL, 0.1 mL"),
            ("steps", "10"),
        ),
    ),
    (
        "sertraline 100 mg on what is sold in the UK, 8 steps",
        (("regimen", "sertraline 100 mg daily"), ("market", "UK"), ("steps", "8")),
    ),
    (
        "olanzapine 10 mg, 2.5 mg tablets in quarters, falls of at most 8 points",
        (
            ("regimen", "olanzapine 10 mg daily"),
            ("product", "tablet 2.5 mg, quarters"),
            ("max_drop", "8"),
        ),
    ),
)
#: Phrases that a person can start from.
PHRASES: Final = (
    "tablet 10 mg, halves",
    "tablet 20 mg, quarters",
    "solution 2 mg/mL, 0.1 mL",
    "capsule 20 mg",
)
_MARKETS: Final = (
    ("", "not said"),
    ("US", "the United States"),
    ("UK", "the United Kingdom"),
    ("AU", "Australia"),
)
_METHODS: Final = (
    ("minimax", "the smallest largest fall (proved)"),
    ("even", "even falls of occupancy"),
    ("linear", "even falls of dose"),
    ("halving", "half of the dose each time"),
    ("10%", "10 % of the current dose each time"),
)


@router.get("")
def page(request: Request) -> HTMLResponse:
    """The form, and the plan when something is asked."""
    given = request.query_params.multi_items()
    made: Planned | None = None
    mistakes: dict[str, MistakeLine] = {}
    wrong: list[MistakeLine] = []
    if given:
        try:
            made = plan(PlanQuestion.of_form(given), date.today())
        except Mistakes as error:
            mistakes, wrong = error.by_field(), error.lines
    products = [one for text in request.query_params.getlist("product") for one in [text.strip()]]
    return pages.of(request).show(
        request,
        "taper.html",
        422 if mistakes else 200,
        part=False,
        typed={**({"steps": "10"} if not given else {}), **pages.typed(request)},
        products=[one for one in products if one] or [""],
        mistakes=mistakes,
        wrong=wrong,
        wrong_products={one.value: one for one in wrong if one.field == "product"},
        made=made,
        query=request.url.query,
        examples=[(name, urlencode(pairs)) for name, pairs in EXAMPLES],
        is_example=any(urlencode(pairs) == request.url.query for _, pairs in EXAMPLES),
        phrases=PHRASES,
        markets=_MARKETS,
        methods=_METHODS,
        proof=[] if made is None else proof_lines(made.document),
        today=date.today(),
        again=_again(request),
    )


@router.get("/look")
def closer(request: Request) -> HTMLResponse:
    """The closer look: other rhythms, a missed day, the withdrawal drive."""
    asked = PlanQuestion.of_form(request.query_params.multi_items())
    document = taper(_base(asked).model_copy(update={"pk": True}))
    return pages.of(request).show(request, "taper_look.html", document=document)


@router.get("/picture")
def picture(request: Request) -> dict[str, Any]:
    """The picture of the plan: panels and rows."""
    from occupancy.figures import taper_figure

    asked = PlanQuestion.of_form(request.query_params.multi_items())
    document = taper(_base(asked).model_copy(update={"pk": True}))
    return {"panels": panels(("taper", asked), lambda: taper_figure(document)), "rows": {}}


@router.get("/picture.svg")
def still(request: Request) -> Response:
    """The picture of the plan as a file."""
    from occupancy.figures import taper_figure

    asked = PlanQuestion.of_form(request.query_params.multi_items())
    document = taper(_base(asked).model_copy(update={"pk": True}))
    return Response(svg(taper_figure(document)), media_type="image/svg+xml")


@router.get("/file/{kind}")
def file(request: Request, kind: Literal["ics", "json", "csv", "pdf", "html"]) -> Response:
    """The plan as a file."""
    asked = PlanQuestion.of_form(request.query_params.multi_items())
    return _sent(asked, kind, None)


@router.post("/calendar")
def calendar(request: Request, previous: Annotated[UploadFile, File()]) -> Response:
    """The calendar anew, changing the events of one that was exported before."""
    asked = PlanQuestion.of_form(request.query_params.multi_items())
    return _sent(asked, "ics", previous.file.read())


def _sent(asked: PlanQuestion, kind: str, previous: bytes | None) -> Response:
    made = taper_file(asked, kind, date.today(), previous)
    return Response(
        made.data,
        media_type=KINDS[kind],
        headers={"Content-Disposition": f"attachment; filename={pages.file_name(made.name)}"},
    )


def _base(asked: PlanQuestion) -> Any:
    from occupancy.web.questions import TaperQuestion

    return TaperQuestion(**{name: getattr(asked, name) for name in TaperQuestion.model_fields})


def _again(request: Request) -> list[tuple[str, str]]:
    """What a new plan from today keeps of this one."""
    changed = {"regimen", "steps", "since", "wait", "slower", "first_day", "max_drop", "schedule"}
    given = request.query_params
    kept = [(k, v) for k, v in given.multi_items() if k not in changed and v.strip()]
    if given.get("blood_levels", "").strip() and not given.get("as_taken", "").strip():
        # What is taken changes; what was taken before the levels does not.
        kept.append(("as_taken", given.get("regimen", "")))
    return kept
