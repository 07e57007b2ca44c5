"""Laws every linear simulation obeys: conservation, superposition, time shift, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.kinetics import (
    DeepSite,
    Doses,
    EffectSite,
    Formation,
    Input,
    Species,
    System,
    simulate,
    simulate_epochs,
)

BATCH = 7
GENERATOR = np.random.default_rng(20)


def spread(value: float, sd: float = 0.4) -> np.ndarray:
    return value * np.exp(sd * GENERATOR.standard_normal(BATCH))


KA, LAG, RELEASE = spread(0.9), spread(0.7), spread(30.0)
CL, V, V2, FORMED = spread(12.0), spread(60.0), spread(150.0), spread(0.4)
ORAL = Input(ka=KA, lag_h=LAG, fraction=0.6, name="tablet")
DEPOT = Input(ktr=0.05, n_transit=2, duration_h=RELEASE, fraction=0.4, name="depot")
PARENT = Species("x", CL, V, Q=20.0, V2=V2, dosed=1.0)
METABOLITE = Species("m", 6.0, spread(30.0), formed_from=(Formation("x", FORMED),))
BRAIN = EffectSite(
    "brain", "x", k_in=0.3, k_out=spread(0.2), deep=DeepSite("deep", 0.1, 0.05, 0.02)
)
FULL = System((PARENT, METABOLITE), (ORAL, DEPOT), (BRAIN,))
DOSES = Doses([0.0, 5.5, 24.0, 24.0, 60.0], [3.0, 1.0, 2.0, 4.0, 5.0])
TIMES = np.linspace(0.0, 120.0, 61)


def test_shape_names_and_draws_are_independent():
    result = simulate(FULL, DOSES, TIMES)
    assert result.names == ("x", "m", "brain", "deep")
    assert result.values.shape == (BATCH, 4, TIMES.size)
    one = System(
        (Species("x", CL[3], V[3], Q=20.0, V2=V2[3], dosed=1.0),),
        (
            Input(ka=KA[3], lag_h=LAG[3], fraction=0.6),
            Input(ktr=0.05, n_transit=2, duration_h=RELEASE[3], fraction=0.4, name="depot"),
        ),
    )
    alone = simulate(one, DOSES, TIMES)["x"][0]
    np.testing.assert_allclose(result["x"][3], alone, rtol=1e-12, atol=1e-13)
    with pytest.raises(KeyError, match="no output 'y'"):
        result["y"]


def test_mass_is_conserved():
    for end in (3.0, 24.0, 61.5, 500.0):
        final = simulate(FULL, DOSES, [0.0, end]).final
        taken = DOSES.amount_mg[DOSES.time_h <= end].sum()
        waiting = np.zeros(BATCH)
        p = final.pending
        left = np.clip(p.end_h - np.maximum(p.start_h, end), 0.0, None)
        span = np.where(p.at_once, 1.0, p.end_h - p.start_h)
        waiting = (p.amount_mg * np.where(p.at_once, p.start_h > end, left / span)).sum(axis=-1)
        outside = ("m", "brain", "deep")
        inside = [i for i, n in enumerate(final.names) if n not in outside]
        total = final.amounts[:, inside].sum(axis=-1) + final.eliminated_mg[:, 0] + waiting
        np.testing.assert_allclose(total, taken, rtol=1e-13)
        formed = FORMED * final.eliminated_mg[:, 0]
        present = final.amounts[:, final.names.index("m")] + final.eliminated_mg[:, 1]
        np.testing.assert_allclose(present, formed, rtol=1e-12)


def test_superposition_and_dose_linearity():
    together = simulate(FULL, DOSES, TIMES).values
    apart = sum(
        simulate(FULL, Doses(t, a), np.append(TIMES, 200.0)).values[..., :-1]
        if t == 0
        else np.concatenate(
            [
                np.zeros((BATCH, 4, (t > TIMES).sum())),
                simulate(FULL, Doses(t, a), TIMES[t <= TIMES]).values,
            ],
            axis=-1,
        )
        for t, a in zip(DOSES.time_h, DOSES.amount_mg, strict=True)
    )
    np.testing.assert_allclose(together, apart, rtol=1e-12, atol=1e-12 * together.max())
    triple = simulate(FULL, Doses(DOSES.time_h, 3 * DOSES.amount_mg), TIMES).values
    np.testing.assert_allclose(triple, 3 * together, rtol=1e-12)
    factor = np.linspace(0.5, 2.0, BATCH)[:, None]
    each = simulate(FULL, Doses(DOSES.time_h, factor * DOSES.amount_mg), TIMES).values
    np.testing.assert_allclose(each, factor[..., None] * together, rtol=1e-12)


def test_bioavailability_scales_doses():
    f = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    a = simulate(FULL, DOSES, TIMES, bioavailability=f).values
    b = simulate(FULL, Doses(DOSES.time_h, f * DOSES.amount_mg), TIMES).values
    np.testing.assert_allclose(a, b, rtol=1e-14)
    a = simulate(FULL, DOSES, TIMES, bioavailability=lambda mg: mg / (1 + mg)).values
    halves = DOSES.amount_mg**2 / (1 + DOSES.amount_mg)
    np.testing.assert_allclose(a, simulate(FULL, Doses(DOSES.time_h, halves), TIMES).values)
    per_draw = np.linspace(0.1, 0.9, BATCH)[:, None]
    a = simulate(FULL, DOSES, TIMES, bioavailability=per_draw).values
    whole = simulate(FULL, DOSES, TIMES).values
    np.testing.assert_allclose(a, per_draw[..., None] * whole, rtol=1e-12)
    with pytest.raises(ValueError, match="bioavailability has shape"):
        simulate(FULL, DOSES, TIMES, bioavailability=[0.5, 0.5])


@settings(max_examples=25, deadline=None)
@given(st.integers(-10_000, 10_000))
def test_shifting_time_changes_nothing(hours):
    shifted = simulate(FULL, Doses(DOSES.time_h + hours, DOSES.amount_mg), TIMES + hours).values
    plain = simulate(FULL, DOSES, TIMES).values
    np.testing.assert_allclose(shifted, plain, rtol=1e-10, atol=1e-11 * plain.max())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 120.0), min_size=1, max_size=40))
def test_result_does_not_depend_on_the_output_grid(others):
    grid = np.sort(np.append(TIMES, others))
    at = np.searchsorted(grid, TIMES)
    plain = simulate(FULL, DOSES, TIMES).values
    np.testing.assert_allclose(
        simulate(FULL, DOSES, grid).values[..., at], plain, rtol=1e-12, atol=1e-13 * plain.max()
    )


def test_continuing_from_a_state_equals_going_through():
    plain = simulate(FULL, DOSES, TIMES).values
    for pause in (10.0, 24.5, 40.0):
        early, late = DOSES.time_h <= pause, DOSES.time_h > pause
        first = simulate(
            FULL, Doses(DOSES.time_h[early], DOSES.amount_mg[early]), [*TIMES[pause > TIMES], pause]
        )
        after = simulate(
            FULL,
            Doses(DOSES.time_h[late], DOSES.amount_mg[late]),
            TIMES[pause <= TIMES],
            initial=first.final,
        )
        joined = np.concatenate([first.values[..., :-1], after.values], axis=-1)
        np.testing.assert_allclose(joined, plain, rtol=1e-11, atol=1e-12 * plain.max())
        end = simulate(FULL, DOSES, TIMES).final.eliminated_mg
        np.testing.assert_allclose(after.final.eliminated_mg, end, rtol=1e-12)
    for later in (1000.0, -77.0):
        moved = simulate(
            FULL, Doses([], []), TIMES + 40.0 + later, initial=first.final.moved_to(40.0 + later)
        )
        kept = simulate(FULL, Doses([], []), TIMES + 40.0, initial=first.final)
        np.testing.assert_allclose(moved.values, kept.values, rtol=1e-9, atol=1e-11 * plain.max())
    with pytest.raises(ValueError, match="before the initial state"):
        simulate(FULL, Doses(1.0, 1.0), [50.0], initial=first.final)


def test_splitting_into_equal_epochs_changes_nothing():
    plain = simulate(FULL, DOSES, TIMES)
    split = simulate_epochs([(FULL, 0.0), (FULL, 24.0), (FULL, 33.3), (FULL, 900.0)], DOSES, TIMES)
    np.testing.assert_allclose(
        split.values, plain.values, rtol=1e-11, atol=1e-12 * plain.values.max()
    )
    np.testing.assert_allclose(split.final.eliminated_mg, plain.final.eliminated_mg, rtol=1e-12)


def test_clearance_halved_from_a_time_on():
    before = System((Species("x", 10.0, 50.0, dosed=1.0),), (Input(),))
    after = System((Species("x", 5.0, 50.0, dosed=1.0),), (Input(),))
    result = simulate_epochs(
        [(before, 0.0), (after, 8.0)], Doses([0.0, 8.0], 10.0), [4.0, 8.0, 20.0]
    )
    at_8 = 200 * np.exp(-1.6) + 200
    expected = [200 * np.exp(-0.8), at_8, at_8 * np.exp(-1.2)]
    np.testing.assert_allclose(result["x"][0], expected, rtol=1e-13)
    larger = System((Species("x", 5.0, 100.0, dosed=1.0),), (Input(),))
    for start, factor in ((9.0, 1.0), (8.0, 0.5)):  # an epoch holds from its start, not before
        last = simulate_epochs([(before, 0.0), (larger, start)], Doses(0.0, 10.0), [8.0])
        assert last["x"][0, 0] == pytest.approx(factor * 200 * np.exp(-1.6), rel=1e-13)
    other = System((Species("y", 5.0, 50.0, dosed=1.0),), (Input(),))
    with pytest.raises(ValueError, match="same structure"):
        simulate_epochs([(before, 0.0), (other, 8.0)], Doses(0.0, 1.0), [1.0])


def test_infusion_follows_its_closed_form_and_tends_to_a_bolus():
    k, v, mg = 0.3, 40.0, 12.0
    times = np.array([0.0, 1.0, 5.9, 6.0, 9.0, 50.0])
    species = Species("x", k * v, v, dosed=1.0)
    result = simulate(System((species,), (Input(duration_h=6.0),)), Doses(0.0, mg), times)
    filled = np.minimum(times, 6.0)
    exact = 1000 * mg / 6 / (k * v) * -np.expm1(-k * filled) * np.exp(-k * (times - filled))
    np.testing.assert_allclose(result["x"][0], exact, rtol=1e-13)
    bolus = simulate(System((species,), (Input(),)), Doses(0.0, mg), times[1:])["x"]
    for duration in (1e-3, 1e-6, 1e-9, 1e-14, 1e-300):
        short = System((species,), (Input(duration_h=duration),))
        near = simulate(short, Doses(0.0, mg), times[1:])["x"]
        np.testing.assert_allclose(near, bolus, rtol=max(0.2 * duration, 1e-13))
        # the duration must not be lost beside a large clock time
        late = simulate(short, Doses(10_000.0, mg), 10_000.0 + times[1:])["x"]
        np.testing.assert_allclose(late, bolus, rtol=max(0.2 * duration, 1e-11))


def test_an_input_runs_on_through_a_change_of_parameters():
    slow = System((Species("x", 4.0, 40.0, dosed=1.0),), (Input(duration_h=20.0),))
    fast = System((Species("x", 8.0, 40.0, dosed=1.0),), (Input(duration_h=5.0),))
    result = simulate_epochs([(slow, 0.0), (fast, 10.0)], Doses(0.0, 20.0), [10.0, 20.0, 25.0])
    at_10 = 250.0 * -np.expm1(-1.0)
    at_20 = at_10 * np.exp(-2.0) + 125.0 * -np.expm1(-2.0)
    np.testing.assert_allclose(result["x"][0], [at_10, at_20, at_20 * np.exp(-1.0)], rtol=1e-13)


def test_overlapping_infusions_and_durations_per_dose():
    species = Species("x", 12.0, 40.0, dosed=1.0)
    durations = np.array([[10.0, 0.0, 48.0]])
    doses = Doses([0.0, 4.0, 6.0], [5.0, 1.0, 24.0])
    times = np.linspace(0.0, 80.0, 33)
    ours = simulate(System((species,), (Input(duration_h=durations),)), doses, times)["x"][0]
    k, v = 0.3, 40.0
    exact = np.zeros(times.size)
    for t0, mg, d in zip(doses.time_h, doses.amount_mg, durations[0], strict=True):
        s = np.clip(times - t0, 0.0, None)
        if d == 0:
            exact += np.where(times >= t0, 1000 * mg / v * np.exp(-k * s), 0.0)
        else:
            filled = np.minimum(s, d)
            exact += 1000 * mg / d / (k * v) * -np.expm1(-k * filled) * np.exp(-k * (s - filled))
    np.testing.assert_allclose(ours, exact, rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match=r"duration_h has shape \(1, 3\) for 2 doses"):
        simulate(System((species,), (Input(duration_h=durations),)), Doses([0, 1], 1.0), [2.0])


def test_a_short_infusion_does_not_blur_a_long_one():
    species = Species("x", 12.0, 40.0, dosed=1.0)
    path = Input(duration_h=np.array([[1000.0, 1e-9]]))
    both = simulate(System((species,), (path,)), Doses([0.0, 10.0], [1.0, 1e6]), [500.0])
    assert both["x"][0, 0] == pytest.approx(1000 / 1000 / 12.0, rel=1e-13)


def test_lag_moves_the_curve_exactly():
    lags = np.array([0.0, 0.1, 1.0 / 3.0, 30.0])
    species = Species("x", 12.0, 40.0, dosed=1.0)
    times = np.linspace(0.0, 100.0, 101)
    doses = Doses([0.0, 24.0, 48.0], [1.0, 2.0, 4.0])
    lagged = simulate(System((species,), (Input(ka=2.0, lag_h=lags),)), doses, times)["x"]
    for i, lag in enumerate(lags):
        plain = System((species,), (Input(ka=2.0),))
        moved = simulate(plain, Doses(doses.time_h + lag, doses.amount_mg), times)["x"][0]
        np.testing.assert_allclose(lagged[i], moved, rtol=1e-12, atol=1e-14)


def test_racemate_and_parallel_inputs_split_the_dose():
    pair = System(
        (Species("R", 8.0, 50.0, dosed=0.5), Species("S", 16.0, 50.0, dosed=0.5)),
        (Input(ka=1.0, fraction=0.3), Input(ka=0.02, fraction=0.7, name="slow")),
    )
    both = simulate(pair, Doses(0.0, 100.0), [5000.0]).final
    np.testing.assert_allclose(both.eliminated_mg, [[50.0, 50.0]], rtol=1e-12)
    alone = System((Species("R", 8.0, 50.0, dosed=0.5),), pair.inputs)
    a = simulate(pair, Doses(0.0, 100.0), TIMES)["R"]
    np.testing.assert_allclose(a, simulate(alone, Doses(0.0, 100.0), TIMES)["R"], rtol=1e-13)


def test_effect_site_follows_plasma_without_depleting_it():
    species = (Species("x", 12.0, 40.0, dosed=1.0),)
    plain = simulate(System(species, (Input(ka=1.0),)), DOSES, TIMES)["x"]
    site = EffectSite("brain", "x", keo=1e7, Kp=3.0)
    with_site = simulate(System(species, (Input(ka=1.0),), (site,)), DOSES, TIMES)
    np.testing.assert_allclose(with_site["x"], plain, rtol=1e-12)
    np.testing.assert_allclose(with_site["brain"][:, 1:], 3 * plain[:, 1:], rtol=1e-5)
    explicit = EffectSite("brain", "x", k_in=0.6, k_out=0.2)
    same = EffectSite("brain", "x", keo=0.2, Kp=3.0)
    a, b = (simulate(System(species, (Input(),), (s,)), DOSES, TIMES) for s in (explicit, same))
    np.testing.assert_allclose(a["brain"], b["brain"], rtol=1e-13)


def test_slow_absorption_sets_the_terminal_slope():
    system = System((Species("x", 12.0, 40.0, Q=5.0, V2=30.0, dosed=1.0),), (Input(ka=0.01),))
    c = simulate(system, Doses(0.0, 1.0), [1000.0, 1100.0])["x"][0]
    assert np.log(c[0] / c[1]) / 100 == pytest.approx(0.01, rel=1e-9)


def test_times_are_checked():
    with pytest.raises(ValueError, match="must not decrease; 2 is followed by 1"):
        simulate(FULL, DOSES, [2.0, 1.0])
    with pytest.raises(ValueError, match="not finite"):
        simulate(FULL, DOSES, [np.nan])
    with pytest.raises(ValueError, match="at least one time"):
        simulate(FULL, DOSES, [])
    with pytest.raises(ValueError, match="must be finite and rise"):
        simulate_epochs([(FULL, 0.0), (FULL, 5.0), (FULL, 4.0)], DOSES, TIMES)


def test_no_doses_is_zero_everywhere():
    assert not simulate(FULL, Doses([], []), TIMES).values.any()
