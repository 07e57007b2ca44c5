"""Draws of figures: medians, spreads, bounds, and the same sample everywhere."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from occupancy.evidence.draws import (
    between_draws,
    draws,
    median,
    prior_cv_of,
    sigma_of_cv,
    standard_draws,
)
from occupancy.evidence.figure import Figure
from occupancy.evidence.validated import validated
from occupancy.units import UnitError

N = 501


def figure(**fields: Any) -> Figure:
    base = {"id": "x", "quantity": "CL", "unit": "L/h", "cite": "any", "status": "derived"}
    return validated(Figure, base | fields)


LOGNORMAL = figure(value=20, distribution="lognormal", cv=0.3)
NORMAL = figure(value=20, distribution="normal", sd=3)
INTERVAL = figure(value=12, distribution="interval", low=10, high=20)
EXACT = figure(value=20, distribution="exact")
UNSTATED = figure(value=20)
ALL = (LOGNORMAL, NORMAL, INTERVAL, EXACT, UNSTATED)


@pytest.mark.parametrize("one", ALL)
def test_median_is_the_figure(one: Figure) -> None:
    assert np.median(draws(one, N)) == pytest.approx(median(one), rel=1e-9)
    np.testing.assert_allclose(draws(one, 1), [median(one)])


@pytest.mark.parametrize("n", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("one", ALL)
def test_shape_and_reproducibility(one: Figure, n: int) -> None:
    assert draws(one, n, 5).shape == (n,)
    np.testing.assert_array_equal(draws(one, n, 5), draws(one, n, 5))


def test_lognormal_quantiles_match_scipy() -> None:
    sample = np.sort(draws(LOGNORMAL, N))
    expected = stats.lognorm(s=sigma_of_cv(0.3), scale=20).ppf((np.arange(N) + 0.5) / N)
    np.testing.assert_allclose(sample, expected, rtol=1e-9)
    assert np.std(sample) / np.mean(sample) == pytest.approx(0.3, rel=0.03)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_bounds_are_quantiles_of_their_level(level: float) -> None:
    one = figure(value=20, distribution="lognormal", low=10, high=40, level=level)
    got = np.quantile(draws(one, 4001), [0.5 - level / 2, 0.5 + level / 2])
    np.testing.assert_allclose(got, [10, 40], rtol=0.01)


def test_normal_that_reaches_zero_is_truncated_not_folded() -> None:
    sample = np.sort(draws(figure(value=10, distribution="normal", sd=8), N))
    expected = stats.truncnorm(-10 / 8, np.inf, loc=10, scale=8).ppf((np.arange(N) + 0.5) / N)
    np.testing.assert_allclose(sample, expected, rtol=1e-6)
    assert sample[0] > 0


def test_interval_puts_half_on_each_side_of_its_value() -> None:
    sample = draws(INTERVAL, 1000)
    assert np.mean(sample < 12) == pytest.approx(0.5)
    assert sample.min() >= 10
    assert sample.max() <= 20
    flat = draws(figure(distribution="interval", low=10, high=20), 1000)
    assert stats.kstest(flat, stats.uniform(10, 10).cdf).statistic < 0.002


def test_shares_stay_shares_and_signs_stay() -> None:
    share = figure(quantity="Emax", unit="%", value=95, distribution="lognormal", cv=0.2)
    assert draws(share, N).max() == 1.0
    exponent = figure(quantity="exponent", unit="1", value=-1.3)
    assert draws(exponent, N).max() < 0
    assert np.median(draws(exponent, N)) == pytest.approx(-1.3)
    nothing = figure(quantity="activity", unit="1", value=0.0, distribution="exact")
    np.testing.assert_array_equal(draws(nothing, N), 0.0)


def test_units_become_canonical_and_molar_figures_need_a_mass() -> None:
    per_day = figure(value=48, unit="L/day", distribution="lognormal", cv=0.2)
    assert np.median(draws(per_day, N)) == pytest.approx(2.0)
    molar = figure(
        quantity="EC50", value=10, unit="nM", medium="plasma-total", distribution="normal", sd=1
    )
    sample = draws(molar, N, molar_mass=400.0)
    assert np.median(sample) == pytest.approx(4.0)
    assert np.std(sample) == pytest.approx(0.4, rel=0.02)
    with pytest.raises(UnitError, match="molar mass"):
        draws(molar, N)


def test_unstated_spread_takes_the_labelled_prior() -> None:
    assert np.std(np.log(draws(UNSTATED, N))) == pytest.approx(
        sigma_of_cv(prior_cv_of("CL")), rel=0.02
    )
    assert np.std(np.log(draws(UNSTATED, N, prior_cv=0.1))) == pytest.approx(
        sigma_of_cv(0.1), rel=0.02
    )


def test_figures_are_independent_and_keep_their_sample() -> None:
    one, other = figure(id="a", value=1.0), figure(id="b", value=1.0)
    assert abs(np.corrcoef(draws(one, N), draws(other, N))[0, 1]) < 0.15
    assert not np.array_equal(draws(one, N, namespace="p"), draws(one, N, namespace="q"))
    assert not np.array_equal(draws(one, N, 1), draws(one, N, 2))
    np.testing.assert_array_equal(draws(one, N), draws(replace(one, note="moved"), N))
    assert abs(np.corrcoef(draws(one, N), between_draws(one, N))[0, 1]) < 0.15


def test_between_people() -> None:
    own = between_draws(figure(value=20, between_cv=0.5), N)
    assert np.median(own) == pytest.approx(1.0)
    assert np.std(np.log(own)) == pytest.approx(sigma_of_cv(0.5), rel=0.02)
    lag = figure(quantity="lag", value=1.0, unit="h")
    np.testing.assert_array_equal(between_draws(lag, N), 1.0)


@given(n=st.integers(1, 300), seed=st.integers(0, 2**31))
def test_standard_draws_are_the_midpoint_scores(n: int, seed: int) -> None:
    got = np.sort(standard_draws(n, seed, "eta"))
    np.testing.assert_allclose(got, stats.norm.ppf((np.arange(n) + 0.5) / n), atol=1e-9)


def test_at_least_one_draw() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        draws(EXACT, 0)
