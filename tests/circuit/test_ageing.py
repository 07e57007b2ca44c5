"""Ageing: named scenarios, and "35 % in the old" as arithmetic under its assumption."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.circuit import CircuitError, steady
from occupancy.circuit.ageing import (
    SCENARIOS,
    aged,
    dopamine_for_equal_effect,
    drug_free_signal_for,
    equal_effect_occupancy,
    in_aged,
)
from occupancy.circuit.basal_ganglia import basal_ganglia, eps_probability
from occupancy.circuit.catalogue import circuit
from occupancy.circuit.parameters import parameters_of
from occupancy.circuit.serotonin import serotonin
from occupancy.circuit.window_curves import window_curves

ages = st.floats(18.0, 100.0)
names = st.sampled_from(list(SCENARIOS))


def crossing(document, name):
    """Occupancy at which a curve first reaches one half."""
    curve = np.array(document["curves"][name])
    return float(np.interp(0.5, curve, document["occupancy"]))


def test_35_percent_in_the_old_is_arithmetic_under_less_dopamine():
    assert drug_free_signal_for(0.35, 0.65) == pytest.approx(0.35 / 0.65)
    assert drug_free_signal_for(0.35, 0.65) == pytest.approx(0.538, abs=5e-4)
    assert equal_effect_occupancy(0.65, 0.35 / 0.65) == pytest.approx(0.35)
    # 46 % less bound dopamine takes 59 % less dopamine at 20 nM over 30, 79 % at 100 over 30.
    assert 1 - dopamine_for_equal_effect(0.35, 0.65, 20 / 30) == pytest.approx(0.59, abs=0.005)
    assert 1 - dopamine_for_equal_effect(0.35, 0.65, 100 / 30) == pytest.approx(0.79, abs=0.005)


def test_35_percent_holds_in_the_scenario_that_assumes_it_and_in_no_other():
    young = aged("receptors", 25.0).signals(d2=0.65)["d2_signal"]
    for name in SCENARIOS:
        old = aged(name, 75.0).signals(d2=0.35)["d2_signal"]
        if name == "less-dopamine":
            assert old == pytest.approx(young)
        else:
            assert old > 1.4 * young


@given(names, ages)
def test_densities_fall_with_age_and_are_one_in_youth(name, age):
    here, later = aged(name, age), aged(name, min(age + 5.0, 100.0))
    for what in ("d1", "d2", "dat", "sert", "ht2a"):
        assert 0.0 < getattr(later, what) <= getattr(here, what) <= 1.0
    if age <= 25.0:
        assert (here.d1, here.d2, here.dopamine, here.dat) == (1.0, 1.0, 1.0, 1.0)
        assert here.signals() == {"d1_signal": 1.0, "d2_signal": 1.0}


def test_losses_are_those_of_the_studies():
    old = aged("receptors", 75.0)
    assert old.d2 == pytest.approx(0.96**5)
    assert old.dat == pytest.approx(0.934**5)
    assert old.dopamine == 1.0
    # People of 61 to 76 years had 57 % fewer 5-HT2A receptors than those of 18 to 29.
    assert 1.0 - aged("receptors", 68.5).ht2a == pytest.approx(0.57, abs=0.03)
    # SERT fell by 29.5 % from 18 to 88 years.
    assert pytest.approx(0.295, abs=0.04) == 1.0 - 0.958**7


def test_fewer_transporters_make_up_for_fewer_receptors():
    plain, both = (aged(n, 75.0) for n in ("receptors", "receptors-and-transporters"))
    assert both.dopamine == pytest.approx(1 / 0.934**5, rel=0.01)
    without, with_dat = plain.signals()["d2_signal"], both.signals()["d2_signal"]
    assert without == pytest.approx(0.96**5)
    assert abs(with_dat - 1.0) < 0.3 * (1.0 - without)


@given(names, ages, st.floats(0.0, 1.0))
def test_an_antagonist_leaves_its_share_of_the_aged_signal(name, age, theta):
    one = aged(name, age)
    none, held = one.signals()["d2_signal"], one.signals(d2=theta)["d2_signal"]
    assert held == pytest.approx((1.0 - theta) * none)


def test_parkinsonism_comes_at_lower_occupancy_when_receptors_fall():
    young, old = window_curves(), window_curves(aged=aged("receptors", 75.0))
    assert crossing(young, "parkinsonism") == pytest.approx(0.78, abs=2e-3)
    # D1 falls as well, so the threshold lies below 1 - 0.22 / 0.96^5 = 0.730; in people of 50
    # years and more signs went with 70 % or more (Uchida 2012).
    assert 0.60 < crossing(old, "parkinsonism") < 1 - 0.22 / 0.96**5
    assert crossing(old, "response") == pytest.approx(1 - 0.35 / 0.96**5, abs=2e-3)
    p = parameters_of(basal_ganglia())
    assert eps_probability(1.0, 0.22, p) == pytest.approx(0.5)
    assert old["scenario"] == "receptors"
    assert any("hypothesis" in one for one in old["caveats"])


def test_fewer_transporters_leave_less_to_block():
    c = serotonin()
    old = aged("receptors", 75.0).serotonin_parameters(c.parameters)
    assert old["other_terminal"] == pytest.approx(0.2 / (0.2 + 0.8 * 0.958**5))
    young_at, old_at = (steady(c, {"sert": 0.8}, p)["serotonin"] for p in ({}, old))
    assert old_at < young_at
    assert steady(c, {}, old)["serotonin"] == pytest.approx(1.0)


def test_refusals():
    with pytest.raises(CircuitError, match="receptors, receptors-and-transporters, less-dopamine"):
        aged("older", 70.0)
    with pytest.raises(CircuitError, match="age is 12"):
        aged("receptors", 12.0)
    with pytest.raises(CircuitError, match="above zero"):
        aged("receptors", 70.0, a=0.0)
    with pytest.raises(CircuitError, match="theta_old is 1"):
        dopamine_for_equal_effect(1.0, 0.5, 1.0)
    with pytest.raises(CircuitError, match="hold 250 %"):
        dopamine_for_equal_effect(0.9, 0.5, 1.0)


def test_age_scales_the_signals_that_are_left():
    brain, ganglia = aged("receptors", 75.0), circuit("gpr")
    old = in_aged(ganglia, brain, {"d2_signal": 0.35}, {})
    assert old.inputs == {
        "d1_signal": pytest.approx(brain.d1),
        "d2_signal": pytest.approx(0.35 * brain.d2),
    }
    assert old.inputs["d2_signal"] == pytest.approx(brain.signals(d2=0.65)["d2_signal"])
    assert old.parameters == {}
    assert "75 years under the scenario receptors" in old.notes[0]
    assert set(brain.caveats) <= set(old.notes)


def test_fewer_transporters_leave_more_dopamine_outside():
    brain, terminal = aged("receptors-and-transporters", 75.0), circuit("dopamine")
    old = in_aged(terminal, brain, {"vmat2": 0.5}, {})
    assert old.inputs == {"vmat2": 0.5}
    young, later = steady(terminal, {}), steady(terminal, {}, old.parameters)
    assert later["extracellular"][0] > 1.1 * young["extracellular"][0]
    doubled = in_aged(
        terminal, brain, {}, {"DAT_Vmax": 2.0 * terminal.parameters["DAT_Vmax"].value}
    )
    assert doubled.parameters["DAT_Vmax"] == pytest.approx(2.0 * old.parameters["DAT_Vmax"])


def test_serotonin_ages_in_every_scenario():
    for name in SCENARIOS:
        brain, chosen = aged(name, 80.0), circuit("serotonin")
        old = in_aged(chosen, brain, {"sert": 0.8}, {})
        assert old.parameters == brain.serotonin_parameters(chosen.parameters)
        blocked = steady(chosen, old.inputs, old.parameters)["serotonin"][0]
        assert blocked < steady(chosen, {"sert": 0.8})["serotonin"][0]


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("dyskinesia", "receptors"),
        ("dopamine", "receptors"),
        ("dopamine-burst", "receptors-and-transporters"),
    ],
)
def test_a_circuit_that_age_leaves_as_it_is_refuses(name, scenario):
    with pytest.raises(CircuitError, match=f"changes nothing in circuit '{name}'"):
        in_aged(circuit(name), aged(scenario, 70.0), {}, {})
