"""The noise of the reference region, and what it does to the estimates of a target.

A reference tissue model predicts the target from the measured reference curve, which has noise of
its own. The prediction is linear in that curve, C_T = A C_R with A = a_0 + Σ_j a_j G(θ_j), so to
first order the residuals of a fit have the covariance σ_T² W⁻¹ + A V_R Aᵀ, and ordinary standard
errors, which know of σ_T only, are too small. The same noise enters all regions of a scan and
makes their estimates covary.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import final

import numpy as np

from occupancy.pet.convolution import frame_stops, segment_grid, shown
from occupancy.pet.exponential_model import Terms
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import curve_of_frames

_NEIGHBOURS = 2  # on either side of a frame
_BLOCK = 40_000


def curve_variance(frames: Frames, values: Array, weights: Array) -> float:
    """Return σ² of a smooth curve's noise, Var(C_i) = σ²/w_i, from its roughness after the peak.

    Each frame is compared with the cubic, in ln(1 + t), through its four neighbours; the squared
    difference over its own variance in units of σ², averaged over the frames whose neighbours all
    lie at or after the peak (difference-based estimation: Gasser, Sroka & Jennen-Steinmetz,
    Biometrika 1986;73:625). 0.0 where fewer than three frames are left.
    """
    kept = np.isfinite(values) & (weights > 0)
    x, y, w = np.log1p(frames.mid[kept]), values[kept], weights[kept]
    if y.size < 2 * _NEIGHBOURS + 1:
        return 0.0
    found: list[float] = []
    for i in range(int(np.argmax(y)) + _NEIGHBOURS, y.size - _NEIGHBOURS):
        near = np.array([i + k for k in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if k != 0])
        share = np.linalg.inv(np.vander(x[near] - x[i]))[-1]
        own = 1.0 / w[i] + float(share**2 @ (1.0 / w[near]))
        found.append(float(y[i] - share @ y[near]) ** 2 / own)
    return float(np.mean(found)) if len(found) >= 3 else 0.0


@final
@dataclass(frozen=True, eq=False)
class ReferenceNoise:
    """How the noise of a reference curve reaches a prediction.

    Attributes
    ----------
    frames, convention
        Of the scan.
    variance
        Of each frame of the reference; 0 where it is missing.
    grid, value
        Every frame's unit curve on the segments of the convolution, (grid, frames).
    """

    frames: Frames
    convention: Convention
    variance: Array
    grid: Array
    value: Array

    @classmethod
    def of(
        cls, frames: Frames, convention: Convention, values: Array, weights: Array
    ) -> ReferenceNoise:
        """Return the noise of a measured reference curve, its level by `curve_variance`.

        The last ones made are kept: regions fitted one by one share theirs.
        """
        return _noise(
            frames.start.tobytes(), frames.end.tobytes(), convention, values.tobytes(),
            np.asarray(weights, dtype=np.float64).tobytes(),
        )  # fmt: skip

    def carried(self, terms: Terms) -> Array:
        """Return A V_R^(1/2) of many fits, (fits, frames, frames).

        A Aᵀ of it is the prediction's covariance. Every term has shape (fits,).
        """
        n = len(self.frames)
        operator = np.real(terms.direct)[:, None, None] * np.eye(n)
        # so many rates at once that the segments of all frames stay in a processor's cache
        some = max(_BLOCK // self.value.size, 1)
        for a, rate in zip(terms.amplitudes, terms.rates, strict=True):
            size, theta = np.real(a), np.real(rate)
            for i in range(0, theta.size, some):
                part = shown(
                    self.grid, self.value, theta[i : i + some], self.frames, self.convention
                )
                operator[i : i + some] += size[i : i + some, None, None] * part.transpose(1, 0, 2)
        return operator * np.sqrt(self.variance)


@lru_cache(maxsize=16)
def _noise(
    start: bytes, end: bytes, convention: Convention, measured: bytes, weighed: bytes
) -> ReferenceNoise:
    frames = Frames(np.frombuffer(start), np.frombuffer(end))
    values, weights = np.frombuffer(measured), np.frombuffer(weighed)
    known = np.flatnonzero(np.isfinite(values))
    variance = np.zeros(len(frames))
    level = curve_variance(frames, values, weights)
    # a frame left out by its weight is still convolved: it counts as the noisiest of the rest
    least = float(weights[weights > 0].min(initial=np.inf))
    variance[known] = level / np.maximum(weights[known], least) if level > 0 else 0.0
    variance.flags.writeable = False
    grid, value = _units(start, end, convention, np.isfinite(values).tobytes())
    return ReferenceNoise(frames, convention, variance, grid, value)


@lru_cache(maxsize=16)
def _units(start: bytes, end: bytes, convention: Convention, known: bytes) -> tuple[Array, Array]:
    """Return the segments of a scan and every frame's unit curve on them."""
    frames = Frames(np.frombuffer(start), np.frombuffer(end))
    present = np.frombuffer(known, dtype=bool)
    units = []
    for j in range(len(frames)):
        unit = np.where(present, 0.0, np.nan)
        unit[j] = 1.0 if present[j] else np.nan
        units.append(curve_of_frames(frames, unit, convention))
    grid = segment_grid(units[0].times, frame_stops(frames, convention))
    value = np.column_stack([unit.at(grid) for unit in units])
    for array in (grid, value):
        array.flags.writeable = False
    return grid, value
