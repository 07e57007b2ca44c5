"""Hierarchical SRTM: the density is the model's, and pooling finds what was simulated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from occupancy.pet.arterial_models import OneTissue
from occupancy.pet.error import PetError
from occupancy.pet.frames import Frames
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.pooled_fit import PooledFit, fit_pooled, posterior_estimate
from occupancy.pet.pooled_model import _CAUTION, PooledModel, _pooled
from occupancy.pet.reference_models import SRTM
from occupancy.pet.scan_fit import fit
from occupancy.pet.scan_result import ScanFit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity

TYPICAL = {"striatum": 2.4, "thalamus": 1.0, "cortex": 0.5}
BETWEEN, WITHIN = 0.25, 0.05  # SD of ln BP_ND


class Simulated(NamedTuple):
    scans: list[TimeActivity]
    bp: np.ndarray
    k2prime: np.ndarray


def people(
    count: int, noise: float, frames: Frames, plasma: Piecewise, seed: int, free: float = 1.0,
    session: str = "base",
) -> Simulated:  # fmt: skip
    """Scans of people whose binding, delivery and k2' differ; noise a share of the mean curve."""
    rng = np.random.default_rng(seed)
    edges = np.linspace(0.0, 95.0, 2851)
    fine = Frames(edges[:-1], edges[1:])
    scans, bps, rates = [], [], []
    for i in range(count):
        k2prime = 0.09 * np.exp(0.1 * rng.standard_normal())
        tissue = simulate(OneTissue(0.0), {"K1": 0.1, "k2": k2prime}, plasma, fine, "mid")
        behind = Piecewise(fine.mid, tissue)
        person = BETWEEN * rng.standard_normal()
        columns: dict[str, np.ndarray] = {}
        for j, (region, typical) in enumerate(TYPICAL.items()):
            R1 = (1.1 - 0.1 * j) * np.exp(0.05 * rng.standard_normal())
            bp = free * typical * np.exp(person + WITHIN * rng.standard_normal())
            curve = simulate(SRTM(), {"R1": R1, "k2": R1 * k2prime, "BP_ND": bp}, behind, frames)
            columns[region] = curve + noise * curve.mean() * rng.standard_normal(curve.size)
            bps.append(bp)
        curve = behind.average(frames)
        columns["reference"] = curve + 0.2 * noise * curve.mean() * rng.standard_normal(curve.size)
        scans.append(
            TimeActivity.from_columns(
                frames, columns, unit="kBq/mL", decay_corrected=True,
                scan=f"sub-{i:02d}_ses-{session}",
            )
        )  # fmt: skip
        rates.append(k2prime)
    return Simulated(scans, np.array(bps).reshape(count, -1), np.array(rates))


def own_fits(scans: list[TimeActivity]) -> list[ScanFit]:
    return [fit(scan, "srtm", reference="reference") for scan in scans]


def test_its_curves_are_those_of_the_fits(frames: Frames, plasma: Piecewise) -> None:
    """Also of scans with other frames and a region less."""
    some = people(2, 0.02, frames, plasma, 1).scans
    fewer = frames.take(np.arange(len(frames) - 3))
    short = TimeActivity(
        fewer, some[1].regions[1:], some[1].values[:-3, 1:], "kBq/mL", True, scan="sub-02"
    )
    fits = own_fits([some[0], short])
    rows = [list(fits[0].fits), [None, *fits[1].fits]]
    model = PooledModel.of(rows, [0, 0])
    for i, row in enumerate(rows):
        for r, one in enumerate(row):
            if one is None:
                continue
            # every curve here with its own k2'
            curves = model.curves(
                np.full((2, 3), np.log(one["BP_ND"])), np.full((2, 3), np.log(one["R1"])),
                np.full(2, np.log(one["k2'"])),
            )  # fmt: skip
            np.testing.assert_allclose(curves[i, r, : one.fitted.size], one.fitted, rtol=1e-9)
    assert np.isfinite(model.density(np)(np.zeros(model.dim)))


def test_the_squares_are_those_of_the_covariance(frames: Frames, plasma: Piecewise) -> None:
    """Whitened by what the reference's noise does to all regions, as a dense matrix has it."""
    one = own_fits(people(1, 0.03, frames, plasma, 2).scans)[0]
    model = PooledModel.of([list(one.fits)], [0])
    blocks = [np.diag(f.variance / f.weights) for f in one.fits]
    loads = []
    for f in one.fits:
        assert f.problem is not None
        assert f.problem.noise is not None
        at = np.array([[f[name]] for name in ("R1", "k2", "BP_ND")])
        loads.append(f.problem.noise.carried(f.problem.model.terms(at))[0])
    stacked = np.concatenate(loads)
    n = len(frames)
    covariance = stacked @ stacked.T
    for k, block in enumerate(blocks):
        covariance[k * n : (k + 1) * n, k * n : (k + 1) * n] += block
    r = np.random.default_rng(3).standard_normal(3 * n)
    own = float((model.precision.ravel() * r**2).sum())
    assert own - float(((model.shared[0] @ r) ** 2).sum()) == pytest.approx(
        r @ np.linalg.solve(covariance, r), rel=1e-8
    )


@pytest.mark.parametrize("error", [0.001, 0.05, 2.0])
def test_however_it_is_sampled_the_prior_is_the_normal_one(error: float) -> None:
    """log p(q) = log N(x; mean, sd²) + log dx/dq, up to a constant in q, mean and sd."""
    start, spread = np.array([0.3]), 0.1
    centred = spread**2 / (spread**2 + (_CAUTION * error) ** 2)

    def both(q: float, mean: float, sd: float) -> tuple[float, float]:
        x, prior = _pooled(np.array([q]), mean, sd, start, np.array([error]), spread, np)
        x = float(x[0])
        normal = -0.5 * ((x - mean) / sd) ** 2 - np.log(sd)
        return float(prior), normal + (1.0 - centred) * np.log(sd)

    first = both(0.2, 0.1, 0.3)
    for q, mean, sd in ((-1.0, 0.1, 0.3), (0.2, 0.5, 0.3), (0.2, 0.1, 0.05), (2.0, -0.3, 0.7)):
        here = both(q, mean, sd)
        assert here[0] - first[0] == pytest.approx(here[1] - first[1], abs=1e-9)


def test_what_cannot_be_pooled_is_said(frames: Frames, plasma: Piecewise) -> None:
    scan = people(1, 0.02, frames, plasma, 4).scans[0]
    with pytest.raises(PetError, match="pooling takes SRTM"):
        fit_pooled([fit(scan, "mrtm1", reference="reference")])
    with pytest.raises(PetError, match="2 groups for 1 scans"):
        fit_pooled(own_fits([scan]), groups=["a", "b"])
    flat = TimeActivity.from_columns(
        frames, {"cortex": 0.8 * scan.region("reference"), "reference": scan.region("reference")},
        unit="kBq/mL", decay_corrected=True, scan="flat",
    )  # fmt: skip
    with pytest.raises(PetError, match="no region that can be pooled"):
        fit_pooled(own_fits([flat]))


@pytest.fixture(scope="module")
def noisy() -> tuple[Simulated, list[ScanFit], PooledFit]:
    pytest.importorskip("numpyro")
    lengths = np.array([1 / 6] * 6 + [0.5] * 4 + [1.0] * 4 + [3.0] * 4 + [6.0] * 11 + [5.0])
    ends = np.cumsum(lengths)
    t = np.arange(0.0, 95.0, 1 / 30)
    since = np.maximum(t - 0.4, 0.0)
    bolus = (850 * since - 40) * np.exp(-4.1 * since) + 20 * np.exp(-0.01 * since)
    plasma = Piecewise(t, np.where(t > 0.4, bolus + 20 * np.exp(-0.12 * since), 0.0))
    data = people(6, 0.06, Frames(ends - lengths, ends), plasma, 5)
    fits = own_fits(data.scans)
    return data, fits, fit_pooled(fits, draws=1000, warmup=1000)


@pytest.mark.slow
def test_the_chains_agree(noisy) -> None:
    _, _, pooled = noisy
    assert pooled.rhat < 1.01
    assert pooled.ess > 400
    assert pooled.divergences == 0
    assert pooled.warnings == ()


@pytest.mark.slow
def test_pooling_finds_the_truth_and_shrinks(noisy) -> None:
    data, fits, pooled = noisy
    own = np.array([scan.estimates("BP_ND")[0] for scan in fits])
    found = np.array([scan.estimates("BP_ND")[0] for scan in pooled.fits])
    low, high = np.quantile(pooled.bp, [0.025, 0.975], axis=0)
    assert ((low <= data.bp) & (data.bp <= high)).mean() >= 0.85  # 18 curves
    apart = [np.log(x / data.bp) for x in (own, found)]
    assert np.sqrt((apart[1] ** 2).mean()) < 0.9 * np.sqrt((apart[0] ** 2).mean())
    # towards the typical person, and more where a curve says less
    spread = [np.log(x).std(axis=0) for x in (own, found)]
    assert (spread[1] < spread[0]).all()
    errors = np.array([scan.estimates("BP_ND")[1] for scan in fits]) / own
    kept = np.array([scan.estimates("BP_ND")[1] for scan in pooled.fits]) / found
    assert (kept < errors).mean() > 0.9
    for i in range(3):
        low, high = np.quantile(pooled.typical_bp[:, 0, i], [0.005, 0.995])
        assert low < list(TYPICAL.values())[i] < high
    for draws, truth in ((pooled.spread[:, 0], BETWEEN), (pooled.spread[:, 1], WITHIN)):
        low, high = np.quantile(draws, [0.005, 0.995])
        assert low < truth < high


@pytest.mark.slow
def test_one_k2prime_serves_all_regions_of_a_scan(noisy) -> None:
    data, fits, pooled = noisy
    for scan in pooled.fits:
        assert len({one["k2'"] for one in scan.fits}) == 1
    own = np.array([np.median([one["k2'"] for one in scan.fits]) for scan in fits])
    found = np.median(pooled.k2prime, axis=0)
    assert np.abs(np.log(found / data.k2prime)).max() < np.abs(np.log(own / data.k2prime)).max()
    low, high = np.quantile(pooled.k2prime, [0.005, 0.995], axis=0)
    assert ((low < data.k2prime) & (data.k2prime < high)).all()


@pytest.mark.slow
def test_the_posterior_goes_on_to_an_occupancy(noisy) -> None:
    _, _, pooled = noisy
    names = pooled.scans[:2]
    table = pooled.table(names)
    assert table.regions == tuple(TYPICAL)
    assert fit_occupancy(table).occupancy[0].se > 0
    estimate = posterior_estimate(pooled.bp[:, 0, 0])
    assert table.values[0, 0] == pytest.approx(estimate.value, rel=0.02)
    with pytest.raises(PetError, match="No scan 'x'"):
        pooled.table(["x", names[0]])
