"""The error of D2 curves from plasma, beside Uchida 2011's, on the same people."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from occupancy.validation.from_plasma import FITTED, on_their_points


@pytest.mark.parametrize("drug", ["olanzapine", "risperidone", "ziprasidone"])
def test_no_worse_than_uchida_on_the_same_people(drug: str) -> None:
    found = on_their_points(drug)
    assert found is not None
    assert found.ours <= found.theirs


def test_drugs_without_a_published_pair_have_no_figure() -> None:
    assert on_their_points("haloperidol") is None
    assert on_their_points("clozapine") is None
    assert on_their_points("sertraline") is None


def test_the_arithmetic_holds_for_people_who_are_known() -> None:
    """Left-out errors, errors of the fit and of another curve, computed for simulated people."""

    def curve(x: np.ndarray, emax: float, half: float) -> np.ndarray:
        return emax * x / (x + half)

    rng, n, off = np.random.default_rng(3), 42, []
    for _ in range(40):
        x = 7.0 * np.exp(rng.uniform(np.log(0.5), np.log(6.0), n))
        y = curve(x, 0.9, 7.0) + 0.05 * rng.standard_normal(n)
        best, _ = curve_fit(curve, x, y, [0.9, 7.0])
        left = []
        for i in range(n):
            keep = np.arange(n) != i
            own, _ = curve_fit(curve, x[keep], y[keep], best)
            left.append(y[i] - curve(x[i : i + 1], *own)[0])
        fitted = np.sqrt(np.mean(np.square(left))) * (1 - FITTED / n)
        apart = curve(x, 0.95, 8.2) - curve(x, *best)
        true = np.sqrt(np.mean((y - curve(x, 0.95, 8.2)) ** 2))
        off.append(np.hypot(fitted, np.sqrt(np.mean(apart**2))) / true - 1.0)
    assert abs(np.mean(off)) < 0.01
    assert np.std(off) < 0.03
