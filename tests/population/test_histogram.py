"""Histograms against numpy's quantiles, and merging."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.population import Histogram
from occupancy.population.histogram import Tally

SHARES = (0.0, 0.05, 0.25, 0.5, 0.9, 0.95, 1.0)


def values_of(seed: int, n: int, series: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).beta([0.5, 2.0, 30.0][:series], 2.0, (n, series))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 400), st.sampled_from([10, 100, 1000]))
def test_quantiles_are_numpys_within_half_a_bin(seed: int, n: int, bins: int) -> None:
    grid, values = Histogram(0.0, 1.0, bins), values_of(seed, n)
    found = grid.quantiles(grid.add(grid.empty(3), values), SHARES)
    exact = np.quantile(values, SHARES, axis=0)
    assert np.abs(found - exact).max() <= grid.error * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 200), min_size=1, max_size=5))
def test_merging_is_exact_in_any_grouping(seed: int, cuts: list[int]) -> None:
    grid, values = Histogram(0.0, 1.0, 50), values_of(seed, 200)
    whole = grid.add(grid.empty(3), values)
    edges = [0, *sorted(cuts), 200]
    parts = [grid.add(grid.empty(3), values[a:b]) for a, b in pairwise(edges)]

    def together(tallies: list[Tally]) -> Tally:
        state = grid.empty(3)
        for one in tallies:
            state = grid.merge(state, one)
        return state

    for merged in (together(parts), together(parts[::-1])):
        assert np.array_equal(merged.counts, whole.counts)
        assert np.array_equal(merged.least, whole.least)
        assert np.array_equal(merged.greatest, whole.greatest)


def test_values_that_are_all_one_are_given_back_exactly() -> None:
    grid = Histogram(0.0, 1.0, 7)
    for value in (0.0, 0.123456789, 1.0):
        tally = grid.add(grid.empty(1), np.full((9, 1), value))
        assert np.array_equal(grid.quantiles(tally, SHARES)[:, 0], np.full(len(SHARES), value))


def test_nothing_counted_is_not_a_number() -> None:
    grid = Histogram(0.0, 1.0, 7)
    assert np.isnan(grid.quantiles(grid.empty(2), (0.5,))).all()


def test_error_is_half_a_bin() -> None:
    assert Histogram(0.0, 1.0, 1000).error == pytest.approx(0.0005)
    assert Histogram(30.0, 300.0, 2700).error == pytest.approx(0.05)


@pytest.mark.parametrize("most", [200, 60_000, 2**31, 2**40])
def test_what_a_worker_sends_is_small_and_exact(most: int) -> None:
    grid = Histogram(0.0, 1.0, 50)
    one = grid.add(grid.empty(3), values_of(1, 200))
    one.counts[1, 7] = most
    sent = pickle.loads(pickle.dumps(one))
    assert (sent.counts == one.counts).all()
    assert sent.counts.dtype == np.int64
    assert (grid.merge(sent, sent).counts == 2 * one.counts).all()
    if most < 256:
        assert len(pickle.dumps(one)) < one.counts.nbytes / 2
