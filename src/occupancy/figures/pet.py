"""Pictures of a PET study: curves with residuals, occupancy plot, by region, by exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from occupancy.figures.style import GREY, PALETTE, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.pet.binding_table import BindingTable
    from occupancy.pet.exposure import StudyExposure
    from occupancy.pet.occupancy_fit import OccupancyFit
    from occupancy.pet.study_fit import FittedScan

#: Regions of a scan that are drawn; more would not be read.
MOST_REGIONS = 24
_CELL = 165
_PLOTS = {"logan": "∫C/C", "reference-logan": "∫C/C", "patlak": "C/C_P"}


def scan_figure(scan: FittedScan) -> alt.TopLevelMixin:
    """Measured points, fitted curve and residuals of each region of a scan."""
    import altair as alt

    fits = scan.fits.fits[:MOST_REGIONS]
    unit = scan.file.tacs.unit or "unit not stated"
    quantity = _PLOTS.get(scan.fits.model, f"Activity ({unit})")
    curves: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    for fit in fits:
        for t, curve, residual, weight in zip(
            fit.times, fit.fitted, fit.residuals, fit.weights, strict=True
        ):
            if weight <= 0 or not np.isfinite([curve, residual]).all():
                continue
            row = {"region": fit.region, "t": float(t)}
            curves.append(row | {"fitted": float(curve), "measured": float(curve + residual)})
            left.append(row | {"residual": float(residual * np.sqrt(weight))})
    time = alt.X("t:Q", title="Minutes after injection")
    base = alt.Chart()  # the facets hand their share of the data down
    points = base.mark_point(filled=True, size=16, color="#333", opacity=0.7).encode(
        time, alt.Y("measured:Q", title=quantity)
    )
    line = base.mark_line(color=PALETTE[0], strokeWidth=1.8).encode(
        time, alt.Y("fitted:Q", title=quantity)
    )
    region = alt.Facet("region:N", title=None, sort=[fit.region for fit in fits])
    upper = (
        alt.layer(points, line, data=alt.InlineData(values=curves))
        .properties(width=_CELL, height=110)
        .facet(region, columns=4)
    )
    zero = alt.Chart().mark_rule(color=GREY, strokeDash=[3, 3]).encode(y=alt.datum(0.0))
    dots = (
        alt.Chart()
        .mark_point(filled=True, size=12, color=PALETTE[1], opacity=0.8)
        .encode(time, alt.Y("residual:Q", title="√w · residual"))
    )
    lower = (
        alt.layer(zero, dots, data=alt.InlineData(values=left))
        .properties(width=_CELL, height=60)
        .facet(region, columns=4)
    )
    chart = alt.vconcat(
        upper.resolve_scale(y="independent"), lower.resolve_scale(y="independent"), spacing=24
    )
    subtitle = ["Points: measured. Lines: fitted. Below: residuals times the root of their weight."]
    if len(scan.fits.fits) > len(fits):
        subtitle.append(f"The first {len(fits)} of {len(scan.fits.fits)} regions.")
    return finished(chart, f"{scan.fits.scan}: {scan.fits.model}", subtitle)


def lassen_figure(table: BindingTable, fit: OccupancyFit, scan: int = 0) -> alt.TopLevelMixin:
    """Occupancy plot of a scan after the baseline (from 0): errors in both, the fitted line."""
    import altair as alt

    from occupancy.pet.lassen import lassen_plot

    plot = lassen_plot(table, scan + 1)
    estimate, v_nd = fit.occupancy[scan], fit.v_nd
    assert v_nd is not None
    none = np.zeros(plot.x.size)
    x_se = none if plot.x_se is None else plot.x_se
    y_se = none if plot.y_se is None else plot.y_se
    rows = [
        {
            "region": r, "x": float(x), "y": float(y), "x1": float(x - a), "x2": float(x + a),
            "y1": float(y - b), "y2": float(y + b),
        }
        for r, x, y, a, b in zip(plot.regions, plot.x, plot.y, x_se, y_se, strict=True)
    ]  # fmt: skip
    x_title, y_title = "V_T at baseline (mL/cm³)", "V_T at baseline − V_T after (mL/cm³)"
    base = alt.Chart(alt.InlineData(values=rows))
    across, up = alt.X("x1:Q", title=x_title), alt.Y("y1:Q", title=y_title)
    ends = [min(v_nd.value, float(plot.x.min())), float(plot.x.max()) * 1.05]
    line = [{"x": e, "y": estimate.value * (e - v_nd.value)} for e in ends]
    chart = alt.layer(
        base.mark_rule(color=GREY, opacity=0.6).encode(across, alt.X2("x2:Q"), alt.Y("y:Q")),
        base.mark_rule(color=GREY, opacity=0.6).encode(alt.X("x:Q"), up, alt.Y2("y2:Q")),
        alt.Chart(alt.InlineData(values=line))
        .mark_line(color=PALETTE[0], strokeWidth=2)
        .encode(alt.X("x:Q", title=x_title), alt.Y("y:Q", title=y_title)),
        base.mark_point(filled=True, size=46, color="#333").encode(
            alt.X("x:Q", title=x_title),
            alt.Y("y:Q", title=y_title),
            tooltip=[
                "region:N",
                alt.Tooltip("x:Q", format=".3f"),
                alt.Tooltip("y:Q", format=".3f"),
            ],
        ),
        base.mark_text(align="left", dx=6, dy=-6, fontSize=10, color=GREY).encode(
            alt.X("x:Q"), alt.Y("y:Q"), alt.Text("region:N")
        ),
    ).properties(width=460, height=320)
    subtitle = [
        f"Line: slope {100 * estimate.value:.1f} % (SE {100 * estimate.se:.1f}), V_ND "
        f"{v_nd.value:.3g} mL/cm³, by maximum likelihood with errors in both scans; bars: ± SE."
    ]
    return finished(chart, f"Occupancy plot, {fit.scans[scan]}", subtitle)


def occupancy_figure(fit: OccupancyFit, scan: int = 0) -> alt.TopLevelMixin:
    """Occupancy of each region from BP_ND with its interval, and the common one."""
    import altair as alt

    rows = []
    for one in fit.regions:
        o = one.occupancy[scan]
        low, high = (100 * float(np.clip(v, -1.0, 2.0)) for v in (o.low, o.high))
        rows.append({"region": one.region, "value": 100 * o.value, "low": low, "high": high})
    common = fit.occupancy[scan]
    shared = [{"value": 100 * common.value, "low": 100 * common.low, "high": 100 * common.high}]
    names = [one.region for one in fit.regions]
    base = alt.Chart(alt.InlineData(values=rows))
    y = alt.Y("region:N", title=None, sort=names)
    chart = alt.layer(
        alt.Chart(alt.InlineData(values=shared))
        .mark_rect(color=PALETTE[0], opacity=0.15)
        .encode(
            alt.X("low:Q", title="Occupancy (%)", scale=alt.Scale(zero=False)), alt.X2("high:Q")
        ),
        alt.Chart(alt.InlineData(values=shared))
        .mark_rule(color=PALETTE[0], strokeWidth=2)
        .encode(alt.X("value:Q")),
        base.mark_rule(color="#333").encode(alt.X("low:Q"), alt.X2("high:Q"), y),
        base.mark_point(filled=True, size=46, color="#333").encode(alt.X("value:Q"), y),
    ).properties(width=460, height=max(18 * len(rows), 60))
    subtitle = [
        f"Points: 1 − BP_ND after / BP_ND at baseline with {fit.level:.0%} intervals (Fieller). "
        f"Line and band: one occupancy for all, {100 * common.value:.1f} %."
    ]
    return finished(chart, f"Occupancy by region, {fit.scans[scan]}", subtitle)


def exposure_figure(found: StudyExposure, quantity: str = "Exposure") -> alt.TopLevelMixin:
    """Occupancy of every scan against its exposure, and the typical person's curve and band."""
    import altair as alt

    rows = [
        {"person": person, "x": float(x), "y": 100 * o.value, "low": 100 * o.low,
         "high": 100 * o.high}
        for person, x, o in zip(found.person, found.exposure, found.occupancy, strict=True)
        if x > 0
    ]  # fmt: skip
    known = [row["x"] for row in rows]
    line = []
    for x in np.geomspace(min(known) / 3, max(known) * 3, 61):
        draws = 100 * found.predicted(float(x))
        low, middle, high = np.quantile(draws, [0.025, 0.5, 0.975])
        line.append({"x": float(x), "y": float(middle), "low": float(low), "high": float(high)})
    axis = alt.X("x:Q", title=quantity, scale=alt.Scale(type="log"))
    up = alt.Y("low:Q", title="Occupancy (%)")
    curve, points = (alt.Chart(alt.InlineData(values=v)) for v in (line, rows))
    chart = alt.layer(
        curve.mark_area(color=PALETTE[0], opacity=0.15).encode(axis, up, alt.Y2("high:Q")),
        curve.mark_line(color=PALETTE[0], strokeWidth=2).encode(axis, alt.Y("y:Q")),
        points.mark_rule(color="#333").encode(axis, up, alt.Y2("high:Q")),
        points.mark_point(filled=True, size=46, color="#333").encode(
            axis, alt.Y("y:Q"), tooltip=["person:N", alt.Tooltip("y:Q", format=".1f")]
        ),
    ).properties(width=460, height=300)
    e = found.estimate("EC50")
    subtitle = [
        f"EC50 {e.value:.3g} ({e.low:.3g} to {e.high:.3g}, 95 %). Line and band: the typical "
        "person, 95 %; people differ around it. Bars: 95 % of each scan."
    ]
    return finished(chart, "Occupancy against exposure", subtitle)


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart as SVG, to stand in a page."""
    import vl_convert

    return vl_convert.vegalite_to_svg(chart.to_dict())
