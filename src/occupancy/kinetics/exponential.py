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
Jensen (Skand Aktuarietidskr 1953;36:87), summed after Paterson and Stockmeyer (SIAM J Comput
1973;2:60).
"""

from __future__ import annotations

import math

import numpy as np

from occupancy.kinetics.disposition import Array
from occupancy.kinetics.generator import Generator

SERIES_REACH = 0.25
FADING = 600.0  # beyond this many fastest lifetimes entries may leave the normal numbers
NEGLIGIBLE = 1e-290  # below this, entries are set to zero: denormal numbers are slow


class Exponential:
    """exp(A t) for one generator; the powers it needs are computed once and kept."""

    def __init__(self, generator: Generator) -> None:
        """Sum the series over the base step."""
        n = self._n = generator.block.size
        blocks = int(generator.block[-1]) + 1
        self.batch, self.blocks = generator.loss.shape[0], blocks
        lost = generator.block[None, :] == np.arange(blocks)[:, None]
        self._own = np.concatenate([generator.within, lost]).astype(np.float64)
        decay = generator.decay
        self._q = decay.max(axis=-1)  # (batch,)
        self._fastest = float(self._q.max())
        self.h = float(2.0 ** np.floor(np.log2(SERIES_REACH / self._fastest)))
        # P h, with the lost parts as further states that nothing leaves
        p = self._p = np.zeros((self.batch, n + blocks, n + blocks))
        p[:, :n, :n] = generator.rates
        p[:, n:, :n] = lost * generator.loss[:, None, :]
        diagonal = np.arange(n + blocks)
        p[:, diagonal[:n], diagonal[:n]] = self._q[:, None] - decay
        p[:, diagonal[n:], diagonal[n:]] = self._q[:, None]
        p *= self.h
        self._ladder = [self._normalised(self._base())]

    @property
    def _terms(self) -> int:
        # a chain of n states first reaches its end at term n − 1; twelve more follow it, and
        # (1/4)^12 / 12! is below rounding
        return -(-(self._n + 12) // 4) * 4

    def _base(self) -> Array:
        """e^(−q h) Σ (P h)^m / m!, four terms at a time (Paterson and Stockmeyer)."""
        n, p = self._n, self._p
        size = p.shape[-1]
        powers = np.empty((self.batch, 4, size, size))
        powers[:, 0] = np.eye(size)
        powers[:, 1] = p
        np.matmul(p, p, out=powers[:, 2])
        np.matmul(powers[:, 2], p, out=powers[:, 3])
        fourth = powers[:, 2] @ powers[:, 2]
        weights = np.array([1.0 / math.factorial(m) for m in range(self._terms)]).reshape(-1, 4)
        parts = weights @ np.ascontiguousarray(powers[..., :n]).reshape(self.batch, 4, -1)
        parts = parts.reshape(self.batch, -1, size, n)
        total = parts[:, -1]
        for i in range(weights.shape[0] - 2, -1, -1):
            total = fourth @ total
            total += parts[:, i]
        return total * np.exp(-self._q * self.h)[:, None, None]

    def _normalised(self, f: Array) -> Array:
        """Scale each column so that its block's present and lost parts sum to one, in place."""
        total = np.einsum("...ij,ij->...j", f, self._own)
        scale = self._own * (1.0 / total - 1.0)[..., None, :]
        scale += 1.0
        f *= scale
        return f

    def _power(self, level: int) -> Array:
        """exp(A h 2^level) over what each block has lost, (batch, n + blocks, n)."""
        while len(self._ladder) <= level:
            last = self._ladder[-1]
            square = last @ last[..., : self._n, :]
            square[..., self._n :, :] += last[..., self._n :, :]
            if self._fastest * self.h * 2.0 ** len(self._ladder) > FADING:
                square[square < NEGLIGIBLE] = 0.0
            self._ladder.append(self._normalised(square))
        return self._ladder[level]

    def _steps(self, dt: Array) -> tuple[Array, list[tuple[int, np.ndarray]]]:
        """Split times (1 or batch, k) into a remainder below h and binary multiples of h."""
        count = np.floor(dt / self.h)
        remainder = dt - count * self.h
        steps: list[tuple[int, np.ndarray]] = []
        level = 0
        while count.any():
            half = np.floor(count / 2)
            odd = half + half != count
            if odd.any():
                steps.append((level, odd))
            count = half
            level += 1
        return remainder, steps

    def _within_step(self, left: Array, remainder: Array) -> Array:
        """left · exp(A t) for times below h (1 or batch, k): (batch, k, rows, columns).

        left has shape (1 or batch, rows, n), or n + blocks columns to follow what is lost.
        """
        p = self._p[:, : left.shape[-1], : left.shape[-1]]
        if not remainder.any():
            batch = max(self.batch, left.shape[0], remainder.shape[0])
            shape = (batch, remainder.shape[1], *left.shape[1:])
            return np.broadcast_to(left[:, None], shape).copy()
        terms = [np.broadcast_to(left, (self.batch, *left.shape[1:]))]
        for m in range(1, self._terms):
            terms.append(terms[-1] @ p / m)
        flat = np.stack(terms, axis=1).reshape(self.batch, self._terms, -1)
        weights = (remainder / self.h)[..., None] ** np.arange(self._terms)
        f = weights @ flat * np.exp(-self._q[:, None] * remainder)[..., None]
        return f.reshape(*f.shape[:2], *left.shape[1:])

    def matrices(self, dt: Array) -> Array:
        """exp(A dt) for times (1 or batch, k): (batch, k, n + blocks, n).

        The first n rows are the propagator; row n + i is what block i has lost since.
        """
        n = self._n
        remainder, steps = self._steps(dt)
        f = self._within_step(np.eye(self._p.shape[-1])[None], remainder)[..., :n].copy()
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
        f = self._within_step(rows, remainder)
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
