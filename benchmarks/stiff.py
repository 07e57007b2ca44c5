"""Speed and true error of the stiff driver against numbalsoda (LSODA), in one run on one core.

Three tasks, 28 doses of 10 mg, hourly output for 672 h:
- binding: brain binding with turnover; plasma in closed form, three stiff states integrated;
- coupled: the same with depot and plasma integrated as well, six states;
- switches: eight states with Hill switches of order 4 to 6, no closed form.
numbalsoda integrates the six states of the first two and the eight of the third, restarted at
each dose. Error: largest absolute error of the occupancy (first two) or of any state on the
scale of its largest value, against LSODA at 1e-12; the tests hold the driver to Radau. Seconds
are the processor's, medians, one core, the engines taking turns; ours include finding the mesh
and checking the error. Ratio: numbalsoda at 1e-6 (relative) and 1e-8 (absolute) over the engine,
whose tolerances are set so that its true error is no larger.

    python benchmarks/stiff.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from record import ROOT, Row, in_turn, one_core, row, write

from occupancy.engine import PlasmaForcing, StiffModel, StiffState, simulate_stiff
from occupancy.kinetics import Doses

PEOPLE, RIVAL_PEOPLE, CHECKED, ROUNDS = 1000, 100, 100, 7
HOURS = np.arange(1.0, 673.0)
DOSES = Doses(24.0 * np.arange(28), 10.0)


def people() -> dict[str, np.ndarray]:
    z = np.random.default_rng(28).standard_normal((3, PEOPLE))
    return {
        "CL": 10 * np.exp(0.3 * z[0]),
        "V": 50 * np.exp(0.25 * z[1]),
        "ka": np.exp(0.5 * z[2]),
        "Q": np.float64(15.0),
        "V2": np.float64(120.0),
    }


def brain(B: Any, RC: Any, E: Any, plasma: Any) -> list[Any]:
    net = 20.0 * B * (20.0 - RC) - 20.0 * RC
    o4 = (RC / 20.0) ** 4
    return [2.0 * (0.125 * plasma - B) - net, net, 0.1 * (1 - o4 / (0.65**4 + o4)) - 0.1 * E]


def binding_field(t: Any, y: Any, p: Any, plasma: Any) -> Any:
    import jax.numpy as jnp

    return jnp.stack(brain(y[0], y[1], y[2], plasma))


def coupled_field(t: Any, y: Any, p: Any, _: Any) -> Any:
    import jax.numpy as jnp

    D, A, P, B, RC, E = y
    out, back = p["Q"] / p["V"] * A, p["Q"] / p["V2"] * P
    plasma = [-p["ka"] * D, p["ka"] * D - p["CL"] / p["V"] * A - out + back, out - back]
    return jnp.stack([*plasma, *brain(B, RC, E, A / p["V"])])


def switches_field(t: Any, y: Any, p: Any, _: Any) -> Any:
    """Depot, plasma, brain, bound receptor, then four states that switch one another."""
    import jax.numpy as jnp

    D, A, B, RC, S, M, G, W = y
    net = 5.0 * B * (20.0 - RC) - 10.0 * RC
    o = RC / 20.0
    on = o**6 / (0.6**6 + o**6)
    off = 1.0 / (1.0 + (M / 0.5) ** 4)
    go = S**4 / (0.3**4 + S**4)
    return jnp.stack(
        [
            -p["ka"] * D,
            p["ka"] * D - p["CL"] / p["V"] * A,
            2.0 * (0.125 * A / p["V"] - B) - net,
            net,
            10.0 * (on * off - S),
            0.5 * (S - M),
            20.0 * (go * (1.0 - G) - 0.3 * G),
            0.05 * (G - W),
        ]
    )


RANGES = (StiffState("B", 0.0), StiffState("RC", 0.0, 20.0), StiffState("E", 0.0, 1.0))
AMOUNTS = tuple(StiffState(name, 0.0) for name in "DAP")
BINDING = StiffModel(binding_field, RANGES, forcing=PlasmaForcing(compartments=2))
COUPLED = StiffModel(coupled_field, (*AMOUNTS, *RANGES), doses_into="D", per_mg=1000.0)
SWITCHES = StiffModel(
    switches_field,
    (*AMOUNTS[:2], *RANGES[:2], *(StiffState(name, 0.0, 1.0) for name in "SMGW")),
    doses_into="D",
    per_mg=1000.0,
)
Rival = Callable[[np.ndarray, float, float], np.ndarray]
NANOMOLAR = {"B": 4e-5, "RC": 4e-5}
MICROGRAM = dict.fromkeys("DAP", 2e-2)


@dataclass(frozen=True)
class Task:
    name: str
    model: StiffModel
    y0: tuple[float, ...]
    atol: dict[str, float]
    rtol: float


TASKS = (
    Task("binding", BINDING, (0, 0, 1), {**NANOMOLAR, "E": 2e-6}, 2e-6),
    Task("coupled", COUPLED, (0, 0, 0, 0, 0, 1), {**MICROGRAM, **NANOMOLAR, "E": 2e-6}, 2e-6),
    Task(
        "switches",
        SWITCHES,
        (0,) * 8,
        {"D": 0.33, "A": 0.33, "B": 6.7e-4, "RC": 6.7e-4, **dict.fromkeys("SMGW", 1.6e-5)},
        1.6e-5,
    ),
)


def ours(task: Task, mode: Any = "auto") -> Any:
    return simulate_stiff(
        task.model,
        PEOPLE_P,
        HOURS,
        y0=task.y0,
        doses=DOSES,
        rtol=task.rtol,
        atol=task.atol,
        mode=mode,
    )


def rival(n_states: int) -> Rival:
    """numbalsoda's LSODA, the people in a compiled loop, restarted at each dose."""
    from numba import cfunc, njit
    from numbalsoda import lsoda, lsoda_sig

    if n_states == 6:

        @cfunc(lsoda_sig)
        def rhs(t, u, du, p):  # type: ignore[no-untyped-def]
            D, A, P, B, RC, E = u[0], u[1], u[2], u[3], u[4], u[5]
            CL, V, ka = p[0], p[1], p[2]
            du[0] = -ka * D
            du[1] = ka * D - (CL + 15.0) / V * A + 15.0 / 120.0 * P
            du[2] = 15.0 / V * A - 15.0 / 120.0 * P
            net = 20.0 * B * (20.0 - RC) - 20.0 * RC
            du[3] = 2.0 * (0.125 * A / V - B) - net
            du[4] = net
            o4 = (RC / 20.0) ** 4
            du[5] = 0.1 * (1.0 - o4 / (0.65**4 + o4)) - 0.1 * E

    else:

        @cfunc(lsoda_sig)
        def rhs(t, u, du, p):  # type: ignore[no-untyped-def]
            D, A, B, RC, S, M, G, W = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
            CL, V, ka = p[0], p[1], p[2]
            du[0] = -ka * D
            du[1] = ka * D - CL / V * A
            net = 5.0 * B * (20.0 - RC) - 10.0 * RC
            o = RC / 20.0
            du[2] = 2.0 * (0.125 * A / V - B) - net
            du[3] = net
            o6 = o**6
            on = o6 / (0.6**6 + o6)
            m = M / 0.5
            off = 1.0 / (1.0 + m**4)
            s4 = S**4
            go = s4 / (0.3**4 + s4)
            du[4] = 10.0 * (on * off - S)
            du[5] = 0.5 * (S - M)
            du[6] = 20.0 * (go * (1.0 - G) - 0.3 * G)
            du[7] = 0.05 * (G - W)

    address = rhs.address

    @njit
    def run(p, y0, rtol, atol):  # type: ignore[no-untyped-def]
        out = np.empty((672, y0.size, p.shape[0]))
        for k in range(p.shape[0]):
            u = y0.copy()
            for day in range(28):
                u[0] += 10000.0
                at = np.arange(25.0) + 24.0 * day
                path, _ = lsoda(address, u, at, data=p[k], rtol=rtol, atol=atol)
                out[24 * day : 24 * day + 24, :, k] = path[1:]
                u = path[24].copy()
        return out

    def call(p: np.ndarray, rtol: float, atol: float) -> np.ndarray:
        y0 = np.zeros(n_states)
        y0[-1] = float(n_states == 6)
        return run(p, y0, rtol, atol)

    call.keep = rhs  # type: ignore[attr-defined]
    return call


def true_error(task: Task, y: np.ndarray, names: tuple[str, ...], truth: np.ndarray) -> float:
    truth_names = COUPLED.names if task.name == "binding" else task.model.names
    if task.name != "switches":
        ours_, theirs = y[:, names.index("RC")], truth[:, truth_names.index("RC")]
        # at the hour of a dose both hold: binding does not jump
        return float(np.abs(ours_ - theirs).max() / 20.0)
    keep = [n for n in names if n not in "D"]  # the depot jumps at a dose
    worst = 0.0
    for name in keep:
        a, b = y[:, names.index(name)], truth[:, truth_names.index(name)]
        worst = max(worst, float(np.abs(a - b).max() / np.abs(b).max()))
    return worst


def first_answer() -> float:
    """Wall time of a new process that answers the binding task, its programs in the cache."""
    code = "import stiff; stiff.ours(stiff.TASKS[0])"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    # bytecode beside the build: as after any ordinary installation, imports are not compiled
    environment["PYTHONPYCACHEPREFIX"] = str(ROOT / "build" / "pycache")
    times = []
    for _ in range(6):
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT / "benchmarks", env=environment, check=True
        )
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


PEOPLE_P = people()


def measured(task: Task, theirs: Rival, rows: list[Row]) -> None:
    """One task: numbalsoda and ours in turn, with what each is off by."""
    who = np.linspace(0, PEOPLE - 1, CHECKED).astype(int)
    few = np.linspace(0, PEOPLE - 1, RIVAL_PEOPLE).astype(int)
    p = np.stack([PEOPLE_P[name] for name in ("CL", "V", "ka")], axis=1)
    names = COUPLED.names if task.name == "binding" else task.model.names
    truth = theirs(p[who], 1e-12, 1e-12)
    found, adaptive = ours(task), ours(task, "adaptive")
    slow, fast, plain = in_turn(
        lambda: theirs(p[few], 1e-6, 1e-8), lambda: ours(task), lambda: ours(task, "adaptive"),
        rounds=ROUNDS,
    )  # fmt: skip
    slow *= PEOPLE / RIVAL_PEOPLE
    yard = true_error(task, theirs(p[who], 1e-6, 1e-8), names, truth)
    label = f"stiff: {task.name}, 1,000 people x 672 h"

    def add(engine: str, spent: float, error: float) -> None:
        rows.append(row(label, engine, spent, error, slow / spent))
        print(f"{task.name:10s} {engine:36s} {spent:9.3f} {error:11.1e} {slow / spent:7.1f}")

    add("numbalsoda LSODA 1e-6", slow, yard)
    for result, spent, way in ((found, fast, "automatic"), (adaptive, plain, "adaptive")):
        error = true_error(task, result.y[..., who], result.states, truth)
        add(f"occupancy, {way}: {result.mode}, {result.steps} steps", spent, error)


def main() -> None:
    one_core()
    rows: list[Row] = []
    print(f"{'task':10s} {'engine':36s} {'s / 1000':>9s} {'true error':>11s} {'ratio':>7s}")
    try:
        rivals = {n: rival(n) for n in (6, 8)}
    except ImportError:
        sys.exit("numbalsoda, the yardstick of these tasks, is not installed; see `make bench`")
    for task in TASKS:
        measured(task, rivals[8 if task.name == "switches" else 6], rows)
    wall = first_answer()
    print(f"binding: first answer in a new process, caches warm: {wall:.2f} s")
    rows.append(row("stiff: first answer, warm cache", "occupancy", wall))
    write("stiff", rows)


if __name__ == "__main__":
    main()
