"""Histograms against numpy's quantiles, and merging."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.engine import Bins, Histogram

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.9, 0.95, 1.0)
seeds = st.integers(0, 2**32 - 1)


def values_of(seed: int, people: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.beta([[0.5], [2.0], [30.0]], 2.0, (3, people))
    values[rng.uniform(size=values.shape) < 0.05] = 1.0
    return values


FOUR_TENTHS = np.full((3, 1), 0.4)


def counted(bins: Bins, *parts: np.ndarray) -> Histogram:
    found = Histogram.empty(bins, 3)
    for part in parts:
        found.add(part)
    return found


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 400), st.sampled_from([10, 100, 10_000]))
def test_quantiles_are_numpys_within_half_a_bin(seed: int, people: int, count: int) -> None:
    bins, values = Bins(0.0, 1.0, count), values_of(seed, people)
    exact = np.quantile(values, LEVELS, axis=1)
    found = counted(bins, values).quantiles(LEVELS)
    assert np.abs(found - exact).max() <= bins.error * (1 + 1e-9)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(1, 300))
def test_ratios_keep_their_stated_error(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.exp(rng.uniform(np.log(1e-3), np.log(1e5), (3, people)))
    values[0, 0] = 0.0
    bins = Bins.concentrations()
    exact = np.quantile(values, LEVELS, axis=1)
    found = counted(bins, values).quantiles(LEVELS)
    assert (np.abs(found - exact) <= bins.error * exact * (1 + 1e-6) + bins.low).all()
    assert found[0, 0] == 0.0


@settings(max_examples=30, deadline=None)
@given(seeds, st.lists(st.integers(1, 199), max_size=5, unique=True), st.booleans())
def test_merging_is_exact_in_any_grouping(seed: int, cuts: list[int], across: bool) -> None:
    bins, values = Bins(0.0, 1.0, 50), values_of(seed, 200)
    if across:  # people-major in memory, as a block of people hands it over
        values = np.ascontiguousarray(values.T).T
    whole = counted(bins, values)
    parts = [values[:, a:b] for a, b in pairwise([0, *sorted(cuts), 200])]
    for order in (parts, parts[::-1]):
        merged = Histogram.empty(bins, 3)
        for part in order:
            merged.merge(counted(bins, part))
        for one in (merged, counted(bins, *order)):
            assert np.array_equal(one.counts, whole.counts)
            assert np.array_equal(one.least, whole.least)
            assert np.array_equal(one.greatest, whole.greatest)
            assert one.people == 200


def test_counts_are_those_of_numpy() -> None:
    values = values_of(3, 500)
    found = counted(Bins(0.0, 1.0, 40), values).counts
    for row, one in zip(found, values, strict=True):
        assert np.array_equal(row, np.histogram(one, bins=40, range=(0.0, 1.0))[0])


def test_values_that_are_all_one_are_given_back_exactly() -> None:
    for value in (0.0, 0.123456789, 1.0):
        found = Histogram.empty(Bins(0.0, 1.0, 7), 1)
        found.add(np.full((1, 9), value))
        assert (found.quantiles(LEVELS) == value).all()


def test_error_is_half_a_bin() -> None:
    assert Bins(0.0, 1.0, 1000).error == pytest.approx(0.0005)
    assert Bins(30.0, 300.0, 2700).error == pytest.approx(0.05)
    assert Bins.fractions().error == pytest.approx(5e-5)


@pytest.mark.parametrize("people", [200, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**40])
def test_what_a_worker_sends_is_small_and_exact(people: int) -> None:
    one = crowd(people)
    sent = pickle.loads(pickle.dumps(one))
    assert np.array_equal(sent.counts, one.counts)
    assert sent.bins == one.bins
    sent.merge(one)
    assert sent.counts[:, 400].tolist() == [2 * people] * 3
    assert sent.people == 2 * people
    if people < 256:
        assert len(pickle.dumps(one)) < 0.7 * one.counts.nbytes


@pytest.mark.parametrize("people", [255, 65_534, 65_535, 2**32 - 2, 2**32 - 1])
def test_no_count_runs_over(people: int) -> None:
    for one in (crowd(people), pickle.loads(pickle.dumps(crowd(people)))):
        for more in (1, 2):
            one.add(np.full((3, 1), 0.4))
            assert one.counts[:, 400].tolist() == [people + more] * 3
        into = Histogram.empty(one.bins, 3)
        for more in (1, 2):
            into.merge(one)
            assert into.counts[:, 400].tolist() == [more * (people + 2)] * 3


def crowd(people: int) -> Histogram:
    """So many people in one bin, put together by doubling."""
    bins = Bins(0.0, 1.0, 1000)
    found, double = Histogram.empty(bins, 3), counted(bins, FOUR_TENTHS)
    while people:
        if people & 1:
            found.merge(double)
        double.merge(pickle.loads(pickle.dumps(double)))
        people >>= 1
    return found


def test_what_does_not_fit_is_refused_and_rounding_is_not() -> None:
    bins = Bins.fractions()
    found = Histogram.empty(bins, 1)
    found.add(np.array([[1.0 + 2e-16, -1e-17]]))
    assert found.people == 2
    for wrong in (1.001, -0.001, np.nan, np.inf):
        with pytest.raises(ValueError, match="do not fit bins from 0 to 1"):
            found.add(np.array([[0.5, wrong]]))
    assert found.people == 2
    with pytest.raises(ValueError, match=r"give \(1, people\)"):
        found.add(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="people >= 1"):
        found.add(np.zeros((1, 0)))
    with pytest.raises(ValueError, match="different bins"):
        found.merge(Histogram.empty(Bins.fractions(0.1), 1))
    with pytest.raises(ValueError, match="nobody"):
        Histogram.empty(bins, 1).quantiles((0.5,))
    with pytest.raises(ValueError, match="low > 0"):
        Bins(0.0, 1.0, 10, 0.1)
