"""The picture of Go against No-Go: rates and the brake as the D2 signal is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

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
    across = alt.X("loss:Q", title="D2 signal lost (%)", scale=alt.Scale(domain=[0, 100]))
    rates = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.8)
        .encode(
            across,
            alt.Y("rate:Q", title="Rate (of drug-free, log scale)", scale=alt.Scale(type="log")),
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
        .encode(across, alt.Y("brake:Q", title="Brake on the wanted action"))
    )
    limit = (
        alt.Chart(alt.InlineData(values=[{"brake": document["threshold"]}]))
        .mark_rule(strokeDash=[5, 4], color=GREY)
        .encode(alt.Y("brake:Q"))
    )
    chart = alt.vconcat(rates, (line + limit).properties(width=WIDTH, height=150), spacing=16)
    return finished(
        chart,
        "Losing D2 signal lifts the foot from Go and presses No-Go",
        [
            "Above: firing rates (van Albada and Robinson); they change smoothly, without a "
            "threshold. Below: output on the stronger of two actions (Gurney, Prescott and "
            "Redgrave); above the dashed line it is not let through.",
        ],
    )
