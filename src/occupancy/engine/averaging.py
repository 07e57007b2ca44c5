"""States that take weeks or years, driven by a signal that swings with every dose.

    X' = g(X, u(t)),    u(t) = f(θ(t))

The fast layer (plasma, occupancy) is known in closed form, so it is read at the quadrature nodes
of every dosing interval, and X makes one step per interval: the equation

    X(s) = X_0 + ∫_0^s g(X, u) ds

is solved at all nodes of the interval together, by repetition, each time with the average of g
over the interval itself. What is averaged is g of u of θ at each moment, never g of an average:
the two differ wherever f bends. For a linear filter X' = k (u − X) the result is exact up to the
quadrature. A state that moves much within one interval does not settle and is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial.legendre import leggauss, legint, legval
from numpy.typing import ArrayLike

from occupancy.kinetics.disposition import Array

NODES = 12
"""Nodes of each panel; a panel's integral is exact for polynomials of degree 23."""
PANELS = 7
"""Panels of an interval, each half as long as the next: absorption is fast after a dose."""
MOST_REPETITIONS = 60
SETTLED = 1e-14
"""Change of X in the last repetition, as a share of its size."""

Rate = Callable[[Array, Array], ArrayLike]


@dataclass(frozen=True, eq=False)
class SlowGrid:
    """Dosing intervals, and the times at which the fast layer is wanted.

    Attributes:
        edges_h: (intervals + 1,), where intervals begin and end.
        times_h: (intervals · nodes,), ascending; none lies on an edge.
    """

    edges_h: Array
    times_h: Array

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return self.edges_h.size - 1

    def averages(self, signal: ArrayLike) -> Array:
        """Average of a signal (times, ...) over every interval, (intervals, ...).

        Raises:
            ValueError: the first axis is not the grid's times.
        """
        values = self._by_interval(signal, 0)
        return np.tensordot(values, _quadrature().weights, (1, 0))

    def _by_interval(self, signal: ArrayLike, axis: int) -> Array:
        values = np.asarray(signal, dtype=np.float64)
        if values.ndim <= axis or values.shape[axis] != self.times_h.size:
            raise ValueError(
                f"the signal has shape {values.shape}, its axis {axis} must be the "
                f"{self.times_h.size} times of the grid."
            )
        shape = (*values.shape[:axis], self.intervals, -1, *values.shape[axis + 1 :])
        return values.reshape(shape)


@dataclass(frozen=True, eq=False)
class SlowCourse:
    """Slow states at the edges of the intervals.

    Attributes:
        times_h: (edges,).
        X: (edges, states, people).
        error_estimate: (states,), what the quadrature may have missed, added up over all
            intervals, in the person with most of it.
    """

    times_h: Array
    X: Array
    error_estimate: Array


def slow_grid(kinks_h: ArrayLike, until_h: float, *, longest_h: float = 24.0) -> SlowGrid:
    """Intervals from one kink to the next, none longer than `longest_h`.

    Args:
        kinks_h: hours from which the signal takes another course: doses with their lags, ends
            of infusions. What lies beyond `until_h` is left out; the first begins the grid.
        until_h: end, above the first kink.
        longest_h: longer intervals are divided evenly.

    Raises:
        ValueError: no kink, times that are not finite, an end that is not after the first kink.
    """
    kinks = np.unique(np.asarray(kinks_h, dtype=np.float64))
    if not kinks.size or not np.isfinite(kinks).all():
        raise ValueError("kinks_h: give finite hours, at least the one at which to begin.")
    if not (np.isfinite(until_h) and until_h > kinks[0] and longest_h > 0):
        raise ValueError(
            f"until_h = {until_h:g} and longest_h = {longest_h:g}: the end must lie after the "
            f"first kink, {kinks[0]:g} h, and intervals last longer than nothing."
        )
    marks = np.append(kinks[kinks < until_h], until_h)
    parts = np.maximum(np.ceil(np.diff(marks) / longest_h - 1e-9).astype(int), 1)
    edges = [
        np.linspace(a, b, n, endpoint=False)
        for a, b, n in zip(marks[:-1], marks[1:], parts, strict=True)
    ]
    edges_h = np.append(np.concatenate(edges), until_h)
    lengths = np.diff(edges_h)
    times = edges_h[:-1, None] + lengths[:, None] * _quadrature().nodes
    return SlowGrid(edges_h, times.ravel())


def slow_states(rate: Rate, signal: ArrayLike, X0: ArrayLike, grid: SlowGrid) -> SlowCourse:
    """Integrate slow states, one step per interval of the grid.

    Args:
        rate: g(X, u) -> dX/dt per hour; X (states, nodes, people), u one signal (nodes, people)
            or several (signals, nodes, people); returns the shape of X. It must not be stiff
            within an interval.
        signal: u at `grid.times_h`, (times, people) or (signals, times, people).
        X0: at the first edge, (states,) or (states, people).
        grid: see `slow_grid`.

    Raises:
        ValueError: shapes that do not fit; a state too fast to be
            stepped by interval (naming the hour): integrate it with `simulate_stiff`, or give a
            grid of shorter intervals.
    """
    u = np.asarray(signal, dtype=np.float64)
    if u.ndim not in (2, 3):
        raise ValueError(f"signal has shape {u.shape}; give (times, people) or one more in front.")
    each = np.moveaxis(grid._by_interval(u, u.ndim - 2), u.ndim - 2, 0)
    people = u.shape[-1]
    start = np.asarray(X0, dtype=np.float64)
    if start.ndim not in (1, 2) or (start.ndim == 2 and start.shape[1] not in (1, people)):
        raise ValueError(f"X0 has shape {start.shape}; give (states,) or (states, {people}).")
    X = np.broadcast_to(start.reshape(start.shape[0], -1), (start.shape[0], people)).copy()
    rule, found, error = _quadrature(), [X], np.zeros(X.shape)
    lengths = np.diff(grid.edges_h)
    guess = np.zeros_like(X)
    for k, (h, now) in enumerate(zip(lengths, each, strict=True)):
        inner = X[:, None] + guess[:, None] * rule.nodes[:, None] * h
        X, slope = _step(rate, X, now, inner, h, grid.edges_h[k])
        guess = (X - found[-1]) / h
        error += h * _unresolved(slope)
        found.append(X)
    return SlowCourse(grid.edges_h, np.stack(found), error.max(axis=1))


def _step(
    rate: Rate, X: Array, u: Array, inner: Array, h: float, at_h: float
) -> tuple[Array, Array]:
    """State at the end of an interval, and the rate at its nodes."""
    rule = _quadrature()
    before = np.inf
    for _ in range(MOST_REPETITIONS):
        with np.errstate(over="ignore", invalid="ignore"):
            slope = np.asarray(rate(inner, u), dtype=np.float64)
        if slope.shape != inner.shape:
            raise ValueError(f"rate gave shape {slope.shape} for states of shape {inner.shape}.")
        if not np.isfinite(slope).all():
            break
        following = X[:, None] + h * _upto(slope)
        moved = float(np.max(np.abs(following - inner) / (1e-300 + np.abs(following).max())))
        inner = following
        if moved <= SETTLED or (moved < 1e-12 and moved >= before):
            slope = np.asarray(rate(inner, u), dtype=np.float64)
            return X + h * rule.weights @ slope, slope
        before = moved
    raise ValueError(
        f"the rate is not finite, or the states move too much within the {h:g} h from {at_h:g} h "
        "to be stepped by interval; use shorter ones (longest_h), or simulate_stiff."
    )


def _upto(slope: Array) -> Array:
    """Integral from 0 to each node, (states, nodes, people): panels before, and part of its own."""
    rule = _quadrature()
    panels = slope.reshape(slope.shape[0], PANELS, NODES, -1)
    lengths = rule.lengths[:, None, None]
    inside = lengths * (rule.inside @ panels)
    whole = lengths * (rule.panel_weights @ panels)[:, :, None]
    inside[:, 1:] += np.cumsum(whole, axis=1)[:, :-1]
    return inside.reshape(slope.shape)


def _unresolved(slope: Array) -> Array:
    """What the rule may have missed of the integral over 0..1, (states, people).

    With terms of the Legendre series that fall geometrically, the rule's error is about the
    square of the last term that its nodes can tell over the largest; its power 1.5 is taken.
    """
    rule = _quadrature()
    panels = slope.reshape(slope.shape[0], PANELS, NODES, -1)
    terms = np.abs(rule.terms @ panels)
    last, largest = terms[:, :, -1], terms.max(axis=2)
    share = np.divide(last, largest, out=np.zeros_like(last), where=largest > 0)
    return rule.lengths @ (last * np.sqrt(share))


@dataclass(frozen=True, eq=False)
class _Quadrature:
    """Composite Gauss rule on 0..1.

    `lengths` (panels,). Within a panel, over its own length: `panel_weights` (nodes of it,),
    `inside` (nodes, nodes) integrates from its start to each node, `terms` (degrees, nodes) are
    the Legendre terms of values at them.
    """

    nodes: Array
    weights: Array
    lengths: Array
    panel_weights: Array
    inside: Array
    terms: Array


@lru_cache(maxsize=1)
def _quadrature() -> _Quadrature:
    x, w = leggauss(NODES)
    identity = np.eye(NODES)
    # Legendre coefficients of the polynomial through values at the nodes
    degrees = np.arange(NODES)
    fit = ((2 * degrees + 1) / 2)[:, None] * legval(x, identity) * w
    integral = legint(identity, lbnd=-1)  # of each Legendre polynomial, from -1
    inside = legval(x, integral).T @ fit / 2
    ends = 2.0 ** -np.arange(PANELS - 1, -1.0, -1.0)
    starts = np.append(0.0, ends[:-1])
    lengths = ends - starts
    nodes = starts[:, None] + lengths[:, None] * (x + 1) / 2
    weights = lengths[:, None] * w / 2
    return _Quadrature(nodes.ravel(), weights.ravel(), lengths, w / 2, inside, fit)
