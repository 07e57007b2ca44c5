"""A kinetic model fitted to all regions of a scan at once: many starts each, then covariances."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from occupancy.memory import keep_freed
from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.curve_problem import CurveProblem
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import Solved, least_squares
from occupancy.pet.reference_noise import ReferenceNoise

_ON_BOUND = 1e-7
_SINGULAR = 1e-13
_OTHER_MINIMUM = 1.10  # a second minimum with less than this many times the wrss is reported
_OTHER_ESTIMATE = 0.05


class _Starts(NamedTuple):
    parameters: Array
    owner: npt.NDArray[np.intp]  # the curve of each


def fit_curves(
    model: ExponentialModel,
    table: ConvolutionTable,
    direct: Array,
    y: Array,
    weights: Array,
    noise: ReferenceNoise | None,
    most_starts: int,
    scan: str,
    regions: tuple[str, ...],
    settings: dict[str, object],
) -> list[Fit]:
    """Return the best fit of each curve, with its covariance and warnings.

    All starts of all curves advance together. Parameters on a bound have no covariance; where
    the input is a reference region, its noise is carried into the errors.

    Parameters
    ----------
    model, table, direct, noise
        As `CurveProblem`.
    y, weights
        Shape (curves, frames).
    most_starts
        At most so many local minima of the search are refined per curve.
    scan, regions, settings
        Go into the fits.
    """
    keep_freed()
    starts = _starts(model, table, direct, y, weights, most_starts)
    solved = _solve(model, table, direct, y, weights, starts)
    own = [np.flatnonzero(starts.owner == c) for c in range(len(y))]
    best = np.array([at[np.argmin(solved.squares[at])] for at in own])
    p = solved.parameters[best]
    curve, jacobian = model.predict(p, table, direct)
    residuals = y - curve
    wrss = np.einsum("cf,cf->c", weights, residuals**2)
    derived = model.derived_with_gradients(p)
    names = (*model.parameters, *derived)
    own_gradient = np.broadcast_to(np.eye(p.shape[1]), (len(p), p.shape[1], p.shape[1]))
    gradients = np.concatenate(
        [own_gradient, *(g[:, None, :] for _, g in derived.values())], axis=1
    )
    lower = np.abs(p - model.lower) <= _ON_BOUND * np.maximum(np.abs(model.lower), 1e-6)
    upper = np.abs(p - model.upper) <= _ON_BOUND * np.maximum(np.abs(model.upper), 1e-6)
    root = np.sqrt(weights)[..., None]
    inverse, unknown = inverses(jacobian * root, ~(lower | upper))
    lost = (np.isnan(np.einsum("cii->ci", inverse))[:, None, :] & (gradients != 0.0)).any(axis=2)
    inverse = np.where(np.isfinite(inverse), inverse, 0.0)
    n = (weights > 0).sum(axis=1)
    spare = np.where(n > p.shape[1], n - p.shape[1], np.nan)
    variance, shared = wrss / spare, None
    if noise is not None:
        carried = noise.carried(model.terms(p.T))
        reach = inverse @ (jacobian * weights[..., None]).transpose(0, 2, 1)
        explained, shrink = borne(jacobian, reach, weights, wrss, carried)
        variance = (wrss - explained) / spare
        shared = gradients @ (reach @ (carried * shrink[:, None, None]))
        shared[lost] = np.nan
    full = variance[:, None, None] * (gradients @ inverse @ gradients.transpose(0, 2, 1))
    if shared is not None:
        full = full + shared @ shared.transpose(0, 2, 1)
    full[lost] = np.nan
    full.transpose(0, 2, 1)[lost] = np.nan
    se = np.sqrt(np.einsum("cii->ci", full))
    others = _Others(model, solved, own)
    fixed = model.fixed()
    fits: list[Fit] = []
    for c, region in enumerate(regions):
        warnings: list[str] = [] if solved.converged[best[c]] else ["the fit did not converge"]
        for i, name in enumerate(model.parameters):
            if lower[c, i]:
                warnings.append(f"{name} is on its lower bound, {model.lower[i]:g}")
            elif upper[c, i]:
                warnings.append(f"{name} is on its upper bound, {model.upper[i]:g}")
        warnings += others.told(c, int(best[c]))
        warnings += [f"{model.parameters[i]} is not determined by the data" for i in unknown[c]]
        values = dict(zip(model.parameters, p[c].tolist(), strict=True)) | fixed
        values |= {name: float(v[c]) for name, (v, _) in derived.items()}
        fits.append(
            Fit(
                scan, region, model.name, values, dict(zip(names, se[c].tolist(), strict=True)),
                names, full[c], curve[c], residuals[c], weights[c], table.frames.mid,
                float(wrss[c]), int(n[c]), p.shape[1], own[c].size, tuple(warnings), settings,
                CurveProblem(model, table, direct, y[c], weights[c], noise),
                None if shared is None else shared[c], float(variance[c]),
            )
        )  # fmt: skip
    return fits


def borne(
    jacobian: Array, reach: Array, weights: Array, wrss: Array, carried: Array
) -> tuple[Array, Array]:
    """Return the part of each wrss that the reference's noise explains, and by what to shrink it.

    `reach` (curves, parameters, frames) is how estimates move with the data, `carried` (curves,
    frames, units) what the noise does to a prediction. The residuals bear no more than themselves.
    """
    left = carried - jacobian @ (reach @ carried)
    explained = np.einsum("cf,cfu->c", weights, left**2)
    much = explained > wrss
    shrink = np.sqrt(np.where(much, wrss / np.where(much, explained, 1.0), 1.0))
    return np.minimum(explained, wrss), shrink


def _starts(
    model: ExponentialModel,
    table: ConvolutionTable,
    direct: Array,
    y: Array,
    weights: Array,
    most: int,
) -> _Starts:
    parts: list[Array] = [np.empty((0, len(model.parameters)))] * len(y)
    kind = np.zeros(len(y), dtype=np.intp)
    kinds = weights[:1]
    if (weights != kinds).any():
        kinds, kind = np.unique(weights, axis=0, return_inverse=True)
    for k, one in enumerate(kinds):
        at = np.flatnonzero(kind.ravel() == k)
        for c, sets in zip(at, model.starts(table, direct, y[at], one, most), strict=True):
            parts[c] = sets
    owner = np.repeat(np.arange(len(y)), [len(part) for part in parts])
    return _Starts(np.concatenate(parts), owner)


def _solve(
    model: ExponentialModel,
    table: ConvolutionTable,
    direct: Array,
    y: Array,
    weights: Array,
    starts: _Starts,
) -> Solved:
    root = np.sqrt(weights)

    def evaluate(p: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        of = starts.owner[index]
        curve, jacobian = model.predict(p, table, direct)
        return (curve - y[of]) * root[of], jacobian * root[of][..., None]

    return least_squares(evaluate, starts.parameters, model.lower, model.upper)


class _Others:
    """Says where another start found almost as good a fit with another answer."""

    def __init__(
        self, model: ExponentialModel, solved: Solved, own: list[npt.NDArray[np.intp]]
    ) -> None:
        self.solved, self.own = solved, own
        self.name = model.derived_names[0] if "V_T" in model.derived_names else "BP_ND"
        if self.name in model.parameters:
            self.value = solved.parameters[:, model.parameters.index(self.name)]
        else:
            found = model.derived(solved.parameters.T).get(self.name)
            self.value = np.full(len(solved.squares), np.nan) if found is None else found

    def told(self, curve: int, best: int) -> list[str]:
        at, squares = self.own[curve], self.solved.squares
        if at.size == 1:
            return []
        here = float(self.value[best])
        for k in at[np.argsort(squares[at])]:
            there = float(self.value[k])
            near = squares[k] <= _OTHER_MINIMUM * squares[best]
            if k != best and near and abs(there - here) > _OTHER_ESTIMATE * abs(here):
                return [
                    f"another minimum has {squares[k] / squares[best]:.3f} times the wrss and "
                    f"{self.name} {there:.4g} instead of {here:.4g}"
                ]
        return []


def inverses(jacobian: Array, free: npt.NDArray[np.bool_]) -> tuple[Array, list[list[int]]]:
    """Return (JᵀJ)⁻¹ of each curve's free parameters (nan elsewhere), and those not determined."""
    curves, _, size = jacobian.shape
    out = np.full((curves, size, size), np.nan)
    unknown: list[list[int]] = [[] for _ in range(curves)]
    scale = np.sqrt(np.einsum("cfn,cfn->cn", jacobian, jacobian))
    usable = free & (scale > 0)
    q = jacobian / np.where(scale > 0, scale, 1.0)[:, None, :]
    lengths, vectors = np.linalg.eigh(q.transpose(0, 2, 1) @ q)
    whole = usable.all(axis=1) & (lengths[:, 0] > _SINGULAR * lengths[:, -1])
    v = vectors[whole]
    inverse = (v / lengths[whole][:, None, :]) @ v.transpose(0, 2, 1)
    out[whole] = inverse / (scale[whole][:, :, None] * scale[whole][:, None, :])
    for c in np.flatnonzero(~whole):
        unknown[c] = [int(i) for i in np.flatnonzero(free[c] & ~usable[c])]
        at = np.flatnonzero(usable[c])
        if at.size == 0:
            continue
        part = q[c][:, at]
        length, vector = np.linalg.eigh(part.T @ part)
        if length[0] <= _SINGULAR * length[-1]:
            unknown[c] += [int(i) for i in at[np.abs(vector[:, 0]) > 0.1]]
            continue
        own = (vector / length) @ vector.T
        out[c][np.ix_(at, at)] = own / np.outer(scale[c, at], scale[c, at])
    return out, unknown
