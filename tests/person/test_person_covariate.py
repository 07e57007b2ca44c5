"""Covariates: the published forms, held inside the range of the data."""

from typing import Any

import numpy as np
import pytest

from occupancy.evidence.drugrecord import Covariate
from occupancy.evidence.validated import validated
from occupancy.person import Person, PersonError, covariate_factor


def covariate(**fields: Any) -> Covariate:
    return validated(Covariate, {"species": "drug", "parameter": "CL", **fields})


AGE = covariate(trait="age", kind="power", reference=60, within=(50, 95), exponent="x")
WEIGHT = covariate(trait="weight", kind="power", reference=70, exponent="x")
LINE = covariate(trait="age", kind="linear", reference=22, coefficient="x")
SEX = covariate(trait="sex", kind="category", value="female", factor="x")
ANCESTRY = covariate(trait="ancestry", kind="category", value="Black", factor="x")


def test_power() -> None:
    effect = covariate_factor(WEIGHT, Person(weight_kg=140), np.array([0.75, 1.0]))
    np.testing.assert_allclose(effect.factor, [2**0.75, 2.0])
    assert "weight 140 kg (reference 70)" in effect.reason


def test_the_reference_person_is_unmoved() -> None:
    assert covariate_factor(WEIGHT, Person(weight_kg=70), 0.75).factor == pytest.approx(1.0)
    assert covariate_factor(LINE, Person(age_y=22), -0.0125).factor == pytest.approx(1.0)


@pytest.mark.parametrize(("age", "held"), [(20, 50), (50, 50), (80, 80), (99, 95)])
def test_held_within_the_data(age: float, held: float) -> None:
    effect = covariate_factor(AGE, Person(age_y=age), -1.33)
    assert effect.factor == pytest.approx((held / 60) ** -1.33)
    assert ("held at" in effect.reason) == (age != held)


def test_linear_never_turns_negative() -> None:
    assert covariate_factor(LINE, Person(age_y=42), -0.0125).factor == pytest.approx(0.75)
    assert covariate_factor(LINE, Person(age_y=100), -0.0125).factor > 0


def test_category() -> None:
    assert covariate_factor(SEX, Person(sex="female"), 0.86).factor == pytest.approx(0.86)
    assert covariate_factor(SEX, Person(sex="male"), 0.86).factor == 1.0


@pytest.mark.parametrize(
    ("ancestry", "factor"), [("black", 1.1), ("african-american", 1.1), ("european", 1.0)]
)
def test_ancestry_by_any_of_its_names(ancestry: str, factor: float) -> None:
    got = covariate_factor(ANCESTRY, Person(ancestry=ancestry), 1.1)
    assert got.factor == pytest.approx(factor)


@pytest.mark.parametrize("one", [AGE, WEIGHT, SEX, ANCESTRY])
def test_what_is_not_known_moves_nothing(one: Covariate) -> None:
    effect = covariate_factor(one, Person(), np.array([0.5, 2.0]))
    np.testing.assert_array_equal(effect.factor, 1.0)
    assert "not given" in effect.reason


def test_incomplete_records_are_refused() -> None:
    with pytest.raises(PersonError, match="no reference"):
        covariate_factor(covariate(trait="age", kind="power"), Person(age_y=40), 1.0)
    with pytest.raises(PersonError, match="no value"):
        covariate_factor(covariate(trait="sex", kind="category"), Person(sex="male"), 1.0)
