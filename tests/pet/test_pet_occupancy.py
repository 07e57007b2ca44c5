"""Occupancy: laws, other people's optimum, and intervals that hold what they say."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.estimate import ratio_interval
from occupancy.pet.lassen import lassen_plot
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.shared_v_nd import fit_shared_v_nd

V_S = np.array([0.2, 0.5, 0.8, 1.4, 2.5, 3.1])
REGIONS = tuple("abcdef")


def volumes(o=(0.6,), v_nd=0.7, noise=0.0, seed=0) -> np.ndarray:
    left = np.array([1.0, *(1 - one for one in o)])
    exact = v_nd + V_S[:, None] * left
    return exact + noise * np.random.default_rng(seed).standard_normal(exact.shape)


def table(values: np.ndarray, **more) -> BindingTable:
    scans = ("baseline", *(f"drug {i}" for i in range(1, values.shape[1])))
    return BindingTable(more.pop("outcome", "V_T"), REGIONS, scans, values, **more)


@given(o=st.floats(0.05, 0.98), v_nd=st.floats(0.1, 5.0))
@settings(max_examples=25, deadline=None)
def test_without_noise_the_truth_is_found(o, v_nd):
    one = fit_occupancy(table(volumes((o,), v_nd)))
    assert one.occupancy[0].value == pytest.approx(o, abs=1e-6)
    assert one.v_nd is not None
    assert one.v_nd.value == pytest.approx(v_nd, rel=1e-4)


def test_several_scans_share_one_volume():
    one = fit_occupancy(table(volumes((0.3, 0.6, 0.85), noise=0.02, seed=4)))
    assert [e.value for e in one.occupancy] == pytest.approx([0.3, 0.6, 0.85], abs=0.05)
    assert len(one.regions) == 6
    assert one.degrees_of_freedom == 24 - 3 - 1 - 6


def test_the_unit_of_volume_does_not_matter():
    values = volumes(noise=0.03, seed=1)
    plain, scaled = fit_occupancy(table(values)), fit_occupancy(table(7.0 * values))
    assert scaled.occupancy[0].value == pytest.approx(plain.occupancy[0].value, rel=1e-6)
    assert scaled.occupancy[0].se == pytest.approx(plain.occupancy[0].se, rel=1e-6)


def test_it_is_the_maximum_of_the_likelihood():
    """With given covariance; the minimum another minimiser finds from the same place."""
    rng = np.random.default_rng(2)
    se = rng.uniform(0.02, 0.1, (6, 2))
    data = BindingTable.with_errors(
        "V_T", REGIONS, ("b", "d"), volumes(noise=0.04, seed=3), se, correlation=0.5
    )
    assert data.covariance is not None
    inverse = np.linalg.inv(data.covariance)

    def loss(p):
        left = np.array([1.0, 1.0 - p[0]])
        r = (data.values - p[1] - p[2:, None] * left).ravel()
        return r @ inverse @ r

    one = fit_occupancy(data)
    other = minimize(loss, [0.6, 0.7, *V_S], method="BFGS", options={"gtol": 1e-8})
    assert one.wrss == pytest.approx(other.fun, rel=1e-8)
    assert one.occupancy[0].value == pytest.approx(other.x[0], abs=1e-5)


def test_errors_shrink_with_the_root_of_the_number_of_regions():
    small = table(volumes(), covariance=0.01 * np.eye(12))
    values = np.tile(volumes(), (4, 1))
    names = tuple(f"r{i}" for i in range(24))
    large = BindingTable("V_T", names, ("b", "d"), values, 0.01 * np.eye(48))
    ratio = fit_occupancy(small).occupancy[0].se / fit_occupancy(large).occupancy[0].se
    assert ratio == pytest.approx(2.0, rel=1e-6)


def test_scans_that_err_together_tell_more():
    """A common error of baseline and drug cancels in their difference."""
    se = np.full((6, 2), 0.1)
    scans = ("b", "d")
    apart, together = (
        fit_occupancy(BindingTable.with_errors("V_T", REGIONS, scans, volumes(), se, r))
        for r in (0.0, 0.9)
    )
    assert together.occupancy[0].se < apart.occupancy[0].se


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.slow
def test_intervals_cover_the_truth(known):
    inside, profiles = [], []
    for seed in range(300):
        values = volumes((0.6,), noise=0.05, seed=seed)
        one = fit_occupancy(table(values, covariance=0.0025 * np.eye(12) if known else None))
        estimate = one.occupancy[0]
        inside.append(estimate.low <= 0.6 <= estimate.high)
        if seed < 100:
            profile = one.profile()
            profiles.append(profile.low <= 0.6 <= profile.high)
    # 300 draws: three binomial standard errors
    assert 0.91 <= np.mean(inside) <= 0.995
    assert np.mean(profiles) >= 0.88


def test_ordinary_regression_is_biased_and_the_likelihood_is_not():
    """The baseline's error is in x and in y: the slope is drawn towards one, not towards zero."""
    drawn = [table(volumes((0.2,), noise=0.2, seed=seed)) for seed in range(2000)]
    ordinary = np.array([lassen_plot(data).occupancy.value for data in drawn])
    assert np.mean(ordinary) > 0.2 + 3 * ordinary.std() / np.sqrt(ordinary.size)
    found = np.array([fit_occupancy(data).occupancy[0].value for data in drawn[:400]])
    assert abs(np.median(found) - 0.2) < 0.015


def test_the_profile_is_the_interval_where_errors_are_small():
    one = fit_occupancy(table(volumes(noise=0.003, seed=5)))
    for name, estimate in (("occupancy", one.occupancy[0]), ("v_nd", one.v_nd)):
        profile = one.profile(name)
        assert estimate is not None
        assert (profile.low, profile.high) == pytest.approx((estimate.low, estimate.high), rel=0.01)


def test_the_profile_is_open_where_the_data_say_nothing():
    """Regions alike at baseline: V_ND has no upper or lower end."""
    values = np.array([[2.0, 1.0], [2.02, 1.0], [2.01, 1.02], [1.99, 0.99]])
    data = BindingTable("V_T", tuple("abcd"), ("b", "d"), values)
    profile = fit_occupancy(data).profile("v_nd")
    assert not (np.isfinite(profile.low) and np.isfinite(profile.high))


def test_the_bootstrap_scatters_as_the_errors_say():
    one = fit_occupancy(table(volumes((0.5, 0.8), noise=0.03, seed=6)))
    draws = one.bootstrap(800, seed=1)
    assert draws["occupancy"].std(axis=0) == pytest.approx([e.se for e in one.occupancy], rel=0.15)
    assert one.v_nd is not None
    assert draws["v_nd"].std() == pytest.approx(one.v_nd.se, rel=0.15)


def test_a_held_volume_is_held():
    one = fit_occupancy(table(volumes()), v_nd=0.7)
    assert one.v_nd is not None
    assert (one.v_nd.value, one.v_nd.se) == (0.7, 0.0)
    assert one.occupancy[0].value == pytest.approx(0.6, abs=1e-9)


def test_binding_potentials_give_the_mean_ratio():
    data = table(V_S[:, None] * np.array([1.0, 0.25]), outcome="BP_ND")
    one = fit_occupancy(data)
    assert one.v_nd is None
    assert one.occupancy[0].value == pytest.approx(0.75, abs=1e-9)
    assert [r.occupancy[0].value for r in one.regions] == pytest.approx([0.75] * 6)


def test_the_error_of_a_ratio_is_that_of_the_delta_method():
    data = BindingTable.with_errors(
        "BP_ND", ("a",), ("b", "d"), [[2.0, 0.5]], [[0.1, 0.08]], correlation=0.3
    )
    own = fit_occupancy(data).regions[0].occupancy[0]
    rng = np.random.default_rng(0)
    cov = [[0.01, 0.3 * 0.008], [0.3 * 0.008, 0.0064]]
    draws = rng.multivariate_normal([2.0, 0.5], cov, 200_000)
    assert own.se == pytest.approx((1 - draws[:, 1] / draws[:, 0]).std(), rel=0.02)


def test_fieller_covers_and_knows_when_it_cannot():
    assert ratio_interval(1.0, 0.1, (0.01, 0.01, 0.0), 1.96) == (-np.inf, np.inf)
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(2000):
        top, bottom = 1.0 + 0.3 * rng.standard_normal(), 1.5 + 0.3 * rng.standard_normal()
        low, high = ratio_interval(top, bottom, (0.09, 0.09, 0.0), 1.959964)
        inside.append(low <= 1 / 1.5 <= high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: table(volumes()[:, :1]), "baseline and another"),
        (lambda: table(volumes() * np.nan), "leave the region out"),
        (lambda: table(volumes(), covariance=np.zeros((12, 12))), "positive definite"),
        (lambda: table(volumes(), covariance=np.eye(3)), "shape"),
        (lambda: table(volumes(), outcome="SUV"), "allowed are"),
        (lambda: fit_occupancy(table(volumes(), outcome="BP_ND"), v_nd=1.0), "no V_ND"),
        (lambda: lassen_plot(table(volumes()), scan=2), "0 is the baseline"),
        (
            lambda: fit_occupancy(BindingTable("V_T", ("a",), ("b", "d"), np.array([[1, 0.5]]))),
            "two or more",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, word):
    with pytest.raises(PetError, match=word):
        make()


def test_sharing_one_volume_is_the_joint_maximum():
    """Three people, one V_ND: the minimum of the sum of squares that another minimiser finds."""
    data = [volumes((o,), 0.7, 0.04, seed) for seed, o in enumerate((0.3, 0.5, 0.8))]
    together = fit_shared_v_nd([table(v, covariance=0.0016 * np.eye(12)) for v in data], spread=0)

    def loss(p):
        total = 0.0
        for i, values in enumerate(data):
            left = np.array([1.0, 1.0 - p[1 + i]])
            bound = p[4 + 6 * i : 10 + 6 * i, None]
            total += ((values - p[0] - bound * left) ** 2).sum() / 0.0016
        return total

    other = minimize(loss, [0.7, 0.3, 0.5, 0.8, *V_S, *V_S, *V_S], method="BFGS").x
    assert together.v_nd.value == pytest.approx(other[0], abs=2e-4)
    assert [p[0].value for p in together.people] == pytest.approx(other[1:4], abs=2e-4)
    for shared, alone in zip(together.people, together.alone, strict=True):
        assert shared[0].se < alone.occupancy[0].se


def test_the_spread_between_people_is_found():
    rng = np.random.default_rng(3)
    levels = 0.7 + 0.15 * rng.standard_normal(40)
    data = [
        table(volumes((0.6,), float(v), 0.02, seed), covariance=0.0004 * np.eye(12))
        for seed, v in enumerate(levels)
    ]
    together = fit_shared_v_nd(data)
    assert together.spread == pytest.approx(levels.std(ddof=1), rel=0.25)
    assert together.v_nd.low <= levels.mean() <= together.v_nd.high


# --- another package's example -----------------------------------------------------------------


@pytest.fixture
def example(reference_data) -> BindingTable:
    with open(reference_data / "occ_example" / "occ_example_VT.csv") as file:
        head, *rows = list(csv.reader(file))
    values = np.array([[float(x) for x in row[1:]] for row in rows])
    return BindingTable("V_T", tuple(row[0] for row in rows), tuple(head[1:]), values)


@pytest.mark.reference
def test_the_optimum_is_that_of_occ(example, reference_data):
    """Its maximum likelihood within 1e-6; its σ is √(wrss/15), ours unbiased √(wrss/7)."""
    with open(reference_data / "reference_occ_example.csv") as file:
        rows = [r for r in csv.DictReader(file) if r["method"] == "reml"]
    theirs = {r["scan"]: float(r["occupancy"]) for r in rows}
    one = fit_occupancy(example)
    for scan, estimate in zip(one.scans, one.occupancy, strict=True):
        assert estimate.value == pytest.approx(theirs[scan], abs=1e-6)
    assert one.v_nd is not None
    assert one.v_nd.value == pytest.approx(float(rows[0]["VND"]), abs=1e-6)
    assert one.sigma == pytest.approx(0.01489, abs=1e-5)
    assert [e.se for e in one.occupancy] == pytest.approx([0.030, 0.023], abs=5e-4)
    assert np.sqrt(one.wrss / 15) <= float(rows[0]["sigma"])
    for name, scan in (("occupancy", 0), ("occupancy", 1), ("v_nd", 0)):
        profile = one.profile(name, scan)
        assert profile.low < profile.value < profile.high


@pytest.mark.reference
def test_ordinary_plots_are_those_of_occ(example, reference_data):
    with open(reference_data / "reference_occ_example.csv") as file:
        rows = [r for r in csv.DictReader(file) if r["method"] == "ols" and r["VND"] != "NA"]
    for scan in (1, 2):
        plot = lassen_plot(example, scan)
        row = next(r for r in rows if r["scan"] == example.scans[scan])
        assert plot.occupancy.value == pytest.approx(float(row["occupancy"]), abs=1e-12)
        assert plot.v_nd.value == pytest.approx(float(row["VND"]), abs=1e-12)
