"""Occupancy behind what scans report, where the drug moves the target or its agonist."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.laws import pet_occupancy
from occupancy.pet.correction import TargetChange, correct_draws, correct_occupancy
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate

SEEN = Estimate(0.6, 0.04, 0.51, 0.67)  # an interval that is not symmetrical


@given(
    d=st.floats(0.0, 50.0), u=st.floats(-0.5, 2.0), a0=st.floats(0.0, 3.0), r=st.floats(0.0, 5.0)
)
def test_it_is_the_inverse_of_what_a_scan_reports(d, u, a0, r):
    seen = float(pet_occupancy(d, a0, a0 * r, u))
    found = correct_occupancy(
        Estimate(seen, 0.01, seen - 0.02, seen + 0.02),
        TargetChange(up_regulation=u, agonist=a0, agonist_ratio=r),
    )
    assert found.occupancy.value == pytest.approx(d / (1 + a0 * r + d), abs=1e-12)
    assert found.without_agonist.value == pytest.approx(d / (1 + d), abs=1e-9)


def test_nothing_changed_changes_nothing():
    """However little is known of an agonist that the drug leaves as it was."""
    found = correct_occupancy(SEEN, TargetChange(agonist=0.5, agonist_se=0.4)).occupancy
    assert (found.value, found.low, found.high) == pytest.approx((0.6, 0.51, 0.67), abs=1e-9)
    assert found.se == pytest.approx(0.04, abs=1e-9)
    alone = correct_occupancy(SEEN, TargetChange()).without_agonist
    assert alone.value == pytest.approx(0.6)


def test_without_its_own_error_the_interval_is_carried_through_the_law():
    found = correct_occupancy(SEEN, TargetChange(up_regulation=0.25)).occupancy
    for name in ("value", "low", "high"):
        assert getattr(found, name) == pytest.approx(1 - (1 - getattr(SEEN, name)) / 1.25)
    assert found.se == pytest.approx(0.04 / 1.25)


def test_more_target_hides_occupancy_and_more_agonist_mimics_it():
    more = correct_occupancy(SEEN, TargetChange(up_regulation=0.2)).occupancy.value
    less = correct_occupancy(SEEN, TargetChange(agonist=0.3, agonist_ratio=2.0)).occupancy.value
    assert less < SEEN.value < more


def test_the_error_is_that_of_draws():
    change = TargetChange(0.2, 0.05, 0.4, 0.1, 1.5, 0.2)
    found = correct_occupancy(Estimate.of(0.6, 0.02, math.inf), change)
    theta = 0.6 + 0.02 * np.random.default_rng(1).standard_normal(200_000)
    for one, alone in ((found.occupancy, False), (found.without_agonist, True)):
        draws = correct_draws(theta, change, seed=2, without_agonist=alone)
        assert one.se == pytest.approx(draws.std(), rel=0.03)
        assert one.value == pytest.approx(np.median(draws), abs=2e-3)
        low, high = np.quantile(draws, [0.025, 0.975])
        assert (one.low, one.high) == pytest.approx((low, high), abs=0.006)


def test_scans_of_one_draw_share_what_changed():
    theta = np.full((500, 2), 0.5)
    draws = correct_draws(theta, TargetChange(0.2, 0.1))
    assert draws.shape == (500, 2)
    assert np.array_equal(draws[:, 0], draws[:, 1])
    assert draws[:, 0].std() > 0.01


def test_noise_may_carry_an_interval_past_one():
    found = correct_occupancy(
        Estimate(0.98, 0.03, 0.92, 1.04), TargetChange(agonist=0.5, agonist_ratio=0.5)
    )
    assert found.occupancy.low < found.occupancy.value < found.occupancy.high
    assert found.without_agonist.low < found.without_agonist.value < found.without_agonist.high


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"up_regulation": -1.0}, "up_regulation -1"),
        ({"agonist": -0.1}, "agonist -0.1"),
        ({"agonist_ratio": math.nan}, "agonist_ratio nan"),
        ({"agonist_se": -1.0}, "agonist_se"),
    ],
)
def test_what_cannot_be_is_refused(change, word):
    with pytest.raises(PetError, match=word):
        TargetChange(**change)
    with pytest.raises(PetError, match="level"):
        correct_occupancy(SEEN, TargetChange(), level=1.0)
