"""The convolution as a function of its rate, so that a fit evaluates it in microseconds.

c ⊗ e^(−θ t) is an analytic function of θ. With u = ln(1 + θ/θ_0) the product
(1 + θ/θ_0) (c ⊗ e^(−θ t)) is smooth at every scale of θ from zero to the largest, and a Chebyshev
series in u reaches rounding with some hundred terms. The series is built from the closed form of
`convolution` (or another function of the rates), doubled until its error at points between its
nodes, measured, is below `TOLERANCE`; that error is kept. Derivatives come from the derived
series.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import final

import numpy as np

from occupancy.pet.convolution import convolve
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import Piecewise

TOLERANCE = 2e-12
_FIRST, _LARGEST = 96, 768
_GRIDS = 8
_MANY = 24  # rates from which the recurrence is the faster


@final
class ConvolutionTable:
    """c ⊗ e^(−θ t) as frames show it, for any 0 <= θ <= `largest`, with its derivative in θ.

    Attributes
    ----------
    frames
        The frames.
    largest
        The largest rate, 1/min.
    error
        Largest error found between the nodes, as a share of the largest value.
    """

    def __init__(self, convolved: Callable[[Array], Array], frames: Frames, largest: float) -> None:
        """Build the series of `convolved`: rates (θ,) -> (frames, θ).

        Raises
        ------
        PetError
            The series does not converge: the curve is not a finite one.
        """
        self._convolved, self.frames = convolved, frames
        self.largest = float(largest)
        self._scale = 0.1 / float(frames.end[-1])
        self._top = float(np.log1p(self.largest / self._scale))
        terms = _FIRST
        values = self._nodes(terms)
        while True:
            series = _coefficients(values)
            # the nodes of twice as many terms contain points between the ones used
            fresh = np.cos(np.pi * (np.arange(terms) + 0.5) / terms)
            tried = fresh[:: _FIRST // 16]
            found = _chebyshev(tried, terms + 1) @ series
            size = float(np.abs(values).max())
            apart = float(np.abs(found - self._scaled(tried)).max())
            self.error = apart / size if size > 0 else 0.0
            if self.error <= TOLERANCE:
                break
            if terms >= _LARGEST or not np.isfinite(self.error):
                raise PetError(
                    f"The convolution's series did not converge (error {self.error:.1e} with "
                    f"{terms} terms); the input is not a finite curve."
                )
            both = np.empty((2 * terms + 1, values.shape[1]))
            both[0::2], both[1::2] = values, self._scaled(fresh)
            values, terms = both, 2 * terms
        tail = np.abs(series).max(axis=1)
        kept = int(np.flatnonzero(tail > 1e-16 * max(tail.max(), 1e-300)).max(initial=1)) + 1
        series = series[:kept]
        self._width = series.shape[1]
        self._series = np.concatenate([series, _derived(series)], axis=1)
        self._grids: dict[bytes, Array] = {}

    @classmethod
    def exact(
        cls, curve: Piecewise, frames: Frames, convention: Convention, largest: float
    ) -> ConvolutionTable:
        """Return the table of the closed form; the last ones made are kept."""
        return _kept(
            curve.times.tobytes(), curve.values.tobytes(), frames.start.tobytes(),
            frames.end.tobytes(), convention, largest,
        )  # fmt: skip

    def _scaled(self, x: Array) -> Array:
        growth = np.expm1(0.5 * self._top * (x + 1.0))
        rates = self._scale * np.maximum(growth, 0.0)
        return (self._convolved(rates) * (1.0 + growth)).T

    def _nodes(self, terms: int) -> Array:
        return self._scaled(np.cos(np.pi * np.arange(terms + 1) / terms))

    def on_grid(self, rates: Array) -> Array:
        """Return the values at a grid of rates, (rates, frames); the last grids are kept.

        Every search for starting points asks for the same grid.
        """
        key = rates.tobytes()
        if key not in self._grids:
            if len(self._grids) >= _GRIDS:
                self._grids.clear()
            value = self(rates)[0]
            value.flags.writeable = False
            self._grids[key] = value
        return self._grids[key]

    def series(self) -> tuple[Array, float, float]:
        """Return the series itself, for evaluation elsewhere: coefficients, θ_0, and the top.

        c ⊗ e^(−θ t) = Σ_k c_k T_k(2 ln(1 + θ/θ_0)/top − 1)/(1 + θ/θ_0), c of shape
        (terms, frames).
        """
        return self._series[:, : self._width], self._scale, self._top

    def __call__(self, theta: Array) -> tuple[Array, Array]:
        """Return the values and their derivatives in θ, each of shape θ.shape + (frames,)."""
        rates = np.clip(theta, 0.0, self.largest)
        growth = 1.0 + rates / self._scale
        x = np.clip(2.0 * np.log(growth) / self._top - 1.0, -1.0, 1.0)
        flat = _chebyshev(x.ravel(), self._series.shape[0]) @ self._series
        both = flat.reshape(*rates.shape, 2 * self._width)
        per = 1.0 / growth[..., None]
        value = both[..., : self._width] * per
        slope = both[..., self._width :] * (2.0 / self._top) - both[..., : self._width]
        return value, slope * per * per / self._scale


@lru_cache(maxsize=16)
def _kept(
    times: bytes, values: bytes, start: bytes, end: bytes, convention: Convention, largest: float
) -> ConvolutionTable:
    curve = Piecewise(np.frombuffer(times), np.frombuffer(values))
    frames = Frames(np.frombuffer(start), np.frombuffer(end))
    return ConvolutionTable(
        lambda rates: convolve(curve, rates, frames, convention), frames, largest
    )


def _chebyshev(x: Array, terms: int) -> Array:
    """T_0 .. T_(terms−1) at x, shape (x, terms)."""
    if x.size < _MANY:
        return np.cos(np.arccos(x)[:, None] * np.arange(terms))
    # T_(n+1) = 2x T_n − T_(n−1), without a cosine for each
    out = np.empty((terms, x.size))
    out[0] = 1.0
    if terms > 1:
        out[1] = x
    twice = 2.0 * x
    for n in range(2, terms):
        np.multiply(twice, out[n - 1], out=out[n])
        out[n] -= out[n - 2]
    return out.T


def _coefficients(values: Array) -> Array:
    """Chebyshev coefficients from values at the extrema cos(π j / n), (n + 1, frames)."""
    n = values.shape[0] - 1
    mirrored = np.concatenate([values, values[-2:0:-1]])
    series = np.fft.rfft(mirrored, axis=0).real / n
    series[0] *= 0.5
    series[n] *= 0.5
    return series


def _derived(series: Array) -> Array:
    """Coefficients of the derivative in x, padded to the same length."""
    out = np.zeros_like(series)
    for k in range(series.shape[0] - 1, 0, -1):
        above = out[k + 1] if k + 1 < series.shape[0] else 0.0
        out[k - 1] = above + 2 * k * series[k]
    out[0] *= 0.5
    return out
