"""The step of `rosenbrock` for a model of many states: whole matrices, one stage in a loop.

Written out state by state, the elimination and the stages of some dozens of states are more
arithmetic than can be compiled in reasonable time. Here the Jacobian is a full matrix, factored
with pivoting by LAPACK (or its like on the accelerator), and its cost grows with the cube of the
number of states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock import Step
from occupancy.engine.rosenbrock_rolled import square
from occupancy.engine.rosenbrock_tableau import Tableau

jax = load()
jnp = jax.numpy


class DenseStepper:
    """A method, ready to step and to read; arrays are (states, people)."""

    def __init__(self, tableau: Tableau) -> None:
        """Keep the method and its coefficients as matrices."""
        self.tableau = tableau
        self.a, self.C = square(tableau.a), square(tableau.C)
        self.H = np.asarray(tableau.H)

    def step(
        self,
        field: Callable[[Any, Any], Any],
        jacobian: Callable[[Any, Any], Any],
        h: Any,
        y: Sequence[Any],
    ) -> Step:
        """From t to t + h for everybody.

        `field(s, y)` is dy/dt at t + s, (states, people); `jacobian(s, y)` its derivatives by s,
        (people, states), and by y, (people, states, states).
        """
        tableau, start = self.tableau, jnp.stack(list(y))
        by_time, by_state = jacobian(jnp.zeros_like(h), start)
        drift = by_time.T
        w = jnp.eye(start.shape[0]) / (tableau.gamma * h) - by_state
        factors = jax.scipy.linalg.lu_factor(w)
        solve = jax.vmap(jax.scipy.linalg.lu_solve, in_axes=(0, -1), out_axes=-1)

        def stage(u: Any, x: Any) -> tuple[Any, None]:
            i, a, C, c, d = x
            right = field(c * h, start + jnp.tensordot(a, u, 1))
            right = right + jnp.tensordot(C, u, 1) / h + (d * h) * drift
            return jax.lax.dynamic_update_index_in_dim(u, solve(factors, right), i, 0), None

        rows = (
            np.arange(tableau.stages),
            self.a,
            self.C,
            np.asarray(tableau.c),
            np.asarray(tableau.d),
        )
        u, _ = jax.lax.scan(stage, jnp.zeros((tableau.stages, *start.shape)), rows)
        new = start + jnp.tensordot(self.a[-1], u, 1) + u[-1]
        return Step([*new], [*u[-1]], u, [])

    def read(self, theta: Any, y0: Sequence[Any], step: Step) -> Any:
        """The dense output at t + theta h, (states, people)."""
        *lower, inner = jnp.tensordot(self.H, step.u, 1)
        for value in reversed(lower):
            inner = value + theta * inner
        rest = 1.0 - theta
        return rest * jnp.stack(list(y0)) + theta * (jnp.stack(step.y) + rest * inner)
