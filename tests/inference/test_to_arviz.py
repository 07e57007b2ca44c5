"""The export to arviz: the same draws, under the names of curves."""

import numpy as np
import pytest

from occupancy.inference import MetaModel, Point
from occupancy.inference.chains import ess_bulk
from occupancy.inference.meta import MetaFit
from occupancy.inference.meta_checks import prior_draws
from occupancy.inference.meta_layout import layout
from occupancy.inference.nuts import Draws
from occupancy.inference.to_arviz import to_inference_data


def test_draws_and_rows_are_kept_with_their_names() -> None:
    arviz = pytest.importorskip("arviz")
    rows = [
        Point(drug=drug, target="T", dose_mg=dose, occupancy=0.5, sd=0.08, n=6, study=study)
        for drug in ("a", "b")
        for study in ("one", "two")
        for dose in (5.0, 20.0)
    ]
    model = MetaModel()
    place = layout(rows, model)
    q = prior_draws(place, model, 4 * 100).reshape(4, 100, -1)
    fit = MetaFit(place, model, Draws(q, 0, 1.0, 1.0, 1))
    data = to_inference_data(fit)
    found = data.posterior["log ED50"].sel(curve="b T").values
    np.testing.assert_array_equal(found, fit.parameters["log ED50"][..., 1])
    assert data.posterior["study SD"].dims == ("chain", "draw")
    assert data.observed_data["mean"].shape == (8,)
    theirs = float(arviz.ess(data, var_names=["misfit"])["misfit"])
    assert theirs == pytest.approx(float(ess_bulk(fit.parameters["misfit"]).min()), rel=0.02)
