"""Weights of frames, by the name of their published formula; they multiply squared residuals.

A weight is the inverse of a frame's variance up to a factor, w_i ∝ 1/σ_i². `scheme` gives, with
Δ the frame's duration, t its middle, λ the decay constant and C the decay-corrected curve:

'uniform'            1
'duration'           Δ
'duration-decay'     Δ e^(−λ t)                  (Thiele & Buchert 2008, Nucl Med Commun 29:179)
'counts'             Δ e^(−λ t) / C              variance of a decay-corrected Poisson count,
                                                 σ² ∝ C e^(λ t)/Δ (Mazoyer et al. 1986,
                                                 J Comput Assist Tomogr 10:882)
'trues'              Δ² / T                      with T the trues of the frame, corrected for
                                                 decay (the same variance from measured counts)
'root-counts'        √(Δ C e^(−λ t))             square root of the counts in the frame, the
                                                 default of the R package kinfitr
"""

from __future__ import annotations

from typing import Final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike, Convention, Frames
from occupancy.pet.nuclide import decay_constant, decay_factor
from occupancy.pet.tac import TimeActivity

SCHEMES: Final = ("uniform", "duration", "duration-decay", "counts", "trues", "root-counts")
RATIO: Final = 100.0  # no weight is less than the largest divided by this


def frame_weights(
    tacs: TimeActivity,
    scheme: str = "uniform",
    region: str | None = None,
    trues: ArrayLike | None = None,
    ratio: float = RATIO,
) -> Array:
    """Return one weight per frame, the largest of them 1.

    Parameters
    ----------
    tacs
        The scan; its nuclide is needed by the schemes with decay.
    scheme
        One of `SCHEMES`, defined at the head of this module.
    region
        The curve C; by default the mean of all regions, so that all share one set of weights.
    trues
        Decay-corrected counts per frame, for 'trues'.
    ratio
        No weight is less than the largest divided by this.

    Raises
    ------
    PetError
        An unknown scheme, or something it needs is missing.
    """
    if scheme not in SCHEMES:
        raise PetError(f"Weights {scheme!r}: allowed are {', '.join(SCHEMES)}, or one per frame.")
    frames = tacs.frames
    if scheme == "uniform":
        return np.ones(len(frames))
    if scheme == "duration":
        return _limited(frames.duration, ratio)
    if scheme == "trues":
        return _limited(frames.duration**2 / _counts(trues, len(frames)), ratio)
    if tacs.nuclide is None:
        raise PetError(f"Weights {scheme!r} need the nuclide of the scan; set `nuclide`.")
    if scheme == "duration-decay":
        return _limited(frames.duration * np.exp(-decay_constant(tacs.nuclide) * frames.mid), ratio)
    curve = _curve(tacs, region)
    counts = curve / decay_factor(tacs.nuclide, frames, tacs.convention) * frames.duration
    if scheme == "root-counts":
        return _limited(np.sqrt(counts), ratio)
    decayed = np.exp(-decay_constant(tacs.nuclide) * frames.mid)
    return _limited(frames.duration * decayed / curve, ratio)


def logan_weights(weights: Array, y: Array, own: Array, curve: Array) -> Array:
    """Return the weights of y = ∫C/C from those of C, by the delta method.

    dy/dC = (own − y)/C with `own` the derivative of the integral in its own frame's value, so
    w_y = w C²/(own − y)²; the earlier frames' share of the integral's error is neglected.
    """
    slope = (own - y) / curve
    return weights / np.maximum(slope * slope, 1e-300)


def patlak_weights(weights: Array, plasma: Array) -> Array:
    """Return the weights of y = C/C_P from those of C: w C_P²."""
    return weights * plasma**2


def own_share(frames: Frames, convention: Convention) -> Array:
    """Return how much the running integral shown by a frame changes with the frame's value, min.

    Half the frame for averages; half the step from the middle before for points.
    """
    if convention == "average":
        return 0.5 * frames.duration
    return 0.5 * np.diff(frames.mid, prepend=0.0)


def _curve(tacs: TimeActivity, region: str | None) -> Array:
    if region is not None:
        curve = tacs.region(region)
    else:
        known = np.isfinite(tacs.values)
        total = np.where(known, tacs.values, 0.0).sum(axis=1)
        curve = total / np.maximum(known.sum(axis=1), 1)
    if not tacs.decay_corrected and tacs.nuclide is not None:
        curve = curve * decay_factor(tacs.nuclide, tacs.frames, tacs.convention)
    # frames before the tracer arrives hold noise around zero: a count is not negative
    top = float(np.nanmax(curve)) if np.isfinite(curve).any() else 0.0
    if top <= 0:
        raise PetError("Weights by counts need a curve that is above zero somewhere.")
    return np.maximum(np.nan_to_num(curve), 1e-3 * top)


def _counts(trues: ArrayLike | None, n: int) -> Array:
    if trues is None:
        raise PetError("Weights 'trues' need `trues`, the decay-corrected counts of each frame.")
    counts = np.asarray(trues, dtype=np.float64)
    if counts.shape != (n,) or not (counts > 0).all():
        raise PetError(f"trues must be {n} positive counts, one per frame.")
    return counts


def _limited(weights: Array, ratio: float) -> Array:
    return np.maximum(weights / weights.max(), 1.0 / ratio)
