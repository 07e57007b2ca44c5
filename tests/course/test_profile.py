"""Receptor profiles of doses: placed by a target measured in people, metabolites taking part."""

import json

import numpy as np
import pytest

from occupancy.circuit import CircuitError
from occupancy.circuit.profile import receptor_profile
from occupancy.course import Sampling, trajectory
from occupancy.course.profile import profile_at, profile_of_dose
from occupancy.course.profile_writing import profile_document
from occupancy.regimen import parse

FEW = Sampling(60, variability=False)


def dosed(text, **more):
    return profile_of_dose(parse(text), sampling=FEW, **more)


def middle(values):
    return float(np.median(values))


def test_a_measured_target_keeps_the_occupancy_of_its_own_study():
    found = dosed("clozapine 300 mg daily")
    course = trajectory(parse("clozapine 300 mg daily, at steady state"), sampling=FEW)
    for name, one in course.targets.items():
        assert found[name].basis == "in vivo"
        np.testing.assert_allclose(found[name].cycle.average, one.cycle.average)
        np.testing.assert_allclose(found[name].cycle.peak, one.cycle.peak)
    # Affinities put 5-HT2A higher than the scans do, and D1 lower: both are shown.
    assert middle(found["5-HT2A"].from_Ki) > middle(found["5-HT2A"].cycle.average)
    assert middle(found["D1"].from_Ki) < middle(found["D1"].cycle.average)


def test_clozapine_at_a_usual_dose_below_the_window_with_other_receptors_full():
    found = dosed("clozapine 300 mg daily", metabolites=False)
    assert 0.4 < middle(found["D2"].cycle.average) < 0.6
    assert {"H1", "alpha1", "5-HT2A", "muscarinic"} <= set(found.profile.full)
    assert "D2" not in found.profile.full
    assert "not made for clozapine" in found.profile.verdict


def test_average_is_of_the_course_and_not_at_the_average():
    # Quetiapine swings widely, so the two differ.
    found = dosed("quetiapine 400 mg daily")
    d2 = found["D2"]
    assert (d2.cycle.trough < d2.cycle.average).all()
    assert (d2.cycle.average < d2.cycle.peak).all()
    row = found["5-HT1A"].row
    assert row is not None
    assert row.occupancy.shape[0] == FEW.draws
    at_average = receptor_profile(
        "quetiapine", d2.cycle.average, metabolites=found.metabolites, seed=FEW.seed
    )
    assert middle(at_average["5-HT1A"].occupancy) > middle(found["5-HT1A"].cycle.average) + 0.005


def test_a_measured_target_without_affinity_is_shown_all_the_same():
    net = dosed("quetiapine 300 mg daily")["NET"]
    assert net.basis == "in vivo"
    assert (net.row, net.from_Ki, net.parent) == (None, None, None)


def test_metabolites_take_part_by_molar_ratio():
    found = dosed("risperidone 4 mg daily")
    ratio = found.metabolites["9-hydroxyrisperidone"]
    assert 2.0 < middle(ratio) < 10.0
    alone = dosed("risperidone 4 mg daily", metabolites=False)
    assert not alone.metabolites
    # The anchor stays, the parent's share of it falls.
    np.testing.assert_allclose(found["D2"].cycle.average, alone["D2"].cycle.average)
    assert middle(found["D2"].parent) < 0.5 * middle(alone["D2"].parent)


def test_M6_metabolites_at_zero_are_the_parent_alone_at_a_stated_occupancy():
    none = profile_at("risperidone", 0.7, metabolites={"9-hydroxyrisperidone": 0.0}, draws=20)
    alone = profile_at("risperidone", 0.7, draws=20)
    for one in alone.targets:
        np.testing.assert_array_equal(none[one.target].cycle.average, one.cycle.average)


def test_a_stated_occupancy_is_the_anchor():
    found = profile_at("clozapine", 0.5, draws=50)
    assert found.anchor == "D2"
    assert found["D2"].basis == "stated"
    np.testing.assert_allclose(found["D2"].cycle.average, 0.5)
    assert profile_at("paroxetine", 0.8, draws=5).anchor == "SERT"
    assert profile_at("atomoxetine", 0.6, anchor="NET", draws=5).anchor == "NET"


def test_the_hypothesis_is_off_unless_asked_for_and_carries_its_strength():
    assert dosed("clozapine 300 mg daily").modulation is None
    weak, strong = (dosed("clozapine 300 mg daily", modulation=s).modulation for s in (0.5, 1.0))
    assert weak is not None
    assert strong is not None
    assert (weak.strength, strong.strength) == (0.5, 1.0)
    assert (strong.signal > weak.signal).all()
    assert (weak.signal > weak.signal_without).all()
    assert (strong.D2 < weak.D2).all()
    with pytest.raises(ValueError, match="strength = 2"):
        dosed("clozapine 300 mg daily", modulation=2.0)
    with pytest.raises(ValueError, match="needs D2 and 5-HT2A"):
        dosed("paroxetine 20 mg daily", modulation=0.5)


def test_document():
    document = profile_document(dosed("clozapine 300 mg daily", modulation=0.5), 0.9)
    plain = json.loads(document.to_json())
    assert plain["document"] == "profile"
    assert plain["anchor"] == "D2"
    assert plain["regimen"] == "clozapine 300 mg daily, at steady state"
    by = {one["target"]: one for one in plain["targets"]}
    assert by["H1"]["saturated"]
    assert by["H1"]["without"] == ["norclozapine"]
    assert by["alpha2"]["Ki_nM"] == [158.0, 15.0]
    assert by["D2"]["lowest"]["median"] < by["D2"]["highest"]["median"]
    assert plain["outside"][0]["applies"] is False
    assert plain["modulation"]["strength"] == 0.5
    figures = [one["figure"] for one in plain["sources"]]
    assert len(figures) == len(set(figures))
    assert any(name.startswith("Ki-H1") for name in figures)
    stated = json.loads(profile_document(profile_at("clozapine", 0.5, draws=20), 0.9).to_json())
    assert stated["regimen"] is None
    assert stated["targets"][0]["lowest"] == stated["targets"][0]["highest"]


def test_refusals():
    with pytest.raises(ValueError, match="possible: D2"):
        dosed("haloperidol 2 mg daily", anchor="H1")
    with pytest.raises(ValueError, match="no dose of atomoxetine can be placed"):
        dosed("atomoxetine 40 mg daily")
    with pytest.raises(CircuitError, match=r"occupancy is 1\.2"):
        profile_at("clozapine", 1.2)
    with pytest.raises(CircuitError, match="no metabolite 'x'"):
        profile_at("clozapine", 0.5, metabolites={"x": 1.0})
    with pytest.raises(ValueError, match="there are H1"):
        dosed("clozapine 300 mg daily")["kappa"]
