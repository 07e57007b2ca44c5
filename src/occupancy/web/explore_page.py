"""The Explore page: curve and course while a dose moves, one drug or two side by side."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from occupancy.web import pages
from occupancy.web.explore import DAYS, Column, ExploreQuestion, column
from occupancy.web.mistakes import Mistakes
from occupancy.web.pictures import panels, svg

if TYPE_CHECKING:
    from occupancy.figures.style import Rows

router = APIRouter(prefix="/explore")

Number = Annotated[int, Query(alias="col", ge=1, le=2)]
#: Query parameters that are not fields of the question.
_OWN: Final = ("col",)
#: Quantities that make an occupancy of a concentration; the others make the concentration.
_BINDING: Final = ("Emax", "EC50", "ED50", "Ki", "Kd", "occupancy", "Hill")


@router.get("")
def explore(request: Request) -> HTMLResponse:
    """The whole page; with mistakes beside their fields when it cannot be answered."""
    typed = pages.typed(request)
    columns: list[Column] = []
    mistakes: dict[str, Any] = {}
    try:
        asked = _asked(request)
        columns.append(column(asked, 1))
        if asked.drug2 is not None:
            columns.append(column(asked, 2))
    except Mistakes as error:
        mistakes, columns = error.by_field(), []
    return pages.of(request).show(
        request,
        "explore.html",
        422 if mistakes else 200,
        part=False,
        typed=typed,
        mistakes=mistakes,
        columns=columns,
        groups=drug_groups(),
        days=DAYS,
        query=request.url.query,
        target_names=target_names,
        kinetic=kinetic,
        binding=binding_first,
    )


@router.get("/answer")
def answer(request: Request, number: Number = 1) -> HTMLResponse:
    """The numbers of one drug at another dose, and the rows that its pictures change to."""
    began = time.thread_time()
    one = column(_asked(request), number)
    page = pages.of(request).show(
        request, "explore_answer.html", one=one, kinetic=kinetic, binding=binding_first, moved=True
    )
    page.headers["Server-Timing"] = f"cpu;dur={1e3 * (time.thread_time() - began):.1f}"
    return page


@router.get("/panels")
def specifications(request: Request, number: Number = 1) -> dict[str, Any]:
    """The specifications of the pictures of one drug, without rows."""
    from occupancy.figures import course_figure, course_rows, curve_figure, curve_rows

    one = column(_asked(request), number)
    last = one.course.analytes[0].time_h[-1]
    names = tuple(a.analyte for a in one.course.analytes)
    shape = ("course", tuple(t.target for t in one.course.targets), names, last)
    shape += _drawn(course_rows(one.course))
    found = {f"course{number}": panels(shape, lambda: course_figure(one.course))}
    if one.curve is not None:
        curve, chosen = one.curve, one.chosen
        shape = ("curve", curve.target, curve.interval_h, *_drawn(curve_rows(curve, chosen)))
        found[f"curve{number}"] = panels(shape, lambda: curve_figure(curve, chosen))
    return found


@router.get("/{kind}.svg")
def still(request: Request, kind: Literal["curve", "course"], number: Number = 1) -> Response:
    """A picture as a file, whole with its title."""
    from occupancy.figures import course_figure, curve_figure

    one = column(_asked(request), number)
    if kind == "curve" and one.curve is not None:
        data = svg(curve_figure(one.curve, one.chosen))
    else:
        data = svg(course_figure(one.course))
    name = f"{one.drug.replace(' ', '-')}-{kind}.svg"
    return Response(
        data,
        media_type="image/svg+xml",
        headers={"Content-Disposition": f"inline; filename={pages.file_name(name)}"},
    )


def _drawn(rows: Rows) -> tuple[str, ...]:
    """Which data of a picture hold rows: a layer is made for these alone."""
    return tuple(name for name, lines in rows.items() if lines)


def _asked(request: Request) -> ExploreQuestion:
    given = request.query_params.multi_items()
    return ExploreQuestion.of_form((k, v) for k, v in given if k not in _OWN)


@cache
def drug_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Drugs and their forms for a list, by class; the name of a drug's usual form is its own."""
    from occupancy.course.catalogue import drugs_document

    groups: dict[str, list[tuple[str, str]]] = {}
    for one in drugs_document().drugs:
        entries = groups.setdefault(one.drug_class, [])
        for k, form in enumerate(one.forms):
            name = one.name if k == 0 else f"{one.name} {form}"
            entries.append((name, f"{one.title}, {form}" if len(one.forms) > 1 else one.title))
    return sorted((name, entries) for name, entries in groups.items() if entries)


@cache
def target_names(drug: str) -> list[tuple[str, str]]:
    """Targets of a drug for a list: those measured in people, then those known only from Ki."""
    from occupancy.drugs import resolve, targets_of

    record = resolve(drug).record
    measured = targets_of(record)
    found = [("", f"{measured[0]}, measured" if measured else "none measured")]
    found += [(name, f"{name}, measured") for name in measured[1:]]
    others = targets_of(record, anchored=True)
    return found + [(name, f"{name}, from Ki") for name in others if name not in measured]


def kinetic(sources: list[Any]) -> list[Any]:
    """The figures behind a concentration."""
    return [one for one in sources if one.quantity not in _BINDING]


def binding_first(sources: list[Any]) -> list[Any]:
    """The figures behind an occupancy, those of binding before those of kinetics."""
    return sorted(sources, key=lambda one: one.quantity not in _BINDING)
