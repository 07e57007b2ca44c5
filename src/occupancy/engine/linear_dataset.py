"""A linear course as a labelled Dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from occupancy.engine.bands import quantile_bands
from occupancy.kinetics.disposition import Array
from occupancy.version import VERSION

if TYPE_CHECKING:
    import xarray as xr

    from occupancy.engine.linear import LinearCourse


def course_dataset(course: LinearCourse, levels: Sequence[float]) -> xr.Dataset:
    """See `LinearCourse.dataset`."""
    import xarray as xr

    variables = {}
    coordinates: dict[str, object] = {
        "time": ("time", course.times_h, {"units": "h", "long_name": "time since start"}),
        "person": np.arange(course.people),
        "quantile": np.asarray(levels, dtype=np.float64),
    }
    for name, dimension, units, values in (
        ("concentration", "analyte", "ng/mL", course.concentrations),
        ("occupancy", "target", "1", course.occupancies),
    ):
        if not values:
            continue
        coordinates[dimension] = list(values)
        bands = np.stack([quantile_bands(one, levels) for one in values.values()], axis=1)
        attributes = {"units": units, "long_name": name}
        variables[name] = ((dimension, "time", "person"), _stacked(values), attributes)
        variables[f"{name}_band"] = (("quantile", dimension, "time"), bands, attributes)
    attributes = {"people": course.people, "occupancy_version": VERSION}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _stacked(values: Mapping[str, Array]) -> Array:
    arrays = list(values.values())
    return arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
