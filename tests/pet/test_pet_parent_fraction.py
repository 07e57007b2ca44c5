"""Parent fraction: each law found again, the choice between them, another minimiser, its use."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from occupancy.pet.error import PetError
from occupancy.pet.input_function import InputFunction
from occupancy.pet.parent_fraction import MODELS, fit_parent_fraction

T = np.array([0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0])
TRUTH = {
    "hill": lambda t: 1 - 0.85 * t**1.8 / (15.0**1.8 + t**1.8),
    "exponential": lambda t: 0.6 * np.exp(-0.08 * t) + 0.4 * np.exp(-0.004 * t),
    "power": lambda t: (1 + (0.06 * t) ** 1.7) ** -0.7,
    "sigmoid": lambda t: ((1 - t**3 / (t**3 + 10**2.2)) ** 0.3 + 10**-1.2) / (1 + 10**-1.2),
}


@pytest.mark.parametrize("name", MODELS)
def test_each_law_is_found_again(name):
    one = fit_parent_fraction(T, TRUTH[name](T), name)
    fine = np.linspace(0.0, 120.0, 200)
    assert one.at(fine) == pytest.approx(TRUTH[name](fine), abs=1e-5)
    assert one.at(0.0) == 1.0
    assert one.wrss < 1e-10


@pytest.mark.parametrize("name", ["hill", "power"])
def test_the_best_is_the_one_that_made_the_data(name):
    noisy = np.clip(TRUTH[name](T) + 0.001 * np.random.default_rng(1).standard_normal(T.size), 0, 1)
    assert fit_parent_fraction(T, noisy).model == name


def test_the_errors_are_those_of_another_program():
    noisy = TRUTH["exponential"](T[1:]) + 0.01 * np.random.default_rng(2).standard_normal(11)
    one = fit_parent_fraction(T[1:], noisy, "exponential")
    law = lambda t, a, f, s: a * np.exp(-f * t) + (1 - a) * np.exp(-s * t)  # noqa: E731
    p, cov = curve_fit(law, T[1:], noisy, [0.6, 0.08, 0.004])
    fast_first = one.parameters["alpha"] > one.parameters["beta"]
    names = ("A", "alpha", "beta") if fast_first else ("A", "beta", "alpha")
    found = [one.parameters[n] for n in names]
    assert (found if fast_first else [1 - found[0], *found[1:]]) == pytest.approx(p, rel=1e-4)
    assert [one.se[n] for n in names] == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_the_fraction_stays_one(name):
    rng = np.random.default_rng(3)
    one = fit_parent_fraction(T, np.sort(rng.uniform(0, 1, T.size))[::-1], name)
    values = one.at(np.linspace(0, 500, 300))
    assert (values >= 0).all()
    assert (values <= 1).all()


def test_an_input_function_takes_it(plasma):
    blood = InputFunction(
        plasma.times, plasma.values, "kBq/mL", True, False,
        parent_fraction=np.ones(plasma.times.size),
    )  # fmt: skip
    corrected = fit_parent_fraction(T, TRUTH["hill"](T), "hill").of(blood)
    assert corrected.parent.at(30.0) == pytest.approx(
        plasma.at(30.0) * TRUTH["hill"](30.0), rel=1e-4
    )
    alone = InputFunction(plasma.times, plasma.values, "kBq/mL", True, True)
    with pytest.raises(PetError, match="parent alone"):
        fit_parent_fraction(T, TRUTH["hill"](T), "hill").of(alone)


@pytest.mark.parametrize(
    ("fraction", "model", "word"),
    [
        (100 * TRUTH["hill"](T), "hill", "not percent"),
        (np.where(T < 50, np.nan, 0.3), "hill", "four are needed"),
        (TRUTH["hill"](T), "cubic", "allowed are"),
        (TRUTH["hill"](T)[:-1], "hill", "one length"),
    ],
)
def test_what_cannot_be_is_refused(fraction, model, word):
    with pytest.raises(PetError, match=word):
        fit_parent_fraction(T, fraction, model)
