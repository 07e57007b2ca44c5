"""Pictures of the serotonin lag, the D2 window, Go and No-Go, and receptor profiles."""

import json

import numpy as np
import pytest

from occupancy.circuit import CircuitError, document, run, steady
from occupancy.circuit.ageing import aged
from occupancy.circuit.serotonin import serotonin
from occupancy.circuit.window_curves import go_no_go, window_curves
from occupancy.course import Sampling
from occupancy.course.profile import profile_at, profile_of_dose
from occupancy.course.profile_writing import profile_document
from occupancy.figures import save
from occupancy.figures.d2_window import window_figure
from occupancy.figures.go_no_go import go_no_go_figure
from occupancy.figures.receptor_profile import profile_figure
from occupancy.figures.serotonin_lag import lag_figure
from occupancy.regimen import parse


def written(chart, tmp_path):
    path = save(chart, tmp_path / "picture.svg")
    text = path.read_text()
    assert text.startswith("<svg")
    return text


def test_lag(tmp_path):
    course = run(serotonin(), {"sert": 0.8}, 12.0 * np.arange(0.0, 120.0))
    chart = lag_figure(json.loads(json.dumps(document(course))))
    text = written(chart, tmp_path)
    for label in ("Transporters blocked", "Firing", "Serotonin at", "Plasticity", "week 1"):
        assert label in text
    assert "Withdrawal drive" not in text
    # A course that begins at rest shows the days before it.
    assert '{"day": -4.0, "value": 0.0}' in json.dumps(chart.to_dict())
    with pytest.raises(ValueError, match="not from 'gpr'"):
        lag_figure({"circuit": "gpr"})


def test_lag_of_a_stop_shows_the_drive_on_both_scales(tmp_path):
    before = steady(serotonin(), {"sert": 0.8})
    course = run(serotonin(), {"sert": 0.1}, 24.0 * np.arange(0.0, 60.0), y0=before.y)
    text = written(lag_figure(document(course)), tmp_path)
    for label in ("Withdrawal drive, index", "on occupancy", "on serotonin", "not a symptom"):
        assert label in text
    assert "Taylor" not in text


def test_window(tmp_path):
    curves = [window_curves(), window_curves(0.2)]
    antagonist, partial = ({k: np.array(v) for k, v in c["curves"].items()} for c in curves)
    theta = np.array(curves[0]["occupancy"])
    for name, threshold in (("response", 0.65), ("prolactin", 0.72), ("parkinsonism", 0.78)):
        assert np.interp(0.5, antagonist[name], theta) == pytest.approx(threshold, abs=2e-3)
        assert (np.diff(antagonist[name]) > 0).all()
    assert antagonist["parkinsonism"][-1] > 0.99
    assert partial["parkinsonism"].max() < 0.01
    text = written(window_figure(curves), tmp_path)
    assert "partial agonist, efficacy 0.2" in text
    assert "raised prolactin" in text
    assert "hypothesis" not in text
    with pytest.raises(CircuitError, match=r"efficacy is 1\.5"):
        window_curves(1.5)
    with pytest.raises(ValueError, match="not 0"):
        window_figure([])


def test_window_of_an_older_brain_says_that_it_is_a_hypothesis(tmp_path):
    curves = [window_curves(), window_curves(aged=aged("receptors-and-transporters", 75.0))]
    text = written(window_figure(curves), tmp_path)
    assert "75 years: receptors and transporters" in text
    assert "young brain is a hypothesis" in text


def test_go_no_go(tmp_path):
    curves = go_no_go()
    text = written(go_no_go_figure(curves), tmp_path)
    assert "internal pallidum (brake)" in text
    assert curves["rates"]["d2-synapses"]["gpi"][0] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="d2-all"):
        go_no_go_figure(curves, "d3")
    with pytest.raises(CircuitError, match="loss"):
        go_no_go([1.2])


def test_profile(tmp_path):
    stated = profile_document(profile_at("clozapine", 0.5, draws=50), 0.9)
    text = written(profile_figure(stated), tmp_path)
    assert "Where it holds 50 % of D2" in text
    for label in ("5-HT2A", "nearly full: does not", "from affinities", "stated"):
        assert label in text
    dose = profile_document(
        profile_of_dose(parse("quetiapine 400 mg daily"), sampling=Sampling(20)), 0.9
    )
    text = written(profile_figure(dose), tmp_path)
    assert "lowest to highest over the cycle" in text
    assert "NET" in text
