"""From results to documents."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from occupancy.course.answer import Share, Spread, Spreads, WindowLine
from occupancy.course.answering import DIGITS, answer, rounded
from occupancy.course.circuit_documents import CircuitDocument, circuit_document
from occupancy.course.documents import (
    AnalyteSeries,
    CompareDocument,
    CourseDocument,
    CurveDocument,
    CurvePoint,
    ObservedPoint,
    RivalCurve,
    TargetSeries,
)
from occupancy.course.sampling import Array
from occupancy.course.window import TargetWindow
from occupancy.drugs import Anchored
from occupancy.evidence.quantiles import quantiles
from occupancy.version import VERSION

if TYPE_CHECKING:
    from occupancy.course.curves import DoseCurve
    from occupancy.course.simulation import TargetCourse, Trajectory


def curve_document(curve: "DoseCurve", level: float) -> CurveDocument:
    """The document of a dose curve, with bands of probability `level`."""
    median, low, high = quantiles(curve.occupancy, level)
    averages = {name: quantiles(v, level) for name, v in curve.average_ng_mL.items()}
    points = [
        CurvePoint(
            dose_mg=rounded(dose),
            occupancy=_spread_at(median, low, high, i),
            average_ng_mL={name: _spread_at(*three, i) for name, three in averages.items()},
        )
        for i, dose in enumerate(curve.dose_mg)
    ]
    model = curve.bound.anchor if isinstance(curve.bound, Anchored) else curve.bound.model
    return CurveDocument(
        **answer(curve.setting, level, curve.sources, curve.reasons, curve.warnings),
        target=curve.bound.target,
        basis=curve.bound.basis,
        model=curve.bound.name,
        region=model.region,
        interval_h=curve.interval_h,
        studied_mg_per_day=None if curve.studied_mg is None else list(curve.studied_mg),
        points=points,
        observed=[ObservedPoint(**asdict(one)) for one in curve.observations],
        rivals=[
            RivalCurve(name=r.name, source=r.source, occupancy=_list(r.occupancy))
            for r in curve.rivals
        ],
        window=window_line(curve.window),
    )


def course_document(course: "Trajectory", level: float) -> CourseDocument:
    """The document of a course, with bands of probability `level`."""
    time = _list(course.time_h)
    return CourseDocument(
        **answer(course.setting, level, course.sources, course.reasons, course.warnings),
        regimen=course.plan.text,
        doses=len(course.plan.table),
        total_mg=rounded(course.plan.table.total_mg),
        steady_state_h=course.steady_h,
        targets=[_target(name, one, time, level) for name, one in course.targets.items()],
        analytes=[
            AnalyteSeries(
                analyte=name, time_h=time, concentration_ng_mL=_spreads(*quantiles(values, level))
            )
            for name, values in course.concentrations.items()
        ],
        circuits=_circuits(course, level),
    )


def _circuits(course: "Trajectory", level: float) -> list[CircuitDocument]:
    if not course.circuits:
        return []
    from occupancy.circuit.document import document

    return [
        circuit_document(document(one.course, level), one.notes) for one in course.circuits.values()
    ]


def compare_document(courses: "Sequence[Trajectory]", level: float) -> CompareDocument:
    """The document of several courses side by side."""
    return CompareDocument(
        version=VERSION, courses=[course_document(one, level) for one in courses]
    )


def window_line(window: TargetWindow | None) -> WindowLine | None:
    """A window as a document line."""
    if window is None:
        return None
    return WindowLine(
        name=window.name,
        low=window.low,
        high=window.high,
        note=window.note,
        sources=list(window.sources),
    )


def _target(name: str, course: "TargetCourse", time: list[float], level: float) -> TargetSeries:
    cycle = course.cycle
    inside = cycle.in_window
    return TargetSeries(
        target=name,
        basis=course.link.basis,
        time_h=time,
        occupancy=_spreads(*quantiles(course.occupancy, level)),
        peak=_spread(cycle.peak, level),
        trough=_spread(cycle.trough, level),
        swing=_spread(cycle.swing, level),
        average=_spread(cycle.average, level),
        window=window_line(course.window),
        time_in_window=None if inside is None else _share(inside, level),
    )


def _spread(values: Array, level: float) -> Spread:
    median, low, high = quantiles(values[:, None], level)
    return _spread_at(median, low, high, 0)


def _share(values: Array, level: float) -> Share:
    spread = _spread(values, level)
    return Share(
        median=spread.median, low=spread.low, high=spread.high, mean=rounded(float(values.mean()))
    )


def _spread_at(median: Array, low: Array, high: Array, i: int) -> Spread:
    return Spread(median=rounded(median[i]), low=rounded(low[i]), high=rounded(high[i]))


def _spreads(median: Array, low: Array, high: Array) -> Spreads:
    return Spreads(median=_list(median), low=_list(low), high=_list(high))


def _list(values: Array) -> list[float]:
    """`rounded` of every value; one format of all is twice as fast as one of each."""
    numbers = np.asarray(values).tolist()
    return list(map(float, (f"%.{DIGITS}g " * len(numbers) % tuple(numbers)).split()))
