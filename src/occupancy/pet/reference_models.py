"""Reference-region models: SRTM, SRTM2 and the full one (FRTM).

All predict C_T from the reference curve C_R. R1 = K1/K1′, k2′ is the reference's efflux,
k2a = k2/(1 + BP_ND); names of Innis et al. 2007 (J Cereb Blood Flow Metab 27:1533).
"""

from __future__ import annotations

from typing import final

import numpy as np

from occupancy.pet.arterial_models import FASTEST, Bounds
from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import (
    ExponentialModel,
    Numbers,
    Terms,
    local_minima_each,
    rate_grid,
    two_exponentials,
)
from occupancy.pet.frames import Array

_LOWEST_BP = -0.99
_HIGHEST_BP = 100.0
_HIGHEST_R1 = 10.0


@final
class SRTM(ExponentialModel):
    """Simplified reference tissue model.

    C_T = R1 C_R + (k2 − R1 k2a) C_R ⊗ e^(−k2a t), k2a = k2/(1 + BP_ND)
    (Lammertsma & Hume, NeuroImage 1996;4:153).
    """

    name = "srtm"
    derived_names = ("k2a", "k2'")

    def __init__(self, bounds: Bounds = None) -> None:
        """Hold bounds by name."""
        self._set(
            ("R1", "k2", "BP_ND"), [0.0, 1e-6, _LOWEST_BP],
            [_HIGHEST_R1, FASTEST, _HIGHEST_BP], bounds,
        )  # fmt: skip

    def terms(self, p: Numbers) -> Terms:
        """Return the direct part R1 and the exponential at k2a."""
        R1, k2 = p[0], p[1]
        k2a = k2 / (1.0 + p[2])
        return Terms(R1, (k2 - R1 * k2a,), (k2a,))

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return k2a and k2′ = k2/R1."""
        return {"k2a": p[1] / (1.0 + p[2]), "k2'": p[1] / p[0]}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return the local minima over k2a of the best linear fit (Gunn et al. 1997)."""
        k2a = rate_grid(FASTEST, float(table.frames.end[-1]), 60)
        root = np.sqrt(weights)
        b, d, data = table.on_grid(k2a) * root, direct * root, y * root
        dd = max(float(d @ d), 1e-300)
        across = b @ d / dd
        rest = b - across[:, None] * d
        size = np.maximum(np.einsum("gf,gf->g", rest, rest), 1e-300)
        inner = data @ rest.T
        slope = inner / size
        R1 = np.clip((data @ d / dd)[:, None] - slope * across, 1e-3, _HIGHEST_R1)
        k2 = np.clip(slope + R1 * k2a, 1e-6, FASTEST)
        sets = np.stack([R1, k2, k2 / k2a - 1.0], axis=-1)
        found = local_minima_each(-(inner**2) / size)
        return [own[best[:most]] for own, best in zip(sets, found, strict=True)]


@final
class SRTM2(ExponentialModel):
    """SRTM with one k2′ for the scan: C_T = R1 [C_R + (k2′ − k2a) C_R ⊗ e^(−k2a t)].

    Wu & Carson 2002 (J Cereb Blood Flow Metab 22:1440).
    """

    name = "srtm2"
    derived_names = ("k2", "k2a")

    def __init__(self, k2prime: float, bounds: Bounds = None) -> None:
        """Hold k2′ in 1/min and bounds by name.

        Raises
        ------
        PetError
            k2′ is not positive.
        """
        self.k2prime = checked_k2prime(k2prime)
        self._set(("R1", "BP_ND"), [1e-6, _LOWEST_BP], [_HIGHEST_R1, _HIGHEST_BP], bounds)

    def fixed(self) -> dict[str, float]:
        """Return k2′."""
        return {"k2'": self.k2prime}

    def terms(self, p: Numbers) -> Terms:
        """Return the direct part R1 and the exponential at k2a = R1 k2′/(1 + BP_ND)."""
        k2a = p[0] * self.k2prime / (1.0 + p[1])
        return Terms(p[0], (p[0] * (self.k2prime - k2a),), (k2a,))

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return k2 = R1 k2′ and k2a."""
        k2 = p[0] * self.k2prime
        return {"k2": k2, "k2a": k2 / (1.0 + p[1])}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return the local minima over k2a of the best R1."""
        k2a = rate_grid(FASTEST, float(table.frames.end[-1]), 60)
        root = np.sqrt(weights)
        shape = (direct + (self.k2prime - k2a)[:, None] * table.on_grid(k2a)) * root
        size = np.maximum(np.einsum("gf,gf->g", shape, shape), 1e-300)
        inner = (y * root) @ shape.T
        R1 = np.clip(inner / size, 1e-3, _HIGHEST_R1)
        sets = np.stack([R1, R1 * self.k2prime / k2a - 1.0], axis=-1)
        found = local_minima_each(-np.where(inner > 0, inner**2 / size, 0.0))
        return [own[best[:most]] for own, best in zip(sets, found, strict=True)]


@final
class FRTM(ExponentialModel):
    """Full reference tissue model: two compartments in the target, one in the reference.

    C_T = R1 [C_R + Σ_i f_i (k2/R1 − θ_i) C_R ⊗ e^(−θ_i t)], with f_i and θ_i of the target's two
    exponentials; BP_ND = k3/k4. For k3, k4 much faster than k2 it is SRTM.
    (Lammertsma et al., J Cereb Blood Flow Metab 1996;16:42; Cunningham et al. ibid. 1991;11:1.)
    """

    name = "frtm"
    derived_names = ("BP_ND", "k2'")

    def __init__(self, bounds: Bounds = None) -> None:
        """Hold bounds by name."""
        self._set(
            ("R1", "k2", "k3", "k4"), [1e-6, 1e-6, 0.0, 1e-5],
            [_HIGHEST_R1, FASTEST, FASTEST, FASTEST], bounds,
        )  # fmt: skip

    def terms(self, p: Numbers) -> Terms:
        """Return the direct part R1 and the target's two exponentials."""
        R1, k2 = p[0], p[1]
        _, shares, rates = two_exponentials(1.0 + 0.0 * R1, k2, p[2], p[3])
        amplitudes = tuple(f * (k2 - R1 * rate) for f, rate in zip(shares, rates, strict=True))
        return Terms(R1, amplitudes, rates)

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return BP_ND = k3/k4 and k2′ = k2/R1."""
        return {"BP_ND": p[2] / p[3], "k2'": p[1] / p[0]}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return SRTM's best start with exchange from slow to fast, best first."""
        out: list[Array] = []
        for curve, (first, *_) in zip(y, SRTM().starts(table, direct, y, weights, 1), strict=True):
            R1, k2, bp = first[0], first[1], max(float(first[2]), 0.01)
            tried = np.array(
                [
                    [R1, k2 * faster, bp * k4, k4]
                    for k4 in (0.01, 0.03, 0.1, 0.3, 1.0)
                    for faster in (1.0, 2.0)
                ]
            )
            tried = np.clip(tried, self.lower, self.upper)
            predicted, _ = self.predict(tried, table, direct)
            order = np.argsort((weights * (predicted - curve) ** 2).sum(axis=1))
            out.append(tried[order[:most]])
        return out


def checked_k2prime(k2prime: float) -> float:
    """Return k2′ if it can be one.

    Raises
    ------
    PetError
        It is not a positive number.
    """
    if not (np.isfinite(k2prime) and k2prime > 0):
        raise PetError(
            f"k2prime {k2prime}: the reference region's efflux in 1/min, positive; take it from "
            "SRTM or MRTM1 in a region of high binding."
        )
    return float(k2prime)
