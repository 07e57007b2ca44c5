"""What a scan gives its models: weights, the source curve behind the reference or the blood."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias, final

import numpy as np

from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike, Convention, Frames
from occupancy.pet.input_function import InputFunction
from occupancy.pet.piecewise import Piecewise, curve_of_frames
from occupancy.pet.reference_noise import ReferenceNoise
from occupancy.pet.riemann import BLOOD_POINTS, REFERENCE_POINTS, RiemannGrid
from occupancy.pet.tac import TimeActivity
from occupancy.pet.weights import frame_weights

Discretisation: TypeAlias = Literal["exact", "kinfitr"]
DISCRETISATIONS: Final = ("exact", "kinfitr")


@final
@dataclass(frozen=True, eq=False)
class ScanInput:
    """The curve that drives a scan's models.

    Attributes
    ----------
    source
        C_P or C_R as a curve.
    seen
        The same as the frames show it.
    direct
        What enters without convolution, per frame: C_R, or whole blood.
    kept
        Which frames the input covers.
    blood
        Whole blood as a curve; None for a reference region or without blood volume.
    notes
        What was left out and why.
    reference
        The reference region as measured, nan where missing; None with blood.
    """

    source: Piecewise
    seen: Array
    direct: Array
    kept: np.ndarray
    blood: Piecewise | None = None
    notes: tuple[str, ...] = ()
    reference: Array | None = None

    def table(self, tacs: TimeActivity, largest: float, how: Discretisation) -> ConvolutionTable:
        """Return the source convolved with exponentials up to the rate `largest`."""
        if how == "exact":
            return ConvolutionTable.exact(self.source, tacs.frames, tacs.convention, largest)
        grid = self._grid(tacs)
        return ConvolutionTable(
            lambda rates: grid.convolved(self.source, rates), tacs.frames, largest
        )

    def direct_seen(self, tacs: TimeActivity, how: Discretisation) -> Array:
        """Return `direct` as the discretisation has it."""
        if how == "exact":
            return self.direct
        curve = self.source if self.blood is None else self.blood
        return self._grid(tacs).seen(curve) if self.direct.any() else self.direct

    def noise(self, tacs: TimeActivity, weights: Array) -> ReferenceNoise | None:
        """Return the noise of the reference region, None with blood."""
        if self.reference is None:
            return None
        return ReferenceNoise.of(tacs.frames, tacs.convention, self.reference, weights)

    def _grid(self, tacs: TimeActivity) -> RiemannGrid:
        points = BLOOD_POINTS if self.reference is None else REFERENCE_POINTS
        return RiemannGrid(tacs.frames.mid, points)


def reference_input(tacs: TimeActivity, name: str) -> ScanInput:
    """Return the input from a reference region.

    Raises
    ------
    PetError
        There is no such region, or it is zero, negative or missing.
    """
    values = tacs.region(name)
    known = values[np.isfinite(values)]
    if known.size < 2 or known.max() <= 0 or known.mean() <= 0:
        raise PetError(
            f"Reference region {name!r} is zero, negative or missing (mean "
            f"{known.mean() if known.size else float('nan'):g} {tacs.unit}); choose a region that "
            "takes up the tracer."
        )
    curve, shown = _behind(
        tacs.frames.start.tobytes(), tacs.frames.end.tobytes(), values.tobytes(), tacs.convention
    )
    seen = np.where(np.isfinite(values), values, shown)
    everything = np.ones(len(tacs.frames), dtype=bool)
    return ScanInput(curve, seen, seen, everything, reference=values)


@lru_cache(maxsize=16)
def _behind(
    start: bytes, end: bytes, values: bytes, convention: Convention
) -> tuple[Piecewise, Array]:
    """Return the curve behind a reference region and what frames show of it; the last are kept."""
    frames = Frames(np.frombuffer(start), np.frombuffer(end))
    curve = curve_of_frames(frames, np.frombuffer(values), convention)
    return curve, curve.seen(frames, convention)


def arterial_input(
    tacs: TimeActivity, blood: InputFunction, vB: float | None, delay: float
) -> ScanInput:
    """Return the input from blood, `delay` minutes later than sampled, in the unit of the curves.

    Raises
    ------
    PetError
        The input ends before the third frame, is never above zero, or lacks the whole blood that
        a blood volume needs.
    """
    blood = blood.decay_corrected_to_injection(tacs.nuclide).in_unit(tacs.unit)
    last = tacs.frames.end if tacs.convention == "average" else tacs.frames.mid
    known = blood.reaches(last - delay)
    notes: tuple[str, ...] = ()
    if not known.all():
        notes = (
            f"{int((~known).sum())} frames are left out: the input ends at {blood.times[-1]:g} min "
            f"(delay {delay:g}), the last frame at {tacs.frames.end[-1]:g} min; set the input's "
            "tail to use them",
        )
    if known.sum() < 3:
        raise PetError(
            f"The input ends at {blood.times[-1]:g} min, before the third frame; give samples over "
            "the whole scan, or set its tail to 'hold' or 'exponential'."
        )
    parent = blood.parent.shifted(delay)
    if parent.values.max() <= 0:
        raise PetError("The input function's parent concentration is never above zero.")
    direct, whole = np.zeros(len(tacs.frames)), None
    if vB is None or vB > 0:
        whole = blood.blood.shifted(delay)
        direct = whole.seen(tacs.frames, tacs.convention)
    seen = parent.seen(tacs.frames, tacs.convention)
    return ScanInput(parent, seen, direct, known, whole, notes)


def weights_of(tacs: TimeActivity, weights: str | ArrayLike | None) -> Array:
    """Return one weight per frame from a scheme's name, given weights, or None for ones.

    Raises
    ------
    PetError
        The weights are not one finite number per frame, none negative.
    """
    if weights is None:
        return np.ones(len(tacs.frames))
    if isinstance(weights, str):
        return frame_weights(tacs, weights)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (len(tacs.frames),) or not np.isfinite(given).all() or (given < 0).any():
        raise PetError(
            f"weights must be {len(tacs.frames)} finite numbers, one per frame and none negative; "
            "0 leaves a frame out."
        )
    return given


def target_curve(
    tacs: TimeActivity, name: str, weights: Array
) -> tuple[Array, Array, tuple[str, ...]]:
    """Return a region's curve (nan where missing), its weights (0 there), and what to note.

    Raises
    ------
    PetError
        Fewer than three frames have a value, or all are zero.
    """
    values = tacs.region(name)
    missing = ~np.isfinite(values)
    own = np.where(missing, 0.0, weights)
    if (own > 0).sum() < 3:
        raise PetError(f"Region {name!r} has {int((own > 0).sum())} frames with a value; 3 needed.")
    if not np.any(values[own > 0] != 0):
        raise PetError(f"Region {name!r} is zero in every frame.")
    notes: tuple[str, ...] = ()
    if missing.any():
        frames = ", ".join(str(i + 1) for i in np.flatnonzero(missing))
        notes = (f"missing frames left out: {frames}",)
    return values, own, notes
