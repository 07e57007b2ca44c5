"""Pictures of a meta-analysis: a forest of ceilings and half exposures, and the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, WIDTH, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.inference.documents import MetaCurve, MetaDocument
    from occupancy.inference.meta import CurvePosterior

ROW_HEIGHT = 22
PANEL_WIDTH, PANEL_HEIGHT, PANELS_IN_ROW = 230, 170, 3


def forest_figure(document: MetaDocument) -> alt.TopLevelMixin:
    """Every curve on a line: half exposure and ceiling with intervals, least squares beside."""
    rows = [{**_forest_row(one), "scale": one.scale} for one in document.curves]
    fitted = f"all curves fitted together (Emax {document.emax})"
    warning = () if document.trusted else ("Chains do not agree: do not rely on these intervals.",)
    return _forest(rows, document.level, fitted, warning)


def stored_forest_figure(curves: Sequence[CurvePosterior], level: float = 0.9) -> alt.TopLevelMixin:
    """The forest of curves whose draws the package keeps; `level` of the intervals."""
    from occupancy.inference.meta import Interval

    rows: list[dict[str, Any]] = []
    for one in curves:
        half, emax, both = Interval.of(one.ed50, level), Interval.of(one.emax, level), one.readings
        rows.append(
            {
                "scale": one.scale,
                "curve": _name(one),
                "median": half.median,
                "low": half.low,
                "high": half.high,
                "least": half.low / 20,
                "most": half.high * 20,
                "emax": 100 * emax.median,
                "emax_low": 100 * emax.low,
                "emax_high": 100 * emax.high,
                "identified": "yes" if one.identified else "no",
                "studies": len({point.study for point in one.points}),
                "rows": len(one.points),
                "full": None if both is None else both.fixed,
                "free": None if both is None else both.free,
            }
        )
    return _forest(rows, level, "all studies of the records fitted together", ())


def _name(one: MetaCurve | CurvePosterior) -> str:
    return f"{one.drug} {one.target}" + (" (single)" if one.regimen == "single" else "")


def _forest(
    every: Sequence[Mapping[str, Any]], level: float, fitted: str, warnings: Sequence[str]
) -> alt.TopLevelMixin:
    import altair as alt

    panels: list[Any] = []
    for scale, name in (("dose", "ED50 (mg)"), ("concentration", "EC50 (ng/mL)")):
        rows = [dict(row) for row in every if row["scale"] == scale]
        if not rows:
            continue
        base = alt.Chart(alt.InlineData(values=rows)).properties(
            height=ROW_HEIGHT * len(rows), width=WIDTH // 2 - 60
        )
        line = alt.Y("curve:N", title=None, sort=None, axis=alt.Axis(labelLimit=220))
        log = alt.Scale(type="log", nice=False)
        posterior = base.mark_rule(strokeWidth=2).encode(
            alt.X("low:Q", title=name, scale=log), alt.X2("high:Q"), line, _shade()
        ) + base.mark_point(filled=True, size=60, opacity=1).encode(
            alt.X("median:Q", scale=log),
            line,
            _shade(),
            tooltip=["curve:N", "median:Q", "low:Q", "high:Q", "studies:Q", "rows:Q"],
        )
        least = [
            {"curve": row["curve"], "value": row[key], "least squares": label}
            for row in rows
            for key, label in (("full", "Emax 100 %"), ("free", "Emax free"))
            if row[key] is not None and row["least"] < row[key] < row["most"]
        ]
        marks = (
            alt.Chart(alt.InlineData(values=least))
            .mark_point(size=45, color=GREY, strokeWidth=1.4)
            .encode(
                alt.X("value:Q", scale=log),
                line,
                alt.Shape(
                    "least squares:N",
                    scale=alt.Scale(
                        domain=["Emax 100 %", "Emax free"], range=["cross", "triangle"]
                    ),
                ),
            )
        )
        emax = base.mark_rule(strokeWidth=2).encode(
            alt.X("emax_low:Q", title="Emax (%)", scale=alt.Scale(domain=[0, 100])),
            alt.X2("emax_high:Q"),
            alt.Y("curve:N", title=None, sort=None, axis=alt.Axis(labels=False, ticks=False)),
            _shade(),
        ) + base.mark_point(filled=True, size=60, opacity=1).encode(
            alt.X("emax:Q"), alt.Y("curve:N", sort=None), _shade()
        )
        panels.append((posterior + marks) | emax)
    subtitle = [
        *warnings,
        f"Posterior medians and {level:.0%} intervals, {fitted}.",
        "Grey: least squares of the same means, ceiling fixed at 100 % or free.",
    ]
    title = "Half-saturating exposure and ceiling"
    return finished(alt.vconcat(*panels, spacing=24), title, subtitle)


def meta_curves_figure(document: MetaDocument) -> alt.TopLevelMixin:
    """Every curve with its band and the rows it rests on."""
    import altair as alt

    panels = [_panel(one) for one in document.curves]
    rows = [
        alt.hconcat(*panels[i : i + PANELS_IN_ROW]) for i in range(0, len(panels), PANELS_IN_ROW)
    ]
    subtitle = [
        f"Band: {document.level:.0%} of the typical curve; bars: SD between people, or an interval."
    ]
    return finished(alt.vconcat(*rows, spacing=18), "Exposure and occupancy", subtitle)


def _shade() -> Any:
    import altair as alt

    return alt.Color(
        "identified:N",
        title="identified",
        scale=alt.Scale(domain=["yes", "no"], range=[PALETTE[0], PALETTE[1]]),
    )


def _forest_row(one: MetaCurve) -> dict[str, Any]:
    return {
        "curve": _name(one),
        "median": one.ed50.median,
        "low": one.ed50.low,
        "high": one.ed50.high,
        "least": one.ed50.low / 20,
        "most": one.ed50.high * 20,
        "emax": 100 * one.emax.median,
        "emax_low": 100 * one.emax.low,
        "emax_high": 100 * one.emax.high,
        "full": one.ed50_full,
        "free": one.ed50_free,
        "studies": one.studies,
        "rows": len(one.observed),
        "identified": "yes" if one.identified else "no",
    }


def _panel(one: MetaCurve) -> Any:
    import altair as alt

    unit = "mg" if one.scale == "dose" else "ng/mL"
    rows = [
        {"x": x, "median": 100 * m, "low": 100 * lo, "high": 100 * hi}
        for x, m, lo, hi in zip(
            one.exposure, one.occupancy.median, one.occupancy.low, one.occupancy.high, strict=True
        )
    ]
    dots: list[dict[str, Any]] = []
    for p in one.observed:
        low = p.low if p.low is not None else 0.0
        high = p.high if p.high is not None else 1.0
        if p.occupancy is not None:
            spread = p.sd or 0.0
            low, high = (
                (low, high)
                if p.low is not None and p.high is not None
                else (
                    p.occupancy - spread,
                    p.occupancy + spread,
                )
            )
        dots.append(
            {
                "x": p.exposure,
                "y": None if p.occupancy is None else 100 * p.occupancy,
                "low": 100 * max(low, 0.0),
                "high": 100 * min(high, 1.0),
                "study": p.study or "?",
            }
        )
    log = alt.Scale(type="log", nice=False)
    base = alt.Chart(alt.InlineData(values=rows))
    percent = alt.Scale(domain=[0, 100])
    band = base.mark_area(opacity=BAND_OPACITY, color=PALETTE[0]).encode(
        alt.X("x:Q", title=unit, scale=log),
        alt.Y("low:Q", title="%", scale=percent),
        alt.Y2("high:Q"),
    )
    line = base.mark_line(color=PALETTE[0]).encode(alt.X("x:Q", scale=log), alt.Y("median:Q"))
    seen = alt.Chart(alt.InlineData(values=dots))
    bars = seen.mark_rule(color="#333", opacity=0.5).encode(
        alt.X("x:Q"), alt.Y("low:Q"), alt.Y2("high:Q")
    )
    points = seen.mark_point(filled=True, color="#333", size=30).encode(
        alt.X("x:Q"), alt.Y("y:Q"), tooltip=["study:N", "x:Q", "y:Q"]
    )
    title = f"{one.drug} {one.target}" + ("" if one.identified else " (not identified)")
    return alt.layer(band, line, bars, points).properties(
        width=PANEL_WIDTH, height=PANEL_HEIGHT, title={"text": title, "fontSize": 12}
    )
