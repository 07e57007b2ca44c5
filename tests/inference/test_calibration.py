"""Simulation-based calibration: ranks of the truth are uniform, intervals hold what they say.

Talts, Betancourt, Simpson, Vehtari and Gelman, arXiv:1804.06788. Run with `make sbc`.
"""

import numpy as np
import pytest
from scipy import stats

from occupancy.inference import MetaModel, MetaPriors, Point, personalise
from occupancy.inference.gaussian import Problem, most_probable
from occupancy.inference.importance import importance
from occupancy.inference.meta_checks import prior_draws, simulate
from occupancy.inference.meta_coordinates import sample_meta
from occupancy.inference.meta_density import unpack
from occupancy.inference.meta_layout import Layout, layout

BINS = 10
PRIORS = MetaPriors(log_ed50_sd=1.0, misfit=0.03)


def uniform_p(ranks: np.ndarray, largest: int) -> float:
    """p of the chi-squared test that ranks 0..largest are uniform."""
    counts = np.histogram(ranks, bins=BINS, range=(0, largest + 1))[0]
    return float(stats.chisquare(counts).pvalue)


def design(held_out: bool) -> Layout:
    """Two drugs at a target, three studies each; the third is held out or not there."""
    rows = [
        Point(drug=drug, target="T", dose_mg=dose, occupancy=0.5, sd=0.08, n=6, study=study)
        for drug in ("a", "b")
        for study in ("one", "two", *(("new",) if held_out else ()))
        for dose in (5.0, 20.0, 80.0)
    ]
    return layout(rows, MODEL)


MODEL = MetaModel(priors=PRIORS)


@pytest.mark.slow
def test_meta_analysis_is_calibrated() -> None:
    pytest.importorskip("numpyro")
    datasets, draws, thin = 100, 198, 2
    place = design(held_out=True)
    truth = prior_draws(place, MODEL, datasets, seed=11)
    mean = simulate(place, MODEL, truth, seed=12)
    new = np.array([one.study == "new" for one in place.points])

    def density(q, data):
        from dataclasses import replace

        import jax.numpy as jnp

        from occupancy.inference.meta_density import _log_density  # pyright: ignore

        rows = replace(place.rows, mean=data, weight=1.0 - new)
        return _log_density(replace(place, rows=rows), MODEL, jnp, q)

    found = sample_meta(
        place, MODEL, density, draws=draws, warmup=250, seed=13, target_accept=(0.95,), each=mean
    )
    kept = found.q[:, ::thin]
    ours, real = unpack(place, MODEL, kept, np), unpack(place, MODEL, truth, np)
    p = {}
    for name in ("log_ed50", "emax", "misfit"):
        values, true = getattr(ours, name), getattr(real, name)
        ranks = (values < true[:, None]).sum(axis=1)
        p[name] = [uniform_p(ranks[:, j], kept.shape[1]) for j in range(ranks.shape[1])]
    tau = place.slices["study_scale"]
    p["study SD"] = [uniform_p((kept[..., tau] < truth[:, None, tau]).sum(axis=1), kept.shape[1])]
    assert min(min(v) for v in p.values()) > 0.01, p
    # The held-out study: its own half exposure is drawn anew with every posterior draw.
    inside = []
    for i in range(datasets):
        drawn = simulate(place, MODEL, found.q[i], seed=100 + i)[:, new]
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        inside.append((mean[i][new] >= low) & (mean[i][new] <= high))
    coverage = float(np.mean(inside))
    assert 0.86 <= coverage <= 0.94


@pytest.mark.slow
def test_personal_kinetics_are_calibrated() -> None:
    model = personalise("sertraline 100 mg daily", ["45 ng/mL at 14 h after dose"] * 2).model
    problem = model.problem
    rng = np.random.default_rng(5)
    people, kept = 300, 99
    truth = rng.standard_normal((people, problem.prior_sd.size)) * problem.prior_sd
    log_level = problem.predict(truth)
    log_level = log_level + rng.standard_normal(log_level.shape) * problem.error_sd
    ranks, covered = np.empty(truth.shape), np.empty(truth.shape)
    for i in range(people):
        seen = Problem(
            problem.predict, problem.prior_sd, log_level[i], problem.error_sd, problem.below
        )
        mode = most_probable(seen)
        found = importance(
            lambda eta, seen=seen: -seen.minus_log_density(eta), mode.eta, mode.covariance, seed=i
        )
        drawn = found.resampled(kept, seed=i)
        ranks[i] = (drawn < truth[i]).sum(axis=0)
        low, high = np.quantile(found.resampled(2000, i), [0.05, 0.95], axis=0)
        covered[i] = (truth[i] >= low) & (truth[i] <= high)
    p = [uniform_p(one, kept) for one in ranks.T]
    assert min(p) > 0.01, p
    assert 0.86 <= covered.mean() <= 0.94
