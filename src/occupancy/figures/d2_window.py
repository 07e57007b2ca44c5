"""The picture of the window: response and parkinsonism against D2 occupancy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import PALETTE, WIDTH, WINDOW, finished

if TYPE_CHECKING:
    import altair as alt

NAMES = {"response": "response", "prolactin": "raised prolactin", "parkinsonism": "parkinsonism"}
COLOURS = {"response": PALETTE[2], "prolactin": PALETTE[5], "parkinsonism": PALETTE[1]}
DASHES = ([1, 0], [6, 4], [2, 3])


def window_figure(documents: Sequence[Mapping[str, Any]]) -> alt.TopLevelMixin:
    """Vega-Lite chart of documents of `window_curves`, one line style per efficacy.

    Raises
    ------
    ValueError
        No documents, or more than there are line styles.
    """
    import altair as alt

    if not 1 <= len(documents) <= len(DASHES):
        raise ValueError(f"give one to {len(DASHES)} documents of curves, not {len(documents)}")
    old = any(one["scenario"] for one in documents)
    # Two curves by age are enough to read; prolactin would make them nine.
    names = {k: v for k, v in NAMES.items() if not (old and k == "prolactin")}
    rows = [
        {"occupancy": 100 * x, "likelihood": 100 * y, "curve": names[name], "drug": _drug(one)}
        for one in documents
        for name, curve in one["curves"].items()
        if name in names
        for x, y in zip(one["occupancy"], curve, strict=True)
    ]
    drugs = [_drug(one) for one in documents]
    across = alt.X(
        "occupancy:Q",
        title="D2 occupancy (%)",
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(values=list(range(0, 101, 10))),
    )
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            across,
            alt.Y("likelihood:Q", title="Likelihood (%)", scale=alt.Scale(domain=[0, 100])),
            alt.Color(
                "curve:N",
                title="Likelihood of",
                scale=alt.Scale(
                    domain=list(names.values()), range=[COLOURS[name] for name in names]
                ),
            ),
            alt.StrokeDash(
                "drug:N",
                title="Drug or brain",
                scale=alt.Scale(domain=drugs, range=[list(d) for d in DASHES[: len(drugs)]]),
            ),
        )
    )
    window = documents[0]["window"]
    shade = (
        alt.Chart(alt.InlineData(values=[{k: 100 * v for k, v in window.items()}]))
        .mark_rect(opacity=0.10, color=WINDOW)
        .encode(alt.X("low:Q"), alt.X2("high:Q"))
    )
    chart = (shade + lines).properties(width=WIDTH, height=300)
    partial = any(one["efficacy"] > 0 for one in documents)
    return finished(
        chart,
        "Why there is a window, and when it moves" if partial or old else "Why there is a window",
        [
            "Thresholds of haloperidol in first episodes (Kapur 2000); the slopes are assumptions.",
            "Curves follow the signal left at D2, not occupancy. Shaded: a convention, not a "
            "prediction; occupancy explains little of who responds.",
            *(
                ["Partial agonists do treat: the signal at D2 is not the whole of response."]
                if partial
                else []
            ),
            *(
                ["Ageing: that thresholds hold for the signal of a young brain is a hypothesis."]
                if old
                else []
            ),
        ],
    )


def _drug(document: Mapping[str, Any]) -> str:
    efficacy, scenario = document["efficacy"], document["scenario"]
    drug = "antagonist" if efficacy == 0 else f"partial agonist, efficacy {efficacy:g}"
    return (
        drug
        if scenario is None
        else f"{drug}, {document['age_y']:g} years: {scenario.replace('-', ' ')}"
    )
