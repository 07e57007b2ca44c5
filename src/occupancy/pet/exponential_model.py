"""What the kinetic models have in common: a direct part and one or two exponentials.

Every model here predicts C(t) = a_0 D(t) + Σ_j a_j (c ⊗ e^(−θ_j t)): with an arterial input c is
the parent in plasma and D the whole blood; with a reference region both are its curve. A model
only says how its parameters make the a's and θ's; the Jacobian follows from the convolution's
derivative in θ and, for the algebra, a complex step (Squire & Trapp, SIAM Rev 1998;40:110), which
is exact to rounding.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array

STEP = 1e-30
Numbers = npt.NDArray[Any]  # real, or complex for a complex step


class Terms(NamedTuple):
    """The direct amplitude, and per exponential its amplitude and rate."""

    direct: Numbers
    amplitudes: tuple[Numbers, ...]
    rates: tuple[Numbers, ...]


class ExponentialModel(ABC):
    """A kinetic model; parameters on the first axis of every array, any shape behind it."""

    name: ClassVar[str]
    #: the free parameters, in order, and their bounds
    parameters: tuple[str, ...]
    lower: Array
    upper: Array
    #: names of what follows from the parameters
    derived_names: ClassVar[tuple[str, ...]]

    @abstractmethod
    def terms(self, p: Numbers) -> Terms:
        """Return the amplitudes and rates of these parameters, shape (parameters, ...)."""

    @abstractmethod
    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return what follows from the parameters: V_T, BP_ND and their like."""

    @abstractmethod
    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return, for each curve of y (curves, frames), where to start from.

        At most `most` parameter sets per curve, best first, (starts, parameters). All curves
        share the weights (frames,).
        """

    def fixed(self) -> dict[str, float]:
        """Return the parameters that were given rather than fitted."""
        return {}

    def _set(
        self,
        parameters: tuple[str, ...],
        lower: list[float],
        upper: list[float],
        bounds: Mapping[str, tuple[float, float]] | None,
    ) -> None:
        """Hold the free parameters and their bounds, replaced by name where the caller gave some.

        Raises
        ------
        PetError
            A name is not a free parameter, or the lower bound is not below the upper.
        """
        self.parameters = parameters
        self.lower, self.upper = np.array(lower), np.array(upper)
        for name, (low, high) in (bounds or {}).items():
            if name not in self.parameters:
                raise PetError(
                    f"{self.name} has no free parameter {name!r}; bounds may be given for "
                    f"{', '.join(self.parameters)}."
                )
            if not low < high:
                raise PetError(f"Bounds of {name}: {low} must be below {high}.")
            i = self.parameters.index(name)
            self.lower[i], self.upper[i] = low, high

    def predict(self, p: Array, table: ConvolutionTable, direct: Array) -> tuple[Array, Array]:
        """Return curves and Jacobians of parameter sets (sets, parameters).

        Shapes (sets, frames) and (sets, frames, parameters).
        """
        n = p.shape[1]
        stepped = np.repeat(p.T[:, None, :].astype(complex), n, axis=1)
        diagonal = np.arange(n)
        stepped[diagonal, diagonal] += 1j * STEP
        terms = self.terms(stepped)  # each (stepped parameter, sets)
        value, slope = table(np.stack([np.real(rate[0]) for rate in terms.rates]))
        a0 = np.real(terms.direct[0])
        curve = a0[:, None] * direct
        jacobian = (np.imag(terms.direct) / STEP).T[:, None, :] * direct[:, None]
        for j, (a, rate) in enumerate(zip(terms.amplitudes, terms.rates, strict=True)):
            size = np.real(a[0])
            curve = curve + size[:, None] * value[j]
            jacobian = jacobian + value[j][..., None] * (np.imag(a) / STEP).T[:, None, :]
            push = size[:, None] * (np.imag(rate) / STEP).T
            jacobian = jacobian + slope[j][..., None] * push[:, None, :]
        return curve, jacobian

    def derived_with_gradients(self, p: Array) -> dict[str, tuple[Array, Array]]:
        """Return each derived quantity at p (sets, parameters), (sets,), and its gradient.

        Gradients are in the parameters, (sets, parameters).
        """
        sets, n = p.shape
        stepped = np.repeat(p.T[:, None, :].astype(complex), n, axis=1)
        stepped[np.arange(n), np.arange(n)] += 1j * STEP
        out: dict[str, tuple[Array, Array]] = {}
        for name, v in self.derived(stepped).items():
            full = np.broadcast_to(v, (n, sets))
            out[name] = np.real(full[0]), (np.imag(full) / STEP).T
        return out


def two_exponentials(K1: Numbers, k2: Numbers, k3: Numbers, k4: Numbers) -> Terms:
    """Return the impulse response of two tissue compartments in series (direct part zero).

    θ = (s ± √(s² − 4 k2 k4))/2 with s = k2 + k3 + k4; K1 (θ1 − k3 − k4)/(θ1 − θ2) for the faster
    and K1 (k3 + k4 − θ2)/(θ1 − θ2) for the slower (Gunn et al., J Cereb Blood Flow Metab
    2001;21:635, in the notation of Innis et al., ibid. 2007;27:1533).
    """
    total = k2 + k3 + k4
    # (k2 − k3 − k4)² + 4 k2 k3 is the same and does not cancel; the floor separates equal rates
    root = np.sqrt((k2 - k3 - k4) ** 2 + 4.0 * k2 * k3 + 1e-28 * total**2 + 1e-280)
    fast = 0.5 * (total + root)
    slow = k2 * k4 / fast
    gap = k2 - k3 - k4
    # θ1 − k3 − k4 = (gap + root)/2 and k3 + k4 − θ2 = (root − gap)/2, each by its sum of one sign
    product = k2 * k3  # ((root + gap)/2) ((root − gap)/2)
    positive = np.real(gap) >= 0
    larger = 0.5 * (root + np.where(positive, gap, -gap))
    smaller = product / larger
    to_fast = np.where(positive, larger, smaller)
    to_slow = np.where(positive, smaller, larger)
    return Terms(0.0 * K1, (K1 * to_fast / root, K1 * to_slow / root), (fast, slow))


def rate_constants(a: Array, b: Array, fast: Array, slow: Array) -> tuple[Array, ...]:
    """Return K1, k2, k3, k4 whose response is a e^(−fast t) + b e^(−slow t), a, b > 0."""
    K1 = a + b
    k2 = (a * fast + b * slow) / K1
    k4 = fast * slow / k2
    k3 = np.maximum(fast + slow - k2 - k4, 0.0)
    return K1, k2, k3, k4


@lru_cache(maxsize=16)
def rate_grid(largest: float, longest: float, points: int) -> Array:
    """Return rates spread evenly in their logarithm, from a twentieth of a scan to `largest`."""
    rates = np.geomspace(0.05 / longest, largest, points)
    rates.flags.writeable = False
    return rates


def local_minima(squares: Array) -> npt.NDArray[np.intp]:
    """Return the flat indices of the local minima of a 1-D or 2-D table, lowest first."""
    return local_minima_each(squares[None])[0]


def local_minima_each(squares: Array) -> list[npt.NDArray[np.intp]]:
    """Return the flat indices of the local minima of each of several tables, lowest first."""
    around = squares.ndim - 1
    padded = np.pad(squares, [(0, 0), *[(1, 1)] * around], constant_values=np.inf)
    lowest = np.isfinite(squares)
    for shift in np.ndindex(*(3,) * around):
        if all(k == 1 for k in shift):
            continue
        window = tuple(slice(k, k + n) for k, n in zip(shift, squares.shape[1:], strict=True))
        lowest &= squares <= padded[(slice(None), *window)]
    out = []
    for mask, values in zip(lowest.reshape(len(squares), -1), squares, strict=True):
        found = np.flatnonzero(mask)
        out.append(found[np.argsort(values.ravel()[found])])
    return out
