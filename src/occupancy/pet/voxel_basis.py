"""SRTM in every voxel: a search over basis functions, refined between them, with standard errors.

C_T = R1 C_R + φ b(θ), b(θ) = C_R ⊗ e^(−θ t), θ = k2a, φ = k2 − R1 θ, BP_ND = k2/θ − 1 (Gunn et
al., NeuroImage 1997;6:279). The basis is made orthogonal to C_R once, so that the best of its
functions is the largest square of one matrix product. Between neighbours on the grid of ln θ the
basis is a parabola in u; what a voxel explains there, N(u)²/D(u), is a ratio of polynomials whose
maximum two Newton steps find.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from occupancy.pet.convolution import convolve
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import Piecewise

#: 1/min; k2a outside is on a bound
RATES = (0.003, 1.0)
FUNCTIONS = 100
OK, NOT_FINITE, ZERO, BOUND, UNDETERMINED = 1, 2, 3, 4, 5
_STEPS = 2


@final
@dataclass(frozen=True, eq=False)
class BasisSRTM:
    """What all voxels of a scan share; `fit` takes their curves.

    Attributes
    ----------
    root
        √w per frame.
    reference
        √w C_R / |√w C_R|, and `size` the length.
    basis
        Orthogonal to the reference and of length 1, (frames, functions).
    rates, step
        θ of each function, and the step of ln θ.
    around
        Around each function, (15, functions): the five coefficients of D(u), three of |db/du|²,
        three of ρ(u) = C_R·b/C_R·C_R, its rate, and the norms below, here and above.
    used
        Frames with a weight.
    """

    names: ClassVar[tuple[str, ...]] = ("BP_ND", "R1", "k2", "k2a")
    with_se: ClassVar[tuple[str, ...]] = ("BP_ND", "R1", "k2")

    root: Array
    reference: Array
    size: float
    basis: Array
    rates: Array
    step: float
    around: Array
    used: int

    @classmethod
    def of(
        cls,
        source: Piecewise,
        seen: Array,
        frames: Frames,
        convention: Convention,
        weights: Array,
        rates: tuple[float, float] = RATES,
        functions: int = FUNCTIONS,
    ) -> BasisSRTM:
        """Return what is shared, from the reference curve, as a curve and as the frames show it."""
        theta = np.geomspace(*rates, functions)
        root = np.sqrt(weights)
        raw = (convolve(source, theta, frames, convention) * root[:, None]).T
        d = seen * root
        size = float(np.sqrt(d @ d))
        unit = d / size
        share = raw @ unit
        b = raw - share[:, None] * unit
        norms = np.sqrt(np.einsum("gf,gf->g", b, b))
        c0, c1, c2 = _parabola(b)
        around = [
            _dot(c0, c0), 2 * _dot(c0, c1), 2 * _dot(c0, c2) + _dot(c1, c1), 2 * _dot(c1, c2),
            _dot(c2, c2), _dot(c1, c1), 4 * _dot(c1, c2), 4 * _dot(c2, c2),
            *(x[:, 0] for x in _parabola((share / size)[:, None])),
            theta, np.roll(norms, 1), norms, np.roll(norms, -1),
        ]  # fmt: skip
        return cls(
            root, unit, size, np.ascontiguousarray((b / norms[:, None]).T), theta,
            float(np.log(theta[1] / theta[0])), np.array(around), int((weights > 0).sum()),
        )  # fmt: skip

    def fit(self, curves: Any, xp: Any = np) -> dict[str, Any]:
        """Return estimates, standard errors (`NAME_se`), wrss and `state` of curves (n, frames).

        `xp` is NumPy, or JAX's NumPy for arrays of JAX. A voxel whose values are not finite or all
        zero is nan; `state` says why.
        """
        y = curves * self.root
        whole = xp.einsum("nf,nf->n", y, y)
        fine = xp.isfinite(whole) & (whole > 0)
        clean = xp is np and bool(fine.all())
        if not clean:
            y = xp.where(fine[:, None], y, 1.0)
            whole = xp.where(fine, whole, 1.0)
        inner = y @ self.basis
        peak = xp.argmax(inner * inner, axis=1)
        last = self.rates.size - 1
        i = xp.clip(peak, 1, last - 1)
        flat, at = inner.reshape(-1), xp.arange(i.shape[0]) * (last + 1) + i
        (
            q0, q1, q2, q3, q4, s0, s1, s2, r0, r1, r2, rate, norm_below, norm, norm_above,
        ) = xp.take(xp.asarray(self.around), i, axis=1)  # fmt: skip
        below, above = flat[at - 1] * norm_below, flat[at + 1] * norm_above
        n0 = flat[at] * norm
        sign = xp.where(n0 < 0, -1.0, 1.0)
        n0, below, above = sign * n0, sign * below, sign * above
        n1 = 0.5 * (above - below)
        n2 = 0.5 * (above + below) - n0
        # 2 N' D − N D' is zero where N²/D is largest: Newton's step from the grid, then another
        u = _stepped(0.0, 2 * n1 * q0 - n0 * q1, 4 * n2 * q0 + n1 * q1 - 2 * n0 * q2, xp)
        n, m = n0 + u * (n1 + u * n2), n1 + 2 * u * n2
        d = q0 + u * (q1 + u * (q2 + u * (q3 + u * q4)))
        d1 = q1 + u * (2 * q2 + u * (3 * q3 + u * 4 * q4))
        bend = 4 * n2 * d + m * d1 - n * (2 * q2 + u * (6 * q3 + u * 12 * q4))
        u = _stepped(u, 2 * m * d - n * d1, bend, xp)
        d = q0 + u * (q1 + u * (q2 + u * (q3 + u * q4)))
        d1 = q1 + u * (2 * q2 + u * (3 * q3 + u * 4 * q4))
        n = n0 + u * (n1 + u * n2)
        phi = sign * n / d
        theta = rate * xp.exp(self.step * u)
        rho, rho1 = r0 + u * (r1 + u * r2), r1 + 2 * u * r2
        along = y @ self.reference
        R1 = along / self.size - phi * rho  # A = R1 + φ ρ
        k2 = phi + R1 * theta
        wrss = xp.maximum(whole - n * n / d - along * along, 0.0)
        # A stands alone; φ and u share [[D, φ D'/2], [φ D'/2, φ² E]]
        e = s0 + u * (s1 + u * s2)
        det = d * e - 0.25 * d1 * d1  # over φ²
        known = (det > 0) & (phi != 0) & (self.used > 3)
        variance = xp.where(known, wrss / max(self.used - 3, 1), xp.nan)
        if not clean:
            variance = xp.where(fine, variance, xp.nan)
        scale = variance / xp.where(known, det, 1.0)
        v_a, v_phi = variance / self.size**2, scale * e
        # in φ u rather than u
        v_u, both = scale * d, -0.5 * scale * d1

        def error(by_a: Any, by_phi: Any, by_u: Any) -> Any:
            v = by_phi * (by_phi * v_phi + 2 * by_u * both) + by_u * by_u * v_u
            return xp.sqrt(xp.maximum(v_a * (by_a * by_a) + v, 0.0))

        per = 1.0 / theta
        out = {
            "BP_ND": k2 * per - 1.0,
            "R1": R1,
            "k2": k2,
            "k2a": theta,
            "wrss": wrss,
            "BP_ND_se": error(1.0, per - rho, -(self.step * per + rho1)),
            "R1_se": error(1.0, rho, rho1),
            "k2_se": error(
                theta, 1.0 - rho * theta, theta * (self.step * R1 / _safe(phi, xp) - rho1)
            ),
        }
        bound = ((peak == 0) & (u <= -1.0)) | ((peak == last) & (u >= 1.0))
        state = xp.where(bound, BOUND, OK)
        if not clean:
            out = {name: xp.where(fine, value, xp.nan) for name, value in out.items()}
            state = xp.where(fine, state, NOT_FINITE)
        if xp is not np or bound.any():
            for name in self.with_se:
                out[f"{name}_se"] = xp.where(bound, xp.nan, out[f"{name}_se"])
        return out | {"state": state}


def _stepped(u: Any, slope: Any, bend: Any, xp: Any) -> Any:
    """Newton's step, within the interval; where the curve does not bend down, to its end."""
    move = xp.where(bend < 0, slope / xp.where(bend < 0, bend, 1.0), -2.0 * xp.sign(slope))
    return xp.clip(u - move, -1.0, 1.0)


def _safe(values: Any, xp: Any) -> Any:
    return xp.where(values != 0, values, 1.0)


def _dot(a: Array, b: Array) -> Array:
    return np.einsum("gf,gf->g", a, b)


def _parabola(values: Array) -> tuple[Array, Array, Array]:
    """Return c0, c1, c2 with c0 + c1 u + c2 u² through each row and its neighbours (u = −1, 0, 1).

    The first and last row have none; theirs are not used.
    """
    below, above = np.roll(values, 1, axis=0), np.roll(values, -1, axis=0)
    return values, 0.5 * (above - below), 0.5 * (above + below) - values
