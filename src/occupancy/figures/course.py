"""The picture of a course: occupancy over time above, concentrations below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, PALETTE, WIDTH, WINDOW, Rows, finished, named

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.answer import Spreads
    from occupancy.course.documents import CompareDocument, CourseDocument


def course_rows(document: CourseDocument) -> Rows:
    """The data of `course_figure`: rows of occupancy, concentration and window."""
    windows = [t.window for t in document.targets if t.window is not None]
    shaded = windows[:1] if len(document.targets) == 1 else []
    return {
        "occupancy": [
            row
            for one in document.targets
            for row in _rows(one.time_h, one.occupancy, one.target, 100.0)
        ],
        "concentration": [
            row
            for one in document.analytes
            for row in _rows(one.time_h, one.concentration_ng_mL, one.analyte, 1.0)
        ],
        "window": [{"low": 100 * one.low, "high": 100 * one.high} for one in shaded],
    }


def course_figure(document: CourseDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a course document: one panel of occupancy, one of concentration."""
    import altair as alt

    rows = course_rows(document)
    last = _last_day(rows["occupancy"] or rows["concentration"])
    panels: list[Any] = []
    if rows["occupancy"]:
        names = [one.target for one in document.targets]
        panel = _panel("occupancy", names, "Occupancy (%)", "Target", last, [0, 100])
        if rows["window"]:
            shade = (
                alt.Chart(named("window"))
                .mark_rect(opacity=0.10, color=WINDOW)
                .encode(alt.Y("low:Q"), alt.Y2("high:Q"))
            )
            panel = shade + panel
        panels.append(panel.properties(width=WIDTH, height=260))
    analytes = [one.analyte for one in document.analytes]
    panels.append(
        _panel("concentration", analytes, "Plasma (ng/mL)", "Analyte", last, None).properties(
            width=WIDTH, height=150
        )
    )
    band = document.band
    chart = alt.vconcat(*panels, spacing=18).resolve_scale(color="independent")
    return finished(
        chart,
        document.regimen[:1].upper() + document.regimen[1:],
        [
            *_person(document),
            f"Line: median; band: {band.level:.0%} of {band.contains}.",
            *_windows(document),
        ],
        rows,
    )


def compare_rows(document: CompareDocument) -> Rows:
    """The data of `compare_figure`: rows of occupancy under the name of each target."""
    targets = list(dict.fromkeys(t.target for c in document.courses for t in c.targets))
    return {
        target: [
            row
            for course in document.courses
            for one in course.targets
            if one.target == target
            for row in _rows(one.time_h, one.occupancy, course.regimen, 100.0)
        ]
        for target in targets
    }


def compare_figure(document: CompareDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of several courses: one panel per target, one colour per regimen."""
    import altair as alt

    data = compare_rows(document)
    panels: list[Any] = []
    for target, rows in data.items():
        names = list(dict.fromkeys(row["name"] for row in rows))
        panels.append(
            _panel(target, names, f"{target} (%)", "Regimen", _last_day(rows), [0, 100]).properties(
                width=WIDTH, height=200
            )
        )
    chart = alt.vconcat(*panels, spacing=18)
    band = document.courses[0].band
    return finished(
        chart,
        "Occupancy under each regimen",
        [f"Line: median; band: {band.level:.0%} of {band.contains}."],
        data,
    )


def _rows(time_h: list[float], series: Spreads, name: str, scale: float) -> list[dict[str, Any]]:
    return [
        {
            "day": t / 24.0,
            "median": scale * m,
            "low": scale * low,
            "high": scale * high,
            "name": name,
        }
        for t, m, low, high in zip(time_h, series.median, series.low, series.high, strict=True)
    ]


def _panel(
    data: str,
    names: list[str],
    title: str,
    legend: str,
    last: float,
    domain: list[float] | None,
) -> Any:
    import altair as alt

    colour = alt.Color(
        "name:N",
        title=legend,
        sort=names,
        legend=alt.Legend(symbolOpacity=1),
        scale=alt.Scale(domain=names, range=list(PALETTE[: len(names)])),
    )
    day = alt.X("day:Q", title="Day", scale=alt.Scale(domain=[0, last], nice=False))
    scale = alt.Scale(domain=domain) if domain is not None else alt.Scale(zero=True)
    base = alt.Chart(named(data))
    band = base.mark_area(opacity=BAND_OPACITY).encode(
        day, alt.Y("low:Q", title=title, scale=scale), alt.Y2("high:Q"), colour
    )
    line = base.mark_line(strokeWidth=1.8).encode(day, alt.Y("median:Q", scale=scale), colour)
    return band + line


def _last_day(rows: list[dict[str, Any]]) -> float:
    return max((row["day"] for row in rows), default=1.0)


def _person(document: CourseDocument) -> list[str]:
    effects = document.person.effects
    return ["; ".join(one.rstrip(".") for one in effects) + "."] if effects else []


def _windows(document: CourseDocument) -> list[str]:
    if len(document.targets) != 1 or document.targets[0].window is None:
        return []
    return [f"Shaded: {document.targets[0].window.name} - a convention, not a prediction."]
