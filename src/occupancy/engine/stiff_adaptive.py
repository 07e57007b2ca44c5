"""Everybody in lockstep with one adaptive step: the robust driver, and the pilot of the mesh."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple

from occupancy.engine.jax_runtime import load
from occupancy.engine.stiff_compiled import Inputs, Program, compiler_options

jax = load()
jnp = jax.numpy

SAFETY = 0.9
SHRINK, GROW = 0.2, 6.0
FIRST_FRACTION = 1e-4
"""First step after the start, as a fraction of its interval; it grows sixfold while it may."""
EASY = 0.1
"""A first step that errs less than this lets the next interval begin with a longer one."""
SMALLEST = 1e-13
"""A step below this fraction of the time scale cannot be told from none."""


class AdaptiveRun(NamedTuple):
    """y (outputs, states, people), the steps taken, and how it ended.

    `t`, `h`, `interval` (max_steps,) hold the accepted steps, `steps` their number, `tried` all
    steps; `end` is the time reached, `worst` the person whose error refused the last step.
    """

    y: Any
    embedded: Any
    outside: Any
    t: Any
    h: Any
    interval: Any
    steps: Any
    tried: Any
    end: Any
    worst: Any


class _State(NamedTuple):
    y: Any
    t: Any
    interval: Any
    h: Any
    restart: Any
    fresh: Any
    previous: Any
    written: Any
    out: Any
    embedded: Any
    outside: Any
    log_t: Any
    log_h: Any
    log_interval: Any
    steps: Any
    tried: Any
    worst: Any
    stored: Any


def run_adaptive(
    program: Program,
    inputs: Inputs,
    starts: Any,
    ends: Any,
    count: Any,
    times: Any,
    n_out: Any,
    max_steps: int,
) -> tuple[AdaptiveRun, list[Any]]:
    """From y0 at starts[0] through `count` intervals, reading at the first `n_out` of `times`.

    A step is taken when the largest embedded error over states and people, in units of
    atol + rtol |y|, is at most 1; its length follows a PI controller (Gustafsson, ACM TOMS
    1991;17:533). Every interval begins with a step of the length that served the one before, or
    with the longer one that would have served where that erred little. Step sizes are constants
    to a forward derivative.
    """
    n = program.n
    final_h = ends[count - 1]
    lanes = program.lanes(inputs)
    order = float(program.stepper.tableau.order)
    into = program.model.names.index(program.model.doses_into) if program.model.doses_into else None

    def dosed(y: list[Any], interval: Any, due: Any) -> list[Any]:
        if into is None:
            return y
        row = jax.lax.dynamic_index_in_dim(lanes.entering, interval, 0, keepdims=False)
        return [*y[:into], y[into] + jnp.where(due, row, 0.0), *y[into + 1 :]]

    def proceed(s: _State) -> Any:
        span = jnp.maximum(jnp.abs(s.t), final_h - starts[0])
        return (s.interval < count) & (s.tried < max_steps) & (s.h > SMALLEST * span)

    def attempt(s: _State) -> _State:
        remaining = ends[s.interval] - s.t
        last = s.h * 1.01 >= remaining
        h = jnp.where(last, remaining, jnp.where(2.0 * s.h > remaining, remaining / 2.0, s.h))
        step = program.step(inputs, lanes, s.interval, s.t, s.t - starts[s.interval], h, s.y)
        share = program.error_norm(inputs, s.y, step)
        share = jax.lax.stop_gradient(jnp.where(jnp.isfinite(share), share, jnp.inf))
        error = jnp.max(share)
        taken = error <= 1.0
        t = jnp.where(last, ends[s.interval], s.t + h)
        final = last & (s.interval == count - 1)

        def due(state: Any) -> Any:
            at = times[jnp.minimum(state[0], n_out - 1)]
            return taken & (state[0] < n_out) & ((at < t) | (final & (at <= t)))

        def write(state: Any) -> Any:
            index, out = state
            theta = (times[index] - s.t) / h
            row = program.stepper.read(theta, s.y, step)
            return index + 1, jax.lax.dynamic_update_index_in_dim(out, row, index, 0)

        written, out = jax.lax.while_loop(due, write, (s.written, s.out))
        error = jnp.maximum(error, 1e-10)
        steady = SAFETY * error ** (-0.7 / order) * s.previous ** (0.4 / order)
        factor = jnp.where(taken, steady, SAFETY * error ** (-1.0 / order))
        longer = h * jnp.clip(factor, SHRINK, jnp.where(taken, GROW, 1.0))
        served = jnp.where(error < EASY, longer, h)
        restart = jnp.where(taken & s.fresh, served, s.restart)
        arrived = taken & last
        interval = s.interval + arrived.astype(s.interval.dtype)
        y = [jnp.where(taken, new, old) for new, old in zip(step.y, s.y, strict=True)]
        outside = program.outside(inputs, s.outside, y)
        y = dosed(y, interval, arrived)  # the row after the last interval holds no dose
        return _State(
            y=y,
            t=jnp.where(taken, t, s.t),
            interval=interval,
            h=jnp.where(arrived, restart, jnp.where(taken, jnp.maximum(longer, 0.0), longer)),
            restart=restart,
            fresh=jnp.where(taken, arrived, s.fresh),
            previous=jnp.where(arrived, 1.0, jnp.where(taken, error, s.previous)),
            written=written,
            out=out,
            embedded=jnp.where(taken, jnp.maximum(s.embedded, share), s.embedded),
            outside=outside,
            log_t=s.log_t.at[s.steps].set(jnp.where(taken, s.t, s.log_t[s.steps])),
            log_h=s.log_h.at[s.steps].set(jnp.where(taken, h, s.log_h[s.steps])),
            log_interval=s.log_interval.at[s.steps].set(s.interval),
            steps=s.steps + taken,
            tried=s.tried + 1,
            worst=jnp.argmax(share),
            stored=step.stored,
        )

    one = inputs.one
    y0 = dosed([inputs.y0[i] * one for i in range(n)], 0, True)
    zero = jnp.zeros((), jnp.int32)
    first = FIRST_FRACTION * (ends[0] - starts[0])
    begin = _State(
        y=y0,
        t=starts[0],
        interval=zero,
        h=first,
        restart=first,
        fresh=jnp.asarray(True),
        previous=jnp.ones(()),
        written=zero,
        out=jnp.zeros((times.shape[0], n, one.shape[0])),
        embedded=jnp.zeros_like(one),
        outside=jnp.full_like(one, -jnp.inf),
        log_t=jnp.zeros(max_steps),
        log_h=jnp.zeros(max_steps),
        log_interval=jnp.zeros(max_steps, jnp.int32),
        steps=zero,
        tried=zero,
        worst=jnp.zeros((), jnp.int64),
        stored=[jnp.zeros_like(one)] * program.stored,
    )
    s = jax.lax.while_loop(proceed, attempt, begin)
    run = AdaptiveRun(
        s.out,
        s.embedded,
        s.outside,
        s.log_t,
        s.log_h,
        s.log_interval,
        s.steps,
        s.tried,
        s.t,
        s.worst,
    )
    return run, s.stored


@lru_cache(maxsize=64)
def compiled_adaptive_run(program: Program) -> Any:
    """The compiled `run_adaptive` of a program; `max_steps` by name."""
    run = partial(run_adaptive, program)
    return jax.jit(run, static_argnames=("max_steps",), compiler_options=compiler_options())
