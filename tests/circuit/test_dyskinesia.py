"""Supersensitivity and tardive dyskinesia: checks D1 to D8, published figures, incidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.circuit import CircuitError, run, steady
from occupancy.circuit.dyskinesia import DYSKINESIA, drive, score
from occupancy.circuit.incidence import incidence
from occupancy.circuit.parameters import inputs_of, parameters_of
from occupancy.engine import InputCourse

day, week, year = 24.0, 168.0, 8766.0
PEOPLE = 24


@pytest.fixture(autouse=True)
def _jax() -> None:
    pytest.importorskip("jax", reason="the stiff driver needs JAX")


def histories(seed: int, points: int = 12, span_h: float = 3 * year, **fixed: Any) -> InputCourse:
    """Random stretches of block, each of its own length and depth, for several people."""
    rng = np.random.default_rng(seed)
    grid = np.concatenate([[0.0], np.sort(rng.uniform(0.05, 1.0, points - 1)) * span_h])
    values: dict[str, Any] = {"d2": rng.uniform(0.0, 0.95, (points, PEOPLE))}
    values |= {name: np.full(points, x) for name, x in fixed.items()}
    return InputCourse(grid, values, "constant")


def spread(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "u_max": rng.uniform(0.2, 1.0, PEOPLE), "tau_R": rng.uniform(10, 60, PEOPLE),
        "saturation": rng.uniform(0, 10, PEOPLE), "k_G": rng.uniform(0.3, 10, PEOPLE),
        "tau_G": rng.uniform(0.5, 10, PEOPLE), "a_rest": rng.uniform(0.1, 1, PEOPLE),
    }  # fmt: skip


def patient(sensitivity: float = 3.0, **inputs: float) -> Any:
    """R, G, AIMS, placebo of somebody whose gain alone makes R (1 + G), settled under inputs."""
    p = parameters_of(DYSKINESIA)
    G = sensitivity - 1.0
    AIMS = score(drive(1.0, G, p, inputs_of(DYSKINESIA, inputs)), p)
    return np.array([1.0, G, float(AIMS), 0.0])


LASTING = {"tau_G": 1e4, "k_G": 0.0}


@pytest.mark.parametrize("seed", range(3))
def test_D1_adaptation_never_falls_below_normal_under_antagonists(seed):
    course = run(DYSKINESIA, histories(seed), np.linspace(0, 3 * year, 120), spread(seed))
    assert course["R"].min() >= 1.0 - 1e-7
    assert course["G"].min() >= -1e-7


@given(d2=st.floats(0.0, 1.0), extra=st.floats(0.0, 1.0), a=st.floats(0.1, 1.0))
def test_D1_a_partial_agonist_that_gives_as_much_signal_raises_no_receptors(d2, extra, a):
    # E >= E0 for efficacy of at least the share of receptors that dopamine holds at rest
    least = a / (1 + a)
    efficacy = min(1.0, least + extra + 1e-9)
    found = steady(DYSKINESIA, {"d2": d2, "efficacy": efficacy}, {"a_rest": a})
    assert found["R"][0] <= 1.0 + 1e-9
    assert found["signal"][0] >= 1.0 - 1e-6


def test_D2_withdrawal_unmasks_and_settles_with_the_time_constant_of_receptors():
    off = 180 * day
    course = run(
        DYSKINESIA, InputCourse([0.0, off], {"d2": [0.75, 0.0]}, "constant"),
        off + np.array([0.0, 14.0, 60.0, 300.0]) * day,
    )  # fmt: skip
    S = course["signal"][:, 0]
    np.testing.assert_allclose(S[:3], [1.36, 1.19, 1.02], atol=0.005)
    excess = S - 1.0
    np.testing.assert_allclose(excess[1:3] / excess[0], np.exp(-np.array([14, 60]) / 21), rtol=1e-4)
    assert excess[3] < 1e-5


def test_D2_the_published_rise_after_withdrawal_fits_several_time_constants():
    # +34 % two weeks after withdrawal: 1.66 at withdrawal if tau is 21 days, 1.43 if 60
    for tau, before in ((21, 1.66), (60, 1.43)):
        y0 = np.array([before, 0.0, 1.0, 0.0])
        course = run(DYSKINESIA, {}, [14 * day], {"tau_R": tau, "delta": 2.0}, y0=y0)
        assert course["R"][0, 0] == pytest.approx(1.34, abs=0.005)


def test_D2_density_under_block_follows_the_computed_table():
    times = np.array([14, 28, 60, 180]) * day
    course = run(DYSKINESIA, {"d2": 0.75}, times)
    np.testing.assert_allclose(course["R"][:, 0], [1.19, 1.28, 1.35, 1.36], atol=0.005)
    levels = steady(DYSKINESIA, {"d2": np.array([0.4, 0.65, 0.75, 0.85])})
    np.testing.assert_allclose(levels["R"], [1.165, 1.30, 1.363, 1.432], atol=0.001)


def test_D3_a_vmat2_inhibitor_quiets_movements_and_they_return_when_it_stops():
    y0 = patient()
    assert y0[2] == pytest.approx(10.0, abs=0.05)
    stop = 40 * week
    tau = DYSKINESIA.parameters["tau_AIMS"].value * day
    on = np.linspace(0.0, stop, 40)
    off = stop + np.linspace(0.0, 3 * tau, 20)
    course = run(
        DYSKINESIA, InputCourse([0.0, stop], {"vmat2": [0.5, 0.0]}, "constant"),
        np.concatenate([on, off]), LASTING, y0=y0,
    )  # fmt: skip
    AIMS = course["AIMS"][:, 0]
    assert (np.diff(AIMS[:40]) < 0).all()
    assert AIMS[39] == pytest.approx(6.9, abs=0.05)
    assert (np.diff(AIMS[40:]) > 0).all()
    gap = (y0[2] - AIMS[-1]) / (y0[2] - AIMS[39])
    assert gap == pytest.approx(np.exp(-3), rel=0.02)
    np.testing.assert_allclose(course["R"], 1.0, atol=1e-9)
    np.testing.assert_allclose(course["G"][:, 0], y0[1], rtol=1e-3)


def test_D3_washout_of_four_weeks_leaves_half_of_the_effect():
    stop = 2 * year
    course = run(
        DYSKINESIA, InputCourse([0.0, stop], {"vmat2": [0.5, 0.0]}, "constant"),
        [stop, stop + 4 * week], LASTING, y0=patient(),
    )  # fmt: skip
    effect = patient()[2] - course["AIMS"][:, 0]
    assert effect[1] / effect[0] == pytest.approx(0.49, abs=0.01)


def test_D3_the_axis_is_residual_transport():
    transport = np.array([1.0, 0.5, 0.25, 0.1])
    course = run(DYSKINESIA, {"vmat2": 1.0 - transport}, [2 * year], LASTING, y0=patient())
    np.testing.assert_allclose(course["residual_transport"][0], transport)
    # each halving of what is left matters, though occupancy then moves by ever fewer points
    assert (np.diff(course["AIMS"][0]) < -1.5).all()


def test_D3_if_adaptation_sees_the_depletion_there_is_tolerance():
    times = np.linspace(0.0, year, 20)
    y0 = patient()
    blind = run(DYSKINESIA, {"vmat2": 0.5}, times, LASTING, y0=y0)
    seeing = run(DYSKINESIA, {"vmat2": 0.5}, times, LASTING | {"tonic_share": 1.0}, y0=y0)
    assert seeing["R"][-1, 0] > 1.1
    assert seeing["AIMS"][-1, 0] > blind["AIMS"][-1, 0] + 0.5


@pytest.mark.parametrize("seed", range(3))
def test_D4_a_higher_dose_masks_while_adaptation_goes_on(seed):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0.4, 0.7, PEOPLE)
    high = low + rng.uniform(0.1, 0.25, PEOPLE)
    change = 2 * year
    times = np.concatenate([[change], change + np.linspace(3, 25, 8) * day])
    course = run(
        DYSKINESIA, InputCourse([0.0, change], {"d2": np.stack([low, high])}, "constant"), times
    )
    assert (np.diff(course["AIMS"], axis=0)[:4] < 0).all()
    assert (np.diff(course["R"], axis=0) > 0).all()
    assert (np.diff(course["G"], axis=0) > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_D5_density_is_bounded(seed):
    parameters = spread(seed)
    course = run(DYSKINESIA, histories(seed + 10), np.linspace(0, 3 * year, 120), parameters)
    assert (course["R"] <= 1.0 + parameters["u_max"] + 1e-7).all()
    assert steady(DYSKINESIA, {"d2": 1.0})["R"][0] == pytest.approx(
        1.0 + DYSKINESIA.parameters["u_max"].value, rel=1e-9
    )


def density_after(saturation: float, high: float, share: float) -> tuple[float, float]:
    """R after 120 days of continuous block, and of a daily pulse with the same mean."""
    days = np.arange(120.0)
    grid = np.sort(np.concatenate([days * day, (days + share) * day]))
    pulsed = np.tile([high, 0.1], days.size)
    mean = share * high + (1 - share) * 0.1
    both = np.stack([np.full(grid.size, mean), pulsed], axis=1)
    course = run(
        DYSKINESIA, InputCourse(grid, {"d2": both}, "constant"), [120 * day],
        {"saturation": saturation},
    )  # fmt: skip
    continuous, intermittent = course["R"][0]
    return float(continuous), float(intermittent)


@pytest.mark.parametrize(("high", "share"), [(0.9, 0.5), (0.85, 0.4)])
def test_D6_intermittent_block_raises_fewer_receptors_if_the_stimulus_saturates(high, share):
    # with max(0, 1 - S) alone, which is convex in occupancy, the opposite holds (Jensen)
    continuous, intermittent = density_after(20.0, high, share)
    assert intermittent < continuous - 0.02
    continuous, intermittent = density_after(0.0, high, share)
    assert intermittent > continuous


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_D7_scores_stay_within_their_range(seed):
    rng = np.random.default_rng(seed)
    inputs = histories(seed + 20, trial=1.0, site_rater=1.0, anticholinergic=1.0)
    parameters = spread(seed) | {
        "sensitivity_reference": rng.uniform(0.3, 3, PEOPLE), "rater_gain": 1.5,
    }  # fmt: skip
    course = run(DYSKINESIA, inputs, np.linspace(0, 3 * year, 120), parameters)
    for name in ("AIMS", "AIMS_target", "AIMS_observed"):
        assert course[name].min() >= -1e-6
        assert course[name].max() <= 28.0 + 1e-6


@settings(max_examples=30, deadline=None)
@given(
    d2=st.floats(0.0, 0.9), vmat2=st.floats(0.0, 0.8), dopamine=st.floats(0.3, 2.0),
    more=st.floats(1.05, 2.0),
)  # fmt: skip
def test_D8_dopamine_moves_parkinsonism_and_dyskinesia_apart(d2, vmat2, dopamine, more):
    p = parameters_of(DYSKINESIA)
    y = [1.3, 2.0, 10.0, 0.0]

    def at(**more_inputs: float) -> Any:
        u = inputs_of(DYSKINESIA, {"d2": d2, "vmat2": vmat2, **more_inputs})
        return DYSKINESIA.outputs(y, p, u)

    less, greater = at(dopamine=dopamine), at(dopamine=dopamine * more)
    assert greater["AIMS_target"] > less["AIMS_target"]
    # beyond what a number can hold apart, the probability is already 0 or 1
    assert greater["parkinsonism"] <= less["parkinsonism"]
    if 1e-6 < less["parkinsonism"] < 1 - 1e-6:
        assert greater["parkinsonism"] < less["parkinsonism"]
    helped = at(dopamine=dopamine, anticholinergic=1.0)
    assert helped["AIMS_target"] > less["AIMS_target"]
    assert helped["parkinsonism"] <= less["parkinsonism"]


def test_dyskinesia_on_a_continuing_drug_needs_the_downstream_gain():
    times = [8 * year]
    with_gain = run(DYSKINESIA, {"d2": 0.7}, times)["AIMS"][0, 0]
    without = run(DYSKINESIA, {"d2": 0.7}, times, {"k_G": 0.0})["AIMS"][0, 0]
    healthy = steady(DYSKINESIA)["AIMS"][0]
    assert healthy < 1.0
    assert with_gain > 4.0
    assert without < healthy


def test_stopping_unmasks_what_the_drug_hid():
    stop = 5 * year
    course = run(
        DYSKINESIA, InputCourse([0.0, stop], {"d2": [0.75, 0.0]}, "constant"),
        [stop, stop + 45 * day, stop + 10 * year],
    )  # fmt: skip
    on, unmasked, years_later = course["AIMS"][:, 0]
    assert unmasked > 1.5 * on
    assert years_later < 0.5 * unmasked


def test_halving_dopamine_takes_three_points_of_ten():
    found = score(np.array([100 / 130, 50 / 80]), parameters_of(DYSKINESIA))
    np.testing.assert_allclose(found, [10.0, 6.9], atol=0.05)


def test_raters_on_site_and_placebo_are_terms_of_their_own():
    times = [6 * week]
    plain = run(DYSKINESIA, {}, times, LASTING, y0=patient())
    trial = run(DYSKINESIA, {"trial": 1.0}, times, LASTING, y0=patient())
    site = run(DYSKINESIA, {"trial": 1.0, "site_rater": 1.0}, times, LASTING, y0=patient())
    np.testing.assert_allclose(plain["AIMS"], trial["AIMS"], rtol=1e-6)
    fall = plain["AIMS_observed"][0, 0] - trial["AIMS_observed"][0, 0]
    assert fall == pytest.approx(0.1, abs=0.01)  # placebo arm at week 6, central video
    assert site["AIMS_observed"][0, 0] > 1.2 * trial["AIMS_observed"][0, 0]


def test_the_pet_threshold_is_where_parkinsonism_is_as_likely_as_not():
    at = inputs_of(DYSKINESIA, {"d2": np.array([0.65, 0.78, 0.88])})
    outputs = DYSKINESIA.outputs([1.0, 0.0, 1.0, 0.0], parameters_of(DYSKINESIA), at)
    risk = outputs["parkinsonism"]
    assert risk[1] == pytest.approx(0.5, abs=1e-9)
    assert risk[0] < 0.05
    assert risk[2] > 0.9


@pytest.mark.parametrize(
    ("drug_class", "age", "percent"),
    [("FGA", "all", 6.5), ("SGA", "all", 2.6), ("SGA", "children", 0.35),
     ("SGA", "adults", 2.98), ("FGA", "adults", 7.7), ("SGA", "elderly", 5.2)],
)  # fmt: skip
def test_incidence_by_class_and_age(drug_class, age, percent):
    found = incidence(drug_class, age)
    assert 100 * found.per_year == pytest.approx(percent)
    assert found.share_after(0.0) == 0.0
    assert 100 * found.share_after(1.0) == pytest.approx(100 * -np.expm1(-percent / 100))
    assert found.share_after(1e4) == pytest.approx(1.0)


def test_pooled_rates_agree_with_their_ratio_within_its_interval():
    from occupancy.evidence import circuit_record

    ratio = {one.name: one for one in circuit_record("dyskinesia").figure}["rate_ratio_SGA_FGA"]
    assert ratio.low is not None
    assert ratio.high is not None
    assert ratio.low < incidence("SGA").per_year / incidence("FGA").per_year < ratio.high


def test_an_unknown_class_is_refused():
    with pytest.raises(CircuitError, match="TGA"):
        incidence("TGA")
    with pytest.raises(CircuitError, match="years is -1"):
        incidence("SGA").share_after(-1.0)
