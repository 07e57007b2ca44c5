"""What a trial comes to: quantiles over people per arm, target and draw of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from occupancy.course.sampling import Array
from occupancy.course.window import TargetWindow
from occupancy.drugs import Source
from occupancy.population.block import Arm
from occupancy.population.census import Census
from occupancy.population.people import Population
from occupancy.population.reducers import METRICS

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False)
class TargetOutcome:
    """One target in one arm; shapes begin with the draws of the uncertainty.

    Attributes:
        basis: "in vivo" or "anchored from Ki".
        window: the band named by the literature, where one applies.
        bands: occupancy over people, shape (draws, levels, T).
        cycle: trough, average, peak and swing of the last dosing cycle, (draws, levels) each.
        below, inside, above: share of people by their average occupancy, (draws,), or None
            without a window.
        time_in_window: share of the last cycle inside, averaged over people, (draws,), or None.
    """

    basis: str
    window: TargetWindow | None
    bands: Array
    cycle: Mapping[str, Array]
    below: Array | None
    inside: Array | None
    above: Array | None
    time_in_window: Array | None


@dataclass(frozen=True, eq=False)
class ArmOutcome:
    """One arm of a trial.

    Attributes:
        name: as the arm was called.
        arm: its plan, setting and links.
        time_h: shape (T,), hours from the first dose.
        targets: per target.
        reduced: per reducer of the user, one result for each draw.
        sources: the figures behind it.
        warnings: what to be careful about.
    """

    name: str
    arm: Arm
    time_h: Array
    targets: Mapping[str, TargetOutcome]
    reduced: Mapping[str, tuple[Any, ...]]
    sources: tuple[Source, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Trial:
    """A trial: arms crossed with the same people.

    Attributes:
        population: who was asked for; `census`: who they were.
        draws: draws of the uncertainty, each a whole trial of the same people.
        levels: the quantiles over people that are reported.
        error: largest error of an occupancy quantile over time, from the histogram.
        arms: by name.
        warnings: what to be careful about in every arm.
    """

    population: Population
    census: Census
    draws: int
    levels: tuple[float, ...]
    error: float
    arms: Mapping[str, ArmOutcome]
    warnings: tuple[str, ...]

    def dataset(self) -> xr.Dataset:
        """The trial as a labelled Dataset.

        `occupancy` (arm, draw, target, quantile, time); `trough`, `average`, `peak`, `swing` (arm,
        draw, target, quantile); `below_window`, `in_window`, `above_window` and `time_in_window`
        (arm, draw, target). Fractions; NaN where an arm does not bind a target or no window
        applies.
        """
        import xarray as xr

        from occupancy.version import VERSION

        arms = list(self.arms.values())
        targets = list(dict.fromkeys(t for arm in arms for t in arm.targets))
        time = arms[0].time_h
        many = (len(arms), self.draws, len(targets))
        occupancy = np.full((*many, len(self.levels), time.size), np.nan)
        cycle = {name: np.full((*many, len(self.levels)), np.nan) for name in METRICS}
        fields = {"below_window": "below", "in_window": "inside", "above_window": "above"}
        fields["time_in_window"] = "time_in_window"
        shares = {name: np.full(many, np.nan) for name in fields}
        for i, arm in enumerate(arms):
            for j, target in enumerate(targets):
                if target not in arm.targets:
                    continue
                one = arm.targets[target]
                occupancy[i, :, j] = one.bands
                for name in METRICS:
                    cycle[name][i, :, j] = one.cycle[name]
                for name, field in fields.items():
                    if getattr(one, field) is not None:
                        shares[name][i, :, j] = getattr(one, field)
        along = ("arm", "draw", "target")
        unit = {"units": "1"}
        return xr.Dataset(
            {
                "occupancy": ((*along, "quantile", "time"), occupancy, unit),
                **{n: ((*along, "quantile"), values, unit) for n, values in cycle.items()},
                **{n: (along, values, unit) for n, values in shares.items()},
            },
            coords={
                "arm": [arm.name for arm in arms],
                "target": targets,
                "quantile": list(self.levels),
                "time": ("time", time, {"units": "h", "long_name": "time since first dose"}),
            },
            attrs={
                "version": VERSION,
                "people": self.population.size,
                "seed": self.population.seed,
                "draws": self.draws,
                "quantile_error": self.error,
                "warnings": "; ".join(
                    dict.fromkeys([*self.warnings, *(w for arm in arms for w in arm.warnings)])
                ),
            },
        )
