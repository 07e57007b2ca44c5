"""A piecewise linear curve convolved with exponentials, in closed form, and averaged over frames.

y(t) = ∫ from 0 to t of c(s) e^(−θ (t − s)) ds. Over a segment of length h on which c runs in a
line from c_i by d, with z = θ h and φ_k(z) = ∫ from 0 to 1 of e^(−z (1 − s)) s^(k−1)/(k−1)! ds,

    y(t + h) = e^(−z) y(t) + h (c_i φ_1(z) + d φ_2(z))
    ∫ y over the segment = h φ_1(z) y(t) + h² (c_i φ_2(z) + d φ_3(z))

Nothing is sampled on a grid and nothing is subtracted: for a curve that is not negative every
term is positive, so the result is exact to rounding for any θ >= 0, zero included.
"""

from __future__ import annotations

import numpy as np

from occupancy.pet.frames import Array, Convention, Frames
from occupancy.pet.piecewise import Piecewise

_BLOCK = 8_000  # segments times rates at once: what a processor's cache holds
_SMALL = 1.0  # below, the series; above, the recurrence


def _terms(z: float) -> int:
    """Return the power after which the series of φ at z < 1 changes nothing."""
    m, term = 0, 1.0
    while term > 1e-17:
        m += 1
        term *= z / (m + 1)
    return m


def phi(z: Array, order: int) -> list[Array]:
    """Return φ_0 .. φ_order of z >= 0 (order <= 3), each to rounding.

    φ_0 = e^(−z), φ_1 = (1 − φ_0)/z, φ_2 = (1 − φ_1)/z, φ_3 = (1/2 − φ_2)/z, by their series
    where z is small and the differences would cancel.
    """
    whole = (1.0, 1.0, 0.5)
    small = z < _SMALL
    large = np.where(small, 1.0, z)
    out = [np.exp(-z)]
    if order >= 1:
        out.append(-np.expm1(-large) / large)
    for k in range(2, order + 1):
        out.append((whole[k - 1] - out[k - 1]) / large)
    if order == 0 or not small.any():
        return out
    near = z[small]
    # φ_k(z) = Σ_m (−z)^m / (m + k)!, then downwards by φ_(k−1) = 1/(k−1)! − z φ_k
    total = np.zeros_like(near)
    for m in range(_terms(float(near.max())), -1, -1):
        total = total * near * (-1.0 / (m + 1 + order)) + 1.0
    value = total / (1.0, 1.0, 2.0, 6.0)[order]
    out[order][small] = value
    for k in range(order, 1, -1):
        value = whole[k - 1] - near * value
        out[k - 1][small] = value
    return out


def segment_grid(times: Array, stops: Array) -> Array:
    """Return zero, the knots before the last stop and the stops, in order."""
    knots = times[(times > 0.0) & (times < stops[-1])]
    return np.union1d(np.concatenate([[0.0], knots]), stops)


def frame_stops(frames: Frames, convention: Convention) -> Array:
    """Return the times at which the convolution is needed: middles, or all boundaries."""
    if convention == "mid":
        return frames.mid
    stops = np.union1d(frames.start, frames.end)
    return stops[stops > 0.0]


def sums(
    grid: Array, value: Array, theta: Array, stops: Array, integrate: bool
) -> tuple[Array, Array]:
    """Return y at the stops and, if asked, ∫ y over each interval before a stop.

    Parameters
    ----------
    grid, value
        `segment_grid` and the curves there, (grid, curves).
    theta
        Rates, (θ,). Both results have shape (stops, θ, curves).
    stops
        Increasing times, all of them on the grid.
    integrate
        Whether the integrals are wanted.
    """
    h = np.diff(grid)[:, None]
    first, rise = value[:-1, None, :], np.diff(value, axis=0)[:, None, :]
    # the interval of each segment, and the time that is left in it after the segment
    interval = np.searchsorted(stops, grid[1:], side="left")
    left = (stops[interval] - grid[1:])[:, None]
    begins = np.searchsorted(interval, np.arange(stops.size))
    lengths = np.diff(stops, prepend=0.0)[:, None]

    phis = phi(theta * h, 3 if integrate else 2)
    added = (h * phis[1])[..., None] * first + (h * phis[2])[..., None] * rise
    after = phi(theta * left, 1 if integrate else 0)
    jump = np.add.reduceat(added * after[0][..., None], begins, axis=0)
    whole = phi(theta * lengths, 1 if integrate else 0)
    decay = whole[0][..., None]
    y = np.empty_like(jump)
    before = np.empty_like(jump)
    state = np.zeros(jump.shape[1:])
    for k in range(stops.size):
        before[k] = state
        state = state * decay[k] + jump[k]
        y[k] = state
    if not integrate:
        return y, y
    own = (h * h * phis[2])[..., None] * first + (h * h * phis[3])[..., None] * rise
    own += added * (left * after[1])[..., None]
    area = np.add.reduceat(own, begins, axis=0) + before * (lengths * whole[1])[..., None]
    return y, area


def convolve(curve: Piecewise, theta: Array, frames: Frames, convention: Convention) -> Array:
    """Return c ⊗ e^(−θ t) as the frames show it, shape (frames, θ), exact.

    Parameters
    ----------
    curve
        The input; after its last knot it keeps its last value.
    theta
        Rates >= 0 in 1/min, shape (θ,).
    frames, convention
        'average': the mean over each frame; 'mid': the value at the middle of each.
    """
    rates = np.asarray(theta, dtype=np.float64)
    stops = frame_stops(frames, convention)
    grid = segment_grid(curve.times, stops)
    value = curve.at(grid)[:, None]
    some = max(_BLOCK // grid.size, 1)
    blocks = [
        shown(grid, value, rates[i : i + some], frames, convention)[..., 0]
        for i in range(0, rates.size, some)
    ]
    return np.concatenate(blocks, axis=1) if blocks else np.empty((len(frames), 0))


def shown(grid: Array, value: Array, theta: Array, frames: Frames, convention: Convention) -> Array:
    """Return what the frames show of curves (grid, curves) convolved, (frames, θ, curves)."""
    stops = frame_stops(frames, convention)
    if convention == "mid":
        return sums(grid, value, theta, stops, integrate=False)[0]
    _, area = sums(grid, value, theta, stops, integrate=True)
    # frames do not overlap and every boundary is a stop, so each frame is one interval
    return area[np.searchsorted(stops, frames.end)] / frames.duration[:, None, None]
