"""My course and the report: plan, taken, felt and predicted, to look at and to take along."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import diaries, pages
from occupancy.web.explore import columns_json
from occupancy.web.my_course import LONGEST_DAYS, MyCourse, my_course
from occupancy.web.pictures import panels, svg

router = APIRouter()

Days = Annotated[int, Query(ge=7, le=LONGEST_DAYS)]


@router.get("/my-course")
def course(request: Request, days: Days = 90) -> HTMLResponse:
    """Plan, taken, predicted and felt on one time axis."""
    return _page(request, "my_course.html", days)


@router.get("/my-course/panels")
def specifications(request: Request, days: Days = 90) -> dict[str, Any]:
    """The specifications of the picture, without rows."""
    made = _made(request, days)
    shape = (
        "my course",
        str(made.first),
        str(made.last),
        made.target,
        tuple(sorted({row["what"] for row in made.rows["felt"]})),
        bool(made.rows["predicted"] or made.rows["planned"]),
    )
    return {"mine": panels(shape, lambda: _figure(made))}


@router.get("/my-course.svg")
def still(request: Request, days: Days = 90) -> Response:
    """The picture as a file."""
    return Response(svg(_figure(_made(request, days))), media_type="image/svg+xml")


@router.get("/report")
def report(request: Request, days: Days = 90) -> HTMLResponse:
    """One page for a visit: plan, what was taken, scales around each step, questions."""
    return _page(request, "report.html", days)


def _page(request: Request, template: str, days: int) -> HTMLResponse:
    made = _made(request, days)
    return pages.of(request).show(
        request,
        template,
        part=False,
        made=made,
        days=days,
        today=date.today(),
        rows={"mine": columns_json(made.rows)},
        words=diaries.in_words,
    )


def _made(request: Request, days: int) -> MyCourse:
    keeper = diaries.diary_of(request)
    from occupancy.diary import Moment

    return my_course(keeper, Moment.now(diaries.zone_of(keeper)).local.date(), days)


def _figure(made: MyCourse) -> Any:
    from occupancy.figures.my_course import my_course_figure

    return my_course_figure(
        made.rows,
        first=f"{made.first}T00:00:00",
        last=f"{made.last}T00:00:00",
        target=made.target or "target",
        subtitle=[one for one in (made.assumed, made.why_not) if one],
    )
