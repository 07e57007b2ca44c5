"""A regimen at many doses: the same as each of them simulated."""

import numpy as np
import pytest

from occupancy.course import Sampling, trajectory
from occupancy.course.sweep import sweep
from occupancy.drugs import resolve
from occupancy.evidence import drug_names, drug_record
from occupancy.person import Person
from occupancy.regimen import parse

FEW = Sampling(5, 3, variability=True)


@pytest.mark.parametrize(
    "drug",
    [
        "citalopram",
        "paroxetine",
        "risperidone",
        "aripiprazole",
        "fluoxetine",
        "paliperidone palmitate 1-monthly",
        "quetiapine ir",
        "valbenazine",
        "duloxetine",
    ],
)
@pytest.mark.parametrize("dose_mg", [0.5, 37.5])
def test_every_dose_is_that_of_the_simulation(drug: str, dose_mg: float) -> None:
    person = Person(age_y=71, cyp2d6="PM")
    prepared = sweep(drug, days=30, person=person, sampling=FEW)
    swept = prepared.at(dose_mg)
    asked = trajectory(
        parse(prepared.text(dose_mg)), drug=drug, days=30, person=person, sampling=FEW
    )
    for name, values in asked.concentrations.items():
        peak = values.max()
        np.testing.assert_allclose(swept.concentrations[name], values, rtol=1e-9, atol=1e-9 * peak)
    for name, one in asked.targets.items():
        np.testing.assert_allclose(swept.targets[name].occupancy, one.occupancy, atol=1e-9)
        np.testing.assert_allclose(swept.targets[name].cycle.peak, one.cycle.peak, atol=1e-9)
    assert swept.warnings == asked.warnings
    assert swept.steady_h == pytest.approx(asked.steady_h)
    assert swept.plan.text == asked.plan.text


def test_a_drug_whose_clearance_follows_its_dose_is_not_scaled() -> None:
    prepared = sweep("paroxetine", days=10, sampling=FEW)
    assert not prepared.linear
    assert sweep("citalopram", days=10, sampling=FEW).linear


@pytest.mark.parametrize("dose_mg", [0.0, -1.0, float("nan"), float("inf")])
def test_a_dose_that_is_none_is_refused(dose_mg: float) -> None:
    with pytest.raises(ValueError, match="above 0 mg"):
        sweep("citalopram", days=2, sampling=FEW).at(dose_mg)


def test_every_form_has_a_regimen_in_words() -> None:
    for name in drug_names():
        for form in drug_record(name).form:
            product = resolve(f"{name} {form.name}")
            prepared = sweep(f"{name} {form.name}", days=2, sampling=Sampling(1, 0, False))
            assert prepared.where.product.title == product.title
            assert prepared.plan(10.0).table.amount_mg[0] == 10.0
