"""The picture of a trial: bands over people, one panel per target, one colour per arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from occupancy.figures.style import PALETTE, WIDTH, WINDOW, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.population.documents import PopulationDocument, TargetPeople

#: Opacity of the band between each pair of quantiles, the outer one first.
OPACITIES = (0.12, 0.22)


def population_figure(document: PopulationDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a population document: quantiles of occupancy over people."""
    import altair as alt

    targets = list(dict.fromkeys(one.target for arm in document.arms for one in arm.targets))
    if not targets:
        raise ValueError("no arm has a target with an occupancy, so there is nothing to draw")
    names = [arm.name for arm in document.arms]
    panels = [_panel(document, target, names) for target in targets]
    shares = sorted(one.quantile for one in document.arms[0].targets[0].occupancy)
    pairs = [f"{100 * (high - low):.0f} %" for low, high in _pairs(shares)]
    shaded = any(_windows(document, target) for target in targets)
    lines = [
        f"{document.people.size:,} virtual people. Line: median person; bands: the middle "
        f"{' and '.join(reversed(pairs))} of people.",
        *(["Shaded: the window of the target - a convention, not a prediction."] if shaded else []),
    ]
    chart = alt.vconcat(*panels, spacing=18)
    return finished(chart, "Occupancy over people under each regimen", lines)


def _pairs(shares: list[float]) -> list[tuple[float, float]]:
    """Quantiles paired from the outside in."""
    return [(shares[i], shares[-1 - i]) for i in range(len(shares) // 2)]


def _panel(document: PopulationDocument, target: str, names: list[str]) -> Any:
    import altair as alt

    of_arm = {arm.name: one for arm in document.arms for one in arm.targets if one.target == target}
    day = alt.X(
        "day:Q", title="Day", scale=alt.Scale(domain=[0, document.time_h[-1] / 24.0], nice=False)
    )
    percent = alt.Scale(domain=[0, 100])
    colour = alt.Color(
        "name:N",
        title="Regimen",
        sort=names,
        legend=alt.Legend(symbolOpacity=1),
        scale=alt.Scale(domain=names, range=list(PALETTE[: len(names)])),
    )
    layers: list[Any] = _windows(document, target)
    shares = sorted(one.quantile for one in next(iter(of_arm.values())).occupancy)
    for (low, high), opacity in zip(_pairs(shares), OPACITIES, strict=False):
        rows = _rows(document.time_h, of_arm, low=low, high=high)
        layers.append(
            alt.Chart(alt.InlineData(values=rows))
            .mark_area(opacity=opacity)
            .encode(day, alt.Y("low:Q", title=f"{target} (%)", scale=percent), alt.Y2("high:Q"))
            .encode(colour)
        )
    for share in (shares[0], shares[-1]) if len(shares) > 1 else ():
        edge = alt.Chart(alt.InlineData(values=_rows(document.time_h, of_arm, edge=share)))
        layers.append(
            edge.mark_line(strokeWidth=0.8, opacity=0.7).encode(
                day, alt.Y("edge:Q", scale=percent), colour
            )
        )
    middle = shares[len(shares) // 2]
    rows = _rows(document.time_h, of_arm, median=middle)
    line = alt.Chart(alt.InlineData(values=rows)).mark_line(strokeWidth=1.8)
    layers.append(line.encode(day, alt.Y("median:Q", title=f"{target} (%)", scale=percent), colour))
    return alt.layer(*layers).properties(width=WIDTH, height=220)


def _rows(
    time_h: list[float], of_arm: dict[str, TargetPeople], **columns: float
) -> list[dict[str, Any]]:
    """One row for each arm and time, with a column in percent for each quantile asked for."""
    rows: list[dict[str, Any]] = []
    for name, one in of_arm.items():
        series = {q.quantile: q.value.median for q in one.occupancy}
        for i, t in enumerate(time_h):
            row: dict[str, Any] = {"day": t / 24.0, "name": name}
            row.update({column: 100.0 * series[q][i] for column, q in columns.items()})
            rows.append(row)
    return rows


def _windows(document: PopulationDocument, target: str) -> list[Any]:
    """The window of the target, when all arms with one have the same."""
    import altair as alt

    found = {
        (one.window.low, one.window.high)
        for arm in document.arms
        for one in arm.targets
        if one.target == target and one.window is not None
    }
    if len(found) != 1:
        return []
    low, high = found.pop()
    value = [{"low": 100.0 * low, "high": 100.0 * high}]
    return [
        alt.Chart(alt.InlineData(values=value))
        .mark_rect(opacity=0.10, color=WINDOW)
        .encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    ]
