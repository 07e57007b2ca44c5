"""Ways to make values on an integer lattice: level by level, the best to each value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ways:
    """Ways to make values on the lattice, one a row.

    Attributes:
        value: what they make (w,).
        pieces: how many they take.
        error: largest error, ng.
        owners: a bit per product that is used.
        path: positions of the solid portions, -1 where there is none, (w, most pieces).
        measured: position of the measured portion, or -1.
    """

    value: Ints
    pieces: Ints
    error: Ints
    owners: Ints
    path: Ints
    measured: Ints

    @classmethod
    def start(cls, pieces: int) -> Ways:
        """The way to make nothing, with room for so many pieces."""
        zero = np.zeros(1, np.int64)
        return cls(zero, zero, zero, zero, np.full((1, pieces), -1, np.int64), zero - 1)

    @classmethod
    def joined(cls, ways: Sequence[Ways]) -> Ways:
        """All of them, one after another."""
        fields = ("value", "pieces", "error", "owners", "path", "measured")
        return cls(*(np.concatenate([getattr(one, f) for one in ways]) for f in fields))

    def _sums(self, amount: Ints, highest: int) -> tuple[Ints, NDArray[np.intp], NDArray[np.intp]]:
        """Every sum of a way and an amount that is not too high, and where it comes from."""
        total = self.value[:, None] + amount
        way, portion = np.nonzero(total <= highest)
        return total[way, portion], way, portion

    def with_solid(
        self,
        n: int,
        amount: Ints,
        error: Ints,
        owner: Ints,
        allowed: NDArray[np.intp],
        highest: int,
        known: Ints,
    ) -> Ways:
        """The new values that one more solid portion makes, each the best way; n came before."""
        total, way, portion = self._sums(amount[allowed], highest)
        portion = allowed[portion]
        at = np.minimum(np.searchsorted(known, total), known.size - 1)
        new = known[at] != total
        total, way, portion = total[new], way[new], portion[new]
        wrong = self.error[way] + error[portion]
        owners = self.owners[way] | owner[portion]
        rows = _first(total, np.bitwise_count(owners), wrong)
        path = self.path[way[rows]]
        path[:, n] = portion[rows]
        return Ways(
            total[rows],
            np.full(rows.size, n + 1, np.int64),
            wrong[rows],
            owners[rows],
            path,
            np.full(rows.size, -1, np.int64),
        )

    def with_measured(self, amount: Ints, error: Ints, owner: Ints, highest: int) -> Ways:
        """The values that one measured portion beside these makes, each the best way."""
        total, way, portion = self._sums(amount, highest)
        wrong = self.error[way] + error[portion]
        owners = self.owners[way] | owner[portion]
        rows = _first(total, np.bitwise_count(owners), wrong)
        way, portion = way[rows], portion[rows]
        return Ways(
            total[rows],
            self.pieces[way] + 1,
            wrong[rows],
            owners[rows],
            self.path[way],
            portion.astype(np.int64),
        )

    def best(self) -> Ways:
        """The best way to each value, values ascending."""
        rows = _first(
            self.value, np.bitwise_count(self.owners), self.error, self.pieces, self.error > 0
        )
        return Ways(
            self.value[rows],
            self.pieces[rows],
            self.error[rows],
            self.owners[rows],
            self.path[rows],
            self.measured[rows],
        )


def _first(value: Ints, *keys: NDArray[np.generic]) -> NDArray[np.intp]:
    """Rows of the best way to each value: keys from the least to the most important."""
    order = np.lexsort((*keys, value))
    ordered = value[order]
    fresh = np.ones(ordered.size, np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return order[fresh]
