"""Many people through linear kinetics: speed and true error beside other engines, in one run.

Task: 10 mg by mouth once daily for 28 days, two compartments and a depot; concentration and
occupancy C / (20 + C) every hour (672 times) for 1,000 people. The people are drawn here; with
OCCUPANCY_SHARED (a folder with reference/engine/patients.csv) those of the reference task are
taken, and its stored concentrations are compared too.

Everything runs on one core. Seconds are the processor's, medians of runs, the engines taking
turns of at least 50 ms whose first run warms the caches and is left out, scaled to 1,000 people
where an engine is too slow for all. True error: largest
relative difference of the concentration from a solution in 60-digit decimals. Ratio: numbalsoda's
LSODA at 1e-6 (relative and absolute), the yardstick, over the engine. Ours is given
new arrays of parameters each time; the course itself is compiled once, as the rivals' models are.
The rows "from system and doses" make even that anew in every run.

    python benchmarks/linear.py [--quick]
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from linear_rivals import diffrax_runs, numbalsoda_runs, roadrunner_runs, scipy_runs
from linear_task import (
    D2,
    DOSES,
    HOURS,
    PEOPLE,
    TASK,
    Array,
    Run,
    drawn,
    exact,
    hardest,
    patients,
    reference,
    system,
)
from record import ROOT, Row, one_core, row, write

from occupancy.engine import Bins, Course, event_grid, linear_program, simulate_linear

MILLION = 1_000_000
CHUNK = 4096
TURN = 0.05  # seconds that an engine has the processor before the next one


def ours(parameters: tuple[Array, Array, Array]) -> dict[str, Run]:
    typical = system(*(np.full(PEOPLE, np.median(one)) for one in parameters))
    typical = replace(typical, inputs=(replace(typical.inputs[0], ka=parameters[2].max()),))
    program = linear_program(typical, event_grid(typical, DOSES, HOURS), [D2])
    CL, V, ka = parameters

    def arrays() -> Array:
        C, _ = program.run({"x.CL": CL, "x.V": V, "input 1.ka": ka})
        return C["x"]

    def scratch() -> Array:
        course = simulate_linear(system(*parameters), DOSES, HOURS, [D2], backend="jax")
        return course.concentrations["x"]

    def labelled() -> Array:
        course = simulate_linear(system(*parameters), DOSES, HOURS, [D2], backend="jax")
        return course.dataset()["concentration"].values[0]

    def by_numpy() -> Array:
        course = simulate_linear(system(*parameters), DOSES, HOURS, [D2], backend="numpy")
        return course.concentrations["x"]

    return {
        "occupancy, arrays": arrays,
        "occupancy, arrays, from system and doses": scratch,
        "occupancy, labelled dataset with 5 bands, from system and doses": labelled,
        "occupancy, NumPy, from system and doses": by_numpy,
    }


def medians(runs: dict[str, Run], least: int, seconds: float) -> dict[str, float]:
    """Median processor seconds of each, in turns so that a busy moment falls on all."""
    spent: dict[str, list[float]] = {name: [] for name in runs}
    begin = time.perf_counter()
    while min(map(len, spent.values())) < least or time.perf_counter() - begin < seconds:
        for name, run in runs.items():
            turn = time.process_time()
            run()  # what ran before has left the caches cold
            first = time.process_time() - turn
            if first >= TURN:
                spent[name].append(first)
            while time.process_time() - turn < TURN:
                start = time.process_time()
                run()
                spent[name].append(time.process_time() - start)
    return {name: float(np.median(one)) for name, one in spent.items()}


def first_answer() -> tuple[float, float]:
    """Seconds and processor seconds of a new process to its first result, caches warm."""
    program = (
        "import time; start = time.perf_counter()\n"
        "import linear as b\n"
        "b.ours(b.drawn(1000))['occupancy, arrays, from system and doses']()\n"
        "print(time.perf_counter() - start, time.process_time())"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    # bytecode beside the build: as after any ordinary installation, imports are not compiled
    environment["PYTHONPYCACHEPREFIX"] = str(ROOT / "build" / "pycache")
    times = []
    for _ in range(6):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT / "benchmarks", env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        wall, processor = map(float, done.stdout.split())
        times.append((wall, processor))
    warm = np.asarray(times[1:])
    return float(np.median(warm[:, 0])), float(np.median(warm[:, 1]))


def stream(people: int) -> tuple[float, float]:
    """Run people through bands, mean, window and peaks; processor seconds and peak GiB."""
    import resource

    grid = event_grid(system(*drawn(1)), DOSES, HOURS)
    occupied = Course.empty(HOURS.size, Bins.fractions(), (0.65, 0.80))
    levels = Course.empty(HOURS.size, Bins.concentrations(low=0.01, high=1e4))
    start = time.process_time()
    for chunk, first in enumerate(range(0, people, CHUNK)):
        parameters = drawn(min(CHUNK, people - first), seed=chunk)
        C, theta = linear_program(system(*parameters), grid, [D2]).run()
        occupied.add(theta["D2"])
        levels.add(C["x"])
    bands = occupied.bands.quantiles([0.05, 0.25, 0.5, 0.75, 0.95])
    concentrations = levels.bands.quantiles([0.05, 0.5, 0.95])
    assert np.isfinite(bands).all()
    assert np.isfinite(concentrations).all()
    assert occupied.people == people
    kibi = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return time.process_time() - start, kibi / 2**20


def in_new_process(people: int) -> tuple[float, float]:
    program = f"import linear as b; print(*b.stream({people}))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "benchmarks",
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, gibi = map(float, done.stdout.split())
    return seconds, gibi


def main(quick: bool) -> None:
    one_core()
    parameters = patients()
    checked = hardest(*parameters)
    truth = {i: exact(*(float(one[i]) for one in parameters)) for i in checked}
    rows: list[Row] = []

    def error(values: Array) -> float:
        seen = [i for i in checked if i < values.shape[1]]
        return max(float(np.abs(values[:, i] / truth[i] - 1).max()) for i in seen)

    mine = ours(parameters)
    rivals: dict[str, tuple[Run, int]] = {}
    for make, package in (
        (numbalsoda_runs, "numbalsoda"),
        (roadrunner_runs, "roadrunner"),
        (scipy_runs, "scipy"),
        (diffrax_runs, "diffrax"),
    ):
        try:
            rivals |= make(parameters)
        except ImportError:
            print(f"{package} is not installed; left out")
    runs = mine | {name: run for name, (run, _) in rivals.items()}
    people = dict.fromkeys(mine, PEOPLE) | {name: n for name, (_, n) in rivals.items()}
    errors = {name: error(run()) for name, run in runs.items()}  # the first run compiles
    yardstick = "numbalsoda LSODA 1e-6"
    timed = medians(
        {name: run for name, run in runs.items() if name in mine or name == yardstick},
        least=5 if quick else 15,
        seconds=2.0 if quick else 20.0,
    )
    slow = {name: run for name, run in runs.items() if name not in timed}
    timed |= medians(slow, least=1 if quick else 3, seconds=0.0)
    base = timed.get(yardstick)
    print(f"{TASK}\n{'engine':64s} {'ms':>10s} {'true error':>11s} {'ratio':>8s}")
    for name, seconds in timed.items():
        scaled = seconds * PEOPLE / people[name]
        ratio = None if base is None else base / scaled
        told = "" if ratio is None else f"{ratio:8.2f}" if ratio < 10 else f"{ratio:8.0f}"
        print(f"{name:64s} {1e3 * scaled:10.2f} {errors[name]:11.1e} {told}")
        rows.append(row(TASK, name, scaled, errors[name], ratio))

    folder = reference()
    if folder is not None:
        compare_reference(folder, mine["occupancy, arrays"]())
    wall, processor = first_answer()
    print(f"first answer in a new process, caches warm: {wall:.2f} s ({processor:.2f} s of a core)")
    rows.append(row("linear: first answer, warm cache", "occupancy", wall))
    many = MILLION // 20 if quick else MILLION
    seconds, gibi = in_new_process(many)
    print(f"{many:,} people x 672 h through bands, means, window, peaks:")
    print(f"  {seconds:.1f} s of a core, peak resident memory {gibi:.2f} GiB")
    extra = {"people": many, "peak_resident_GiB": gibi}
    rows.append(row("linear: streamed people x 672 h", "occupancy", seconds, **extra))
    write("linear", rows)


def compare_reference(folder: Path, ours: Array) -> None:
    """The stored reference is itself partial fractions in floating point: say where it fails."""
    table = np.genfromtxt(folder / "linear_pk_reference.csv.gz", delimiter=",", names=True)
    ids = table["ID"].reshape(-1, HOURS.size)[:, 0].astype(int)
    stored = table["concentration_ng_per_mL"].reshape(-1, HOURS.size)
    apart = np.abs(ours[:, ids - 1].T / stored - 1).max(axis=1)
    worst = int(apart.argmax())
    true = exact(*(float(one[ids[worst] - 1]) for one in patients()))
    print(
        f"stored reference: within {apart.max():.1e} of ours in {ids.size} patients; in the worst "
        f"(no. {ids[worst]}) it is {np.abs(stored[worst] / true - 1).max():.1e} from the decimals "
        f"and ours {np.abs(ours[:, ids[worst] - 1] / true - 1).max():.1e}; all others within "
        f"{np.delete(apart, worst).max():.1e}"
    )


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
