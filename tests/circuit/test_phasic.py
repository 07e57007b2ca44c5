"""Phasic competition: checks B1 to B12 by name, and the article's claim beside its arithmetic."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beside import reference
from occupancy import laws
from occupancy.circuit import CircuitError, run, steady
from occupancy.circuit.burst import BURST
from occupancy.circuit.phasic import (
    PHASIC,
    apparent_koff,
    corner_frequency,
    displaced_by_pulses,
    drug_over_K,
    rebinding_between,
)
from occupancy.circuit.vmat import RENEWAL
from occupancy.engine import InputCourse

second = 1.0 / 3600.0
CLOZAPINE, HALOPERIDOL = (0.023, 0.042), np.log(2) / (42 * 60)
scaled = st.floats(1e-2, 1e2)
rate = st.floats(1e-3, 1e2)


def random_sets(people: int = 200, seed: int = 5) -> tuple[dict[str, Any], dict[str, Any]]:
    rng = np.random.default_rng(seed)

    def spread(low: float, high: float) -> Any:
        return np.exp(rng.uniform(np.log(low), np.log(high), people))

    parameters = {
        "koff": spread(1e-4, 10), "koff_DA": spread(1e-2, 10), "K_DA": spread(1, 1000),
        "x_rest": spread(1, 100), "rebinding": rng.uniform(0, 30, people),
    }  # fmt: skip
    return {"drug": spread(1e-2, 1e2), "dopamine": spread(0.1, 10)}, parameters


def gaddum(inputs: dict[str, Any], parameters: dict[str, Any]) -> Any:
    a = inputs["dopamine"] * parameters["x_rest"] / parameters["K_DA"]
    return laws.competition(np.stack([inputs["drug"], a]))


def test_B1_receptors_are_all_accounted_for():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    inputs, parameters = random_sets(40)
    grid = InputCourse(
        np.array([0.0, 1.0, 30.0]) * second,
        {"drug": np.tile(inputs["drug"], (3, 1)), "dopamine": [[1.0], [30.0], [1.0]]},
        "constant",
    )
    course = run(PHASIC, grid, np.linspace(0.0, 60.0, 40) * second, parameters)
    total = course["drug_bound"] + course["agonist"] + course["free"]
    assert np.abs(total - 1.0).max() <= 1e-12
    assert course["free"].min() >= 0.0


def test_B2_kinetic_steady_state_is_gaddum():
    inputs, parameters = random_sets(200)
    found = steady(PHASIC, inputs, parameters)
    assert np.abs(found.y - gaddum(inputs, parameters)).max() < 1e-9


@pytest.mark.reference
def test_B2_the_reference_sets_of_gaddum():
    sets = json.loads(reference("reference/models/mechanism_vectors.json").read_text())["gaddum"]
    D, Kd, A, KA, theta_D, theta_A = (
        np.array([one[name] for one in sets])
        for name in ("D", "Kd", "A", "KA", "theta_D", "theta_A")
    )
    found = steady(PHASIC, {"drug": D / Kd}, {"x_rest": A, "K_DA": KA})
    np.testing.assert_allclose(found.y, [theta_D, theta_A], atol=1e-9)
    by_law = laws.competition(np.stack([D / Kd, A / KA]))
    np.testing.assert_allclose(by_law, [theta_D, theta_A], rtol=1e-9)


def test_B2_a_long_run_ends_at_gaddum():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    inputs, parameters = random_sets(24)
    settled = steady(PHASIC, inputs, parameters).slowest_h
    course = run(PHASIC, inputs, [float(40 * settled.max())], parameters)
    assert np.abs(course.y[-1] - gaddum(inputs, parameters)).max() < 1e-6


@given(C=scaled, K=scaled)
def test_B3_without_agonist_it_is_mass_action_with_its_limits(C, K):
    alone = steady(PHASIC, {"drug": C / K, "dopamine": 0.0})["drug_bound"][0]
    assert alone == pytest.approx(C / (C + K), rel=1e-9)
    assert steady(PHASIC, {"drug": 1e6, "dopamine": 0.0})["drug_bound"][0] > 1 - 1.1e-6
    assert laws.occupancy(np.inf, K) == 1.0
    assert laws.occupancy(C, np.inf) == 0.0


@given(theta=st.floats(0.01, 0.99))
def test_B4_doubling_the_drug(theta):
    d = drug_over_K(theta, 0.0)
    doubled = steady(PHASIC, {"drug": 2 * d, "dopamine": 0.0})["drug_bound"][0]
    assert doubled == pytest.approx(2 * theta / (1 + theta), rel=1e-9)


def test_B4_doubling_fourteen_times_the_constant_gains_three_points():
    np.testing.assert_allclose(
        laws.occupancy(np.array([14.0, 28.0]), 1.0), [0.9333, 0.9655], atol=5e-5
    )


@given(Ki=scaled, L=scaled, K_L=scaled)
def test_B5_at_the_ic50_half_the_tracer_stays(Ki, L, K_L):
    ic50 = laws.ic50_from_ki(Ki, L, K_L)
    with_drug = laws.competition(np.array([ic50 / Ki, L / K_L]))[1]
    assert with_drug == pytest.approx(0.5 * laws.occupancy(L, K_L), rel=1e-12)
    assert laws.ki_from_ic50(ic50, L, K_L) == pytest.approx(Ki, rel=1e-12)


@settings(deadline=None)
@given(theta=st.floats(0.05, 0.95), a=st.floats(0.05, 20), koff=rate)
def test_B6_the_slow_mode_is_koff_over_what_is_not_bound(theta, a, koff):
    # a hundredfold faster agonist is enough up to half occupancy; above, theta / (1 - theta)
    # times more is needed, because the correction is koff / koff_A theta / (1 - theta)
    faster = 101 * max(1.0, theta / (1 - theta))
    found = steady(
        PHASIC,
        {"drug": drug_over_K(theta, a), "dopamine": 1.0},
        {"koff": koff, "koff_DA": faster * koff, "K_DA": 1.0, "x_rest": a},
    )
    assert found["drug_bound"][0] == pytest.approx(theta, rel=1e-9)
    slow_s = found.slowest_h[0] * 3600.0
    assert slow_s == pytest.approx((1 - theta) / koff, rel=0.01)
    assert found["relaxation"][0] == pytest.approx((1 - theta) / koff, rel=1e-9)


def test_B6_above_half_occupancy_a_hundredfold_is_not_enough():
    theta, a, koff = 0.95, 0.05, 1.0
    found = steady(
        PHASIC,
        {"drug": drug_over_K(theta, a), "dopamine": 1.0},
        {"koff": koff, "koff_DA": 100 * koff, "K_DA": 1.0, "x_rest": a},
    )
    off = found.slowest_h[0] * 3600.0 / ((1 - theta) / koff) - 1
    assert off > 0.01


@given(d=scaled, a=scaled, koff=rate, s=st.floats(0.01, 100), rho=st.floats(0, 40))
def test_B7_scaling_both_rates_leaves_equilibrium(d, a, koff, s, rho):
    inputs = {"drug": d, "dopamine": a}
    one = steady(PHASIC, inputs, {"koff": koff})
    two = steady(PHASIC, inputs, {"koff": s * koff, "rebinding": rho})
    np.testing.assert_allclose(one.y, two.y, rtol=1e-8)
    np.testing.assert_allclose(two["relaxation"] / one["relaxation"], (1 + rho) / s, rtol=1e-8)


@given(x_A=scaled, tau_A=scaled, tau_B=scaled, n=st.floats(0.5, 3), more=st.floats(1.01, 10))
def test_B8_partial_agonist_limits(x_A, tau_A, tau_B, n, more):
    def effect(x_B: float, tau: float) -> float:
        return float(laws.operational_effect_of_pair(x_A, x_B, tau_A, tau, n=n))

    assert effect(1e18, tau_B) == pytest.approx(tau_B**n / (1 + tau_B**n), rel=1e-6)
    antagonist = (tau_A * x_A) ** n / ((1 + x_A + 3.0) ** n + (tau_A * x_A) ** n)
    assert effect(3.0, 0.0) == pytest.approx(antagonist, rel=1e-9)
    assert effect(3.0, more * tau_B) > effect(3.0, tau_B)


def test_B9_after_washout_everything_returns():
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    koff = np.array([HALOPERIDOL, *CLOZAPINE])
    inputs = InputCourse([0.0, 2.0], {"drug": [5.0, 0.0]}, "constant")
    course = run(PHASIC, inputs, [2.0, 26.0], {"koff": koff})
    assert course["drug_bound"][0].min() > 0.7
    assert course["drug_bound"][1].max() < 1e-8
    np.testing.assert_allclose(course["signal"][1], 1.0, rtol=1e-6)
    renewal = run(
        RENEWAL, InputCourse([0.0, 24.0], {"vmat2_loss": [1.0, 0.0]}, "constant"), [24.0, 24e3]
    )
    assert renewal["VMAT2"][0, 0] < 0.01
    assert renewal["VMAT2"][1, 0] == pytest.approx(1.0, abs=1e-6)
    assert laws.receptor_total_after(0.2, 1e6, 0.3, 0.3) == pytest.approx(1.0)


@given(d=scaled, a0=st.floats(0, 5), a1=st.floats(0, 5), u=st.floats(-0.3, 1))
def test_B10_pet_sees_the_truth_only_when_nothing_else_moves(d, a0, a1, u):
    true = d / (1 + a1 + d)
    seen = laws.pet_occupancy(d, a0, a1, u)
    # PET = truth iff (1 + u)(1 + a0) = 1 + a1; a0 = a1 with u = 0 is the case that can be known
    assert laws.pet_occupancy(d, a0, a0, 0.0) == pytest.approx(d / (1 + a0 + d), abs=1e-12)
    expected = 1 - (1 + u) * (1 + a0) / (1 + a1 + d)
    assert seen == pytest.approx(expected, abs=1e-9)
    if abs((1 + u) * (1 + a0) - (1 + a1)) > 1e-3:
        assert seen != pytest.approx(true, abs=1e-6)


def test_B11_detailed_balance_of_the_published_ternary_complex():
    # the four constants of the cycle receptor-agonist-G protein, nM
    around = (15000.0 * 50.0, 1500.0 * 500.0)
    assert around[0] == around[1] == 7.5e5
    assert laws.closing_constant(15000.0, 500.0, 50.0) == pytest.approx(1500.0)


@settings(max_examples=30, deadline=None)
@given(
    theta=st.floats(0.2, 0.9), koff=st.floats(1e-3, 0.1), T=st.floats(0.2, 20),
    a=st.floats(0.1, 1), up=st.floats(3, 50),
)  # fmt: skip
def test_B12_a_square_burst_displaces_what_the_closed_form_says(theta, koff, T, a, up):
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    d = float(drug_over_K(theta, a))
    parameters = {"koff": koff, "koff_DA": 1000 * max(koff, 1 / T), "K_DA": 1.0, "x_rest": a}
    before = steady(PHASIC, {"drug": d}, parameters)
    inputs = {"drug": d, "dopamine": up}
    course = run(PHASIC, inputs, [T * second], parameters, y0=before.y, rtol=1e-8)
    numeric = 1 - course["drug_bound"][-1, 0] / theta
    closed = float(laws.burst_displacement(d, up * a, T, koff, a))
    assert numeric == pytest.approx(closed, rel=0.05)
    pulses = displaced_by_pulses(theta, koff, a_rest=a, a_pulse=up * a, pulse_s=T)
    assert float(pulses.worst) == pytest.approx(closed, rel=1e-9)


# --- the article's claim: a burst displaces the fast-off drug, the tight-binder stays


def test_half_a_second_displaces_percents_and_ten_seconds_a_quarter():
    koff = np.array([*CLOZAPINE, HALOPERIDOL])
    short = displaced_by_pulses(0.75, koff, a_rest=20 / 30, a_pulse=1000 / 30, pulse_s=0.5)
    np.testing.assert_allclose(100 * short.worst, [1.09, 1.97, 0.013], rtol=0.02)
    long = displaced_by_pulses(0.75, koff, a_rest=20 / 30, a_pulse=1000 / 30, pulse_s=10.0)
    np.testing.assert_allclose(100 * long.worst[:2], [19.3, 31.7], atol=0.5)
    assert 100 * long.worst[2] == pytest.approx(0.26, abs=0.01)
    assert "displaces at most 1.1 %" in short.claim


def test_trains_tell_the_drugs_apart_and_single_bursts_do_not():
    koff = np.array([*CLOZAPINE, HALOPERIDOL])
    train = displaced_by_pulses(
        0.75, koff, a_rest=0.2, a_pulse=10.0, pulse_s=0.5, pulses=60, every_s=1.0
    )
    single = displaced_by_pulses(0.75, koff, a_rest=0.2, a_pulse=10.0, pulse_s=0.5)
    assert (single.worst < 0.025).all()
    np.testing.assert_allclose(train.worst[:2], [0.167, 0.174], atol=2e-3)
    assert train.worst[2] < 0.01
    assert (np.diff(train.at_end, axis=0) > 0).all()
    assert (train.worst <= train.settled + 1e-12).all()
    # given time even the tight-binder goes where the fast-off drug goes
    assert train.settled[2] == pytest.approx(float(train.settled[0]), abs=0.02)


@settings(max_examples=30)
@given(theta=st.floats(0.1, 0.9), koff=st.floats(1e-3, 1), up=st.floats(2, 100))
def test_many_pulses_reach_the_repeating_cycle(theta, koff, up):
    found = displaced_by_pulses(
        theta, koff, a_rest=0.3, a_pulse=0.3 * up, pulse_s=0.5, pulses=4000, every_s=2.0 / koff
    )
    assert float(found.at_end[-1]) == pytest.approx(float(found.settled), rel=1e-9, abs=1e-12)


def test_bursts_of_the_terminal_against_slow_and_fast_drugs():
    """20 Hz for 0.3 s once a second for twenty seconds, dopamine from the terminal."""
    pytest.importorskip("jax", reason="the stiff driver needs JAX")
    starts = np.arange(20.0)
    grid = np.concatenate([[s, s + 0.3] for s in starts]) * second
    firing = np.tile([5.0, 1.0], starts.size)
    times = np.linspace(0.0, 20.0, 801) * second
    terminal = run(BURST, InputCourse(grid, {"firing": firing}, "constant"), times)
    dopamine = terminal["extracellular_ratio"]
    assert dopamine.max() > 8.0
    koff = np.array([*CLOZAPINE, HALOPERIDOL])
    a = BURST.parameters["x_rest"].value / 30.0
    parameters = {"koff": koff, "x_rest": 30.0 * a}
    d = float(drug_over_K(0.75, a))
    before = steady(PHASIC, {"drug": d}, parameters)
    inputs = InputCourse(times, {"drug": np.full(times.size, d), "dopamine": dopamine})
    course = run(PHASIC, inputs, times, parameters, y0=before.y)
    lost = 1.0 - course["drug_bound"].min(axis=0) / 0.75
    assert lost[2] < 0.01 < 0.05 < lost[0] < lost[1] < 0.5


def test_relaxation_and_corner_frequency_at_three_quarters():
    np.testing.assert_allclose((1 - 0.75) / np.array(CLOZAPINE), [10.9, 6.0], atol=0.1)
    assert pytest.approx(15.1, abs=0.2) == (1 - 0.75) / HALOPERIDOL / 60
    np.testing.assert_allclose(
        60 * corner_frequency(np.array(CLOZAPINE), 0.75), [0.88, 1.6], atol=0.05
    )
    assert 60 * corner_frequency(HALOPERIDOL, 0.75) == pytest.approx(0.0105, abs=0.001)


def test_rebinding_that_would_reconcile_the_two_half_lives_of_haloperidol():
    rho = rebinding_between(np.log(2) / 64, HALOPERIDOL)
    assert rho == pytest.approx(38.4, abs=0.1)
    assert apparent_koff(np.log(2) / 64, rho) == pytest.approx(HALOPERIDOL)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"theta": 1.0}, "theta is 1"),
        ({"koff_per_s": -1.0}, "koff_per_s is -1"),
        ({"pulse_s": 0.0}, "pulse_s is 0"),
        ({"pulses": 3}, "every_s is None"),
        ({"pulses": 3, "every_s": 0.1}, "at least pulse_s"),
        ({"rebinding": -0.5}, "rebinding is -0.5"),
    ],
)
def test_impossible_pulses_are_refused(more, words):
    good: dict[str, Any] = {
        "theta": 0.75, "koff_per_s": 0.02, "a_rest": 0.5, "a_pulse": 10.0, "pulse_s": 0.5,
    }  # fmt: skip
    with pytest.raises(CircuitError, match=words):
        displaced_by_pulses(**(good | more))
