"""Laws of the dose curve: the study's own curve comes back, and moves with exposure only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from occupancy.course import Sampling, dose_curve
from occupancy.course.curves import DoseCurve
from occupancy.course.link import Link
from occupancy.evidence import drug_names, drug_record
from occupancy.evidence.draws import median
from occupancy.person import Person

POINT = Sampling(draws=1, variability=False)


def with_kinetics() -> list[str]:
    return [name for name in drug_names() if drug_record(name).form and drug_record(name).occupancy]


@pytest.mark.parametrize("name", with_kinetics())
def test_every_drug_answers_with_a_rising_bounded_curve(name: str) -> None:
    record = drug_record(name)
    for model in {one.target: one for one in reversed(record.occupancy)}.values():
        curve = dose_curve(name, model.target, sampling=Sampling(draws=20, variability=False))
        Emax = record.figures()[model.Emax]
        assert curve.dose_mg[0] == 0
        assert np.all(curve.occupancy[:, 0] == 0)
        assert np.all(np.diff(curve.occupancy, axis=1) >= -1e-12)
        assert np.all(curve.occupancy <= 1.0)
        middle = np.median(curve.occupancy[:, -1])
        assert middle <= Emax.canonical(Emax.central) + 0.05
        assert middle > 0.05


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in with_kinetics()
        if drug_record(name).occupancy[0].scale == "dose"
        and drug_record(name).occupancy[0].regimen == "daily"
        and drug_record(name).occupancy[0].Hill is None
        and drug_record(name).form[0].usual_interval_h == 24
    ],
)
def test_a_dose_study_comes_back_exactly_for_the_typical_person(name: str) -> None:
    record = drug_record(name)
    model = record.occupancy[0]
    figures = record.figures()
    assert model.ED50 is not None
    Emax, ED50 = median(figures[model.Emax]), median(figures[model.ED50])
    doses = np.array([0.1, 1.0, 10.0]) * ED50
    curve = dose_curve(name, model.target, doses_mg=doses, sampling=POINT, model=model.name)
    if curve.setting.subject.model.CL_of_dose is None:
        published = Emax * doses / (ED50 + doses)
        np.testing.assert_allclose(curve.occupancy[0], published, rtol=1e-9)
    else:
        assert curve.occupancy[0, 1] == pytest.approx(Emax / 2, rel=1e-9)


def test_same_seed_same_curve_and_another_seed_another() -> None:
    first = dose_curve("citalopram", sampling=Sampling(50, seed=3))
    again = dose_curve("citalopram", sampling=Sampling(50, seed=3))
    other = dose_curve("citalopram", sampling=Sampling(50, seed=4))
    np.testing.assert_array_equal(first.occupancy, again.occupancy)
    assert not np.array_equal(first.occupancy, other.occupancy)


def test_variability_widens_the_band_and_keeps_the_median() -> None:
    narrow = dose_curve("citalopram", doses_mg=[20], sampling=Sampling(400, variability=False))
    wide = dose_curve("citalopram", doses_mg=[20], sampling=Sampling(400, variability=True))
    assert np.ptp(wide.occupancy) > np.ptp(narrow.occupancy)
    assert np.median(wide.occupancy) == pytest.approx(np.median(narrow.occupancy), abs=0.03)


def test_doses_above_every_studied_one_answer_with_a_warning_and_a_wider_band() -> None:
    def spread(curve: DoseCurve, column: int) -> float:
        low, high = np.quantile(curve.occupancy[:, column], [0.05, 0.95])
        return float(high - low)

    curve = dose_curve("citalopram", doses_mg=[60, 600], sampling=Sampling(400))
    assert spread(curve, 1) > spread(curve, 0)
    assert any("never studied" in warning for warning in curve.warnings)


@pytest.mark.parametrize("dose", [-1.0, float("nan"), float("inf")])
def test_impossible_doses_are_refused(dose: float) -> None:
    with pytest.raises(ValueError, match="not allowed; give finite doses"):
        dose_curve("citalopram", doses_mg=[10, dose])


def test_a_person_moves_the_curve_along_the_dose_axis_only() -> None:
    person = Person(cyp2c19="PM")
    doses = np.array([2.0, 20.0])
    poor = dose_curve("citalopram", doses_mg=doses, person=person, sampling=POINT)
    factor = float(poor.setting.subject.effects.factor("S-citalopram", "CL")[0])  # type: ignore[index]
    same = dose_curve("citalopram", doses_mg=doses / factor, sampling=POINT)
    assert factor < 0.6
    np.testing.assert_allclose(poor.occupancy, same.occupancy, rtol=1e-9)


@given(
    st.floats(0.05, 1.0),
    st.floats(0.1, 1e3),
    st.floats(1.0, 100.0),
    st.floats(1.0, 1e4),
)
def test_widening_never_narrows_and_keeps_the_middle(
    Emax: float, EC50: float, highest: float, dose: float
) -> None:
    spread = np.exp(0.2 * np.linspace(-1, 1, 21))
    link = Link("x", "in vivo", np.full(21, Emax), {"a": EC50 * spread}, None, (0.0, highest))
    wide = link.widened(dose)
    assert np.ptp(wide.EC50["a"]) >= np.ptp(link.EC50["a"]) * (1 - 1e-12)
    assert np.median(wide.EC50["a"]) == pytest.approx(EC50)
    assert (wide is link) == (dose <= highest)
