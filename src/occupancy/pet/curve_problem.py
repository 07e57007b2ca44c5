"""One region's curve, one model: solved from many starts, with its covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import numpy.typing as npt

from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.exponential_model import ExponentialModel
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.least_squares import Solved, least_squares
from occupancy.pet.reference_noise import ReferenceNoise

# parameters (problems, n) -> one residual each and its gradient
Extra = Callable[[Array], tuple[Array, Array]]

_ON_BOUND = 1e-7
_SINGULAR = 1e-13
_OTHER_MINIMUM = 1.10  # a second minimum with less than this many times the wrss is reported
_OTHER_ESTIMATE = 0.05


@final
@dataclass(frozen=True, eq=False)
class CurveProblem:
    """A model and the data it is to describe.

    Attributes
    ----------
    model
        The kinetic model.
    table
        The input convolved with exponentials as the frames show it.
    direct
        The curve that enters without convolution (reference region, or whole blood), per frame.
    y, weights
        The measured curve and its weights (of squared residuals), per frame; weight 0 leaves a
        frame out.
    noise
        That of the reference region, where the input is one.
    """

    model: ExponentialModel
    table: ConvolutionTable
    direct: Array
    y: Array
    weights: Array
    noise: ReferenceNoise | None = None

    def solve(self, starts: Array, y: Array | None = None, extra: Extra | None = None) -> Solved:
        """Return where each start ends; `y` (starts, frames) gives each its own data.

        `extra` adds one weighted residual, by which a profile holds a quantity.
        """
        root = np.sqrt(self.weights)
        data = np.broadcast_to(self.y if y is None else y, (starts.shape[0], self.y.size))

        def evaluate(p: Array, index: npt.NDArray[np.intp]) -> tuple[Array, Array]:
            curve, jacobian = self.model.predict(p, self.table, self.direct)
            residual, slope = (curve - data[index]) * root, jacobian * root[:, None]
            if extra is None:
                return residual, slope
            more, gradient = extra(p)
            return (
                np.concatenate([residual, more[:, None]], axis=1),
                np.concatenate([slope, gradient[:, None, :]], axis=1),
            )

        return least_squares(evaluate, starts, self.model.lower, self.model.upper)

    def fit(self, most_starts: int, scan: str, region: str, settings: dict[str, object]) -> Fit:
        """Return the best of the model's starts, with covariance and warnings."""
        model = self.model
        starts = model.starts(self.table, self.direct, self.y, self.weights, most_starts)
        solved = self.solve(starts)
        best = int(np.argmin(solved.squares))
        p = solved.parameters[best]
        curve, jacobian = model.predict(p[None, :], self.table, self.direct)
        residuals = self.y - curve[0]
        n, wrss = int((self.weights > 0).sum()), float(self.weights @ residuals**2)
        warnings: list[str] = []
        if not solved.converged[best]:
            warnings.append("the fit did not converge")
        free = np.ones(p.size, dtype=bool)
        for i, name in enumerate(model.parameters):
            for word, bound in (("lower", model.lower[i]), ("upper", model.upper[i])):
                if abs(p[i] - bound) <= _ON_BOUND * max(abs(bound), 1e-6):
                    free[i] = False
                    warnings.append(f"{name} is on its {word} bound, {bound:g}")
        derived = model.derived_with_gradient(p)
        warnings += self._other_minima(solved, best)
        inverse, unknown = _inverse(jacobian[0] * np.sqrt(self.weights)[:, None], free)
        warnings += [f"{model.parameters[i]} is not determined by the data" for i in unknown]
        names = (*model.parameters, *derived)
        gradients = np.vstack([np.eye(p.size), *(g for _, g in derived.values())])
        # a parameter without a covariance makes unknown whatever depends on it
        lost = (np.isnan(np.diag(inverse)) & (gradients != 0.0)).any(axis=1)
        inverse = np.where(np.isfinite(inverse), inverse, 0.0)
        variance = wrss / (n - p.size) if n > p.size else np.nan
        shared = None
        if self.noise is not None:
            # the estimate moves by `reach` times what the data move
            reach = inverse @ (jacobian[0] * self.weights[:, None]).T
            carried = self.noise.carried(model.terms(p))
            left = carried - jacobian[0] @ (reach @ carried)
            explained = float(self.weights @ (left**2).sum(axis=1))
            if explained > wrss:
                # the residuals bear no more than themselves
                carried, explained = carried * np.sqrt(wrss / explained), wrss
            variance = (wrss - explained) / (n - p.size) if n > p.size else np.nan
            shared = gradients @ reach @ carried
            shared[lost] = np.nan
        full = variance * (gradients @ inverse @ gradients.T)
        if shared is not None:
            full = full + shared @ shared.T
        full[lost, :] = full[:, lost] = np.nan
        se = np.sqrt(np.diag(full))
        values = dict(zip(model.parameters, p.tolist(), strict=True))
        values |= model.fixed() | {name: value for name, (value, _) in derived.items()}
        return Fit(
            scan, region, model.name, values, dict(zip(names, se.tolist(), strict=True)), names,
            full, curve[0], residuals, self.weights, self.table.frames.mid, wrss, n, p.size,
            starts.shape[0], tuple(warnings), settings, self, shared,
        )  # fmt: skip

    def _other_minima(self, solved: Solved, best: int) -> list[str]:
        """Say where another start found almost as good a fit with another answer."""
        name = self.model.derived_names[0] if "V_T" in self.model.derived_names else "BP_ND"
        lowest = solved.squares[best]
        for k in np.argsort(solved.squares):
            if k == best or solved.squares[k] > _OTHER_MINIMUM * lowest:
                continue
            here, there = (self._quantity(name, solved.parameters[i]) for i in (best, int(k)))
            if abs(there - here) > _OTHER_ESTIMATE * abs(here):
                ratio = solved.squares[k] / lowest
                return [
                    f"another minimum has {ratio:.3f} times the wrss and {name} {there:.4g} "
                    f"instead of {here:.4g}"
                ]
        return []

    def _quantity(self, name: str, p: Array) -> float:
        if name in self.model.parameters:
            return float(p[self.model.parameters.index(name)])
        derived = self.model.derived_with_gradient(p)
        return derived[name][0] if name in derived else float("nan")


def _inverse(jacobian: Array, free: npt.NDArray[np.bool_]) -> tuple[Array, list[int]]:
    """Return (JᵀJ)⁻¹ of the free parameters (nan elsewhere), and those not determined."""
    size = jacobian.shape[1]
    out = np.full((size, size), np.nan)
    scale = np.sqrt(np.einsum("fn,fn->n", jacobian, jacobian))
    usable = free & (scale > 0)
    unknown = [int(i) for i in np.flatnonzero(free & ~usable)]
    at = np.flatnonzero(usable)
    if at.size == 0:
        return out, unknown
    q = jacobian[:, at] / scale[at]
    lengths, vectors = np.linalg.eigh(q.T @ q)
    if lengths[0] <= _SINGULAR * lengths[-1]:
        weak = at[np.abs(vectors[:, 0]) > 0.1]
        return out, unknown + [int(i) for i in weak]
    inverse = (vectors / lengths) @ vectors.T
    out[np.ix_(at, at)] = inverse / np.outer(scale[at], scale[at])
    return out, unknown
