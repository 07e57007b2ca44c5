"""What fits a chunk of voxels: chosen by the model, made once from the input."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import ArrayLike, Convention, Frames
from occupancy.pet.input_function import InputFunction
from occupancy.pet.reference_models import checked_k2prime
from occupancy.pet.scan_input import arterial_input, reference_input, weights_of
from occupancy.pet.tac import TimeActivity
from occupancy.pet.voxel_basis import BasisSRTM
from occupancy.pet.voxel_linear import line_of


class Kernel(Protocol):
    """What fits a chunk of voxels."""

    def fit(self, curves: Any, xp: Any = np) -> dict[str, Any]:
        """Return estimates, errors and states by name, (voxels,), of curves (voxels, frames)."""
        ...


def kernel_of(
    model: str,
    frames: Frames,
    convention: Convention,
    reference: ArrayLike | None,
    blood: InputFunction | None,
    unit: str,
    weights: ArrayLike | None,
    k2prime: float | None,
    t_star: float,
    delay: float,
    rates: tuple[float, float],
    functions: int,
) -> tuple[Kernel, list[str]]:
    """Return the kernel of a model and what to note; arguments as `voxel_maps.fit_maps`.

    Raises
    ------
    PetError
        An input that the model needs is missing, or cannot be what it is given as.
    """
    curve = np.ones(len(frames)) if reference is None else np.asarray(reference, np.float64)
    if curve.shape != (len(frames),):
        raise PetError(f"reference has shape {curve.shape}; one value per frame, {len(frames)}.")
    tacs = TimeActivity(frames, ("reference",), curve[:, None], unit, True, convention)
    if model in ("logan", "patlak"):
        if blood is None:
            raise PetError(f"Maps of {model} need `blood`, an InputFunction.")
        given = arterial_input(tacs, blood, 0.0, delay)
    else:
        if reference is None:
            raise PetError(f"Maps of {model} need `reference`, the curve of its region.")
        given = reference_input(tacs, "reference")
    notes = list(given.notes)
    per_frame = np.where(given.kept, weights_of(tacs, weights), 0.0)
    if model == "srtm":
        if not (0 < rates[0] < rates[1]) or functions < 8:
            raise PetError(f"rates {rates} must be positive and rise; functions {functions} >= 8.")
        shared = BasisSRTM.of(
            given.source, given.seen, frames, convention, per_frame, rates, functions
        )
        return shared, notes
    if k2prime is not None:
        k2prime = checked_k2prime(k2prime)
    elif model == "mrtm2":
        raise PetError("mrtm2 needs k2prime, 1/min; take it from SRTM in a region of high binding.")
    per_frame = np.where(frames.mid >= t_star, per_frame, 0.0)
    left = int((per_frame > 0).sum())
    if left < 3:
        raise PetError(
            f"t_star {t_star:g} min leaves {left} frames; at least 3 are needed. It is in minutes."
        )
    area = given.source.integral_seen(frames, convention)
    line = line_of(
        model, frames, convention, given.seen, area, per_frame, weights is not None, k2prime
    )
    return line, notes
