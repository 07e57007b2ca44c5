"""exp(A t) for many people at once in JAX: the propagator of the kinetics room, compiled.

The method is that of `kinetics.exponential` (uniformisation over a short step h, squaring with
the columns kept to what is present plus what is lost, binary multiples of h), so equal or nearly
equal rates need no special case and no digits cancel. People are on the last axis throughout.

Derivatives are exact as well: q and h only choose how the sum is taken, and are held constant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.linear_structure import Structure

SERIES_REACH = 0.25
#: Beyond this q·h the series no longer reaches full accuracy: answers become NaN.
SERIES_LIMIT = 0.5
EXPONENT_BITS = 0x7FF0000000000000


@dataclass(frozen=True)
class Exponential:
    """What exp(A t) needs, people last.

    q: (people,), the fastest decay; h: a number, the base step; step: (n, n, people), the matrix
    P·h = (A + qI)·h. powers: (levels, n + 1, n, people), exp(A h 2^l) and below it what of each
    state's amount its block has lost. series: (terms, n + 1, n, people), (P·h)^m / m! with the
    same last row.
    """

    structure: Structure
    step: Any
    q: Any
    h: Any
    powers: Any
    series: Any


def _terms(size: int) -> int:
    """Terms of the series: the end of a chain of n states is first reached at term n − 1."""
    return -(-(size + 12) // 4) * 4


def exponential(structure: Structure, parameters: Mapping[str, Any], levels: int) -> Exponential:
    """Sum the series over h and square `levels` times; parameters have shape (people,)."""
    jax = load()
    jnp = jax.numpy
    step, loss, q, h = _generator(structure, parameters)
    n = structure.size
    first = jnp.eye(n + 1, n)[..., None] + jnp.zeros(q.shape)

    def term(last: Any, m: Any) -> tuple[Any, Any]:
        lost = _kept(structure, loss, last) + q * h * last[n]
        following = jnp.concatenate([_product(step, last[:n]), lost[None]]) / m
        return following, last

    _, series = jax.lax.scan(term, first, jnp.arange(1.0, _terms(n) + 1.0))
    base = _normalised(structure, series[::-1].sum(axis=0) * jnp.exp(-q * h))
    base = jnp.where(q * h <= SERIES_LIMIT, base, jnp.nan)

    def square(power: Any, _: None) -> tuple[Any, Any]:
        return _normalised(structure, _after(structure, power, power)), power

    _, powers = jax.lax.scan(square, base, None, length=levels)
    return Exponential(structure, step, q, h, powers, series)


def _generator(structure: Structure, parameters: Mapping[str, Any]) -> tuple[Any, Any, Any, Any]:
    """P·h, what blocks lose h·(rate), q per person, and h."""
    jax = load()
    jnp = jax.numpy
    n = structure.size
    rate: dict[tuple[int, int], Any] = {}
    for source, target, flow in structure.flows:
        rate[target, source] = rate.get((target, source), 0.0) + flow(parameters)
    loss: list[Any] = [0.0] * n
    for state, one in structure.losses:
        loss[state] = loss[state] + one(parameters)
    decay = structure.decay(parameters)
    shape = jnp.broadcast_shapes(*(jnp.shape(value) for value in (*rate.values(), *loss)))
    q = jnp.broadcast_to(decay[0], shape)
    for one in decay[1:]:
        q = jnp.maximum(q, one)
    q = jax.lax.stop_gradient(q)
    h = _power_of_two_below(SERIES_REACH / jnp.max(q))
    for state in range(n):
        rate[state, state] = q - decay[state]

    def row(values: list[Any]) -> Any:
        return jnp.stack([jnp.broadcast_to(one, shape) for one in values])

    rows = [row([rate.get((i, j), 0.0) for j in range(n)]) for i in range(n)]
    return jnp.stack(rows) * h, row(loss) * h, q, h


def _power_of_two_below(value: Any) -> Any:
    """The largest power of two up to a positive number: its exponent without its digits."""
    lax, jnp = load().lax, load().numpy
    bits = lax.bitcast_convert_type(value, jnp.int64)
    return lax.bitcast_convert_type(bits & EXPONENT_BITS, jnp.float64)


def _product(a: Any, b: Any) -> Any:
    """Matrix product with the people last, (i, j, people) · (j, k, people)."""
    total = a[:, 0, None] * b[None, 0]
    for j in range(1, b.shape[0]):
        total = total + a[:, j, None] * b[None, j]
    return total


def _kept(structure: Structure, weight: Any, f: Any) -> Any:
    """Σ weight_i f_ij over the states i of j's own block, (n, people)."""
    own = _own(structure)[..., None]
    return sum(weight[i] * f[i] * own[i] for i in range(structure.size))


def _own(structure: Structure) -> np.ndarray:
    """Whether two states share a block, (n, n) as numbers."""
    block = np.asarray(structure.block)
    return (block[:, None] == block).astype(np.float64)


def _after(structure: Structure, second: Any, first: Any) -> Any:
    """One propagator after another, with what blocks have lost by then."""
    jnp = load().numpy
    n = structure.size
    lost = first[n] + _kept(structure, second[n], first)
    return jnp.concatenate([_product(second[:n], first[:n]), lost[None]])


def _normalised(structure: Structure, f: Any) -> Any:
    """Scale columns so that what a block holds and has lost sums to one."""
    jnp = load().numpy
    n = structure.size
    total = f[n] + _kept(structure, jnp.ones_like(f[n]), f)
    own = np.concatenate([_own(structure), np.ones((1, n))])[..., None] > 0
    return f * jnp.where(own, 1.0 / total, 1.0)


def matrices(e: Exponential, dt: Any) -> Any:
    """exp(A dt) for shared times (k,): (k, n + 1, n, people), the last row what blocks lose."""
    jax = load()
    jnp = jax.numpy
    count, remainder = _split(e, dt)
    part = (remainder / e.h)[:, None, None, None]

    def term(total: Any, one: Any) -> tuple[Any, None]:
        return total * part + one, None

    empty = jnp.zeros((dt.shape[0], *e.series.shape[1:]))
    f, _ = jax.lax.scan(term, empty, e.series, reverse=True)
    f = f * jnp.exp(-e.q * remainder[:, None])[:, None, None]

    def level(carry: tuple[Any, Any], power: Any) -> tuple[tuple[Any, Any], None]:
        f, left = carry
        half = jnp.floor(0.5 * left)
        odd = (left != 2.0 * half)[:, None, None, None]
        moved = jax.vmap(lambda one: _after(e.structure, one, power))(f)
        return (jnp.where(odd, moved, f), half), None

    (f, left), _ = jax.lax.scan(level, (f, count), e.powers)
    f = jnp.where((left == 0.0)[:, None, None, None], f, jnp.nan)
    return jax.vmap(lambda one: _normalised(e.structure, one))(f)


def advance(e: Exponential, x: Any, dt: Any) -> Any:
    """exp(A dt) x for times (1 or people,) and states (n, people)."""
    jax = load()
    jnp = jax.numpy
    n = e.structure.size
    count, remainder = _split(e, dt)
    part = remainder / e.h

    def term(y: Any, m: Any) -> tuple[Any, None]:
        return x + (part / m) * apply(e.step, y), None

    down = jnp.arange(_terms(n) - 1.0, 0.0, -1.0)
    x, _ = jax.lax.scan(term, x, down)
    x = x * jnp.exp(-e.q * remainder)

    def level(carry: tuple[Any, Any], power: Any) -> tuple[tuple[Any, Any], None]:
        y, left = carry
        half = jnp.floor(0.5 * left)
        return (jnp.where(left != 2.0 * half, apply(power[:n], y), y), half), None

    (x, left), _ = jax.lax.scan(level, (x, count), e.powers)
    return jnp.where(left == 0.0, x, jnp.nan)


def apply(matrix: Any, x: Any) -> Any:
    """Matrix times vector with the people last, (i, j, people) · (j, people)."""
    total = matrix[:, 0] * x[0]
    for j in range(1, x.shape[0]):
        total = total + matrix[:, j] * x[j]
    return total


def _split(e: Exponential, dt: Any) -> tuple[Any, Any]:
    """dt as a whole number of h and a remainder below it, both exact: h is a power of two."""
    jnp = load().numpy
    count = jnp.floor(dt / e.h)
    return count, dt - count * e.h


def levels_needed(fastest: float, longest_h: float) -> int:
    """Squarings that reach `longest_h`, with room for rates to grow fourfold, in fours.

    fastest is the largest rate out of any state, 1/h.
    """
    h = 2.0 ** math.floor(math.log2(SERIES_REACH / fastest))
    needed = math.frexp(math.floor(longest_h / h))[1] + 2
    return -(-needed // 4) * 4
