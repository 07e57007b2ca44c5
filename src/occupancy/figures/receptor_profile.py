"""The picture of a receptor profile: every target with its band, saturated ones set apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

ROW = 22
KINDS = {"anchor": PALETTE[1], "informative": PALETTE[0], "saturated": GREY}


def profile_figure(document: Mapping[str, Any]) -> alt.TopLevelMixin:
    """Vega-Lite chart of a document of `receptor_profile`, the most occupied target on top."""
    import altair as alt

    anchor = document["anchor"]
    rows = [
        {
            "target": one["target"],
            "occupancy": 100 * one["occupancy"],
            "low": 100 * one["low"],
            "high": 100 * one["high"],
            "kind": "anchor"
            if one["target"] == anchor["target"]
            else ("saturated" if one["saturated"] else "informative"),
        }
        for one in document["targets"]
    ]
    order = [row["target"] for row in rows]
    base = alt.Chart(alt.InlineData(values=rows))
    colour = alt.Color(
        "kind:N", title=None, scale=alt.Scale(domain=list(KINDS), range=list(KINDS.values()))
    )
    target = alt.Y("target:N", title=None, sort=order)
    scale = alt.Scale(domain=[0, 100])
    bars = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        target, alt.X("low:Q", title="Occupancy (%)", scale=scale), alt.X2("high:Q"), colour
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        target, alt.X("occupancy:Q", scale=scale), colour
    )
    chart = (bars + points).properties(width=WIDTH - 80, height=ROW * len(rows))
    return finished(
        chart,
        f"{document['drug'].capitalize()} where it holds {100 * anchor['occupancy']:.0f} % of "
        f"{anchor['target']}",
        [
            document["verdict"],
            "Point: median; bar: 5 to 95 % of the affinity ratios, measured in vitro.",
        ],
    )
