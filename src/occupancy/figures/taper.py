"""The picture of a taper: dose and occupancy over time, the other methods beside the plan."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.taper.documents import TaperDocument

#: Days drawn before the first change and after the last.
MARGIN = 0.06


def taper_figure(document: TaperDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a taper document: dose, occupancy, and the withdrawal drive if there.

    The plan is the thick line with its band; the drawn methods are those of the document.
    """
    import altair as alt

    end = _last_day(document)
    rows = _methods(document, end)
    names = list(dict.fromkeys(row["method"] for row in rows))
    colour = alt.Color(
        "method:N",
        title="Method: steps, largest fall of occupancy",
        scale=alt.Scale(domain=names, range=[PALETTE[k % len(PALETTE)] for k in range(len(names))]),
        sort=names,
        legend=alt.Legend(orient="top", columns=2, titleLimit=WIDTH),
    )
    last = alt.X(
        "day:Q",
        title="Days from the first change",
        scale=alt.Scale(domain=[-MARGIN * end, (1 + MARGIN) * end], nice=False),
    )
    day = last.title(None)
    panels = [
        _lines(rows, names[0], day, colour, "dose", "Dose (mg a day)", alt.Scale(type="sqrt")),
        _occupancy(document, rows, names[0], day, colour.legend(None), end),
    ]
    if document.drive is not None:
        panels.append(_drive(document, last))
    worst = 100 * document.worst_drop
    at_once = 100 * (document.start.occupancy.median - document.steps[-1].occupancy.median)
    subtitle = [
        f"{len(document.steps)} steps, {document.method}: the largest fall of {document.target} "
        f"occupancy in a step is {worst:.1f} points (stopping at once: {at_once:.0f}).",
        f"Band: {document.band.level:.0%} of {document.band.contains}, of the plan. "
        "Dose on a square-root scale.",
    ]
    if document.drive is not None:
        subtitle.append(document.drive.caveat)
    chart = alt.vconcat(*panels, spacing=16).resolve_scale(
        color="independent", strokeDash="independent"
    )
    return finished(chart, f"{_capital(document.regimen)}, down to {_end(document)}", subtitle)


def _methods(document: TaperDocument, end: float) -> list[dict[str, Any]]:
    """Rows of every method's steps, the plan first, each beginning before the first change."""
    start = document.start
    plan = [(s.start_day, s.dose_mg, s.occupancy.median) for s in document.steps]
    label = (
        f"{document.method}, {len(document.steps)} steps: {100 * document.worst_drop:.1f} points"
    )
    found = _path(label, start.dose_mg, start.occupancy.median, plan, end)
    for one in document.alternatives:
        if one.method == document.method:
            continue
        steps = list(zip(one.start_day, one.dose_mg[1:], one.occupancy[1:], strict=True))
        name = _label(one.method, one.steps, one.worst_drop)
        found += _path(name, one.dose_mg[0], one.occupancy[0], steps, end)
    return found


def _label(method: str, steps: int, worst_drop: float) -> str:
    return f"{method}, {steps} steps: {100 * worst_drop:.1f} points"


def _path(
    method: str,
    dose: float,
    occupancy: float,
    steps: list[tuple[int, float, float]],
    end: float,
) -> list[dict[str, Any]]:
    points = [(-MARGIN * end, dose, occupancy), *((float(d), m, o) for d, m, o in steps)]
    points = [one for one in points if one[0] <= end]
    points.append(((1 + MARGIN) * end, *points[-1][1:]))
    return [
        {"method": method, "day": day, "dose": mg, "occupancy": 100 * theta}
        for day, mg, theta in points
    ]


def _lines(
    rows: list[dict[str, Any]],
    plan: str,
    day: Any,
    colour: Any,
    field: str,
    title: str,
    scale: Any,
) -> Any:
    """Steps of every method; the plan thicker than the others."""
    import altair as alt

    y = alt.Y(f"{field}:Q", title=title, scale=scale)
    charts = [
        alt.Chart(alt.InlineData(values=part))
        .mark_line(interpolate="step-after", strokeWidth=width, opacity=opacity)
        .encode(day, y, colour, tooltip=["method:N", "day:Q", alt.Tooltip(f"{field}:Q")])
        for part, width, opacity in (
            ([row for row in rows if row["method"] != plan], 1.2, 0.75),
            ([row for row in rows if row["method"] == plan], 3.0, 1.0),
        )
        if part
    ]
    return alt.layer(*charts).properties(width=WIDTH, height=190)


def _occupancy(
    document: TaperDocument,
    rows: list[dict[str, Any]],
    plan: str,
    day: Any,
    colour: Any,
    end: float,
) -> Any:
    """The steps of occupancy, with the plan's band."""
    import altair as alt

    lines = [document.start, *document.steps]
    days = [-MARGIN * end, *(float(s.start_day) for s in document.steps), (1 + MARGIN) * end]
    band = [
        {"day": at, "low": 100 * one.occupancy.low, "high": 100 * one.occupancy.high}
        for one, (first, last) in zip(lines, pairwise(days), strict=True)
        for at in (first, last)
    ]
    scale = alt.Scale(domain=[0, 100])
    shade = (
        alt.Chart(alt.InlineData(values=band))
        .mark_area(opacity=BAND_OPACITY, color=PALETTE[0])
        .encode(day, alt.Y("low:Q", scale=scale), alt.Y2("high:Q"))
    )
    title = f"{document.target} occupancy (%)"
    steps = _lines(rows, plan, day, colour, "occupancy", title, scale)
    return alt.layer(shade, steps).properties(width=WIDTH, height=230)


def _drive(document: TaperDocument, day: Any) -> Any:
    """The withdrawal drive of the plan on each scale, as a share of its own peak."""
    import altair as alt

    assert document.drive is not None
    rows = [
        {"day": at, "share": value / scale.peak.median, "scale": f"on {scale.scale}"}
        for scale in document.drive.scales
        if scale.peak.median > 0
        for at, value in zip(scale.time_day, scale.value, strict=True)
    ]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(color=GREY, strokeWidth=1.6, clip=True)
        .encode(
            day,
            alt.Y(
                "share:Q",
                title=["Withdrawal drive", "(share of its peak)"],
                scale=alt.Scale(domain=[0, 1.05], nice=False),
            ),
            strokeDash=alt.StrokeDash(
                "scale:N", title="Uncalibrated index", legend=alt.Legend(orient="top")
            ),
        )
        .properties(width=WIDTH, height=110)
    )


def _last_day(document: TaperDocument) -> float:
    """Days drawn: the plan's, and at most as many again for a slower method."""
    last = float(max(document.steps[-1].start_day, 1))
    others = [float(one.start_day[-1]) for one in document.alternatives]
    return min(max([last, *others]), 1.6 * last)


def _end(document: TaperDocument) -> str:
    return f"{document.steps[-1].dose_mg:g} mg"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
