"""The curve that a kinetic model predicts from an input."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from occupancy.pet.convolution import convolve
from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import Piecewise


def simulate(
    model: ExponentialModel,
    parameters: Mapping[str, float],
    source: Piecewise,
    frames: Frames,
    convention: Convention = "average",
    direct: Piecewise | None = None,
) -> Array:
    """Return a model's curve as frames show it, (frames,), exact for a piecewise linear input.

    Parameters
    ----------
    model
        `SRTM()`, `SRTM2(k2prime)`, `FRTM()`, `OneTissue(vB)`, `TwoTissue(vB)`,
        `TwoTissueIrreversible(vB)`.
    parameters
        One value for each of `model.parameters`, by name; 1/min and mL/cm³/min.
    source
        C_R or C_P.
    frames, convention
        'average': means over the frames; 'mid': values at their middles.
    direct
        What enters without convolution: whole blood; by default the source itself, as the
        reference tissue models have it.

    Raises
    ------
    PetError
        A parameter is missing or not one of the model's.
    """
    if set(parameters) != set(model.parameters):
        raise PetError(
            f"{model.name} has the parameters {', '.join(model.parameters)}; given were "
            f"{', '.join(parameters) or 'none'}."
        )
    p = np.array([float(parameters[name]) for name in model.parameters])
    terms = model.terms(p)
    curve = float(np.real(terms.direct)) * (source if direct is None else direct).seen(
        frames, convention
    )
    rates = np.array([float(np.real(rate)) for rate in terms.rates])
    parts = convolve(source, rates, frames, convention)
    return curve + parts @ np.array([float(np.real(a)) for a in terms.amplitudes])
