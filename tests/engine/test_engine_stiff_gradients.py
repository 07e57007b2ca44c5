"""Derivatives of the stiff driver, forward and reverse, against finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from occupancy.engine import PlasmaForcing, StiffModel, StiffState, simulate_stiff, stiff_program
from occupancy.kinetics import Doses

jax = pytest.importorskip("jax", reason="the engine's gradients need JAX")

AGREES = 1e-7
HOURS = np.array([1.0, 2.0, 6.0, 12.0, 13.0, 24.0])
DOSES = Doses([0.0, 12.0], 10.0)


def brain(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
    net = p["kon"] * y[0] * (20.0 - y[1]) - p["koff"] * y[1]
    o4 = (y[1] / 20.0) ** 4
    return [
        2.0 * (1.25e-4 * 1000.0 * C - y[0]) - net,
        net,
        0.1 * (1.0 - o4 / (0.65**4 + o4)) - 0.1 * y[2],
    ]


GIVEN = StiffModel(
    brain, tuple(StiffState(name, 0.0) for name in ("B", "RC", "E")), forcing=PlasmaForcing(2)
)
P = {
    "CL": np.array([10.0, 13.0]), "V": np.array([50.0, 41.0]), "ka": np.array([1.0, 0.4]),
    "Q": np.array(15.0), "V2": np.array(120.0), "kon": np.array(20.0), "koff": np.array(20.0),
}  # fmt: skip


def depot(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """Saturable absorption from a depot state, and binding."""
    taken = p["Vmax"] * y[0] / (p["Km"] + y[0])
    free = y[1] * (1.0 - y[2])
    return [-taken, taken - 0.2 * y[1] - p["kon"] * free, 30.0 * free - y[2]]


DOSED = StiffModel(depot, tuple(StiffState(n) for n in "DAR"), doses_into="D")
DEPOT = {"Vmax": np.array([3.0, 5.0]), "Km": np.array([1.0, 0.3]), "kon": np.array(0.01)}


@pytest.fixture(scope="module", params=["plasma given", "doses into a state"])
def made(request: pytest.FixtureRequest) -> Any:
    given = request.param == "plasma given"
    model, p = (GIVEN, P) if given else (DOSED, DEPOT)
    y0 = (0.0, 0.0, 1.0) if given else (0.0, 0.0, 0.0)
    return stiff_program(model, p, HOURS, y0=y0, doses=DOSES, rtol=1e-6, atol=1e-7)


def scaled(program: Any) -> Any:
    """All states over their size, as a function of one relative change per parameter."""
    size = {name: np.abs(y).max() for name, y in program(program.parameters).items()}

    def of(change: Any) -> Any:
        pairs = enumerate(program.parameters.items())
        y = program({name: value * (1 + change[k]) for k, (name, value) in pairs})
        return jax.numpy.stack([y[name] / size[name] for name in y])

    return of


def test_forward_equals_finite_differences(made):
    of, count = scaled(made), len(made.parameters)
    slopes = np.asarray(jax.jit(jax.jacfwd(of))(np.zeros(count)))
    value = jax.jit(of)
    h = 2e-3
    for k, name in enumerate(made.parameters):

        def at(step: float, k: int = k) -> np.ndarray:
            return np.asarray(value(step * np.eye(count)[k]))

        sixth_order = (
            45 * (at(h) - at(-h)) - 9 * (at(2 * h) - at(-2 * h)) + (at(3 * h) - at(-3 * h))
        ) / (60 * h)
        assert np.abs(slopes[..., k]).max() > 0.0
        assert np.abs(slopes[..., k] - sixth_order).max() <= AGREES, name


def test_reverse_equals_forward(made):
    of, count = scaled(made), len(made.parameters)
    weights = np.random.default_rng(3).standard_normal((3, HOURS.size, 2))
    forward = np.asarray(jax.jit(jax.jacfwd(lambda c: (of(c) * weights).sum()))(np.zeros(count)))
    reverse = np.asarray(jax.jit(jax.grad(lambda c: (of(c) * weights).sum()))(np.zeros(count)))
    np.testing.assert_allclose(reverse, forward, rtol=1e-9, atol=1e-10)


def test_the_program_is_the_mesh_driver():
    result = simulate_stiff(GIVEN, P, HOURS, y0=(0.0, 0.0, 1.0), doses=DOSES, mode="mesh")
    program = stiff_program(GIVEN, P, HOURS, y0=(0.0, 0.0, 1.0), doses=DOSES, mesh=result.mesh)
    found = program(program.parameters)
    for name in result.states:
        np.testing.assert_allclose(found[name], result[name], rtol=1e-11, atol=1e-12)


def test_derivative_by_the_start():
    program = stiff_program(GIVEN, P, HOURS, y0=(0.0, 0.0, 1.0), doses=DOSES)

    def effect(start: Any) -> Any:
        y0 = jax.numpy.array([[0.0], [0.0], [1.0]]).at[2, 0].set(start)
        return program(P, y0=y0)["E"]

    slope = np.asarray(jax.jacfwd(effect)(1.0))
    # E' = ... - 0.1 E is linear in E and nothing else feels it
    np.testing.assert_allclose(slope, np.exp(-0.1 * HOURS)[:, None] * np.ones(2), rtol=1e-6)


def test_what_is_missing_or_does_not_fit_is_named():
    program = stiff_program(GIVEN, P, HOURS, y0=(0.0, 0.0, 1.0), doses=DOSES)
    with pytest.raises(ValueError, match="'kon' is missing"):
        program({name: value for name, value in P.items() if name != "kon"})
    with pytest.raises(ValueError, match="mesh: its steps do not run"):
        stiff_program(
            GIVEN, P, HOURS, y0=(0.0, 0.0, 1.0), doses=Doses([0.0, 6.0], 1.0), mesh=program.mesh
        )
