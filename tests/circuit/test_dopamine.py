"""The dopamine terminal: checks T1 to T9, the published table, burst firing, reserpine."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beside import reference
from occupancy.circuit import CircuitError, parameter_draws, parameters_of, run, steady
from occupancy.circuit.burst import BURST, balance
from occupancy.circuit.dopamine import TERMINAL
from occupancy.circuit.model import Circuit
from occupancy.circuit.vesicle import (
    LINEAR,
    VESICLE,
    depletion,
    occupancy_for,
    release_share,
)
from occupancy.circuit.vmat import RENEWAL
from occupancy.engine import InputCourse

FULL = (BURST, TERMINAL)
seconds = 1.0 / 3600.0
shares = st.floats(0.0, 1.0)


def vectors() -> dict[str, Any]:
    path = reference("reference/models/mechanism_vectors.json")
    return json.loads(path.read_text(encoding="utf-8"))


def numbers(circuit: Circuit, seed: int) -> dict[str, float]:
    """Scattered parameters of one person, in hours."""
    p = parameters_of(circuit, scattered(circuit, seed))
    return {name: float(np.ravel(x)[0]) for name, x in p.items()}


def scattered(circuit: Circuit, seed: int, people: int = 1, factor: float = 3.0) -> dict[str, Any]:
    """Every parameter multiplied by something between 1/factor and factor, in its unit."""
    rng = np.random.default_rng(seed)
    return {
        name: one.value * np.exp(rng.uniform(-np.log(factor), np.log(factor), people))
        for name, one in circuit.parameters.items()
        if name not in circuit.evidence.at_most_one
    }


# --- T1: mass balance


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_T1_dopamine_is_lost_only_by_breakdown_and_made_only_by_synthesis(seed):
    rng = np.random.default_rng(seed)
    p = numbers(BURST, seed)
    u = {"vmat2": rng.random(), "vmat2_loss": 0.0, "dat": rng.random(), "mao": rng.random(),
         "d2_auto": rng.random(), "firing": 5 * rng.random()}  # fmt: skip
    y = [3 * rng.random(), 90 * rng.random(), 300 * rng.random(), *rng.random(3)]
    at = balance(p)
    dy = BURST.field(0.0, y, p, u)
    change = dy[0] + dy[1] + dy[2] / at.volume
    made = at.synthesis * (1 + p["beta"] * at.q) / (1 + p["beta"] * y[3])
    lost = (1 - u["mao"]) * p["MAO"] * y[0] + p["non_DAT"] * y[2] / at.volume
    gross = sum(abs(x) for x in (dy[0], dy[1], dy[2] / at.volume)) + made + lost
    assert change == pytest.approx(made - lost, abs=1e-12 * (gross + p["leak"] * y[1]))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_T1_the_full_terminal_conserves_rings_too(seed):
    rng = np.random.default_rng(seed)
    p = numbers(TERMINAL, seed)
    u = {"vmat2": rng.random(), "vmat2_loss": 0.0, "dat": rng.random(), "mao": rng.random(),
         "d2_auto": rng.random(), "firing": 5 * rng.random()}  # fmt: skip
    y = [float(x) for x in np.array([130, 1000, 0.4, 3, 90, 0.01, 300, 1]) * rng.random(8)]
    dy = TERMINAL.field(0.0, y, p, u)
    tyr, pool, c, x = y[0], y[1], y[3], y[5]
    blood = p["tyr_in_Vmax"] * p["tyr_blood"] / (p["tyr_in_Km"] + p["tyr_blood"])
    lost = p["tyr_loss"] * (tyr + pool) + (1 - u["mao"]) * p["MAO"] * c + p["removal"] * x
    lost = lost + p["COMT_Vmax"] * x / (p["COMT_Km"] + x)
    size = sum(abs(d) for d in dy[:6]) + blood + lost + p["leak"] * y[4]
    assert sum(dy[:6]) == pytest.approx(blood - lost, abs=1e-12 * size)


@pytest.mark.parametrize("circuit", FULL, ids=lambda c: c.name)
def test_T1_a_run_keeps_the_balance(circuit):
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    # Gauss-Legendre nodes over an hour, once the first seconds after the step have passed
    nodes, weights = np.polynomial.legendre.leggauss(20)
    times = 0.2 + np.concatenate([[0.0], 0.5 * (nodes + 1.0), [1.0]])
    course = run(circuit, {"vmat2": 0.6, "dat": 0.3}, times, rtol=1e-8)
    p = course.parameters
    y = {name: course[name][:, 0] for name in circuit.state_names}
    if circuit is BURST:
        at = balance(p)
        total = y["cytosolic"] + y["vesicular"] + y["extracellular"] / at.volume
        rate = at.synthesis - p["MAO"] * y["cytosolic"]
        rate = rate - p["non_DAT"] * y["extracellular"] / at.volume
    else:
        names = ("tyrosine", "tyrosine_pool", "dopa", "cytosolic", "vesicular", "extracellular")
        total = np.sum([y[name] for name in names], axis=0)
        x = y["extracellular"]
        rate = p["tyr_in_Vmax"] * p["tyr_blood"] / (p["tyr_in_Km"] + p["tyr_blood"])
        rate = rate - p["tyr_loss"] * (y["tyrosine"] + y["tyrosine_pool"])
        rate = rate - p["MAO"] * y["cytosolic"] - p["removal"] * x
        rate = rate - p["COMT_Vmax"] * x / (p["COMT_Km"] + x)
    integral = 0.5 * float(weights @ rate[1:-1])
    assert total[-1] - total[0] == pytest.approx(integral, rel=2e-6)


# --- T2: rest


@pytest.mark.reference
def test_T2_rest_equals_the_stored_baseline():
    stored = np.array(vectors()["best2009_corrected"]["steady_state_uM"])
    found = steady(TERMINAL).y[:7, 0]
    np.testing.assert_allclose(found, stored, rtol=3e-4)  # extracellular is printed to 4 digits


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_T2_rest_of_the_small_terminal_is_closed_for_any_parameters(seed):
    given_p = scattered(BURST, seed, 3)
    p = parameters_of(BURST, given_p)
    found = steady(BURST, {}, given_p)
    np.testing.assert_allclose(found["extracellular"], p["x_rest"], rtol=1e-9)
    np.testing.assert_allclose(found["cytosolic"], p["c_rest"], rtol=1e-9)
    np.testing.assert_allclose(found["depletion"], 0.0, atol=1e-9)


def test_T2_the_tonic_balance_is_that_of_the_published_constants():
    # 4 spikes a second, each 400 nM before the autoreceptor (Dreyer et al. 2010)
    p = parameters_of(BURST)
    at = balance(p)
    spike = at.volume * p["release"] * at.V / 3600.0 / 4.0 * (1.0 + p["alpha"] * at.q)
    assert float(spike) == pytest.approx(400.0, rel=1e-4)


# --- T3: linear limit


@settings(deadline=None)
@given(
    occupied=shares, release=st.floats(0.01, 10), leak=st.floats(1, 100), uptake=st.floats(1, 1e4),
    MAO=st.floats(0.1, 100), recapture=shares, phi=st.floats(0, 3),
)  # fmt: skip
def test_T3_the_linear_terminal_follows_the_closed_form(
    occupied, release, leak, uptake, MAO, recapture, phi
):
    parameters = {
        "release": release, "leak": leak, "uptake": uptake, "MAO": MAO,
        "recapture": recapture, "phi": phi,
    }  # fmt: skip
    found = steady(LINEAR, {"vmat2": min(occupied, 1 - 1e-6)}, parameters)
    g = release_share(release, leak, uptake, MAO, recapture)
    expected = depletion(min(occupied, 1 - 1e-6), g, phi)
    assert found["depletion"][0] == pytest.approx(expected, abs=1e-6)


@given(occupied=shares, leak=st.floats(1, 100), release=st.floats(0.01, 10))
def test_T3_with_the_cytosol_clamped_depletion_is_occupancy(occupied, leak, release):
    found = steady(VESICLE, {"vmat2": occupied}, {"leak": leak, "release": release})
    assert found["depletion"][0] == pytest.approx(occupied, abs=1e-9)


@pytest.mark.reference
def test_T3_closed_form_vectors():
    for one in vectors()["depletion_closed_form"]:
        assert depletion(one["O"], one["g"]) == pytest.approx(one["delta"], abs=1e-9)


@given(Delta=shares, g=st.floats(0, 100), phi=st.floats(0, 5))
def test_T3_the_inverse_gives_the_occupancy_back(Delta, g, phi):
    assert depletion(occupancy_for(Delta, g, phi), g, phi) == pytest.approx(Delta, abs=1e-9)


@given(occupied=shares, strength=st.floats(0, 10))
def test_T3_loss_and_feedback_bend_the_curve_alike(occupied, strength):
    assert depletion(occupied, g=strength) == pytest.approx(
        depletion(occupied, phi=strength), abs=1e-12
    )


# --- T4: limits


@given(occupied=shares, g=st.floats(0, 100), phi=st.floats(0, 5))
def test_T4_depletion_lies_between_nothing_and_occupancy(occupied, g, phi):
    assert -1e-15 <= depletion(occupied, g, phi) <= occupied + 1e-15
    assert depletion(0.0, g, phi) == 0.0
    assert depletion(1.0, g, phi) == 1.0


@settings(max_examples=20, deadline=None)
@given(phi=shares)
def test_T4_the_full_terminal_keeps_the_limits(phi):
    occupied = np.linspace(0.0, 0.95, 6)
    found = steady(TERMINAL, {"vmat2": occupied}, {"phi": phi})["depletion"]
    assert found[0] == pytest.approx(0.0, abs=1e-10)
    assert (np.diff(found) > 0).all()
    assert (found <= occupied + 1e-9).all()


# --- T5: washout


def test_T5_a_reversible_drug_washes_out_within_hours():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    course = run(
        TERMINAL, InputCourse([0.0, 48.0], {"vmat2": [0.85, 0.0]}, "constant"),
        [0.1, 1.0, 48.0, 48.5, 49.0, 50.0, 120.0], {"TH_Vmax": 250.0},
    )  # fmt: skip
    left = 1.0 - course["depletion"][:, 0]
    # computed independently for twice the published synthesis
    expected = [0.26, 0.23, 0.21, 0.64, 0.79, 0.92, 1.0]
    np.testing.assert_allclose(left, expected, atol=0.005)


@settings(max_examples=10, deadline=None)
@given(loss=st.floats(0.05, 5.0), half_life=st.floats(2.0, 20.0))
def test_T5_after_reserpine_recovery_knows_the_renewal_and_not_the_dose(loss, half_life):
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    kdeg = np.log(2) / half_life  # per day
    stop, later = 24.0, 24.0 * np.array([0.0, half_life, 2 * half_life])
    course = run(
        RENEWAL, InputCourse([0.0, stop], {"vmat2_loss": [loss, 0.0]}, "constant"),
        stop + later, {"kdeg_VMAT2": kdeg, "kdeg_VMAT1": kdeg},
    )  # fmt: skip
    lost = course["brain_depletion"][:, 0]
    np.testing.assert_allclose(lost[1:], lost[0] * np.array([0.5, 0.25]), rtol=1e-5)
    np.testing.assert_allclose(course["peripheral_depletion"], course["brain_depletion"], rtol=1e-6)


def test_T5_reserpine_empties_vesicles_for_days_where_a_reversible_drug_does_not():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    inputs = InputCourse(
        [0.0, 24.0],
        {"vmat2": [[0.0, 0.9], [0.0, 0.0]], "vmat2_loss": [[1.0, 0.0], [0.0, 0.0]]},
        "constant",
    )
    course = run(TERMINAL, inputs, [24.0, 72.0, 24.0 * 40], {"phi": 0.0})
    reserpine, reversible = course["depletion"].T
    assert reserpine[0] > 0.95
    assert reversible[0] > 0.85
    assert reserpine[1] > 0.6
    assert reversible[1] < 0.02
    assert reserpine[2] < 0.01


def test_T5_a_selective_reversible_drug_spares_the_periphery():
    found = steady(RENEWAL, {"vmat2": 0.9})
    assert found["brain_depletion"][0] == pytest.approx(0.9)
    assert found["peripheral_depletion"][0] == pytest.approx(0.0, abs=1e-12)


# --- T6: directions


@settings(max_examples=20, deadline=None)
@given(
    circuit=st.sampled_from(FULL), dat=st.floats(0.05, 0.95), vmat2=st.floats(0.05, 0.95),
    mao=st.floats(0.05, 0.95),
)  # fmt: skip
def test_T6_transporter_vesicle_and_enzyme_blocks_move_dopamine_the_right_way(
    circuit, dat, vmat2, mao
):
    def at(**inputs: float) -> Any:
        return steady(circuit, inputs)

    assert at(dat=dat)["extracellular_ratio"][0] > 1.0
    assert at(vmat2=vmat2)["extracellular_ratio"][0] < 1.0
    assert at(mao=mao)["cytosolic"][0] > at()["cytosolic"][0]
    assert at(mao=mao, vmat2=vmat2)["depletion"][0] < at(vmat2=vmat2)["depletion"][0]


@given(occupied=st.floats(0.05, 0.95), share=st.floats(0.05, 0.95))
def test_T6_slower_breakdown_weakens_depletion_in_the_linear_terminal(occupied, share):
    usual = LINEAR.parameters["MAO"].value
    normal = steady(LINEAR, {"vmat2": occupied})["depletion"][0]
    assert (
        steady(LINEAR, {"vmat2": occupied}, {"MAO": usual * (1 - share)})["depletion"][0] < normal
    )


# --- T7: autoreceptor antagonist


def test_T7_an_autoreceptor_antagonist_raises_dopamine_by_the_published_factor():
    rise = steady(BURST, {"d2_auto": np.array([0.7, 0.8])})["extracellular_ratio"]
    assert (rise > 1.4).all()
    assert (rise < 1.9).all()
    assert rise[1] == pytest.approx(1.75, abs=0.05)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_T7_more_antagonist_more_dopamine(seed):
    q = np.linspace(0.0, 0.95, 8)
    moved = scattered(BURST, seed, factor=1.5)
    x = steady(BURST, {"d2_auto": q}, moved)["extracellular_ratio"]
    assert (np.diff(x) > 0).all()


# --- T8: the published table


@pytest.mark.reference
@pytest.mark.parametrize("feedback", ["on", "off"])
def test_T8_depletion_by_occupancy_of_the_published_terminal(feedback):
    table = vectors()["best2009_corrected"][f"vesicular_depletion_TH_feedback_{feedback}"]
    occupied = np.array([float(x) for x in table])
    found = steady(TERMINAL, {"vmat2": occupied}, {"phi": float(feedback == "on")})["depletion"]
    np.testing.assert_allclose(found, list(table.values()), atol=0.005)


def test_T8_seventy_percent_block_depletes_seventy_in_the_limit_and_fifty_two_with_feedback():
    assert steady(VESICLE, {"vmat2": 0.7})["depletion"][0] == pytest.approx(0.70, abs=1e-9)
    full = steady(TERMINAL, {"vmat2": 0.7}, {"phi": np.array([0.0, 1.0])})
    np.testing.assert_allclose(full["depletion"], [0.697, 0.516], atol=0.001)
    np.testing.assert_allclose(full["cytosolic_ratio"][1], 3.50, atol=0.01)


def test_T8_feedback_as_a_distribution_fills_the_space_between():
    draws = parameter_draws(TERMINAL, 50, seed=3)
    found = steady(TERMINAL, {"vmat2": 0.7}, {"phi": draws["phi"]})["depletion"]
    order = np.argsort(draws["phi"])
    assert (np.diff(found[order]) < 0).all()
    assert found.min() > 0.51
    assert found.max() < 0.70


# --- T9: stiffness


@pytest.mark.parametrize("circuit", FULL, ids=lambda c: c.name)
def test_T9_the_fastest_mode_forbids_an_explicit_solver(circuit):
    for vmat2 in (0.0, 0.9):
        assert 1.0 / steady(circuit, {"vmat2": vmat2}).fastest_h[0] >= 1e4


# --- bursts


def burst(vmat2: float) -> tuple[float, float]:
    """Peak dopamine [nM] and D2 occupancy in 20 Hz for 0.3 s, from the adapted state."""
    before = steady(BURST, {"vmat2": vmat2})
    inputs = InputCourse(
        np.array([0.0, 0.5, 0.8, 1.1]) * seconds,
        {"firing": [1.0, 5.0, 0.0, 1.0], "vmat2": np.full(4, vmat2)},
        "constant",
    )
    course = run(BURST, inputs, np.linspace(0.0, 2.0 * seconds, 201), y0=before.y)
    assert course.error_ratio <= 1.0
    return float(course["extracellular"].max()), float(course["D2"].max())


def test_a_burst_and_half_its_quantum_reach_the_published_peaks():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    full, bound = burst(0.0)
    half, bound_half = burst(float(np.interp(0.5, *_curve())))
    assert full == pytest.approx(454, rel=0.02)
    assert bound == pytest.approx(0.83, abs=0.01)
    assert half == pytest.approx(190, rel=0.04)
    assert bound_half == pytest.approx(0.62, abs=0.01)


def _curve() -> tuple[Any, Any]:
    occupied = np.linspace(0.3, 0.7, 41)
    return steady(BURST, {"vmat2": occupied})["depletion"], occupied


# --- refusals


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: steady(TERMINAL, {"vmat2": 1.1}), "'vmat2' is 1.1"),
        (lambda: steady(TERMINAL, {}, {"MAO": -1.0}), "'MAO' is -1"),
        (lambda: steady(TERMINAL, {}, {"phi": 1.5}), "'phi' is 1.5"),
        (lambda: depletion(1.2), "occupied is 1.2"),
        (lambda: depletion(0.5, g=-1.0), "g is -1"),
        (lambda: steady(TERMINAL, {}, {"MAO": 0.0, "removal": 0.0, "COMT_Vmax": 0.0}), "fixed"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(CircuitError, match=words):
        call()


def test_one_person_is_interactive_once_warm():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    from time import perf_counter

    times = np.linspace(0.0, 48.0, 97)
    run(TERMINAL, {"vmat2": 0.7}, times)
    began = perf_counter()
    run(TERMINAL, {"vmat2": 0.6}, times)
    assert perf_counter() - began < 1.0  # 0.05 s on an idle core; the machine may be shared


# --- an exponent that is a whole number is multiplied out


@pytest.mark.slow
def test_whole_exponents_are_part_of_the_model_and_change_nothing():
    assert TERMINAL.stiff(parameters_of(TERMINAL)) is TERMINAL.stiff(parameters_of(TERMINAL))
    times = np.linspace(1.0, 48.0, 12)
    whole = run(TERMINAL, {"vmat2": 0.7}, times, {"auto_power": 4.0})
    general = run(TERMINAL, {"vmat2": 0.7}, times, {"auto_power": [4.0, 3.5]})
    assert TERMINAL.stiff(whole.parameters) is not TERMINAL.stiff(general.parameters)
    np.testing.assert_allclose(general.y[..., :1], whole.y, rtol=5e-6, atol=1e-12)
    assert abs(general.y[-1, 4, 1] / whole.y[-1, 4, 0] - 1.0) > 1e-3
