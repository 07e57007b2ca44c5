"""exp(A t) of a generator, every entry accurate, for any batch of draws and any times.

Three steps, none of which subtracts:

1. Over a short step h (a power of two, q h <= 1/4 with q the fastest rate) uniformisation:
   exp(A h) = e^(−q h) Σ_m (P h)^m / m!, P = A + q I >= 0.
2. Squaring up to the longest time. Each block keeps account of what it has lost; after each
   squaring the columns are scaled so that what is present and what is lost sum to one. Without
   it rounding doubles with every squaring, and a slow mode under a fast rate drifts by
   eps · q · t; with it the error grows with the number of squarings only.
3. Any time is a sum of binary multiples of h (exact in floating point) and a remainder below
   h, whose series shares its powers of P with step 1.

Equal or nearly equal rates (ka = elimination, Erlang chains) need no special case.

The normalisation uses the idea of Grassmann, Taksar and Heyman (Oper Res 1985;33:1107) that a
Markov chain's diagonal is best known from its off-diagonal; the non-negative series is that of
Jensen (Skand Aktuarietidskr 1953;36:87).
"""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.disposition import Array
from occupancy.kinetics.generator import Generator

SERIES_REACH = 0.25
NEGLIGIBLE = 1e-290  # below this, entries are set to zero: denormal numbers are slow


class Exponential:
    """exp(A t) for one generator; the powers it needs are computed once and kept."""

    def __init__(self, generator: Generator) -> None:
        """Sum the series over the base step."""
        self._n = generator.block.size
        blocks = int(generator.block.max()) + 1
        lost = generator.block[None, :] == np.arange(blocks)[:, None]
        self.batch, self.blocks = generator.loss.shape[0], blocks
        self._own = np.concatenate([generator.within, lost])  # (n + blocks, n)
        decay = generator.decay
        self._q = decay.max(axis=-1)  # (batch,)
        self.h = 2.0 ** np.floor(np.log2(SERIES_REACH / self._q.max()))
        self._terms = self._series(generator, decay, lost)  # (batch, m, n + blocks, n)
        base = self._terms.sum(axis=1) * np.exp(-self._q * self.h)[:, None, None]
        self._ladder = [self._normalised(base)]

    def _series(self, generator: Generator, decay: Array, lost: np.ndarray) -> Array:
        n, h = self._n, self.h
        p = generator.rates.copy()
        diagonal = np.arange(n)
        p[:, diagonal, diagonal] = self._q[:, None] - decay
        exits = lost * generator.loss[:, None, :]
        term = np.zeros((p.shape[0], n + lost.shape[0], n))
        term[:, diagonal, diagonal] = 1.0
        waiting = np.ones(p.shape[0])  # (q h)^m / m!: the diagonal of the lost states
        terms, total = [term], term.copy()
        while True:
            m = len(terms)
            following = (term @ p) * (h / m)
            following[:, n:] += exits * (waiting * (h / m))[:, None, None]
            waiting = waiting * (self._q * h / m)
            term = following
            terms.append(term)
            total += term
            # a chain of n states first reaches its end at term n
            if m > n + 1 and np.all(term <= 1e-17 * total):
                return np.stack(terms, axis=1)

    def _normalised(self, f: Array) -> Array:
        """Scale each column so that its block's present and lost parts sum to one."""
        f[f < NEGLIGIBLE] = 0.0
        total = (f * self._own).sum(axis=-2, keepdims=True)
        return np.divide(f, total, out=f, where=self._own)

    def _power(self, level: int) -> Array:
        """exp(A h 2^level) over what each block has lost, (batch, n + blocks, n)."""
        while len(self._ladder) <= level:
            last = self._ladder[-1]
            square = last @ last[..., : self._n, :]
            square[..., self._n :, :] += last[..., self._n :, :]
            self._ladder.append(self._normalised(square))
        return self._ladder[level]

    def _steps(self, dt: Array) -> tuple[Array, list[tuple[int, np.ndarray]]]:
        """Split times (1 or batch, k) into a remainder below h and binary multiples of h."""
        count = np.floor(dt / self.h)
        remainder = dt - count * self.h
        steps, level = [], 0
        while count.any():
            odd = count % 2 == 1
            if odd.any():
                steps.append((level, odd))
            count = np.floor(count / 2)
            level += 1
        return remainder, steps

    def _from_remainder(self, left: Array, remainder: Array) -> Array:
        """Σ_m left_m (remainder/h)^m e^(−q remainder): (batch, k, ...) from (batch, m, ...)."""
        m = np.arange(left.shape[1])
        weights = (remainder / self.h)[..., None] ** m  # (1 or batch, k, m)
        flat = left.reshape(left.shape[0], left.shape[1], -1)
        fade = np.exp(-self._q[:, None] * remainder)
        return (weights @ flat * fade[..., None]).reshape(
            max(flat.shape[0], weights.shape[0]), remainder.shape[1], *left.shape[2:]
        )

    def matrices(self, dt: Array) -> Array:
        """exp(A dt) for times (1 or batch, k): (batch, k, n + blocks, n).

        The first n rows are the propagator; row n + i is what block i has lost since.
        """
        n = self._n
        remainder, steps = self._steps(dt)
        f = self._from_remainder(self._terms, remainder)
        for level, chosen in steps:
            power = self._power(level)
            if chosen.shape[0] == 1:
                (at,) = np.nonzero(chosen[0])
                moved = f[:, at] @ power[:, None, :n]
                moved[..., n:, :] += power[:, None, n:]
                f[:, at] = moved
            else:
                moved = f @ power[:, None, :n]
                moved[..., n:, :] += power[:, None, n:]
                f = np.where(chosen[..., None, None], moved, f)
        return self._normalised(f)

    def rows(self, dt: Array, rows: Array) -> Array:
        """rows · exp(A dt) for times (1 or batch, k), rows (batch, r, n): (batch, k, r, n)."""
        n, r = self._n, rows.shape[1]
        remainder, steps = self._steps(dt)
        if remainder.any():
            f = self._from_remainder(rows[:, None] @ self._terms[..., :n, :], remainder)
        else:
            f = np.repeat(rows[:, None], remainder.shape[1], axis=1)
            f = np.broadcast_to(f, (max(f.shape[0], dt.shape[0]), *f.shape[1:])).copy()
        batch, k = f.shape[:2]
        for level, chosen in steps:
            power = self._power(level)[..., :n, :]
            if chosen.shape[0] == 1:
                (at,) = np.nonzero(chosen[0])
                moved = f[:, at].reshape(batch, at.size * r, n) @ power
                f[:, at] = moved.reshape(batch, at.size, r, n)
            else:
                moved = (f.reshape(batch, k * r, n) @ power).reshape(f.shape)
                f = np.where(chosen[..., None, None], moved, f)
        return f
