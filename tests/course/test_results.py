"""The result type and the documents: labels, units, provenance, and schemas that hold."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import occupancy
from occupancy.course import Sampling, dose_curve, trajectory
from occupancy.course.writing import compare_document, course_document, curve_document
from occupancy.documents import json_schema
from occupancy.regimen import parse


def test_simulate_returns_a_labelled_dataset() -> None:
    result = occupancy.simulate("citalopram 20 mg daily for 7 days", draws=30)
    assert set(result.occupancy.dims) == {"draw", "target", "time"}
    assert result.sizes["draw"] == 30
    assert result.concentration.attrs["units"] == "ng/mL"
    assert result.time.attrs["units"] == "h"
    assert float(result.time[-1]) == 168
    assert result.attrs["drug"] == "citalopram"
    assert result.attrs["occupancy_version"] == occupancy.__version__
    assert json.loads(result.attrs["sources"])[0]["citation"]


def test_curve_returns_a_labelled_dataset() -> None:
    result = occupancy.curve("citalopram", "SERT", doses_mg=[10, 20], draws=30)
    np.testing.assert_array_equal(result.dose, [10, 20])
    assert result.average_concentration.attrs["units"] == "ng/mL"


def test_a_dataset_survives_a_file(tmp_path: Path) -> None:
    import xarray as xr

    result = occupancy.simulate("sertraline 50 mg daily for 3 days", draws=5)
    path = tmp_path / "course.nc"
    result.to_netcdf(path, engine="scipy")
    with xr.open_dataset(path, engine="scipy") as back:
        np.testing.assert_array_equal(back.occupancy, result.occupancy)
        assert back.attrs["drug"] == "sertraline"


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    few = Sampling(draws=10)
    course = trajectory(parse("citalopram 20 mg daily for 3 days"), sampling=few)
    other = trajectory(parse("escitalopram 10 mg daily for 3 days"), sampling=few)
    return {
        "curve": curve_document(dose_curve("citalopram", sampling=few), 0.9).to_json(),
        "course": course_document(course, 0.9).to_json(),
        "compare": compare_document([course, other], 0.9).to_json(),
    }


@pytest.mark.parametrize("name", ["curve", "course", "compare"])
def test_documents_fit_their_schema(name: str, documents: dict[str, str]) -> None:
    jsonschema.validate(json.loads(documents[name]), json_schema(name))


def test_keys_that_other_programs_rely_on(documents: dict[str, str]) -> None:
    curve = json.loads(documents["curve"])
    assert {"drug", "target", "points", "window", "sources"} <= curve.keys()
    assert set(curve["points"][0]["occupancy"]) == {"median", "low", "high"}
    assert "dose_mg" in curve["points"][0]
    course = json.loads(documents["course"])
    assert {"regimen", "person", "targets", "analytes", "sources", "warnings"} <= course.keys()
    target = course["targets"][0]
    assert {"target", "time_h", "occupancy", "peak", "trough", "time_in_window"} <= target.keys()
    assert set(target["occupancy"]) == {"median", "low", "high"}
    assert len(target["occupancy"]["median"]) == len(target["time_h"])


def test_a_band_holds_its_median(documents: dict[str, str]) -> None:
    for point in json.loads(documents["curve"])["points"]:
        o = point["occupancy"]
        assert o["low"] <= o["median"] <= o["high"]


def test_the_public_functions_stay_functions() -> None:
    occupancy.simulate("citalopram 20 mg daily for 2 days", draws=2)
    assert occupancy.drug("citalopram").record.name == "citalopram"
    assert occupancy.drug("seroquel").title == "quetiapine"


def test_an_event_table_gives_what_the_regimen_gives(tmp_path: Path) -> None:
    from occupancy.regimen import read_event_table, write_event_table

    regimen = parse("citalopram 20 mg daily for 5 days, missed days 3")
    path = tmp_path / "doses.csv"
    write_event_table(regimen, path, 120.0)
    subject = read_event_table(path).subjects[0]
    a = occupancy.simulate(regimen, days=5, draws=5)
    b = occupancy.simulate(subject, drug="citalopram", days=5, draws=5)
    np.testing.assert_allclose(a.concentration, b.concentration, rtol=1e-12)
