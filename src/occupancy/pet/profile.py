"""Profile-likelihood intervals of any quantity of a fit, and residual bootstrap."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import STEP
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array
from occupancy.pet.quantile import t_quantile

_STIFF = 1e4  # weight of the held quantity against the fit's own residual


class Interval(NamedTuple):
    """Two ends; an end that the data do not give is infinite."""

    low: float
    high: float


def profile_interval(fit: Fit, name: str, level: float = 0.95) -> Interval:
    """Return where the profile of the sum of squares rises by the F quantile.

    {c : min over parameters with q(p) = c of wrss <= wrss_min (1 + t²/(n − p))}, t of Student
    (Bates & Watts 1988, Nonlinear Regression Analysis, 6.1). `name` is a fitted parameter or one
    that follows from them (V_T, BP_ND, K_i). It is unsymmetrical where the problem is.

    Raises
    ------
    PetError
        The fit is of a linear method, has no degrees of freedom, or no such parameter.
    """
    problem, at = _problem(fit)
    if fit.degrees_of_freedom <= 0:
        raise PetError("A profile needs more frames than parameters.")
    value, se = fit[name], fit.se.get(name, math.nan)
    if name not in fit.names:
        raise PetError(f"{name} was given, not fitted; profiles exist for {', '.join(fit.names)}.")
    reach = t_quantile(0.5 + 0.5 * level, fit.degrees_of_freedom)
    rise = fit.wrss * reach**2 / fit.degrees_of_freedom
    first = se if math.isfinite(se) and se > 0 else max(abs(value), 1e-3) * 0.1
    stiffness = _STIFF * math.sqrt(max(rise, 1e-300)) / first

    def excess(target: float, start: Array) -> tuple[float, Array]:
        def held(p: Array) -> tuple[Array, Array]:
            q, gradient = _quantity(fit, name, p)
            return stiffness * (q - target), stiffness * gradient

        solved = problem.solve(start[None, :], extra=held)
        p = solved.parameters[0]
        curve, _ = problem.model.predict(p[None, :], problem.table, problem.direct)
        wrss = float(problem.weights @ (problem.y - curve[0]) ** 2)
        reached = float(_quantity(fit, name, p[None, :])[0][0])
        # a bound may keep the quantity from its target: then no finite end lies that way
        off = abs(reached - target) > 0.05 * first
        return (math.inf if off else wrss - fit.wrss - rise), p

    ends = []
    for side in (-1.0, 1.0):
        inner, outer, p_inner = value, value, at
        step, above = reach * first, False
        for _ in range(40):
            outer = inner + side * step
            over, p = excess(outer, p_inner)
            if over > 0:
                above = True
                break
            inner, p_inner, step = outer, p, step * 1.6
        if not above:
            ends.append(side * math.inf)
            continue
        for _ in range(60):
            middle = 0.5 * (inner + outer)
            over, p = excess(middle, p_inner)
            if over > 0:
                outer = middle
            else:
                inner, p_inner = middle, p
            if abs(outer - inner) <= 1e-5 * first:
                break
        ends.append(0.5 * (inner + outer))
    return Interval(ends[0], ends[1])


def residual_bootstrap(fit: Fit, samples: int = 500, seed: int = 0) -> dict[str, Array]:
    """Return draws of every parameter from refits to resampled residuals.

    Weighted residuals √w r, centred and inflated by √(n/(n − p)), are drawn with replacement,
    divided by √w and added to the fitted curve; all samples are refitted together, from the
    estimate (Efron 1979, Ann Stat 7:1).

    Raises
    ------
    PetError
        The fit is of a linear method, or has no degrees of freedom.
    """
    problem, at = _problem(fit)
    if fit.degrees_of_freedom <= 0:
        raise PetError("A bootstrap needs more frames than parameters.")
    used = np.flatnonzero(fit.weights > 0)
    root = np.sqrt(fit.weights[used])
    pool = fit.residuals[used] * root
    pool = (pool - pool.mean()) * math.sqrt(fit.n / fit.degrees_of_freedom)
    drawn = np.random.default_rng(seed).choice(pool, size=(samples, used.size))
    data = np.tile(fit.fitted, (samples, 1))
    data[:, used] += drawn / root
    solved = problem.solve(np.tile(at, (samples, 1)), y=data)
    model = problem.model
    draws = {name: solved.parameters[:, i] for i, name in enumerate(model.parameters)}
    follow = model.derived(solved.parameters.T)
    return draws | {name: np.asarray(v, dtype=np.float64) for name, v in follow.items()}


def bootstrap_interval(draws: Array, level: float = 0.95) -> Interval:
    """Return the percentile interval of draws."""
    tail = 0.5 - 0.5 * level
    low, high = np.quantile(draws, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def _problem(fit: Fit):
    if fit.problem is None:
        raise PetError(
            f"{fit.model} is a linear method; its interval is `fit.interval(name)`. Profiles and "
            "the bootstrap are of compartment and reference tissue models."
        )
    return fit.problem, np.array([fit[name] for name in fit.problem.model.parameters])


def _quantity(fit: Fit, name: str, p: Array) -> tuple[Array, Array]:
    """Return a quantity of parameter sets (sets, parameters), and its gradient."""
    problem, _ = _problem(fit)
    names = problem.model.parameters
    if name in names:
        gradient = np.zeros_like(p)
        gradient[:, names.index(name)] = 1.0
        return p[:, names.index(name)], gradient
    n = p.shape[1]
    stepped = np.repeat(p.T[:, None, :].astype(complex), n, axis=1)
    stepped[np.arange(n), np.arange(n)] += 1j * STEP
    q = problem.model.derived(stepped)[name]
    return np.real(q[0]), (np.imag(q) / STEP).T
