"""Speed and true error of the propagator, against SciPy's odeint and expm, in one run.

Task: 10 mg once daily for 28 days, two compartments and a depot, hourly output (672 points).
Ours: 200 draws. odeint and expm: one draw of the same, restarted at each dose. Error: largest
relative difference from a 60-digit solution (closed form in decimals) over the 672 points.
Times are medians of warm runs on one core, each rival timed in turn with ours; building the
system is part of ours. odeint cannot reach our error; its tightest setting is the nearest.

    python benchmarks/kinetics.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from linear_task import DAYS, DOSES, HOURS, MG, V2, Q, exact, system
from record import in_turn, one_core, row, write
from scipy.integrate import odeint
from scipy.linalg import expm

from occupancy.kinetics import Doses, Input, Species, System, simulate, steady_state

DRAWS = 200


def draws() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    z = np.random.default_rng(28).standard_normal((3, DRAWS))
    return 10 * np.exp(0.3 * z[0]), 50 * np.exp(0.25 * z[1]), np.exp(0.5 * z[2])


def ours(cl: np.ndarray, v: np.ndarray, ka: np.ndarray) -> np.ndarray:
    return simulate(system(cl, v, ka), DOSES, HOURS)["x"]


def matrix(cl: float, v: float, ka: float) -> np.ndarray:
    return np.array([[-ka, 0, 0], [ka, -(cl + Q) / v, Q / V2], [0, Q / v, -Q / V2]])


def by_odeint(a: np.ndarray, v: float, rtol: float | None, atol: float | None) -> np.ndarray:
    x, out = np.zeros(3), []
    for _ in range(DAYS):
        x[0] += MG
        path = odeint(lambda y, _t: a @ y, x, np.arange(25.0), rtol=rtol, atol=atol)
        out.append(path[1:, 1])
        x = path[-1].copy()
    return np.concatenate(out) * 1000 / v


def by_odeint_scalars(
    cl: float, v: float, ka: float, rtol: float | None, atol: float | None
) -> np.ndarray:
    """The right-hand side in plain Python numbers, the fastest form without compiling."""
    ke, kcp, kpc = cl / v, Q / v, Q / V2

    def slope(y: np.ndarray, _t: float) -> tuple[float, float, float]:
        d, c, p = y.tolist()
        return -ka * d, ka * d - (ke + kcp) * c + kpc * p, kcp * c - kpc * p

    x, out = np.zeros(3), []
    for _ in range(DAYS):
        x[0] += MG
        path = odeint(slope, x, np.arange(25.0), rtol=rtol, atol=atol)
        out.append(path[1:, 1])
        x = path[-1].copy()
    return np.concatenate(out) * 1000 / v


def by_expm(a: np.ndarray, v: float) -> np.ndarray:
    hour, x, out = expm(a), np.zeros(3), []
    for h in range(24 * DAYS):
        if h % 24 == 0:
            x[0] += MG
        x = hour @ x
        out.append(x[1])
    return np.asarray(out) * 1000 / v


def by_expm_each(a: np.ndarray, v: float) -> np.ndarray:
    """A matrix exponential for every output time, as for times without a pattern."""
    x, out = np.zeros(3), []
    for _ in range(DAYS):
        x[0] += MG
        paths = expm(a * np.arange(1.0, 25.0)[:, None, None]) @ x
        out.append(paths[:, 1])
        x = paths[-1]
    return np.concatenate(out) * 1000 / v


def median_ms(*works: Callable[[], object], seconds: float = 3.0) -> list[float]:
    """Median milliseconds of each by the clock on the wall."""
    found = in_turn(*works, rounds=1, seconds=seconds, clock=time.perf_counter)
    return [1e3 * one for one in found]


def main() -> None:
    one_core()
    cl, v, ka = draws()
    a = matrix(cl[0], v[0], ka[0])
    truth = [exact(cl[i], v[i], ka[i]) for i in range(5)]

    def error(values: np.ndarray, i: int = 0) -> float:
        return float(np.abs(values / truth[i] - 1).max())

    mine = ours(cl, v, ka)
    base, one = median_ms(lambda: ours(cl, v, ka), lambda: ours(cl[:1], v[:1], ka[:1]))
    worst = max(error(mine[i], i) for i in range(5))
    print(f"{'method':52s} {'draws':>5s} {'ms':>9s} {'max rel error':>14s} {'ratio':>7s}")
    print(f"{'this propagator':52s} {DRAWS:5d} {base:9.2f} {worst:14.1e} {'1':>7s}")
    print(f"{'this propagator':52s} {1:5d} {one:9.2f} {error(mine[0]):14.1e}")
    default: dict[str, float | None] = {"rtol": None, "atol": None}
    tight: dict[str, float | None] = {"rtol": 1e-8, "atol": 1e-8}
    tightest: dict[str, float | None] = {"rtol": 1e-13, "atol": 1e-14}
    rivals: list[tuple[str, Callable[[], np.ndarray]]] = [
        ("odeint, matrix, default tolerances", lambda: by_odeint(a, v[0], **default)),
        ("odeint, matrix, rtol = atol = 1e-8", lambda: by_odeint(a, v[0], **tight)),
        ("odeint, matrix, rtol 1e-13, atol 1e-14", lambda: by_odeint(a, v[0], **tightest)),
        ("odeint, scalars, default", lambda: by_odeint_scalars(cl[0], v[0], ka[0], **default)),
        (
            "odeint, scalars, rtol = atol = 1e-8",
            lambda: by_odeint_scalars(cl[0], v[0], ka[0], **tight),
        ),
        (
            "odeint, scalars, rtol 1e-13, atol 1e-14",
            lambda: by_odeint_scalars(cl[0], v[0], ka[0], **tightest),
        ),
        ("expm once per hour step, then products", lambda: by_expm(a, v[0])),
        ("expm at every output time", lambda: by_expm_each(a, v[0])),
    ]
    task = "kinetics: 28 d hourly; 200 draws here, one elsewhere"
    rows = []
    for name, work in rivals:
        here, ms = median_ms(lambda: ours(cl, v, ka), work)
        ratio = f"{ms / here:7.1f}"
        print(f"{name:52s} {1:5d} {ms:9.2f} {error(work()):14.1e} {ratio}")
        rows.append(row(task, name, ms / 1e3, error(work()), here / ms))
    rows.insert(0, row(task, "this propagator", base / 1e3, worst, 1.0))
    print("ratio: time of ONE draw there / time of 200 draws here")

    irregular = np.sort(np.random.default_rng(1).uniform(0, 672, 672))
    people = system(cl, v, ka)
    lagged = System((Species("x", cl, v, Q=Q, V2=V2, dosed=1.0),), (Input(ka=ka, lag_h=0.1 * ka),))
    more: list[tuple[str, Callable[[], object]]] = [
        ("672 times without a pattern", lambda: simulate(people, DOSES, irregular)),
        ("a lag that differs between draws, hourly", lambda: simulate(lagged, DOSES, HOURS)),
        ("steady state with peak and trough", lambda: _extremes(people)),
    ]
    for name, work in more:
        print(f"{name:52s} {DRAWS:5d} {median_ms(work, seconds=2.0)[0]:9.2f}")
    write("kinetics", rows)


def _extremes(people: System) -> object:
    steady = steady_state(people, Doses(0.0, MG), 24.0)
    return steady.peak(), steady.trough()


if __name__ == "__main__":
    main()
