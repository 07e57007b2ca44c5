"""A target occupied while the scan runs: another solver, known truth, when not to believe it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from occupancy.pet.arterial_models import OneTissue
from occupancy.pet.displacement import Displacement
from occupancy.pet.displacement_fit import MODEL, fit_displacement
from occupancy.pet.error import PetError
from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.reference_models import SRTM
from occupancy.pet.scan_fit import fit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity

TRUTH = np.array([1.1, 0.12, 2.0, 0.6, 40.3])  # R1, k2, BP_ND, occupancy, onset


@pytest.fixture
def tissue(plasma: Piecewise) -> Piecewise:
    edges = np.linspace(0.0, 95.0, 951)
    fine = Frames(edges[:-1], edges[1:])
    return Piecewise(
        fine.mid, simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.09}, plasma, fine, "mid")
    )


@pytest.mark.parametrize("convention", ["mid", "average"])
@pytest.mark.parametrize(("ramp", "apart"), [(0.0, 1e-7), (10.0, 3e-5)])
def test_the_curve_is_that_of_another_solver(frames, tissue, convention, ramp, apart):
    R1, k2, bp, held, onset = TRUTH

    def slope(t, y):
        o = held * (np.clip((t - onset) / ramp, 0, 1) if ramp else float(t > onset))
        k2a = k2 / (1 + bp * (1 - o))
        return [(k2 - R1 * k2a) * tissue.at(t) - k2a * y[0], y[0]]

    how = {"rtol": 1e-9, "atol": 1e-11, "max_step": 0.1, "dense_output": True}
    before = solve_ivp(slope, (0.0, onset), [0.0, 0.0], **how)
    after = solve_ivp(slope, (onset, 95.0), before.y[:, -1], **how)

    def path(t):
        early = before.sol(np.minimum(t, onset))
        return np.where(t <= onset, early, after.sol(np.maximum(t, onset)))

    expected = R1 * tissue.seen(frames, convention)
    if convention == "mid":
        expected = expected + path(frames.mid)[0]
    else:
        expected = expected + (path(frames.end)[1] - path(frames.start)[1]) / frames.duration
    found = Displacement(frames, convention, ramp).curves(TRUTH[None], tissue)[0]
    assert np.abs(found - expected).max() <= apart * expected.max()


@pytest.mark.parametrize("ramp", [0.0, 12.0])
def test_without_occupancy_it_is_srtm(frames, tissue, ramp):
    p = TRUTH.copy()
    p[3] = 0.0
    found = Displacement(frames, "average", ramp).curves(p[None], tissue)[0]
    plain = simulate(SRTM(), dict(zip(("R1", "k2", "BP_ND"), p[:3], strict=True)), tissue, frames)
    np.testing.assert_allclose(found, plain, rtol=1e-10, atol=1e-11)


def test_before_the_onset_nothing_has_happened_and_after_it_binding_falls(frames, tissue):
    model = Displacement(frames, "average", 5.0)
    low, high = model.curves(np.array([TRUTH * [1, 1, 1, k, 1] for k in (0.3, 1.2)]), tissue)
    early = frames.end <= TRUTH[4]
    np.testing.assert_allclose(low[early], high[early], rtol=1e-12)
    assert (high[~early] < low[~early]).all()


def test_the_operator_is_the_curve_of_every_source(frames, tissue):
    model = Displacement(frames, "average", 3.0)
    values = np.column_stack([tissue.values, 2.0 * tissue.values])
    both = model.operator(TRUTH, tissue.times, values)
    one = model.curves(TRUTH[None], tissue)[0]
    np.testing.assert_allclose(both, np.column_stack([one, 2.0 * one]), rtol=1e-12)


def measured(frames, tissue, truth, noise, rng, ramp=0.0):
    clean = Displacement(frames, "average", ramp).curves(truth[None], tissue)[0]
    reference = tissue.average(frames)
    size = noise * clean.mean()
    return TimeActivity.from_columns(
        frames,
        {
            "striatum": clean + size * rng.standard_normal(clean.size),
            "reference": reference + 0.1 * size * rng.standard_normal(clean.size),
        },
        unit="kBq/mL", decay_corrected=True, scan="scan",
    )  # fmt: skip


@pytest.mark.parametrize(("onset", "ramp"), [(None, 0.0), (40.3, 0.0), (40.3, 8.0)])
def test_the_truth_is_found(frames, tissue, onset, ramp):
    """Nearly without noise; what is left is the line behind the reference's frames."""
    tacs = measured(frames, tissue, TRUTH, 1e-5, np.random.default_rng(1), ramp)
    one = fit(tacs, MODEL, reference="reference", onset=onset, ramp=ramp)["striatum"]
    assert one["occupancy"] == pytest.approx(0.6, abs=0.01)
    assert one["BP_ND"] == pytest.approx(2.0, rel=0.01)
    assert one["onset"] == pytest.approx(40.3, abs=0.3)
    assert one["BP_ND_after"] == pytest.approx(one["BP_ND"] * (1 - one["occupancy"]))
    assert ("onset" in one.se) == (onset is None)
    without = one.settings["aicc_without"]
    assert isinstance(without, float)
    assert one.aicc < without
    assert one.warnings == ()


def test_standard_errors_are_the_scatter(frames, tissue):
    rng = np.random.default_rng(2)
    found = [
        fit(measured(frames, tissue, TRUTH, 0.03, rng), MODEL, reference="reference", onset=40.3)[
            "striatum"
        ]
        for _ in range(25)
    ]
    for name, truth in (("occupancy", 0.6), ("BP_ND", 2.0)):
        values = np.array([one[name] for one in found])
        errors = np.array([one.se[name] for one in found])
        assert np.abs(values - truth).mean() < 1.5 * errors.mean()
        assert values.std() / np.sqrt((errors**2).mean()) == pytest.approx(1.0, abs=0.4)
    inside = [np.abs(one["occupancy"] - 0.6) < 2.1 * one.se["occupancy"] for one in found]
    assert np.mean(inside) > 0.8


def test_where_nothing_was_displaced_that_is_said(frames, tissue):
    still = TRUTH * [1, 1, 1, 0, 1]
    said, near = 0, 0
    for seed in range(8):
        tacs = measured(frames, tissue, still, 0.03, np.random.default_rng(seed))
        one = fit(tacs, MODEL, reference="reference", onset=40.0)["striatum"]
        said += any("no displacement describes" in w for w in one.warnings)
        near += abs(one["occupancy"]) < 2.5 * one.se["occupancy"]
    assert said >= 5
    assert near >= 7


def test_what_cannot_be_fitted_is_said(frames, tissue):
    tacs = measured(frames, tissue, TRUTH, 0.01, np.random.default_rng(3))
    late = fit(tacs, MODEL, reference="reference", onset=200.0)
    assert "onset 200 min" in late.failures[0][1]
    assert "ramp -1" in fit(tacs, MODEL, reference="reference", ramp=-1.0).failures[0][1]
    with pytest.raises(PetError, match="after SRTM, not mrtm1"):
        fit_displacement(fit(tacs, "mrtm1", reference="reference")["striatum"], tissue)
    with pytest.raises(PetError, match="is of compartment"):
        fit(tacs, MODEL, reference="reference", discretisation="kinfitr")
