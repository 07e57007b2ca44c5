"""My course and the report: plan, taken, felt and predicted, to look at and to take along."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import diaries, pages
from occupancy.web.explore import columns_json
from occupancy.web.my_course import AFTER_DAYS, LONGEST_DAYS, MyCourse, my_course
from occupancy.web.pictures import panels, svg

router = APIRouter()

#: Data of the picture that hold doses.
DOSES = ("planned", "taken", "missed")

Days = Annotated[int, Query(ge=7, le=LONGEST_DAYS)]


@router.get("/my-course")
def course(request: Request, days: Days = 90) -> HTMLResponse:
    """Plan, taken, predicted and felt on one time axis."""
    return _page(request, "my_course.html", days, _made(request, days))


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
        max((row["dose"] for name in DOSES for row in made.rows[name]), default=0.0),
    )
    return {"mine": panels(shape, lambda: _figure(made))}


@router.get("/my-course.svg")
def still(request: Request, days: Days = 90) -> Response:
    """The picture as a file."""
    return Response(svg(_figure(_made(request, days))), media_type="image/svg+xml")


@router.get("/report")
def report(request: Request, days: Days = 90) -> HTMLResponse:
    """One page for a visit: plan, what was taken, scales around each step, questions."""
    from occupancy.diary import DiaryError, StoreError
    from occupancy.diary.report import report_document

    keeper = diaries.diary_of(request)
    made = _made(request, days)
    document, why_not = None, ""
    try:
        first = made.last - timedelta(days=AFTER_DAYS + days - 1)
        document = report_document(
            keeper, today=made.last - timedelta(days=AFTER_DAYS), first_day=max(first, made.first)
        )
    except StoreError:
        raise
    except DiaryError as error:
        why_not = str(error)
    return _page(request, "report.html", days, made, document=document, why_not=why_not)


def _page(request: Request, template: str, days: int, made: MyCourse, **more: Any) -> HTMLResponse:
    keeper = diaries.diary_of(request)
    return pages.of(request).show(
        request,
        template,
        part=False,
        made=made,
        days=days,
        today=made.last - timedelta(days=AFTER_DAYS),
        rows={"mine": columns_json(made.rows)},
        words=diaries.in_words,
        **diaries.shown_of(request, keeper),
        **more,
    )


def _made(request: Request, days: int) -> MyCourse:
    keeper = diaries.diary_of(request)
    return my_course(keeper, diaries.today_in(diaries.zone_of(keeper)), days)


def _figure(made: MyCourse) -> Any:
    from occupancy.figures.my_course import my_course_figure

    return my_course_figure(
        made.rows,
        first=f"{made.first}T00:00:00",
        last=f"{made.last}T00:00:00",
        target=made.target or "target",
        subtitle=[one for one in (made.assumed, made.why_not) if one],
    )
