"""Selection and rates as circuits: rest, drugs by signal, probability of parkinsonism."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.circuit import CircuitError, parameters_of, run, steady
from occupancy.circuit import basal_ganglia as rates
from occupancy.circuit import selection as choice
from occupancy.circuit.dopamine_signal import dopamine_signal
from occupancy.circuit.gpr import gpr_steady
from occupancy.circuit.mean_field import steady_rates

GPR = parameters_of(choice.selection())
RATES = parameters_of(rates.basal_ganglia())
NAMES = ("cortex", "striatal_d1", "striatal_d2", "gpi", "gpe", "stn", "thalamus", "reticular")
both = pytest.mark.parametrize(
    "eps",
    [
        lambda a, b: choice.eps_probability(a, b, GPR),
        lambda a, b: rates.eps_probability(a, b, RATES),
    ],
    ids=["gpr", "van_albada"],
)


def test_G2_circuits_rest_where_the_published_networks_do():
    at = steady(rates.basal_ganglia())
    for name, value in zip(
        NAMES,
        (12.031609, 7.394536, 3.470305, 68.525384, 47.627848, 28.224751, 13.858229, 27.686092),
        strict=True,
    ):
        assert at[f"{name}_rate"] == pytest.approx(value, rel=1e-6)
    assert at["gpi_change"] == pytest.approx(0.0, abs=1e-9)
    at = steady(choice.selection())
    assert at["brake_2"] == pytest.approx(0.0415, abs=1e-9)
    assert at["selected"] == 1.0


@pytest.mark.parametrize("pathways", ["d2-synapses", "d2-all"])
def test_G4_circuit_and_fixed_point_agree(pathways):
    s1, s2 = np.array([1.0, 0.6, 1.0, 0.2]), np.array([0.2, 0.6, 1.7, 0.0])
    at = steady(rates.basal_ganglia(pathways), {"d1_signal": s1, "d2_signal": s2})
    under = rates.parameters_under(s1, s2, RATES, pathways)
    phi = steady_rates(under, RATES)
    for i, name in enumerate(NAMES):
        np.testing.assert_allclose(at[f"{name}_rate"], phi[i], rtol=1e-8)
    assert (at["cortex_rate"] < 50).all()


def test_selection_circuit_and_fixed_point_agree():
    s2 = np.linspace(0.0, 1.5, 7)
    at = steady(choice.selection(), {"d2_signal": s2, "salience_3": 0.5})
    salience = np.array([0.4, 0.6, 0.5, 0, 0, 0])[:, None]
    exact = gpr_steady(salience, 1.0, s2, GPR).gpi
    for i in range(6):
        np.testing.assert_allclose(at[f"brake_{i + 1}"], exact[i], atol=1e-9)


def test_G6_selection_circuit():
    at = steady(choice.selection(), {"d2_signal": np.array([1.0, 0.35, 0.2])})
    np.testing.assert_array_equal(at["selected"], [1, 1, 0])


def test_rates_settle_in_time_to_the_fixed_point():
    ms = np.array([0.0, 50.0, 200.0, 1000.0]) / 3.6e6
    course = run(rates.basal_ganglia(), {"d2_signal": 0.2}, ms)
    assert course.end is not None
    np.testing.assert_allclose(course["gpi_rate"][-1], course.end["gpi_rate"], rtol=1e-6)
    assert course["gpi_rate"][0, 0] < course["gpi_rate"][-1, 0]


@both
def test_G1_probability_rises_with_blockade_and_is_half_at_the_threshold(eps):
    theta = np.linspace(0.0, 1.0, 21)
    probability = eps(1.0, 1.0 - theta)
    assert (np.diff(probability) > 0).all()
    assert eps(1.0, 1.0 - 0.78) == pytest.approx(0.5, abs=1e-9)
    assert eps(1.0, 1.0 - 0.65) < 0.03
    assert eps(1.0, 1.0 - 0.90) > 0.95


@both
@settings(max_examples=20, deadline=None)
@given(st.floats(0.8, 0.98), st.floats(0.2, 0.6))
def test_partial_agonists_by_signal_not_occupancy(eps, theta, efficacy):
    # With dopamine at half-occupancy, efficacy 0.2 leaves 2 * 0.2 * theta and more.
    antagonist = dopamine_signal(theta, 1.0)
    partial = dopamine_signal(theta, 1.0, efficacy=efficacy)
    assert eps(1.0, antagonist) > 0.5
    assert eps(1.0, partial) < 0.05


@both
@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 0.99), st.floats(0.1, 10.0))
def test_G7_depletion_raises_the_probability(eps, depletion, a):
    f = 1.0 - depletion
    s1, s2 = dopamine_signal(0.0, 0.1 * a, dopamine=f), dopamine_signal(0.0, a, dopamine=f)
    assert eps(s1, s2) >= eps(1.0, s2) > eps(1.0, 1.0)


@both
def test_G7_high_depletion_is_parkinsonism(eps):
    signal = dopamine_signal(0.0, 1.0, dopamine=0.05)
    assert eps(signal, signal) > 0.9


def test_G7_half_depletion_parts_the_two_networks():
    signal = dopamine_signal(0.0, 1.0, dopamine=0.5)
    assert signal == pytest.approx(2 / 3)
    assert rates.eps_probability(signal, signal, RATES) < 0.2
    # D1 weighs as much as D2 in the selection network: a third of both is too much for it.
    assert choice.eps_probability(signal, signal, GPR) > 0.8


@settings(max_examples=20, deadline=None)
@given(st.floats(1.01, 1.9))
def test_G8_supersensitivity_releases_the_brake(density):
    s2 = dopamine_signal(0.0, 1.0, density=density)
    assert rates.gpi_change(1.0, s2, RATES) < 0
    assert choice.task_brake(1.0, s2, GPR) < choice.task_brake(1.0, 1.0, GPR)


def test_both_records_hold_one_threshold():
    for name in ("eps_threshold", "eps_width"):
        one = choice.selection().parameters[name]
        other = rates.basal_ganglia().parameters[name]
        assert (one.value, one.cite, one.low, one.high) == (
            other.value, other.cite, other.low, other.high,
        )  # fmt: skip


def test_refusals():
    with pytest.raises(CircuitError, match="d2-synapses, d2-all"):
        rates.basal_ganglia("d3")
    with pytest.raises(CircuitError, match=r"'d2_signal' is -0\.1"):
        steady(rates.basal_ganglia(), {"d2_signal": -0.1})
    with pytest.raises(CircuitError, match="alpha"):
        steady(rates.basal_ganglia(), {}, {"alpha": -160.0})
    # A cortex that excites itself this much has only the saturated state.
    with pytest.raises(ValueError, match="50 /s"):
        steady(rates.basal_ganglia(), {}, {"nu_ee": 2.6})
