"""MRTM2, Logan, reference Logan and Patlak in every voxel: two coefficients each, in closed form.

The equations are those of `linear_models`; a voxel's running integral is its curve times one
matrix, which is what `curve_of_frames` and its integral make of unit curves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import curve_of_frames
from occupancy.pet.voxel_basis import NOT_FINITE, OK, UNDETERMINED
from occupancy.pet.weights import own_share

PLOTS: Final = ("logan", "reference-logan")


@final
@dataclass(frozen=True, eq=False)
class VoxelLine:
    """What all voxels of a scan share; `fit` takes their curves.

    Attributes
    ----------
    model
        'mrtm2', 'logan', 'reference-logan' or 'patlak'.
    source
        The common regressor: ∫C_P, or ∫C_R + C_R/k2′.
    below
        C_P, for 'patlak'.
    integral
        The matrix that gives running integrals, (frames, frames).
    share
        How much the integral a frame shows changes with the frame's own value, for weights.
    weights
        Of squared residuals of the curve; 0 leaves a frame out.
    transformed
        Whether a plot's points get the curve's weights by the delta method, or count by
        `weights` as they are.
    k2prime
        1/min, for 'mrtm2'.
    """

    model: str
    source: Array
    below: Array
    integral: Array
    share: Array
    weights: Array
    transformed: bool
    k2prime: float

    def fit(self, curves: Any, xp: Any = np) -> dict[str, Any]:
        """Return estimates, standard errors (`NAME_se`), wrss and `state` of curves (n, frames)."""
        y = xp.asarray(curves)
        used = self.weights > 0
        fine = xp.isfinite(y).all(axis=1) & (xp.abs(y[:, used]) > 0).any(axis=1)
        y = xp.where(fine[:, None], y, 1.0)
        w = xp.broadcast_to(xp.asarray(self.weights), y.shape)
        if self.model == "patlak":
            x, z, target = self.source / self.below, 1.0, y / self.below
            if self.transformed:
                w = w * self.below**2
        elif self.model == "mrtm2":
            x, z, target = self.source, y @ self.integral.T, y
        else:
            positive = y > 0
            w = xp.where(positive, w, 0.0)
            c = xp.where(positive, y, 1.0)
            x, z, target = self.source / c, 1.0, (y @ self.integral.T) / c
            if self.transformed:
                slope = (self.share - target) / c
                w = w / xp.maximum(slope * slope, 1e-300)
        wx = w * x
        xx, xz, zz = (wx * x).sum(axis=1), (wx * z).sum(axis=1), (w * z * z).sum(axis=1)
        xt, zt = (wx * target).sum(axis=1), (w * z * target).sum(axis=1)
        det = xx * zz - xz * xz
        points = (w > 0).sum(axis=1)
        known = fine & (det > 1e-12 * xx * zz) & (points > 2)
        safe = xp.where(known, det, 1.0)
        a, b = (xt * zz - zt * xz) / safe, (zt * xx - xt * xz) / safe
        left = target - a[:, None] * x - b[:, None] * z
        wrss = (w * left * left).sum(axis=1)
        s = wrss / xp.maximum(points - 2, 1) / safe
        va, vb, vab = s * zz, s * xx, -s * xz
        out = self._quantities(a, b, va, vb, vab, xp)
        out["wrss"] = wrss
        out = {name: xp.where(known, value, xp.nan) for name, value in out.items()}
        state = xp.where(known, OK, xp.where(fine, UNDETERMINED, NOT_FINITE))
        return out | {"state": state}

    def _quantities(self, a: Any, b: Any, va: Any, vb: Any, vab: Any, xp: Any) -> dict[str, Any]:
        def root(v: Any) -> Any:
            return xp.sqrt(xp.maximum(v, 0.0))

        if self.model == "logan":
            return {"V_T": a, "V_T_se": root(va)}
        if self.model == "reference-logan":
            return {"BP_ND": a - 1.0, "DVR": a, "BP_ND_se": root(va), "DVR_se": root(va)}
        if self.model == "patlak":
            return {"K_i": a, "V_0": b, "K_i_se": root(va), "V_0_se": root(vb)}
        below = xp.where(b != 0, b, 1.0)
        ratio = a / below
        variance = (va - 2 * ratio * vab + ratio * ratio * vb) / (below * below)
        return {
            "BP_ND": -ratio - 1.0,
            "R1": a / self.k2prime,
            "k2": a,
            "k2a": -b,
            "BP_ND_se": root(variance),
            "R1_se": root(va) / self.k2prime,
            "k2_se": root(va),
            "k2a_se": root(vb),
        }


def line_of(
    model: str,
    frames: Frames,
    convention: Convention,
    seen: Array,
    area: Array,
    weights: Array,
    transformed: bool,
    k2prime: float | None,
) -> VoxelLine:
    """Return the kernel of a linear method.

    Parameters
    ----------
    model
        Its name.
    frames, convention
        Of the images.
    seen, area
        The reference or parent as the frames show it, and its running integral.
    weights
        Of squared residuals of the curve, 0 before t*.
    transformed
        See `VoxelLine`.
    k2prime
        1/min, or None for a reference Logan plot without it.
    """
    source = area if k2prime is None or model in ("logan", "patlak") else area + seen / k2prime
    n = len(frames)
    units = np.eye(n)
    columns = [
        curve_of_frames(frames, units[j], convention).integral_seen(frames, convention)
        for j in range(n)
    ]
    below = seen if model == "patlak" else np.ones(n)
    if model == "patlak":
        weights = np.where(seen > 0, weights, 0.0)
        below = np.where(seen > 0, seen, 1.0)
    return VoxelLine(
        model, source, below, np.column_stack(columns), own_share(frames, convention), weights,
        transformed, 1.0 if k2prime is None else k2prime,
    )  # fmt: skip
