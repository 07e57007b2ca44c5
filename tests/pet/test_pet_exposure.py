"""Occupancy against concentration: another minimiser, coverage, what cannot be known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from occupancy.pet.error import PetError
from occupancy.pet.exposure import exposure_draws, fit_exposure

C = np.array([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0])


def hill(c, ec50, emax=1.0):
    return emax * c / (ec50 + c)


def measured(rng, ec50=6.0, emax=1.0, se=0.04):
    return hill(C, ec50, emax) + se * rng.standard_normal(C.size)


@pytest.mark.parametrize("free", [False, True])
def test_the_minimum_is_that_of_another_minimiser(free):
    o, se = measured(np.random.default_rng(1), emax=0.85), np.linspace(0.02, 0.08, C.size)
    one = fit_exposure(C, o, se, emax=None if free else 1.0)
    law = hill if free else lambda c, ec50: hill(c, ec50)
    p, cov = curve_fit(
        law, C, o, [5.0, 0.9][: 1 + free], sigma=se, absolute_sigma=True, ftol=1e-14, xtol=1e-14
    )
    assert one.ec50.value == pytest.approx(p[0], rel=1e-6)
    wider = max(one.sigma, 1.0)
    assert one.ec50.se == pytest.approx(wider * np.sqrt(cov[0, 0]), rel=1e-3)
    if free:
        assert one.emax.value == pytest.approx(p[1], rel=1e-6)
        assert one.emax.low < 0.85 < one.emax.high


@pytest.mark.slow
@pytest.mark.parametrize("known", [False, True])
def test_intervals_cover_the_truth(known):
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        one = fit_exposure(C, measured(rng), np.full(C.size, 0.04) if known else None)
        inside += one.ec50.low <= 6.0 <= one.ec50.high
    assert 0.92 <= inside / 300 <= 0.98


def test_scatter_between_people_widens_the_errors():
    o = measured(np.random.default_rng(5), se=0.08)
    one = fit_exposure(C, o, np.full(C.size, 0.01))
    assert one.sigma > 3
    assert "widened" in one.warnings[0]


def test_low_occupancies_bound_one_side_only():
    one = fit_exposure([1.0, 2.0, 3.0], [0.01, -0.02, 0.02], [0.02, 0.02, 0.02])
    assert one.ec50.high == np.inf
    assert np.isfinite(one.ec50.low)
    assert "do not bound" in " ".join(one.warnings)


def test_draws_flow_into_the_ec50():
    rng = np.random.default_rng(9)
    draws = hill(C, 6.0) + 0.04 * rng.standard_normal((400, C.size))
    found = exposure_draws(C, draws)
    alone = fit_exposure(C, draws[0])
    assert found[0] == pytest.approx(alone.ec50.value, rel=1e-6)
    assert np.std(np.log(found)) == pytest.approx(alone.ec50.se / alone.ec50.value, rel=0.5)
    assert np.median(found) == pytest.approx(6.0, rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (([0.0, 1.0], [0.1, 0.2]), "concentration must be positive"),
        (([1.0], [0.1, 0.2]), "one length"),
        (([1.0, 2.0], [0.1, np.nan]), "finite"),
        (([1.0, 2.0], [0.1, 0.2], [0.0, 0.1]), "se must be positive"),
        (([], []), "cannot give"),
    ],
)
def test_what_cannot_be_is_refused(arguments, word):
    with pytest.raises(PetError, match=word):
        fit_exposure(*arguments)
    with pytest.raises(PetError, match="emax 2"):
        fit_exposure([1.0], [0.5], emax=2.0)
