"""Derivatives of the linear driver, forward and reverse, against finite differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from occupancy.engine import Cycle, LinearProgram, Target, event_grid, linear_program
from occupancy.kinetics import Doses, EffectSite, Formation, Input, Species, System

jax = pytest.importorskip("jax", reason="the engine's gradients need JAX")

HOURS = np.array([0.5, 2.0, 6.0, 24.0, 26.0, 49.5])
AGREES = 1e-7


def program(lag: float | np.ndarray = 0.0, cycle: Cycle | None = None) -> LinearProgram:
    """Two people, a metabolite that competes, a brain site and a slow second input."""
    system = System(
        (
            Species(
                "x", np.array([10.0, 14.0]), np.array([50.0, 41.0]), Q=15.0, V2=120.0, dosed=1.0
            ),
            Species("m", np.array([4.0, 3.0]), 30.0, formed_from=(Formation("x", 0.4),)),
        ),
        (
            # the first person absorbs exactly as fast as the drug leaves the centre
            Input(ka=np.array([0.2, 1.3]), fraction=0.6, lag_h=lag),
            Input(fraction=0.4, duration_h=5.0, name="slow"),
        ),
        (EffectSite("brain", "x", keo=0.3, Kp=2.0),),
    )
    grid = event_grid(system, Doses([0.0, 24.0], 10.0), HOURS, cycle=cycle)
    targets = [Target("D2", {"brain": 60.0, "m": 90.0}, Emax=0.95, Hill=1.2)]
    return linear_program(system, grid, targets)


@pytest.fixture(params=["shared grid", "lags", "steady state"])
def made(request: pytest.FixtureRequest) -> LinearProgram:
    if request.param == "lags":
        return program(lag=np.array([0.31, 1.7]))
    if request.param == "steady state":
        return program(cycle=Cycle(Doses([0.0], 10.0), 24.0))
    return program()


def everything(one: LinearProgram, values: Mapping[str, Any]) -> Any:
    """All results in one array, concentrations scaled to the size of an occupancy."""
    C, theta = one(values)
    parts = [C["x"] / 100.0, C["m"] / 100.0, C["brain"] / 100.0, theta["D2"]]
    return jax.numpy.stack(parts)


def scaled(one: LinearProgram) -> Callable[[Any], Any]:
    """All results as a function of one relative change per parameter."""

    def of(change: Any) -> Any:
        pairs = enumerate(one.parameters.items())
        return everything(one, {name: value * (1 + change[k]) for k, (name, value) in pairs})

    return of


def test_forward_equals_finite_differences(made):
    of, count = scaled(made), len(made.parameters)
    slopes = np.asarray(jax.jit(jax.jacfwd(of))(np.zeros(count)))
    value = jax.jit(of)
    h = 2e-3
    for k, name in enumerate(made.parameters):

        def at(step: float, k: int = k) -> np.ndarray:
            return np.asarray(value(step * np.eye(count)[k]))

        fourth_order = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
        assert np.abs(slopes[..., k] - fourth_order).max() <= AGREES, name


def test_reverse_equals_forward(made):
    weights = np.random.default_rng(3).standard_normal((4, HOURS.size, 2))

    def loss(values: Mapping[str, Any]) -> Any:
        return (everything(made, values) * weights).sum()

    gradient = jax.jit(jax.grad(loss))(dict(made.parameters))
    rng = np.random.default_rng(4)
    direction = {k: rng.standard_normal(v.shape) * v for k, v in made.parameters.items()}
    forward = jax.jit(lambda v, d: jax.jvp(loss, (v,), (d,))[1])(dict(made.parameters), direction)
    along = sum(float((gradient[k] * direction[k]).sum()) for k in gradient)
    assert along == pytest.approx(float(forward), rel=1e-11)


def test_a_rate_beyond_the_program_is_not_a_number():
    one = program()
    C, _ = one({**one.parameters, "input 1.ka": np.array([0.2, 1.3e6])})
    assert np.isnan(np.asarray(C["x"])).all()
    with pytest.raises(ValueError, match="is missing"):
        one({})
