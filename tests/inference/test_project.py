"""The project's own posterior: it belongs to the records, and curves are read from it."""

import numpy as np
import pytest

from occupancy.course import Sampling, dose_curve
from occupancy.drugs import binding
from occupancy.drugs.binding import POOLED
from occupancy.evidence import drug_record
from occupancy.evidence.posterior import stored_curve, stored_curves, stored_fingerprint
from occupancy.inference import MetaModel, Point, fit_dose_occupancy
from occupancy.inference.project import inputs_hash, project_curves


def test_records_and_draws_agree() -> None:
    curves = project_curves()
    assert inputs_hash(curves) == stored_fingerprint(), (
        "the records, the priors or the model changed: run `make evidence-posterior`"
    )
    assert {(one.drug, one.target) for one in curves} == stored_curves()


def test_rows_are_what_people_measured() -> None:
    for curve in project_curves():
        for point in curve.points:
            assert point.study
            assert point.occupancy is None or 0 < point.occupancy < 1


def test_stored_draws_are_pairs_with_exact_quantiles() -> None:
    curve = stored_curve("citalopram", "SERT")
    assert curve is not None
    emax, ratio = curve.draws(200, 0, "x")
    assert np.corrcoef(emax, np.log(ratio))[0, 1] > 0.2  # a higher ceiling, a higher half dose
    middle = curve.emax / (1 + curve.ratio)
    drawn = emax / (1 + ratio)
    np.testing.assert_allclose(
        np.quantile(drawn, [0.05, 0.5, 0.95]), np.quantile(middle, [0.05, 0.5, 0.95]), atol=0.005
    )
    np.testing.assert_array_equal(curve.draws(200, 0, "x")[0], emax)
    assert not np.array_equal(curve.draws(200, 1, "x")[0], emax)
    assert curve.draws(1, 0, "x")[0] == np.median(curve.emax)
    with pytest.raises(ValueError, match="1 or more"):
        curve.draws(0, 0, "x")


def test_curves_are_read_from_all_studies_and_published_ones_stay() -> None:
    record = drug_record("citalopram")
    pooled = binding(record, "SERT")
    assert pooled.name == POOLED
    assert binding(record, "SERT", "sorensen2022").name == "sorensen2022"
    assert binding(record, "SERT", POOLED) == pooled
    sampling = Sampling(400, 0, variability=False)
    ours = dose_curve("citalopram", "SERT", doses_mg=[20.0], sampling=sampling)
    theirs = dose_curve(
        "citalopram", "SERT", doses_mg=[20.0], sampling=sampling, model="sorensen2022"
    )
    assert np.median(theirs.occupancy) == pytest.approx(0.8398 * 20 / 22.33, abs=0.01)
    assert np.median(ours.occupancy) == pytest.approx(np.median(theirs.occupancy), abs=0.03)
    assert "sorensen2022" in {one.name for one in ours.rivals}


def test_the_point_estimate_is_the_median_of_the_band() -> None:
    for drug in ("citalopram", "risperidone", "milnacipran"):
        point = dose_curve(drug, sampling=Sampling(1, 0, variability=False))
        band = dose_curve(drug, sampling=Sampling(400, 0, variability=False))
        middle = np.median(band.occupancy, axis=0)
        assert np.abs(point.occupancy[0] - middle).max() < 0.02


def test_people_of_a_pooled_fit_are_counted_once() -> None:
    """Uchida 2011's 31 people on ziprasidone are those of Mamo 2004 and of Vernaleken 2008."""
    curve = next(x for x in project_curves() if (x.drug, x.target) == ("ziprasidone", "D2"))
    pooled = [point for point in curve.points if point.study == "Uchida 2011"]
    assert {point.studies for point in pooled} == {2}
    striatal = [point for point in curve.points if point.region != "temporal cortex"]
    assert "Vernaleken 2008" not in {point.study for point in striatal}
    assert all(point.studies == 1 for point in curve.points if point not in pooled)


def test_a_mean_of_studies_lies_nearer_to_the_curve_than_one_of_them() -> None:
    """Where two disagree, the curve leans to the one that pools more."""
    pytest.importorskip("numpyro")

    def half(pooled: int) -> float:
        rows = [
            Point(
                drug="a", target="T", concentration=x, occupancy=x / (x + own), sd=0.02, n=30,
                study=name, fitted=True, studies=many,
            )
            for name, own, many in (("low", 5.0, pooled), ("high", 20.0, 1))
            for x in (2.5, 10.0, 40.0)
        ]  # fmt: skip
        fit = fit_dose_occupancy(rows, MetaModel(emax=1.0), draws=500, warmup=500, seed=3)
        return float(np.median(fit.curve("a", "T").ed50))

    alone, many = half(1), half(8)
    assert many < 0.9 * alone < alone < 11.0
