"""Half-lives of the positron emitters and the decay factor of a frame."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, Convention, Frames

# min; Decay Data Evaluation Project, Table of Radionuclides (BIPM Monographie 5): physical
# constants, the same in every study
HALF_LIFE: Final = {"C-11": 20.361, "F-18": 109.728, "O-15": 2.041, "N-13": 9.967}
_WORDS: Final = {
    "c-11": "C-11", "c11": "C-11", "11c": "C-11", "[11c]": "C-11",
    "f-18": "F-18", "f18": "F-18", "18f": "F-18", "[18f]": "F-18",
    "o-15": "O-15", "o15": "O-15", "15o": "O-15", "[15o]": "O-15",
    "n-13": "N-13", "n13": "N-13", "13n": "N-13", "[13n]": "N-13",
}  # fmt: skip


def nuclide_name(text: str) -> str:
    """Return 'C-11', 'F-18', 'O-15' or 'N-13' for the ways these are written.

    Raises
    ------
    PetError
        The text is none of them.
    """
    name = _WORDS.get(text.strip().lower())
    if name is None:
        raise PetError(f"{text!r} is not a known nuclide; allowed: {', '.join(HALF_LIFE)}.")
    return name


def decay_constant(nuclide: str) -> float:
    """Return λ = ln 2 / half-life in 1/min."""
    return math.log(2.0) / HALF_LIFE[nuclide_name(nuclide)]


def decay_factor(nuclide: str, frames: Frames, convention: Convention) -> Array:
    """Return what an uncorrected frame is multiplied by to be corrected to time zero.

    At a mid-frame point e^(λ t); for the average over a frame of length Δ that starts at s, of
    an activity that does not change but by decay, λ Δ e^(λ s) / (1 - e^(-λ Δ)).
    """
    rate = decay_constant(nuclide)
    if convention == "mid":
        return np.exp(rate * frames.mid)
    span = rate * frames.duration
    return np.exp(rate * frames.start) * span / -np.expm1(-span)
