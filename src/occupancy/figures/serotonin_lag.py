"""The picture of the lag: occupancy, firing, serotonin and plasticity on one time axis.

A course in which blockade falls shows the withdrawal drive below, on both scales.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.circuit_documents import CircuitDocument

PANELS = (
    ("inputs", "sert", "Transporters blocked, %", 100.0, 0.0),
    ("outputs", "firing", "Firing of serotonin neurons, relative to drug-free", 1.0, 1.0),
    ("outputs", "serotonin", "Serotonin at terminals, relative to drug-free", 1.0, 1.0),
    ("states", "plasticity", "Plasticity, index", 1.0, 0.0),
)
DRIVES = (
    ("withdrawal_occupancy", "on occupancy"),
    ("withdrawal_serotonin", "on serotonin"),
)
HEIGHT = 92
#: Days at rest drawn before a course that begins at rest.
BEFORE = 4.0
#: A drive below this is not worth a panel.
LEAST_DRIVE = 0.02


def lag_figure(document: Mapping[str, Any] | CircuitDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a document of the serotonin circuit, plain or as the command prints it.

    The panel of plasticity marks how much of the six-week difference from placebo trials had at
    week 1. Where blockade falls, a panel of the withdrawal drive follows.

    Raises
    ------
    ValueError
        The document is of another circuit.
    """
    import altair as alt

    plain = document if isinstance(document, Mapping) else json.loads(document.to_json())
    return _chart(alt, plain)


def _chart(alt: Any, document: Mapping[str, Any]) -> alt.TopLevelMixin:
    if not str(document["circuit"]).startswith("serotonin"):
        raise ValueError(
            f"the lag is drawn from the serotonin circuit, not from {document['circuit']!r}"
        )
    rested = _begins_at_rest(document)
    drive = max(max(document["outputs"][name]["value"]) for name, _ in DRIVES) > LEAST_DRIVE
    trials = _trials(document) if rested else []
    days = [t / 24.0 for t in document["states"]["plasticity"]["time_h"]]
    first = days[0] - BEFORE if rested else days[0]
    ticks = [7.0 * k for k in range(int(days[-1] // 7) + 1)]
    step = max(len(ticks) // 12, 1)

    def day(last: bool) -> Any:
        return alt.X(
            "day:Q",
            title="Day" if last else None,
            scale=alt.Scale(domain=[first, days[-1]], nice=False),
            axis=alt.Axis(values=ticks[::step], labels=last, ticks=last, grid=True),
        )

    panels: list[Any] = []
    for i, (group, name, title, scale, rest) in enumerate(PANELS):
        last = i == len(PANELS) - 1 and not drive
        rows = _rows(document[group][name], scale, rest if rested else None)
        base = alt.Chart(alt.InlineData(values=rows))
        value = alt.Y("value:Q", title=None, scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4))
        panel = base.mark_line(strokeWidth=2, color=PALETTE[i]).encode(day(last), value)
        if "low" in rows[0]:
            band = base.mark_area(opacity=BAND_OPACITY, color=PALETTE[i])
            panel = band.encode(day(last), alt.Y("low:Q", title=None), alt.Y2("high:Q")) + panel
        if name == "serotonin":
            panel = panel + _open_loop(alt, document, day(last), rest if rested else None)
        if name == "plasticity" and trials:
            point = alt.Chart(alt.InlineData(values=trials))
            panel = (
                panel
                + point.mark_point(size=70, color=GREY, filled=True, opacity=1).encode(
                    day(last), alt.Y("value:Q")
                )
                + point.mark_text(align="center", dy=-13, color=GREY, fontSize=11).encode(
                    day(last), alt.Y("value:Q"), alt.Text("text:N")
                )
            )
        panels.append(_titled(panel, title))
    if drive:
        panels.append(_titled(_drives(alt, document, day(True)), "Withdrawal drive, index"))
    return finished(
        alt.vconcat(*panels, spacing=14),
        "The drug leaves in days, the set-point in weeks"
        if drive
        else "Blocked within hours, adapted within weeks",
        [
            "Reduced model. How firing recovers, and the cascade behind plasticity, are contested; "
            "dashed: serotonin if firing did not fall.",
            *(
                [
                    "Point: in trials about a third of the six-week difference from placebo was "
                    "there at week 1, more than the model says."
                ]
                if trials
                else []
            ),
            *(
                [
                    "Withdrawal drive is the distance from an adapted set-point, not a symptom "
                    "score; firing above drug-free keeps serotonin from falling below it."
                ]
                if drive
                else []
            ),
        ],
    )


def _titled(panel: Any, title: str) -> Any:
    text = {"text": title, "anchor": "start", "fontSize": 12, "fontWeight": "normal"}
    text |= {"frame": "group", "offset": 6}
    return panel.properties(width=WIDTH, height=HEIGHT, title=text)


def _begins_at_rest(document: Mapping[str, Any]) -> bool:
    states = document["states"]
    start = {name: states[name]["value"][0] for name in ("adaptation", "creb", "plasticity")}
    blocked = document["inputs"]["sert"]["value"][0]
    return blocked > 0 and abs(start["adaptation"] - 1) < 1e-6 and start["plasticity"] < 1e-6


def _rows(
    series: Mapping[str, Any], scale: float = 1.0, rest: float | None = None
) -> list[dict[str, float]]:
    """Values by day; with `rest` a few days at that value come first."""
    keys = [key for key in ("value", "low", "high") if series.get(key) is not None]
    rows = [
        {"day": t / 24.0, **{key: scale * series[key][i] for key in keys}}
        for i, t in enumerate(series["time_h"])
    ]
    if rest is None:
        return rows
    before = [
        {"day": rows[0]["day"] - early, **dict.fromkeys(keys, scale * rest)}
        for early in (BEFORE, 1e-6)
    ]
    return before + rows


def _open_loop(alt: Any, document: Mapping[str, Any], day: Any, rest: float | None) -> Any:
    rows = _rows(document["outputs"]["open_loop_serotonin"], 1.0, rest)
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.2, strokeDash=[5, 4], color=GREY)
        .encode(day, alt.Y("value:Q", title=None))
    )


def _drives(alt: Any, document: Mapping[str, Any], day: Any) -> Any:
    courses = {label: _rows(document["outputs"][name]) for name, label in DRIVES}
    colour = alt.Color(
        "scale:N",
        legend=None,
        scale=alt.Scale(domain=list(courses), range=[PALETTE[0], PALETTE[2]]),
    )
    rows = [{**row, "scale": label} for label, course in courses.items() for row in course]
    # Each line is named where it has fallen to half its peak, to the right of it.
    named = []
    for label, course in courses.items():
        top = max(range(len(course)), key=lambda i: course[i]["value"])
        after = [row for row in course[top:] if row["value"] <= 0.6 * course[top]["value"]]
        named.append({**(after or course[-1:])[0], "scale": label})
    value = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=4))
    lines = alt.Chart(alt.InlineData(values=rows)).mark_line(strokeWidth=2)
    names = alt.Chart(alt.InlineData(values=named)).mark_text(align="left", dx=5, dy=-7)
    return lines.encode(day, value, colour) + names.encode(
        day, alt.Y("value:Q"), alt.Text("scale:N"), colour
    )


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
    return [{"day": day, "value": share["value"] * six, "text": "trials at week 1 (Taylor 2006)"}]
