"""Time-activity curves: what the regions of a scan held, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from occupancy.pet.activity_unit import activity_factor, activity_unit
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike, Convention, Frames, checked_convention
from occupancy.pet.nuclide import decay_factor, nuclide_name


@final
@dataclass(frozen=True, eq=False)
class TimeActivity:
    """The curves of one scan.

    Attributes
    ----------
    frames
        When each frame began and ended.
    regions
        Names, all different.
    values
        Shape (frames, regions), in `unit`; nan where a frame of a region is missing.
    unit
        'Bq/mL', 'kBq/mL', 'MBq/mL', 'nCi/mL', 'uCi/mL' or 'SUV'; '' where it is not stated, which
        models with a reference region do without.
    decay_corrected
        Whether the values are corrected for decay to the injection.
    convention
        'average': a value is the mean over its frame, as scanners measure; 'mid': it is the value
        at the middle of its frame, as many simulations give it.
    nuclide
        'C-11', 'F-18', 'O-15' or 'N-13'; None where nothing needs it.
    scan
        A name for the scan.
    """

    frames: Frames
    regions: tuple[str, ...]
    values: Array
    unit: str
    decay_corrected: bool
    convention: Convention = "average"
    nuclide: str | None = None
    scan: str = ""

    def __post_init__(self) -> None:
        """Refuse curves whose shape, names or fields cannot be.

        Raises
        ------
        PetError
            The message names the field, its value and what is allowed.
        """
        values = np.array(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "regions", tuple(self.regions))
        object.__setattr__(self, "unit", activity_unit(self.unit))
        object.__setattr__(self, "convention", checked_convention(self.convention))
        if self.nuclide is not None:
            object.__setattr__(self, "nuclide", nuclide_name(self.nuclide))
        if values.shape != (len(self.frames), len(self.regions)):
            raise PetError(
                f"values have shape {values.shape}; {len(self.frames)} frames and "
                f"{len(self.regions)} regions need ({len(self.frames)}, {len(self.regions)})."
            )
        twice = sorted({name for name in self.regions if self.regions.count(name) > 1})
        if twice:
            raise PetError(f"Regions named more than once: {', '.join(twice)}.")
        if np.isinf(values).any():
            i, j = np.argwhere(np.isinf(values))[0]
            raise PetError(
                f"Region {self.regions[j]!r} is infinite in frame {i + 1}; a missing value is nan."
            )

    @classmethod
    def from_columns(
        cls, frames: Frames, columns: Mapping[str, ArrayLike], **fields: object
    ) -> TimeActivity:
        """Return the curves given as one list of values per region."""
        values = np.column_stack([np.asarray(c, dtype=np.float64) for c in columns.values()])
        return cls(frames, tuple(columns), values, **fields)  # type: ignore[arg-type]

    def region(self, name: str) -> Array:
        """Return the curve of one region, shape (frames,).

        Raises
        ------
        PetError
            There is no region of that name; the message lists the ones there are.
        """
        if name not in self.regions:
            raise PetError(f"No region {name!r}; the curves have: {', '.join(self.regions)}.")
        return self.values[:, self.regions.index(name)]

    def select(self, regions: Sequence[str]) -> TimeActivity:
        """Return the curves of the named regions, in that order."""
        values = np.column_stack([self.region(name) for name in regions])
        return replace(self, regions=tuple(regions), values=values)

    def in_unit(self, unit: str) -> TimeActivity:
        """Return the same curves in another unit of concentration."""
        factor = activity_factor(self.unit, unit)
        return replace(self, values=self.values * factor, unit=activity_unit(unit))

    def decay_corrected_to_injection(self, nuclide: str | None = None) -> TimeActivity:
        """Return the curves corrected for decay to the injection (unchanged if they are).

        The factor is `decay_factor` of the frames' convention.

        Raises
        ------
        PetError
            The curves are not corrected and neither they nor the argument name the nuclide.
        """
        if self.decay_corrected:
            return self
        name, factor = self._decay(nuclide)
        return replace(
            self, values=self.values * factor[:, None], decay_corrected=True, nuclide=name
        )

    def decay_uncorrected(self, nuclide: str | None = None) -> TimeActivity:
        """Return the curves as they decayed (unchanged if they are); inverse of the correction."""
        if not self.decay_corrected:
            return self
        name, factor = self._decay(nuclide)
        return replace(
            self, values=self.values / factor[:, None], decay_corrected=False, nuclide=name
        )

    def _decay(self, nuclide: str | None) -> tuple[str, Array]:
        name = nuclide if nuclide is not None else self.nuclide
        if name is None:
            raise PetError(
                "Decay correction needs the nuclide; give nuclide='C-11', 'F-18', 'O-15' or 'N-13'."
            )
        name = nuclide_name(name)
        if self.nuclide is not None and name != self.nuclide:
            raise PetError(f"The curves are of {self.nuclide}, the correction asked is of {name}.")
        return name, decay_factor(name, self.frames, self.convention)


def suv(tacs: TimeActivity, injected_MBq: float, weight_kg: float) -> TimeActivity:
    """Return standardised uptake values, C [kBq/mL] · weight [kg] / injected [MBq].

    One gram of tissue is taken as one mL.

    Raises
    ------
    PetError
        Injected activity or weight is not positive, or the curves are not decay corrected.
    """
    if not (injected_MBq > 0 and weight_kg > 0):
        raise PetError(
            f"injected_MBq {injected_MBq} and weight_kg {weight_kg} must both be positive."
        )
    if not tacs.decay_corrected:
        raise PetError("SUV is of decay-corrected curves; correct them to the injection first.")
    values = tacs.in_unit("kBq/mL").values * (weight_kg / injected_MBq)
    return replace(tacs, values=values, unit="SUV")
