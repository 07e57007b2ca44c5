"""Gaussian elimination of a small sparse matrix, written out entry by entry.

The order is fixed beforehand (fewest products first, diagonal pivots only), so the same
straight-line arithmetic serves every person. There is no pivoting: W = I/(γh) − ∂f/∂y has a
dominant diagonal once h resolves what grows; where it has not, the error estimate is huge or
not a number and the step is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from typing import Any

Entry = tuple[int, int]


@dataclass(frozen=True)
class Elimination:
    """Order of the pivots and the pattern of L and U, fill-in included."""

    order: tuple[int, ...]
    pattern: frozenset[Entry]

    def factor(self, matrix: Mapping[Entry, Any]) -> dict[Entry, Any]:
        """L (below, unit diagonal) and U in one; diagonal entries hold the reciprocal pivots."""
        w = dict(matrix)
        for step, k in enumerate(self.order):
            w[k, k] = 1.0 / w[k, k]
            later = self.order[step + 1 :]
            for i in later:
                if (i, k) not in w:
                    continue
                w[i, k] = w[i, k] * w[k, k]
                for j in later:
                    if (k, j) in w:
                        product = w[i, k] * w[k, j]
                        w[i, j] = w[i, j] - product if (i, j) in w else -product
        return w

    def solve(self, factors: Mapping[Entry, Any], right: Sequence[Any]) -> list[Any]:
        """x of W x = right."""
        x = list(right)
        for step, i in enumerate(self.order):
            for j in self.order[:step]:
                if (i, j) in self.pattern:
                    x[i] = x[i] - factors[i, j] * x[j]
        for step in range(len(self.order) - 1, -1, -1):
            i = self.order[step]
            for j in self.order[step + 1 :]:
                if (i, j) in self.pattern:
                    x[i] = x[i] - factors[i, j] * x[j]
            x[i] = x[i] * factors[i, i]
        return x


def _products(filled: Set[Entry], left: Sequence[int], k: int) -> tuple[int, int]:
    """How many products the pivot k costs, and how many rows."""
    rows = sum((i, k) in filled for i in left if i != k)
    columns = sum((k, j) in filled for j in left if j != k)
    return rows * columns, rows


def plan_elimination(n: int, pattern: frozenset[Entry]) -> Elimination:
    """Choose at each step the pivot with the fewest products (Markowitz 1957), and fill in."""
    filled = set(pattern) | {(i, i) for i in range(n)}
    left, order = list(range(n)), []
    while left:
        k = min(left, key=partial(_products, filled, left))
        left.remove(k)
        order.append(k)
        filled |= {(i, j) for i in left for j in left if {(i, k), (k, j)} <= filled}
    return Elimination(tuple(order), frozenset(filled))
