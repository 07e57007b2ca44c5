"""Action selection: published network, its fixed point and the checks G1, G2, G3, G5, G6."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beside import reference
from occupancy.circuit.gpr import gpr_drive, gpr_steady, selected, selection_margin

P = {
    "m": 1.0,
    "lambda": 0.2,
    "e_d1": 0.2,
    "e_d2": 0.2,
    "e_stn": -0.25,
    "e_gpe": -0.2,
    "e_gpi": -0.2,
    "w_stn": 0.9,
    "w_gpe_stn": 1.0,
    "w_d2_gpe": 1.0,
    "w_gpe_gpi": 0.3,
    "w_d1_gpi": 1.0,
}
TWO = np.array([0.4, 0.6, 0.0, 0.0, 0.0, 0.0])
saliences = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8)
signals = st.floats(0.0, 2.0)


def stepped(salience, s1, s2, dt_s, steps):
    a = np.zeros((5, len(salience)))
    for _ in range(steps):
        u, _ = gpr_drive(a, salience, s1, s2, P)
        a = (a - u) * np.exp(-25.0 * dt_s) + u
    return gpr_drive(a, salience, s1, s2, P)[1]


@pytest.mark.parametrize(
    ("d2_signal", "gpi"),
    [
        (1.0, (0.2335, 0.0415, 0.4775)),
        (0.5, (0.268, 0.082, 0.5)),
        (0.35, (0.27835, 0.09415, 0.50675)),
        (0.2, (0.2887, 0.1063, 0.5135)),
        (0.0, (0.3025, 0.1225, 0.5225)),
    ],
)
def test_internal_pallidum_of_two_actions(d2_signal, gpi):
    np.testing.assert_allclose(gpr_steady(TWO, 1.0, d2_signal, P).gpi[:3], gpi, atol=1e-9)


def test_no_action_and_one_action():
    none = gpr_steady(np.zeros(6), 1.0, 1.0, P)
    np.testing.assert_allclose(none.stn, 0.0078125, atol=1e-12)
    np.testing.assert_allclose(none.gpe, 0.2421875, atol=1e-12)
    np.testing.assert_allclose(none.gpi, 0.16953125, atol=1e-12)
    one = gpr_steady(np.array([0.4, 0, 0, 0, 0, 0]), 1.0, 1.0, P).gpi
    np.testing.assert_allclose(one, [0.085, 0.329, 0.329, 0.329, 0.329, 0.329], atol=6e-4)


@pytest.mark.reference
def test_vectors_of_the_reference_file():
    path = reference("reference/models/mechanism_vectors.json")
    vectors = json.loads(path.read_text())["gpr_gpi"]
    assert len(vectors) >= 7
    for name, gpi in vectors.items():
        lam_g = float(name.split("lam_g ")[1].split(",")[0])
        got = gpr_steady(TWO, 1.0, lam_g / 0.2, P).gpi
        np.testing.assert_allclose(got, gpi, atol=1e-6)


@given(saliences, signals, signals)
def test_fixed_point_is_one(salience, s1, s2):
    c = np.array(salience)
    out = gpr_steady(c, s1, s2, P)
    total = out.stn.sum()
    gpe = np.clip(0.9 * total - out.d2 + 0.2, 0, 1)
    np.testing.assert_allclose(out.gpe, gpe, atol=1e-12)
    np.testing.assert_allclose(out.stn, np.clip(c - gpe + 0.25, 0, 1), atol=1e-12)
    np.testing.assert_allclose(
        out.gpi, np.clip(0.9 * total - 0.3 * gpe - out.d1 + 0.2, 0, 1), atol=1e-12
    )


@given(saliences, st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_G1_less_d2_signal_presses_the_brake(salience, one, other):
    less, more = sorted((one, other))
    low, high = (gpr_steady(np.array(salience), 1.0, s2, P) for s2 in (less, more))
    assert (low.d2 >= high.d2 - 1e-12).all()
    assert (low.gpi >= high.gpi - 1e-12).all()
    assert low.stn.sum() >= high.stn.sum() - 1e-12
    # External pallidum falls where an action asks; elsewhere the subthalamic nucleus lifts it.
    winner = int(np.argmax(salience))
    assert low.gpe[winner] <= high.gpe[winner] + 1e-12


def test_G1_is_strict_for_two_actions():
    s2 = np.linspace(0.0, 1.0, 41)
    out = gpr_steady(TWO[:, None], 1.0, s2, P)
    assert (np.diff(out.d2[1]) < 0).all()
    assert (np.diff(out.stn.sum(axis=0)) < 0).all()
    assert (np.diff(out.gpe[:2], axis=1) > 0).all()
    assert (np.diff(out.gpi, axis=1) < 0).all()


@given(saliences)
def test_G2_drug_free_signals_are_the_published_network(salience):
    c = np.array(salience)
    out = gpr_steady(c, 1.0, 1.0, P)
    np.testing.assert_allclose(out.d1, np.clip(1.2 * c - 0.2, 0, 1), atol=1e-12)
    np.testing.assert_allclose(out.d2, np.clip(0.8 * c - 0.2, 0, 1), atol=1e-12)


@pytest.mark.parametrize("s2", [0.0, 0.5, 1.0, 1.5])
def test_G3_halving_the_step_changes_nothing_at_rest(s2):
    coarse = stepped(TWO, 1.0, s2, 2e-3, 2000)
    fine = stepped(TWO, 1.0, s2, 1e-3, 4000)
    exact = gpr_steady(TWO, 1.0, s2, P)
    np.testing.assert_allclose(coarse, fine, atol=1e-6)
    np.testing.assert_allclose(fine[4], exact.gpi, atol=1e-9)
    np.testing.assert_allclose(fine[2], exact.stn, atol=1e-9)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8), st.floats(0.0, 1.0), signals)
def test_G5_the_most_salient_channel_has_the_lowest_output(salience, s1, s2):
    # Up to the drug-free D1 signal the "Go" unit cannot saturate; beyond it two strong actions
    # may share its ceiling, and the order is lost.
    c = np.array(salience)
    gpi = gpr_steady(c, s1, s2, P).gpi
    assert gpi[np.argmax(c)] <= gpi.min() + 1e-12


def test_G6_selection_fails_above_80_percent_loss():
    threshold = 0.106

    def at(loss):
        return gpr_steady(TWO, 1.0, 1.0 - loss, P).gpi

    assert selected(at(0.65), threshold).sum() == 1
    assert selected(at(0.65), threshold)[1]
    assert not selected(at(0.80), threshold).any()
    assert selection_margin(at(0.65), threshold) > 0 > selection_margin(at(0.80), threshold)
    losses = np.linspace(0, 1, 1001)
    margin = selection_margin(gpr_steady(TWO[:, None], 1.0, 1.0 - losses, P).gpi, threshold)
    assert losses[np.argmax(margin < 0)] == pytest.approx((0.106 - 0.0415) / 0.081, abs=0.0011)


def test_the_same_under_jax_with_derivative():
    jax = pytest.importorskip("jax")

    def winner(s2):
        return gpr_steady(jax.numpy.asarray(TWO), 1.0, s2, P).gpi[1]

    assert float(winner(jax.numpy.asarray(0.5))) == pytest.approx(0.082, abs=1e-6)
    slope = float(jax.grad(winner)(0.5))
    assert slope == pytest.approx(-0.081, abs=1e-6)
