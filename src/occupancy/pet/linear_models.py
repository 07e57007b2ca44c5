"""Linear methods: graphical plots and multilinear regressions.

A running integral is that of the curve behind the frames (`curve_of_frames`), shown as the frames
show everything: at their middles, or averaged over them. The operational equations are linear in
time, so averaging both sides over a frame is exact.

Logan            ∫C_T/C_T = V_T ∫C_P/C_T + b               (Logan et al. 1990)
MA1              C_T = γ1 ∫C_P + γ2 ∫C_T, V_T = −γ1/γ2     (Ichise et al. 2002)
Patlak           C_T/C_P = K_i ∫C_P/C_P + V_0              (Patlak et al. 1983)
reference Logan  ∫C_T/C_T = DVR (∫C_R + C_R/k2′)/C_T + b   (Logan et al. 1996)
MRTM1            C_T = γ1 ∫C_R + γ2 ∫C_T + γ3 C_R, BP_ND = −γ1/γ2 − 1, R1 = γ3, k2 = γ1,
                 k2′ = γ1/γ3, k2a = −γ2                    (Ichise et al. 2003)
MRTM2            C_T = γ1 (∫C_R + C_R/k2′) + γ2 ∫C_T, R1 = γ1/k2′, k2 = γ1, k2a = −γ2
SUVR             mean of C_T over mean of C_R in a window; BP_ND is taken as SUVR − 1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import Numbers
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.linear_fit import linear_fit, with_errors
from occupancy.pet.piecewise import Piecewise, curve_of_frames
from occupancy.pet.t_star import checked_t_star, chosen_t_star
from occupancy.pet.weights import logan_weights, own_share, patlak_weights

ARTERIAL: Final = ("logan", "ma1", "patlak")
REFERENCE: Final = ("reference-logan", "mrtm1", "mrtm2", "suvr")


@final
@dataclass(frozen=True, eq=False)
class LinearProblem:
    """What a linear method is given.

    Attributes
    ----------
    frames, convention
        Of all curves.
    target
        The measured curve C_PET, per frame.
    source, source_seen
        C_P or C_R as a curve, and as the frames show it.
    weights
        Of squared residuals of C_T; 0 leaves a frame out.
    transformed
        Whether a plot's points get the weights of C_T carried over by the delta method; if not,
        every point counts by `weights` as they are (ordinary least squares for ones).
    t_star
        Minutes, or 'auto'; the frames whose middle is not before it are used.
    clock
        Middles of the frames to which t* and windows refer, where `frames` were moved; min.
    blood, vB
        Whole blood C_B and its fraction, taken out of C_PET before anything else.
    """

    frames: Frames
    convention: Convention
    target: Array
    source: Piecewise
    source_seen: Array
    weights: Array
    transformed: bool = True
    t_star: float | str = 0.0
    clock: Array | None = None
    blood: Piecewise | None = None
    vB: float = 0.0

    @property
    def mid(self) -> Array:
        """Middles of the frames by the scan's clock, min."""
        return self.frames.mid if self.clock is None else self.clock

    def tissue(self) -> tuple[Array, Array]:
        """Return C_T = (C_PET − vB C_B)/(1 − vB) and its running integral, as the frames show."""
        own = curve_of_frames(self.frames, self.target, self.convention)
        c, area = self.target, own.integral_seen(self.frames, self.convention)
        if self.blood is None or self.vB == 0.0:
            return c, area
        # of the sampled blood curve: its peak between two frames counts as well
        kept = 1.0 - self.vB
        c = (c - self.vB * self.blood.seen(self.frames, self.convention)) / kept
        area = area - self.vB * self.blood.integral_seen(self.frames, self.convention)
        return c, area / kept


def fit_linear(
    model: str,
    problem: LinearProblem,
    k2prime: float | None,
    scan: str,
    region: str,
    settings: dict[str, object],
) -> Fit:
    """Fit one of the methods above; `fitted` and `residuals` are of its own left side.

    Raises
    ------
    PetError
        t* leaves too few frames, or the regression is not determined.
    """
    c, area = problem.tissue()
    source = problem.source_seen
    source_area = problem.source.integral_seen(problem.frames, problem.convention)
    weights = np.where(np.isfinite(c), problem.weights, 0.0)
    c = np.where(np.isfinite(c), c, 1.0)
    ones = np.ones_like(c)
    share = own_share(problem.frames, problem.convention)
    ratio = model in ("logan", "reference-logan")
    below = source if model == "patlak" else c
    if ratio or model == "patlak":
        # a plot's point exists only where its denominator is above zero
        weights = np.where(below > 0, weights, 0.0)
        below = np.where(below > 0, below, 1.0)
    if model == "logan":
        x, y = np.column_stack([source_area / below, ones]), area / below
    elif model == "reference-logan":
        more = 0.0 if k2prime is None else source / k2prime
        x, y = np.column_stack([(source_area + more) / below, ones]), area / below
    elif model == "patlak":
        x, y = np.column_stack([source_area / below, ones]), c / below
    elif model == "ma1":
        x, y = np.column_stack([source_area, area]), c
    elif model == "mrtm1":
        x, y = np.column_stack([source_area, area, source]), c
    elif model == "mrtm2":
        if k2prime is None:
            raise PetError("mrtm2 needs k2prime, 1/min; take it from mrtm1 or srtm.")
        x, y = np.column_stack([source_area + source / k2prime, area]), c
    else:
        raise PetError(f"{model!r} is not a linear method; allowed: {ARTERIAL + REFERENCE}.")
    if ratio and problem.transformed:
        weights = np.where(weights > 0, logan_weights(weights, y, share, below), 0.0)
    elif model == "patlak" and problem.transformed:
        weights = patlak_weights(weights, np.where(weights > 0, below, 0.0))
    mid = problem.mid
    checked_t_star(problem.t_star, mid, weights > 0, x.shape[1])
    t_star = (
        chosen_t_star(x, y, weights, mid)
        if isinstance(problem.t_star, str)
        else float(problem.t_star)
    )
    weights = np.where(mid >= t_star, weights, 0.0)
    line = linear_fit(x, y, weights)
    values, se, covariance = with_errors(
        lambda b: _quantities(model, b, k2prime), line.coefficients, line.covariance
    )
    used = int((weights > 0).sum())
    settings = settings | {"t_star_min": t_star, "frames_used": used}
    if k2prime is not None:
        values["k2'"] = k2prime
    warnings: list[str] = []
    if used < x.shape[1] + 3:
        warnings.append(f"only {used} frames lie after t* {t_star:g} min")
    return Fit(
        scan, region, model, values, se, tuple(se), covariance, line.fitted, y - line.fitted,
        weights, mid, line.wrss, used, x.shape[1], 1, tuple(warnings), settings,
    )  # fmt: skip


def _quantities(model: str, b: Numbers, k2prime: float | None) -> dict[str, Numbers]:
    if model == "logan":
        return {"V_T": b[0], "intercept": b[1]}
    if model == "reference-logan":
        return {"BP_ND": b[0] - 1.0, "DVR": b[0], "intercept": b[1]}
    if model == "patlak":
        return {"K_i": b[0], "V_0": b[1]}
    if model == "ma1":
        return {"V_T": -b[0] / b[1], "gamma1": b[0], "gamma2": b[1]}
    if model == "mrtm1":
        return {
            "BP_ND": -b[0] / b[1] - 1.0, "R1": b[2], "k2": b[0], "k2a": -b[1], "k2'": b[0] / b[2],
        }  # fmt: skip
    return {"BP_ND": -b[0] / b[1] - 1.0, "R1": b[0] / (k2prime or 1.0), "k2": b[0], "k2a": -b[1]}


def fit_suvr(
    problem: LinearProblem,
    reference: Array,
    window: tuple[float, float],
    scan: str,
    region: str,
    settings: dict[str, object],
) -> Fit:
    """Return the ratio of time-weighted means in a window of minutes, with its standard error.

    SUVR = Σ Δ C_T / Σ Δ C_R over the frames whose middle lies in the window. The error is that of
    a ratio estimator, from the scatter of C_T − SUVR C_R between the frames.

    Raises
    ------
    PetError
        Fewer than one frame in the window, or a reference that is not above zero there.
    """
    c, frames = problem.target, problem.frames
    inside = (problem.mid >= window[0]) & (problem.mid <= window[1]) & np.isfinite(c)
    inside &= np.isfinite(reference) & (problem.weights > 0)
    n = int(inside.sum())
    if n < 1:
        raise PetError(f"No frame has its middle within {window[0]:g} to {window[1]:g} min.")
    time: npt.NDArray[np.float64] = np.where(inside, frames.duration, 0.0)
    r, t = np.where(inside, reference, 0.0), np.where(inside, c, 0.0)
    below = float(time @ r)
    if below <= 0:
        raise PetError("The reference region is not above zero in the window.")
    ratio = float(time @ t) / below
    residuals = np.where(inside, t - ratio * r, 0.0)
    spread = n / (n - 1.0) * float((time * residuals) @ (time * residuals)) if n > 1 else np.nan
    se = float(np.sqrt(spread)) / below
    names = ("SUVR", "BP_ND")
    return Fit(
        scan, region, "suvr", {"SUVR": ratio, "BP_ND": ratio - 1.0}, dict.fromkeys(names, se),
        names, np.full((2, 2), se * se), ratio * r, residuals, time, problem.mid,
        float(time @ residuals**2), n, 1, 1, (),
        settings | {"window_min": list(window), "frames_used": n},
    )  # fmt: skip
