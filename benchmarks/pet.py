"""Speed and true error of PET fits: voxelwise SRTM, and single curves with standard errors.

Voxels: SRTM in 100,000 voxels of 38 frames by 100 basis functions, refined, with standard errors;
against one 100,000 x 38 x 100 matrix product and niftypad's srtmb_basis (100 basis functions, no
refinement, no errors) on 2,000 of the voxels, times 50. Curves: 100 regions of one scan, each with
its standard errors, against the same model fitted by scipy.optimize.least_squares over a numerical
convolution of 1,024 points, from one start near the truth with errors from its Jacobian. "Alone"
is one region per call, its input known from the call before. Times are medians of warm runs on one
core, each rival timed in turn with ours; errors are medians over curves without noise, of BP_ND
(absolute) or V_T (relative).

    python benchmarks/pet.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

from record import Row, in_turn, one_core, row, write

one_core()

import numpy as np  # noqa: E402
from scipy.optimize import least_squares  # noqa: E402

from occupancy.pet import (  # noqa: E402
    SRTM,
    Frames,
    InputFunction,
    OneTissue,
    Piecewise,
    TimeActivity,
    TwoTissue,
    fit,
    fit_maps,
    simulate,
)

VOXELS, SOME, REGIONS, POINTS = 100_000, 2_000, 100, 1024
LENGTHS = np.repeat([10.0, 30, 60, 120, 240, 300], [6, 4, 6, 6, 6, 10]) / 60  # min
ENDS = np.cumsum(LENGTHS)
FRAMES = Frames(ENDS - LENGTHS, ENDS)
VB, NOISE = 0.05, 0.03


def plasma() -> Piecewise:
    """Feng's form after a bolus, at 2 s."""
    t = np.arange(0.0, ENDS[-1] + 2, 1 / 30)
    s = np.maximum(t - 0.4, 0.0)
    c = (850 * s - 40) * np.exp(-4.1 * s) + 20 * np.exp(-0.01 * s) + 20 * np.exp(-0.12 * s)
    return Piecewise(t, np.where(t > 0.4, c, 0.0))


PLASMA = plasma()


def tissue() -> Piecewise:
    """A reference region, continuous: one tissue behind the plasma, at 1.4 s."""
    edges = np.linspace(0.0, ENDS[-1], 4001)
    fine = Frames(edges[:-1], edges[1:])
    return Piecewise(
        fine.mid, simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.09}, PLASMA, fine, "mid")
    )


TISSUE = tissue()
REFERENCE = TISSUE.average(FRAMES)


def seconds(*works: Callable[[], object], least: int = 5) -> list[float]:
    """Median seconds of each by the clock on the wall."""
    return in_turn(*works, rounds=least, seconds=6.0, clock=time.perf_counter)


def voxels() -> list[Row]:
    from occupancy.pet.convolution import convolve

    rng = np.random.default_rng(38)
    bp, R1 = rng.uniform(0, 4, VOXELS), rng.uniform(0.7, 1.3, VOXELS)
    k2 = rng.uniform(0.05, 0.2, VOXELS)
    k2a = k2 / (1 + bp)
    clean = np.empty((VOXELS, len(FRAMES)))
    for at in np.array_split(np.arange(VOXELS), 50):
        parts = convolve(TISSUE, k2a[at], FRAMES, "average").T
        clean[at] = R1[at, None] * REFERENCE + (k2 - R1 * k2a)[at, None] * parts
    noisy = clean * (1 + NOISE * rng.standard_normal(clean.shape))
    basis = np.ascontiguousarray(rng.standard_normal((len(FRAMES), 100)))

    def ours(image: np.ndarray) -> np.ndarray:
        return fit_maps(image, FRAMES, "srtm", reference=REFERENCE).maps["BP_ND"]

    mine, product = seconds(lambda: ours(noisy), lambda: noisy @ basis)
    task = "pet: SRTM in 100,000 voxels of 38 frames"
    error = float(np.median(np.abs(ours(clean) - bp)))
    rows = [
        row(task, "basis functions, refined, with standard errors", mine, error, 1.0),
        row(task, "one 100,000 x 38 x 100 matrix product", product, None, mine / product),
    ]
    theirs = niftypad_fit()
    if theirs is None:
        print("niftypad is not installed: pip install niftypad")
    else:
        here, there = seconds(lambda: ours(noisy), lambda: theirs(noisy[:SOME]), least=3)
        there *= VOXELS / SOME
        error = float(np.median(np.abs(theirs(clean[:SOME]) - bp[:SOME])))
        rows.append(row(task, "niftypad srtmb_basis", there, error, here / there))
    return rows


def niftypad_fit() -> Callable[[np.ndarray], np.ndarray] | None:
    """niftypad 2.0.0 as its examples use it: reference by lines at 1 s, seconds, its own basis."""
    try:
        from niftypad import basis, kt, models
    except ImportError:
        return None
    dt = np.round(60 * np.stack([FRAMES.start, FRAMES.end])).astype(int)
    second = kt.interpt1(kt.dt2mft(dt), REFERENCE, dt)
    made = basis.make_basis(second, dt, beta_lim=[0.003 / 60, 1.0 / 60], n_beta=100, w=None)

    def run(image: np.ndarray) -> np.ndarray:
        return np.array([models.srtmb_basis(curve.copy(), made)["bp"] for curve in image])

    return run


def peer(
    model: Callable[[np.ndarray], np.ndarray],
    curves: np.ndarray,
    start: list[float],
    bounds: tuple[list[float], list[float]],
) -> np.ndarray:
    """least_squares on each curve; parameters and standard errors, (curves, 2, parameters)."""
    out = []
    for y in curves:
        found = least_squares(lambda p, y=y: model(p) - y, start, bounds=bounds)
        variance = 2 * found.cost / (y.size - found.x.size)
        se = np.sqrt(np.diag(variance * np.linalg.inv(found.jac.T @ found.jac)))
        out.append((found.x, se))
    return np.array(out)


GRID = np.linspace(0.0, ENDS[-1], POINTS)
STEP = GRID[1]


def compared(
    task: str,
    name: str,
    ours: Callable[[np.ndarray], np.ndarray],
    theirs: Callable[[np.ndarray], np.ndarray],
    clean: np.ndarray,
    error: Callable[[np.ndarray], float],
) -> list[Row]:
    """`ours` and `theirs`: curves (regions, frames) -> the quantity of each."""
    noisy = clean * (1 + NOISE * np.random.default_rng(7).standard_normal(clean.shape))
    together, apart, alone = seconds(
        lambda: ours(noisy), lambda: theirs(noisy[:20]), lambda: ours(noisy[:1])
    )
    mine, other = together / len(noisy), apart / 20
    return [
        row(task, f"{name}, exact, {len(noisy)} regions at once", mine, error(ours(clean)), 1.0),
        row(task, f"{name}, exact, one region alone", alone, None, mine / alone),
        row(
            task, f"{name}, least_squares over {POINTS:,} points", other, error(theirs(clean)),
            mine / other,
        ),
    ]  # fmt: skip


def two_tissue() -> list[Row]:
    rng = np.random.default_rng(1)
    sets = np.exp(np.log([0.1, 0.1, 0.05, 0.03]) + 0.2 * rng.standard_normal((REGIONS, 4)))
    names = ("K1", "k2", "k3", "k4")
    truth = sets[:, 0] / sets[:, 1] * (1 + sets[:, 2] / sets[:, 3])
    clean = np.array(
        [
            simulate(TwoTissue(VB), dict(zip(names, p, strict=True)), PLASMA, FRAMES, direct=PLASMA)
            for p in sets
        ]
    )
    blood = InputFunction(
        PLASMA.times, PLASMA.values, "kBq/mL", True, True, whole_blood=PLASMA.values
    )

    def ours(curves: np.ndarray) -> np.ndarray:
        tacs = TimeActivity(FRAMES, tuple(map(str, range(len(curves)))), curves.T, "kBq/mL", True)
        return fit(tacs, "2tcm", blood=blood, vB=VB).estimates("V_T")[0]

    cp = PLASMA.at(GRID)

    def model(p: np.ndarray) -> np.ndarray:
        K1, k2, k3, k4 = p
        total = k2 + k3 + k4
        root = np.sqrt(max(total**2 - 4 * k2 * k4, 1e-12))
        a, b = (total + root) / 2, (total - root) / 2
        response = (a - k3 - k4) * np.exp(-a * GRID) + (k3 + k4 - b) * np.exp(-b * GRID)
        c = K1 / root * STEP * np.convolve(cp, response)[:POINTS]
        return np.interp(FRAMES.mid, GRID, (1 - VB) * c + VB * cp)

    def theirs(curves: np.ndarray) -> np.ndarray:
        K1, k2, k3, k4 = peer(
            model, curves, [0.1, 0.1, 0.05, 0.03], ([0, 1e-6, 0, 1e-5], [2.0] * 4)
        )[:, 0].T
        return K1 / k2 * (1 + k3 / k4)

    def error(found: np.ndarray) -> float:
        return float(np.median(np.abs(found / truth - 1)))

    task = "pet: 2TCM with standard errors, per curve of 38 frames"
    return compared(task, "2TCM", ours, theirs, clean, error)


def srtm() -> list[Row]:
    rng = np.random.default_rng(2)
    bp, R1 = rng.uniform(0.3, 4, REGIONS), rng.uniform(0.7, 1.3, REGIONS)
    clean = np.array(
        [
            simulate(SRTM(), {"R1": r, "k2": 0.1, "BP_ND": b}, TISSUE, FRAMES)
            for r, b in zip(R1, bp, strict=True)
        ]
    )

    def ours(curves: np.ndarray) -> np.ndarray:
        names = (*map(str, range(len(curves))), "reference")
        values = np.column_stack([curves.T, REFERENCE])
        tacs = TimeActivity(FRAMES, names, values, "kBq/mL", True)
        return fit(tacs, "srtm", reference="reference").estimates("BP_ND")[0]

    cr = np.interp(GRID, np.r_[0.0, FRAMES.mid], np.r_[0.0, REFERENCE])

    def model(p: np.ndarray) -> np.ndarray:
        r, k2, b = p
        k2a = k2 / (1 + b)
        whole = r * cr + (k2 - r * k2a) * STEP * np.convolve(cr, np.exp(-k2a * GRID))[:POINTS]
        return np.interp(FRAMES.mid, GRID, whole)

    def theirs(curves: np.ndarray) -> np.ndarray:
        bounds = ([0.0, 1e-6, -0.99], [10.0, 5.0, 100.0])
        return peer(model, curves, [1.0, 0.1, 1.5], bounds)[:, 0, 2]

    def error(found: np.ndarray) -> float:
        return float(np.median(np.abs(found - bp)))

    task = "pet: SRTM with standard errors, per curve of 38 frames"
    return compared(task, "SRTM", ours, theirs, clean, error)


def main() -> None:
    rows = [*voxels(), *two_tissue(), *srtm()]
    print(f"{'engine':52s} {'seconds':>10s} {'true error':>10s} {'ratio':>8s}")
    for one in rows:
        error = one["true_error"]
        told = f"{error:10.1e}" if isinstance(error, float) else " " * 10
        print(f"{one['engine']!s:52s} {one['seconds']:10.2e} {told} {one['ratio']:8.4f}")
    print("ratio: time here / time there")
    write("pet", rows)


if __name__ == "__main__":
    main()
