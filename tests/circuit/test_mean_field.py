"""Mean-field rates: published parameters, their fixed points and the checks G1 to G4, G7, G8."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beside import reference
from occupancy.circuit.dopamine_signal import dopamine_signal
from occupancy.circuit.mean_field import (
    POPULATIONS,
    SaturatedError,
    drive,
    firing_rate,
    parameters_under,
    parkinsonian,
    potential,
    rates,
    residual,
    steady_rates,
)

E, D1, D2, GPI, GPE, STN, RELAY, TRN = range(8)
P: dict[str, float] = {"sigma": 3.8, "phi_n": 10.0, "e_limit": 50.0}
_ROWS = {
    "e": (300, 14, 12.0), "d1": (65, 19, 7.4), "d2": (65, 19, 3.5), "p1": (250, 10, 68.5),
    "p2": (300, 9, 47.6), "z": (500, 10, 28.2), "s": (300, 13, 13.9), "r": (500, 13, 27.7),
}  # fmt: skip
for _name, (_q, _t, _s) in _ROWS.items():
    P |= {f"Qmax_{_name}": _q, f"theta_{_name}": _t, f"start_{_name}": _s}
P |= {
    "nu_ee": 1.6, "nu_ei": -1.9, "nu_es": 0.4, "nu_d1e": 1.0, "nu_d1d1": -0.3, "nu_d1s": 0.1,
    "nu_d2e": 0.7, "nu_d2d2": -0.3, "nu_d2s": 0.05, "nu_p1d1": -0.1, "nu_p1p2": -0.03,
    "nu_p1z": 0.3, "nu_p2d2": -0.3, "nu_p2p2": -0.1, "nu_p2z": 0.3, "nu_ze": 0.1,
    "nu_zp2": -0.04, "nu_se": 0.8, "nu_sp1": -0.03, "nu_sr": -0.4, "nu_sn": 0.5, "nu_re": 0.15,
    "nu_rs": 0.03,
    "nu_d1e_pd": 0.5, "nu_d2e_pd": 1.4, "nu_p2p2_pd": -0.07, "nu_ee_pd": 1.4, "nu_ei_pd": -1.6,
    "nu_p2d2_pd": -0.5, "theta_p2_pd": 8.0, "theta_z_pd": 9.0,
}  # fmt: skip

HEALTHY = (12.031609, 7.394536, 3.470305, 68.525384, 47.627848, 28.224751, 13.858229, 27.686092)
PARKINSON = (11.661247, 2.172319, 11.837785, 111.556482, 46.956729, 36.017981, 10.355906, 26.601168)
pathways = pytest.mark.parametrize("pathways", ["d2-synapses", "d2-all"])


def at(s1, s2, pathways="d2-synapses", p=P):
    return steady_rates(parameters_under(s1, s2, p, pathways), p)


def test_G4_healthy_and_parkinsonian_rates():
    np.testing.assert_allclose(steady_rates(P, P), HEALTHY, rtol=1e-6)
    np.testing.assert_allclose(steady_rates(parkinsonian(P), P), PARKINSON, rtol=1e-6)


@pytest.mark.reference
def test_G4_rates_of_the_reference_file():
    path = reference("reference/models/mechanism_vectors.json")
    stored = json.loads(path.read_text())["van_albada_fixed_points_per_s"]
    assert tuple(stored["order"]) == POPULATIONS
    np.testing.assert_allclose(steady_rates(P, P), stored["healthy"], rtol=1e-2)
    np.testing.assert_allclose(steady_rates(parkinsonian(P), P), stored["parkinsonian"], rtol=1e-2)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 2), st.floats(0, 2), st.integers(0, 2**31))
def test_G4_never_the_saturated_branch(s1, s2, seed):
    factor = np.random.default_rng(seed).uniform(0.9, 1.1, (len(P), 20))
    varied = {n: v * factor[i] if n.startswith("nu_") else v for i, (n, v) in enumerate(P.items())}
    target = parameters_under(s1, s2, varied)
    try:
        phi = steady_rates(target, varied)
    except SaturatedError:
        return
    assert (phi[E] < 50).all()
    assert (phi > 0).all()


def test_G4_the_saturated_branch_exists_and_is_refused():
    v = np.array([potential(0.97 * P[f"Qmax_{n}"], P[f"Qmax_{n}"], 0, 3.8) for n in POPULATIONS])
    v = v + np.array([P[f"theta_{n}"] for n in POPULATIONS])
    for _ in range(4000):
        v = v + 0.05 * residual(v, P)
    assert np.abs(residual(v, P)).max() < 1e-6
    assert rates(v, P)[E] > 250
    # A cortex that excites itself this much has no other fixed point.
    with pytest.raises(SaturatedError, match="50 /s"):
        steady_rates({**P, "nu_ee": 2.6}, P)


@pathways
def test_G1_less_d2_signal_presses_the_brake(pathways):
    s2 = np.linspace(0.0, 1.0, 41)
    phi = at(1.0, s2, pathways)
    for population, sign in ((D2, -1), (STN, -1), (GPI, -1), (RELAY, 1)):
        assert (sign * np.diff(phi[population]) > 0).all(), POPULATIONS[population]
    # With thresholds and its own inhibition moved too, the external pallidum rises instead.
    assert ((1 if pathways == "d2-synapses" else -1) * np.diff(phi[GPE]) > 0).all()


def test_D2_loss_alone_is_smooth_and_never_the_parkinsonian_state():
    loss = np.array([0.65, 0.8, 0.9, 1.0])
    rise = at(1.0, 1 - loss)[GPI] / HEALTHY[GPI] - 1
    np.testing.assert_allclose(rise, [0.15, 0.20, 0.23, 0.26], atol=0.005)
    rise = at(1.0, 1 - loss, "d2-all")[GPI] / HEALTHY[GPI] - 1
    np.testing.assert_allclose(rise, [0.18, 0.23, 0.27, 0.31], atol=0.005)
    assert rise[-1] < PARKINSON[GPI] / HEALTHY[GPI] - 1


@pathways
def test_G2_drug_free_signals_reproduce_rest(pathways):
    np.testing.assert_array_equal(at(1.0, 1.0, pathways), steady_rates(P, P))


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 2), st.floats(0, 2), st.sampled_from(["d2-synapses", "d2-all"]))
def test_G3_residual_at_the_fixed_point(s1, s2, which):
    p = parameters_under(s1, s2, P, which)
    phi = steady_rates(p, P)
    v = np.array(
        [potential(phi[i], P[f"Qmax_{n}"], p[f"theta_{n}"], 3.8) for i, n in enumerate(POPULATIONS)]
    )
    assert np.abs(drive(phi, p) - v).max() < 1e-9


@given(st.floats(0.05, 0.95), st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_G7_depletion_lowers_both_signals_and_presses_the_brake(depletion, a):
    f = np.array([1.0, 1.0 - 0.5 * depletion, 1.0 - depletion])
    s1 = dopamine_signal(0.0, 0.1 * a, dopamine=f)
    s2 = dopamine_signal(0.0, a, dopamine=f)
    assert (np.diff(s1) < 0).all()
    assert (np.diff(s2) < 0).all()
    phi = at(s1, s2)
    assert (np.diff(phi[GPI]) > 0).all()
    assert (phi[GPI] >= at(1.0, s2)[GPI]).all()


@given(st.floats(1.01, 1.9))
@settings(max_examples=25, deadline=None)
def test_G8_supersensitive_receptors_release_the_brake(density):
    s2 = dopamine_signal(0.0, 1.0, density=density)
    assert s2 == pytest.approx(density)
    phi = at(1.0, s2)
    assert phi[GPI] < HEALTHY[GPI]
    assert phi[RELAY] > HEALTHY[RELAY]


@given(st.floats(0.01, 290))
def test_potential_inverts_firing_rate(phi):
    assert firing_rate(potential(phi, 300, 14, 3.8), 300, 14, 3.8) == pytest.approx(phi)


def test_an_unknown_pathway_is_named():
    with pytest.raises(ValueError, match="d2-synapses"):
        parameters_under(1.0, 1.0, P, "d3")


def test_the_same_under_jax():
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:

        def pallidum(s2):
            return steady_rates(parameters_under(1.0, s2, P), P)[GPI]

        value = float(pallidum(jax.numpy.asarray(0.2)))
        slope = float(jax.grad(pallidum)(0.5))
    finally:
        jax.config.update("jax_enable_x64", before)
    assert value == pytest.approx(at(1.0, 0.2)[GPI], rel=1e-9)
    step = (at(1.0, 0.5 + 1e-4) - at(1.0, 0.5 - 1e-4))[GPI] / 2e-4
    assert slope == pytest.approx(step, rel=1e-5)
