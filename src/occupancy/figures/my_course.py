"""The picture of somebody's own course: plan, taken, predicted and felt on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from occupancy.figures.style import (
    BAND_OPACITY,
    GREY,
    MARK,
    PALETTE,
    WIDTH,
    Rows,
    finished,
    named,
)

if TYPE_CHECKING:
    import altair as alt

#: Data that the picture takes, and the columns of their rows.
COLUMNS: Final = {
    "planned": ("at", "dose", "occupancy"),
    "taken": ("at", "dose"),
    "missed": ("at", "dose"),
    "predicted": ("at", "median", "low", "high"),
    "felt": ("at", "value", "what"),
}


def my_course_figure(
    rows: Rows, *, first: str, last: str, target: str, subtitle: list[str]
) -> alt.TopLevelMixin:
    """Vega-Lite chart of doses, occupancy and what was felt, one under the other.

    Args:
        rows: as in `COLUMNS`; times as local ISO text, doses mg, occupancies percent, what was
            felt as a share of its own range in percent.
        first: local ISO time at which the axis begins; `last` at which it ends.
        target: whose occupancy it is.
        subtitle: lines under the title.
    """
    import altair as alt

    # Days are written out, so that a clock that was put forward moves nothing.
    day = alt.X(
        "at:T",
        title=None,
        scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(format="%-d %b", labelOverlap=True, tickCount=8),
    )
    panels: list[Any] = [_doses(day).properties(width=WIDTH, height=130)]
    if rows.get("predicted") or rows.get("planned"):
        panels.append(_occupancy(day, target).properties(width=WIDTH, height=200))
    if rows.get("felt"):
        panels.append(_felt(rows, day).properties(width=WIDTH, height=170))
    chart = alt.vconcat(*panels, spacing=16).resolve_scale(color="independent", shape="independent")
    return finished(chart, "Plan, taken, predicted and felt", subtitle, rows)


def _doses(day: Any) -> Any:
    import altair as alt

    dose = alt.Y("dose:Q", title="Dose (mg)", scale=alt.Scale(zero=True))
    planned = (
        alt.Chart(named("planned"))
        .mark_line(interpolate="step-after", color=GREY, strokeDash=[4, 3], clip=True)
        .encode(day, dose)
    )
    taken = (
        alt.Chart(named("taken"))
        .mark_point(filled=True, size=42, color=PALETTE[0], opacity=0.9, clip=True)
        .encode(day, dose, tooltip=["at:T", "dose:Q"])
    )
    missed = (
        alt.Chart(named("missed"))
        .mark_point(shape="cross", angle=45, size=70, color=MARK, filled=True, clip=True)
        .encode(day, dose, tooltip=["at:T"])
    )
    return planned + taken + missed


def _occupancy(day: Any, target: str) -> Any:
    import altair as alt

    percent = alt.Scale(domain=[0, 100])
    title = f"{target} occupancy (%)"
    base = alt.Chart(named("predicted"))
    band = base.mark_area(opacity=BAND_OPACITY, color=PALETTE[0], clip=True).encode(
        day, alt.Y("low:Q", scale=percent, title=title), alt.Y2("high:Q")
    )
    line = base.mark_line(color=PALETTE[0], strokeWidth=1.8, clip=True).encode(
        day, alt.Y("median:Q", scale=percent)
    )
    planned = (
        alt.Chart(named("planned"))
        .mark_line(interpolate="step-after", color=GREY, strokeDash=[4, 3], clip=True)
        .encode(day, alt.Y("occupancy:Q", scale=percent))
    )
    return band + line + planned


def _felt(rows: Rows, day: Any) -> Any:
    import altair as alt

    names = sorted({row["what"] for row in rows["felt"]})
    colour = alt.Color(
        "what:N",
        title="Share of its own range",
        sort=names,
        scale=alt.Scale(
            domain=names, range=[PALETTE[(k + 1) % len(PALETTE)] for k in range(len(names))]
        ),
    )
    value = alt.Y("value:Q", title="Felt (% of range)", scale=alt.Scale(domain=[0, 100]))
    base = alt.Chart(named("felt"))
    line = base.mark_line(strokeWidth=1.4, clip=True).encode(day, value, colour)
    dots = base.mark_point(filled=True, size=34, opacity=1, clip=True).encode(
        day, value, colour, tooltip=["at:T", "what:N", alt.Tooltip("value:Q", format=".0f")]
    )
    return line + dots
