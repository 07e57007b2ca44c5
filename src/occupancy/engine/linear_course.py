"""What a linear course gives: numbers by name, and a labelled Dataset of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from occupancy.engine.bands import quantile_bands
from occupancy.kinetics.disposition import Array
from occupancy.version import VERSION

if TYPE_CHECKING:
    import xarray as xr

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class LinearCourse:
    """Concentrations [ng/mL] and occupancies [fraction] of people over time.

    `times_h` (times,); `concentrations` and `occupancies` by name, time-major: (times, people).
    """

    times_h: Array
    concentrations: Mapping[str, Array]
    occupancies: Mapping[str, Array]

    @property
    def people(self) -> int:
        """Number of people."""
        arrays = (*self.concentrations.values(), *self.occupancies.values())
        return max((a.shape[1] for a in arrays), default=0)

    def dataset(self, levels: Sequence[float] = LEVELS) -> xr.Dataset:
        """The course as a labelled Dataset, with quantile bands over people.

        Variables: `concentration` (analyte, time, person) in ng/mL, `occupancy` (target, time,
        person), and `concentration_band` and `occupancy_band` with `quantile` in place of
        `person`; `levels` are the probabilities of the bands, by default five.
        """
        import xarray as xr

        variables = {}
        coordinates: dict[str, object] = {
            "time": ("time", self.times_h, {"units": "h", "long_name": "time since start"}),
            "person": np.arange(self.people),
            "quantile": np.asarray(levels, dtype=np.float64),
        }
        for name, dimension, units, values in (
            ("concentration", "analyte", "ng/mL", self.concentrations),
            ("occupancy", "target", "1", self.occupancies),
        ):
            if not values:
                continue
            coordinates[dimension] = list(values)
            bands = np.stack([quantile_bands(one, levels) for one in values.values()], axis=1)
            attributes = {"units": units, "long_name": name}
            variables[name] = ((dimension, "time", "person"), _stacked(values), attributes)
            variables[f"{name}_band"] = (("quantile", dimension, "time"), bands, attributes)
        attributes = {"people": self.people, "occupancy_version": VERSION}
        return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _stacked(values: Mapping[str, Array]) -> Array:
    arrays = list(values.values())
    return arrays[0][None] if len(arrays) == 1 else np.stack(arrays)
