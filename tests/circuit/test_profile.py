"""Receptor profiles: checks M1 to M6, clozapine's picture, the 5-HT2A hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.circuit import CircuitError
from occupancy.circuit.profile import receptor_profile, weighted_index
from occupancy.circuit.serotonin_dopamine import modulated_d2
from occupancy.evidence import UnknownDrugError, circuit_record, drug_names, drug_record
from occupancy.laws import occupancy as hyperbola

DRUGS = ("clozapine", "haloperidol", "risperidone", "olanzapine", "quetiapine", "aripiprazole")
shares = st.floats(0.0, 0.99)
A = circuit_record("receptor_profile").parameters()["dopamine_ratio"].value


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(DRUGS), shares)
def test_M1_a_single_drug_is_the_hyperbola_at_every_target(drug, theta):
    profile = receptor_profile(drug, theta)
    assert profile["D2"].median == pytest.approx(theta, abs=1e-12)
    x = theta / (1.0 - theta)
    anchor = {
        f.cite: f.central
        for f in drug_record(drug).figure
        if f.quantity == "Ki" and f.target == "D2" and (f.analyte or drug) == drug
    }
    for row in profile.rows:
        if row.sources[0] in anchor and row.target != "D2":
            expected = hyperbola(x * anchor[row.sources[0]], row.Ki[0])
            assert row.median == pytest.approx(float(expected), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(shares, st.floats(0.0, 1.0), st.floats(0.05, 20.0), st.floats(0.0, 0.5))
def test_M2_a_pure_D2_antagonist_raises_nothing(theta, strength, a, half):
    out = modulated_d2(theta, 0.0, strength, a, half)
    assert out.occupancy == theta
    assert out.dopamine == 1.0
    assert out.signal == pytest.approx(1.0 - theta)


@settings(max_examples=80, deadline=None)
@given(
    st.floats(0.01, 0.99), st.floats(0.0, 1.0), st.floats(0.05, 20.0), st.floats(0.0, 0.5),
    st.floats(0.0, 1.0), st.floats(0.0, 1.0),
)  # fmt: skip
def test_M3_more_strength_never_raises_occupancy(theta, ht2a, a, half, one, other):
    less, more = sorted((one, other))
    low, high = (modulated_d2(theta, ht2a, s, a, half) for s in (less, more))
    assert high.occupancy <= low.occupancy + 1e-12
    assert high.signal >= low.signal - 1e-12
    assert high.dopamine >= low.dopamine - 1e-12
    # What was found is the competition at that dopamine.
    d = theta * (1.0 + a) / (1.0 - theta)
    assert high.occupancy == pytest.approx(d / (1.0 + a * high.dopamine + d), abs=1e-12)


@pytest.mark.parametrize("drug", DRUGS)
def test_M4_the_verdict_lists_what_is_saturated(drug):
    profile = receptor_profile(drug, 0.75)
    limit = circuit_record("receptor_profile").parameters()["saturated_above"].value
    full = [row.target for row in profile.rows if row.median > limit]
    assert list(profile.full) == full
    for target in full:
        assert target in profile.verdict


@pytest.mark.parametrize("theta", [0.4, 0.5, 0.6])
def test_M5_clozapine_below_the_window_with_other_receptors_full(theta):
    profile = receptor_profile("clozapine", theta)
    (miss,) = profile.outside
    assert (miss.target, miss.side) == ("D2", "below")
    assert not miss.applies
    assert "not made for clozapine" in profile.verdict
    assert {"H1", "alpha1", "muscarinic", "5-HT2A"} <= set(profile.full)
    assert "D2" not in profile.full
    assert "5-HT1A" not in profile.full


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 0.95), st.floats(0.01, 20.0))
def test_M6_no_metabolite_is_the_parent_alone(theta, ratio):
    alone = receptor_profile("risperidone", theta)
    none = receptor_profile("risperidone", theta, metabolites={"9-hydroxyrisperidone": 0.0})
    for row in alone.rows:
        assert none[row.target].median == row.median
    both = receptor_profile("risperidone", theta, metabolites={"9-hydroxyrisperidone": ratio})
    assert both["D2"].median == pytest.approx(theta, abs=1e-12)
    assert np.median(both["D2"].parent) < theta
    for row in both.rows:
        assert (row.parent <= row.occupancy + 1e-12).all()


def test_clozapine_and_haloperidol_as_published():
    half, more = receptor_profile("clozapine", 0.5), receptor_profile("clozapine", 0.6)
    for target, at_half, at_more in (
        ("5-HT2A", 0.988, 0.992), ("H1", 0.985, 0.990), ("alpha1", 0.969, 0.979),
    ):  # fmt: skip
        assert half[target].median == pytest.approx(at_half, abs=6e-4)
        assert more[target].median == pytest.approx(at_more, abs=6e-4)
    assert half["M2"].median == pytest.approx(0.51, abs=5e-3)
    haloperidol = receptor_profile("haloperidol", 0.75)
    assert haloperidol["5-HT2A"].median == pytest.approx(0.11, abs=5e-3)
    assert haloperidol["H1"].median == pytest.approx(0.03, abs=2e-3)


@pytest.mark.parametrize(
    ("drug", "theta", "occupied", "signal"),
    [
        ("clozapine", 0.55, (0.505, 0.467), (0.62, 0.76)),
        ("risperidone", 0.75, (0.714, 0.682), (0.36, 0.45)),
        ("haloperidol", 0.75, (0.743, 0.737), (0.27, 0.29)),
    ],
)
def test_the_hypothesis_of_5HT2A(drug, theta, occupied, signal):
    ht2a = receptor_profile(drug, theta, endogenous=A)["5-HT2A"].median
    out = modulated_d2(theta, ht2a, np.array([0.5, 1.0]), A)
    np.testing.assert_allclose(out.occupancy, occupied, atol=5e-4)
    np.testing.assert_allclose(out.signal, signal, atol=6e-3)


def test_affinities_are_distributions():
    profile = receptor_profile("clozapine", 0.5, draws=500)
    for row in profile.rows:
        low, high = row.band
        if row.target == "D2":
            assert low == high
        else:
            assert low < row.median < high
            # The log10 SD of a ratio is 0.4: 90 % lie within 10^(2 * 1.645 * 0.4) in odds.
            odds = np.log10(high / (1 - high)) - np.log10(low / (1 - low))
            assert odds == pytest.approx(2 * 1.645 * 0.4, rel=0.03)
    assert profile["alpha2"].spread > 10
    again = receptor_profile("clozapine", 0.5, draws=500)
    np.testing.assert_array_equal(profile["H1"].occupancy, again["H1"].occupancy)


def test_metabolites_without_affinities_are_named():
    profile = receptor_profile("clozapine", 0.5, metabolites={"norclozapine": 0.7})
    assert profile["H1"].without == ("norclozapine",)
    assert profile["D2"].without == ()


def test_every_drug_with_an_affinity_for_its_anchor_has_a_profile():
    made = 0
    for drug in drug_names():
        try:
            profile = receptor_profile(drug, 0.7, anchor=_anchor(drug))
        except CircuitError:
            continue
        made += 1
        assert all(0.0 <= row.median <= 1.0 for row in profile.rows)
    assert made >= 20


def _anchor(drug):
    models = drug_record(drug).occupancy
    return models[0].target if models else "D2"


def test_index_is_of_the_weights_given():
    profile = receptor_profile("olanzapine", 0.7)
    index = weighted_index(profile, {"D2": 2.0, "H1": -1.0})
    assert index[0] == pytest.approx(1.4 - profile["H1"].median)
    with pytest.raises(CircuitError, match="weights is empty"):
        weighted_index(profile, {})


def test_refusals():
    with pytest.raises(CircuitError, match="occupancy is 1"):
        receptor_profile("clozapine", 1.0)
    with pytest.raises(CircuitError, match=r"occupancy is -0\.2"):
        receptor_profile("clozapine", -0.2)
    with pytest.raises(CircuitError, match="no affinity for 'VMAT2'"):
        receptor_profile("clozapine", 0.5, anchor="VMAT2")
    with pytest.raises(CircuitError, match=r"no metabolite 'lithium'.*norclozapine"):
        receptor_profile("clozapine", 0.5, metabolites={"lithium": 1.0})
    with pytest.raises(CircuitError, match="-1"):
        receptor_profile("clozapine", 0.5, metabolites={"norclozapine": -1.0})
    with pytest.raises(CircuitError, match="5-HT2A"):
        receptor_profile("clozapine", 0.5)["kappa"]
    with pytest.raises(UnknownDrugError):
        receptor_profile("clozapin", 0.5)
