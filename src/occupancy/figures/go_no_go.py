"""The picture of Go against No-Go: rates and the brake as the D2 signal is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

RATIOS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0)
NAMES = {
    "striatal_d2": "striatum, No-Go cells",
    "gpe": "external pallidum",
    "stn": "subthalamic nucleus",
    "gpi": "internal pallidum (brake)",
    "thalamus": "thalamus",
}


def go_no_go_figure(
    document: Mapping[str, Any], pathways: str = "d2-synapses"
) -> alt.TopLevelMixin:
    """Vega-Lite chart of a document of `go_no_go`: rates above, the brake on an action below.

    Raises
    ------
    ValueError
        `pathways` is not in the document.
    """
    import altair as alt

    if pathways not in document["rates"]:
        raise ValueError(f"pathways = {pathways!r}; choose one of {', '.join(document['rates'])}")
    rows = [
        {"loss": 100 * x, "rate": y, "cells": NAMES[name]}
        for name, curve in document["rates"][pathways].items()
        for x, y in zip(document["loss"], curve, strict=True)
    ]

    def across(title: str | None) -> Any:
        return alt.X(
            "loss:Q",
            title=title,
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(values=list(range(0, 101, 10))),
        )

    values = [row["rate"] for row in rows]
    shown = [tick for tick in RATIOS if 0.98 * min(values) <= tick <= 1.02 * max(values)]
    rates = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.8)
        .encode(
            across(None),
            alt.Y(
                "rate:Q",
                title="Rate, times drug-free",
                scale=alt.Scale(type="log", domain=[min(values), max(values)], nice=False),
                axis=alt.Axis(values=shown, format="~g"),
            ),
            alt.Color(
                "cells:N",
                title="Cells",
                sort=list(NAMES.values()),
                scale=alt.Scale(domain=list(NAMES.values()), range=list(PALETTE[: len(NAMES)])),
            ),
        )
        .properties(width=WIDTH, height=230)
    )
    brake = [
        {"loss": 100 * x, "brake": y}
        for x, y in zip(document["loss"], document["task_brake"], strict=True)
    ]
    line = (
        alt.Chart(alt.InlineData(values=brake))
        .mark_line(strokeWidth=1.8, color=PALETTE[3])
        .encode(
            across("D2 signal lost (%)"),
            alt.Y("brake:Q", title="Brake on the action", axis=alt.Axis(tickCount=5)),
        )
    )
    base = alt.Chart(
        alt.InlineData(
            values=[
                {"brake": document["threshold"], "loss": 0, "text": "above: not let through"},
            ]
        )
    )
    limit = base.mark_rule(strokeDash=[5, 4], color=GREY).encode(alt.Y("brake:Q"))
    limit = limit + base.mark_text(align="left", dx=6, dy=-8, color=GREY, fontSize=11).encode(
        alt.X("loss:Q"), alt.Y("brake:Q"), alt.Text("text:N")
    )
    chart = alt.vconcat(rates, (line + limit).properties(width=WIDTH, height=150), spacing=16)
    return finished(
        chart,
        "Losing D2 signal presses the brake",
        [
            "Above: firing rates (van Albada and Robinson); they change smoothly, without a "
            "threshold, on a logarithmic scale.",
            "Below: pallidal output on the stronger of two actions (Gurney, Prescott and "
            "Redgrave). The dashed line was set where 80 % of the signal is lost.",
        ],
    )
