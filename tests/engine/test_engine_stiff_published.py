"""The stiff driver against reference results: binding with turnover, and two published models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from beside import reference
from occupancy.engine import PlasmaForcing, StiffModel, StiffState, simulate_stiff
from occupancy.kinetics import Doses

pytest.importorskip("jax", reason="the stiff driver needs JAX")


def brain(B: Any, RC: Any, E: Any, plasma: Any) -> list[Any]:
    net = 20.0 * B * (20.0 - RC) - 20.0 * RC
    o4 = (RC / 20.0) ** 4
    return [2.0 * (0.125 * plasma - B) - net, net, 0.1 * (1 - o4 / (0.65**4 + o4)) - 0.1 * E]


RANGES = (StiffState("B", 0.0), StiffState("RC", 0.0, 20.0), StiffState("E", 0.0, 1.0))
ASKED = {"B": 4e-5, "RC": 4e-5, "E": 2e-6}


def plasma_given() -> tuple[StiffModel, tuple[float, ...], dict[str, float]]:
    model = StiffModel(
        lambda t, y, p, C: brain(y[0], y[1], y[2], C), RANGES, forcing=PlasmaForcing(2)
    )
    return model, (0.0, 0.0, 1.0), ASKED


def all_together() -> tuple[StiffModel, tuple[float, ...], dict[str, float]]:
    def field(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
        D, A, P = y[0], y[1], y[2]
        out, back = p["Q"] / p["V"] * A, p["Q"] / p["V2"] * P
        amounts = [-p["ka"] * D, p["ka"] * D - p["CL"] / p["V"] * A - out + back, out - back]
        return [*amounts, *brain(y[3], y[4], y[5], A / p["V"])]

    amounts = tuple(StiffState(name, 0.0) for name in "DAP")
    model = StiffModel(field, (*amounts, *RANGES), doses_into="D", per_mg=1000.0)
    return model, (0.0, 0.0, 0.0, 0.0, 0.0, 1.0), {**dict.fromkeys("DAP", 2e-2), **ASKED}


@pytest.mark.reference
@pytest.mark.parametrize("made", [plasma_given, all_together])
def test_binding_with_turnover_in_a_thousand_people(made):
    folder = reference("reference/engine")
    people = np.genfromtxt(folder / "patients.csv", delimiter=",", names=True)
    table = np.genfromtxt(folder / "binding_turnover_reference.csv.gz", delimiter=",", names=True)
    who = np.unique(table["ID"]).astype(int) - 1
    p = {"CL": people["CL"], "V": people["V"], "ka": people["KA"], "Q": 15.0, "V2": 120.0}
    model, y0, atol = made()
    hours = np.arange(1.0, 673.0)
    doses = Doses(24.0 * np.arange(28), 10.0)
    result = simulate_stiff(model, p, hours, y0=y0, doses=doses, rtol=2e-6, atol=atol)
    assert result.mode == "mesh"
    occupancy = table["occupancy"].reshape(who.size, -1).T
    effect = table["effect"].reshape(who.size, -1).T
    assert np.abs(result["RC"][:, who] / 20.0 - occupancy).max() <= 2.5e-6
    assert np.abs(result["E"][:, who] - effect).max() <= 2.5e-6
    # what the driver says of itself is of the size of the true error
    true = np.abs(result["RC"][:, who] - 20.0 * occupancy).max()
    said = result.error_estimate[model.names.index("RC")]
    assert true / 4.0 <= said <= 4.0 * true or said >= true


MAGER = {"k_el": 1.0, "k_on": 0.1, "k_int": 0.0, "k_deg": 0.566, "k_syn": 0.0, "k_off": 0.1}


def mager(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """Target-mediated disposition, Mager, J Pharmacokinet Pharmacodyn 2005; BIOMD0000000765."""
    C, R, RC = y[0], y[1], y[2]
    bind, unbind = p["k_on"] * R * C, p["k_off"] * RC
    return [
        unbind - bind - p["k_el"] * C,
        p["k_syn"] - p["k_deg"] * R - bind + unbind,
        bind - unbind - p["k_int"] * RC,
    ]


MAGER_MODEL = StiffModel(mager, tuple(StiffState(name, 0.0) for name in ("C", "R", "RC")))
MAGER_START = (4000.0, 53.0, 0.0)


@pytest.mark.reference
def test_mager_target_mediated_disposition():
    table = np.loadtxt(reference("reference/models/mager2005_default.csv"), delimiter=",")
    result = simulate_stiff(MAGER_MODEL, MAGER, table[:, 0], y0=MAGER_START, rtol=1e-8, atol=1e-8)
    for i in range(3):
        scale = np.abs(table[:, 1 + i]).max()
        np.testing.assert_allclose(result.y[:, i, 0] / scale, table[:, 1 + i] / scale, atol=2e-6)


@pytest.mark.reference
def test_mager_equals_libroadrunner():
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    engine = roadrunner.RoadRunner(str(reference("reference/models/BIOMD0000000765.xml")))
    engine.integrator.relative_tolerance = 1e-11
    engine.integrator.absolute_tolerance = 1e-12
    k_on = np.array([0.01, 0.1, 1.0])
    times = np.linspace(0.0, 30.0, 61)
    result = simulate_stiff(
        MAGER_MODEL, MAGER | {"k_on": k_on}, times, y0=MAGER_START, rtol=1e-8, atol=1e-8
    )
    for k in range(3):
        engine.resetAll()
        engine["k_on"] = float(k_on[k])
        theirs = np.asarray(engine.simulate(0.0, 30.0, 61, ["[C]", "[R]", "[RC]"]))
        off = np.abs(result.y[:, :, k] - theirs) / (1e-8 + 1e-8 * np.abs(theirs))
        assert off.max() <= 2.0


SHI = {
    "k_a": 12.0, "F": 0.984, "V_C": 0.32, "k10": 0.34, "k12": 1.64, "k21": 1.19,
    "k_eo": 2.03, "k_tol": 0.75,
}  # fmt: skip


def shi(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """Tolerance to caffeine, Shi, Clin Pharmacol Ther 1993; BIOMD0000000241."""
    X, C, P, E, T = (y[i] for i in range(5))
    return [
        -p["k_a"] * X,
        p["k_a"] * p["F"] * X / p["V_C"] - (p["k12"] + p["k10"]) * C + p["k21"] * P,
        p["k12"] * C - p["k21"] * P,
        p["k_eo"] * (C - E),
        p["k_tol"] * (C - T),
    ]


@pytest.mark.reference
def test_shi_tolerance():
    table = np.loadtxt(reference("reference/models/shi1993_single_dose.csv"), delimiter=",")
    names = ("X_gut", "C_p", "C_per", "C_e", "C_t")
    states = tuple(StiffState(name, -1e-9) for name in names)
    model = StiffModel(shi, states, doses_into="X_gut", per_mg=1.0 / 80.0)
    # 270 mg in 80 kg at the start; from 24.15 h the model's event gives a cup of 90 mg every 2 h
    y0 = (3.375, 0.0, 0.0, 0.0, 0.0)
    cups = Doses(24.15 + 2.0 * np.arange(12), 90.0)
    result = simulate_stiff(model, SHI, table[:, 0], y0=y0, doses=cups, rtol=1e-8, atol=1e-9)
    table[:, 2] /= 0.31  # written as an amount in a compartment of 0.31
    for i in range(5):
        scale = np.abs(table[:, 1 + i]).max()
        np.testing.assert_allclose(result.y[:, i, 0] / scale, table[:, 1 + i] / scale, atol=2e-6)
    effect = 83.3 + 19.07 * result["C_e"] / (1.0 + result["C_t"] / 0.26)
    np.testing.assert_allclose(effect[:, 0], table[:, 6], rtol=2e-6)
