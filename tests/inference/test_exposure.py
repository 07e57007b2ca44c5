"""One study's exposures and occupancies: what was simulated comes back, by both methods."""

from dataclasses import replace

import numpy as np
import pytest

from occupancy.inference.exposure import fit_exposure_occupancy
from occupancy.inference.exposure_model import Scan, Study

pytest.importorskip("jax")


def study(people: int = 30, omega: float = 0.4, sd: float = 0.04, seed: int = 2) -> list[Scan]:
    rng = np.random.default_rng(seed)
    scans: list[Scan] = []
    for i in range(people):
        ec50 = 6.4 * np.exp(omega * rng.standard_normal())
        for x in rng.choice([2.0, 5.0, 12.0, 30.0, 80.0], 3, replace=False):
            y = 0.9 * x / (x + ec50) + sd * rng.standard_normal()
            scans.append(Scan(person=f"p{i}", occupancy=float(y), exposure=float(x)))
    return scans


def test_laplace_finds_what_was_simulated() -> None:
    fit = fit_exposure_occupancy(study())
    for name, true in (("EC50", 6.4), ("Emax", 0.9), ("omega", 0.4), ("sd", 0.04)):
        middle, low, high = fit.interval(name, 0.98)
        assert low < true < high, name
        assert low < middle < high
    assert fit.log_ec50_of.std() == pytest.approx(0.4, abs=0.15)
    with pytest.raises(ValueError, match="no 'ke0' here"):
        fit.interval("ke0")


@pytest.mark.slow
def test_a_covariance_is_the_errors_where_it_has_no_more() -> None:
    scans = study(people=8)
    plain = fit_exposure_occupancy([replace(one, error=0.03) for one in scans])
    turned = fit_exposure_occupancy(scans, covariance=0.03**2 * np.eye(len(scans)))
    np.testing.assert_allclose(turned.centre, plain.centre, atol=1e-6)
    np.testing.assert_allclose(turned.covariance, plain.covariance, rtol=1e-4, atol=1e-8)


def test_errors_that_a_person_shares_are_not_taken_for_independent() -> None:
    """The density is the normal one with the covariance, as SciPy has it."""
    from scipy.stats import multivariate_normal

    scans = study(people=2)
    error = np.kron(np.eye(2), 0.04**2 * (0.4 * np.eye(3) + 0.6)).astype(np.float64)
    one = Study.of(scans, covariance=error)
    p, eta = np.array([1.5, 2.0, -1.0, -3.0]), np.array([0.4, -0.7])
    expected = multivariate_normal(
        one.predicted(p, eta, np), error + np.exp(2 * p[3]) * np.eye(6)
    ).logpdf(one.y)
    assert one.log_likelihood(p, eta, np).sum() == pytest.approx(expected)
    assert one.owner.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_ceiling_that_is_held_is_not_estimated() -> None:
    fit = fit_exposure_occupancy(study(), emax=0.9)
    assert fit.names == ("log EC50", "log omega", "log sd")
    middle, low, high = fit.interval("EC50", 0.98)
    assert low < 6.4 < high
    draws = fit.values("EC50")
    assert np.median(draws) == pytest.approx(middle, rel=0.02)
    assert np.quantile(draws, 0.99) == pytest.approx(high, rel=0.02)
    with pytest.raises(ValueError, match="no 'Emax' here"):
        fit.values("Emax")


def lagging(link: str, rate: float = 0.15) -> list[Scan]:
    """Scans of people whose plasma falls; the site or the receptor follows more slowly."""
    rng = np.random.default_rng(4)
    t = np.linspace(0.0, 48.0, 4801)
    scans: list[Scan] = []
    for i in range(24):
        peak = float(rng.choice([10.0, 40.0, 120.0]))
        C = peak * np.exp(-0.1 * t)
        ec50 = 8.0 * np.exp(0.2 * rng.standard_normal())
        state = 0.0
        path = np.empty_like(t)
        for k, c in enumerate(C):
            path[k] = state
            gain = (
                rate * (c - state)
                if link == "effect compartment"
                else (rate * c / ec50 * (0.9 - state) - rate * state)
            )
            state += 0.01 * gain
        seen = 0.9 * path / (path + ec50) if link == "effect compartment" else path
        for hours in (2.0, 10.0, 30.0):
            at = int(hours * 100)
            scans.append(
                Scan(
                    person=f"p{i}",
                    occupancy=float(seen[at] + 0.03 * rng.standard_normal()),
                    exposure=float(C[at]),
                    time_h=hours,
                    course_h=tuple(t[: at + 1 : 10]),
                    course=tuple(C[: at + 1 : 10]),
                )
            )
    return scans


@pytest.mark.slow
@pytest.mark.parametrize(("link", "name"), [("effect compartment", "ke0"), ("binding", "koff")])
def test_links_that_lag(link: str, name: str) -> None:
    fit = fit_exposure_occupancy(lagging(link), link=link)  # type: ignore[arg-type]
    assert fit.interval(name)[0] == pytest.approx(0.15, rel=0.25)
    assert fit.interval("EC50")[0] == pytest.approx(8.0, rel=0.25)


@pytest.mark.slow
def test_nuts_and_laplace_agree() -> None:
    pytest.importorskip("numpyro")
    scans = study(people=20)
    quick = fit_exposure_occupancy(scans)
    full = fit_exposure_occupancy(scans, method="nuts", draws=500, warmup=500)
    assert full.rhat is not None
    assert full.rhat < 1.02
    assert full.divergences == 0
    sd = np.sqrt(np.diag(full.covariance))
    assert (np.abs(quick.centre - full.centre) < 0.6 * sd).all()
    np.testing.assert_allclose(np.sqrt(np.diag(quick.covariance)), sd, rtol=0.35)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="two scans"):
        fit_exposure_occupancy([])
    with pytest.raises(ValueError, match="needs time_h"):
        fit_exposure_occupancy(study(2), link="binding")
    with pytest.raises(ValueError, match="emax = 2"):
        fit_exposure_occupancy(study(2), emax=2.0)
    with pytest.raises(ValueError, match="give a symmetric one"):
        fit_exposure_occupancy(study(2), covariance=np.eye(2))
    with pytest.raises(ValueError, match="different people"):
        fit_exposure_occupancy(study(2), covariance=np.full((6, 6), 0.01))
    with pytest.raises(ValueError, match="below zero"):
        fit_exposure_occupancy(study(2), covariance=-np.eye(6))
    with pytest.raises(ValueError, match="give one of them"):
        fit_exposure_occupancy([replace(study(2)[0], error=0.1)] * 2, covariance=np.eye(2))
    with pytest.raises(ValueError, match="exposure = -1"):
        Scan(person="a", occupancy=0.5, exposure=-1.0)
    with pytest.raises(ValueError, match="give a fraction"):
        Scan(person="a", occupancy=80.0, exposure=1.0)
