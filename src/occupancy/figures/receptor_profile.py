"""The picture of a receptor profile: every target with its band, nearly full ones set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from occupancy.figures.style import GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.profile_document import ProfileDocument, ProfileLine

ROW = 24
IN_VIVO, FROM_KI, STATED = "measured in people", "from affinities", "stated"
GRADED, FULL = "tells doses apart", "nearly full: does not"
COLOURS = {GRADED: PALETTE[0], FULL: GREY}
SHAPES = {IN_VIVO: "circle", STATED: "square", FROM_KI: "diamond"}


def profile_figure(document: ProfileDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a profile document, the most occupied target on top."""
    import altair as alt

    rows = [_row(one) for one in document.targets]
    base = alt.Chart(alt.InlineData(values=rows))
    target = alt.Y(
        "target:N",
        title=None,
        sort=[row["target"] for row in rows],
        axis=alt.Axis(ticks=False, domain=False, labelFontSize=12, labelLimit=160, labelPadding=10),
    )
    scale = alt.Scale(domain=[0, 100])
    colour = alt.Color(
        "kind:N",
        title="Occupancy",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
    )
    bands = base.mark_rule(strokeWidth=2, opacity=0.5).encode(
        target, alt.X("low:Q", title="Occupancy (%)", scale=scale), alt.X2("high:Q"), colour
    )
    points = base.mark_point(filled=True, size=90, opacity=1).encode(
        target,
        alt.X("occupancy:Q", scale=scale),
        colour,
        alt.Shape(
            "basis:N",
            title="Known",
            scale=alt.Scale(
                domain=[one for one in SHAPES if any(row["basis"] == one for row in rows)],
                range=[SHAPES[one] for one in SHAPES if any(row["basis"] == one for row in rows)],
            ),
        ),
        tooltip=[
            "target:N",
            alt.Tooltip("occupancy:Q", format=".1f"),
            alt.Tooltip("low:Q", format=".1f"),
            alt.Tooltip("high:Q", format=".1f"),
            "Ki:N",
        ],
    )
    layers: list[Any] = [bands]
    if document.regimen is not None:
        layers.append(
            base.mark_bar(height=9, opacity=0.35).encode(
                target, alt.X("lowest:Q", scale=scale), alt.X2("highest:Q"), colour
            )
        )
    chart = alt.layer(*layers, points).properties(width=WIDTH - 120, height=ROW * len(rows))
    held = next(one for one in document.targets if one.target == document.anchor)
    where = (
        f"Where it holds {100 * held.occupancy.median:.0f} % of {document.anchor}"
        if document.regimen is None
        else f"Over one dosing cycle: {document.regimen}"
    )
    means = f"Point: median; line: {document.band.level:.0%} of {document.band.contains}"
    if document.regimen is not None:
        means += "; broad bar: lowest to highest over the cycle"
    return finished(
        chart,
        f"{document.drug.capitalize()} at its receptors",
        [f"{where}.", f"{means}.", document.verdict],
    )


def _row(one: ProfileLine) -> dict[str, Any]:
    return {
        "target": one.target,
        "occupancy": 100 * one.occupancy.median,
        "low": 100 * one.occupancy.low,
        "high": 100 * one.occupancy.high,
        "lowest": 100 * one.lowest.median,
        "highest": 100 * one.highest.median,
        "kind": FULL if one.saturated else GRADED,
        "basis": {"in vivo": IN_VIVO, "stated": STATED}.get(one.basis, FROM_KI),
        "Ki": ", ".join(f"{Ki:.3g} nM" for Ki in one.Ki_nM),
    }
