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
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
from record import ROOT, Row, one_core, row, write

from occupancy.engine import Bins, Course, Target, event_grid, linear_program, simulate_linear
from occupancy.kinetics import Doses, Input, Species, System

getcontext().prec = 60
TASK = "linear: 1,000 people x 672 h"
Q, V2, MG, DAYS = 15.0, 120.0, 10.0, 28
HOURS = np.arange(1.0, 24.0 * DAYS + 1)
DOSES = Doses(24.0 * np.arange(DAYS), MG)
D2 = Target("D2", {"x": 20.0})
PEOPLE = 1000
MILLION = 1_000_000
CHUNK = 4096
TURN = 0.05  # seconds that an engine has the processor before the next one

Array = np.ndarray
Run = Callable[[], Array]


def drawn(people: int, seed: int = 28) -> tuple[Array, Array, Array]:
    z = np.random.default_rng(seed).standard_normal((3, people))
    return 10 * np.exp(0.3 * z[0]), 50 * np.exp(0.25 * z[1]), np.exp(0.5 * z[2])


def reference() -> Path | None:
    folder = os.environ.get("OCCUPANCY_SHARED")
    found = Path(folder or ROOT.parent / "shared") / "reference" / "engine"
    return found if found.is_dir() else None


def patients() -> tuple[Array, Array, Array]:
    folder = reference()
    if folder is None:
        return drawn(PEOPLE)
    table = np.genfromtxt(folder / "patients.csv", delimiter=",", names=True)
    return table["CL"], table["V"], table["KA"]


def system(CL: Array, V: Array, ka: Array) -> System:
    return System((Species("x", CL, V, Q=Q, V2=V2, dosed=1.0),), (Input(ka=ka),))


def exact(CL: float, V: float, ka: float) -> Array:
    """Partial fractions of the geometric sums, in decimals wide enough for the cancellation."""
    c, v, k, q, v2 = (Decimal(float(x)) for x in (CL, V, ka, Q, V2))
    total, product = (c + q) / v + q / v2, c / v * q / v2
    root = (total * total - 4 * product).sqrt()
    fast, slow = (total + root) / 2, (total - root) / 2
    k21, front = q / v2, Decimal(1000) * Decimal(MG) * k / v
    modes = [
        (r, front * (k21 - r) / ((others[0] - r) * (others[1] - r)))
        for r, others in ((fast, (slow, k)), (slow, (fast, k)), (k, (fast, slow)))
    ]
    steps = [(weight, (-r).exp(), (-24 * r).exp()) for r, weight in modes]
    result = []
    for h in range(1, 24 * DAYS + 1):
        taken = min(h // 24 + 1, DAYS)
        since = h - 24 * (taken - 1)
        parts = [w * hour**since * (1 - day**taken) / (1 - day) for w, hour, day in steps]
        result.append(float(sum(parts)))
    return np.asarray(result)


def hardest(CL: Array, V: Array, ka: Array) -> list[int]:
    """A dozen people, among them those whose rates come closest and lie furthest apart."""
    total, product = (CL + Q) / V + Q / V2, CL / V * Q / V2
    root = np.sqrt(total**2 - 4 * product)
    near = np.minimum(abs(ka / (total + root) * 2 - 1), abs(ka / (total - root) * 2 - 1))
    chosen = [*np.argsort(near)[:4], ka.argmax(), ka.argmin(), CL.argmax(), V.argmin(), *range(4)]
    return list(dict.fromkeys(int(i) for i in chosen))


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


def numbalsoda_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    import numba
    from numbalsoda import lsoda, lsoda_sig

    @numba.cfunc(lsoda_sig)
    def slope(t, u, du, p):
        du[0] = -p[2] * u[0]
        du[1] = p[2] * u[0] - (p[0] + 15.0) / p[1] * u[1] + 15.0 / 120.0 * u[2]
        du[2] = 15.0 / p[1] * u[1] - 15.0 / 120.0 * u[2]

    address = slope.address

    @numba.njit
    def everybody(CL, V, ka, tolerance):
        C = np.empty((CL.size, 672))
        theta = np.empty((CL.size, 672))
        t = np.arange(25.0)
        for i in range(CL.size):
            u = np.zeros(3)
            p = np.array([CL[i], V[i], ka[i]])
            for day in range(28):
                u[0] += 10_000.0
                path, _ = lsoda(address, u, t, p, tolerance, tolerance)
                for h in range(24):
                    c = path[h + 1, 1] / V[i]
                    C[i, 24 * day + h] = c
                    theta[i, 24 * day + h] = c / (20.0 + c)
                u = path[24].copy()
        return C, theta

    def at(tolerance: float) -> Run:
        return lambda: everybody(*parameters, tolerance)[0].T

    people = parameters[0].size
    return {
        "numbalsoda LSODA 1e-6": (at(1e-6), people),
        "numbalsoda LSODA 1e-11": (at(1e-11), people),
    }


def scipy_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    from scipy.integrate import odeint

    def run() -> Array:
        found = []
        for CL, V, ka in zip(*(one[:5] for one in parameters), strict=True):

            def slope(y, t, CL=CL, V=V, ka=ka):
                d, c, p = y.tolist()
                return (
                    -ka * d,
                    ka * d - (CL + Q) / V * c + Q / V2 * p,
                    Q / V * c - Q / V2 * p,
                )

            x, path = np.zeros(3), []
            for _ in range(DAYS):
                x[0] += 1000 * MG
                day = odeint(slope, x, np.arange(25.0), rtol=1e-6, atol=1e-6)
                path.append(day[1:, 1] / V)
                x = day[-1].copy()
            found.append(np.concatenate(path))
        return np.stack(found, axis=1)

    return {"scipy odeint (LSODA) 1e-6": (run, 5)}


def roadrunner_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    import roadrunner

    rates = {
        "D": "-ka * D",
        "A": "ka * D - (CL + 15) / V * A + 15 / 120 * P",
        "P": "15 / V * A - 15 / 120 * P",
    }
    model = _sbml(rates)
    engine = roadrunner.RoadRunner(model)
    engine.integrator.relative_tolerance = 1e-6
    engine.integrator.absolute_tolerance = 1e-6

    def run() -> Array:
        found = []
        for CL, V, ka in zip(*(one[:20] for one in parameters), strict=True):
            engine.resetAll()
            engine["CL"], engine["V"], engine["ka"] = CL, V, ka
            path = []
            for day in range(DAYS):
                engine["D"] = engine["D"] + 1000 * MG
                values = engine.simulate(24.0 * day, 24.0 * day + 24, 25, ["A"])
                path.append(np.asarray(values)[1:, 0] / V)
            found.append(np.concatenate(path))
        return np.stack(found, axis=1)

    return {"libroadrunner CVODE 1e-6": (run, 20)}


def _sbml(rates: dict[str, str]) -> str:
    """A model of rate rules in SBML, its formulas turned into MathML by Python's own parser."""
    import ast

    signs = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "divide"}

    def math(node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return f"<ci>{node.id}</ci>"
        if isinstance(node, ast.Constant):
            return f"<cn>{node.value}</cn>"
        if isinstance(node, ast.UnaryOp):
            return f"<apply><minus/>{math(node.operand)}</apply>"
        assert isinstance(node, ast.BinOp)
        return f"<apply><{signs[type(node.op)]}/>{math(node.left)}{math(node.right)}</apply>"

    space = "http://www.w3.org/1998/Math/MathML"
    values = [
        f'<parameter id="{name}" value="{value}" constant="{constant}"/>'
        for names, value, constant in (("DAP", 0, "false"), (("CL", "V", "ka"), 1, "true"))
        for name in names
    ]
    rules = [
        f'<rateRule variable="{name}"><math xmlns="{space}">'
        f"{math(ast.parse(formula, mode='eval').body)}</math></rateRule>"
        for name, formula in rates.items()
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
        f"<model><listOfParameters>{''.join(values)}</listOfParameters>"
        f"<listOfRules>{''.join(rules)}</listOfRules></model></sbml>"
    )


def diffrax_runs(parameters: tuple[Array, Array, Array]) -> dict[str, tuple[Run, int]]:
    from occupancy.engine.jax_runtime import load

    jax = load()
    import diffrax

    jnp, people = jax.numpy, 100
    some = tuple(jnp.asarray(one[:people]) for one in parameters)

    def slope(t, y, p):
        CL, V, ka = p
        return jnp.stack(
            [
                -ka * y[0],
                ka * y[0] - (CL + Q) / V * y[1] + Q / V2 * y[2],
                Q / V * y[1] - Q / V2 * y[2],
            ]
        )

    term = diffrax.ODETerm(slope)
    saved = diffrax.SaveAt(ts=jnp.arange(1.0, 25.0))
    control = diffrax.PIDController(rtol=1e-6, atol=1e-6)

    def one(CL, V, ka):
        def day(y, _):
            y = y.at[0].add(1000 * MG)
            solution = diffrax.diffeqsolve(
                term, diffrax.Tsit5(), 0.0, 24.0, 0.1, y, (CL, V, ka), saveat=saved,
                stepsize_controller=control,
            )  # fmt: skip
            assert solution.ys is not None
            return solution.ys[-1], solution.ys[:, 1] / V

        return jax.lax.scan(day, jnp.zeros(3), None, length=DAYS)[1].reshape(-1)

    every = jax.jit(jax.vmap(one, out_axes=1))
    return {"diffrax Tsit5 1e-6": (lambda: np.asarray(every(*some)), people)}


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
