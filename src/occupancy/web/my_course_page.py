"""My course and the report: plan, taken, felt and predicted, to look at and to take along."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from occupancy.web import diaries, entry_forms, pages
from occupancy.web.explore import columns_json
from occupancy.web.my_course import AFTER_DAYS, LONGEST_DAYS, MyCourse, my_course
from occupancy.web.pictures import panels, svg

if TYPE_CHECKING:
    from occupancy.diary import ReportDocument

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
    made = _made(request, days)
    document, why_not = _document(request, days, made)
    return _page(request, "report.html", days, made, document=document, why_not=why_not)


#: Kinds of file of a report: media type, ending.
FILES: Final = {
    "pdf": ("application/pdf", "pdf"),
    "csv": ("text/csv; charset=utf-8", "csv"),
    "fhir": ("application/fhir+json", "json"),
}


@router.get("/report/file/{kind}")
def report_file(
    request: Request, kind: Literal["pdf", "csv", "fhir"], days: Days = 90, data: bool = False
) -> Response:
    """The report to take along: a page of paper, of two with `data`, a table, or FHIR."""
    from occupancy.figures import report_pdf
    from occupancy.interop import report_csv, report_json

    document, why_not = _document(request, days, _made(request, days))
    if document is None:
        raise HTTPException(404, why_not)
    match kind:
        case "pdf":
            content: str | bytes = report_pdf(document, data=data)
        case "csv":
            content = report_csv(document)
        case _:
            content = report_json(document)
    if not diaries.diary_of(request).read_only:
        diaries.note(request, "exported", f"report, {kind}")
    media_type, ending = FILES[kind]
    name = pages.file_name(f"report-{document.drug}-{document.today}.{ending}")
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _document(request: Request, days: int, made: MyCourse) -> tuple[ReportDocument | None, str]:
    """The report's document, or why there is none."""
    from occupancy.diary import DiaryError, StoreError, report_document

    today = made.last - timedelta(days=AFTER_DAYS)
    first = max(today - timedelta(days=days - 1), made.first)
    try:
        return report_document(diaries.diary_of(request), today=today, first_day=first), ""
    except StoreError:
        raise
    except DiaryError as error:
        return None, str(error)


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
        words=entry_forms.in_words,
        **diaries.shown_of(request, keeper),
        **more,
    )


def _made(request: Request, days: int) -> MyCourse:
    keeper = diaries.diary_of(request)
    return my_course(keeper, keeper.today(), days)


def _figure(made: MyCourse) -> Any:
    from occupancy.figures.my_course import my_course_figure

    return my_course_figure(
        made.rows,
        first=f"{made.first}T00:00:00",
        last=f"{made.last}T00:00:00",
        target=made.target or "target",
        subtitle=[one for one in (made.assumed, made.why_not) if one],
    )
