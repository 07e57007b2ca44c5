"""Steady state against long runs, conservation and closed forms; half-lives."""

from __future__ import annotations

import numpy as np
import pytest

from occupancy.kinetics import (
    DeepSite,
    Doses,
    EffectSite,
    Formation,
    Input,
    Species,
    System,
    average_concentration,
    effective_half_life,
    half_life,
    simulate,
    steady_state,
    terminal_half_life,
)

CL = np.array([6.0, 12.0, 25.0])
X = Species("x", CL, np.array([40.0, 60.0, 90.0]), Q=20.0, V2=150.0, dosed=1.0)
M = Species("m", 6.0, 30.0, formed_from=(Formation("x", 0.4),))
SITE = EffectSite("brain", "x", keo=0.2, Kp=4.0, deep=DeepSite("deep", 0.1, 0.05, 0.02))

INPUTS = {
    "bolus": Input(),
    "oral": Input(ka=np.array([0.4, 1.0, 2.0])),
    "oral, lag per draw": Input(ka=1.0, lag_h=np.array([0.2, 1.0, 5.0])),
    "lag longer than the interval": Input(ka=1.0, lag_h=np.array([30.0, 24.0, 55.5])),
    "infusion": Input(duration_h=3.0),
    "release longer than the interval": Input(duration_h=43.0, ka=0.3),
    "release per draw": Input(duration_h=np.array([2.0, 24.0, 100.0])),
    "release after a long lag": Input(duration_h=60.0, lag_h=50.0, ktr=0.5, n_transit=2),
}


@pytest.mark.parametrize("path", INPUTS.values(), ids=INPUTS.keys())
def test_equals_the_limit_of_a_long_run(path):
    system = System((X, M), (path, Input(ka=0.1, fraction=0.5, name="second")), (SITE,))
    cycle = Doses([0.0, 5.0, 13.7], [1.0, 3.0, 2.0])
    tau, cycles = 24.0, 120
    steady = steady_state(system, cycle, tau)
    k = np.arange(cycles)[:, None]
    doses = Doses((k * tau + cycle.time_h).ravel(), np.tile(cycle.amount_mg, cycles))
    phase = np.linspace(0.0, 23.9, 47)
    long = simulate(system, doses, (cycles - 1) * tau + phase)
    np.testing.assert_allclose(steady.concentrations(phase), long.values, rtol=1e-10)

    going_on = simulate(
        system,
        Doses((k[:10] * tau + cycle.time_h).ravel(), np.tile(cycle.amount_mg, 10)),
        np.concatenate([phase, 5 * tau + phase, 9 * tau + phase]),
        initial=steady.state,
    )
    np.testing.assert_allclose(going_on.values, np.tile(long.values, 3), rtol=1e-10)


@pytest.mark.parametrize("path", INPUTS.values(), ids=INPUTS.keys())
def test_average_is_dose_over_clearance(path):
    system = System((X, M), (path,), (SITE,))
    steady = steady_state(system, Doses([0.0, 8.0], [4.0, 2.0]), 24.0, bioavailability=0.7)
    expected = 1000 * 0.7 * 6.0 / (CL * 24.0)
    np.testing.assert_allclose(steady.average("x"), expected, rtol=1e-13)
    np.testing.assert_allclose(steady.average("m"), expected * 0.4 * CL / 6.0, rtol=1e-13)
    deep = 0.1 / 0.07 / (0.2 + 0.1 - 0.02 * 0.1 / 0.07)
    np.testing.assert_allclose(steady.average("deep"), expected * 0.8 * deep, rtol=1e-13)
    x, w = np.polynomial.legendre.leggauss(24)
    edges = np.linspace(0.0, 24.0, 193)
    phase = (edges[:-1, None] + (x + 1) * (24.0 / 192 / 2)).ravel()
    mean = steady.concentrations(phase) @ np.tile(w, 192) / (2 * 192)
    np.testing.assert_allclose(mean, steady.average(), rtol=2e-3)


@pytest.mark.parametrize("path", INPUTS.values(), ids=INPUTS.keys())
def test_average_without_a_course_is_the_same_average(path):
    system = System((X, M), (path, Input(ka=0.1, fraction=0.5, name="second")), (SITE,))
    direct = average_concentration(system, 6.0, 24.0)
    steady = steady_state(system, Doses([0.0, 8.0], [4.0, 2.0]), 24.0)
    assert tuple(direct) == steady.names
    for name, value in direct.items():
        np.testing.assert_allclose(value, steady.average(name), rtol=1e-13)


def test_peak_and_trough_of_bolus_and_oral_closed_forms():
    k, v, tau = 0.1, 50.0, 24.0
    one = Species("x", k * v, v, dosed=1.0)
    steady = steady_state(System((one,), (Input(),)), Doses(6.0, 10.0), tau)
    top = 200.0 / -np.expm1(-k * tau)
    assert steady.peak("x")[0] == pytest.approx(top, rel=1e-13)
    assert steady.time_of_peak("x")[0] == pytest.approx(6.0)
    assert steady.trough("x")[0] == pytest.approx(top * np.exp(-k * tau), rel=1e-13)
    assert steady.time_of_trough("x")[0] == pytest.approx(6.0)

    ka = 1.3
    oral = steady_state(System((one,), (Input(ka=ka),)), Doses(0.0, 10.0), tau)
    a, b = -np.expm1(-k * tau), -np.expm1(-ka * tau)
    when = np.log(ka * a / (k * b)) / (ka - k)
    top = 200 * ka / (ka - k) * (np.exp(-k * when) / a - np.exp(-ka * when) / b)
    assert oral.peak("x")[0] == pytest.approx(top, rel=1e-13)
    assert oral.time_of_peak("x")[0] == pytest.approx(when, rel=1e-6)


@pytest.mark.parametrize("path", INPUTS.values(), ids=INPUTS.keys())
def test_peak_and_trough_bound_the_cycle(path):
    steady = steady_state(System((X, M), (path,), (SITE,)), Doses([0, 7], [4, 2]), 24.0)
    c = steady.concentrations(np.linspace(0.0, 24.0, 2401)[:-1])
    assert np.all(steady.peak() >= c.max(axis=-1) * (1 - 1e-12))
    assert np.all(steady.trough() <= c.min(axis=-1) * (1 + 1e-12))
    np.testing.assert_allclose(steady.trough(), c.min(axis=-1), rtol=0.02)
    np.testing.assert_allclose(steady.peak(), c.max(axis=-1), rtol=0.02)
    # one draw's release lasts exactly one interval: its level is constant, up to rounding
    assert np.all(steady.trough() <= steady.average() * (1 + 1e-13))
    assert np.all(steady.average() <= steady.peak() * (1 + 1e-13))


def test_an_early_sharp_peak_in_a_long_cycle_is_found():
    system = System(
        (Species("x", 5.0, 50.0, dosed=1.0),),
        (Input(ka=8.0, fraction=0.01), Input(ka=0.001, fraction=0.99, name="slow")),
    )
    steady = steady_state(system, Doses(0.0, 100.0), 28 * 24.0)
    c = steady.concentrations(np.linspace(0.0, 5.0, 50_001))
    assert steady.peak("x")[0] == pytest.approx(c.max(), rel=1e-8)


def test_slowest_terminal_phase_keeps_its_accuracy():
    """Accumulation 1/(1 − e^(−λτ)) with λτ = 2.4e-7 and an input of 20 /h."""
    lam, v, tau = 1e-8, 10.0, 24.0
    one = System((Species("x", lam * v, v, dosed=1.0),), (Input(ka=20.0),))
    steady = steady_state(one, Doses(0.0, 1.0), tau)
    phase, ka = 3.0, 20.0
    exact = (100 * ka / (ka - lam)) * (
        np.exp(-lam * phase) / -np.expm1(-lam * tau) - np.exp(-ka * phase) / -np.expm1(-ka * tau)
    )
    assert steady.concentrations(phase)[0, 0, 0] == pytest.approx(exact, rel=1e-13)


def test_metabolite_exposure_ratio():
    parent = Species("x", CL, 60.0, dosed=1.0)
    clm = np.array([3.0, 9.0, 27.0])
    met = Species("m", clm, 45.0, formed_from=(Formation("x", 1.7),))
    steady = steady_state(System((parent, met), (Input(ka=1.0),)), Doses(0.0, 5.0), 12.0)
    np.testing.assert_allclose(
        steady.average("m") / steady.average("x"), 1.7 * CL / clm, rtol=1e-13
    )


def test_refusals():
    system = System((X,), (Input(),), (EffectSite("sink", "x", k_in=0.1, k_out=0.0),))
    with pytest.raises(ValueError, match="never empties"):
        steady_state(system, Doses(0.0, 1.0), 24.0)
    with pytest.raises(ValueError, match="hours into the cycle"):
        steady_state(System((X,), (Input(),)), Doses(24.0, 1.0), 24.0)
    with pytest.raises(ValueError, match="must be positive hours"):
        steady_state(System((X,), (Input(),)), Doses(0.0, 1.0), 0.0)


def test_half_lives_of_disposition():
    one = Species("x", CL, 60.0)
    np.testing.assert_allclose(half_life(one), np.log(2) * 60 / CL, rtol=1e-13)
    three = Species("x", 0.5, 10.0, Q=30.0, V2=80.0, Q3=2.0, V3=900.0)
    a = np.array(
        [
            [-(0.5 + 30 + 2) / 10, 30 / 80, 2 / 900],
            [30 / 10, -30 / 80, 0],
            [2 / 10, 0, -2 / 900],
        ]
    )
    slow = -np.linalg.eigvals(a).real.max()
    assert half_life(three)[0] == pytest.approx(np.log(2) / slow, rel=1e-11)
    tiny = Species("x", 1e-9, 10.0, Q=1e3, V2=90.0)
    assert half_life(tiny)[0] == pytest.approx(np.log(2) * 100 / 1e-9, rel=1e-10)


def test_terminal_half_life_is_the_slope_seen():
    flip = System((X, M), (Input(ka=0.005),), (SITE,))
    plain = System((X, M), (Input(ka=1.0),), (SITE,))
    np.testing.assert_allclose(terminal_half_life(flip, "x"), np.log(2) / 0.005)
    for system in (flip, plain):
        c = simulate(system, Doses(0.0, 1.0), [4000.0, 4100.0])
        for name in system.outputs:
            seen = np.log(2) * 100 / np.log(c[name][:, 0] / c[name][:, 1])
            np.testing.assert_allclose(terminal_half_life(system, name), seen, rtol=1e-6)
    with pytest.raises(KeyError, match="no output"):
        terminal_half_life(plain, "liver")


def test_effective_half_life():
    one = System((Species("x", CL, 60.0, dosed=1.0),), (Input(),))
    steady = steady_state(one, Doses(0.0, 5.0), 24.0)
    np.testing.assert_allclose(effective_half_life(steady, "x"), np.log(2) * 60 / CL, rtol=1e-9)
    two = steady_state(System((X,), (Input(ka=1.0),)), Doses(0.0, 5.0), 24.0)
    t = effective_half_life(two, "x")
    for i in range(3):
        c = two.after_stopping([0.0, t[i]], "x")[i]
        assert c[1] == pytest.approx(c[0] / 2, rel=1e-9)
    long = System((Species("x", 30.0, 60.0, dosed=1.0),), (Input(duration_h=40.0),))
    held = effective_half_life(steady_state(long, Doses(0.0, 5.0), 24.0), "x")
    assert held[0] > 16.0  # the last release is still running for 16 h
    with pytest.raises(KeyError, match="no output"):
        effective_half_life(two, "y")
    with pytest.raises(ValueError, match="is zero at steady state"):
        effective_half_life(steady_state(one, Doses(0.0, 0.0), 24.0), "x")
    with pytest.raises(ValueError, match="zero or more"):
        two.after_stopping([-1.0], "x")
