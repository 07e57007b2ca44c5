"""The kinetic models against their differential equations, and the fits against what they fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares
from scipy.stats import t as student

from occupancy.pet.arterial_models import OneTissue, TwoTissue, TwoTissueIrreversible
from occupancy.pet.delay import fit_delay
from occupancy.pet.error import PetError
from occupancy.pet.frames import Frames
from occupancy.pet.input_function import InputFunction
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.profile import bootstrap_interval, profile_interval, residual_bootstrap
from occupancy.pet.quantile import t_quantile
from occupancy.pet.reference_models import FRTM, SRTM, SRTM2
from occupancy.pet.scan_fit import fit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity

TWO = {"K1": 0.12, "k2": 0.15, "k3": 0.06, "k4": 0.03}


def solved(slope, frames: Frames, n: int, source: Piecewise) -> np.ndarray:
    """States at the middles of the frames; the solver is kept from stepping over knots."""
    step = float(np.diff(source.times).min())
    late = 2 * step if source.times.size > 500 else 0.1
    return solve_ivp(
        slope, (0, frames.mid[-1]), np.zeros(n), t_eval=frames.mid,
        rtol=1e-9, atol=1e-10, max_step=late,
    ).y  # fmt: skip


@pytest.fixture
def coarse(plasma) -> Piecewise:
    t = np.concatenate([np.arange(0, 4, 0.1), np.arange(4, 96, 2.0)])
    return Piecewise(t, plasma.at(t))


def test_two_tissues_solve_their_equations(frames, coarse):
    K1, k2, k3, k4 = TWO.values()

    def slope(t, c):
        into = k3 * c[0] - k4 * c[1]
        return [K1 * coarse.at(t) - k2 * c[0] - into, into]

    exact = solved(slope, frames, 2, coarse).sum(axis=0)
    found = simulate(TwoTissue(0.0), TWO, coarse, frames, "mid", coarse)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-7)


def test_irreversible_tissue_solves_its_equations(frames, coarse):
    K1, k2, k3 = 0.1, 0.1, 0.04

    def slope(t, c):
        return [K1 * coarse.at(t) - (k2 + k3) * c[0], k3 * c[0]]

    exact = solved(slope, frames, 2, coarse).sum(axis=0)
    p = {"K1": K1, "k2": k2, "k3": k3}
    found = simulate(TwoTissueIrreversible(0.0), p, coarse, frames, "mid", coarse)
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-7)


def test_blood_fills_its_share(frames, coarse):
    bare = simulate(TwoTissue(0.0), TWO, coarse, frames, "average", coarse)
    found = simulate(TwoTissue(0.07), TWO, coarse, frames, "average", coarse)
    assert found == pytest.approx(0.93 * bare + 0.07 * coarse.average(frames), rel=1e-12)


def reference_curve(source: Piecewise) -> Piecewise:
    """One tissue's curve on a fine grid, as a source for reference models."""
    t = np.arange(0.0, 95.0, 0.05)
    steps = Frames(np.maximum(t[1:] - 1e-6, 0), t[1:] + 1e-6)
    p = {"K1": 0.1, "k2": 0.12}
    return Piecewise(
        t, np.concatenate([[0.0], simulate(OneTissue(0.0), p, source, steps, "mid", source)])
    )


def test_the_simplified_model_solves_its_equation(frames, coarse):
    reference = reference_curve(coarse)
    R1, k2, bp = 0.9, 0.1, 2.0
    k2a = k2 / (1 + bp)

    def slope(t, c):  # c is the part behind R1 C_R
        return [(k2 - R1 * k2a) * reference.at(t) - k2a * c[0]]

    exact = R1 * reference.at(frames.mid) + solved(slope, frames, 1, reference)[0]
    p = {"R1": R1, "k2": k2, "BP_ND": bp}
    found = simulate(SRTM(), p, reference, frames, "mid")
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-7)


def test_the_simplified_model_is_exact_for_one_tissue_regions(frames, coarse):
    """A one-tissue target and reference from one plasma: BP_ND = V_T/V_ND − 1."""
    t = np.arange(0.0, 95.0, 0.02)
    points = Frames(np.maximum(t[1:] - 1e-7, 0), t[1:] + 1e-7)
    dense = simulate(OneTissue(0.0), {"K1": 0.1, "k2": 0.12}, coarse, points, "mid", coarse)
    reference = Piecewise(t, np.concatenate([[0.0], dense]))
    target = simulate(OneTissue(0.0), {"K1": 0.09, "k2": 0.03}, coarse, frames, "mid", coarse)
    bp = (0.09 / 0.03) / (0.1 / 0.12) - 1
    p = {"R1": 0.9, "k2": 0.03 * (1 + bp), "BP_ND": bp}
    found = simulate(SRTM(), p, reference, frames, "mid")
    assert found == pytest.approx(target, rel=3e-4, abs=1e-4 * target.max())


def test_two_forms_of_the_simplified_model_agree(frames, coarse):
    reference = reference_curve(coarse)
    whole = simulate(SRTM(), {"R1": 0.9, "k2": 0.1, "BP_ND": 2.0}, reference, frames)
    fixed = simulate(SRTM2(0.1 / 0.9), {"R1": 0.9, "BP_ND": 2.0}, reference, frames)
    assert fixed == pytest.approx(whole, rel=1e-12)


def test_fast_exchange_makes_the_full_model_the_simplified_one(frames, coarse):
    reference = reference_curve(coarse)
    whole = simulate(SRTM(), {"R1": 0.9, "k2": 0.1, "BP_ND": 2.0}, reference, frames)
    p = {"R1": 0.9, "k2": 0.1, "k3": 2e5, "k4": 1e5}
    full = simulate(FRTM(), p, reference, frames)
    assert full == pytest.approx(whole, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "p"),
    [
        (OneTissue(None), [0.1, 0.05, 0.04]),
        (TwoTissue(0.05), [0.12, 0.15, 0.06, 0.03]),
        (TwoTissueIrreversible(None), [0.12, 0.15, 0.06, 0.03]),
        (SRTM(), [0.9, 0.1, 2.0]),
        (SRTM2(0.1), [0.9, 2.0]),
        (FRTM(), [0.9, 0.1, 0.2, 0.1]),
    ],
)
def test_jacobians_are_derivatives(frames, plasma, model, p):
    from occupancy.pet.convolution_table import ConvolutionTable

    table = ConvolutionTable.exact(plasma, frames, "average", 15.0)
    direct = plasma.average(frames)
    at = np.array(p)
    _, jacobian = model.predict(at[None, :], table, direct)
    for i in range(at.size):
        h = np.zeros(at.size)
        h[i] = 1e-5 * at[i]
        above, below = (model.predict((at + s * h)[None], table, direct)[0][0] for s in (1, -1))
        numeric = (above - below) / (2 * h[i])
        assert jacobian[0, :, i] == pytest.approx(
            numeric, rel=1e-5, abs=1e-6 * np.abs(numeric).max()
        )


def noisy(frames: Frames, plasma: Piecewise, level: float, seed: int) -> TimeActivity:
    """A target and a reference of one plasma; noise as of counts in frames."""
    reference = reference_curve(plasma)
    p = {"R1": 0.9, "k2": 0.1, "BP_ND": 2.0}
    target = simulate(SRTM(), p, reference, frames)
    spread = level * np.sqrt(np.maximum(target, 1.0) / frames.duration)
    noise = np.random.default_rng(seed).standard_normal((2, len(frames))) * spread
    return TimeActivity(
        frames, ("target", "reference"),
        np.column_stack([target + noise[0], reference.average(frames) + noise[1]]),
        "kBq/mL", decay_corrected=True, nuclide="C-11",
    )  # fmt: skip


def arterial(frames: Frames, plasma: Piecewise, level: float, seed: int, vB: float = 0.05):
    tissue = simulate(TwoTissue(vB), TWO, plasma, frames, "average", plasma)
    spread = level * np.sqrt(np.maximum(tissue, 0.5) / frames.duration)
    noise = np.random.default_rng(seed).standard_normal(len(frames)) * spread
    tacs = TimeActivity(
        frames, ("ROI",), (tissue + noise)[:, None], "kBq/mL", decay_corrected=True,
        nuclide="C-11", scan="one",
    )  # fmt: skip
    blood = InputFunction(
        plasma.times, plasma.values, "kBq/mL", True, True, whole_blood=plasma.values
    )
    return tacs, blood


def test_without_noise_every_arterial_method_finds_the_volume(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.0, 0)
    v_t = TWO["K1"] / TWO["k2"] * (1 + TWO["k3"] / TWO["k4"])
    two = fit(tacs, "2tcm", blood=blood)["ROI"]
    assert two["V_T"] == pytest.approx(v_t, rel=1e-6)
    assert two["BP_ND"] == pytest.approx(2.0, rel=1e-5)


def test_the_plots_are_exact_for_one_tissue(frames, plasma):
    """Then they are lines from the start: ∫C_T/C_T = V_T ∫C_P/C_T − 1/k2."""
    tissue = simulate(OneTissue(0.05), {"K1": 0.1, "k2": 0.05}, plasma, frames, "average", plasma)
    tacs = TimeActivity(frames, ("ROI",), tissue[:, None], "kBq/mL", decay_corrected=True)
    blood = InputFunction(
        plasma.times, plasma.values, "kBq/mL", True, True, whole_blood=plasma.values
    )
    for model in ("logan", "ma1"):
        for t_star in (10.0, 50.0):
            one = fit(tacs, model, blood=blood, t_star=t_star)["ROI"]
            assert one["V_T"] == pytest.approx(2.0, rel=2e-3), (model, t_star)
    assert one["gamma2"] == pytest.approx(-0.05, rel=2e-3)


def test_the_blood_volume_is_found(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.0, 0, vB=0.08)
    assert fit(tacs, "2tcm", blood=blood, vB=None)["ROI"]["vB"] == pytest.approx(0.08, rel=1e-6)


@pytest.mark.parametrize("late", [-0.2, 0.0, 0.35])
def test_the_delay_is_found(frames, plasma, late):
    """Tissue of blood that comes `late` minutes after the sampler's."""
    moved = plasma.shifted(-late)
    tacs, _ = arterial(frames, plasma, 0.0, 0)
    blood = InputFunction(
        moved.times, moved.values, "kBq/mL", True, True, whole_blood=moved.values, tail="hold"
    )
    found = fit_delay(tacs, blood, "ROI")
    assert found.minutes == pytest.approx(late, abs=2e-3)
    assert found.fit["vB"] == pytest.approx(0.05, rel=0.02)


def test_without_noise_every_reference_method_finds_the_binding(frames, plasma):
    """The curve behind frame averages is read back from them: within a percent."""
    tacs = noisy(frames, plasma, 0.0, 0)
    k2prime = 0.1 / 0.9
    for model, given in (
        ("srtm", None), ("srtm2", k2prime), ("mrtm1", None), ("mrtm2", k2prime),
        ("reference-logan", k2prime),
    ):  # fmt: skip
        found = fit(tacs, model, reference="reference", k2prime=given)["target"]
        assert found["BP_ND"] == pytest.approx(2.0, rel=0.01), model
    frtm = fit(tacs, "frtm", reference="reference")["target"]
    assert frtm["BP_ND"] == pytest.approx(2.0, rel=0.05)


def test_patlak_finds_the_trapping_rate(frames, plasma):
    p = {"K1": 0.1, "k2": 0.1, "k3": 0.05}
    tissue = simulate(TwoTissueIrreversible(0.0), p, plasma, frames, "average", plasma)
    tacs = TimeActivity(frames, ("ROI",), tissue[:, None], "kBq/mL", decay_corrected=True)
    blood = InputFunction(plasma.times, plasma.values, "kBq/mL", True, True)
    rate = 0.1 * 0.05 / 0.15
    found = fit(tacs, "patlak", blood=blood, vB=0.0, t_star=40.0)["ROI"]
    assert found["K_i"] == pytest.approx(rate, rel=5e-3)
    compartments = fit(tacs, "2tcm-irreversible", blood=blood, vB=0.0)["ROI"]
    assert compartments["K_i"] == pytest.approx(rate, rel=1e-6)


def test_standard_errors_are_those_of_the_hessian(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.05, 3)
    found = fit(tacs, "2tcm", blood=blood, weights="duration")["ROI"]
    weights = found.weights
    y = tacs.region("ROI")

    def squares(p) -> float:
        curve = simulate(
            TwoTissue(0.05), dict(zip(TWO, p, strict=True)), plasma, frames, "average", plasma
        )
        return float(weights @ (y - curve) ** 2)

    at = np.array([found[name] for name in TWO])
    hessian = np.empty((4, 4))
    h = 1e-3 * at
    for i in range(4):
        for j in range(4):
            corners = [
                squares(at + si * h * np.eye(4)[i] + sj * h * np.eye(4)[j])
                for si, sj in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            signed = corners[0] - corners[1] - corners[2] + corners[3]
            hessian[i, j] = signed / (4 * h[i] * h[j])
    variance = found.wrss / (found.n - 4)
    se = np.sqrt(np.diag(2 * variance * np.linalg.inv(hessian)))
    # the Hessian holds the residuals' curvature as well, which JᵀWJ leaves out
    assert [found.se[name] for name in TWO] == pytest.approx(se, rel=0.15)


def test_no_other_minimiser_finds_less(frames, plasma):
    for seed in range(4):
        tacs, blood = arterial(frames, plasma, 0.15, seed)
        found = fit(tacs, "2tcm", blood=blood)["ROI"]
        y = tacs.region("ROI")

        def residual(p, y=y):
            named = dict(zip(TWO, p, strict=True))
            return simulate(TwoTissue(0.05), named, plasma, frames, "average", plasma) - y

        other = least_squares(
            residual, list(TWO.values()), bounds=([0, 1e-6, 0, 1e-5], [10, 5, 5, 5]),
            xtol=1e-12, ftol=1e-12,
        )  # fmt: skip
        assert found.wrss <= 2 * other.cost * (1 + 1e-9)


def test_reference_noise_is_carried_into_the_error(frames, plasma):
    """The scatter of estimates over noise in both curves is what the errors say."""
    found = [
        fit(noisy(frames, plasma, 0.4, seed), "srtm", reference="reference", weights="duration")
        for seed in range(120)
    ]
    values = np.array([one["target"]["BP_ND"] for one in found])
    errors = np.array([one["target"].se["BP_ND"] for one in found])
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(values.std(ddof=1), rel=0.25)
    inside = [lo <= 2.0 <= hi for lo, hi in (one["target"].interval("BP_ND") for one in found)]
    assert 0.90 <= np.mean(inside) <= 0.99
    shared = [one["target"].shared for one in found]
    part = [float(s[2] @ s[2]) for s in shared if s is not None]
    assert len(part) == 120
    assert np.mean(errors**2 - part) < 0.8 * values.var(ddof=1)


def test_the_profile_is_the_interval_where_the_problem_is_linear(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.02, 5)
    one = fit(tacs, "2tcm", blood=blood)["ROI"]
    assert profile_interval(one, "V_T") == pytest.approx(one.interval("V_T"), rel=0.01)


def test_the_profile_ends_where_the_squares_have_risen(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.15, 2)
    one = fit(tacs, "2tcm", blood=blood)["ROI"]
    low, high = profile_interval(one, "k3")
    rise = one.wrss * (1 + t_quantile(0.975, one.degrees_of_freedom) ** 2 / one.degrees_of_freedom)
    y = tacs.region("ROI")
    for end in (low, high):

        def residual(p, end=end):
            named = {"K1": p[0], "k2": p[1], "k3": end, "k4": p[2]}
            return simulate(TwoTissue(0.05), named, plasma, frames, "average", plasma) - y

        held = least_squares(residual, [one["K1"], one["k2"], one["k4"]], xtol=1e-12, ftol=1e-12)
        assert 2 * held.cost == pytest.approx(rise, rel=1e-4)


def test_the_bootstrap_scatters_as_the_errors_say(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.05, 6)
    one = fit(tacs, "1tcm", blood=blood)["ROI"]
    draws = residual_bootstrap(one, 400, seed=1)
    assert draws["V_T"].std() == pytest.approx(one.se["V_T"], rel=0.2)
    low, high = bootstrap_interval(draws["V_T"])
    assert low < one["V_T"] < high


@pytest.mark.parametrize("dof", [1, 3, 17.5, 400])
@pytest.mark.parametrize("p", [0.6, 0.975, 0.9999])
def test_quantiles_are_students(p, dof):
    assert t_quantile(p, dof) == pytest.approx(student.ppf(p, dof), rel=1e-9)


def test_information_criteria_prefer_the_right_model(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.03, 8)
    one, two = (fit(tacs, m, blood=blood)["ROI"] for m in ("1tcm", "2tcm"))
    assert two.aicc < one.aicc
    assert two.bic < one.bic
    assert two.aic < two.aicc


def test_units_do_not_change_a_fit(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.05, 9)
    plain = fit(tacs, "2tcm", blood=blood)["ROI"]
    other = fit(tacs.in_unit("Bq/mL"), "2tcm", blood=blood)["ROI"]
    assert other["V_T"] == pytest.approx(plain["V_T"], rel=1e-6)
    assert other.se["V_T"] == pytest.approx(plain.se["V_T"], rel=1e-5)


def test_decay_is_corrected_where_the_curves_are_not(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.0, 9)
    decayed = tacs.decay_uncorrected()
    assert decayed.values[-1, 0] < 0.1 * tacs.values[-1, 0]
    assert fit(decayed, "2tcm", blood=blood)["ROI"]["V_T"] == pytest.approx(
        fit(tacs, "2tcm", blood=blood)["ROI"]["V_T"], rel=1e-6
    )


def test_a_fit_on_its_bound_says_so(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.0, 1)
    one = fit(tacs, "2tcm", blood=blood, bounds={"k3": (0.0, 0.05)})["ROI"]
    assert any("k3 is on its upper bound" in note for note in one.warnings)
    assert np.isnan(one.se["k3"])
    assert np.isnan(one.se["V_T"])
    assert np.isfinite(one.se["K1"])


def test_one_bad_region_leaves_the_others(frames, plasma):
    tacs, blood = arterial(frames, plasma, 0.02, 1)
    good = tacs.region("ROI")
    holes = good.copy()
    holes[3] = np.nan
    all_bad = np.full_like(good, np.nan)
    study = TimeActivity(
        frames, ("good", "holes", "zero", "nothing"),
        np.column_stack([good, holes, 0 * good, all_bad]), "kBq/mL", decay_corrected=True,
    )  # fmt: skip
    for model in ("2tcm", "ma1", "logan"):
        done = fit(study, model, blood=blood)
        assert done.regions == ("good", "holes"), model
        assert dict(done.failures).keys() == {"zero", "nothing"}
        assert "missing frames left out: 4" in done["holes"].warnings
        assert done["holes"]["V_T"] == pytest.approx(done["good"]["V_T"], rel=0.05)
        with pytest.raises(PetError, match="zero in every frame"):
            done["zero"]


def test_a_short_input_leaves_frames_out_and_says_so(frames, plasma):
    tacs, _ = arterial(frames, plasma, 0.0, 1)
    short = plasma.times <= 60
    blood = InputFunction(
        plasma.times[short], plasma.values[short], "kBq/mL", True, True,
        whole_blood=plasma.values[short],
    )  # fmt: skip
    one = fit(tacs, "2tcm", blood=blood)["ROI"]
    assert "input ends at" in one.warnings[0]
    assert one.n < len(frames)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"model": "4tcm"}, "allowed are"),
        ({"model": "srtm"}, "needs `reference`"),
        ({"model": "srtm", "reference": "nowhere"}, "No region"),
        ({"model": "2tcm", "weights": "good"}, "allowed are uniform"),
        ({"model": "2tcm", "weights": [1.0]}, "one per frame"),
        ({"model": "2tcm", "bounds": {"k9": (0, 1)}}, "no free parameter"),
        ({"model": "2tcm", "vB": 1.5}, "fraction"),
        ({"model": "logan", "vB": None}, "cannot fit vB"),
        ({"model": "2tcm", "discretisation": "euler"}, "allowed are exact"),
    ],
)
def test_what_concerns_the_scan_is_refused(frames, plasma, more, word):
    tacs, blood = arterial(frames, plasma, 0.0, 1)
    with pytest.raises(PetError, match=word):
        fit(tacs, blood=blood, **more)


def test_a_reference_of_zero_is_refused(frames):
    tacs = TimeActivity(
        frames, ("a", "b"), np.column_stack([np.ones(len(frames)), np.zeros(len(frames))]),
        "kBq/mL", decay_corrected=True,
    )  # fmt: skip
    with pytest.raises(PetError, match="zero, negative or missing"):
        fit(tacs, "srtm", reference="b")
