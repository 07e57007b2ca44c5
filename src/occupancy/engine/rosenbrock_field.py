"""A vector field as n scalar expressions, with its Jacobian and its time derivative."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from occupancy.engine.jax_runtime import load
from occupancy.engine.rosenbrock_scalars import evaluate, objects, scalars_of
from occupancy.engine.rosenbrock_straight_line import StraightLine

jax = load()
jnp = jax.numpy


class Field:
    """f(t, y, p, forcing) of one person, taken apart.

    `pattern` holds the (row, column) pairs of the Jacobian that can differ from zero and
    `driven` the rows that depend on the time or the forcing. Calls take y as a list of scalars
    and p and forcing as flat lists of arrays, in the order of `jax.tree.leaves`.
    """

    def __init__(
        self, function: Callable[..., Any], n_states: int, parameters: Any, forcing: Any
    ) -> None:
        """Trace `function` for leaves shaped like `parameters` and `forcing`.

        Raises:
            ValueError: the function does not return one number per state.
        """
        self.n = n_states
        leaves_p, tree_p = jax.tree.flatten(parameters)
        leaves_f, tree_f = jax.tree.flatten(forcing)
        self._shapes_p = [np.shape(x) for x in leaves_p]
        self._shapes_f = [np.shape(x) for x in leaves_f]

        def flat(t: Any, y: Any, *rest: Any) -> Any:
            p = tree_p.unflatten(rest[: len(leaves_p)])
            forced = tree_f.unflatten(rest[len(leaves_p) :])
            return jnp.asarray(function(t, y, p, forced), dtype=jnp.float64)

        def specimen(shape: tuple[int, ...]) -> Any:
            return jax.ShapeDtypeStruct(shape, jnp.float64)

        whole = jax.make_jaxpr(flat)(
            specimen(()), specimen((n_states,)), *map(specimen, self._shapes_p + self._shapes_f)
        )
        returned = whole.out_avals[0].shape
        if returned != (n_states,):
            raise ValueError(
                f"the vector field returned shape {returned} for {n_states} states; return one "
                f"derivative per state, shape ({n_states},), for example with jnp.stack([...])"
            )
        self._count_p = sum(int(np.prod(s)) for s in self._shapes_p)
        self._count_f = sum(int(np.prod(s)) for s in self._shapes_f)

        def taken_apart(*scalars: Any) -> list[Any]:
            t, y, rest = scalars[0], scalars[1 : 1 + n_states], list(scalars[1 + n_states :])
            arguments = [scalars_of(t), objects(y, (n_states,))]
            for shape in self._shapes_p + self._shapes_f:
                size = int(np.prod(shape))
                arguments.append(objects(rest[:size], shape))
                rest = rest[size:]
            dy = evaluate(whole.jaxpr, whole.consts, arguments)[0]
            return [jnp.asarray(value, dtype=jnp.float64) for value in dy]

        count = 1 + n_states + self._count_p + self._count_f
        self._f = StraightLine(taken_apart, count)
        depends = self._f.dependencies()
        self.pattern = frozenset(
            (i, j) for i in range(n_states) for j in range(n_states) if 1 + j in depends[i]
        )
        first_forced = 1 + n_states + self._count_p
        self.driven = frozenset(
            i
            for i in range(n_states)
            if 0 in depends[i] or any(k >= first_forced for k in depends[i])
        )

    def __call__(self, t: Any, y: Sequence[Any], p: Sequence[Any], f: Sequence[Any]) -> list[Any]:
        """The n derivatives."""
        return self._eval(t, y, _flat(p), _flat(f))

    def _eval(self, t: Any, y: Sequence[Any], p: list[Any], f: list[Any]) -> list[Any]:
        return self._f(t, *y, *p, *f)

    def jacobian(
        self, t: Any, y: Sequence[Any], p: Sequence[Any], f: Sequence[Any]
    ) -> dict[tuple[int, int], Any]:
        """∂f_i/∂y_j for the pairs of `pattern`, one forward derivative per column."""
        p, f = _flat(p), _flat(f)
        out: dict[tuple[int, int], Any] = {}
        for j in range(self.n):
            rows = [i for i in range(self.n) if (i, j) in self.pattern]
            if not rows:
                continue

            def column(s: Any, j: int = j, rows: list[int] = rows) -> list[Any]:
                dy = self._eval(t, [*y[:j], s, *y[j + 1 :]], p, f)
                return [dy[i] for i in rows]

            _, slopes = jax.jvp(column, (y[j],), (jnp.ones_like(y[j]),))
            out.update({(i, j): slope for i, slope in zip(rows, slopes, strict=True)})
        return out

    def time_derivative(
        self, t: Any, y: Sequence[Any], p: Sequence[Any], f: Sequence[Any], df: Sequence[Any]
    ) -> dict[int, Any]:
        """∂f_i/∂t at fixed y, for the rows of `driven`; df is the forcing's own derivative."""
        if not self.driven:
            return {}
        rows = sorted(self.driven)
        p, f, df = _flat(p), _flat(f), _flat(df)

        def of_time(t: Any, f: list[Any]) -> list[Any]:
            dy = self._eval(t, y, p, f)
            return [dy[i] for i in rows]

        _, slopes = jax.jvp(of_time, (t, f), (jnp.ones_like(t), df))
        return dict(zip(rows, slopes, strict=True))


def _flat(leaves: Sequence[Any]) -> list[Any]:
    return [s for leaf in leaves for s in (scalars_of(leaf).ravel() if jnp.ndim(leaf) else [leaf])]
