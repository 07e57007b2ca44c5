"""Pictures of any circuit: its course over time, or its fixed points against one input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from occupancy.circuit import Circuit, CircuitError, steady
from occupancy.course.circuit_documents import CircuitDocument, CircuitSeries
from occupancy.figures.style import BAND_OPACITY, GREY, PALETTE, finished

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.documents import CourseDocument

MOST = 10
"""Panels of one picture; what is read from a circuit comes before its states."""
MOST_DRIVEN = 6
"""The same for each circuit of a course."""
COLUMNS, PANEL_WIDTH, PANEL_HEIGHT = 2, 320, 120
SWEEP = 41


def course_of_circuit(document: CircuitDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a course: the lag for serotonin, panels for any other circuit."""
    if document.circuit.startswith("serotonin"):
        from occupancy.figures.serotonin_lag import lag_figure

        return lag_figure(document)
    return circuit_figure(document)


def circuit_figure(document: CircuitDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a course: inputs that move, what is read, then states."""
    moving = {
        name: line
        for name, line in document.inputs.items()
        if len(set(line.value)) > 1 or line.value[0] != 0.0
    }
    shown = {**_varied(document.outputs), **_varied(document.states)}
    inputs = {f"{name} (input)": line for name, line in moving.items() if name not in shown}
    lines = dict(list({**inputs, **shown}.items())[:MOST])
    late = max(line.time_h[-1] for line in lines.values())
    unit, hours = ("Day", 24.0) if late > 72.0 else ("Hour", 1.0)
    panels = [
        _panel(_rows(line, hours), unit, f"{name}{_unit(line.unit)}", PALETTE[i % len(PALETTE)])
        for i, (name, line) in enumerate(lines.items())
    ]
    return _finished(panels, document.title, document.caveats)


def driven_figure(document: CourseDocument) -> alt.TopLevelMixin:
    """Vega-Lite chart of a course with circuits: the occupancies that drive them, then each."""
    panels: list[Any] = []
    for one in document.circuits:
        inputs = {f"{one.circuit}: {k}": line for k, line in _varied(one.inputs).items()}
        read = {f"{one.circuit}: {k}": line for k, line in _varied(one.outputs).items()}
        lines = {**inputs, **read, **_varied(one.states)}
        panels += [
            _panel(_rows(line, 24.0), "Day", f"{name}{_unit(line.unit)}", PALETTE[i % len(PALETTE)])
            for i, (name, line) in enumerate(list(lines.items())[:MOST_DRIVEN])
        ]
    band = document.band
    text = f"Line: median; band: {band.level:.0%} of {band.contains}."
    title = document.regimen[:1].upper() + document.regimen[1:]
    return _finished(panels, title, [text, *(one.caveats[0] for one in document.circuits)], 4)


def steady_figure(
    circuit: Circuit, inputs: Mapping[str, float], parameters: Mapping[str, float] | None = None
) -> alt.TopLevelMixin:
    """Vega-Lite chart of the fixed points, the first of `inputs` moved from rest to its value.

    A share is moved all the way to 1. The value asked is marked.

    Raises:
        CircuitError: no input is given, or there is no fixed point.
    """
    if not inputs:
        raise CircuitError(
            f"a picture of fixed points needs an input to move: {', '.join(circuit.input_names)}; "
            "for a course give --days."
        )
    name = next(iter(inputs))
    one = circuit.input(name)
    end = one.upper if one.upper <= 1.0 else inputs[name]
    marked = steady(circuit, inputs, parameters)
    sweep = np.linspace(one.resting, end, SWEEP)
    try:
        found = steady(circuit, {**inputs, name: sweep}, parameters)
    except CircuitError:
        sweep = np.linspace(one.resting, inputs[name], SWEEP)
        found = steady(circuit, {**inputs, name: sweep}, parameters)
    panels = []
    for out in (*circuit.read, *circuit.states):
        values = found[out.name]
        if len(panels) == MOST or np.ptp(values) <= 1e-9 * max(np.abs(values).max(), 1e-300):
            continue
        rows = [{"x": x, "value": y} for x, y in zip(sweep.tolist(), values.tolist(), strict=True)]
        point = {"x": float(inputs[name]), "value": float(marked[out.name][0])}
        colour = PALETTE[len(panels) % len(PALETTE)]
        panels.append(
            _panel(rows, f"{name}{_unit(one.unit)}", f"{out.name}{_unit(out.unit)}", colour, point)
        )
    return _finished(panels, f"{circuit.title}: fixed points", circuit.caveats)


def _finished(
    panels: list[Any], title: str, caveats: Sequence[str], most: int = 1
) -> alt.TopLevelMixin:
    import altair as alt

    if not panels:
        raise CircuitError("nothing moves, so there is nothing to draw; give an input.")
    chart = alt.concat(*panels, columns=COLUMNS, spacing=14)
    return finished(chart, title, list(caveats)[:most])


def _panel(
    rows: list[dict[str, float]], x_title: str, title: str, colour: str,
    point: dict[str, float] | None = None,
) -> Any:  # fmt: skip
    import altair as alt

    x = alt.X("x:Q", title=x_title, scale=alt.Scale(nice=False))
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False))
    base = alt.Chart(alt.InlineData(values=rows))
    panel: Any = base.mark_line(strokeWidth=1.8, color=colour).encode(x, y)
    if "low" in rows[0]:
        band = base.mark_area(opacity=BAND_OPACITY, color=colour)
        panel = band.encode(x, alt.Y("low:Q", title=title), alt.Y2("high:Q")) + panel
    if point is not None:
        mark = alt.Chart(alt.InlineData(values=[point])).mark_point(
            size=60, color=GREY, filled=True
        )
        panel = panel + mark.encode(x, y)
    return panel.properties(width=PANEL_WIDTH, height=PANEL_HEIGHT)


def _varied(lines: Mapping[str, CircuitSeries]) -> dict[str, CircuitSeries]:
    """Those that move by more than rounding."""

    def moves(line: CircuitSeries) -> bool:
        values = np.asarray([*line.value, *(line.low or ()), *(line.high or ())])
        return bool(np.ptp(values) > 1e-5 * max(np.abs(values).max(), 1e-300))

    return {name: line for name, line in lines.items() if moves(line)}


def _rows(line: CircuitSeries, hours: float) -> list[dict[str, float]]:
    columns = {"x": [t / hours for t in line.time_h], "value": line.value}
    if line.low is not None and line.high is not None:
        columns |= {"low": line.low, "high": line.high}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" ({unit})"
