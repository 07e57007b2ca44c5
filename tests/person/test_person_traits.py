"""What a person may be, and what the errors say."""

import math
from typing import Any

import pytest

from occupancy.person import Person, PersonError, check_drug, comedication


def test_names_and_words_are_tidied() -> None:
    person = Person(
        sex="F", smoking=True, comedication=("Prilosec", " OMEPRAZOLE"), cyp2d6="*1 / *4"
    )
    assert (person.sex, person.smoking) == ("female", "smoker")
    assert person.comedication == ("omeprazole",)
    assert person.cyp2d6 == "*1/*4"
    words: dict[str, Any] = {"comedication": "fluvoxamine, duloxetine"}
    several = Person(**words)
    assert several.comedication == ("fluvoxamine", "duloxetine")


def test_body_mass_index() -> None:
    assert Person(weight_kg=81, height_cm=180).bmi == pytest.approx(25.0)
    assert Person(weight_kg=81).bmi is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"age_y": 17.9}, "age_y is 17.9.*18 and 100.*adults only"),
        ({"age_y": 101}, "adults only"),
        ({"age_y": math.nan}, "age_y is nan"),
        ({"weight_kg": math.inf}, "weight_kg is inf"),
        ({"weight_kg": "80"}, "give a number of kg"),
        ({"height_cm": 1.8}, "height_cm is 1.8.*120 and 230 cm"),
        ({"sex": "x"}, "'female' or 'male'"),
        ({"smoking": "sometimes"}, "'smoker' or 'non-smoker'"),
        ({"smoking": 12}, "'smoker' or 'non-smoker'"),
        ({"cyp2d6": "*1/*999"}, "nearest"),
        ({"ancestry": "europan"}, "did you mean european"),
        ({"comedication": ("omeprazol",)}, "did you mean omeprazole.*leave it out"),
        ({"comedication": ("omeprazole 20 mg",)}, "without a dose"),
        ({"comedication": ("smoking",)}, "set smoking='smoker'"),
        ({"comedication": ("omeprazole", "nexium")}, "contradict each other"),
        ({"other_genotypes": (("CYP2D6", "*1/*1"),)}, "give it as cyp2d6="),
        ({"other_genotypes": (("COMT", "V/M"),)}, "not in the evidence"),
    ],
)
def test_errors_name_field_value_and_remedy(fields: dict, said: str) -> None:
    with pytest.raises(PersonError, match=said):
        Person(**fields)


def test_the_drug_itself_is_not_its_co_medication() -> None:
    person = Person(comedication=("prozac",))
    with pytest.raises(PersonError, match="the drug itself"):
        check_drug(person, "fluoxetine")
    assert check_drug(person, "risperidone") == ()


def test_combination_that_is_ruled_out() -> None:
    person = Person(comedication=("moclobemide",))
    with pytest.raises(PersonError, match="serotonin syndrome"):
        check_drug(person, "sertraline", drug_class="SSRI")
    with pytest.raises(PersonError, match="serotonin syndrome"):
        check_drug(person, "vilazodone", drug_class="SSRI and 5-HT1A partial agonist")
    assert check_drug(person, "risperidone", drug_class="antipsychotic") == ()


def test_combination_that_needs_care_warns() -> None:
    person = Person(comedication=("moclobemide",))
    (warning,) = check_drug(person, "nortriptyline", drug_class="TCA")
    assert warning.startswith("moclobemide beside nortriptyline: ")


def test_opposite_effects_on_one_enzyme_warn() -> None:
    person = Person(smoking="smoker", comedication=("fluvoxamine",))
    (warning,) = check_drug(person, "clozapine")
    assert warning.startswith("CYP1A2 is inhibited by fluvoxamine and induced by smoking")


def test_a_drug_on_record_without_an_effect_is_known() -> None:
    found = comedication("desvenlafaxine")
    assert found.effects == ()
    assert found.note


def test_a_perpetrator_may_act_on_several_enzymes() -> None:
    assert {one.enzyme for one in comedication("fevarin").effects} == {
        "CYP1A2",
        "CYP2C19",
        "CYP3A4",
    }
