"""The estimator on problems with known answers: linear-Gaussian, SciPy's optimum, censoring."""

import numpy as np
import pytest
from scipy import optimize, stats

from occupancy.inference.gaussian import Problem, log_normal_cdf, most_probable
from occupancy.inference.importance import importance


def linear(seed: int = 0, levels: int = 4, unknowns: int = 3) -> tuple[Problem, np.ndarray]:
    rng = np.random.default_rng(seed)
    slope = rng.standard_normal((levels, unknowns))
    problem = Problem(
        predict=lambda eta: 1.5 + eta @ slope.T,
        prior_sd=rng.uniform(0.2, 1.0, unknowns),
        log_level=1.5 + rng.standard_normal(levels),
        error_sd=rng.uniform(0.1, 0.4, levels),
        below=np.zeros(levels, dtype=bool),
    )
    return problem, slope


def analytic(problem: Problem, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    noise, prior = np.diag(problem.error_sd**2), np.diag(problem.prior_sd**2)
    covariance = np.linalg.inv(np.linalg.inv(prior) + slope.T @ np.linalg.inv(noise) @ slope)
    mean = covariance @ slope.T @ np.linalg.inv(noise) @ (problem.log_level - 1.5)
    spread, y = noise + slope @ prior @ slope.T, problem.log_level - 1.5
    determinant = np.linalg.slogdet(2 * np.pi * spread)[1]
    return mean, covariance, -0.5 * float(y @ np.linalg.solve(spread, y) + determinant)


@pytest.mark.parametrize("seed", range(4))
def test_linear_gaussian_posterior_is_the_analytic_one(seed: int) -> None:
    problem, slope = linear(seed)
    mean, covariance, evidence = analytic(problem, slope)
    mode = most_probable(problem)
    np.testing.assert_allclose(mode.eta, mean, atol=1e-8)
    np.testing.assert_allclose(mode.covariance, covariance, rtol=1e-6)
    constant = problem.log_constant
    found = importance(
        lambda eta: constant - problem.minus_log_density(eta), mode.eta, mode.covariance, seed=seed
    )
    assert found.ess >= 2000
    sd = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found.weight @ found.eta, mean, atol=4 * sd.max() / 2000**0.5)
    spread = ((found.eta - mean) * found.weight[:, None]).T @ (found.eta - mean)
    np.testing.assert_allclose(spread / np.outer(sd, sd), covariance / np.outer(sd, sd), atol=0.1)
    assert found.log_evidence == pytest.approx(evidence, abs=5 * found.log_evidence_se)
    assert found.log_evidence_se < 0.03


def test_draws_of_equal_weight_follow_the_weights() -> None:
    problem, slope = linear(7)
    mean, covariance, _ = analytic(problem, slope)
    mode = most_probable(problem)
    found = importance(
        lambda eta: -problem.minus_log_density(eta), mode.eta, mode.covariance, seed=1
    )
    drawn = found.resampled(4000, seed=2)
    z = (drawn - mean) / np.sqrt(np.diag(covariance))
    for j in range(3):
        assert stats.kstest(z[::2, j], "norm").pvalue > 1e-3


def test_a_level_below_its_limit_has_the_right_slope() -> None:
    problem = Problem(
        predict=lambda eta: np.sin(eta) + eta,
        prior_sd=np.array([0.7]),
        log_level=np.array([-0.8]),
        error_sd=np.array([0.3]),
        below=np.array([True]),
    )
    mode = most_probable(problem)

    def value(x: float) -> float:
        return 0.5 * (x / 0.7) ** 2 - float(stats.norm.logcdf((-0.8 - np.sin(x) - x) / 0.3))

    wanted = float(optimize.fminbound(value, -3, 3, xtol=1e-10))  # type: ignore[arg-type]
    assert mode.eta[0] == pytest.approx(wanted, abs=1e-6)


def test_log_normal_cdf_in_its_tail() -> None:
    z = np.array([-300.0, -40.0, -10.001, -9.999, -1.0, 0.0, 3.0, 30.0])
    np.testing.assert_allclose(log_normal_cdf(z), stats.norm.logcdf(z), rtol=1e-7, atol=1e-15)


def test_a_bent_posterior_is_sampled() -> None:
    def log_density(eta: np.ndarray) -> np.ndarray:
        return -0.5 * eta[:, 0] ** 2 - 0.5 * ((eta[:, 1] - 0.3 * eta[:, 0] ** 2) / 0.5) ** 2

    found = importance(log_density, np.zeros(2), np.diag([1.0, 0.25]), seed=3)
    assert found.weight @ found.eta[:, 1] == pytest.approx(0.3, abs=0.05)
    assert found.weight @ found.eta[:, 1] ** 2 == pytest.approx(0.25 + 0.09 * 3, rel=0.15)
    assert found.log_evidence == pytest.approx(np.log(2 * np.pi * 0.5), abs=0.05)
