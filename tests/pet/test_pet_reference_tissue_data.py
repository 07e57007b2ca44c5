"""Reference tissue methods against other software, and against simulations of known truth."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import leastsq

from occupancy.pet.frames import Frames
from occupancy.pet.piecewise import Piecewise
from occupancy.pet.reference_models import SRTM
from occupancy.pet.scan_fit import fit
from occupancy.pet.simulation import simulate
from occupancy.pet.tac import TimeActivity

pytestmark = pytest.mark.reference

Row = dict[str, str]


def table(path: Path) -> list[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as file:
        return list(csv.DictReader(file))


def numbers(rows: list[Row], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


# --- reference Logan of one [11C]PIB scan ------------------------------------------------------


@pytest.fixture
def pib(reference_data: Path) -> TimeActivity:
    folder = reference_data / "tacmagic_centiloid_pib"
    rows = [r for r in table(folder / "roi_tacs_tacmagic_ham_full.csv") if r["subject"] == "AD06"]
    regions = [name for name in rows[0] if name not in ("subject", "start", "end")]
    frames = Frames.from_ends(numbers(rows, "start"), numbers(rows, "end"), "s")
    return TimeActivity.from_columns(
        frames, {name: numbers(rows, name) for name in regions}, unit="kBq/mL",
        decay_corrected=True, convention="mid",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("k2prime", "column"),
    [(None, "DVR_tpcclib_logan_nok2"), (0.2, "DVR_tpcclib_logan_k2prime0p2")],
)
def test_reference_logan_is_that_of_tpcclib(pib, reference_data, k2prime, column):
    """Within 1e-4; TPCCLIB prints four digits after the point. The last 11 of 34 frames."""
    printed = table(reference_data / "reference_tpcclib_logan_AD06.csv")
    t_star = float(pib.frames.mid[-11])
    found = fit(pib, "reference-logan", reference="cerebellum", k2prime=k2prime, t_star=t_star)
    expected = {r["roi"]: float(r[column]) for r in printed if r["roi"] != "cerebellum"}
    assert len(expected) == 16
    for region, dvr in expected.items():
        assert found[region]["DVR"] == pytest.approx(dvr, rel=1e-4), region


# --- simulated curves of known truth -----------------------------------------------------------


class Simulated:
    """One scan: its curves with and without noise, and the truth of each region."""

    def __init__(self, noisy: list[Row], true: list[Row], truth: dict[str, Row]) -> None:
        self.truth = truth
        self.mid = numbers([r for r in noisy if r["Region"] == noisy[0]["Region"]], "t_tac")
        lengths = numbers([r for r in noisy if r["Region"] == noisy[0]["Region"]], "dur")
        self.frames = Frames(self.mid - lengths / 2, self.mid + lengths / 2)
        self.noisy = self.curves(noisy, "TAC", "RefCBL")
        self.true = self.curves(true, "TAC_true", "RefCBL_true")
        self.weights = {
            region: numbers([r for r in noisy if r["Region"] == region], "kfweights")
            for region in truth
        }

    def curves(self, rows: list[Row], target: str, reference: str) -> TimeActivity:
        by = defaultdict(list)
        for row in rows:
            by[row["Region"]].append(row)
        columns = {region: numbers(some, target) for region, some in by.items()}
        columns["reference"] = numbers(next(iter(by.values())), reference)
        return TimeActivity.from_columns(
            self.frames, columns, unit="kBq/mL", decay_corrected=True, convention="mid"
        )

    def bp(self, region: str) -> float:
        return float(np.exp(float(self.truth[region]["logBPnd_true"])))


@pytest.fixture
def simulated(reference_data: Path) -> list[Simulated]:
    folder = reference_data / "simba_srtm_sim"

    def grouped(rows: list[Row]) -> dict[str, list[Row]]:
        by = defaultdict(list)
        for row in rows:
            by[row["PET"]].append(row)
        return by

    noisy, true = (grouped(table(folder / f"tacs_{n}.csv.gz")) for n in ("long", "true"))
    truth = grouped(table(folder / "true_parameters.csv"))
    scans = [
        Simulated(noisy[scan], true[scan], {r["Region"]: r for r in truth[scan]}) for scan in noisy
    ]
    assert len(scans) == 20
    return scans


def test_without_noise_the_binding_is_the_true_one(simulated):
    """Within 0.6 %: what is left is the line between mid-frame points of the reference."""
    for scan in simulated:
        found = fit(scan.true, "srtm", reference="reference")
        for one in found.fits:
            assert one["BP_ND"] == pytest.approx(scan.bp(one.region), rel=6e-3), one.region


def feng_tissue(row: Row, t: np.ndarray) -> np.ndarray:
    """One tissue behind Feng's input, in closed form (Feng et al., Int J Biomed Comput 1993;32)."""
    names = ("t0", "A", "B", "C", "alpha", "beta", "gamma", "Ph1", "Th1")
    t0, A, B, C, alpha, beta, gamma, gain, theta = (float(row[f"{n}_true"]) for n in names)
    s = np.maximum(t - t0, 0.0)

    def behind(rate: float) -> np.ndarray:
        return (np.exp(-rate * s) - np.exp(-theta * s)) / (theta - rate)

    ramp = (s * np.exp(-alpha * s) - behind(alpha)) / (theta - alpha)
    return gain * (A * ramp - (B + C) * behind(alpha) + B * behind(beta) + C * behind(gamma))


def test_simulated_curves_are_the_true_ones(simulated):
    """Within 1e-5 of the peak, from the continuous reference on a fine grid."""
    for scan in simulated:
        for region, row in scan.truth.items():
            arrival = float(row["t0_true"])
            # from microseconds on: one input rises to its peak within a few seconds
            t = arrival + np.union1d(np.arange(0, 94, 1 / 60), np.geomspace(1e-6, 94, 6000))
            reference = Piecewise(t, feng_tissue(row, t))
            R1, bp, k2prime = (
                float(np.exp(float(row[f"log{name}_true"]))) for name in ("R1", "BPnd", "k2prime")
            )
            p = {"R1": R1, "k2": R1 * k2prime, "BP_ND": bp}
            found = simulate(SRTM(), p, reference, scan.frames, "mid")
            true = scan.true.region(region)
            assert np.abs(found - true).max() <= 1e-5 * true.max(), region


@pytest.fixture
def noisy_fits(simulated) -> list[tuple[float, float, bool]]:
    """Truth, estimate and whether the 95 % interval holds the truth, of all 180 curves."""
    found = []
    for scan in simulated:
        for region in scan.truth:
            one = fit(
                scan.noisy, "srtm", reference="reference", regions=[region],
                weights=scan.weights[region],
            )[region]  # fmt: skip
            low, high = one.interval("BP_ND")
            found.append((scan.bp(region), one["BP_ND"], low <= scan.bp(region) <= high))
    return found


def test_intervals_of_noisy_curves_cover_the_truth(noisy_fits):
    assert len(noisy_fits) == 180
    assert 0.93 <= np.mean([inside for *_, inside in noisy_fits]) <= 0.97


def test_estimates_of_noisy_curves_are_not_biased(noisy_fits):
    assert abs(np.median([found / true - 1 for true, found, _ in noisy_fits])) <= 0.02


# --- curves made with another package's discretisation -----------------------------------------


def simref(folder: Path) -> Iterator[tuple[str, TimeActivity, np.ndarray]]:
    by: dict[str, list[Row]] = defaultdict(list)
    for row in table(folder / "kinfitr_simref" / "simref_tacs.csv"):
        by[row["meas"]].append(row)
    for scan, rows in by.items():
        rows = rows[1:]  # the first is an added zero
        frames = Frames.from_durations(numbers(rows, "StartTime"), numbers(rows, "Duration"), "min")
        columns = {n: numbers(rows, n) for n in ("Reference", "ROI1", "ROI2", "ROI3")}
        tacs = TimeActivity.from_columns(
            frames, columns, unit="kBq/mL", decay_corrected=True, convention="mid", scan=scan
        )
        yield scan, tacs, numbers(rows, "Weights")


#: Where kinfitr's search starts, and the tolerance at which MINPACK, which is its search, stops.
KINFITR_START, MINPACK_STOPS = (1.0, 0.1, 1.5), 1.49012e-8


@pytest.mark.parametrize("config", ["dataset weights", "unweighted"])
def test_its_discretisation_reproduces_kinfitr(reference_data, config):
    """SRTM in 60 fits, the gate 1e-4: with kinfitr's own search, everything within 2e-6.

    The search is MINPACK's, which stops when the squares are about to fall by less than 1.5e-8 of
    themselves. Along k2, flat near the minimum, that is up to 1.4e-4 of k2 too early: ours goes
    on to squares lower by 1.6e-9 and 2.7e-9 in one curve, and agrees within 1e-4 in all others.
    At the parameters printed our squares are those printed to rounding.
    """
    expected = {
        (r["meas"], r["roi"]): r
        for r in table(reference_data / "reference_kinfitr_simref.csv")
        if r["model"] == "srtm" and r["config"] == config
    }
    compared, stopped_early = 0, []
    for scan, tacs, weights in simref(reference_data):
        found = fit(
            tacs, "srtm", reference="Reference", discretisation="kinfitr",
            weights=weights if config == "dataset weights" else None,
        )  # fmt: skip
        for one in found.fits:
            row = expected[scan, one.region]
            theirs = np.array([float(row[name]) for name in ("R1", "k2", "bp")])
            ours = np.array([one[name] for name in ("R1", "k2", "BP_ND")])
            problem = one.problem
            assert problem is not None

            def residuals(p, problem=problem):
                curve = problem.model.predict(np.array([p]), problem.table, problem.direct)[0][0]
                return np.sqrt(problem.weights) * (curve - problem.y)

            printed = float(row["wrss"])
            assert float((residuals(theirs) ** 2).sum()) == pytest.approx(printed, rel=1e-12)
            search = leastsq(residuals, KINFITR_START, ftol=MINPACK_STOPS, xtol=MINPACK_STOPS)[0]
            np.testing.assert_allclose(search, theirs, rtol=2e-6, err_msg=f"{scan} {one.region}")
            assert one.wrss <= printed * (1 + 1e-12)
            apart = np.abs(ours / theirs - 1)
            assert apart[[0, 2]].max() <= 1e-4
            if apart[1] > 1e-4:
                stopped_early.append((scan, one.region))
                assert apart[1] <= 2e-4
                assert one.wrss < printed * (1 - 1e-9)
            compared += 1
    assert compared == 60
    assert stopped_early == [("5", "ROI3")]


def test_linear_methods_agree_with_kinfitr(reference_data):
    """MRTM1, MRTM2 and reference Logan on the same integrals: within 1e-3."""
    expected: dict[tuple[str, str, str], Row] = {}
    for row in table(reference_data / "reference_kinfitr_simref.csv"):
        expected.setdefault((row["meas"], row["roi"], f"{row['model']} {row['config']}"), row)
    logan = "refLogan k2prime from mrtm1 ROI1; last 10 frames; unweighted"
    for scan, tacs, weights in simref(reference_data):
        t_star = float(tacs.frames.mid[-10])
        k2prime = float(expected[scan, "ROI1", logan]["k2prime_mrtm1_ROI1"])
        plot = fit(tacs, "reference-logan", reference="Reference", k2prime=k2prime, t_star=t_star)
        for one in plot.fits:
            bp = float(expected[scan, one.region, logan]["bp"])
            assert one["BP_ND"] == pytest.approx(bp, rel=1e-3), (scan, one.region)
        for model, config in (
            ("mrtm1", "mrtm1 all frames"),
            ("mrtm2", "mrtm2 k2prime from mrtm1 ROI1; all frames"),
        ):
            done = fit(
                tacs, model, reference="Reference", weights=weights,
                k2prime=k2prime if model == "mrtm2" else None,
            )  # fmt: skip
            for one in done.fits:
                bp = float(expected[scan, one.region, config]["bp"])
                assert one["BP_ND"] == pytest.approx(bp, rel=1e-3), (scan, one.region, model)
