"""Draws from a log density by the No-U-Turn sampler of NumPyro, with what went wrong counted."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.jax_runtime import EngineUnavailable, load

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Draws:
    """A sample of q, shape (chains, draws, dim).

    Attributes:
        divergences: steps after warm-up where the energy was not conserved.
        seconds: of warm-up and sampling, without compiling.
        compile_seconds: of compiling.
        gradients: gradient evaluations after warm-up, over all chains.
    """

    q: Array
    divergences: int
    seconds: float
    compile_seconds: float
    gradients: int

    @property
    def flat(self) -> Array:
        """All chains one after another, shape (chains * draws, dim)."""
        return self.q.reshape(-1, self.q.shape[-1])


def sample(
    density: Callable[..., Any],
    dim: int,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int = 0,
    target_accept: tuple[float, ...] = (0.9,),
    each: Array | None = None,
    dense: bool = False,
) -> Draws:
    """Sample `density` (a log density of q in JAX) with NUTS, all chains in step.

    Args:
        density: log density of q, up to a constant; of q and one row of `each` when given.
        dim: length of q.
        draws: kept per chain; `warmup` draws before them adapt the step and the metric.
        chains: run together, vectorised.
        seed: the same seed gives the same draws on the same machine.
        target_accept: higher takes smaller steps; after divergent steps the next one is tried.
        each: shape (chains, ...): data of every chain, when chains answer different questions.
        dense: whether the metric learns correlations, for unknowns that move together.

    Raises:
        EngineUnavailable: JAX or NumPyro is not installed.
    """
    jax = load()
    try:
        hmc = import_module("numpyro.infer.hmc").hmc
    except ImportError as error:
        raise EngineUnavailable(
            "posteriors need NumPyro: install it with pip install 'occupancy[inference]'"
        ) from error
    if each is not None:
        chains = len(each)
    start = 0.5 * np.random.default_rng(seed).standard_normal((chains, dim))

    def run(key: Any, q: Any, data: Any, accept: Any) -> Any:
        given = () if each is None else (data,)
        init, kernel = hmc(potential_fn=lambda q: -density(q, *given), algo="NUTS")
        state = init(
            q,
            num_warmup=warmup,
            dense_mass=dense,
            target_accept_prob=accept,
            rng_key=key,
        )
        state = jax.lax.fori_loop(0, warmup, lambda _, s: kernel(s), state)

        def step(s: Any, _: Any) -> Any:
            s = kernel(s)
            return s, (s.z, s.diverging, s.num_steps)

        return jax.lax.scan(step, state, None, length=draws)[1]

    keys, q0 = jax.random.split(jax.random.PRNGKey(seed), chains), jax.numpy.asarray(start)
    data = jax.numpy.zeros(chains) if each is None else jax.numpy.asarray(each)
    begin = time.perf_counter()
    together = jax.jit(jax.vmap(run, (0, 0, 0, None)))
    compiled = together.lower(keys, q0, data, target_accept[0]).compile()
    compiled_in = time.perf_counter() - begin
    begin = time.perf_counter()
    q, diverging, steps = compiled(keys, q0, data, target_accept[0])
    for accept in target_accept[1:]:
        if not np.asarray(diverging).any():
            break
        q, diverging, steps = compiled(keys, q0, data, accept)
    return Draws(
        q=np.asarray(q),
        divergences=int(np.asarray(diverging).sum()),
        seconds=time.perf_counter() - begin,
        compile_seconds=compiled_in,
        gradients=int(np.asarray(steps).sum()),
    )
