"""The picture of a curve: dose against occupancy, band, published points, rival curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from occupancy.figures.style import (
    BAND_OPACITY,
    GREY,
    MARK,
    PALETTE,
    WIDTH,
    WINDOW,
    Rows,
    finished,
    named,
)

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.documents import CurveDocument, CurvePoint

#: How far past the highest dose of the curve a published point is still shown.
PAST = 1.05


def curve_rows(document: CurveDocument, chosen: CurvePoint | None = None) -> Rows:
    """The data of `curve_figure`: rows of the curve, its rivals, the studies and the window."""
    highest = max(p.dose_mg for p in document.points)
    window = document.window
    return {
        "curve": [_row(p) for p in document.points],
        "rivals": [
            {"dose": p.dose_mg, "occupancy": 100 * y, "curve": f"{r.source} ({r.name})"}
            for r in document.rivals
            for p, y in zip(document.points, r.occupancy, strict=True)
        ],
        "observed": [
            {
                "dose": o.dose_mg,
                "occupancy": 100 * o.occupancy,
                "low": 100 * (o.low if o.low is not None else o.occupancy),
                "high": 100 * (o.high if o.high is not None else o.occupancy),
                "study": o.source,
                "detail": ", ".join(
                    x for x in (o.regimen, o.region, f"n={o.n}" if o.n else "") if x
                ),
            }
            for o in document.observed
            if o.dose_mg <= PAST * highest
        ],
        "window": [] if window is None else [{"low": 100 * window.low, "high": 100 * window.high}],
        **chosen_rows(chosen),
    }


def chosen_rows(chosen: CurvePoint | None) -> Rows:
    """The part of `curve_rows` that another dose changes."""
    return {"chosen": [] if chosen is None else [_row(chosen)]}


def _row(point: CurvePoint) -> dict[str, Any]:
    return {
        "dose": point.dose_mg,
        "median": 100 * point.occupancy.median,
        "low": 100 * point.occupancy.low,
        "high": 100 * point.occupancy.high,
    }


def curve_figure(document: CurveDocument, chosen: CurvePoint | None = None) -> alt.TopLevelMixin:
    """Vega-Lite chart of a curve document; `chosen` marks one dose on it."""
    import altair as alt

    target = document.target
    rows = curve_rows(document, chosen)
    unit = "mg per day" if document.interval_h == 24 else f"mg every {document.interval_h / 24:g} d"
    dose = alt.X("dose:Q", title=f"Dose ({unit})", scale=alt.Scale(nice=False))
    percent = alt.Scale(domain=[0, 100])
    layers: list[Any] = [_window()] if rows["window"] else []
    base = alt.Chart(named("curve"))
    layers.append(
        base.mark_area(opacity=BAND_OPACITY, color=PALETTE[0]).encode(
            dose, alt.Y("low:Q", scale=percent, title=f"{target} occupancy (%)"), alt.Y2("high:Q")
        )
    )
    layers.extend(_rivals() if rows["rivals"] else [])
    layers.append(
        base.mark_line(color=PALETTE[0], strokeWidth=2.5).encode(
            dose,
            alt.Y("median:Q", scale=percent),
            tooltip=[
                alt.Tooltip("dose:Q", title="dose, mg"),
                alt.Tooltip("median:Q", title="occupancy, %", format=".1f"),
                alt.Tooltip("low:Q", format=".1f"),
                alt.Tooltip("high:Q", format=".1f"),
            ],
        )
    )
    layers.extend(_observed() if rows["observed"] else [])
    layers.extend(_chosen() if chosen is not None else [])
    band = document.band
    subtitle = [
        f"Line: {'measured in people' if document.basis == 'in vivo' else 'anchored from Ki'}, "
        f"{document.model}{', ' + document.region if document.region else ''}; "
        f"band: {band.level:.0%} of {band.contains}.",
    ]
    if document.window is not None:
        subtitle.append(f"Shaded: {document.window.name} - a convention, not a prediction.")
    name = document.drug if document.form == "tablet" else f"{document.drug} {document.form}"
    chart = alt.layer(*layers).properties(width=WIDTH, height=360)
    return finished(chart, f"{name.capitalize()}: dose and {target} occupancy", subtitle, rows)


def _chosen() -> list[Any]:
    """A dose that somebody asks about: its band as a rule, its median as a ring."""
    import altair as alt

    base = alt.Chart(named("chosen"))
    rule = base.mark_rule(color=MARK, strokeWidth=2).encode(
        alt.X("dose:Q"), alt.Y("low:Q"), alt.Y2("high:Q")
    )
    ring = base.mark_point(color=MARK, filled=True, size=110, opacity=1).encode(
        alt.X("dose:Q"), alt.Y("median:Q")
    )
    return [rule, ring]


def _window() -> Any:
    import altair as alt

    return (
        alt.Chart(named("window"))
        .mark_rect(opacity=0.10, color=WINDOW)
        .encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    )


def _rivals() -> list[Any]:
    import altair as alt

    line = (
        alt.Chart(named("rivals"))
        .mark_line(color=GREY, strokeWidth=1)
        .encode(
            alt.X("dose:Q"),
            alt.Y("occupancy:Q"),
            strokeDash=alt.StrokeDash("curve:N", title="Other published curves"),
        )
    )
    return [line]


def _observed() -> list[Any]:
    import altair as alt

    base = alt.Chart(named("observed"))
    bars = base.mark_rule(color="#333", opacity=0.5).encode(
        alt.X("dose:Q"), alt.Y("low:Q"), alt.Y2("high:Q")
    )
    dots = base.mark_point(filled=True, size=46, color="#333", opacity=0.85).encode(
        alt.X("dose:Q"),
        alt.Y("occupancy:Q"),
        shape=alt.Shape("study:N", title="Published means"),
        tooltip=["study:N", "dose:Q", alt.Tooltip("occupancy:Q", format=".1f"), "detail:N"],
    )
    return [bars, dots]
