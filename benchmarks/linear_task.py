"""The linear task: who, on which doses, and what the answer is in 60-digit decimals."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal, getcontext
from pathlib import Path

import numpy as np
from record import ROOT

from occupancy.engine import Target
from occupancy.kinetics import Doses, Input, Species, System

getcontext().prec = 60
TASK = "linear: 1,000 people x 672 h"
Q, V2, MG, DAYS = 15.0, 120.0, 10.0, 28
HOURS = np.arange(1.0, 24.0 * DAYS + 1)
DOSES = Doses(24.0 * np.arange(DAYS), MG)
D2 = Target("D2", {"x": 20.0})
PEOPLE = 1000

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
