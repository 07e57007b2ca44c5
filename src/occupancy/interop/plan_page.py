"""A plan on a page to print: one self-contained HTML document, A4, no script, nothing fetched.

Warnings come first; what each day's dose is made of stands beside its dates, its occupancy with
the band, and the drop from the dose before. The disclaimer, the version, the date and the sources
stand at the foot of every printed page. The page becomes a plan when a prescriber signs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import Final

from occupancy.interop.plan_style import STYLE
from occupancy.interop.wording import (
    DISCLAIMER,
    how_to_make,
    made_by,
    number,
    percent,
    plain,
    points,
)
from occupancy.taper.ladder import BAND, Band
from occupancy.taper.schedule import Schedule, ScheduledStage

_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
#: Nothing may be loaded or run, whatever a product's name holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


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
    title = f"{plain(schedule.drug).capitalize()}: planned doses"
    body = "".join(
        [
            '<span class="status">Proposal, not a prescription</span>',
            f"<h1>{escape(title)}</h1>",
            f'<p class="summary">{escape(_summary(schedule))}</p>',
            _list_box("warnings", "Before anything else", schedule.warnings),
            _table(schedule),
            _boxes(schedule, shopping, proof),
            _signature(),
        ]
    )
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>\n"
        # A footer of a table is what browsers repeat on every printed page.
        f'<table class="page" role="presentation"><tfoot><tr><td>{_foot(schedule, made_on)}'
        f"</td></tr></tfoot><tbody><tr><td>{body}</td></tr></tbody></table>\n</body></html>\n"
    )


def _summary(schedule: Schedule) -> str:
    first, last = schedule.stages[0], schedule.stages[-1]
    steps = len(schedule.stages) - 1
    days = (last.start - first.start).days
    return (
        f"From {number(first.dose_mg)} mg to {number(last.dose_mg)} mg a day in "
        f"{steps} {'step' if steps == 1 else 'steps'} over {days} days, from {_day(first.start)} "
        f"to {_day(last.start)}."
    )


def _table(schedule: Schedule) -> str:
    target = f" of {plain(schedule.target)}" if schedule.target else ""
    low, _, high = BAND
    drops = [one.drop.median for one in schedule.stages if one.drop is not None]
    worst = max(drops, default=None)
    rows = "".join(_row(stage, worst) for stage in schedule.stages)
    return (
        '<table class="plan"><thead><tr><th class="number step">Step</th>'
        '<th class="dates">Dates</th>'
        '<th class="number dose">Planned,<br>mg a day</th><th>How it is made<br>'
        '<span class="small">(± largest error of measuring, a day)</span></th>'
        f'<th class="occupancy">Occupancy{escape(target)}<br>'
        f'<span class="small">median ({100 * low:.0f}–{100 * high:.0f} % band)</span></th>'
        '<th class="drop">Drop, points<br><span class="small">median (band)</span></th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _row(stage: ScheduledStage, worst: float | None) -> str:
    made = "<br>".join(escape(line) for line in how_to_make(stage))
    if not made:
        made = "nothing" if stage.dose_mg == 0 else "no recipe: these products do not make it"
    error = sum(intake.recipe.error_mg for intake in stage.intakes)
    if error > 0:
        made += f' <span class="small">(±{number(error)} mg)</span>'
    occupancy = "–" if stage.occupancy is None else percent(stage.occupancy) + _bar(stage.occupancy)
    drop, mark = "–", ""
    if stage.drop is not None:
        drop = points(stage.drop)
        if stage.drop.median == worst and worst > 0:
            drop, mark = f'{drop}<br><span class="small">largest</span>', " worst"
    return (
        f'<tr><td class="number">{stage.step}</td><td class="dates">{_dates(stage)}</td>'
        f'<td class="number dose">{number(stage.dose_mg)}</td><td>{made}</td>'
        f'<td>{occupancy}</td><td class="drop{mark}">{drop}</td></tr>'
    )


def _dates(stage: ScheduledStage) -> str:
    if stage.end is None:
        return f'from {_day(stage.start)}<br><span class="small">no end is planned</span>'
    last = stage.end - timedelta(days=1)
    days = "1 day" if stage.days == 1 else f"{stage.days} days"
    span = _day(stage.start) if last == stage.start else f"{_day(stage.start)} – {_day(last)}"
    return f'{span}<br><span class="small">{days}</span>'


def _bar(band: Band) -> str:
    """The band on a scale from 0 to 100 %, the median as a tick; the words above say the same."""
    low, middle, high = (100 * min(max(x, 0.0), 1.0) for x in (band.low, band.median, band.high))
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M0 5H100" stroke="#999" stroke-width="1"/>'
        f'<path d="M{low:.1f} 5H{high:.1f}" stroke="#777" stroke-width="6"/>'
        f'<path d="M{middle:.1f} 0V10" stroke="#000" stroke-width="1.5"/></svg>'
    )


def _boxes(schedule: Schedule, shopping: Sequence[str], proof: Sequence[str]) -> str:
    boxes = _list_box("box", "What the whole plan needs", shopping)
    boxes += _list_box("box", "How the plan was found", proof)
    return f'<div class="boxes">{boxes}</div>' if boxes else ""


def _list_box(kind: str, title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    items = "".join(f"<li>{escape(plain(line))}</li>" for line in lines)
    return f'<div class="{kind}"><h2>{escape(title)}</h2><ul>{items}</ul></div>'


def _signature() -> str:
    return (
        '<div class="sign"><h2>The prescriber’s own plan</h2>'
        "<p>These doses become a plan when the person who prescribes makes them their own: "
        "☐ as above &nbsp; ☐ with these changes:</p>"
        '<div class="lines"><span>Changes, and when to meet again</span></div>'
        '<div class="lines"><span>Name of the prescriber</span><span>Signature</span>'
        '<span class="short">Date</span></div></div>'
    )


def _foot(schedule: Schedule, made_on: date) -> str:
    sources = "; ".join(plain(source) for source in schedule.sources) or "none given"
    made = (
        f"{made_by(schedule)}, {_day(made_on)}. Plan {plain(schedule.plan_id)}, revision "
        f"{schedule.revision}."
    )
    return (
        f'<div class="foot"><strong>{escape(DISCLAIMER)}</strong> {escape(made)} '
        f"Sources: {escape(sources)}.</div>"
    )


def _day(day: date) -> str:
    """ "1 Dec 2026": no reader takes the month for the day, whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
