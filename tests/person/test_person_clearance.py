"""The closed form: limits, monotonicity, and the published genotype and inhibitor ratios."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.evidence import genes, interactions
from occupancy.person import PersonError, relative_clearance
from occupancy.person.clearance import FLOOR

unit = st.floats(0.0, 1.0)
some = st.floats(0.0, 20.0)


def exposure(cr: float, f: float = 1.0, ir: float = 0.0, ic: float = 0.0) -> float:
    return float(1.0 / relative_clearance({"E": cr}, {"E": f}, {"E": ir}, {"E": ic}))


@given(cr=unit, f=some, ir=unit, ic=some)
def test_bounds(cr: float, f: float, ir: float, ic: float) -> None:
    least = max(1.0 - cr, FLOOR) if f * (1 - ir) * (1 + ic) <= 1 else 1.0
    got = float(relative_clearance({"E": cr}, {"E": f}, {"E": ir}, {"E": ic}))
    assert got >= least - 1e-12
    assert got == pytest.approx(max(FLOOR, cr * f * (1 - ir) * (1 + ic) + 1 - cr))


@given(f=some, ir=unit, ic=some)
def test_no_share_no_effect(f: float, ir: float, ic: float) -> None:
    assert exposure(0.0, f, ir, ic) == 1.0


@given(cr=unit, ir=unit, ic=some)
def test_poor_metabolisers_are_immune(cr: float, ir: float, ic: float) -> None:
    assert exposure(cr, 0.0, ir, ic) == pytest.approx(exposure(cr, 0.0), rel=1e-12)


@given(cr=unit, f=some, low=unit, high=unit)
def test_exposure_rises_with_inhibition(cr: float, f: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert exposure(cr, f, high) >= exposure(cr, f, low) * (1 - 1e-12)


@given(cr=unit, low=some, high=some)
def test_exposure_falls_with_induction(cr: float, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert exposure(cr, ic=high) <= exposure(cr, ic=low) * (1 + 1e-12)


@given(cr=st.floats(0.0, 0.98), ir=unit)
def test_inverse_of_the_inhibition_ratio(cr: float, ir: float) -> None:
    assert exposure(cr, ir=ir) == pytest.approx(1.0 / (1.0 - cr * ir))


def test_shares_above_one_are_scaled_and_keep_their_proportion() -> None:
    got = relative_clearance({"A": np.array([0.9, 0.4]), "B": [0.6, 0.4]}, {"A": 0.5})
    np.testing.assert_allclose(got, [1.0 - 0.6 * 0.5, 1.0 - 0.4 * 0.5])


def test_draws_broadcast() -> None:
    got = relative_clearance({"A": np.full((5, 1), 0.5)}, {"A": np.linspace(0, 1, 7)})
    assert got.shape == (5, 7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (({"E": 1.2},), "CR of E"),
        (({"E": 0.5}, {"E": -0.1}), "activity of E"),
        (({"E": 0.5}, None, {"E": 1.1}), "IR of E"),
        (({"E": 0.5}, None, None, {"E": np.nan}), "IC of E"),
    ],
)
def test_values_outside_their_range_are_refused(arguments: tuple, said: str) -> None:
    with pytest.raises(PersonError, match=said):
        relative_clearance(*arguments)


# --- published ratios; CR = 1 - 1/ratio of poor metabolisers, one functional allele f = 0.5


def ratio(name: str) -> float:
    return next(one for one in genes().figure if one.id == name).central


@pytest.mark.parametrize(
    ("poor", "intermediate", "predicted"),
    [
        ("RoM-escitalopram-PM-jukic2018", "RoM-escitalopram-IM-jukic2018", 1.53),
        ("RoM-HTBZ-PM-nguyen2025", "RoM-HTBZ-IM-nguyen2025", 1.35),
        ("RoM-sertraline-PM-braten2020", "RoM-sertraline-IM-braten2020", 1.46),
    ],
)
def test_one_allele_is_half(poor: str, intermediate: str, predicted: float) -> None:
    got = exposure(1.0 - 1.0 / ratio(poor), 0.5)
    assert got == pytest.approx(predicted, abs=0.01)
    assert got == pytest.approx(ratio(intermediate), rel=0.06)


def test_increased_over_absent_is_intermediate_for_escitalopram() -> None:
    activity = next(o for o in genes().figure if o.id == "activity-CYP2C19-increased-no").central
    got = exposure(1.0 - 1.0 / ratio("RoM-escitalopram-PM-jukic2018"), activity)
    assert got == pytest.approx(ratio("RoM-escitalopram-null17-jukic2018"), abs=0.05)


def observed(victim: str, perpetrator: str, genotype: str) -> float:
    table = interactions()
    hit = [
        one.figure
        for one in table.observed
        if (one.victim, one.perpetrator, one.genotype) == (victim, perpetrator, genotype)
        and "storelli2019" in one.figure
    ]
    return next(one for one in table.figure if one.id == hit[0]).central


def in_genotype(full_ratio: float, f: float, ir: float = 1.0) -> float:
    """Ratio with over without the inhibitor at activity f, given that of a normal metaboliser."""
    cr = (full_ratio - 1.0) / (full_ratio * ir)
    return exposure(cr, f, ir) / exposure(cr, f)


def test_dextromethorphan_with_paroxetine_in_one_functional_allele() -> None:
    got = in_genotype(observed("dextromethorphan", "paroxetine", "AS2"), 0.5)
    assert got == pytest.approx(7.8, abs=0.05)
    assert 6.7 <= got <= 10.8  # the interval of the observation, 8.5


def test_tolterodine_with_fluoxetine_in_one_functional_allele() -> None:
    got = in_genotype(observed("tolterodine", "fluoxetine", "AS2"), 0.5)
    assert got == pytest.approx(9.2, abs=0.05)
    assert got / observed("tolterodine", "fluoxetine", "AS1") < 2.0


@pytest.mark.parametrize(("f", "predicted"), [(0.625, 7.0), (0.0, 1.0)])
def test_atomoxetine_with_paroxetine_by_score(f: float, predicted: float) -> None:
    assert in_genotype(10.57, f) == pytest.approx(predicted, abs=0.06)


@pytest.mark.parametrize("cr", [0.75, 0.762, 0.78, 0.875])
def test_poor_metabolisers_with_a_cyp2d6_inhibitor(cr: float) -> None:
    assert exposure(cr, 0.0, 1.0) / exposure(cr, 0.0) == pytest.approx(1.0)


def test_one_effect_per_perpetrator_reproduces_most_observed_ratios() -> None:
    """Within twofold for four in five of the recorded pairs whose victim has a known share."""
    table = interactions()
    figures = {one.id: one for one in table.figure}
    share = {(one.victim, one.enzyme): figures[one.CR].central for one in table.probe}
    effect = {(one.name, one.enzyme): one for one in table.perpetrator}
    activity = {"PM": 0.0, "AS0": 0.0, "AS1": 0.5, "AS1.25": 0.625}
    within: list[bool] = []
    for one in table.observed:
        cr, acting = (
            share.get((one.victim, one.enzyme)),
            effect.get((one.perpetrator, one.enzyme)),
        )
        if cr is None or acting is None:
            continue
        size = figures[acting.effect].central
        f = activity.get(one.genotype, 1.0)
        changed = (
            exposure(cr, f, ir=size) if acting.kind == "inhibitor" else exposure(cr, f, ic=size)
        )
        got, seen = changed / exposure(cr, f), figures[one.figure].central
        within.append(max(got / seen, seen / got) <= 2.0)
    assert len(within) > 70
    assert np.mean(within) >= 0.8
