"""How much later the tissue sees the blood than the sampler does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import local_minima
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import ArrayLike
from occupancy.pet.input_function import InputFunction
from occupancy.pet.scan_fit import fit
from occupancy.pet.tac import TimeActivity

_STEP = 0.1  # min; with early frames of seconds there are several minima
_MINIMA = 2
_GOLDEN = 0.3819660112501051


@final
@dataclass(frozen=True)
class Delay:
    """A delay, its standard error, and the fit of the region it was taken from.

    Attributes
    ----------
    minutes, se
        The delay: tissue at t sees the blood sampled at t − minutes. The error is from the
        curvature of the profile of the sum of squares; nan on a bound.
    fit
        The fit at that delay.
    """

    minutes: float
    se: float
    fit: Fit


def fit_delay(
    tacs: TimeActivity,
    blood: InputFunction,
    region: str,
    *,
    model: str = "2tcm",
    vB: float | None = None,
    weights: str | ArrayLike | None = None,
    between: tuple[float, float] = (-0.5, 1.0),
    tolerance: float = 1e-3,
) -> Delay:
    """Find the delay that fits a (large) region best, all other parameters refitted.

    A scan over `between` (min) brackets the two lowest minima of the weighted sum of squares;
    Brent's parabolic steps with golden sections narrow them to `tolerance` minutes, and the lower
    one is returned. Use it for all regions of the scan: `fit(..., delay=result.minutes)`.

    Raises
    ------
    PetError
        The region cannot be fitted at any delay.
    """
    known: dict[float, Fit | None] = {}

    def squares(delay: float) -> float:
        if delay not in known:
            done = fit(
                tacs, model, blood=blood, regions=[region], vB=vB, weights=weights, delay=delay
            )
            known[delay] = done.fits[0] if done.fits else None
            if not done.fits and len(known) == 1:
                raise PetError(done.failures[0][1])
        found = known[delay]
        return found.wrss if found is not None else np.inf

    grid = np.linspace(*between, max(round((between[1] - between[0]) / _STEP), 2) + 1)
    ends = []
    for k in local_minima(np.array([squares(float(d)) for d in grid]))[:_MINIMA]:
        low, high = float(grid[max(k - 1, 0)]), float(grid[min(k + 1, grid.size - 1)])
        ends.append(_brent(squares, low, float(grid[k]), high, tolerance))
    minutes = min(ends, key=squares)
    chosen = known[minutes]
    if chosen is None:
        raise PetError(f"Region {region!r} could not be fitted at any delay.")
    # SSQ near its minimum: S(δ) ≈ S_0 (1 + (δ − δ_0)²/(dof · se²))
    h = 0.02
    se = np.nan
    spare = chosen.degrees_of_freedom - 1
    if between[0] + h < minutes < between[1] - h and spare > 0:
        bend = (squares(minutes - h) - 2 * chosen.wrss + squares(minutes + h)) / h**2
        if bend > 0:
            se = float(np.sqrt(2.0 * chosen.wrss / spare / bend))
    return Delay(minutes, se, chosen)


def _brent(f, low: float, middle: float, high: float, tolerance: float) -> float:
    """Minimise within a bracket by parabolas through the three best points, golden otherwise."""
    x = w = v = middle
    fx = fw = fv = f(x)
    step = previous = high - low
    for _ in range(60):
        centre = 0.5 * (low + high)
        if abs(x - centre) <= 2 * tolerance - 0.5 * (high - low):
            break
        use_golden = True
        if abs(previous) > tolerance:
            r, q = (x - w) * (fx - fv), (x - v) * (fx - fw)
            p = (x - v) * q - (x - w) * r
            q = 2.0 * (q - r)
            p, q = (-p, q) if q > 0 else (p, -q)
            if q != 0 and abs(p) < abs(0.5 * q * previous) and low < x + p / q < high:
                previous, step, use_golden = step, p / q, False
        if use_golden:
            previous = (low - x) if x >= centre else (high - x)
            step = _GOLDEN * previous
        u = x + (step if abs(step) >= tolerance else np.copysign(tolerance, step))
        fu = f(u)
        if fu <= fx:
            low, high = (x, high) if u >= x else (low, x)
            v, w, x, fv, fw, fx = w, x, u, fw, fx, fu
        else:
            low, high = (u, high) if u < x else (low, u)
            if fu <= fw or w == x:
                v, w, fv, fw = w, u, fw, fu
            elif fu <= fv or v in (x, w):
                v, fv = u, fu
    return x
