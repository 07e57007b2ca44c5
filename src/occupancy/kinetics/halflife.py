"""Half-lives: of disposition, of the terminal slope one sees, and after stopping a regimen."""

from __future__ import annotations

import numpy as np

from occupancy.kinetics.disposition import Array, DeepSite, Species, System
from occupancy.kinetics.steady import ROUNDS, SECTIONS, SteadyState

LN2 = float(np.log(2.0))
LONGEST_H = 1e7


def half_life(species: Species) -> Array:
    """Terminal half-life [h] of a species' own disposition, (batch,).

    ln 2 / λ with λ the slowest rate of its compartments. Taken from the largest eigenvalue of
    the matrix of residence times, √(V_i V_j) (1/CL + δ_ij/Q_i), which is symmetric and has no
    negative entries, so a slow λ is as accurate as a fast one.
    """
    volumes = [np.asarray(species.V, dtype=np.float64)]
    volumes += [np.asarray(v, dtype=np.float64) for _, v in species.peripherals]
    flows = [np.asarray(q, dtype=np.float64) for q, _ in species.peripherals]
    arrays = np.broadcast_arrays(np.asarray(species.CL, dtype=np.float64), *volumes, *flows)
    cl, *rest = (np.atleast_1d(a) for a in arrays)
    root = np.sqrt(np.stack(rest[: len(volumes)], axis=-1))
    residence = root[:, :, None] * root[:, None, :] / cl[:, None, None]
    for i, q in enumerate(rest[len(volumes) :], start=1):
        residence[:, i, i] += root[:, i] ** 2 / q
    return np.asarray(LN2 * np.linalg.eigvalsh(residence)[:, -1], dtype=np.float64)


def terminal_half_life(system: System, name: str) -> Array:
    """Half-life [h] of the last slope of an output after a single dose, (batch,).

    The slowest of: its own disposition, that of what it forms from, the rates of the input
    paths (slow absorption gives flip-flop), and, for an effect site, its own rates.

    Raises KeyError when the system has no such output.
    """
    if name not in system.outputs:
        raise KeyError(f"no output {name!r}; this system has {list(system.outputs)}")
    by_name = {s.analyte: s for s in system.species}
    slowest: list[Array] = []
    analyte = name
    for site in system.effect_sites:
        deep = site.deep
        if name == site.name or (deep is not None and name == deep.name):
            analyte = site.analyte
            k_out = np.asarray(site.rates[1], dtype=np.float64)
            if deep is None:
                slowest.append(_time_of(k_out))
            elif name == site.name and not np.any(deep.k_back):
                slowest.append(_time_of(k_out + np.asarray(deep.k_in)))
            else:
                slowest.append(_time_of(_slow_of_two(k_out, deep)))
    chain = [analyte]
    for link in chain:
        slowest.append(half_life(by_name[link]))
        chain += [f.parent for f in by_name[link].formed_from if f.parent not in chain]
    for path in system.inputs:
        for rate in (path.ka, path.ktr):
            if rate is not None:
                slowest.append(_time_of(np.asarray(rate, dtype=np.float64)))
    return np.max(np.broadcast_arrays(*slowest), axis=0)


def effective_half_life(steady: SteadyState, name: str) -> Array:
    """Hours until an output falls to half, after the last cycle of a regimen, (batch,).

    Counted from the moment the next cycle would have begun, at steady state with nothing
    further taken. If the output first rises (a lag, a slow effect site), the last crossing of
    half its value at that moment counts. Peripheral stores and slow input make it longer than
    the disposition half-life, early distribution shorter.

    Raises KeyError when there is no such output, ValueError when it is zero at that moment or
    never falls to half.
    """
    half = steady.after_stopping(0.0, name) / 2
    if not half.all():
        raise ValueError(f"{name!r} is zero at steady state; give a dose that reaches it.")
    upper = steady.interval_h
    while (steady.after_stopping(upper, name) >= half).any():
        upper *= 2.0
        if upper > LONGEST_H:
            raise ValueError(f"{name!r} does not fall to half within {LONGEST_H:g} h.")
    grid = np.append(0.0, np.geomspace(1e-4, 1.0, 129)) * upper
    above = steady.after_stopping(grid, name) >= half
    at = grid.size - 1 - np.argmax(above[:, ::-1], axis=-1)
    low, high = grid[at], grid[np.minimum(at + 1, grid.size - 1)]
    member = np.arange(low.size)
    for _ in range(ROUNDS):
        t = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, SECTIONS + 1)
        values = steady.after_stopping(t, name)
        at = SECTIONS - np.argmax((values >= half)[:, ::-1], axis=-1)
        after = np.minimum(at + 1, SECTIONS)
        low, high = t[member, at], t[member, after]
    return (low + high) / 2


def _time_of(rate: Array) -> Array:
    rate = np.atleast_1d(rate)
    return np.where(rate > 0, LN2 / np.where(rate > 0, rate, 1.0), np.inf)


def _slow_of_two(k_out: Array, deep: DeepSite) -> Array:
    """Slower rate of an effect site with a deep stage, det / (faster rate)."""
    k_in, k_deep, k_back = (np.asarray(v) for v in (deep.k_in, deep.k_out, deep.k_back))
    first, second = k_out + k_in, k_deep + k_back
    fast = (first + second + np.hypot(first - second, 2 * np.sqrt(k_in * k_back))) / 2
    return (k_out * second + k_in * k_deep) / np.where(fast > 0, fast, 1.0)
