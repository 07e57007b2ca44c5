"""Models of an arterial input: noise between samples smoothed by a law that plasma follows.

With s = t − t0 since the arrival, minutes:

'feng'             (A1 s − A2 − A3) e^(−λ1 s) + A2 e^(−λ2 s) + A3 e^(−λ3 s)
                   (Feng et al., Int J Biomed Comput 1993;32:95)
'tri-exponential'  a line from zero at t0 to the peak, then Σ A_i e^(−λ_i (t − t_peak))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Final, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.error import PetError
from occupancy.pet.exponential_model import STEP, Numbers
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.input_function import InputFunction
from occupancy.pet.least_squares import least_squares

MODELS: Final = ("feng", "tri-exponential")
_RATES: Final = {
    "feng": ((2.0, 5.0, 12.0), (0.08, 0.3), (0.003, 0.015)),
    "tri-exponential": ((1.0, 4.0), (0.1, 0.3), (0.003, 0.015)),
}
_ARRIVED = 0.03  # share of the peak that the tracer's arrival reaches
_FINE = 1 / 60  # min, between knots of the model's curve around the peak


@final
@dataclass(frozen=True, eq=False)
class InputModel:
    """A fitted input.

    Attributes
    ----------
    model
        One of `MODELS`.
    parameters
        A1, A2, A3 in the unit of the samples (A1 of 'feng' per minute), λ in 1/min, the fast
        before the slow, t0 and t_peak in minutes.
    fitted, residuals
        At the samples.
    wrss, n
        Weighted squares, and samples.
    converged
        Whether the search ended.
    """

    model: str
    parameters: dict[str, float]
    fitted: Array
    residuals: Array
    wrss: float
    n: int
    converged: bool

    def at(self, minutes: ArrayLike) -> Array:
        """Return the curve at times >= 0."""
        t = np.asarray(minutes, dtype=np.float64)
        p = self.parameters
        names = ("t0", "A1", "A2", "A3", "lambda1", "lambda2", "lambda3")
        values = np.array([p[name] for name in names])
        return np.real(_curve(self.model, values, t, p.get("t_peak", 0.0)))

    def of(self, blood: InputFunction) -> InputFunction:
        """Return the input with this curve for its parent in plasma, on a fine grid.

        The other columns are read off by lines; the parent fraction is no longer needed.
        """
        last = float(blood.times[-1])
        near = np.arange(0.0, min(10.0, last), _FINE)
        times = np.union1d(near, np.append(np.geomspace(max(near[-1], _FINE), last, 400), last))
        whole = None
        if blood.whole_blood is not None:
            whole = np.interp(times, blood.times, blood.whole_blood)
        return replace(
            blood, times=times, plasma=self.at(times), whole_blood=whole, parent_fraction=None,
            metabolite_corrected=True,
        )  # fmt: skip


def fit_input(
    minutes: ArrayLike,
    parent: ArrayLike,
    model: str = "feng",
    weights: ArrayLike | None = None,
) -> InputModel:
    """Fit a model to samples of the parent in plasma, decay corrected, from many starts.

    Parameters
    ----------
    minutes, parent
        Samples in order of time; eight or more.
    model
        One of `MODELS`.
    weights
        Of squared residuals; all the same by default.

    Raises
    ------
    PetError
        An unknown model, too few samples, or a curve that is never above zero.
    """
    t, c = (np.asarray(x, dtype=np.float64) for x in (minutes, parent))
    w = np.ones_like(t) if weights is None else np.asarray(weights, dtype=np.float64)
    if model not in MODELS:
        raise PetError(f"Model {model!r}: allowed are {', '.join(MODELS)}.")
    if t.ndim != 1 or not (t.shape == c.shape == w.shape) or (np.diff(t) <= 0).any():
        raise PetError("minutes, parent and weights must be lists of one length, in order of time.")
    if t.size < 8 or not (np.isfinite(c).all() and np.isfinite(w).all()):
        raise PetError(f"{t.size} samples; eight finite ones are needed.")
    top = int(np.argmax(c))
    if c[top] <= 0:
        raise PetError("The input is never above zero.")
    before = np.flatnonzero(c[: top + 1] < _ARRIVED * c[top])
    arrival = float(t[before[-1]]) if before.size else 0.0
    peak = float(t[top])
    root = np.sqrt(w)
    # the free time: Feng's arrival; a rise by a line keeps its own
    earliest, latest = (0.0, peak) if model == "feng" else (arrival, arrival + 1e-12)

    starts: list[Array] = []
    times = np.linspace(max(arrival - 0.2, 0.0), max(peak - 1e-3, 0.0), 4)
    for t0 in times if model == "feng" else (arrival,):
        for rates in product(*_RATES[model]):
            parts = np.array(
                [
                    np.real(_curve(model, np.array([t0, *unit, *rates]), t, peak))
                    for unit in np.eye(3)
                ]
            ).T
            sizes, *_ = np.linalg.lstsq(parts * root[:, None], c * root, rcond=None)
            starts.append(np.array([t0, *np.maximum(sizes, 1e-6 * c[top]), *rates]))
    lower = np.array([earliest, 0.0, 0.0, 0.0, 1e-3, 1e-4, 0.0])
    upper = np.array([max(latest, earliest + 1e-9), *[1e6 * c[top]] * 3, 60.0, 10.0, 2.0])

    def evaluate(p: Array, _: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        stepped = np.repeat(p.T[:, None, :, None].astype(complex), 7, axis=1)
        stepped[np.arange(7), np.arange(7)] += 1j * STEP
        value = _curve(model, stepped, t, peak)
        slope = np.imag(value).transpose(1, 2, 0) / STEP
        return (np.real(value[0]) - c) * root, slope * root[:, None]

    found = least_squares(evaluate, np.array(starts), lower, upper, steps=200)
    best = int(np.argmin(found.squares))
    p = _fast_first(model, found.parameters[best])
    names = ("t0", "A1", "A2", "A3", "lambda1", "lambda2", "lambda3")
    told: dict[str, float] = dict(zip(names, p.tolist(), strict=True))
    if model != "feng":
        told["t_peak"] = peak
    fitted = np.real(_curve(model, p, t, peak))
    return InputModel(
        model, told, fitted, c - fitted, float(found.squares[best]), int(t.size),
        bool(found.converged[best]),
    )  # fmt: skip


def _fast_first(model: str, p: Array) -> Array:
    """The same curve with exponentials that may change places in order of their rates."""
    first = 1 if model == "feng" else 0  # A1 and λ1 of 'feng' are of another kind
    order = first + np.argsort(-p[4 + first :])
    return np.concatenate([p[: 1 + first], p[1 + order], p[4 : 4 + first], p[4 + order]])


def _curve(model: str, p: Numbers, t: Array, peak: float) -> Numbers:
    t0, a1, a2, a3, l1, l2, l3 = p
    if model == "feng":
        s = t - t0
        after = np.real(s) > 0
        s = np.where(after, s, 0.0)
        value = (a1 * s - a2 - a3) * np.exp(-l1 * s) + a2 * np.exp(-l2 * s) + a3 * np.exp(-l3 * s)
        return np.where(after, value, 0.0)
    s = np.maximum(t - peak, 0.0)
    value = a1 * np.exp(-l1 * s) + a2 * np.exp(-l2 * s) + a3 * np.exp(-l3 * s)
    rise = np.clip((t - np.real(t0)) / np.maximum(peak - np.real(t0), 1e-9), 0.0, 1.0)
    return value * np.where(t < peak, rise, 1.0)
