"""R-hat and effective sizes: laws, and the figures of arviz."""

import numpy as np
import pytest

from occupancy.inference import ess_bulk, ess_tail, rhat


def chains(phi: float, m: int = 4, n: int = 500, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.zeros((m, n))
    noise = rng.standard_normal((m, n))
    for t in range(1, n):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


def test_independent_draws_count_in_full() -> None:
    x = chains(0.0)[..., None]
    assert 0.8 * x.size < ess_bulk(x)[0] < 1.3 * x.size
    assert rhat(x)[0] < 1.01


def test_an_autoregression_counts_by_its_time() -> None:
    phi = 0.7
    x = chains(phi, n=20_000)[..., None]
    assert ess_bulk(x)[0] == pytest.approx(x.size * (1 - phi) / (1 + phi), rel=0.1)


def test_chains_apart_and_constants() -> None:
    x = chains(0.0)[..., None]
    assert rhat(x + np.array([0, 0, 0, 3.0])[:, None, None])[0] > 1.3
    scaled = x * np.array([1, 1, 1, 6.0])[:, None, None]
    assert rhat(scaled)[0] > 1.1  # same centre, another spread: only the folded ranks see it
    assert rhat(np.ones((4, 100, 1)))[0] == 1.0


@pytest.mark.filterwarnings("ignore")
def test_agrees_with_arviz() -> None:
    az = pytest.importorskip("arviz")
    x = np.stack([chains(phi, seed=s) for s, phi in enumerate((0.0, 0.5, 0.9, -0.3))], axis=-1)
    for j in range(x.shape[-1]):
        one = x[..., j]
        assert rhat(x)[j] == pytest.approx(float(az.rhat(one)), rel=1e-6)
        assert ess_bulk(x)[j] == pytest.approx(float(az.ess(one, method="bulk")), rel=0.01)
        assert ess_tail(x)[j] == pytest.approx(float(az.ess(one, method="tail")), rel=0.02)
