"""The result type: a labelled xarray Dataset with units and provenance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from occupancy.course.answer import Answer
from occupancy.course.writing import course_document, curve_document

if TYPE_CHECKING:
    import xarray as xr

    from occupancy.course.curves import DoseCurve
    from occupancy.course.documents import CourseDocument
    from occupancy.course.simulation import Trajectory

#: Level named in the provenance; bands are recomputed from the draws, which are all kept.
LEVEL = 0.9


def curve_dataset(curve: DoseCurve) -> xr.Dataset:
    """A dose curve as a Dataset.

    Variables: `occupancy` (draw, dose) as a fraction, `average_concentration`
    (draw, analyte, dose) in ng/mL. Attributes hold the drug, the figures, seed and version.
    """
    import xarray as xr

    document = curve_document(curve, LEVEL)
    analytes = list(curve.average_ng_mL)
    return xr.Dataset(
        {
            "occupancy": (
                ("draw", "dose"),
                curve.occupancy,
                {"units": "1", "long_name": f"{document.target} occupancy"},
            ),
            "average_concentration": (
                ("draw", "analyte", "dose"),
                np.stack([curve.average_ng_mL[name] for name in analytes], axis=1),
                {"units": "ng/mL", "long_name": "average at steady state"},
            ),
        },
        coords={
            "dose": ("dose", curve.dose_mg, {"units": "mg", "long_name": "dose"}),
            "analyte": analytes,
        },
        attrs=_provenance(document),
    )


def course_dataset(course: Trajectory) -> xr.Dataset:
    """A course as a Dataset.

    Variables: `occupancy` (draw, target, time) as a fraction, `concentration`
    (draw, analyte, time) in ng/mL, and per draw and target over the last dosing cycle `peak`,
    `trough`, `average` and `time_in_window` (NaN where no window applies). Circuits driven by the
    course add what is read from them and their states as `CIRCUIT.NAME` (draw, time), and their
    caveats to the attributes.
    """
    import xarray as xr

    document = course_document(course, LEVEL)
    targets, analytes = list(course.targets), list(course.concentrations)
    n = course.setting.subject.draws
    of_target = [course.targets[name] for name in targets]
    empty = np.empty((n, 0))

    def metric(values: list[np.ndarray]) -> np.ndarray:
        return np.stack(values, axis=1) if values else empty

    cycle = {
        "peak": metric([one.cycle.peak for one in of_target]),
        "trough": metric([one.cycle.trough for one in of_target]),
        "average": metric([one.cycle.average for one in of_target]),
        "time_in_window": metric(
            [
                np.full(n, np.nan) if one.cycle.in_window is None else one.cycle.in_window
                for one in of_target
            ]
        ),
    }
    occupancy = (
        np.stack([one.occupancy for one in of_target], axis=1)
        if of_target
        else np.empty((n, 0, course.time_h.size))
    )
    return xr.Dataset(
        {
            "occupancy": (("draw", "target", "time"), occupancy, {"units": "1"}),
            "concentration": (
                ("draw", "analyte", "time"),
                np.stack([course.concentrations[name] for name in analytes], axis=1),
                {"units": "ng/mL"},
            ),
            **{
                name: (("draw", "target"), values, {"units": "1", "long_name": name})
                for name, values in cycle.items()
            },
            **_circuit_variables(course),
        },
        coords={
            "time": ("time", course.time_h, {"units": "h", "long_name": "time since first dose"}),
            "target": targets,
            "analyte": analytes,
        },
        attrs={**_provenance(document), **_caveats(document)},
    )


def _circuit_variables(course: Trajectory) -> dict[str, tuple[Any, ...]]:
    """What is read from the circuits, and their states, draws first."""
    return {
        f"{name}.{one.name}": (
            ("draw", "time"),
            np.broadcast_to(
                driven.course[one.name].T, (course.setting.subject.draws, course.time_h.size)
            ),
            {"units": one.unit, "long_name": one.text},
        )
        for name, driven in course.circuits.items()
        for one in (*driven.course.circuit.read, *driven.course.circuit.states)
    }


def _caveats(document: CourseDocument) -> dict[str, str]:
    if not document.circuits:
        return {}
    caveats = {one.circuit: one.caveats for one in document.circuits}
    return {"circuit_caveats": json.dumps(caveats, ensure_ascii=False)}


def _provenance(document: Answer) -> dict[str, str | int | float]:
    """Flat attributes that every file format of xarray can hold."""
    return {
        "drug": document.drug,
        "form": document.form,
        "kinetics": document.kinetics,
        "occupancy_version": document.version,
        "seed": document.band.seed,
        "draws": document.band.draws,
        "band_contains": document.band.contains,
        "person": document.person.to_json(),
        "sources": json.dumps(document.sources, default=vars, ensure_ascii=False),
        "warnings": json.dumps(document.warnings, ensure_ascii=False),
        "disclaimer": document.disclaimer,
    }
