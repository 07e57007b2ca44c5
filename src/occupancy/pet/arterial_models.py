"""Tissue compartments with an arterial input: one, two, and two without return.

C_PET = (1 − vB) C_T + vB C_B, C_T = h ⊗ C_P. Rates in 1/min, K1 in mL/cm³/min, V in mL/cm³; names
of Innis et al. 2007 (J Cereb Blood Flow Metab 27:1533). Equations: Gunn et al. 2001 (ibid.
21:635).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np

from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import (
    ExponentialModel,
    Numbers,
    Terms,
    local_minima_each,
    rate_constants,
    rate_grid,
    two_exponentials,
)
from occupancy.pet.frames import Array

Bounds = Mapping[str, tuple[float, float]] | None
FASTEST = 5.0  # 1/min, default upper bound of a rate constant
_TOGETHER = 8  # curves whose tables of rates fit a processor's cache
_LEAST = 1e-4  # share of the smaller exponential with which a start may begin


class _Tissue(ExponentialModel):
    """What the three share: blood volume and its bounds."""

    _tissue: ClassVar[tuple[str, ...]]
    _lowest: ClassVar[tuple[float, ...]]

    def __init__(self, vB: float | None = 0.05, bounds: Bounds = None) -> None:
        """Hold the blood volume fraction, None to fit it (0..0.5), and bounds by name.

        Raises
        ------
        PetError
            vB is not within 0..1, or a bound names no free parameter.
        """
        if vB is not None and not 0.0 <= vB < 1.0:
            raise PetError(f"vB {vB}: a fraction of blood from 0 to below 1, or None to fit it.")
        self.vB = vB
        free = vB is None
        lower = [*self._lowest, *([0.0] if free else [])]
        upper = [2.0 * FASTEST, *[FASTEST] * (len(self._tissue) - 1), *([0.5] if free else [])]
        self._set((*self._tissue, *(("vB",) if free else ())), lower, upper, bounds)

    def fixed(self) -> dict[str, float]:
        """Return vB where it was given."""
        return {} if self.vB is None else {"vB": self.vB}

    def _with_blood(self, p: Numbers, tissue: Terms) -> Terms:
        vB = p[-1] if self.vB is None else self.vB + 0.0 * p[0]
        scaled = tuple((1.0 - vB) * a for a in tissue.amplitudes)
        return Terms(vB, scaled, tissue.rates)

    def _without_blood(
        self, basis: Array, direct: Array, y: Array, weights: Array
    ) -> tuple[Array, Array]:
        """Return √w-weighted basis (…, frames) and data (curves, frames) without the blood."""
        root = np.sqrt(weights)
        b, d = basis * root, direct * root
        if self.vB is not None:
            return b * (1.0 - self.vB), root * y - self.vB * d
        size = float(d @ d)
        if size == 0.0:
            return b, root * y
        d = d / np.sqrt(size)
        return b - (b @ d)[..., None] * d, root * y - ((root * y) @ d)[:, None] * d

    def _blood_of(self, curve: Array, direct: Array, y: Array, weights: Array) -> list[float]:
        """Return the start of vB that explains what tissue does not; nothing where it is fixed."""
        if self.vB is not None:
            return []
        blood = direct * weights
        size = float(blood @ direct)
        share = float(blood @ (y - curve)) / size if size > 0 else 0.0
        return [min(max(share, 0.0), 0.3)]


@final
class OneTissue(_Tissue):
    """1TCM: C_T = K1 C_P ⊗ e^(−k2 t); V_T = K1/k2."""

    name = "1tcm"
    _tissue = ("K1", "k2")
    _lowest = (0.0, 1e-6)
    derived_names = ("V_T",)

    def terms(self, p: Numbers) -> Terms:
        """Return the amplitude K1 and the rate k2."""
        return self._with_blood(p, Terms(0.0 * p[0], (p[0],), (p[1],)))

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return V_T = K1/k2."""
        return {"V_T": p[0] / p[1]}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return the local minima over k2 of the best fit in K1 (and vB)."""
        k2 = rate_grid(self.upper[1], float(table.frames.end[-1]), 60)
        raw = table.on_grid(k2)
        b, d = self._without_blood(raw, direct, y, weights)
        inner = d @ b.T
        size = np.maximum(np.einsum("gf,gf->g", b, b), 1e-300)
        K1 = np.maximum(inner / size, 0.0)
        found = local_minima_each(-np.where(inner > 0, inner**2 / size, 0.0))
        return [
            np.array(
                [
                    [K1[c, i], k2[i], *self._blood_of(K1[c, i] * raw[i], direct, y[c], weights)]
                    for i in best[:most]
                ]
            )
            for c, best in enumerate(found)
        ]


class _TwoExponentialTissue(_Tissue):
    """Starts by a search over every pair of rates, the amplitudes solved for."""

    def _pairs(self, longest: float) -> tuple[Array, Array]:
        raise NotImplementedError

    def _pair_starts(
        self,
        rates: tuple[Array, Array],
        table: ConvolutionTable,
        direct: Array,
        y: Array,
        weights: Array,
        most: int,
    ) -> list[list[tuple[float, float, float, float, list[float]]]]:
        """Return (a, b, fast, slow, [vB]) at each curve's local minima with a, b >= 0."""
        fast, slow = rates
        raw = table.on_grid(np.concatenate([fast, slow]))
        basis, d = self._without_blood(raw, direct, y, weights)
        f, s = basis[: fast.size], basis[fast.size :]
        ff, ss = np.einsum("gf,gf->g", f, f)[:, None], np.einsum("gf,gf->g", s, s)[None, :]
        ff, ss, fs = np.maximum(ff, 1e-300), np.maximum(ss, 1e-300), f @ s.T
        det = ff * ss - fs * fs
        ok = (fast[:, None] > slow[None, :] * (1 + 1e-9)) & (det > 1e-12 * ff * ss)
        det = np.where(ok, det, 1.0)
        inner_f, inner_s = d @ f.T, d @ s.T
        out: list[list[tuple[float, float, float, float, list[float]]]] = []
        for first in range(0, len(y), _TOGETHER):
            df = inner_f[first : first + _TOGETHER, :, None]
            ds = inner_s[first : first + _TOGETHER, None, :]
            a, b = (df * ss - ds * fs) / det, (ds * ff - df * fs) / det
            # where one would be negative, the better of either alone
            with_f, with_s = np.maximum(df, 0) ** 2 / ff, np.maximum(ds, 0) ** 2 / ss
            inside = (a > 0) & (b > 0)
            explained = np.where(inside, a * df + b * ds, np.maximum(with_f, with_s))
            squares = np.where(ok, -explained, np.inf)
            for c, best in enumerate(local_minima_each(squares)):
                starts: list[tuple[float, float, float, float, list[float]]] = []
                for flat in best[:most]:
                    i, j = divmod(int(flat), slow.size)
                    if inside[c, i, j]:
                        ai, bj = float(a[c, i, j]), float(b[c, i, j])
                    elif with_f[c, i, 0] >= with_s[c, 0, j]:
                        ai, bj = max(float(df[c, i, 0]), 0.0) / float(ff[i, 0]), 0.0
                    else:
                        ai, bj = 0.0, max(float(ds[c, 0, j]), 0.0) / float(ss[0, j])
                    total = max(ai + bj, 1e-6)
                    ai, bj = max(ai, _LEAST * total), max(bj, _LEAST * total)
                    curve = ai * raw[i] + bj * raw[fast.size + j]
                    vB = self._blood_of(curve, direct, y[first + c], weights)
                    starts.append((ai, bj, float(fast[i]), float(slow[j]), vB))
                out.append(starts)
        return out


@final
class TwoTissue(_TwoExponentialTissue):
    """2TCM: two compartments, four rates.

    V_T = K1/k2 (1 + k3/k4), V_ND = K1/k2, V_S = V_T − V_ND, BP_ND = k3/k4.
    """

    name = "2tcm"
    _tissue = ("K1", "k2", "k3", "k4")
    _lowest = (0.0, 1e-6, 0.0, 1e-5)
    derived_names = ("V_T", "V_ND", "V_S", "BP_ND")

    def terms(self, p: Numbers) -> Terms:
        """Return the two exponentials of the four rates."""
        return self._with_blood(p, two_exponentials(p[0], p[1], p[2], p[3]))

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return V_T, V_ND, V_S and BP_ND."""
        v_nd, bp = p[0] / p[1], p[2] / p[3]
        return {"V_T": v_nd * (1.0 + bp), "V_ND": v_nd, "V_S": v_nd * bp, "BP_ND": bp}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return the local minima over every pair of rates."""
        grid = rate_grid(min(2.0 * FASTEST, table.largest), float(table.frames.end[-1]), 40)
        found = self._pair_starts((grid, grid), table, direct, y, weights, most)
        return [
            np.array([[*_floats(rate_constants, a, b, f, s), *vB] for a, b, f, s, vB in own])
            for own in found
        ]


@final
class TwoTissueIrreversible(_TwoExponentialTissue):
    """2TCM without return from the second compartment (k4 = 0); K_i = K1 k3/(k2 + k3)."""

    name = "2tcm-irreversible"
    _tissue = ("K1", "k2", "k3")
    _lowest = (0.0, 1e-6, 0.0)
    derived_names = ("K_i", "V_ND")

    def terms(self, p: Numbers) -> Terms:
        """Return the exponential of k2 + k3 and the trapped share at rate zero."""
        K1, k2, k3 = p[0], p[1], p[2]
        leaving = k2 + k3
        tissue = Terms(0.0 * K1, (K1 * k2 / leaving, K1 * k3 / leaving), (leaving, 0.0 * K1))
        return self._with_blood(p, tissue)

    def derived(self, p: Numbers) -> dict[str, Numbers]:
        """Return K_i and V_ND = K1/k2."""
        return {"K_i": p[0] * p[2] / (p[1] + p[2]), "V_ND": p[0] / p[1]}

    def starts(
        self, table: ConvolutionTable, direct: Array, y: Array, weights: Array, most: int
    ) -> list[Array]:
        """Return the local minima over the one rate there is."""
        grid = rate_grid(min(2.0 * FASTEST, table.largest), float(table.frames.end[-1]), 60)
        found = self._pair_starts((grid, np.zeros(1)), table, direct, y, weights, most)
        return [
            np.array([[a + b, f * a / (a + b), f * b / (a + b), *vB] for a, b, f, _, vB in own])
            for own in found
        ]


def _floats(law, *values: float) -> tuple[float, ...]:
    return tuple(float(v) for v in law(*(np.asarray(v) for v in values)))
