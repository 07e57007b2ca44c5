"""The picture of a person: measured levels on their course, residuals and influence of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.inference.documents import PersonaliseDocument

PANEL_HEIGHT = 200


def personal_figure(document: PersonaliseDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a personalise document."""
    import altair as alt

    panels = [_course(document), _residuals(document)]
    doubt = document.disagreement
    subtitle = [
        f"Kinetics {document.kinetics}; band: {document.band.level:.0%} of what the levels leave "
        "open.",
        f"Probability that other doses were taken than stated: {doubt.probability:.0%} "
        f"(before the levels {doubt.prior:.0%}).",
    ]
    title = f"{document.drug.capitalize()}: this person's levels"
    return finished(alt.vconcat(*panels, spacing=24), title, subtitle)


def _course(document: PersonaliseDocument) -> Any:
    import altair as alt

    measured = {name for one in document.levels for name in one.analyte.split(" + ")}
    rows = [
        {"day": t / 24, "median": m, "low": lo, "high": hi, "analyte": one.analyte}
        for one in document.course.analytes
        if one.analyte in measured
        for t, m, lo, hi in zip(
            one.time_h,
            one.concentration_ng_mL.median,
            one.concentration_ng_mL.low,
            one.concentration_ng_mL.high,
            strict=True,
        )
    ]
    last = max((row["day"] for row in rows), default=0.0)
    dots = [
        {"day": one.time_h / 24, "level": one.observed_ng_mL, "text": one.text}
        for one in document.levels
        if one.time_h / 24 <= last and not one.below
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    day = alt.X("day:Q", title="Days", scale=alt.Scale(nice=False))
    colour = alt.Color("analyte:N", title=None, scale=alt.Scale(range=list(PALETTE)))
    band = base.mark_area(opacity=BAND_OPACITY).encode(
        day, alt.Y("low:Q", title="Plasma (ng/mL)"), alt.Y2("high:Q"), colour
    )
    line = base.mark_line(strokeWidth=2).encode(day, alt.Y("median:Q"), colour)
    points = (
        alt.Chart(alt.InlineData(values=dots))
        .mark_point(filled=True, size=70, color="#333")
        .encode(alt.X("day:Q"), alt.Y("level:Q"), tooltip=["text:N", "level:Q"])
    )
    return alt.layer(band, line, points).properties(width=WIDTH, height=PANEL_HEIGHT)


def _residuals(document: PersonaliseDocument) -> Any:
    import altair as alt

    rows = [
        {
            "level": one.text,
            "residual": one.residual,
            "influence": one.influence if one.influence is not None else 0.0,
        }
        for one in document.levels
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    level = alt.Y("level:N", title=None, sort=None, axis=alt.Axis(labelLimit=260))
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(color=GREY).encode(alt.X("x:Q"))
    residual = (
        zero
        + base.mark_point(filled=True, size=70, color=PALETTE[0]).encode(
            alt.X("residual:Q", title="Residual (SDs of the log)", scale=alt.Scale(domain=[-4, 4])),
            level,
        )
    ).properties(width=WIDTH // 2 - 150)
    influence = (
        base.mark_bar(color=PALETTE[4], height=10)
        .encode(alt.X("influence:Q", title="Influence (posterior SDs)"), level)
        .properties(width=WIDTH // 2 - 150)
    )
    return residual | influence
