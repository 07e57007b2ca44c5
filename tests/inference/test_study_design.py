"""Designs: information, the optimum and its certificate, power; against algebra and simulation."""

import numpy as np
import pytest
from scipy import optimize

from occupancy.inference.study_design import (
    efficiency,
    expected_information,
    optimal_design,
    power_to_tell_apart,
    slopes,
)


def test_slopes_are_derivatives() -> None:
    x, h = np.array([1.0, 5.0, 40.0]), 1e-6

    def theta(log_k: float, logit: float) -> np.ndarray:
        return x / (x + np.exp(log_k)) / (1 + np.exp(-logit))

    log_k, logit = np.log(6.0), 2.0
    found = slopes(x, 6.0, 1 / (1 + np.exp(-2.0)))
    wanted = [
        (theta(log_k + h, logit) - theta(log_k - h, logit)) / (2 * h),
        (theta(log_k, logit + h) - theta(log_k, logit - h)) / (2 * h),
    ]
    np.testing.assert_allclose(found.T, wanted, atol=1e-8)


def test_the_optimum_is_certified_and_scipys() -> None:
    grid = np.geomspace(0.5, 100, 40)
    best = optimal_design(grid.tolist(), 20, ec50=6.0, emax=0.9, omega=0.0)
    assert best.certificate < 1e-5
    assert sum(best.people) == 20

    def loss(log_x: np.ndarray) -> float:
        return -expected_information(
            np.exp(log_x).tolist(), [10, 10], ec50=6.0, emax=0.9, omega=0.0
        ).log_det

    bounds = [(np.log(0.5), np.log(100))] * 2
    free = optimize.minimize(loss, np.log([4.0, 90.0]), bounds=bounds)
    assert -best.expected.log_det == pytest.approx(free.fun, abs=0.02)
    assert max(best.exposure) == pytest.approx(100)  # one half at the highest exposure there is


def test_no_other_design_is_better() -> None:
    grid = np.geomspace(0.5, 100, 12)
    best = optimal_design(grid.tolist(), 1000, ec50=6.0, emax=0.9)
    rng = np.random.default_rng(0)
    for _ in range(50):
        people = 1000 * rng.dirichlet(np.full(12, 0.3))
        other = expected_information(grid.tolist(), people.tolist(), ec50=6.0, emax=0.9)
        assert efficiency(other, best.expected) <= 1.001


def test_one_exposure_tells_nothing_of_two_parameters() -> None:
    assert expected_information([10.0], [20], ec50=6.0, emax=0.9).log_ec50_se == np.inf


def test_errors_are_those_of_simulated_studies() -> None:
    x, n, sd = np.array([2.0, 6.0, 20.0, 90.0]), 12, 0.06
    wanted = expected_information(x.tolist(), [n] * 4, ec50=6.0, emax=0.85, sd=sd, omega=0.0)
    rng, found = np.random.default_rng(1), []
    for _ in range(200):
        y = 0.85 * x / (x + 6.0) + sd / n**0.5 * rng.standard_normal(4)
        fit = optimize.least_squares(
            lambda p, y=y: x / (x + np.exp(p[0])) / (1 + np.exp(-p[1])) - y, [1.8, 1.7]
        )
        found.append(fit.x[0])
    assert np.std(found) == pytest.approx(wanted.log_ec50_se, rel=0.2)


def test_power_rises_with_people_and_distance() -> None:
    def power(people: int, ratio: float) -> float:
        return power_to_tell_apart(
            [3.0, 10.0, 60.0], [people] * 3, ec50=(6.0, 6.0 * ratio), emax=(0.9, 0.9)
        )

    assert power(6, 1.0) == pytest.approx(0.05)
    assert power(6, 1.5) < power(6, 3.0)
    assert power(6, 2.0) < power(24, 2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ec50": 0.0}, "ec50"),
        ({"emax": 1.0}, "emax"),
        ({"sd": -1.0}, "sd"),
        ({"omega": -1.0}, "omega"),
    ],
)
def test_impossible_numbers_are_refused(change: dict[str, float], message: str) -> None:
    given = {"ec50": 6.0, "emax": 0.9} | change
    with pytest.raises(ValueError, match=message):
        optimal_design([1.0, 10.0], 10, **given)
