"""The Personalise page: the person behind measured levels, and how sure that is."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import pages
from occupancy.web.answers import personalise
from occupancy.web.mistakes import MistakeLine, Mistakes
from occupancy.web.pictures import panels, svg
from occupancy.web.questions import PersonaliseQuestion

router = APIRouter(prefix="/personalise")

#: A worked example, marked as such on the page.
EXAMPLE: Final = urlencode(
    {
        "regimen": "sertraline 100 mg daily for 30 days",
        "levels": "45 ng/mL at 14 h after dose\n38 ng/mL at trough",
    }
)


@router.get("")
def page(request: Request) -> HTMLResponse:
    """The form, and what the levels say when there are some."""
    given = request.query_params.multi_items()
    document = None
    mistakes: dict[str, MistakeLine] = {}
    wrong: list[MistakeLine] = []
    if given:
        try:
            document = personalise(PersonaliseQuestion.of_form(given))
        except Mistakes as error:
            mistakes, wrong = error.by_field(), error.lines
    return pages.of(request).show(
        request,
        "personalise.html",
        422 if mistakes else 200,
        part=False,
        typed=pages.typed(request),
        mistakes=mistakes,
        wrong=wrong,
        document=document,
        example=EXAMPLE,
        is_example=request.url.query == EXAMPLE,
        query=request.url.query,
    )


@router.get("/picture")
def picture(request: Request) -> dict[str, Any]:
    """The picture of the levels and the course: panels with their rows."""
    from occupancy.figures import personal_figure

    asked = PersonaliseQuestion.of_form(request.query_params.multi_items())
    document = personalise(asked)
    return {"panels": panels(("personal", asked), lambda: personal_figure(document)), "rows": {}}


@router.get("/picture.svg")
def still(request: Request) -> Response:
    """The picture as a file."""
    from occupancy.figures import personal_figure

    document = personalise(PersonaliseQuestion.of_form(request.query_params.multi_items()))
    return Response(svg(personal_figure(document)), media_type="image/svg+xml")
