"""Properties of the stiff driver: order, dense output, error estimate, nodes, people apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from occupancy.engine import (
    FunctionForcing,
    PlasmaForcing,
    StiffError,
    StiffModel,
    StiffState,
    simulate_stiff,
    stiff_program,
)
from occupancy.engine.mesh import Mesh
from occupancy.kinetics import Doses

pytest.importorskip("jax", reason="the stiff driver needs JAX")


def pendulum(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """x² + v² and x v turn; with x = exp(sin t) and v = exp(cos t) the field is not linear."""
    return [y[0] * y[1] - p["drag"] * y[0], (y[0] - 2.0) * y[1] * 0.5]


PENDULUM = StiffModel(pendulum, (StiffState("x", 0.0), StiffState("v", 0.0)))


def equal_steps(count: int, end: float) -> Mesh:
    begins = np.linspace(0.0, end, count, endpoint=False, dtype=np.float64)
    h = np.full(count, end / count, dtype=np.float64)
    return Mesh(begins, h, np.zeros(count, dtype=np.int32))


def test_the_method_is_of_order_five():
    times = np.array([6.0])
    exact = simulate_stiff(PENDULUM, {"drag": 1.0}, times, y0=(1.0, 1.5), rtol=1e-12, atol=1e-12).y[
        :, :, 0
    ]
    errors = []
    for count in (24, 48, 96):
        program = stiff_program(
            PENDULUM, {"drag": 1.0}, times, y0=(1.0, 1.5), mesh=equal_steps(count, 6.0)
        )
        found = program(program.parameters)
        y = np.stack([found["x"], found["v"]], axis=1)[..., 0]
        errors.append(np.abs(y - exact).max())
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    assert (orders > 4.6).all()
    assert (orders < 6.5).all()


def test_dense_output_is_of_order_four_and_meets_the_steps():
    inside = np.linspace(0.0, 6.0, 61)
    exact = simulate_stiff(PENDULUM, {"drag": 1.0}, inside, y0=(1.0, 1.5), rtol=1e-12, atol=1e-12)[
        "x"
    ]
    errors = []
    for count in (24, 48):
        program = stiff_program(
            PENDULUM, {"drag": 1.0}, inside, y0=(1.0, 1.5), mesh=equal_steps(count, 6.0)
        )
        errors.append(np.abs(np.asarray(program(program.parameters)["x"]) - exact).max())
    assert np.log2(errors[0] / errors[1]) > 3.7
    assert errors[1] < 1e-5


def relaxing(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
    """Bound receptor that keeps up with the drug or lags behind; and what follows it."""
    return [
        p["kon"] * C * (1.0 - y[0]) - 10.0 * y[0],
        0.2 * (y[0] ** 4 / (0.5**4 + y[0] ** 4) - y[1]),
    ]


MODEL = StiffModel(
    relaxing, (StiffState("bound", 0.0, 1.0), StiffState("effect", 0.0, 1.0)),
    forcing=PlasmaForcing(1),
)  # fmt: skip
DOSES = Doses([0.0, 24.0], 5.0)
HOURS = np.arange(0.5, 48.1, 0.5)


def people(count: int, seed: int = 5, spread: float = 0.3) -> dict[str, Any]:
    z = np.random.default_rng(seed).standard_normal((4, count))
    return {
        "CL": 10.0 * np.exp(spread * z[0]),
        "V": 50.0 * np.exp(spread * z[1]),
        "ka": np.exp(spread * z[2]),
        "kon": np.exp(spread * z[3]),
    }


def run(p: dict[str, Any], **how: Any) -> Any:
    asked: dict[str, Any] = {"rtol": 1e-6, "atol": 1e-7} | how
    return simulate_stiff(MODEL, p, HOURS, y0=(0.0, 0.0), doses=DOSES, **asked)


def test_dose_times_are_nodes_of_the_mesh_and_outputs_are_read_at_them():
    result = run(people(40))
    assert result.mode == "mesh"
    assert result.mesh is not None
    for time in (0.0, 24.0):
        assert (result.mesh.t_h == time).any()
    np.testing.assert_allclose(result.mesh.t_h[1:], (result.mesh.t_h + result.mesh.h)[:-1])
    assert result.mesh.t_h[-1] + result.mesh.h[-1] == pytest.approx(48.0)


def test_people_are_independent():
    """In another order, or alone, everybody's answer is the same to what was asked."""
    p = people(40)
    together = run(p)
    order = np.random.default_rng(8).permutation(40)
    shuffled = run({name: value[order] for name, value in p.items()})
    asked = 1e-7 + 1e-6 * np.abs(together.y)
    assert (np.abs(shuffled.y - together.y[..., order]) / asked[..., order]).max() <= 2.0
    for k in (0, 17):
        alone = run({name: float(value[k]) for name, value in p.items()})
        off = np.abs(alone.y[..., 0] - together.y[..., k]) / asked[..., k]
        assert off.max() <= 2.0


def test_along_one_mesh_people_are_independent_to_the_last_bits():
    p = people(5)
    mesh = run(people(40)).mesh
    times, y0 = HOURS, (0.0, 0.0)

    def along(p: dict[str, Any]) -> np.ndarray:
        program = stiff_program(MODEL, p, times, y0=y0, doses=DOSES, mesh=mesh)
        return np.asarray(program(p)["effect"])

    together = along(p)
    order = np.array([3, 0, 4, 1, 2])
    turned = along({name: value[order] for name, value in p.items()})
    np.testing.assert_allclose(turned, together[:, order], rtol=1e-13, atol=1e-16)
    alone = along({name: value[2:3] for name, value in p.items()})
    np.testing.assert_allclose(alone[:, 0], together[:, 2], rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("mode", ["auto", "adaptive"])
def test_the_error_reported_is_about_the_true_error(mode):
    p = people(40)
    exact = run(p, rtol=1e-10, atol=1e-11)
    for rtol in (1e-4, 1e-6):
        result = run(p, rtol=rtol, atol=rtol / 10, mode=mode)
        true = np.abs(result.y - exact.y).max(axis=(0, 2))
        assert (true <= 1.5 * result.error_estimate).all()
        assert (result.error_estimate <= 20.0 * true).all()
        ratio = (np.abs(result.y - exact.y) / (rtol / 10 + rtol * np.abs(exact.y))).max()
        assert ratio <= 1.2


def gate(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """A steep switch at a time of one's own."""
    import jax.numpy as jnp

    return [5.0 * (1.0 / (1.0 + jnp.exp(-80.0 * (t - p["when"]))) - y[0])]


GATE = StiffModel(gate, (StiffState("open", 0.0, 1.0),))


def scattered() -> dict[str, Any]:
    """Nearly everybody switches at one hour, a few at their own, who fall between the pilot."""
    when = np.full(400, 5.0)
    when[301::13] = np.linspace(2.3, 7.7, 8)
    return {"when": when}


def test_a_mesh_that_does_not_fit_everybody_is_given_up():
    p = scattered()
    result = simulate_stiff(GATE, p, np.linspace(0.5, 10.0, 20), y0=(0.0,), rtol=1e-6, atol=1e-7)
    assert result.mode == "adaptive"
    assert any("adaptively instead" in message for message in result.messages)
    assert result.error_ratio <= 1.0
    # x' = 5 (H - x) with a smooth H: those who switch late enough are open by the end
    np.testing.assert_allclose(result["open"][-1], 1.0, atol=2e-5)
    with pytest.raises(StiffError, match='use mode="auto"'):
        simulate_stiff(
            GATE, p, np.linspace(0.5, 10.0, 20), y0=(0.0,), rtol=1e-6, atol=1e-7, mode="mesh"
        )


def test_leaving_the_range_names_state_person_and_hour():
    def grows(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
        return [p["rate"] * y[0], -y[1]]

    model = StiffModel(grows, (StiffState("theta", 0.0, 1.0), StiffState("rest")))
    rate = np.full(50, -0.1)
    rate[37] = 0.1
    with pytest.raises(StiffError, match=r"'theta' of person 37 .* above its upper bound 1 at 20"):
        simulate_stiff(model, {"rate": rate}, [5.0, 20.0], y0=(0.5, 1.0))


def test_a_bound_may_be_a_parameter():
    def fills(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
        return [1.0 - y[0]]

    model = StiffModel(fills, (StiffState("RC", 0.0, "Rtot"),))
    inside = simulate_stiff(model, {"Rtot": np.array([1.0, 2.0])}, [50.0], y0=(0.0,))
    np.testing.assert_allclose(inside["RC"], 1.0, atol=1e-6)
    with pytest.raises(StiffError, match=r"'RC' of person 1 .* above its upper bound 0\.5"):
        simulate_stiff(model, {"Rtot": np.array([1.0, 0.5])}, [50.0], y0=(0.0,))


def test_an_explosion_says_when_and_whose():
    model = StiffModel(lambda t, y, p, _: [p["a"] * y[0] ** 2], (StiffState("y"),))
    with pytest.raises(StiffError, match=r"stopped at .* person 1"):
        simulate_stiff(model, {"a": np.array([0.01, 1.0])}, [2.0], y0=(1.0,))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"CL": np.nan}, "parameter 'CL' is nan"),
        ({"kon": np.array([1.0, np.inf])}, "parameter 'kon' of person 1 is inf"),
        ({"ka": np.ones((2, 2))}, r"parameter 'ka' has shape \(2, 2\)"),
        ({"ka": np.ones(3), "CL": np.ones(2)}, "parameter '(CL|ka)' has [23] values"),
    ],
)
def test_bad_parameters_are_named(change, says):
    p = {"CL": 10.0, "V": 50.0, "ka": 1.0, "kon": 1.0}
    with pytest.raises(ValueError, match=says):
        run(p | change)


def test_other_bad_input_is_named():
    p = {"CL": 10.0, "V": 50.0, "ka": 1.0, "kon": 1.0}
    with pytest.raises(ValueError, match="y0 of state 'effect', person 0"):
        simulate_stiff(MODEL, p, HOURS, y0=(0.0, np.nan))
    with pytest.raises(ValueError, match="outside its range"):
        simulate_stiff(MODEL, p, HOURS, y0=(1.5, 0.0))
    with pytest.raises(ValueError, match="times_h must not decrease"):
        simulate_stiff(MODEL, p, [2.0, 1.0], y0=(0.0, 0.0))
    with pytest.raises(ValueError, match="must be finite and positive"):
        run(p, rtol=0.0)
    with pytest.raises(ValueError, match="finer than 64-bit"):
        run(p, rtol=1e-15)
    with pytest.raises(ValueError, match="unknown \\['other'\\]"):
        run(p, atol={"bound": 1e-7, "effect": 1e-7, "other": 1.0})
    with pytest.raises(ValueError, match='choose "auto"'):
        run(p, mode="fast")
    with pytest.raises(ValueError, match="one derivative per state"):
        simulate_stiff(
            StiffModel(lambda t, y, p, C: [y[0]], MODEL.states), {"a": 1.0}, [1.0], y0=(0.0, 0.0)
        )
    with pytest.raises(ValueError, match="neither a forcing nor doses_into"):
        simulate_stiff(PENDULUM, {"drag": 1.0}, [1.0], y0=(1.0, 1.0), doses=DOSES)


def test_kinks_of_a_forcing_are_nodes():
    """A drug that stops within the hour: with the kink declared nothing is lost there."""

    def forced(t: Any, p: Any) -> Any:
        import jax.numpy as jnp

        return jnp.where(t < 3.3, 1.0, 0.0)

    model = StiffModel(
        lambda t, y, p, C: [C - y[0]], (StiffState("x", 0.0),),
        forcing=FunctionForcing(forced, kinks_h=(3.3,)),
    )  # fmt: skip
    times = np.array([1.0, 3.3, 5.0])
    result = simulate_stiff(model, {}, times, y0=(0.0,), rtol=1e-9, atol=1e-10)
    peak = 1.0 - np.exp(-3.3)
    exact = np.array([1.0 - np.exp(-1.0), peak, peak * np.exp(-1.7)])
    np.testing.assert_allclose(result["x"][:, 0], exact, rtol=3e-9)
    assert result.mesh is not None
    assert (result.mesh.t_h == 3.3).any()
