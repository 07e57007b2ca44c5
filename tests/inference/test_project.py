"""The project's own posterior: it belongs to the records, and curves are read from it."""

import numpy as np
import pytest

from occupancy.course import Sampling, dose_curve
from occupancy.drugs import binding
from occupancy.drugs.binding import POOLED
from occupancy.evidence import drug_record
from occupancy.evidence.posterior import stored_curve, stored_curves, stored_fingerprint
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
