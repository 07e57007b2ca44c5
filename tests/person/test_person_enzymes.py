"""Enzymes of a person: genes and co-medication together, with reasons."""

import numpy as np
import pytest

from occupancy.person import Person, enzyme_state, relative_clearance_of
from occupancy.person.enzymes import unaffecting

N = 400


def median_exposure(person: Person, CR: dict[str, float]) -> float:
    return float(np.median(1.0 / relative_clearance_of(CR, enzyme_state(person, N, 7))))


def test_nothing_known_moves_nothing() -> None:
    for state in enzyme_state(Person(), N).values():
        np.testing.assert_array_equal(state.relative, 1.0)
        assert state.reasons == ()
    assert {"CYP2D6", "CYP2C19", "CYP1A2", "CYP3A4"} <= set(enzyme_state(Person(), N))


def test_omeprazole_adds_nothing_for_a_poor_metaboliser() -> None:
    """The question a pharmacist asks of escitalopram: PM and omeprazole is PM alone."""
    CR = {"CYP2C19": 0.66}
    alone = median_exposure(Person(cyp2c19="*2/*2"), CR)
    both = Person(cyp2c19="*2/*2", comedication=("omeprazole",))
    assert median_exposure(both, CR) == pytest.approx(alone, rel=1e-12)
    assert alone == pytest.approx(1 / (1 - 0.66))
    reasons = " ".join(enzyme_state(both, N)["CYP2C19"].reasons)
    assert "poor metaboliser, no CYP2C19 activity" in reasons
    assert "cannot inhibit what is absent" in reasons


def test_omeprazole_raises_escitalopram_in_normal_metabolisers() -> None:
    got = median_exposure(Person(comedication=("omeprazole",)), {"CYP2C19": 0.66})
    assert 1.39 <= got <= 1.64  # the crossover study's interval


def test_fluvoxamine_triples_clozapine() -> None:
    got = median_exposure(Person(comedication=("fluvoxamine",)), {"CYP1A2": 0.69})
    assert got == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(("cr", "published"), [(0.69, 2.0), (0.445, 1.43)])
def test_smoking_raises_clearance(cr: float, published: float) -> None:
    got = 1.0 / median_exposure(Person(smoking="smoker"), {"CYP1A2": cr})
    assert got == pytest.approx(published, rel=0.1)
    assert median_exposure(Person(smoking="non-smoker"), {"CYP1A2": cr}) == 1.0


def test_inhibitors_of_one_enzyme_multiply_what_is_left() -> None:
    pair = enzyme_state(Person(comedication=("omeprazole", "fluvoxamine")), N)["CYP2C19"]
    one = enzyme_state(Person(comedication=("omeprazole",)), N)["CYP2C19"]
    other = enzyme_state(Person(comedication=("fluvoxamine",)), N)["CYP2C19"]
    np.testing.assert_allclose(
        1 - pair.inhibited, (1 - one.inhibited) * (1 - other.inhibited), atol=1e-12
    )
    assert np.all(pair.inhibited <= 1.0)


def test_strongest_inducer_counts() -> None:
    pair = enzyme_state(Person(comedication=("carbamazepine", "rifampicin")), N)["CYP3A4"]
    one = enzyme_state(Person(comedication=("rifampicin",)), N)["CYP3A4"]
    np.testing.assert_array_equal(pair.induced, one.induced)
    assert len(pair.reasons) == 2


def test_activity_follows_the_score_and_keeps_its_ends_exact() -> None:
    diplotypes = ("*4/*4", "*4/*41", "*1/*4", "*1/*17", "*1/*1", "*1x2/*1")
    states = [enzyme_state(Person(cyp2d6=one), N)["CYP2D6"].activity for one in diplotypes]
    assert np.all(np.diff(np.array(states), axis=0) > 0)
    np.testing.assert_array_equal(states[0], 0.0)
    np.testing.assert_array_equal(states[4], 1.0)
    assert np.median(states[2]) == pytest.approx(0.5, abs=0.005)
    low, high = np.quantile(states[2], [0.025, 0.975])
    assert 0.44 < low < 0.47
    assert 0.55 < high < 0.58


@pytest.mark.parametrize("genotype", ["*2/*2", "*2/*17", "*1/*2", "*1/*1", "*1/*17", "*17/*17"])
def test_escitalopram_by_genotype(genotype: str) -> None:
    """Serum ratios of Jukić 2018 (3.3, 1.4, 1.6, 1, 0.9, 0.8) with CR from the first of them."""
    published = {
        "*2/*2": 3.3,
        "*2/*17": 1.4,
        "*1/*2": 1.6,
        "*1/*1": 1.0,
        "*1/*17": 0.9,
        "*17/*17": 0.8,
    }
    got = median_exposure(Person(cyp2c19=genotype), {"CYP2C19": 1 - 1 / 3.3})
    assert got == pytest.approx(published[genotype], rel=0.06)


def test_same_person_same_draws_and_another_seed_another_order() -> None:
    person = Person(cyp2d6="*1/*4", comedication=("duloxetine",))
    one, again = enzyme_state(person, N, 3)["CYP2D6"], enzyme_state(person, N, 3)["CYP2D6"]
    np.testing.assert_array_equal(one.relative, again.relative)
    other = enzyme_state(person, N, 4)["CYP2D6"]
    assert not np.array_equal(one.inhibited, other.inhibited)
    assert np.median(one.inhibited) == pytest.approx(np.median(other.inhibited), abs=0.005)


def test_unknown_function_is_said_and_computed_as_normal() -> None:
    state = enzyme_state(Person(cyp2d6="*1/*22"), N)["CYP2D6"]
    np.testing.assert_array_equal(state.activity, 1.0)
    assert "phenotype not known" in state.reasons[0]
    assert "computed as a normal metaboliser" in state.reasons[0]


def test_known_comedication_without_effect_is_said() -> None:
    person = Person(comedication=("levonorgestrel",))
    assert unaffecting(person)[0].startswith("levonorgestrel: ")
    assert unaffecting(Person(comedication=("omeprazole",))) == ()
