"""The printed plan as a PDF: the words of `plan_page`, the same bytes every time.

Needs the optional library `reportlab`. Its built-in fonts know the letters of Western Europe; a
name in another script shows question marks here and is whole in the HTML page.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any, Final

from occupancy.interop import printed_words as words
from occupancy.interop.printed_words import Heading, PlanWords, Row, plan_words
from occupancy.interop.saving import ExportError
from occupancy.taper.schedule import Schedule

#: Widths of the columns in millimetres; together what A4 leaves between its margins.
_WIDTHS_MM: Final = (10, 40, 17, 59, 36, 24)
_MARGIN_MM: Final = 12
#: Height kept for the foot of every page, which grows with the sources.
_FOOT_MM: Final = 10
_FONT: Final = "Helvetica"


class NoPdfLibraryError(ExportError):
    """The optional library that writes PDF is not installed."""


def plan_pdf(
    schedule: Schedule,
    *,
    made_on: date,
    shopping: Sequence[str] = (),
    proof: Sequence[str] = (),
) -> bytes:
    """The plan as a PDF; arguments as in `plan_page`, the same ones give the same bytes.

    Raises:
        NoPdfLibraryError: `reportlab` is not installed.
    """
    try:
        from reportlab.lib.units import mm
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    except ModuleNotFoundError as error:
        raise NoPdfLibraryError(
            "a PDF needs the reportlab library: pip install 'occupancy[report]'; the HTML page "
            "prints without it."
        ) from error
    content = plan_words(schedule, made_on, shopping, proof)
    out = io.BytesIO()
    margin = _MARGIN_MM * mm
    document = BaseDocTemplate(
        out,
        pagesize=_a4(),
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=_western(content.title),
        author="occupancy",
        subject=_western(content.disclaimer),
        # No clock and no random id in the file.
        invariant=1,
    )
    foot = _paragraph(f"<b>{_text(content.disclaimer)}</b> {_text(content.origin)}", 6.4)
    width = document.width
    _, height = foot.wrap(width, document.height)
    height = max(height, _FOOT_MM * mm)
    frame = Frame(
        *(margin, margin + height, width, document.height - height),
        **dict.fromkeys(("leftPadding", "rightPadding", "topPadding", "bottomPadding"), 0),
    )
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=_foot(foot, margin, width)))
    document.build(_story(content))
    return out.getvalue()


def _a4() -> tuple[float, float]:
    from reportlab.lib.pagesizes import A4

    return A4


def _foot(foot: Any, margin: float, width: float) -> Callable[[Any, Any], None]:
    def draw(canvas: Any, _: Any) -> None:
        _, height = foot.wrap(width, 1000)
        canvas.setLineWidth(0.5)
        canvas.line(margin, margin + height + 3, margin + width, margin + height + 3)
        foot.drawOn(canvas, margin, margin)

    return draw


def _story(content: PlanWords) -> list[Any]:
    from reportlab.platypus import Spacer

    story = [
        _paragraph(f"<b>{_text(words.STATUS)}</b>", 8.6, right=True),
        _paragraph(f"<b>{_text(content.title)}</b>", 15),
        Spacer(0, 3),
        _paragraph(_text(content.summary), 8.6),
        Spacer(0, 5),
    ]
    if content.warnings:
        story += [_boxed([_list(words.WARNINGS, content.warnings)]), Spacer(0, 6)]
    story += [_table(content), Spacer(0, 6)]
    for title, lines in ((words.SHOPPING, content.shopping), (words.PROOF, content.proof)):
        if lines:
            story += [_list(title, lines), Spacer(0, 4)]
    story.append(_signature())
    return story


def _table(content: PlanWords) -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    table = Table(
        [[_head(one) for one in content.headings], *map(_row, content.rows)],
        colWidths=[one * mm for one in _WIDTHS_MM],
        repeatRows=1,
    )
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 1, (0, 0, 0)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, (0.6, 0.6, 0.6)),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ]
    )
    return table


def _head(heading: Heading) -> Any:
    second = _text(heading.second)
    if second:
        second = f"<br/>{_small(second)}" if heading.small else f"<br/><b>{second}</b>"
    return _paragraph(f"<b>{_text(heading.first)}</b>{second}", 8)


def _row(row: Row) -> list[Any]:
    made = "<br/>".join(map(_text, row.made))
    error = f" {_small(_text(row.error))}" if row.error else ""
    drop = f"<b>{_text(row.drop)}</b><br/>{_small('largest')}" if row.largest else _text(row.drop)
    cells = (
        row.step,
        f"{_text(row.dates)}<br/>{_small(_text(row.length))}",
        f"<b>{row.dose}</b>",
        made + error,
        _text(row.occupancy),
        drop,
    )
    return [_paragraph(cell, 8) for cell in cells]


def _list(title: str, lines: Sequence[str]) -> Any:
    items = "".join(f"<br/>• {_text(line)}" for line in lines)
    return _paragraph(f"<b>{_text(title)}</b>{items}", 8)


def _signature() -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    width = sum(_WIDTHS_MM) - 6
    choice = f"{_text(words.CONSENT)} [ &nbsp; ] {words.AS_ABOVE} &nbsp; [ &nbsp; ] {words.CHANGED}"
    names = Table(
        [[_paragraph(_text(one), 7) for one in (words.NAME, "Signature", "Date")]],
        colWidths=[0.4 * width * mm, 0.4 * width * mm, 0.2 * width * mm],
        hAlign="LEFT",
    )
    names.setStyle([("LINEABOVE", (0, 0), (-1, -1), 0.5, (0, 0, 0))])
    changes = Table([[_paragraph(_text(words.CHANGES), 7)]], colWidths=[width * mm], hAlign="LEFT")
    changes.setStyle([("LINEABOVE", (0, 0), (-1, -1), 0.5, (0, 0, 0))])
    heading = _paragraph(f"<b>{_text(words.SIGNATURE)}</b><br/>{choice}", 8)
    return _boxed([heading, changes, names], gap=20)


def _boxed(content: list[Any], gap: float = 2) -> Any:
    from reportlab.lib.units import mm
    from reportlab.platypus import Table

    box = Table([[one] for one in content], colWidths=[sum(_WIDTHS_MM) * mm])
    box.setStyle(
        [
            ("BOX", (0, 0), (-1, -1), 1, (0, 0, 0)),
            ("BOTTOMPADDING", (0, 0), (-1, -2), gap),
            ("NOSPLIT", (0, 0), (-1, -1)),
        ]
    )
    return box


def _paragraph(markup: str, size: float, *, right: bool = False) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "plan", fontName=_FONT, fontSize=size, leading=1.22 * size, alignment=2 if right else 0
    )
    return Paragraph(markup, style)


def _small(markup: str) -> str:
    return f'<font size="6.8">{markup}</font>'


def _text(text: str) -> str:
    return escape(_western(text))


def _western(text: str) -> str:
    """`text` in the letters the built-in fonts have."""
    return text.encode("cp1252", "replace").decode("cp1252")
