"""Pictures of the serotonin lag, the D2 window, Go and No-Go, and receptor profiles."""

import json

import numpy as np
import pytest

from occupancy.circuit import CircuitError, document, run
from occupancy.circuit.profile import document as profile_document
from occupancy.circuit.profile import receptor_profile
from occupancy.circuit.serotonin import serotonin
from occupancy.circuit.window_curves import go_no_go, window_curves
from occupancy.figures import save
from occupancy.figures.d2_window import window_figure
from occupancy.figures.go_no_go import go_no_go_figure
from occupancy.figures.receptor_profile import profile_figure
from occupancy.figures.serotonin_lag import lag_figure


def written(chart, tmp_path):
    path = save(chart, tmp_path / "picture.svg")
    text = path.read_text()
    assert text.startswith("<svg")
    return text


def test_lag(tmp_path):
    course = run(serotonin(), {"sert": 0.8}, 12.0 * np.arange(0.0, 120.0))
    text = written(lag_figure(json.loads(json.dumps(document(course)))), tmp_path)
    for label in ("Transporters blocked", "Firing", "Terminal serotonin", "Plasticity", "week 1"):
        assert label in text
    with pytest.raises(ValueError, match="not from 'gpr'"):
        lag_figure({"circuit": "gpr"})


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
    with pytest.raises(CircuitError, match=r"efficacy is 1\.5"):
        window_curves(1.5)
    with pytest.raises(ValueError, match="not 0"):
        window_figure([])


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
    text = written(
        profile_figure(profile_document(receptor_profile("clozapine", 0.5, draws=200))), tmp_path
    )
    assert "Clozapine where it holds 50 % of D2" in text
    assert "5-HT2A" in text
    assert "saturated" in text
