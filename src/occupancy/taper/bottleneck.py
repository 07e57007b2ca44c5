"""Paths whose worst step is smallest: the search shared by one drug, draws, and two drugs.

A graph here is a set of nodes, a source, a sink, and a cost for every allowed step. The worst
step of the best path is one of the costs, so it is found exactly: a cap is feasible or not, and
between the largest cap known to fail and the smallest known to hold there are finitely many
costs left.

    Chain   monotone curve: the cost of i -> j grows with i and falls with j, so taking the
            lowest rung within the cap is best (greedy); O(n log m) costs per cap
    Dense   any costs: the set of nodes reached after k steps (breadth first); O(N²) per cap
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from occupancy.taper.ladder import Array, Indices, Ladder

#: Costs looked at together while the evenest path is sought: what a processor's cache holds.
CHUNK = 1 << 16


@dataclass(frozen=True)
class Reach:
    """What a cap allows from the source.

    Attributes:
        layers: after 0, 1, 2 ... steps: the nodes reached so far, or, in a chain, the lowest.
        arrived: whether the sink is among them.
        worst: when arrived, a cost no larger than the cap at which the sink is reached too.
        beyond: the smallest cost past the cap that would reach a node sooner; inf when none.
    """

    layers: tuple[Indices, ...]
    arrived: bool
    worst: float
    beyond: float


class Graph(Protocol):
    """What the search asks of a graph: every step leads from a node to a lower-numbered one."""

    @property
    def size(self) -> int:
        """Number of nodes; no path needs more than size - 1 steps."""
        ...

    def reach(self, cap: float, steps: int, *, strict: bool = False) -> Reach:
        """Follow steps of cost <= cap (< cap when strict)."""
        ...

    def windows(self, cap: float, steps: int) -> list[Indices]:
        """Return, for k = 0..steps, nodes that may stand after k steps of a path to the sink."""
        ...

    def costs(self, start: Indices, end: Indices) -> Array:
        """Cost of every step from one set of nodes to another; inf where none is allowed."""
        ...

    def unevenness(self, start: Indices, end: Indices, costs: Array) -> Array:
        """What the evenest path keeps small in sum, for these steps and their costs; new."""
        ...


@dataclass(frozen=True, eq=False)
class Chain:
    """Rungs `sink` to `source` of a ladder that is monotone between them."""

    ladder: Ladder
    source: int
    sink: int

    @property
    def size(self) -> int:
        """Number of rungs."""
        return self.source - self.sink + 1

    def reach(self, cap: float, steps: int, *, strict: bool = False) -> Reach:
        """Take the lowest rung within the cap, again and again."""
        at, layers, worst, beyond = self.source, [self.source], -np.inf, np.inf
        while len(layers) <= steps and at > self.sink:
            low = self._lowest(at, cap, strict)
            if low > self.sink:
                beyond = min(beyond, self.ladder.drop(at, low - 1))
            if low == at:
                break
            worst = max(worst, self.ladder.drop(at, low))
            at = low
            layers.append(at)
        nodes = tuple(np.array([one]) for one in layers)
        return Reach(nodes, at == self.sink, worst, beyond)

    def windows(self, cap: float, steps: int) -> list[Indices]:
        """Between the lowest rung reached from the source and the highest that still arrives."""
        down = [int(layer[0]) for layer in self.reach(cap, steps).layers]
        down += [down[-1]] * (steps + 1 - len(down))
        up = [self.sink]
        while len(up) <= steps:
            up.append(self._highest(up[-1], cap))
        return [np.arange(low, high + 1) for low, high in zip(down, up[::-1], strict=True)]

    def costs(self, start: Indices, end: Indices) -> Array:
        """Drops of the ladder."""
        return self.ladder.drops(start, end)

    def unevenness(self, start: Indices, end: Indices, costs: Array) -> Array:
        """Squared drops."""
        return costs**2

    def _lowest(self, at: int, cap: float, strict: bool) -> int:
        """The lowest rung whose drop from `at` is within the cap; `at` itself when none is."""
        low, high = self.sink, at  # the answer lies in low..high
        while low < high:
            middle = (low + high) // 2
            drop = self.ladder.drop(at, middle)
            if drop < cap or (drop == cap and not strict):
                high = middle
            else:
                low = middle + 1
        return low

    def _highest(self, at: int, cap: float) -> int:
        """The highest rung from which the drop to `at` is within the cap; `at` when none."""
        low, high = at, self.source
        while low < high:
            middle = (low + high + 1) // 2
            if self.ladder.drop(middle, at) <= cap:
                low = middle
            else:
                high = middle - 1
        return low


@dataclass(frozen=True, eq=False)
class Dense:
    """Nodes with a table of costs (N, N), row to column; inf where no step is allowed.

    Attributes:
        table: the costs.
        source: node of the start.
        sink: node of the end.
        coordinates: (any, N); when given, unevenness is the squared distance in them, and the
            squared cost when not.
    """

    table: Array
    source: int
    sink: int
    coordinates: Array | None = None

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.table.shape[0]

    def reach(self, cap: float, steps: int, *, strict: bool = False) -> Reach:
        """Follow every allowed step, breadth first."""
        allowed = self.table < cap if strict else self.table <= cap
        seen = np.zeros(self.size, dtype=bool)
        seen[self.source] = True
        front, layers, beyond = np.array([self.source]), [np.flatnonzero(seen)], np.inf
        while len(layers) <= steps and not seen[self.sink]:
            found = allowed[front].any(axis=0) & ~seen
            missed = self.table[np.ix_(front, np.flatnonzero(~seen & ~found))]
            beyond = min(beyond, float(missed.min(initial=np.inf)))
            front = np.flatnonzero(found)
            if not front.size:
                break
            seen |= found
            layers.append(np.flatnonzero(seen))
        worst = float(self.table[allowed].max(initial=-np.inf))
        return Reach(tuple(layers), bool(seen[self.sink]), worst, beyond)

    def windows(self, cap: float, steps: int) -> list[Indices]:
        """Nodes reached within k steps that reach the sink within the rest."""
        allowed = self.table <= cap
        onward = _spread(allowed, self.source, steps)
        back = _spread(allowed.T, self.sink, steps)[::-1]
        return [np.flatnonzero(a & b) for a, b in zip(onward, back, strict=True)]

    def costs(self, start: Indices, end: Indices) -> Array:
        """Part of the table."""
        return self.table[np.ix_(start, end)]

    def unevenness(self, start: Indices, end: Indices, costs: Array) -> Array:
        """Squared costs, or squared distances in `coordinates`."""
        if self.coordinates is None:
            return costs**2
        out = np.zeros((start.size, end.size))
        for x in self.coordinates:
            out += (x[start, None] - x[end]) ** 2
        return out


def smallest_cap(graph: Graph, steps: int) -> float:
    """The smallest worst step of any path of at most `steps` steps; inf when there is no path.

    Bisection in which either end moves to a cost that occurs, so it ends on the optimum itself
    and not near it.
    """
    nothing = graph.reach(-np.inf, steps)
    everything = graph.reach(np.finfo(np.float64).max, steps)
    if not everything.arrived:
        return np.inf
    low, high = nothing.beyond, everything.worst
    while low < high:
        middle = low + (high - low) / 2
        if not low < middle < high:
            middle = low
        tried = graph.reach(middle, steps)
        if tried.arrived:
            high = tried.worst
        else:
            low = tried.beyond
    return high


def evenest_path(graph: Graph, cap: float, steps: int) -> tuple[int, ...]:
    """Among the paths of at most `steps` steps within the cap, the evenest, as nodes.

    Smallest sum of `unevenness` (squared costs, as a rule); then fewest steps; then the highest
    nodes: from the sink backwards, every node before is as high as it can be. Layer by layer
    (dynamic programming), exact up to the rounding of that sum.

    Raises:
        ValueError: no such path.
    """
    windows = graph.windows(cap, steps)
    if any(one.size == 0 for one in windows):
        raise ValueError(f"no path of at most {steps} steps stays within {cap:g}.")
    value, moves = np.zeros(1), np.zeros(1, dtype=np.intp)
    before: list[Indices] = []
    for start, end in pairwise(windows):
        size = max(CHUNK // start.size, 1)
        parts = [
            _best_before(graph, cap, start, end[first : first + size], value, moves)
            for first in range(0, end.size, size)
        ]
        value, moves, chosen = (np.concatenate(each) for each in zip(*parts, strict=True))
        before.append(chosen)
    path = [int(windows[-1][0])]
    for k in range(steps - 1, -1, -1):
        at = int(np.searchsorted(windows[k + 1], path[-1]))
        path.append(int(windows[k][before[k][at]]))
    return tuple(dict.fromkeys(reversed(path)))


def _best_before(
    graph: Graph, cap: float, start: Indices, end: Indices, value: Array, moves: Indices
) -> tuple[Array, Indices, Indices]:
    """For each end: its smallest sum, the steps taken, and the position of the node before."""
    skipped = int(np.searchsorted(start, end[0]))  # below the lowest end nothing comes from
    start, value, moves = start[skipped:], value[skipped:], moves[skipped:]
    cost = graph.costs(start, end)
    total = graph.unevenness(start, end, cost)
    total[cost > cap] = np.inf
    column = np.arange(end.size)
    same = np.minimum(np.searchsorted(start, end), start.size - 1)
    stays = start[same] == end
    total[same[stays], column[stays]] = 0.0
    total += value[:, None]
    best = total.min(axis=0)
    row, tied = np.nonzero(total == best)
    taken = moves[row] + (start[row] != end[tied])
    # For every end the tied node of fewest steps, and the highest of those, is sorted last.
    order = np.lexsort((row, -taken, tied))
    last = order[np.searchsorted(tied[order], column, side="right") - 1]
    return best, taken[last], skipped + row[last]


def _spread(allowed: np.ndarray, first: int, steps: int) -> list[np.ndarray]:
    """Masks of the nodes within 0, 1 ... steps of `first`."""
    seen = np.zeros(allowed.shape[0], dtype=bool)
    seen[first] = True
    masks = [seen]
    for _ in range(steps):
        masks.append(masks[-1] | allowed[masks[-1]].any(axis=0))
    return masks
