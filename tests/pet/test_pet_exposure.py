"""From binding to an EC50: one object, the model of inference, the errors of the scans."""

from __future__ import annotations

import numpy as np
import pytest

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.correction import TargetChange
from occupancy.pet.error import PetError
from occupancy.pet.exposure import fit_exposure
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.person_occupancy import PersonOccupancy

EC50 = 6.0
BP = np.array([2.4, 1.6, 0.9, 0.5])
LEVELS = [[0.8, 6.0], [1.5, 12.0], [3.0, 24.0], [6.0, 48.0], [2.0, 60.0], [5.0, 9.0]]


def person(name: str, levels: list[float], rng, own: float = 1.0, se: float = 0.03):
    """A baseline and a scan at each level, with errors that the scans' tables state."""
    free = np.array([1.0, *(1 / (1 + x / (own * EC50)) for x in levels)])
    errors = se * np.ones((BP.size, free.size))
    values = BP[:, None] * free + errors * rng.standard_normal(errors.shape)
    scans = ("base", *(f"drug {i}" for i in range(len(levels))))
    table = BindingTable.with_errors("BP_ND", tuple("abcd"), scans, values, errors)
    return PersonOccupancy(name, table, fit_occupancy(table))


def study(seed: int, omega: float = 0.0, se: float = 0.03):
    rng = np.random.default_rng(seed)
    people = [
        person(f"p{i}", levels, rng, float(np.exp(omega * rng.standard_normal())), se)
        for i, levels in enumerate(LEVELS)
    ]
    return people, {f"p{i}": levels for i, levels in enumerate(LEVELS)}


@pytest.fixture(scope="module")
def plain():
    pytest.importorskip("jax")
    people, levels = study(1)
    return people, levels, fit_exposure(people, levels)


def test_the_errors_of_the_scans_reach_the_model(plain):
    people, _, found = plain
    assert found.person == tuple(n for p in people for n in [p.person] * 2)
    assert found.exposure.tolist() == [x for pair in LEVELS for x in pair]
    stated = [o for one in people for o in one.fit.occupancy]
    for drawn, own in zip(found.occupancy, stated, strict=True):
        assert drawn.value == pytest.approx(own.value, abs=0.3 * own.se)
        assert drawn.se == pytest.approx(own.se, rel=0.15)
    one = found.estimate("EC50")
    assert one.low < EC50 < one.high
    assert found.estimate("sd").value < 0.05
    held = found.predicted(EC50)
    assert np.median(held) == pytest.approx(0.5, abs=0.05)
    assert np.quantile(held, 0.025) == pytest.approx(EC50 / (EC50 + one.high), abs=0.01)
    assert found.fit.ess is not None
    assert found.fit.ess > 1000


def test_a_correction_is_made_on_the_way(plain):
    """A target that grew by a quarter hides occupancy, and with it a smaller EC50."""
    people, levels, before = plain
    grown = TargetChange(up_regulation=0.25)
    found = fit_exposure(people, levels, changes={one.person: grown for one in people})
    np.testing.assert_allclose(1 - found.draws, (1 - before.draws) / 1.25)
    assert found.estimate("EC50").value < before.estimate("EC50").value


def test_a_shared_baseline_makes_scans_covary(plain):
    draws = plain[2].draws
    within = np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]
    across = np.corrcoef(draws[:, 0], draws[:, 2])[0, 1]
    assert within > 0.1
    assert abs(across) < 0.1


@pytest.mark.slow
def test_the_ceiling_may_be_free():
    people, levels = study(4)
    found = fit_exposure(people, levels, emax=None)
    one = found.estimate("Emax")
    assert 0.8 < one.low < one.value <= one.high <= 1.0
    assert found.predicted(1e9).mean() == pytest.approx(one.value, abs=0.05)


@pytest.mark.slow
def test_intervals_hold_the_truth():
    """People differ; 30 studies of six."""
    inside = 0
    for seed in range(30):
        people, levels = study(100 + seed, omega=0.3)
        one = fit_exposure(people, levels, samples=300).estimate("EC50")
        inside += one.low < EC50 < one.high
    assert inside >= 26  # of 30: 95 % would lose more than that once in a hundred


@pytest.mark.parametrize(
    ("levels", "word"),
    [
        ({"p0": [1.0, 2.0], "px": 1.0}, "exposure of px"),
        ({"p0": [1.0, 2.0]}, "p1: no exposure"),
        ({"p0": [1.0], "p1": [1.0, 2.0]}, "p0: 1 exposures for the scans drug 0, drug 1"),
    ],
)
def test_what_does_not_go_together_is_said(levels, word):
    rng = np.random.default_rng(5)
    people = [person(f"p{i}", [1.0, 2.0], rng) for i in range(2)]
    with pytest.raises(PetError, match=word):
        fit_exposure(people, levels)
