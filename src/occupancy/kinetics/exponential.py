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

Times that differ by the same whole steps in every member of the batch share all but those steps,
so a regular course costs a day of exponentials, whatever the batch.

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
from occupancy.kinetics.distinct import distinct
from occupancy.kinetics.generator import Generator

SERIES_REACH = 0.25
FADING = 600.0  # beyond this many fastest lifetimes entries may leave the normal numbers
NEGLIGIBLE = 1e-290  # below this, entries are set to zero: denormal numbers are slow


class Exponential:
    """exp(A t) for one generator; the powers it needs are computed once and kept.

    The batch is the last axis throughout, so that NumPy's inner loops run over it.
    """

    def __init__(self, generator: Generator) -> None:
        """Sum the series over the base step."""
        n = self._n = generator.block.size
        blocks = int(generator.block[-1]) + 1
        self.batch, self.blocks = generator.loss.shape[0], blocks
        lost = generator.block[None, :] == np.arange(blocks)[:, None]
        own = np.concatenate([generator.within, lost]).astype(np.float64)
        self._own = own[..., None]  # (n + blocks, n, 1)
        decay = generator.decay.T
        self._q = decay.max(axis=0)  # (batch,)
        self._fastest = float(self._q.max())
        self.h = float(2.0 ** np.floor(np.log2(SERIES_REACH / self._fastest)))
        # P h, with the lost parts as further states that nothing leaves
        p = self._p = np.zeros((n + blocks, n + blocks, self.batch))
        p[:n, :n] = generator.rates.transpose(1, 2, 0)
        p[n:, :n] = lost[..., None] * generator.loss.T
        diagonal = np.arange(n + blocks)
        p[diagonal[:n], diagonal[:n]] = self._q - decay
        p[diagonal[n:], diagonal[n:]] = self._q
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
        size = p.shape[0]
        powers = np.empty((4, *p.shape))
        powers[0] = np.eye(size)[..., None]
        powers[1] = p
        powers[2] = _product(p, p)
        powers[3] = _product(powers[2], p)
        fourth = _product(powers[2], powers[2])
        weights = np.array([1.0 / math.factorial(m) for m in range(self._terms)]).reshape(-1, 4)
        parts = weights @ np.ascontiguousarray(powers[:, :, :n]).reshape(4, -1)
        parts = parts.reshape(-1, size, n, self.batch)
        total = parts[-1]
        for part in parts[-2::-1]:
            total = _product(fourth, total)
            total += part
        return total * np.exp(-self._q * self.h)

    def _normalised(self, f: Array) -> Array:
        """Scale each column so that its block's present and lost parts sum to one, in place."""
        total = (f * self._own).sum(axis=-3)
        scale = self._own * (1.0 / total - 1.0)[..., None, :, :]
        scale += 1.0
        f *= scale
        return f

    def _power(self, level: int) -> Array:
        """exp(A h 2^level) over what each block has lost, (n + blocks, n, batch)."""
        n = self._n
        while len(self._ladder) <= level:
            last = self._ladder[-1]
            square = _product(last, last[:n])
            square[n:] += last[n:]
            if self._fastest * self.h * 2.0 ** len(self._ladder) > FADING:
                square[square < NEGLIGIBLE] = 0.0
            self._ladder.append(self._normalised(square))
        return self._ladder[level]

    def _within_step(self, left: Array, remainder: Array) -> Array:
        """left · exp(A t) for times below h (k, 1 or batch): (k, rows, n, batch).

        left has shape (rows, n, 1 or batch); with n + blocks rows the last follow what is lost.
        """
        n, rows = self._n, left.shape[0]
        shape = (rows, n, max(self.batch, left.shape[-1]))
        if not remainder.any():
            shape = (len(remainder), rows, n, max(shape[-1], remainder.shape[1]))
            return np.broadcast_to(left, shape).copy()
        p, lost = self._p[:n, :n], self._p[n:, :n]
        terms = [np.broadcast_to(left, shape)]
        fading = np.ones(self.batch)  # (q h)^(m − 1) / (m − 1)!
        for m in range(1, self._terms):
            term = _product(terms[-1], p)
            if rows == n + self.blocks:
                term[n:] += lost * fading
            terms.append(term / m)
            fading = fading * (self._q * self.h / m)
        if remainder.shape[1] == 1:
            weights = (remainder / self.h) ** np.arange(self._terms)
            f = weights @ np.stack(terms).reshape(self._terms, -1)
            f = f.reshape(-1, *shape)
        else:
            part = (remainder / self.h)[:, None, None]
            f = part * terms[-1]
            for term in terms[-2:0:-1]:
                f += term
                f *= part
            f += terms[0]
        f *= np.exp(-self._q * remainder)[:, None, None]
        return f

    def _moved(self, f: Array, level: int) -> Array:
        """f · exp(A h 2^level); rows of f below the first n, if any, gain what is lost."""
        n, power = self._n, self._power(level)
        k, r, _, batch = f.shape
        moved = _product(f.reshape(k * r, n, batch), power[:n]).reshape(k, r, n, -1)
        if r == power.shape[0]:
            moved[:, n:] += power[n:]
        return moved

    def _at(self, left: Array, dt: Array) -> Array:
        """left · exp(A dt) for times (k, 1 or batch): (k, rows, n, batch).

        Each time is whole steps that the batch has in common, and a rest. Times that have the
        rest and the lowest steps in common also have that part of the work in common.
        """
        shared = np.floor(dt.min(axis=1, initial=np.inf) / self.h)
        rest = dt - (shared * self.h)[:, None]
        used, at = distinct(rest, dt.max(axis=1, initial=0.0))
        if used.size == len(dt) and dt.shape[1] > 1:  # nothing in common
            shared, rest = np.zeros_like(shared), dt
        rest = rest[used]
        own = np.floor(rest / self.h)
        f = self._within_step(left, rest - own * self.h)
        for level, odd in _binary(own):
            some = np.flatnonzero(odd.any(axis=1))
            f[some] = np.where(odd[some, None, None], self._moved(f[some], level), f[some])
        for level, odd in _binary(shared[:, None]):
            branch, at = np.unique(2 * at + odd[:, 0], return_inverse=True)
            if branch.size > len(f):
                f = f[branch // 2]
            on = np.flatnonzero(branch % 2)
            f[on] = self._moved(f[on], level)
        return f[at]

    def matrices(self, dt: Array) -> Array:
        """exp(A dt) for times (k, 1 or batch): (k, n + blocks, n, batch).

        The first n rows are the propagator; row n + i is what block i has lost since.
        """
        return self._normalised(self._at(np.eye(self._n + self.blocks, self._n)[..., None], dt))

    def rows(self, dt: Array, rows: Array) -> Array:
        """rows · exp(A dt) for times (k, 1 or batch), rows (r, n, 1 or batch): (k, r, n, batch)."""
        return self._at(rows, dt)


def _binary(count: Array) -> list[tuple[int, np.ndarray]]:
    """Levels with a one among the binary digits of whole numbers, and where it is."""
    levels = int(np.frexp(count.max(initial=0.0))[1])  # count < 2^levels
    above = [np.floor(count * 2.0**-level) for level in range(levels + 1)]
    odd = [above[level] != 2 * above[level + 1] for level in range(levels)]
    return [(level, one) for level, one in enumerate(odd) if one.any()]


def _product(a: Array, b: Array) -> Array:
    """Matrix product with the batch last, (i, j, batch) · (j, k, batch)."""
    return np.einsum("ijb,jkb->ikb", a, b)
