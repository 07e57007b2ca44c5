"""Errors from test and retest: recovered, carried into occupancy, refused where they cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.repeatability import fit_repeatability

REGIONS = ("putamen", "caudate", "thalamus", "insula", "cerebellum")
V_S = np.array([3.0, 2.2, 0.8, 1.5, 0.3])
# regions share half of their error: the input function's
SHARED = 0.05**2 * (0.5 * np.eye(5) + 0.5)


def pairs(people: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    own = (0.6 + V_S) * np.exp(0.2 * rng.standard_normal((people, 5)))
    root = np.linalg.cholesky(SHARED)
    one, two = (own * np.exp(rng.standard_normal((people, 5)) @ root.T) for _ in range(2))
    return one, two


def test_the_covariance_of_a_scan_is_found():
    found = fit_repeatability("V_T", REGIONS, *pairs(4000, 1), shrink=0.0)
    assert np.abs(found.covariance - SHARED).max() < 0.06 * SHARED[0, 0]
    assert found.absolute_variability == pytest.approx(0.05 * 2 / np.sqrt(np.pi), rel=0.05)
    assert found.icc == pytest.approx(0.04 / (0.04 + 0.0025), abs=0.03)


def test_few_people_still_give_a_covariance():
    found = fit_repeatability("V_T", REGIONS, *pairs(4, 2))
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()


def test_intervals_cover_the_truth_when_regions_share_their_error():
    rng = np.random.default_rng(4)
    known = fit_repeatability("V_T", REGIONS, *pairs(4000, 3), shrink=0.0)
    root = np.linalg.cholesky(SHARED)
    inside, o = 0, 0.6
    for _ in range(300):
        clean = 0.6 + np.outer(V_S, [1.0, 1.0 - o])
        values = clean * np.exp((rng.standard_normal((2, 5)) @ root.T).T)
        table = BindingTable("V_T", REGIONS, ("base", "drug"), values)
        one = fit_occupancy(known.errors_of(table)).occupancy[0]
        inside += one.low <= o <= one.high
    assert 0.92 <= inside / 300 <= 0.98


def test_scans_do_not_covary_and_regions_do():
    known = fit_repeatability("V_T", REGIONS, *pairs(50, 5), relative=False)
    table = known.errors_of(
        BindingTable("V_T", REGIONS[:2], ("a", "b", "c"), np.arange(1.0, 7.0).reshape(2, 3))
    )
    assert table.covariance is not None
    assert table.covariance[0, 1] == 0.0
    assert table.covariance[0, 3] == pytest.approx(known.covariance[0, 1])
    assert table.covariance[1, 1] == pytest.approx(known.covariance[0, 0])


def test_what_cannot_be_is_refused():
    one, two = pairs(5, 6)
    known = fit_repeatability("V_T", REGIONS, one, two)
    with pytest.raises(PetError, match="three people"):
        fit_repeatability("V_T", REGIONS, one[:2], two[:2])
    with pytest.raises(PetError, match="above zero"):
        fit_repeatability("V_T", REGIONS, -one, two)
    with pytest.raises(PetError, match="finite"):
        fit_repeatability("V_T", REGIONS, one * np.nan, two)
    with pytest.raises(PetError, match="shrink 2"):
        fit_repeatability("V_T", REGIONS, one, two, shrink=2)
    values = np.ones((1, 2))
    with pytest.raises(PetError, match="no region pons"):
        known.errors_of(BindingTable("V_T", ("pons",), ("a", "b"), values))
    with pytest.raises(PetError, match="the table of BP_ND"):
        known.errors_of(BindingTable("BP_ND", ("putamen",), ("a", "b"), values))
