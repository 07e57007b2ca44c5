"""SRTM with a target that is taken from the tracer while the scan runs.

With M = C_T − R1 C_R,

    dM/dt = (k2 − R1 k2a(t)) C_R − k2a(t) M,   k2a(t) = k2/(1 + BP_ND (1 − o(t)))

and o(t) zero before the onset, the occupancy after a linear rise (a ramp, or a step where it
takes no time). Tracer on the target and off it are in equilibrium at every moment, as SRTM has it
(Lammertsma & Hume, NeuroImage 1996;4:153; the time-varying efflux of Alpert et al., ibid.
2003;19:1049). Between the knots of C_R and of o(t) the solution is the closed form of
`convolution`; a ramp is `RAMP_STEPS` steps, a step is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.convolution import frame_stops, phi
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import Piecewise

NAMES: Final = ("R1", "k2", "BP_ND", "occupancy", "onset")
RAMP_STEPS: Final = 32
_DIFFERENCE: Final = 1e-6  # central differences: relative error about its square


@final
@dataclass(frozen=True, eq=False)
class Displacement:
    """A scan in which the target is occupied from some moment on.

    Attributes
    ----------
    frames, convention
        Of the scan.
    ramp
        Minutes from the onset to the whole occupancy; 0 for a step.
    """

    frames: Frames
    convention: Convention
    ramp: float = 0.0

    def curves(self, p: Array, source: Piecewise) -> Array:
        """Return the curves of parameter sets (sets, 5), order of `NAMES`, (sets, frames)."""
        return self._solved(p, source.times, source.values[:, None], source)[..., 0]

    def operator(self, p: Array, knots: Array, values: Array) -> Array:
        """Return the curves of one parameter set (5,) for many sources, (frames, sources).

        `values` (knots, sources) are piecewise linear between `knots`.
        """
        return self._solved(p[None, :], knots, values, None)[0]

    def jacobian(self, p: Array, source: Piecewise) -> Array:
        """Return the derivatives of the curves in the parameters, (sets, frames, 5)."""
        sets, n = p.shape
        step = _DIFFERENCE * np.maximum(np.abs(p), 0.1)
        moved = np.repeat(p[:, None, :], 2 * n, axis=1)
        for i in range(n):
            moved[:, 2 * i, i] += step[:, i]
            moved[:, 2 * i + 1, i] -= step[:, i]
        found = self.curves(moved.reshape(-1, n), source).reshape(sets, n, 2, -1)
        return ((found[:, :, 0] - found[:, :, 1]) / (2.0 * step[..., None])).transpose(0, 2, 1)

    def _solved(self, p: Array, knots: Array, values: Array, source: Piecewise | None) -> Array:
        R1, k2, bp, held, onset = (p[:, [i]] for i in range(5))
        stops = frame_stops(self.frames, self.convention)
        base = np.union1d(np.concatenate([[0.0], knots[knots < stops[-1]]]), stops)
        parts = RAMP_STEPS if self.ramp > 0 else 1
        turns = onset + self.ramp * np.linspace(0.0, 1.0, parts + (self.ramp > 0))
        grid = np.sort(
            np.concatenate([np.tile(base, (len(p), 1)), np.clip(turns, 0.0, stops[-1])], axis=1)
        )
        h, middle = np.diff(grid), 0.5 * (grid[:, 1:] + grid[:, :-1])
        risen = (middle > onset).astype(np.float64)
        if self.ramp > 0:
            # the occupancy of the middle of the ramp's own step, whatever the knots cut it into
            at = (middle - onset) * (parts / self.ramp)
            risen = np.clip((np.floor(at) + 0.5) / parts, 0.0, 1.0) * risen
            risen = np.where(at >= parts, 1.0, risen)
        k2a = k2 / (1.0 + bp * (1.0 - held * risen))
        columns = values.shape[1]
        c = np.stack([np.interp(grid, knots, values[:, j]) for j in range(columns)], axis=-1)
        first, rise = c[:, :-1], np.diff(c, axis=1)
        phis = phi(k2a * h, 3)
        gain = (k2 - R1 * k2a)[..., None]
        added = gain * ((h * phis[1])[..., None] * first + (h * phis[2])[..., None] * rise)
        own = gain * ((h * h * phis[2])[..., None] * first + (h * h * phis[3])[..., None] * rise)
        weight = (h * phis[1])[..., None]
        decay = phis[0][..., None]
        state = np.zeros((len(p), columns))
        area = np.zeros_like(state)
        path, total = np.empty((2, len(p), grid.shape[1], columns))
        path[:, 0], total[:, 0] = state, area
        for i in range(h.shape[1]):
            area = area + weight[:, i] * state + own[:, i]
            state = decay[:, i] * state + added[:, i]
            path[:, i + 1], total[:, i + 1] = state, area
        direct = _direct(knots, values, self.frames, self.convention, source)
        rows = np.arange(len(p))[:, None]

        def where(times: Array) -> npt.NDArray[np.intp]:
            found = (grid[:, :, None] < times - 1e-12).sum(axis=1)
            return np.minimum(found, grid.shape[1] - 1)

        if self.convention == "mid":
            shown = path[rows, where(self.frames.mid)]
        else:
            shown = total[rows, where(self.frames.end)] - total[rows, where(self.frames.start)]
            shown = shown / self.frames.duration[:, None]
        return R1[..., None] * direct + shown


def _direct(
    knots: Array, values: Array, frames: Frames, convention: Convention, source: Piecewise | None
) -> Array:
    if source is not None:
        return source.seen(frames, convention)[:, None]
    return np.column_stack([Piecewise(knots, v).seen(frames, convention) for v in values.T])
