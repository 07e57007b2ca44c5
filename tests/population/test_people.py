"""Who virtual people are: by their number, with the recorded frequencies and correlations."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.evidence import populations
from occupancy.evidence.draws import sigma_of_cv
from occupancy.population import Population, PopulationError
from occupancy.population.people import People
from occupancy.population.shares import population_figure, recorded_shares
from occupancy.population.streams import BLOCK, normals, uniforms

MANY = 60_000


def traits(people: People) -> list[np.ndarray]:
    return [
        people.index,
        people.age_y,
        people.weight_kg,
        people.height_cm,
        people.female,
        people.smoker,
        people.ancestry,
        *people.phenotype.values(),
    ]


def same(first: People, second: People) -> bool:
    return all(map(np.array_equal, traits(first), traits(second)))


def near(count: int, n: int, share: float) -> bool:
    """Whether a count lies within 4.5 binomial standard deviations of its expectation."""
    return abs(count - n * share) <= 4.5 * math.sqrt(n * share * (1.0 - share)) + 1e-9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2000), st.integers(1, 900), st.integers(0, 2000))
def test_a_person_is_the_same_in_every_stretch_and_size(start: int, n: int, more: int) -> None:
    small = Population(start + n, seed=3, ancestry="european")
    large = replace(small, size=start + n + more)
    whole = large.people()
    stretch = slice(start, start + n)
    assert same(small.people(start, start + n), whole.where(stretch))
    assert same(large.people(start, start + n), whole.where(stretch))


def test_seeds_make_other_people_and_the_same_again() -> None:
    first, again = Population(500, seed=1), Population(500, seed=1)
    assert same(first.people(), again.people())
    other = Population(500, seed=2).people()
    assert not np.any(other.age_y == first.people().age_y)


def test_streams_of_two_names_and_two_blocks_are_independent() -> None:
    blocks = np.concatenate([normals(0, "a", i) for i in range(200)])
    for other in ("b", "a "):
        z = np.concatenate([normals(0, other, i) for i in range(200)])
        assert abs(np.corrcoef(blocks, z)[0, 1]) < 4.5 / math.sqrt(z.size)
    lagged = np.corrcoef(blocks[:-BLOCK], blocks[BLOCK:])[0, 1]
    assert abs(lagged) < 4.5 / math.sqrt(blocks.size)
    assert abs(blocks.mean()) < 4.5 / math.sqrt(blocks.size)
    assert abs(blocks.std() - 1.0) < 4.5 / math.sqrt(2 * blocks.size)


def test_more_rows_leave_the_first_as_they_are() -> None:
    assert np.array_equal(normals(0, "doses", 5, 3), normals(0, "doses", 5, 30)[:3])
    assert uniforms(7, "u", 2).shape == (BLOCK,)


@pytest.mark.parametrize("ancestry", [p.name for p in populations().population if p.frequency])
def test_phenotypes_have_the_recorded_frequencies(ancestry: str) -> None:
    people = Population(MANY, seed=11, ancestry=ancestry).people()
    recorded = recorded_shares(ancestry)
    assert recorded
    for gene, codes in people.phenotype.items():
        if gene not in recorded:
            assert np.all(codes == -1)
            continue
        shares = dict(recorded[gene])
        for at, code in enumerate(people.phenotypes[gene]):
            assert near(int((codes == at).sum()), MANY, shares.get(code, 0.0)), (gene, code)


def test_recorded_figures_stand_behind_the_shares() -> None:
    shares = dict(recorded_shares("european")["CYP2C19"])
    total = sum(
        population_figure(f"CYP2C19-{code}-EUR").central for code in ("PM", "IM", "NM", "RM", "UM")
    )
    assert shares["PM"] == pytest.approx(2.1 / total)
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-12)


def test_sex_smoking_and_age_have_their_shares() -> None:
    people = Population(MANY, seed=4).people()
    assert near(int(people.female.sum()), MANY, 0.5)
    assert near(int(people.smoker.sum()), MANY, 0.115)
    assert people.age_y.min() >= 18
    assert people.age_y.max() <= 65
    given_ages = Population(MANY, ages=(60, 90), female=0.8, smokers=0.0).people()
    assert given_ages.age_y.min() >= 60
    assert near(int((given_ages.age_y < 67.5).sum()), MANY, 0.25)
    assert near(int(given_ages.female.sum()), MANY, 0.8)
    assert not given_ages.smoker.any()


def test_weight_and_height_keep_their_correlation_within_each_sex() -> None:
    """ln W = ln BMI + 2 ln H with independent terms, so r = 2 s_H / sqrt(4 s_H^2 + s_BMI^2)."""
    people = Population(MANY, seed=5).people()
    for body in populations().body:
        here = people.where(people.female == (body.sex == "female"))
        height, bmi = population_figure(body.height), population_figure(body.bmi)
        assert height.between_cv is not None
        assert bmi.between_cv is not None
        s_H, s_B = sigma_of_cv(height.between_cv), sigma_of_cv(bmi.between_cv)
        expected = 2 * s_H / math.hypot(2 * s_H, s_B)
        r = np.corrcoef(np.log(here.weight_kg), np.log(here.height_cm))[0, 1]
        assert r == pytest.approx(expected, abs=4.5 * (1 - expected**2) / math.sqrt(len(here)))
        assert 0.35 < expected < 0.6
        error = 4.5 * 1.2533 * s_H / math.sqrt(len(here))
        assert np.median(here.height_cm) == pytest.approx(height.central, rel=error)
        assert np.log(here.bmi).std() == pytest.approx(s_B, rel=4.5 / math.sqrt(2 * len(here)))
    assert np.corrcoef(people.age_y, people.weight_kg)[0, 1] == pytest.approx(0.0, abs=0.02)


def test_a_mixture_has_the_shares_of_its_parts() -> None:
    mixed = Population(MANY, ancestry={"european": 0.7, "east-asian": 0.3})
    people = mixed.people()
    assert people.ancestries == ("european", "east-asian")
    assert near(int((people.ancestry == 1).sum()), MANY, 0.3)
    east = people.where(people.ancestry == 1)
    assert np.all(east.phenotype["CYP2D6"] == -1)
    poor = people.phenotypes["CYP2C19"].index("PM")
    share = dict(recorded_shares("east-asian")["CYP2C19"])["PM"]
    assert near(int((east.phenotype["CYP2C19"] == poor).sum()), len(east), share)


def test_frequencies_may_be_given() -> None:
    shares = {"CYP2D6": {"PM": 0.5, "NM": 0.5}}
    people = Population(MANY, ancestry="european", frequency=shares).people()
    codes = [people.phenotypes["CYP2D6"][i] for i in np.unique(people.phenotype["CYP2D6"])]
    assert codes == ["PM", "NM"]
    assert np.all(people.phenotype["CYP2C19"] >= 0)


def test_a_person_can_be_taken_out() -> None:
    population = Population(1000, ancestry="white")
    person, people = population.person(700), population.people(700, 701)
    assert person.age_y == people.age_y[0]
    assert person.sex == ("female" if people.female[0] else "male")
    assert person.ancestry == "european"
    assert person.cyp2d6 in {"PM", "IM", "NM"}


def test_populations_can_be_compared_and_sent() -> None:
    import pickle

    first = Population(10, ancestry={"european": 1.0}, frequency={"CYP2D6": {"PM": 1.0}})
    again = pickle.loads(pickle.dumps(first))
    assert again == first
    assert hash(again) == hash(first)
    assert same(again.people(), first.people())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 0}, "size = 0"),
        ({"size": 2.5}, "whole number"),
        ({"seed": -1}, "seed = -1"),
        ({"ages": (70, 60)}, "the lower first"),
        ({"ages": (5, 60)}, "between 18 and 100"),
        ({"ages": (float("nan"), 60)}, "are not allowed"),
        ({"ages": 40}, "lowest and the highest"),
        ({"female": 1.2}, "female = 1.2"),
        ({"female": float("nan")}, "female = nan"),
        ({"smokers": float("inf")}, "smokers = inf"),
        ({"ancestry": "martian"}, "no frequencies on record"),
        ({"ancestry": "black"}, "could be"),
        ({"ancestry": {"european": 0.5, "east-asian": 0.4}}, "add to 0.9"),
        ({"ancestry": {"european": 0.5, "white": 0.5}}, "stands twice"),
        ({"ancestry": {"european": -0.5, "east-asian": 1.5}}, "between 0 and 1"),
        ({"frequency": {"CYP2D6": {"PM": 0.3, "NM": 0.3}}}, "add to 0.6"),
        ({"frequency": {"CYP2D6": {"PM": float("nan"), "NM": 1.0}}}, "between 0 and 1"),
        ({"frequency": {"CYP2D6": {"XX": 1.0}}}, "no phenotype 'XX'"),
        ({"frequency": {"ABCB1": {"PM": 1.0}}}, "does not act"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(PopulationError, match=message):
        Population(**{"size": 10, **arguments})


def test_a_stretch_outside_is_refused() -> None:
    with pytest.raises(PopulationError, match="not in a population of 10"):
        Population(10).people(5, 11)


def test_impossible_recorded_frequencies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from occupancy.population import shares

    table = populations()
    worse = tuple(
        replace(one, value=140.0) if one.id == "CYP2C19-NM-EUR" else one for one in table.figure
    )
    monkeypatch.setattr(shares, "populations", lambda: replace(table, figure=worse))
    with pytest.raises(PopulationError, match="impossible"):
        Population(10, ancestry="european")
