"""The step of `rosenbrock` with its stages in a loop: for derivatives, quick to compile.

Written out stage by stage, a step and its derivative are so many intertwined operations that
compiling them takes minutes. Here one stage is compiled, and loops; people are the last axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock import Step, Stepper

jax = load()
jnp = jax.numpy


def rolled_step(
    stepper: Stepper,
    over: Callable[[Callable[..., Any]], Callable[..., Any]],
    t: Any,
    h: Any,
    y: Sequence[Any],
    forcing: Callable[[Any], Sequence[Any]],
) -> Step:
    """From t to t + h for everybody; y and the leaves of `forcing(s)`, at t + s, are (people,).

    `over(f)` makes of f(y, p, forced), one person's, the same for everybody: (y, forced).
    """
    tableau, field, n = stepper.tableau, stepper.field, stepper.field.n
    at_start, slope = jax.jvp(forcing, (0.0 * h,), (jnp.ones_like(h),))

    def slopes(y: Sequence[Any], p: Sequence[Any], both: Any) -> Any:
        forced, moving = both
        return field.jacobian(t, y, p, forced), field.time_derivative(t, y, p, forced, moving)

    jacobian, by_time = over(slopes)(y, (at_start, slope))
    w = {entry: -slope for entry, slope in jacobian.items()}
    for i in range(n):
        w[i, i] = 1.0 / (tableau.gamma * h) + w.get((i, i), jnp.zeros_like(y[i]))
    factors = stepper.elimination.factor(w)
    still = jnp.zeros_like(y[0])
    drift = jnp.stack([by_time.get(i, still) for i in range(n)])
    start = jnp.stack(y)

    def stage(u: Any, x: Any) -> tuple[Any, None]:
        i, a, C, c, d, forced = x
        at = start + jnp.tensordot(a, u, 1)

        def f(y: Sequence[Any], p: Sequence[Any], forced: Sequence[Any]) -> list[Any]:
            return field(t + c * h, y, p, forced)

        right = jnp.stack(over(f)([*at], forced)) + jnp.tensordot(C, u, 1) / h + (d * h) * drift
        solved = jnp.stack(stepper.elimination.solve(factors, [*right]))
        return jax.lax.dynamic_update_index_in_dim(u, solved, i, 0), None

    forced = [forcing(c * h) for c in tableau.c]
    stacked = [jnp.stack(leaf) for leaf in zip(*forced, strict=True)]
    a, C = square(tableau.a), square(tableau.C)
    stages = (
        np.arange(tableau.stages),
        a,
        C,
        np.asarray(tableau.c),
        np.asarray(tableau.d),
        stacked,
    )
    u, _ = jax.lax.scan(stage, jnp.zeros((tableau.stages, *start.shape)), stages)
    new = start + jnp.tensordot(a[-1], u, 1) + u[-1]
    return Step([*new], [*u[-1]], [[*row] for row in u], [])


def square(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """Rows of growing length as one matrix, zeros behind them."""
    out = np.zeros((len(rows), len(rows)))
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out
