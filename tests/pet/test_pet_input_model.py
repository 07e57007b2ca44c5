"""Models of the input: found again from samples, noise smoothed, used as an input."""

from __future__ import annotations

import numpy as np
import pytest

from occupancy.pet.error import PetError
from occupancy.pet.input_function import InputFunction
from occupancy.pet.input_model import fit_input

T = np.concatenate([np.arange(0, 3, 1 / 12), [4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 75, 90]])
FENG = {"t0": 0.4, "A1": 850.0, "A2": 22.0, "A3": 20.0, "lambda1": 4.1, "lambda2": 0.12,
        "lambda3": 0.01}  # fmt: skip


def feng(t):
    p = FENG
    s = np.maximum(t - p["t0"], 0)
    return (
        (p["A1"] * s - p["A2"] - p["A3"]) * np.exp(-p["lambda1"] * s)
        + p["A2"] * np.exp(-p["lambda2"] * s) + p["A3"] * np.exp(-p["lambda3"] * s)
    )  # fmt: skip


def test_feng_is_found_again():
    one = fit_input(T, feng(T))
    assert one.converged
    for name, value in FENG.items():
        assert one.parameters[name] == pytest.approx(value, rel=1e-3), name
    fine = np.linspace(0, 90, 500)
    assert one.at(fine) == pytest.approx(feng(fine), abs=1e-3)


def test_noise_is_smoothed():
    noisy = feng(T) + 2.0 * np.random.default_rng(1).standard_normal(T.size)
    one = fit_input(T, noisy)
    fine = np.linspace(1.0, 90, 300)
    lines = np.interp(fine, T, noisy)
    assert np.std(one.at(fine) - feng(fine)) < 0.7 * np.std(lines - feng(fine))


def test_three_exponentials_after_a_line():
    after = T > 0.75
    s = np.where(after, T - 0.75, 0.0)
    fall = 60 * np.exp(-3 * s) + 25 * np.exp(-0.15 * s) + 15 * np.exp(-0.008 * s)
    curve = np.where(after, fall, np.where(T > 0.5, 100 * (T - 0.5) / 0.25, 0.0))
    one = fit_input(T, curve, "tri-exponential")
    assert one.parameters["lambda3"] == pytest.approx(0.008, rel=0.01)
    assert one.at(T[T > 1]) == pytest.approx(curve[T > 1], abs=0.05)


def test_it_becomes_an_input_function():
    blood = InputFunction(T, feng(T), "kBq/mL", True, True, whole_blood=0.8 * feng(T))
    smooth = fit_input(T, feng(T)).of(blood)
    assert smooth.parent.at(0.45) == pytest.approx(feng(0.45), rel=0.05)
    assert smooth.parent.integral(90.0) == pytest.approx(
        np.trapezoid(feng(np.linspace(0, 90, 200_001)), dx=90 / 200_000), rel=1e-3
    )
    assert smooth.blood.at(30.0) == pytest.approx(0.8 * feng(30.0), rel=1e-3)


def test_what_cannot_be_is_refused():
    with pytest.raises(PetError, match="allowed are"):
        fit_input(T, feng(T), "spline")
    with pytest.raises(PetError, match="eight finite"):
        fit_input(T[:5], feng(T[:5]))
    with pytest.raises(PetError, match="never above zero"):
        fit_input(T, 0 * T)
    with pytest.raises(PetError, match="order of time"):
        fit_input(T[::-1], feng(T))
