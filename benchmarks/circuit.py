"""Speed and true error of a circuit under daily doses, against numbalsoda (LSODA), on one core.

The full kinetic terminal of dopamine (Best, Nijhout and Reed 2009), eight states, under a VMAT2
inhibitor for 60 days: 60 doses of 40 mg, read every two hours. Plasma is one compartment with
first-order absorption; people differ in CL, V, ka, in the EC50 of occupancy and in how strongly
autoreceptors act on synthesis. Ours takes plasma in closed form; numbalsoda integrates depot and
plasma as well, restarted at each dose. Error: largest absolute error of any state on the scale of
its largest value, against LSODA at 1e-12. Seconds are the processor's, medians, one core, the
engines taking turns; ours include finding the mesh and checking the error. Ratio: numbalsoda at
1e-6 (relative) and 1e-8 (absolute) over ours, whose tolerance is set so that its true error is no
larger. The last row is one person, warm, by the clock.

    python benchmarks/circuit.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from record import Row, in_turn, one_core, row, write

from occupancy.circuit import parameters_of
from occupancy.circuit.dopamine import TERMINAL
from occupancy.circuit.steady import rest
from occupancy.engine import PlasmaForcing, simulate_stiff
from occupancy.kinetics import Doses

PEOPLE, FEW, ROUNDS = 1000, 50, 5
DAYS, EVERY_H, DOSE_MG = 60, 2.0, 40.0
HOURS = np.arange(1, DAYS * 12 + 1) * EVERY_H
DOSES = Doses(24.0 * np.arange(DAYS), DOSE_MG)
OWN = ("CL", "V", "ka", "EC50", "phi")
NG = 1000.0  # plasma is in ng/mL, EC50 in mg/L as the rival has it
RTOL = 4e-5

z = np.random.default_rng(60).standard_normal((5, PEOPLE))
GIVEN = {
    "CL": 20 * np.exp(0.3 * z[0]),
    "V": 300 * np.exp(0.2 * z[1]),
    "ka": np.exp(0.5 * z[2]),
    "EC50": 0.05 * np.exp(0.3 * z[3]),
}
PHI = 1.0 / (1.0 + np.exp(-z[4]))
P = {**parameters_of(TERMINAL, {"phi": PHI}), **GIVEN}
Y0 = rest(TERMINAL, {k: v for k, v in P.items() if k not in GIVEN}, PEOPLE)


def inputs(C: Any, p: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(TERMINAL.input_names, 0.0),
        "firing": 1.0,
        "vmat2": C / (C + NG * p["EC50"]),
    }


MODEL = TERMINAL.driven_by(PlasmaForcing(1), inputs, P)


def ours(who: Any = slice(None), rtol: float = RTOL) -> Any:
    p = {k: v[who] if v.size > 1 else v for k, v in P.items()}
    atol = {n: rtol * 1e-2 * x for n, x in zip(TERMINAL.state_names, Y0[:, 0], strict=True)}
    return simulate_stiff(MODEL, p, HOURS, y0=Y0[:, who], doses=DOSES, rtol=rtol, atol=atol)


def rival() -> Callable[[np.ndarray, float, float], np.ndarray]:
    """numbalsoda's LSODA on ten states, the people in a compiled loop, restarted at each dose."""
    from numba import cfunc, njit
    from numbalsoda import lsoda, lsoda_sig

    fixed = {k: float(v) for k, v in P.items() if v.size == 1}
    (inhibition, Ki_tyr, span, steep, auto_x, power, least, TH_Vmax, Km_tyr, Km_bh4, Ki_DA) = (
        fixed[k]
        for k in (
            "TH_inhibition", "TH_Ki_tyr", "auto_span", "auto_steepness", "auto_x", "auto_power",
            "auto_least", "TH_Vmax", "TH_Km_tyr", "TH_Km_bh4", "TH_Ki_DA",
        )
    )  # fmt: skip
    blood = fixed["tyr_in_Vmax"] * fixed["tyr_blood"] / (fixed["tyr_in_Km"] + fixed["tyr_blood"])
    AADC_V, AADC_K = fixed["AADC_Vmax"], fixed["AADC_Km"]
    VMAT_V, VMAT_K = fixed["VMAT_Vmax"], fixed["VMAT_Km"]
    DAT_V, DAT_K, MAO = fixed["DAT_Vmax"], fixed["DAT_Km"], fixed["MAO"]
    COMT_V, COMT_K, removal = fixed["COMT_Vmax"], fixed["COMT_Km"], fixed["removal"]
    leak, release, biopterin = fixed["leak"], fixed["release"], fixed["biopterin"]
    to_pool, from_pool, loss = fixed["tyr_to_pool"], fixed["tyr_from_pool"], fixed["tyr_loss"]
    ahead = fixed["DHPR_Vmax"] * fixed["NADPH"] / (fixed["DHPR_Km_NADPH"] + fixed["NADPH"])
    back = fixed["DHPR_back"] * fixed["NADP"] / (fixed["DHPR_Km_NADP"] + fixed["NADP"])
    Km_bh2, Km_back, kdeg = fixed["DHPR_Km_bh2"], fixed["DHPR_Km_bh4"], fixed["kdeg_VMAT2"]

    @cfunc(lsoda_sig)
    def rhs(t, u, du, p):  # type: ignore[no-untyped-def]
        tyr, pool, dopa, c, V, x, bh4, F = u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7]
        CL, vol, ka, EC50, phi = p[0], p[1], p[2], p[3], p[4]
        C = u[9] / vol
        r = x / auto_x
        published = span / (steep * r**power + 1.0) + least
        TH = inhibition / (1.0 + tyr / Ki_tyr) * (1.0 + phi * (published - 1.0)) * TH_Vmax
        TH *= tyr * bh4 / (tyr * bh4 + Km_tyr * bh4 + Km_tyr * Km_bh4 * (1.0 + c / Ki_DA))
        AADC = AADC_V * dopa / (AADC_K + dopa)
        loading = (1.0 - C / (C + EC50)) * F * VMAT_V * c / (VMAT_K + c)
        reuptake = DAT_V * x / (DAT_K + x)
        bh2 = biopterin - bh4
        DHPR = ahead * bh2 / (Km_bh2 + bh2) - back * bh4 / (Km_back + bh4)
        exchange = to_pool * tyr - from_pool * pool
        du[0] = blood - TH - exchange - loss * tyr
        du[1] = exchange - loss * pool
        du[2] = TH - AADC
        du[3] = AADC - loading + leak * V + reuptake - MAO * c
        du[4] = loading - leak * V - release * V
        du[5] = release * V - reuptake - COMT_V * x / (COMT_K + x) - removal * x
        du[6] = DHPR - TH
        du[7] = kdeg * (1.0 - F)
        du[8] = -ka * u[8]
        du[9] = ka * u[8] - CL / vol * u[9]

    address = rhs.address
    reads = int(24 / EVERY_H)

    @njit
    def run(p, y0, rtol, atol):  # type: ignore[no-untyped-def]
        out = np.empty((DAYS * reads, 8, p.shape[0]))
        for k in range(p.shape[0]):
            u = np.zeros(10)
            u[:8] = y0[:, k]
            for day in range(DAYS):
                u[8] += DOSE_MG
                at = np.arange(reads + 1.0) * EVERY_H + 24.0 * day
                path, _ = lsoda(address, u, at, data=p[k], rtol=rtol, atol=atol)
                out[reads * day : reads * (day + 1), :, k] = path[1:, :8]
                u = path[reads].copy()
        return out

    def call(who: np.ndarray, rtol: float, atol: float) -> np.ndarray:
        return run(np.stack([P[name][who] for name in OWN], axis=1), Y0[:, who], rtol, atol)

    call.keep = rhs  # type: ignore[attr-defined]
    return call


def true_error(y: np.ndarray, truth: np.ndarray) -> float:
    scale = np.abs(truth).max(axis=(0, 2), keepdims=True)
    return float((np.abs(y - truth) / scale).max())


def one_person() -> tuple[float, float]:
    """One person, the program compiled, by the clock and by the processor.

    The fastest of several by the clock, since the core may be shared; of the processor's the
    median.
    """
    wall, processor = [], []
    for k in range(12):
        start, spent = time.perf_counter(), time.process_time()
        ours(slice(k, k + 1), 1e-4)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - spent)
    return min(wall[2:]), float(np.median(processor[2:]))


def main() -> None:
    one_core()
    try:
        theirs = rival()
    except ImportError:
        sys.exit("numbalsoda, the yardstick of this task, is not installed; see `make bench`")
    who = np.linspace(0, PEOPLE - 1, FEW).astype(int)
    truth = theirs(who, 1e-12, 1e-12)
    found = ours()
    slow, fast = in_turn(lambda: theirs(who, 1e-6, 1e-8), ours, rounds=ROUNDS)
    slow *= PEOPLE / FEW
    yard = true_error(theirs(who, 1e-6, 1e-8), truth)
    mine = true_error(found.y[..., who], truth)
    rows: list[Row] = []
    label = "circuit: dopamine, 1,000 people x 60 days"
    engine = f"occupancy: {found.mode}, {found.steps} steps"
    print(f"{'engine':40s} {'s / 1000':>9s} {'true error':>11s} {'ratio':>7s}")
    for name, spent, error in (("numbalsoda LSODA 1e-6", slow, yard), (engine, fast, mine)):
        rows.append(row(label, name, spent, error, slow / spent))
        print(f"{name:40s} {spent:9.3f} {error:11.1e} {slow / spent:7.1f}")
    wall, processor = one_person()
    print(f"one person, warm: {1000 * wall:.0f} ms, {1000 * processor:.0f} of the processor")
    rows.append(row("circuit: dopamine, one person x 60 days, warm", "occupancy", wall))
    write("circuit", rows)


if __name__ == "__main__":
    main()
