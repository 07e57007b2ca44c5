"""One law, two libraries: NumPy and JAX give the same numbers, and gradients stay finite."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from occupancy import laws
from occupancy.laws import IntrinsicK, InVivoEC50

# function -> its arguments: "+" positive, "u" a fraction, "s" per segment, "x" ligands on axis 0
CASES: dict[str, tuple[Callable[..., Any], str]] = {
    "occupancy": (laws.occupancy, "++u+"),
    "inverse_occupancy": (lambda t, K, h: laws.inverse_occupancy(t, K, 1.0, h), "u++"),
    "competition": (laws.competition, "x"),
    "free_fraction": (laws.free_fraction, "x"),
    "apparent_affinity": (laws.apparent_affinity, "++"),
    "ki_from_ic50": (laws.ki_from_ic50, "+++"),
    "ic50_from_ki": (laws.ic50_from_ki, "+++"),
    "occupancy_after": (laws.occupancy_after, "u+++++"),
    "occupancy_course": (laws.occupancy_course, "uss++s"),
    "relaxation_rate": (laws.relaxation_rate, "++++"),
    "rebound_rates": (laws.rebound_rates, "+++"),
    "burst_displacement": (laws.burst_displacement, "+++++"),
    "inactivation_rate": (laws.inactivation_rate, "+++"),
    "functional_steady_state": (laws.functional_steady_state, "++++"),
    "functional_after": (laws.functional_after, "u+++++"),
    "functional_course": (laws.functional_course, "uss+++"),
    "functional_washout": (laws.functional_washout, "u++"),
    "recovery_time": (laws.recovery_time, "uu+"),
    "receptor_total_steady_state": (laws.receptor_total_steady_state, "++"),
    "receptor_total_after": (laws.receptor_total_after, "++++"),
    "operational_effect": (laws.operational_effect, "xx++"),
    "operational_effect_of_pair": (laws.operational_effect_of_pair, "++++++"),
    "effect_site_after": (laws.effect_site_after, "++++"),
    "effect_site_course": (laws.effect_site_course, "+ss+"),
    "effect_site_after_exponential": (laws.effect_site_after_exponential, "+++++"),
    "remove_endogenous": (lambda v, a: laws.remove_endogenous(InVivoEC50(v), a).value, "++"),
    "add_endogenous": (lambda v, a: laws.add_endogenous(IntrinsicK(v), a).value, "++"),
    "occupancy_against_endogenous": (
        lambda C, v, a: laws.occupancy_against_endogenous(C, IntrinsicK(v), a),
        "+++",
    ),
    "occupancy_in_vivo": (lambda C, v, e: laws.occupancy_in_vivo(C, InVivoEC50(v), e), "++u"),
    "competition_from_bp_increase": (lambda x: laws.competition_from_bp_increase(x, 0.1), "u"),
    "endogenous_occupancy_from_bp_increase": (
        lambda x: laws.endogenous_occupancy_from_bp_increase(x, 0.1),
        "u",
    ),
    "pet_occupancy": (laws.pet_occupancy, "++++"),
    "pet_occupancy_from_bp": (laws.pet_occupancy_from_bp, "++"),
    "true_occupancy_from_pet": (laws.true_occupancy_from_pet, "u+++"),
    "scaled_concentration_from_pet": (laws.scaled_concentration_from_pet, "u+++"),
    "ternary_complex": (laws.ternary_complex, "+++"),
    "closing_constant": (laws.closing_constant, "+++"),
}

# The corners where a careless form divides by zero. All arguments are differentiated.
EDGES: list[tuple[str, tuple[Any, ...]]] = [
    ("occupancy", (0.0, 2.0, 1.0)),
    ("occupancy", (0.0, 2.0, 0.9, 1.0)),
    ("occupancy", (0.0, 2.0, 0.9, 2.0)),
    ("occupancy", (2.0, 0.0, 1.0)),
    ("occupancy", (0.0, 0.0, 1.0)),
    ("occupancy", (math.inf, 2.0, 1.0)),
    ("inverse_occupancy", (0.0, 2.0, 1.0)),
    ("competition", (np.zeros(3),)),
    ("free_fraction", (np.zeros(3),)),
    ("apparent_affinity", (2.0, 0.0)),
    ("ki_from_ic50", (2.0, 0.0, 1.0)),
    ("ic50_from_ki", (2.0, 0.0, 1.0)),
    ("occupancy_after", (0.0, 0.0, 0.0, 1.0, 0.5, 0.0)),
    ("occupancy_after", (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)),
    ("occupancy_after", (1.0, 3.0, 1e4, 1.0, 0.5, 0.0)),
    ("occupancy_course", (0.0, np.zeros(3), np.zeros(3), 1.0, 0.5, np.zeros(3))),
    ("relaxation_rate", (0.0, 1.0, 0.0, 0.0)),
    ("rebound_rates", (1.0, 1.0, 0.0)),
    ("burst_displacement", (0.0, 0.0, 0.0, 0.5, 0.0)),
    ("inactivation_rate", (0.0, 1.0, 2.0)),
    ("functional_steady_state", (0.0, 0.1, 1.0, 2.0)),
    ("functional_after", (0.0, 0.0, 0.0, 0.1, 1.0, 2.0)),
    ("functional_after", (1.0, 0.0, 5.0, 0.0, 1.0, 2.0)),
    ("functional_course", (0.0, np.zeros(3), np.ones(3), 0.1, 1.0, 2.0)),
    ("functional_washout", (0.0, 0.0, 0.1)),
    ("recovery_time", (0.0, 0.0, 0.1)),
    ("receptor_total_after", (0.0, 2.0, 0.0, 0.0)),
    ("operational_effect", (np.zeros(2), np.array([10.0, 0.0]), 1.0, 1.0)),
    ("operational_effect_of_pair", (0.0, 0.0, 10.0, 0.0, 1.0, 1.0)),
    ("effect_site_after", (0.0, 0.0, 0.0, 0.0)),
    ("effect_site_course", (0.0, np.zeros(3), np.zeros(3), 0.0)),
    ("effect_site_after_exponential", (0.0, 1.0, 0.7, 2.0, 0.7)),
    ("effect_site_after_exponential", (0.0, 1.0, 0.0, 0.0, 0.0)),
    ("occupancy_against_endogenous", (0.0, 2.0, 0.0)),
    ("competition_from_bp_increase", (0.0,)),
    ("endogenous_occupancy_from_bp_increase", (0.0,)),
    ("pet_occupancy", (0.0, 0.0, 0.0, 0.0)),
    ("true_occupancy_from_pet", (0.0, 0.0, 0.0, 0.0)),
    ("scaled_concentration_from_pet", (0.0, 0.0, 0.0, 0.0)),
    ("ternary_complex", (0.0, 0.0, 0.0)),
]

SIZE = 5


def draw(kinds: str) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [
        rng.uniform(0.05, 0.95, SIZE)
        if kind == "u"
        else 10.0 ** rng.uniform(-1.5, 1.5, {"+": (SIZE,), "s": (4, SIZE), "x": (3, SIZE)}[kind])
        for kind in kinds
    ]


def leaves(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple) else [result]


def test_every_public_law_is_covered() -> None:
    types = {"IntrinsicK", "InVivoEC50", "TernaryStates"}
    assert set(CASES) == set(laws.__all__) - types


@pytest.mark.parametrize("name", CASES)
def test_numpy_and_jax_agree(name: str, jax64: Any) -> None:
    law, kinds = CASES[name]
    arguments = draw(kinds)
    traced = [jax64.numpy.asarray(v) for v in arguments]
    expected = leaves(law(*arguments))
    for run in (law, jax64.jit(law)):
        for ours, theirs in zip(expected, leaves(run(*traced)), strict=True):
            assert isinstance(ours, np.ndarray)
            assert isinstance(theirs, jax64.Array)
            assert theirs.dtype == ours.dtype == np.float64
            np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
def test_plain_numbers_and_vmap_agree_with_arrays(name: str, jax64: Any) -> None:
    law, kinds = CASES[name]
    arguments = draw(kinds)
    mapped = leaves(jax64.vmap(law, in_axes=-1, out_axes=-1)(*map(jax64.numpy.asarray, arguments)))
    for i in range(SIZE):
        alone = leaves(law(*(v[..., i] if v.ndim > 1 else float(v[i]) for v in arguments)))
        together = leaves(law(*arguments))
        for one, all_, by_map in zip(alone, together, mapped, strict=True):
            np.testing.assert_allclose(one, all_[..., i], rtol=1e-14, atol=1e-16)
            np.testing.assert_allclose(by_map[..., i], one, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(("name", "at"), EDGES)
def test_gradients_are_finite_at_the_edges(name: str, at: tuple[Any, ...], jax64: Any) -> None:
    law, _ = CASES[name]

    def total(*arguments: Any) -> Any:
        return sum(part.sum() for part in leaves(law(*arguments)))

    arguments = [jax64.numpy.asarray(v) for v in at]
    for gradient in jax64.grad(total, argnums=tuple(range(len(at))))(*arguments):
        assert np.isfinite(np.asarray(gradient)).all()


@pytest.mark.parametrize("name", CASES)
def test_gradients_match_finite_differences(name: str, jax64: Any) -> None:
    law, kinds = CASES[name]
    at = draw(kinds)

    def total(*arguments: Any) -> Any:
        # Unequal weights, so that ligands or states that sum to 1 still have a gradient.
        return sum(
            (part * np.arange(1, 1 + part.shape[0]).reshape(-1, *(1,) * (part.ndim - 1))).sum() * k
            for k, part in enumerate(leaves(law(*arguments)), 1)
        )

    gradients = jax64.grad(total, argnums=tuple(range(len(at))))(*map(jax64.numpy.asarray, at))
    rng = np.random.default_rng(2)
    for i, gradient in enumerate(gradients):
        direction = at[i] * rng.uniform(-1, 1, at[i].shape)
        step = 1e-5
        ahead, behind = (
            total(*(v + sign * step * direction if j == i else v for j, v in enumerate(at)))
            for sign in (1, -1)
        )
        slope = (ahead - behind) / (2 * step)
        expected = float((np.asarray(gradient) * direction).sum())
        assert slope == pytest.approx(expected, rel=1e-5, abs=1e-8 * abs(total(*at)))


def test_gradients_where_two_branches_meet(jax64: Any) -> None:
    # Mass action switches form at C = K, the effect site at keo = rate, both seamlessly.
    for hill in (None, 2.0):
        at_K = jax64.grad(lambda C, h=hill: laws.occupancy(C, 3.0, 1.0, h))(3.0)
        assert at_K == pytest.approx((hill or 1.0) / 12.0, rel=1e-14)
    k, t = 0.7, 2.0
    by_rate, by_keo = jax64.grad(
        lambda rate, keo: laws.effect_site_after_exponential(0.0, 1.0, rate, t, keo), (0, 1)
    )(k, k)
    fall = math.exp(-k * t)
    assert by_rate == pytest.approx(-k * t * t / 2 * fall, rel=1e-13)
    assert by_keo == pytest.approx((t - k * t * t / 2) * fall, rel=1e-13)
    start = jax64.grad(lambda C: laws.occupancy_after(0.2, C, 0.3, 2.0, 0.0))(0.0)
    assert start == pytest.approx(0.8 * 2.0 * 0.3, rel=1e-14)
    zero_time = jax64.grad(lambda dt: laws.occupancy_after(0.2, 1.0, dt, 2.0, 0.5))(0.0)
    assert zero_time == pytest.approx(2.0 * 0.8 - 0.5 * 0.2, rel=1e-14)


def test_numpy_constants_may_meet_jax_arrays(jax64: Any) -> None:
    C = jax64.numpy.asarray([1.0, 2.0])
    for K in (2.0, 2, np.float64(2.0), np.array([2.0, 2.0])):
        answer = jax64.jit(lambda c, k=K: laws.occupancy(c, k))(C)
        np.testing.assert_allclose(answer, [1 / 3, 0.5], rtol=1e-15)


def test_single_precision_stays_single() -> None:
    answer = laws.occupancy(np.array([1.0, 3.0], dtype=np.float32), 1.0, hill=2.0)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, [0.5, 0.9], rtol=1e-6)


def test_what_is_not_an_array_is_refused() -> None:
    with pytest.raises(TypeError, match="got list; a law takes Python numbers, NumPy arrays"):
        laws.occupancy([1.0, 2.0], 1.0)


def test_importing_the_laws_loads_neither_jax_nor_scipy() -> None:
    code = (
        "import sys, occupancy.laws as laws; laws.occupancy(1.0, 2.0); "
        "sys.exit(bool({'jax', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
