"""One step of a Rosenbrock method for one person, every state a scalar; vmap adds the people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock_elimination import plan_elimination
from occupancy.engine.rosenbrock_field import Field
from occupancy.engine.rosenbrock_tableau import Tableau

jax = load()
jnp = jax.numpy


@dataclass(frozen=True)
class Step:
    """What a step yields: the new y, its error, the stages' u, and values worth storing.

    u is a list of lists, or one array (stages, states, people).
    """

    y: list[Any]
    error: list[Any]
    u: Any
    stored: list[Any]


class Stepper:
    """A method and a field, ready to step."""

    def __init__(self, field: Field, tableau: Tableau) -> None:
        """Plan the elimination of W = I/(γh) − ∂f/∂y."""
        self.field, self.tableau = field, tableau
        self.elimination = plan_elimination(field.n, field.pattern)

    def step(
        self,
        t: Any,
        h: Any,
        y: Sequence[Any],
        p: Sequence[Any],
        forcing: Callable[[Any], Sequence[Any]],
        one: Any,
    ) -> Step:
        """From t to t + h; `forcing(s)` is the forcing's leaves at t + s.

        `one` is 1 for each person. XLA gives a value its own memory only where it cannot be
        had again from one vector, and recomputes it in every stage that reads it otherwise;
        `one` makes vectors of what would be scalars, and `stored` lists what the caller should
        carry along so that it is computed once.
        """
        tableau, field, n = self.tableau, self.field, self.field.n
        inverse_h = one / h
        at_start, slope = jax.jvp(forcing, (0.0 * h,), (jnp.ones_like(h),))
        by_time = field.time_derivative(t, y, p, at_start, slope)
        w = {entry: -slope for entry, slope in field.jacobian(t, y, p, at_start).items()}
        for i in range(n):
            diagonal = inverse_h * (1.0 / tableau.gamma)
            w[i, i] = diagonal + w[i, i] if (i, i) in w else diagonal
        factors = self.elimination.factor(w)
        stored = list(factors.values())

        forced = {c: forcing(c * h) if c else at_start for c in sorted(set(tableau.c))}
        for values in forced.values():
            stored.extend(values)

        u: list[list[Any]] = []
        at: list[Any] = list(y)
        for i in range(tableau.stages):
            if i and tableau.a[i] == (*tableau.a[i - 1], 1.0):
                at = [at[q] + u[-1][q] for q in range(n)]
                stored.extend(at)
            elif i:
                at = [y[q] + _weighted(tableau.a[i], u, q) for q in range(n)]
            right = field(t + tableau.c[i] * h, at, p, forced[tableau.c[i]])
            if i:
                right = [right[q] + inverse_h * _weighted(tableau.C[i], u, q) for q in range(n)]
            if tableau.d[i]:
                for q, slope in by_time.items():
                    right[q] = right[q] + (tableau.d[i] * h) * slope
            u.append(self.elimination.solve(factors, right))
            stored.extend(u[-1])
        new = [at[q] + u[-1][q] for q in range(n)]
        return Step(new, u[-1], u, stored)

    def read(self, theta: Any, y0: Sequence[Any], step: Step) -> Any:
        """The dense output at t + θ h, 0 ≤ θ ≤ 1, all states stacked."""
        rest = 1.0 - theta
        rows = []
        for q in range(self.field.n):
            *lower, inner = [_weighted(row, step.u, q) for row in self.tableau.H]
            for value in reversed(lower):
                inner = value + theta * inner
            rows.append(rest * y0[q] + theta * (step.y[q] + rest * inner))
        return jnp.stack(rows)


def _weighted(weights: Sequence[float], u: Sequence[Sequence[Any]], q: int) -> Any:
    terms = [weight * u[j][q] for j, weight in enumerate(weights) if weight]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
