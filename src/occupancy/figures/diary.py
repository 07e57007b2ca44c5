"""The picture of a report: planned and taken, predicted occupancy, what was felt, on one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.diary.report_lines import FollowedLine, ReportDocument

#: Series drawn at most, those with the most days first.
MOST_SERIES: Final = 4
_HEIGHTS: Final = {"dose": 64, "occupancy": 84, "felt": 54}


def report_figure(document: ReportDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a report: dose, predicted occupancy with its band, each series felt.

    Dashed lines are the days of the plan's steps.
    """
    import altair as alt

    panels = [_doses(document)]
    if document.predicted is not None and document.predicted.days:
        panels.append(_occupancy(document))
    series = sorted(document.followed, key=lambda one: -len(one.days))[:MOST_SERIES]
    panels += [
        _felt(document, one, PALETTE[(k + 1) % len(PALETTE)])
        for k, one in enumerate(series)
        if one.days
    ]
    panels.append(_days(document))
    # One axis of days, below the last panel.
    chart = alt.vconcat(*panels, spacing=6).resolve_scale(x="shared")
    who = f"{document.name}: " if document.name else ""
    band = (
        "" if document.predicted is None else f" Band: {document.predicted.level:.0%} uncertainty."
    )
    return finished(
        chart,
        f"{who}planned, taken and felt",
        [
            f"{document.drug}, {document.first_day} to {document.today}. Black: planned; blue: "
            f"taken; dashed: steps.{band}"
        ],
    )


def _day(document: ReportDocument, field: str = "day", *, labels: bool = False) -> Any:
    import altair as alt

    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(domain=[document.first_day, f"{document.today}T23:59"], nice=False),
        axis=alt.Axis(format="%-d %b", grid=False, labels=labels, ticks=labels),
    )


def _steps(document: ReportDocument) -> Any:
    import altair as alt

    rows = [{"day": one} for one in document.steps]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_rule(strokeDash=[4, 3], color=GREY, strokeWidth=0.8)
        .encode(_day(document))
    )


def _days(document: ReportDocument) -> Any:
    """The axis of days alone."""
    import altair as alt

    rows = [{"day": document.first_day}]
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(opacity=0)
        .encode(_day(document, labels=True))
        .properties(width=WIDTH, height=2)
    )


def _doses(document: ReportDocument) -> Any:
    import altair as alt

    taken = [
        {"first": one.first_day, "last": f"{one.last_day}T23:59", "mg": one.dose_mg}
        for one in document.taken
    ]
    points = (
        alt.Chart(alt.InlineData(values=taken))
        .mark_rule(strokeWidth=5, color=PALETTE[0], opacity=0.55)
        .encode(_day(document, "first"), alt.X2("last"), alt.Y("mg:Q", title="mg a day"))
    )
    if document.plan is None:
        return (points + _steps(document)).properties(width=WIDTH, height=_HEIGHTS["dose"])
    planned = [
        {
            "first": max(one.first_day or document.first_day, document.first_day),
            "last": f"{min(one.last_day or document.today, document.today)}T23:59",
            "mg": one.dose_mg,
        }
        for one in document.plan.steps
        if (one.first_day or "") <= document.today
        and (one.last_day or document.today) >= document.first_day
    ]
    line = (
        alt.Chart(alt.InlineData(values=planned))
        .mark_rule(strokeWidth=1.4, color="black")
        .encode(_day(document, "first"), alt.X2("last"), alt.Y("mg:Q", title="mg a day"))
    )
    return (points + line + _steps(document)).properties(width=WIDTH, height=_HEIGHTS["dose"])


def _occupancy(document: ReportDocument) -> Any:
    import altair as alt

    found = document.predicted
    assert found is not None
    rows = [
        {"day": day, "median": 100 * m, "low": 100 * low, "high": 100 * high}
        for day, m, low, high in zip(found.days, found.median, found.low, found.high, strict=True)
    ]
    base = alt.Chart(alt.InlineData(values=rows))
    scale = alt.Scale(domain=[0, 100])
    title = [f"{found.target} (%)", "predicted"]
    band = base.mark_area(opacity=BAND_OPACITY, color=PALETTE[0]).encode(
        _day(document), alt.Y("low:Q", title=title, scale=scale), alt.Y2("high:Q")
    )
    line = base.mark_line(strokeWidth=1.6, color=PALETTE[0]).encode(
        _day(document), alt.Y("median:Q", scale=scale, title=title)
    )
    return (band + line + _steps(document)).properties(width=WIDTH, height=_HEIGHTS["occupancy"])


def _felt(document: ReportDocument, one: FollowedLine, colour: str) -> Any:
    import altair as alt

    rows = [{"day": d, "value": v} for d, v in zip(one.days, one.values, strict=True)]
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y(
        "value:Q",
        title=[*one.name.split(" "), one.unit],
        scale=alt.Scale(zero=False),
        axis=alt.Axis(tickCount=4),
    )
    line = base.mark_line(strokeWidth=0.8, color=colour, opacity=0.6).encode(_day(document), y)
    dots = base.mark_point(size=9, filled=True, color=colour, opacity=1).encode(_day(document), y)
    return (line + dots + _steps(document)).properties(width=WIDTH, height=_HEIGHTS["felt"])
