"""Plasma concentration in closed form as the forcing of a stiff model.

One to three compartments with a first-order depot, a bolus or a zero-order input. Between two
dosing events the concentration is a sum of exponentials, so it can be had at any stage time and
only the stiff states are integrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from occupancy.engine.stiff_model import Array
from occupancy.kinetics import Doses

NG_PER_ML = 1000.0
"""mg/L to ng/mL."""

CLOSE = 2e-3
"""Two rates closer than this fraction are taken as close; see `_difference`."""


class PlasmaConstants(NamedTuple):
    """Of one person: rates of the modes, ka, and λ − ka where the two are close, else 0.

    Modes are tuples of scalars: XLA turns an index into an array into strided, unvectorised
    loads, which cost more than the exponentials.
    """

    rates: Any
    ka: Any
    gap: Any


class PlasmaRow(NamedTuple):
    """Of one interval, in ng/mL: constant, depot and mode amplitudes, and s e^(−λs) terms."""

    constant: Any
    depot: Any
    modes: Any
    close: Any


@dataclass(frozen=True)
class PlasmaForcing:
    """Plasma concentration [ng/mL] from doses in mg, linear kinetics, exact.

    Parameters are read from the person's by name: CL [L/h], V [L]; with 2 compartments Q, V2;
    with 3 also Q3, V3; ka [1/h] when `oral`; F (optional, 1). `duration_h` > 0 makes each dose
    a zero-order input into plasma (not together with `oral`); `lag_h` delays every dose.

    C(s) = c0 + c_d e^(−ka s) + Σ_m c_m e^(−λ_m s), s hours after the interval's start. Where ka
    and λ_m are close the difference quotient (e^(−ka s) − e^(−λ s))/(λ − ka) is taken by its
    series, so nothing is lost at ka = λ. Mode weights are squares of eigenvector entries of the
    symmetrised system: positive, summing to one.

    Raises:
        ValueError: compartments not 1, 2 or 3; `oral` with a duration; a negative time.
    """

    compartments: int = 1
    oral: bool = True
    duration_h: float = 0.0
    lag_h: float = 0.0
    shape: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        """Check the combination."""
        if self.compartments not in (1, 2, 3):
            raise ValueError(
                f"PlasmaForcing: compartments = {self.compartments}; choose 1, 2 or 3."
            )
        if self.duration_h < 0 or self.lag_h < 0:
            raise ValueError("PlasmaForcing: duration_h and lag_h must be zero or positive.")
        if self.oral and self.duration_h:
            raise ValueError(
                f"PlasmaForcing: duration_h = {self.duration_h:g} with oral=True; an infusion "
                "goes into plasma, set oral=False."
            )

    def kinks(self, doses: Doses) -> Array:
        """Starts of the doses, and ends of infusions."""
        start = doses.time_h + self.lag_h
        return np.concatenate([start, start + self.duration_h])

    def arrivals(self, doses: Doses, starts: Array) -> tuple[Array, Array]:
        """Which dose enters at which interval's start, and which runs through it."""
        begin = doses.time_h[None, :] + self.lag_h
        at = starts[:, None]
        if self.duration_h:
            end = begin + self.duration_h
            tiny = 1e-9 * self.duration_h
            running = (at >= begin - tiny) & (at < end - tiny)
            return np.zeros(running.shape), running / self.duration_h
        return (at == begin).astype(np.float64), np.zeros((starts.size, doses.count))

    def prepare(self, p: Mapping[str, Any], at_once: Any, rate: Any, lengths: Any) -> Any:
        """Carry depot and modes from interval to interval."""
        from occupancy.engine.jax_runtime import load

        jax = load()
        jnp = jax.numpy
        rates, weights = _modes(jnp, self.compartments, p)
        scale = NG_PER_ML / p["V"] * p.get("F", 1.0)
        ka = p["ka"] if self.oral else jnp.zeros_like(rates[0])
        apart = rates - ka
        near = jnp.abs(apart) < CLOSE * jnp.maximum(rates, ka)
        over = jnp.where(near, 0.0, 1.0 / jnp.where(near, 1.0, apart))
        gap = jnp.where(near, apart, 0.0)

        def interval(carry: Any, x: Any) -> Any:
            depot, modes = carry
            entering, running, length = x
            if self.oral:
                depot = depot + entering * scale
            else:
                modes = modes + weights * (entering * scale)
            feed = weights * ka * depot
            held = weights * (running * scale) / rates
            row = PlasmaRow(
                constant=held.sum(),
                depot=(feed * over).sum(),
                modes=tuple(modes - feed * over - held),
                close=tuple(feed * near),
            )
            decay = jnp.exp(-rates * length)
            after = (
                modes * decay
                + feed * _difference(jnp, length, ka, rates, over, gap, near)
                + held * (1.0 - decay)
            )
            return (depot * jnp.exp(-ka * length), after), row

        start = (jnp.zeros_like(ka), jnp.zeros_like(rates))
        _, table = jax.lax.scan(interval, start, (at_once, rate, lengths))
        return PlasmaConstants(tuple(rates), ka, tuple(gap)), table

    def value(self, t: Any, since: Any, constants: PlasmaConstants, row: PlasmaRow) -> Any:
        """C at `since` hours after the interval's start."""
        from occupancy.engine.jax_runtime import load

        jnp = load().numpy
        total = row.constant
        if self.oral:
            total = total + row.depot * jnp.exp(-constants.ka * since)
        for m in range(self.compartments):
            amplitude = row.modes[m]
            if self.oral:
                amplitude = amplitude + row.close[m] * since * _series(constants.gap[m] * since)
            total = total + amplitude * jnp.exp(-constants.rates[m] * since)
        return total


def _difference(jnp: Any, s: Any, ka: Any, rates: Any, over: Any, gap: Any, near: Any) -> Any:
    """(e^(−ka s) − e^(−λ s)) / (λ − ka), by its series where the two rates are close."""
    decay = jnp.exp(-rates * s)
    return jnp.where(near, s * decay * _series(gap * s), (jnp.exp(-ka * s) - decay) * over)


def _series(x: Any) -> Any:
    """(e^x − 1)/x for small x."""
    return 1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0)))


def _modes(jnp: Any, compartments: int, p: Mapping[str, Any]) -> tuple[Any, Any]:
    """Rates (m,) and weights (m,): an impulse into plasma decays as Σ w_m e^(−λ_m t)."""
    k10 = p["CL"] / p["V"]
    if compartments == 1:
        return jnp.stack([k10]), jnp.ones(1)
    k12, k21 = p["Q"] / p["V"], p["Q"] / p["V2"]
    if compartments == 2:
        half = (k10 + k12 - k21) / 2.0
        root = jnp.sqrt(half * half + k12 * k21)
        # α − k21 and k21 − β multiply to k12 k21: the larger is a sum, the smaller follows
        larger = root + jnp.where(half > 0, half, -half)
        smaller = k12 * k21 / larger
        above = jnp.where(half > 0, larger, smaller)
        below = jnp.where(half > 0, smaller, larger)
        slow = k10 * k21 / (k21 + above)
        rates = jnp.stack([k21 + above, slow])
        return rates, jnp.stack([above, below]) / (above + below)
    return _three_modes(jnp, k10, k12, k21, p["Q3"] / p["V"], p["Q3"] / p["V3"])


def _three_modes(jnp: Any, k10: Any, k12: Any, k21: Any, k13: Any, k31: Any) -> tuple[Any, Any]:
    from occupancy.engine.jax_runtime import load

    jax = load()
    a, b, c = k12 * k21, k13 * k31, k10 + k12 + k13
    zero = jnp.zeros_like(a)
    s, r = jnp.sqrt(a), jnp.sqrt(b)
    matrix = jnp.stack([jnp.stack([c, s, r]), jnp.stack([s, k21, zero]), jnp.stack([r, zero, k31])])
    guess = jnp.linalg.eigvalsh(jax.lax.stop_gradient(matrix))
    # Newton steps on the characteristic polynomial: sharpens the small roots and carries the
    # derivative, which the guess does not
    for _ in range(2):
        x = guess
        value = (x - c) * (x - k21) * (x - k31) - a * (x - k31) - b * (x - k21)
        slope = (x - k21) * (x - k31) + (x - c) * (2 * x - k21 - k31) - a - b
        guess = x - value / slope
    rates = guess
    others = jnp.stack([jnp.roll(rates, 1), jnp.roll(rates, 2)])
    weights = (k21 - rates) * (k31 - rates) / ((others[0] - rates) * (others[1] - rates))
    return rates, weights
