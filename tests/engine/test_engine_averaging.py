"""Slow states: linear filters against closed forms, others against SciPy, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from occupancy.engine import slow_grid, slow_states

DAY = 24.0
WEEK = 7 * DAY


def occupancy(t: np.ndarray | float, half_life: np.ndarray | float, X: float = 8.0) -> np.ndarray:
    """A capsule a day at steady state, one compartment, absorbed at 1/h; fraction."""
    k, ka, s = math.log(2) / np.asarray(half_life), 1.0, np.mod(t, DAY)
    C = ka / (ka - k) * (np.exp(-k * s) / (1 - np.exp(-k * DAY)))
    C = X * (C - ka / (ka - k) * np.exp(-ka * s) / (1 - np.exp(-ka * DAY)))
    return C / (1 + C)


LIVES = np.array([4.0, 12.0, 40.0])


def drive(days: int):
    grid = slow_grid(DAY * np.arange(days), DAY * days)
    return grid, occupancy(grid.times_h[:, None], LIVES)


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-5, 0.05), st.floats(-2, 2), st.floats(0, 3), st.floats(1.0, 40.0))
def test_a_constant_signal_fills_exponentially(k: float, u: float, start: float, longest: float):
    grid = slow_grid([0.0, 10.0, 11.0], 200.0, longest_h=longest)
    found = slow_states(lambda X, u: k * (u - X), np.full((grid.times_h.size, 1), u), [start], grid)
    exact = u + (start - u) * np.exp(-k * grid.edges_h)
    assert np.abs(found.X[:, 0, 0] - exact).max() <= 1e-12


def test_a_linear_filter_is_exact_over_a_year():
    """X(T) = k e^{-kd} / (1 - e^{-kd}) times the kernel's integral over a day, once settled."""
    k = 1 / (3 * WEEK)
    grid, theta = drive(365)
    bent = theta**3
    found = slow_states(lambda X, u: k * (u - X), bent, [0.0], grid)
    for p, life in enumerate(LIVES):
        inside, _ = quad(
            lambda s, life=life: k * np.exp(-k * (DAY - s)) * occupancy(s, life) ** 3,
            0, DAY, epsabs=1e-14, epsrel=1e-13, limit=400,
        )  # fmt: skip
        settled = inside / (1 - math.exp(-k * DAY))
        exact = settled * (1 - np.exp(-k * grid.edges_h))
        assert np.abs(found.X[:, 0, p] - exact).max() <= 1e-10
    assert found.error_estimate[0] <= 1e-7


def test_what_is_averaged_is_the_function_of_the_signal():
    grid, theta = drive(3)
    mean_of_function, function_of_mean = grid.averages(theta**4), grid.averages(theta) ** 4
    for p, life in enumerate(LIVES):
        exact = quad(lambda s, life=life: occupancy(s, life) ** 4, 0, DAY, epsabs=1e-13)[0] / DAY
        assert abs(mean_of_function[1, p] - exact) <= 1e-11
    assert (mean_of_function[:, 0] - function_of_mean[:, 0] > 0.02).all()


def receptors(X: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Receptors rise where the signal they pass on is low; a gain follows them, much later."""
    R, G = X
    signal = R * (1 - u)
    return np.stack([(1 + 0.55 * np.exp(-2 * signal) - R) / (3 * WEEK), (R**2 - G) / (12 * WEEK)])


def test_feedback_agrees_with_scipy():
    days = 60
    grid, theta = drive(days)
    found = slow_states(receptors, theta, [1.0, 1.0], grid)
    for p, life in enumerate(LIVES):
        y = np.array([1.0, 1.0])
        for day in range(days):
            y = solve_ivp(
                lambda t, y, life=life: receptors(y, occupancy(t % DAY, life)),
                (day * DAY, (day + 1) * DAY - 1e-12),
                y, "DOP853", rtol=1e-11, atol=1e-13,
            ).y[:, -1]  # fmt: skip
        apart = np.abs(found.X[-1, :, p] - y)
        assert (apart <= 1e-9).all(), apart
        assert (apart <= found.error_estimate + 1e-10).all()


def test_people_and_intervals_are_independent():
    grid, theta = drive(10)
    whole = slow_states(receptors, theta, [1.0, 1.0], grid).X
    one = slow_states(receptors, theta[:, 1:2], [1.0, 1.0], grid).X
    assert np.abs(whole[:, :, 1:2] - one).max() <= 1e-15
    finer = slow_grid(DAY * np.arange(10), DAY * 10, longest_h=6.0)
    signal = occupancy(finer.times_h[:, None], LIVES)
    fine = slow_states(receptors, signal, [1.0, 1.0], finer).X[::4]
    assert np.abs(whole - fine).max() <= 1e-9


def test_a_state_that_is_not_slow_is_refused():
    grid, theta = drive(2)
    with pytest.raises(ValueError, match="simulate_stiff"):
        slow_states(lambda X, u: 50.0 * (u - X**3), theta, [0.0], grid)


@pytest.mark.parametrize(
    ("kinks", "until", "message"),
    [([], 10.0, "at least the one"), ([0.0, np.nan], 10.0, "finite"), ([5.0], 5.0, "after")],
)
def test_grids_that_cannot_be_are_refused(kinks: list[float], until: float, message: str):
    with pytest.raises(ValueError, match=message):
        slow_grid(kinks, until)


def test_signals_of_another_grid_are_refused():
    grid, theta = drive(2)
    with pytest.raises(ValueError, match="times of the grid"):
        slow_states(receptors, theta[:-1], [1.0, 1.0], grid)
    with pytest.raises(ValueError, match="X0"):
        slow_states(receptors, theta, np.ones((2, 2)), grid)
