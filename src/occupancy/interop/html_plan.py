"""A plan on a page to print: one self-contained HTML document, A4, no script, nothing fetched.

Warnings come first; what each day's dose is made of stands beside its dates, its occupancy with
the band, and the drop from the dose before. The disclaimer, the version, the date and the sources
stand at the foot of every printed page. The page becomes a plan when a prescriber signs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Final

from occupancy.interop import printed_words as words
from occupancy.interop.html_style import STYLE
from occupancy.interop.printed_words import Heading, PlanWords, Row, plan_words
from occupancy.taper.ladder import Band
from occupancy.taper.schedule import Schedule

#: Nothing may be loaded or run, whatever a product's name holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_COLUMNS: Final = ("number step", "dates", "number dose", "made", "occupancy", "drop")


def plan_page(
    schedule: Schedule,
    *,
    made_on: date,
    shopping: Sequence[str] = (),
    proof: Sequence[str] = (),
) -> str:
    """The plan as an HTML document; the same arguments give the same bytes.

    Args:
        schedule: the plan.
        made_on: the date on the page.
        shopping: lines of what the whole plan needs.
        proof: lines on how the plan was found and what no plan can beat.
    """
    content = plan_words(schedule, made_on, shopping, proof)
    body = "".join(
        [
            f'<span class="status">{escape(words.STATUS)}</span>',
            f"<h1>{escape(content.title)}</h1>",
            f'<p class="summary">{escape(content.summary)}</p>',
            _list_box("warnings", words.WARNINGS, content.warnings),
            _table(content),
            _boxes(content),
            _signature(),
        ]
    )
    foot = (
        f'<div class="foot"><strong>{escape(content.disclaimer)}</strong> '
        f"{escape(content.origin)}</div>"
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(content.title)}</title><style>{STYLE}</style></head><body>\n"
        # A footer of a table is what browsers repeat on every printed page.
        f'<table class="page" role="presentation"><tfoot><tr><td>{foot}</td></tr></tfoot>'
        f"<tbody><tr><td>{body}</td></tr></tbody></table>\n</body></html>\n"
    )


def _table(content: PlanWords) -> str:
    heads = "".join(map(_head, _COLUMNS, content.headings))
    rows = "".join(map(_row, content.rows))
    return f'<table class="plan"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _head(column: str, heading: Heading) -> str:
    second = escape(heading.second)
    if second:
        second = f"<br>{_small(second) if heading.small else second}"
    return f'<th class="{column}">{escape(heading.first)}{second}</th>'


def _row(row: Row) -> str:
    made = "<br>".join(map(escape, row.made))
    error = f" {_small(escape(row.error))}" if row.error else ""
    bar = "" if row.band is None else _bar(row.band)
    worst, mark = (" worst", f"<br>{_small('largest')}") if row.largest else ("", "")
    return (
        f'<tr><td class="number">{row.step}</td>'
        f'<td class="dates">{escape(row.dates)}<br>{_small(escape(row.length))}</td>'
        f'<td class="number dose">{row.dose}</td><td>{made}{error}</td>'
        f'<td>{escape(row.occupancy)}{bar}</td><td class="drop{worst}">{row.drop}{mark}</td></tr>'
    )


def _small(text: str) -> str:
    return f'<span class="small">{text}</span>'


def _bar(band: Band) -> str:
    """The band on a scale from 0 to 100 %, the median as a tick; the words above say the same."""
    low, middle, high = (100 * min(max(x, 0.0), 1.0) for x in (band.low, band.median, band.high))
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M0 5H100" stroke="#999" stroke-width="1"/>'
        f'<path d="M{low:.1f} 5H{high:.1f}" stroke="#777" stroke-width="6"/>'
        f'<path d="M{middle:.1f} 0V10" stroke="#000" stroke-width="1.5"/></svg>'
    )


def _boxes(content: PlanWords) -> str:
    boxes = _list_box("box", words.SHOPPING, content.shopping)
    boxes += _list_box("box", words.PROOF, content.proof)
    return f'<div class="boxes">{boxes}</div>' if boxes else ""


def _list_box(kind: str, title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<div class="{kind}"><h2>{escape(title)}</h2><ul>{items}</ul></div>'


def _signature() -> str:
    return (
        f'<div class="sign"><h2>{words.SIGNATURE}</h2>'
        f"<p>{words.CONSENT} ☐ {words.AS_ABOVE} &nbsp; ☐ {words.CHANGED}</p>"
        f'<div class="lines"><span>{words.CHANGES}</span></div>'
        f'<div class="lines"><span>{words.NAME}</span><span>Signature</span>'
        '<span class="short">Date</span></div></div>'
    )
