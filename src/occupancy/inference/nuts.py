"""Draws from a log density by the No-U-Turn sampler of NumPyro, with what went wrong counted."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.engine.executors import worker_count
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
    """Sample `density` (a log density of q in JAX) with NUTS, a core to each chain.

    Chains are calls of one compiled program: none waits for another's longer path, and a
    gradient at one point costs less than its share of a batch.

    Args:
        density: log density of q, up to a constant; of q and one row of `each` when given.
        dim: length of q.
        draws: kept per chain; `warmup` draws before them adapt the step and the metric.
        chains: how many; as many at once as there are cores.
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

    def run(key: Any, q: Any, data: Any, accept: Any, discarded: Any, kept: Any) -> Any:
        given = () if each is None else (data,)
        init, kernel = hmc(potential_fn=lambda q: -density(q, *given), algo="NUTS")
        state = init(
            q,
            num_warmup=warmup,
            dense_mass=dense,
            target_accept_prob=accept,
            rng_key=key,
        )
        state = jax.lax.fori_loop(0, discarded, lambda _, s: kernel(s), state)

        def step(k: Any, carry: Any) -> Any:
            s, qs, diverging, steps = carry
            s = kernel(s)
            return s, qs.at[k].set(s.z), diverging + s.diverging, steps + s.num_steps

        none = jax.numpy.zeros((), dtype=int)
        empty = (state, jax.numpy.zeros((draws, dim)), none, none)
        return jax.lax.fori_loop(0, kept, step, empty)[1:]

    keys = np.asarray(jax.random.split(jax.random.PRNGKey(seed), chains))
    data = np.zeros(chains) if each is None else each
    begin = time.perf_counter()
    first = (keys[0], start[0], data[0], target_accept[0])
    compiled = jax.jit(run).lower(*first, warmup, draws).compile()
    # JAX lets other threads in only when the first call of a program is over: one of no draws.
    compiled(*first, 0, 0)
    compiled_in = time.perf_counter() - begin
    begin = time.perf_counter()

    def found(accept: float) -> list[Array]:
        def chain(k: int) -> list[Array]:
            given = (keys[k], start[k], data[k], accept, warmup, draws)
            return [np.asarray(x) for x in compiled(*given)]

        with ThreadPoolExecutor(min(chains, worker_count(None))) as pool:
            return [np.stack(x) for x in zip(*pool.map(chain, range(chains)), strict=True)]

    q, diverging, steps = found(target_accept[0])
    for accept in target_accept[1:]:
        if not diverging.any():
            break
        q, diverging, steps = found(accept)
    return Draws(
        q=q,
        divergences=int(diverging.sum()),
        seconds=time.perf_counter() - begin,
        compile_seconds=compiled_in,
        gradients=int(steps.sum()),
    )
