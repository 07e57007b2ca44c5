"""The picture of the lag: occupancy, firing, serotonin and plasticity on one time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

PANELS = (
    ("inputs", "sert", "Transporters blocked (%)", 100.0),
    ("outputs", "firing", "Firing (of drug-free)", 1.0),
    ("outputs", "serotonin", "Terminal serotonin (of drug-free)", 1.0),
    ("states", "plasticity", "Plasticity (index)", 1.0),
)
HEIGHT = 110


def lag_figure(document: Mapping[str, Any]) -> alt.TopLevelMixin:
    """Vega-Lite chart of a document of the serotonin circuit.

    The lowest panel marks how much of the six-week difference from placebo trials had at week 1.

    Raises
    ------
    ValueError
        The document is of another circuit.
    """
    import altair as alt

    if not str(document["circuit"]).startswith("serotonin"):
        raise ValueError(
            f"the lag is drawn from the serotonin circuit, not from {document['circuit']!r}"
        )
    panels: list[Any] = []
    for i, (group, name, title, scale) in enumerate(PANELS):
        rows = _rows(document[group][name], scale)
        last = i == len(PANELS) - 1
        day = alt.X("day:Q", title="Day" if last else None, scale=alt.Scale(nice=False))
        base = alt.Chart(alt.InlineData(values=rows))
        value = alt.Y("value:Q", title=title, scale=alt.Scale(zero=True))
        panel = base.mark_line(strokeWidth=1.8, color=PALETTE[i]).encode(day, value)
        if "low" in rows[0]:
            band = base.mark_area(opacity=BAND_OPACITY, color=PALETTE[i])
            panel = band.encode(day, alt.Y("low:Q", title=title), alt.Y2("high:Q")) + panel
        mark = _trials(document) if last else []
        if mark:
            point = alt.Chart(alt.InlineData(values=mark))
            panel = (
                panel
                + point.mark_point(size=70, color=GREY, filled=True).encode(day, alt.Y("value:Q"))
                + point.mark_text(align="left", dx=8, color=GREY, fontSize=11).encode(
                    day, alt.Y("value:Q"), alt.Text("text:N")
                )
            )
        panels.append(panel.properties(width=WIDTH, height=HEIGHT))
    chart = alt.vconcat(*panels, spacing=10)
    return finished(
        chart,
        "Blocked within hours, felt within weeks",
        [
            "Firing falls and recovers, serotonin follows, and plasticity trails behind. "
            "Reduced model; desensitisation and the cascade are contested.",
            *(
                ["Point: in trials about a third of the six-week difference was there at week 1."]
                if _trials(document)
                else []
            ),
        ],
    )


def _rows(series: Mapping[str, Any], scale: float) -> list[dict[str, float]]:
    keys = [key for key in ("value", "low", "high") if key in series]
    return [
        {"day": t / 24.0, **{key: scale * series[key][i] for key in keys}}
        for i, t in enumerate(series["time_h"])
    ]


def _trials(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The observed share at week 1 of the model's own six-week value, where it is reached."""
    import numpy as np

    series = document["states"]["plasticity"]
    share = document["parameters"].get("observed_share_week_1")
    since = [t - series["time_h"][0] for t in series["time_h"]]
    if share is None or since[-1] < 6 * 168.0:
        return []
    six = float(np.interp(6 * 168.0, since, series["value"]))
    day = (series["time_h"][0] + 168.0) / 24.0
    return [{"day": day, "value": share["value"] * six, "text": "trials, week 1 (Taylor 2006)"}]
