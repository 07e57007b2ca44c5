"""The Population page: regimens in many virtual people, the same people in each."""

from __future__ import annotations

from functools import cache
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import pages
from occupancy.web.answers import population
from occupancy.web.mistakes import MistakeLine, Mistakes
from occupancy.web.pictures import panels, svg
from occupancy.web.questions import PopulationQuestion

router = APIRouter(prefix="/population")

#: A worked example, marked as such on the page.
EXAMPLE: Final = urlencode(
    {
        "regimens": "risperidone 2 mg daily for 14 days\nrisperidone 4 mg daily for 14 days",
        "people": "500",
        "ancestry": "european",
    }
)


@router.get("")
def page(request: Request) -> HTMLResponse:
    """The form, and what became of the people when something is asked."""
    given = request.query_params.multi_items()
    document = None
    mistakes: dict[str, MistakeLine] = {}
    wrong: list[MistakeLine] = []
    if given:
        try:
            document = population(PopulationQuestion.of_form(given))
        except Mistakes as error:
            mistakes, wrong = error.by_field(), error.lines
    return pages.of(request).show(
        request,
        "population.html",
        422 if mistakes else 200,
        part=False,
        typed=pages.typed(request),
        mistakes=mistakes,
        wrong=wrong,
        document=document,
        ancestries=[("", "not said"), *((name, name) for name in ancestries())],
        example=EXAMPLE,
        is_example=request.url.query == EXAMPLE,
        query=request.url.query,
    )


@router.get("/picture")
def picture(request: Request) -> dict[str, Any]:
    """The picture of the people: panels with their rows."""
    from occupancy.figures import population_figure

    asked = PopulationQuestion.of_form(request.query_params.multi_items())
    document = population(asked)
    return {"panels": panels(("people", asked), lambda: population_figure(document)), "rows": {}}


@router.get("/picture.svg")
def still(request: Request) -> Response:
    """The picture as a file."""
    from occupancy.figures import population_figure

    document = population(PopulationQuestion.of_form(request.query_params.multi_items()))
    return Response(svg(population_figure(document)), media_type="image/svg+xml")


@cache
def ancestries() -> tuple[str, ...]:
    """Populations whose frequencies of genes are on record."""
    from occupancy.evidence import populations

    return tuple(one.name for one in populations().population if one.frequency)
