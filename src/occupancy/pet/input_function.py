"""The arterial input: plasma, whole blood and the unmetabolised share of the tracer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, final

import numpy as np

from occupancy.pet.activity_unit import activity_factor, activity_unit
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.nuclide import decay_constant, nuclide_name
from occupancy.pet.piecewise import Piecewise

Tail = Literal["refuse", "hold", "exponential"]
# a sampler's last sample may fall short of the last frame by its own rounding
_SHORT = 1e-3


@final
@dataclass(frozen=True, eq=False)
class InputFunction:
    """What the blood carried, at sample times shared by all columns; linear in between.

    Attributes
    ----------
    times
        Minutes after injection, increasing; shape (samples,).
    plasma
        Radioactivity of plasma, in `unit`: of the parent alone if `metabolite_corrected`,
        otherwise of everything.
    unit
        Unit of concentration, as for `TimeActivity`.
    decay_corrected
        Whether plasma and blood are corrected for decay to the injection.
    metabolite_corrected
        Whether `plasma` is the parent alone.
    whole_blood
        Radioactivity of whole blood in `unit`, or None.
    parent_fraction
        Unmetabolised share 0..1, needed where plasma is not metabolite corrected.
    tail
        What to do for a scan that outlasts the samples: 'refuse' (frames beyond are left out and
        named), 'hold' the last value, or 'exponential' (go on with the mean decline of the last
        three samples).
    nuclide, scan
        As for `TimeActivity`.
    """

    times: Array
    plasma: Array
    unit: str
    decay_corrected: bool
    metabolite_corrected: bool
    whole_blood: Array | None = None
    parent_fraction: Array | None = None
    tail: Tail = "refuse"
    nuclide: str | None = None
    scan: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be an input function.

        Raises
        ------
        PetError
            The message names the column, the sample, its value and what is allowed.
        """
        object.__setattr__(self, "unit", activity_unit(self.unit))
        if self.nuclide is not None:
            object.__setattr__(self, "nuclide", nuclide_name(self.nuclide))
        if self.tail not in ("refuse", "hold", "exponential"):
            raise PetError(f"tail {self.tail!r}: allowed are 'refuse', 'hold', 'exponential'.")
        times = np.array(self.times, dtype=np.float64)
        object.__setattr__(self, "times", times)
        for name in ("plasma", "whole_blood", "parent_fraction"):
            column = getattr(self, name)
            if column is None:
                continue
            values = np.array(column, dtype=np.float64)
            object.__setattr__(self, name, values)
            if values.shape != times.shape or times.ndim != 1:
                raise PetError(
                    f"{name} has shape {values.shape}, times {times.shape}; one value per sample."
                )
            bad = np.flatnonzero(~np.isfinite(values))
            if bad.size:
                raise PetError(
                    f"{name} is {values[bad[0]]} in sample {bad[0] + 1} "
                    f"({times[bad[0]]:g} min); leave out or fill in missing samples."
                )
        Piecewise(times, self.plasma)  # says what is wrong with the times
        share = self.parent_fraction
        if share is not None and ((share < 0) | (share > 1)).any():
            i = int(np.flatnonzero((share < 0) | (share > 1))[0])
            raise PetError(
                f"parent_fraction is {share[i]:g} in sample {i + 1} ({times[i]:g} min); it is a "
                "fraction, 0 to 1 (divide percentages by 100)."
            )
        if share is None and not self.metabolite_corrected:
            raise PetError(
                "Plasma is not metabolite corrected and there is no parent_fraction; give the "
                "fraction, or say metabolite_corrected=True if the tracer has no metabolites."
            )

    def in_unit(self, unit: str) -> InputFunction:
        """Return the same input in another unit of concentration."""
        factor = activity_factor(self.unit, unit)
        blood = None if self.whole_blood is None else self.whole_blood * factor
        return replace(
            self, plasma=self.plasma * factor, whole_blood=blood, unit=activity_unit(unit)
        )

    def decay_corrected_to_injection(self, nuclide: str | None = None) -> InputFunction:
        """Return the input corrected for decay, e^(λ t) per sample (unchanged if it is).

        Raises
        ------
        PetError
            The nuclide is neither given nor known.
        """
        if self.decay_corrected:
            return self
        name = nuclide if nuclide is not None else self.nuclide
        if name is None:
            raise PetError("Decay correction needs the nuclide; give nuclide='C-11' or another.")
        factor = np.exp(decay_constant(name) * self.times)
        blood = None if self.whole_blood is None else self.whole_blood * factor
        return replace(
            self, plasma=self.plasma * factor, whole_blood=blood, decay_corrected=True, nuclide=name
        )

    @property
    def parent(self) -> Piecewise:
        """The parent in plasma, C_P: plasma times parent fraction at the samples."""
        if self.metabolite_corrected or self.parent_fraction is None:
            return self._continued(self.plasma)
        return self._continued(self.plasma * self.parent_fraction)

    @property
    def blood(self) -> Piecewise:
        """Whole blood, C_B.

        Raises
        ------
        PetError
            There is none.
        """
        if self.whole_blood is None:
            raise PetError(
                "The input has no whole blood, which a blood volume needs; give it, or vB=0."
            )
        return self._continued(self.whole_blood)

    def reaches(self, minutes: ArrayLike) -> np.ndarray:
        """Tell, for each time, whether the input (with its tail) is known up to it."""
        when = np.asarray(minutes, dtype=np.float64)
        if self.tail != "refuse":
            return np.ones(when.shape, dtype=bool)
        return when <= self.times[-1] * (1.0 + _SHORT)

    def _continued(self, values: Array) -> Piecewise:
        if self.tail != "exponential":
            return Piecewise(self.times, values)
        t, c = self.times[-3:], values[-3:]
        if t.size < 3 or (c <= 0).any():
            raise PetError("An exponential tail needs three positive last samples; use 'hold'.")
        slope = float(np.polyfit(t, np.log(c), 1)[0])
        if slope >= 0:
            raise PetError("The last three samples do not decline; use tail='hold'.")
        more = t[-1] + np.arange(1, 241) * 1.0
        return Piecewise(
            np.concatenate([self.times, more]),
            np.concatenate([values, c[-1] * np.exp(slope * (more - t[-1]))]),
        )
