"""In-scan displacement fitted to the regions of a scan, and compared with none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from occupancy.pet.curve_fit import borne, inverses
from occupancy.pet.displacement import NAMES, Displacement
from occupancy.pet.error import PetError
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import least_squares
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.reference_models import SRTM
from occupancy.pet.reference_noise import ReferenceNoise

MODEL: Final = "srtm-displacement"
LOWEST, HIGHEST = -1.0, 0.999  # of the occupancy; below zero is tracer that finds more target
_ONSETS = 14  # tried over the scan, where the onset is fitted
_OCCUPANCIES = (-0.2, 0.2, 0.6)
_REFINED = 4
_BOUND = 1e-7
_BEFORE, _AFTER = 3, 2  # frames that must lie before and after an onset


def checked_onset(onset: float | None, mid: Array) -> float | None:
    """Return the onset if frames lie on both sides of it.

    Raises
    ------
    PetError
        Fewer than three frames before it, or two after.
    """
    if mid.size < _BEFORE + _AFTER + len(NAMES):
        raise PetError(f"{mid.size} frames are too few for a displacement during the scan.")
    if onset is None:
        return None
    before, after = int((mid < onset).sum()), int((mid > onset).sum())
    if before < _BEFORE or after < _AFTER:
        raise PetError(
            f"onset {onset:g} min has {before} frames before and {after} after it; "
            f"{_BEFORE} and {_AFTER} are needed. It is in minutes after injection."
        )
    return float(onset)


def fit_displacement(
    plain: Fit, source: Piecewise, ramp: float = 0.0, onset: float | None = None
) -> Fit:
    """Fit a displacement to a region that SRTM was fitted to.

    Parameters
    ----------
    plain
        The fit by SRTM, exact; it holds the curve, its weights and the reference's noise, and is
        what the displacement is compared with.
    source
        The curve behind the reference region.
    ramp
        Minutes from the onset to the whole occupancy; 0 for a step.
    onset
        Minutes after injection, or None to fit it.

    Returns
    -------
    A fit with R1, k2, BP_ND (before), occupancy, onset, and what follows: BP_ND_after, k2a, k2'.
    `settings` holds `aicc_without`, the criterion of the plain fit; the fit's own `aicc` below it
    speaks for a displacement, and a warning says where it does not.

    Raises
    ------
    PetError
        A ramp below zero, an onset without frames on both sides, or a fit that is not of SRTM.
    """
    problem = plain.problem
    if problem is None or plain.model != "srtm":
        raise PetError(f"A displacement is fitted after SRTM, not {plain.model}.")
    if not (math.isfinite(ramp) and ramp >= 0):
        raise PetError(f"ramp {ramp}: minutes, 0 or more.")
    noise, weights, y = problem.noise, plain.weights, problem.y
    if noise is None:
        raise PetError("A displacement needs the noise of the reference region of its SRTM.")
    frames = noise.frames
    kept = frames.mid[weights > 0]
    at = checked_onset(onset, kept)
    model = Displacement(frames, noise.convention, ramp)
    srtm = SRTM()
    low, high = (at, at) if at is not None else (float(kept[_BEFORE - 1]), float(kept[-_AFTER]))
    lower = np.array([*srtm.lower, LOWEST, low])
    upper = np.array([*srtm.upper, HIGHEST, high])
    root = np.sqrt(weights)
    starts = _starts(plain, model, source, y, weights, lower, upper)

    def evaluate(p: Array, _: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        residual = (model.curves(p, source) - y) * root
        return residual, model.jacobian(p, source) * root[:, None]

    found = least_squares(evaluate, starts, lower, upper, steps=100)
    best = int(np.argmin(found.squares))
    p = found.parameters[best]
    return _result(
        plain, model, source, noise, p, lower, upper, len(starts), bool(found.converged[best])
    )


def _starts(
    plain: Fit,
    model: Displacement,
    source: Piecewise,
    y: Array,
    weights: Array,
    lower: Array,
    upper: Array,
) -> Array:
    """Return the best of a grid of onsets and occupancies, with binding to go with them."""
    onsets = np.unique(np.linspace(lower[4], upper[4], _ONSETS))
    bp = max(plain["BP_ND"], 0.05)
    tried = np.array(
        [
            [plain["R1"], plain["k2"], min(bp * more, upper[2]), o, onset]
            for onset in onsets
            for o in _OCCUPANCIES
            for more in (1.0, 1.3)
        ]
    )
    tried = np.clip(tried, lower, upper)
    squares = (weights * (model.curves(tried, source) - y) ** 2).sum(axis=1)
    order = np.argsort(squares)
    # from different onsets, so that they do not all end in one minimum
    _, first = np.unique(tried[order, 4], return_index=True)
    kept = order[np.sort(first)[:_REFINED]]
    if onsets.size == 1:
        kept = order[:_REFINED]
    return tried[kept]


def _result(
    plain: Fit,
    model: Displacement,
    source: Piecewise,
    noise: ReferenceNoise,
    p: Array,
    lower: Array,
    upper: Array,
    n_starts: int,
    converged: bool,
) -> Fit:
    weights, y = plain.weights, plain.fitted + plain.residuals
    curve, jacobian = model.curves(p[None], source)[0], model.jacobian(p[None], source)
    residuals = y - curve
    wrss = float((weights * residuals**2).sum())
    free = np.array([True] * 4 + [lower[4] < upper[4]])
    span = np.maximum(np.abs(upper), 1e-6)
    on_bound = free & ((p - lower <= _BOUND * span) | (upper - p <= _BOUND * span))
    n, n_parameters = int((weights > 0).sum()), int(free.sum())
    spare = n - n_parameters
    inverse, unknown = inverses(jacobian * np.sqrt(weights)[:, None], (free & ~on_bound)[None, :])
    k2a = p[1] / (1.0 + p[2])
    derived = {"BP_ND_after": p[2] * (1.0 - p[3]), "k2a": k2a, "k2'": p[1] / p[0]}
    rows = np.zeros((3, 5))
    rows[0, 2], rows[0, 3] = 1.0 - p[3], -p[2]
    rows[1, 1], rows[1, 2] = 1.0 / (1.0 + p[2]), -k2a / (1.0 + p[2])
    rows[2, 0], rows[2, 1] = -p[1] / p[0] ** 2, 1.0 / p[0]
    gradients = np.concatenate([np.eye(5), rows])
    lost = ((np.isnan(np.diag(inverse[0])) & free) & (gradients != 0)).any(axis=1)
    held = np.nan_to_num(inverse)
    carried = model.operator(p, noise.grid, noise.value) * np.sqrt(noise.variance)
    reach = held @ (jacobian * weights[None, :, None]).transpose(0, 2, 1)
    explained, shrink = borne(jacobian, reach, weights[None], np.array([wrss]), carried[None])
    variance = (wrss - float(explained[0])) / spare if spare > 0 else math.nan
    shared = gradients @ (reach[0] @ carried) * shrink[0]
    full = variance * gradients @ held[0] @ gradients.T + shared @ shared.T
    names = (*NAMES, *derived)
    full[lost], full[:, lost], shared[lost] = np.nan, np.nan, np.nan
    known = [i for i, name in enumerate(names) if name != "onset" or free[4]]
    warnings = [] if converged else ["the fit did not converge"]
    warnings += [f"{NAMES[i]} is on its bound, {p[i]:g}" for i in np.flatnonzero(on_bound)]
    warnings += [f"{NAMES[i]} is not determined by the data" for i in unknown[0]]
    out = replace(
        plain,
        model=MODEL,
        parameters=dict(zip(NAMES, p.tolist(), strict=True)) | derived,
        se={names[i]: math.sqrt(full[i, i]) for i in known},
        names=tuple(names[i] for i in known),
        covariance=full[np.ix_(known, known)],
        fitted=curve,
        residuals=residuals,
        wrss=wrss,
        n=n,
        n_parameters=n_parameters,
        n_starts=n_starts,
        warnings=(),
        settings={
            **plain.settings, "ramp_min": model.ramp, "onset": "fitted" if free[4] else "given",
            "aicc_without": plain.aicc,
        },
        problem=None,
        shared=shared[known],
        variance=variance,
    )  # fmt: skip
    if not out.aicc < plain.aicc:
        warnings.append(
            f"no displacement describes the curve as well: AICc {plain.aicc:.1f} without, "
            f"{out.aicc:.1f} with"
        )
    kept = [w for w in plain.warnings if "left out" in w or "missing" in w]
    return replace(out, warnings=(*kept, *warnings))
