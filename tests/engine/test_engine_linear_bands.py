"""Bands and streaming reducers against NumPy over all people at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.engine import Bins, Course, quantile_bands

LEVELS = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0]
sizes = st.integers(1, 300)
seeds = st.integers(0, 2**32 - 1)


def fractions(seed: int, people: int, times: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.beta(0.3, 0.4, (times, people))
    values[rng.uniform(size=values.shape) < 0.05] = 1.0
    return values


@settings(max_examples=50, deadline=None)
@given(seeds, sizes)
def test_bands_are_those_of_numpy(seed, people):
    values = fractions(seed, people)
    theirs = np.quantile(values, LEVELS, axis=1)
    np.testing.assert_allclose(quantile_bands(values, LEVELS), theirs, rtol=1e-14, atol=1e-16)


@settings(max_examples=30, deadline=None)
@given(seeds, sizes, st.integers(1, 80))
def test_chunks_and_their_order_change_nothing(seed, people, chunk):
    values = fractions(seed, people)
    window = (0.3, 0.7)
    whole = Course.empty(values.shape[0], Bins.fractions(), window)
    whole.add(values)
    pieces = []
    for first in range(0, people, chunk):
        piece = Course.empty(values.shape[0], Bins.fractions(), window)
        piece.add(values[:, first : first + chunk])
        pieces.append(piece)
    merged = pieces.pop()
    for piece in pieces:
        merged.merge(piece)
    assert merged.people == whole.people == people
    assert (merged.mean == whole.mean).all()
    assert (merged.share_in_window == whole.share_in_window).all()
    assert (merged.bands.counts == whole.bands.counts).all()
    assert (merged.peaks.counts == whole.peaks.counts).all()
    assert (merged.in_window.counts == whole.in_window.counts).all()


def test_means_shares_and_peaks_are_exact():
    values = fractions(1, 1000)
    course = Course.empty(7, Bins.fractions(), (0.3, 0.7))
    course.add(values)
    np.testing.assert_allclose(course.mean, values.mean(axis=1), atol=2e-12)
    inside = (values >= 0.3) & (values <= 0.7)
    np.testing.assert_array_equal(course.share_in_window, inside.mean(axis=1))
    half = course.peaks.quantiles([0.5])[0, 0]
    assert abs(half - np.median(values.max(axis=0))) <= 5e-5
    spent = course.in_window.quantiles([0.5])[0, 0]
    assert abs(spent - np.median(inside.mean(axis=0))) <= 5e-5 + 1e-12


def test_what_does_not_fit_is_refused():
    course = Course.empty(2, Bins.fractions())
    with pytest.raises(ValueError, match=r"do not fit bins from 0 to 1"):
        course.add(np.array([[0.5], [1.5]]))
    with pytest.raises(ValueError, match="nan"):
        course.add(np.array([[0.5], [np.nan]]))
    with pytest.raises(ValueError, match="give \\(2, people\\)"):
        course.add(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="nobody"):
        Course.empty(2, Bins.fractions()).bands.quantiles([0.5])
    with pytest.raises(ValueError, match="no window"):
        _ = course.share_in_window
    with pytest.raises(ValueError, match="differ"):
        course.merge(Course.empty(2, Bins.fractions(), (0.0, 1.0)))
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        quantile_bands(np.zeros((1, 1)), [1.2])
    with pytest.raises(ValueError, match="people >= 1"):
        quantile_bands(np.zeros((1, 0)), [0.5])
