"""Frames, piecewise curves and the convolution, against quadrature and finer grids."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from occupancy.pet.convolution import convolve, phi
from occupancy.pet.convolution_table import ConvolutionTable
from occupancy.pet.error import PetError
from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise, curve_of_frames
from occupancy.pet.riemann import RiemannGrid

KNOTS = Piecewise(np.array([0.0, 0.3, 0.5, 1.0, 4.0, 30.0]), np.array([0.0, 9.0, 6.0, 5.0, 2.0, 1]))


def by_quad(curve: Piecewise, theta: float, t: float) -> float:
    inside = [k for k in curve.times if 0 < k < t]
    edges = [0.0, *inside, t]
    return sum(
        quad(lambda s: float(curve.at(s)) * np.exp(-theta * (t - s)), a, b, epsabs=1e-13)[0]
        for a, b in pairwise(edges)
    )


@pytest.mark.parametrize("z", [0.0, 1e-12, 1e-5, 0.3, 0.999, 1.001, 7.0, 300.0])
def test_phi_are_their_integrals(z):
    found = phi(np.array([z]), 3)
    for k, factorial in ((1, 1.0), (2, 1.0), (3, 2.0)):
        exact, _ = quad(lambda s, k=k, f=factorial: np.exp(-z * (1 - s)) * s ** (k - 1) / f, 0, 1)
        assert found[k][0] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("theta", [0.0, 1e-9, 0.01, 0.5, 5.0, 60.0])
def test_mid_frame_convolution_is_the_integral(theta):
    frames = Frames(np.array([0.0, 0.4, 1.0, 9.0]), np.array([0.4, 1.0, 7.0, 40.0]))
    exact = [by_quad(KNOTS, theta, t) for t in frames.mid]
    assert convolve(KNOTS, np.array([theta]), frames, "mid")[:, 0] == pytest.approx(
        exact, rel=1e-11
    )


@pytest.mark.parametrize("theta", [0.0, 1e-9, 0.01, 0.5, 5.0])
def test_frame_average_is_the_mean_of_the_integral(theta):
    frames = Frames(np.array([0.0, 0.4, 1.0, 9.0]), np.array([0.4, 1.0, 7.0, 40.0]))
    found = convolve(KNOTS, np.array([theta]), frames, "average")[:, 0]
    for start, end, value in zip(frames.start, frames.end, found, strict=True):
        inside = [k for k in KNOTS.times if start < k < end]
        mean = quad(lambda t: by_quad(KNOTS, theta, t), start, end, points=inside, epsabs=1e-9)[0]
        assert value == pytest.approx(mean / (end - start), rel=1e-7)


def test_many_rates_at_once_are_each_alone(frames, plasma):
    rates = np.array([0.0, 1e-6, 0.02, 0.7, 12.0])
    together = convolve(plasma, rates, frames, "average")
    for j, rate in enumerate(rates):
        alone = convolve(plasma, rates[j : j + 1], frames, "average")[:, 0]
        assert together[:, j] == pytest.approx(alone, rel=1e-13), rate


@pytest.mark.parametrize("convention", ["mid", "average"])
def test_no_rate_gives_the_running_integral(frames, plasma, convention):
    found = convolve(plasma, np.zeros(1), frames, convention)[:, 0]
    assert found == pytest.approx(plasma.integral_seen(frames, convention), rel=1e-12)


@pytest.mark.parametrize("convention", ["mid", "average"])
def test_a_fast_rate_gives_the_curve_over_the_rate(frames, plasma, convention):
    late = frames.take(frames.start > 10)
    found = convolve(plasma, np.array([1e5]), late, convention)[:, 0] * 1e5
    assert found == pytest.approx(plasma.seen(late, convention), rel=1e-4)


@pytest.mark.parametrize("convention", ["mid", "average"])
def test_the_table_is_the_closed_form(frames, plasma, convention):
    table = ConvolutionTable.exact(plasma, frames, convention, 15.0)
    rates = np.random.default_rng(1).uniform(0, 1, 40) ** 4 * 15.0
    value, slope = table(rates)
    exact = convolve(plasma, rates, frames, convention).T
    assert np.abs(value - exact).max() < 1e-10 * np.abs(exact).max()
    h = 1e-6 * (1 + rates)
    above, below = (
        convolve(plasma, r, frames, convention).T for r in (rates + h, np.abs(rates - h))
    )
    numeric = (above - below) / (2 * h)[:, None]
    assert np.abs(slope - numeric).max() < 1e-6 * np.abs(numeric).max()
    assert table.error < 2e-12


def test_frame_averages_integrate_to_the_whole(frames, plasma):
    total = float(plasma.average(frames) @ frames.duration)
    assert total == pytest.approx(float(plasma.integral(frames.end[-1])), rel=1e-12)


def test_the_curve_behind_frames_has_their_averages(frames, plasma):
    seen = plasma.average(frames)
    behind = curve_of_frames(frames, seen, "average")
    assert behind.average(frames) == pytest.approx(seen, rel=1e-12, abs=1e-12)


def test_the_curve_behind_points_goes_through_them(frames, plasma):
    seen = plasma.at(frames.mid)
    assert curve_of_frames(frames, seen, "mid").at(frames.mid) == pytest.approx(seen, rel=1e-14)


def test_integral_seen_is_the_mean_of_the_integral(frames):
    found = KNOTS.integral_seen(frames, "average")
    for start, end, value in zip(frames.start[::5], frames.end[::5], found[::5], strict=True):
        inside = [k for k in KNOTS.times if start < k < end] or None
        mean = quad(KNOTS.integral, start, end, points=inside)[0] / (end - start)
        assert value == pytest.approx(mean, rel=1e-9)


@given(delay=st.floats(-0.9, 3.0))
def test_a_delay_moves_the_curve(delay):
    t = np.linspace(0.0, 20.0, 57)
    moved = KNOTS.shifted(delay)
    before = t < delay
    assert moved.at(t[before]) == pytest.approx(np.zeros(before.sum()), abs=1e-9)
    assert moved.at(t[~before]) == pytest.approx(KNOTS.at(t[~before] - delay), rel=1e-9)


def test_the_riemann_sum_approaches_the_convolution(frames, plasma):
    exact = convolve(plasma, np.array([0.1]), frames, "mid")[:, 0]
    errors = [
        np.abs(RiemannGrid(frames.mid, n).convolved(plasma, np.array([0.1]))[:, 0] - exact).max()
        for n in (2000, 4000, 8000)
    ]
    assert errors[0] > 1.8 * errors[1] > 3.2 * errors[2]


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        ([0, 5, 3], [5, 6, 5], "starts at 3"),
        ([0, 4], [5, 9], "overlap"),
        ([0, 5], [5, 5], "ends after it starts"),
        ([0, -1], [1, 2], "negative"),
        ([0, np.nan], [1, 2], "finite"),
        ([0, 1], [1], "one length"),
    ],
)
def test_frames_that_cannot_be_are_named(start, end, word):
    with pytest.raises(PetError, match=word):
        Frames(np.array(start, dtype=float), np.array(end, dtype=float))


def test_seconds_and_minutes_are_the_same_frames():
    minutes = Frames.from_durations([0, 1], [1, 2], "min")
    assert Frames.from_ends([0, 60], [60, 180], "s").same_as(minutes)
