"""The report as one A4 page in PDF, the same bytes for the same document; data on a second page.

Needs the optional library `reportlab`. Its built-in fonts know the letters of Western Europe; a
name in another script shows question marks here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import TYPE_CHECKING, Any, Final

from occupancy.diary.error import NoDiaryLibraryError
from occupancy.figures.diary import report_figure

if TYPE_CHECKING:
    from occupancy.diary.report_lines import FollowedLine, ReportDocument

_MARGIN_MM: Final = 12
_FONT: Final = "Helvetica"
#: Dots for each point of the picture: 300 dpi at the width it is printed in.
_PICTURE_SCALE: Final = 3.0
#: Steps of a plan and runs of doses listed on the page; the rest is counted.
_MOST_ROWS: Final = 9
#: Rows of the second page.
_MOST_WEEKS: Final = 52
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_INVENTED: Final = "Example with invented data"
_SCOPE: Final = (
    "For adults, to prepare a conversation. Occupancy is predicted from people who were studied, "
    "not measured in this person, and is engagement of a target, not benefit. A change after a "
    "step can have other causes than the step."
)


def report_pdf(document: ReportDocument, *, data: bool = False) -> bytes:
    """The report as a PDF of one A4 page, of two with `data`.

    Raises:
        NoDiaryLibraryError: `reportlab` is not installed.
    """
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.platypus import BaseDocTemplate, Frame, KeepInFrame, PageBreak, PageTemplate
    except ModuleNotFoundError as error:
        raise NoDiaryLibraryError(
            "a PDF needs the reportlab library: pip install 'occupancy[report]'."
        ) from error
    out = io.BytesIO()
    margin = _MARGIN_MM * mm
    page = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=_western(f"{document.drug}: plan, taken, felt"),
        author="occupancy",
        subject=_western(document.disclaimer),
        # No clock and no random id in the file.
        invariant=1,
    )
    foot = _paragraph(_foot(document), 6.2)
    _, height = foot.wrap(page.width, page.height)

    def draw_foot(canvas: Any, _: Any) -> None:
        canvas.setLineWidth(0.5)
        canvas.line(margin, margin + height + 2, margin + page.width, margin + height + 2)
        foot.drawOn(canvas, margin, margin)

    room = (page.width, page.height - height - 6)
    frame = Frame(
        *(margin, margin + height + 5, page.width, room[1] + 1),
        **dict.fromkeys(("leftPadding", "rightPadding", "topPadding", "bottomPadding"), 0),
    )
    page.addPageTemplates(PageTemplate(frames=[frame], onPage=draw_foot))
    # Whatever has to be said stays on one page: what is too long becomes smaller.
    story: list[Any] = [KeepInFrame(*room, _first_page(document, page.width), mode="shrink")]
    if data:
        story += [PageBreak(), KeepInFrame(*room, _second_page(document), mode="shrink")]
    page.build(story)
    return out.getvalue()


def _foot(document: ReportDocument) -> str:
    sources = "; ".join(document.sources) or "none"
    return (
        f"<b>{_text(document.disclaimer)}</b> {_text(_SCOPE)} occupancy {document.version}, "
        f"{_text(_day(document.today))}. Sources: {_text(sources)}"
    )


def _first_page(document: ReportDocument, width: float) -> list[Any]:
    from reportlab.platypus import Spacer, Table

    name = f"{document.name}: " if document.name else ""
    status = _INVENTED if document.example else "From a person's own diary"
    head = _paragraph(f"<b>{_text(name + document.drug)}</b>", 14)
    period = f"{_day(document.first_day)} to {_day(document.today)}."
    left, right = _plan(document), _taken(document)
    columns = Table([[left, right]], colWidths=[0.53 * width, 0.47 * width])
    columns.setStyle(_PLAIN)
    story = [head, Spacer(0, 2), _paragraph(f"{_text(period)} <b>{status}.</b>", 8.4), Spacer(0, 4)]
    if document.warnings:
        story += [_list("Before anything else", document.warnings), Spacer(0, 4)]
    story += [columns, Spacer(0, 5), _picture(document, width), Spacer(0, 4)]
    below = Table(
        [[_felt(document), _list("Questions to discuss", document.questions)]],
        colWidths=[0.6 * width, 0.4 * width],
    )
    below.setStyle(_PLAIN)
    return [*story, below]


#: No lines, no padding but between columns.
_PLAIN: Final = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 8),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]


def _plan(document: ReportDocument) -> list[Any]:
    plan = document.plan
    if plan is None:
        return [_paragraph("<b>Current plan</b><br/>None is kept in the diary.", 8)]
    standing = (
        f"agreed with {plan.agreed_by}" if plan.agreed_by else "a proposal, not a prescription"
    )
    rows = [["From", "mg a day", f"{plan.target} occupancy (band)", ""]]
    at = next((k for k, one in enumerate(plan.steps) if one.now), 0)
    begin = max(0, min(at - 2, len(plan.steps) - _MOST_ROWS))
    shown = plan.steps[begin : begin + _MOST_ROWS]
    rows += [
        [
            "before" if one.first_day is None else _day(one.first_day),
            f"{one.dose_mg:g}",
            f"{100 * one.occupancy:.0f} % ({100 * one.low:.0f}–{100 * one.high:.0f})",
            "now" if one.now else "",
        ]
        for one in shown
    ]
    left = len(plan.steps) - len(shown)
    more = [_paragraph(f"and {left} more", 7)] if left else []
    title = f"<b>Current plan</b>, {_text(standing)}; version {plan.revision + 1}"
    return [_paragraph(title, 8), _table(rows), *more]


def _taken(document: ReportDocument) -> list[Any]:
    one = document.adherence
    lines = [
        f"{one.days_as_planned} of {one.days_with_dose_due} days as planned, "
        f"{one.days_missed} with a missed dose, {one.days_other_dose} with another dose, "
        f"{one.days_not_written} not written down."
        if one.days_with_dose_due
        else f"{document.dose_entries} doses are written down; there is no plan to compare with."
    ]
    runs = _joined(document)
    rows = [["Taken, mg a day", "from", "to"]]
    rows += [[f"{dose:g}", _day(first), _day(last)] for dose, first, last in runs[-_MOST_ROWS:]]
    left = len(runs) - _MOST_ROWS
    more = [_paragraph(f"and {left} earlier", 7)] if left > 0 else []
    return [_paragraph(f"<b>Adherence</b><br/>{_text(lines[0])}", 8), _table(rows), *more]


def _joined(document: ReportDocument) -> list[tuple[float, str, str]]:
    """Runs of doses; days on which nothing was taken stand in the line above them."""
    found: list[tuple[float, str, str]] = []
    for one in document.taken:
        if one.dose_mg == 0:
            continue
        if found and found[-1][0] == one.dose_mg:
            found[-1] = (one.dose_mg, found[-1][1], one.last_day)
        else:
            found.append((one.dose_mg, one.first_day, one.last_day))
    return found


def _felt(document: ReportDocument) -> Any:
    lines = [f"{one.name} ({one.unit}): {one.around_steps}" for one in document.followed]
    lines += [one.text for one in document.watches]
    if document.watches:
        lines.append(document.false_alarms)
    if document.predicted is not None:
        lines.append(f"Predicted occupancy assumes {document.predicted.assumed}.")
    title = "Around each step: after minus before (95 % interval); then the last step"
    return _list(title, lines or ["Nothing was followed."])


def _second_page(document: ReportDocument) -> list[Any]:
    """Means of each week."""
    from reportlab.platypus import Spacer

    first, last = date.fromisoformat(document.first_day), date.fromisoformat(document.today)
    heads = ["Week from", "taken, mg a day", "missed"]
    if document.predicted is not None:
        heads.append(f"{document.predicted.target}, %")
    heads += [f"{one.name} ({one.unit})" for one in document.followed]
    rows: list[list[str]] = [heads]
    weeks = ((last - first).days // 7) + 1
    for k in range(max(0, weeks - _MOST_WEEKS), weeks):
        begin = first + timedelta(days=7 * k)
        days = {(begin + timedelta(days=j)).isoformat() for j in range(7)}
        rows.append(_week(document, begin, days))
    title = _paragraph("<b>Data: means of each week</b>", 11)
    return [title, Spacer(0, 4), _table(rows)]


def _week(document: ReportDocument, begin: date, days: set[str]) -> list[str]:
    doses: list[float] = []
    missed = 0
    for one in document.taken:
        shared = sum(one.first_day <= day <= one.last_day for day in days)
        doses += [one.dose_mg] * shared
        missed += shared if one.dose_mg == 0 else 0
    row = [_day(begin.isoformat()), _mean(doses), str(missed)]
    if document.predicted is not None:
        found = document.predicted
        shown = [100 * m for day, m in zip(found.days, found.median, strict=True) if day in days]
        row.append(_mean(shown))
    return row + [_mean(_values(one, days)) for one in document.followed]


def _values(one: FollowedLine, days: set[str]) -> list[float]:
    return [value for day, value in zip(one.days, one.values, strict=True) if day in days]


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.1f}" if values else "–"


def _picture(document: ReportDocument, width: float) -> Any:
    import vl_convert
    from reportlab.platypus import Image

    picture = vl_convert.vegalite_to_png(report_figure(document).to_dict(), scale=_PICTURE_SCALE)
    image = Image(io.BytesIO(picture))
    image.drawHeight *= width / image.drawWidth
    image.drawWidth = width
    return image


def _table(rows: list[list[str]]) -> Any:
    from reportlab.platypus import Table

    cells = [[_paragraph(f"<b>{_text(one)}</b>", 7.2) for one in rows[0]]]
    cells += [[_paragraph(_text(one), 7.4) for one in row] for row in rows[1:]]
    table = Table(cells, hAlign="LEFT", repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.7, (0, 0, 0)),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
            ("TOPPADDING", (0, 0), (-1, -1), 0.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0.8),
        ]
    )
    return table


def _list(title: str, lines: Sequence[str]) -> Any:
    items = "".join(f"<br/>• {_text(line)}" for line in lines)
    return _paragraph(f"<b>{_text(title)}</b>{items}", 7.6)


def _paragraph(markup: str, size: float) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    return Paragraph(
        markup, ParagraphStyle("report", fontName=_FONT, fontSize=size, leading=1.2 * size)
    )


def _day(text: str) -> str:
    """A day as in "1 Dec 2026": no reader takes the month for the day, whatever the locale."""
    day = date.fromisoformat(text)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _text(text: str) -> str:
    return escape(_western(" ".join(text.split())))


def _western(text: str) -> str:
    """`text` in the letters the built-in fonts have."""
    return text.encode("cp1252", "replace").decode("cp1252")
