"""The picture of the window: response and parkinsonism against D2 occupancy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import PALETTE, WIDTH, WINDOW, finished

if TYPE_CHECKING:
    import altair as alt

NAMES = {"response": "response", "prolactin": "raised prolactin", "parkinsonism": "parkinsonism"}
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
    rows = [
        {"occupancy": 100 * x, "likelihood": 100 * y, "curve": NAMES[name], "drug": _drug(one)}
        for one in documents
        for name, curve in one["curves"].items()
        for x, y in zip(one["occupancy"], curve, strict=True)
    ]
    drugs = [_drug(one) for one in documents]
    across = alt.X("occupancy:Q", title="D2 occupancy (%)", scale=alt.Scale(domain=[0, 100]))
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.8)
        .encode(
            across,
            alt.Y("likelihood:Q", title="Likelihood (%)", scale=alt.Scale(domain=[0, 100])),
            alt.Color(
                "curve:N",
                title="Likelihood of",
                scale=alt.Scale(
                    domain=list(NAMES.values()), range=[PALETTE[2], PALETTE[5], PALETTE[1]]
                ),
            ),
            alt.StrokeDash(
                "drug:N",
                title="Drug",
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
    return finished(
        chart,
        "Why there is a window, and why it is not one for partial agonists",
        [
            "Thresholds of haloperidol in first episodes (Kapur 2000); the slopes are assumptions.",
            "Curves follow the signal left at D2, not occupancy. Shaded: a convention, not a "
            "prediction; occupancy explains little of who responds.",
        ],
    )


def _drug(document: Mapping[str, Any]) -> str:
    efficacy = document["efficacy"]
    return "antagonist" if efficacy == 0 else f"partial agonist, efficacy {efficacy:g}"
