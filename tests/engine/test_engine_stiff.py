"""The stiff driver against SciPy's Radau, for systems with and without forcing and doses."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from occupancy.engine import (
    FunctionForcing,
    PlasmaForcing,
    StiffModel,
    StiffResult,
    StiffState,
    simulate_stiff,
)
from occupancy.kinetics import Doses

pytest.importorskip("jax", reason="the stiff driver needs JAX")

Slope = Callable[[float, np.ndarray], list[float]]


def radau(slope: Slope, y0: Any, nodes: Any, jump: Any, times: np.ndarray) -> np.ndarray:
    """SciPy at 1e-10, restarted at every node, `jump` added there; (times, states)."""
    y = np.asarray(y0, dtype=float)
    parts = []
    for begin, end in pairwise(nodes):
        y = y + np.asarray(jump)
        last = end == nodes[-1]
        inside = (times >= begin) & ((times <= end) if last else (times < end))
        found = solve_ivp(
            slope, (begin, end), y, "Radau",
            t_eval=np.unique([*times[inside], end]), rtol=1e-10, atol=1e-12,
        )  # fmt: skip
        parts.append(found.y[:, : int(inside.sum())].T)
        y = found.y[:, -1]
    return np.concatenate(parts)


def binding(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
    """Drug at a receptor that turns over: free R, complex RC."""
    R, RC = y[0], y[1]
    net = p["kon"] * C * R - p["koff"] * RC
    return [p["ksyn"] - p["kdeg"] * R - net, net - p["kdeg"] * RC]


def numbers(names: str, low: float, high: float, seed: int, people: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {n: np.exp(rng.uniform(np.log(low), np.log(high), people)) for n in names.split()}


def within(result: StiffResult, k: int, truth: np.ndarray, rtol: float, atol: float) -> float:
    """Largest true error of one person in units of what was asked."""
    return float(np.max(np.abs(result.y[:, :, k] - truth) / (atol + rtol * np.abs(truth))))


WAYS = ("oral", "bolus", "infusion")
RECEPTOR = (StiffState("R", 0.0), StiffState("RC", 0.0))


@pytest.mark.parametrize("mode", ["auto", "adaptive", "mesh"])
def test_binding_with_turnover_equals_radau(mode):
    people = 5
    p = numbers("kon", 0.5, 200, 1, people) | numbers("koff", 0.5, 100, 2, people)
    p |= numbers("ksyn kdeg", 0.01, 0.5, 3, people)
    times = np.sort(np.random.default_rng(4).uniform(0.0, 60.0, 40))
    forcing = FunctionForcing(lambda t, p: 3.0 * 0.9**t)
    model = StiffModel(binding, RECEPTOR, forcing=forcing)
    result = simulate_stiff(model, p, times, y0=(1.0, 0.0), rtol=1e-6, atol=1e-7, mode=mode)
    for k in range(people):
        one = {name: float(v[k]) for name, v in p.items()}

        def slope(t: float, y: np.ndarray, one: dict[str, float] = one) -> list[float]:
            return binding(t, y, one, 3.0 * 0.9**t)

        truth = radau(slope, (1.0, 0.0), [0.0, times[-1]], 0.0, times)
        assert within(result, k, truth, 1e-6, 1e-7) <= 1.5
    assert result.error_ratio <= 1.0


def robertson(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    a, b, c = p["a"] * y[0], p["b"] * y[1] * y[1], p["c"] * y[1] * y[2]
    return [-a + c, a - b - c, b]


def test_robertson_equals_radau():
    p = {"a": np.array([0.04, 0.1]), "b": np.array([3e7, 1e6]), "c": np.array([1e4, 3e3])}
    times = np.array([0.01, 0.4, 4.0, 40.0, 400.0, 4000.0])
    model = StiffModel(robertson, tuple(StiffState(n, 0.0, 1.0) for n in "xyz"))
    atol = {"x": 1e-8, "y": 1e-12, "z": 1e-8}
    result = simulate_stiff(model, p, times, y0=(1.0, 0.0, 0.0), rtol=1e-6, atol=atol)
    for k in range(2):
        one = {name: float(v[k]) for name, v in p.items()}
        found = solve_ivp(
            lambda t, y, one=one: robertson(t, y, one, None), (0.0, 4000.0), (1.0, 0.0, 0.0),
            "Radau", t_eval=times, rtol=1e-10, atol=1e-14,
        )  # fmt: skip
        off = np.abs(result.y[:, :, k] - found.y.T) / (
            np.array([*atol.values()]) + 1e-6 * found.y.T
        )
        assert off.max() <= 1.5
    np.testing.assert_allclose(result.y.sum(axis=1), 1.0, atol=1e-9)


def random_reactions(seed: int) -> tuple[Callable[..., list[Any]], int]:
    """A random closed network of 4 states: conversions and one association, any stiffness."""
    rng = np.random.default_rng(seed)
    n = 4
    rate = np.exp(rng.uniform(np.log(1e-2), np.log(1e3), (n, n))) * (rng.random((n, n)) < 0.6)
    np.fill_diagonal(rate, 0.0)
    i, j, k = rng.permutation(n)[:3]
    forward, back = np.exp(rng.uniform(np.log(0.1), np.log(300.0), 2))

    def field(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
        flow = [
            sum(rate[s, r] * y[s] - rate[r, s] * y[r] for s in range(n)) * p["speed"]
            for r in range(n)
        ]
        net = forward * y[i] * y[j] - back * y[k]
        return [flow[r] + (net if r == k else -net if r in (i, j) else 0.0) for r in range(n)]

    return field, n


@pytest.mark.parametrize("seed", [11, *(pytest.param(k, marks=pytest.mark.slow) for k in (12, 13))])
def test_random_reaction_networks_equal_radau(seed):
    field, n = random_reactions(seed)
    speed = np.array([0.2, 1.0, 5.0])
    times = np.array([1e-3, 0.1, 1.0, 8.0, 30.0])
    y0 = np.random.default_rng(seed).uniform(0.1, 1.0, n)
    model = StiffModel(field, tuple(StiffState(f"x{i}", 0.0) for i in range(n)))
    result = simulate_stiff(model, {"speed": speed}, times, y0=y0, rtol=1e-7, atol=1e-9)
    for k in range(3):
        one = {"speed": float(speed[k])}
        truth = radau(lambda t, y, p=one: field(t, y, p, None), y0, [0.0, 30.0], 0.0, times)
        assert within(result, k, truth, 1e-7, 1e-9) <= 1.5


def plasma_slope(p: dict[str, float], compartments: int, rate: float) -> Slope:
    """Depot, plasma [mg], up to two peripheral compartments, bound receptor."""

    def slope(t: float, y: np.ndarray) -> list[float]:
        out = [(p["Q"], p["V2"]), (p.get("Q3", 0.0), p.get("V3", 1.0))][: compartments - 1]
        depot, A, *others, RC = y
        flows = [q / p["V"] * A - q / v * x for (q, v), x in zip(out, others, strict=True)]
        dA = p["ka"] * depot + rate - p["CL"] / p["V"] * A - sum(flows)
        C = 1000.0 * A / p["V"]
        return [-p["ka"] * depot, dA, *flows, 0.3 * C * (1.0 - RC) - 15.0 * RC]

    return slope


@pytest.mark.parametrize(
    ("compartments", "way"),
    [
        (1, "infusion"),
        (2, "oral"),
        (3, "bolus"),
        *(pytest.param(n, w, marks=pytest.mark.slow) for n, w in product((1, 2, 3), WAYS)),
    ],
)
def test_plasma_in_closed_form_equals_the_whole_system(compartments, way):
    p = {"CL": np.array([10.0, 14.0]), "V": np.array([50.0, 30.0]), "ka": np.array([0.2, 1.7])}
    p |= {"Q": np.array([15.0, 4.0]), "V2": np.array([120.0, 90.0])}
    p |= {"Q3": np.array([3.0, 1.0]), "V3": np.array([300.0, 200.0])}
    duration = 5.0 if way == "infusion" else 0.0
    forcing = PlasmaForcing(compartments, oral=way == "oral", duration_h=duration)

    def field(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
        return [0.3 * C * (1.0 - y[0]) - 15.0 * y[0]]

    model = StiffModel(field, (StiffState("RC", 0.0, 1.0),), forcing=forcing)
    times = np.array([0.5, 3.0, 11.9, 12.0, 13.0, 23.0, 30.0])
    doses = Doses([0.0, 12.0], 2.0)
    result = simulate_stiff(model, p, times, y0=(0.0,), doses=doses, rtol=1e-7, atol=1e-8)
    for k in range(2):
        one = {name: float(v[k]) for name, v in p.items()}
        y, parts = np.zeros(2 + compartments), []
        nodes = [0.0, 5.0, 12.0, 17.0, 30.0] if duration else [0.0, 12.0, 30.0]
        for begin, end in pairwise(nodes):
            dosing = begin in (0.0, 12.0)
            if dosing and way == "oral":
                y[0] += 2.0
            if dosing and way == "bolus":
                y[1] += 2.0
            slope = plasma_slope(one, compartments, 0.4 if duration and dosing else 0.0)
            inside = (times >= begin) & (times < end if end < 30.0 else times <= end)
            ask = np.unique([*times[inside], end])
            found = solve_ivp(slope, (begin, end), y, "Radau", ask, rtol=1e-10, atol=1e-13)
            parts.append(found.y[-1, : int(inside.sum())])
            y = found.y[:, -1].copy()
        truth = np.concatenate(parts)[:, None]
        assert within(result, k, truth, 1e-7, 1e-8) <= 1.5


def test_absorption_as_fast_as_elimination_loses_nothing():
    p = {"CL": 5.0, "V": 50.0, "ka": np.array([0.1, 0.1 * (1 + 1e-9), 0.1 * (1 + 1e-3)])}

    def field(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
        return [C - y[0]]

    model = StiffModel(field, (StiffState("x"),), forcing=PlasmaForcing(1))
    times = np.array([1.0, 10.0, 30.0])
    result = simulate_stiff(
        model, p, times, y0=(0.0,), doses=Doses([0.0], 1.0), rtol=1e-9, atol=1e-10
    )
    # ka = CL/V = k: C = 20 k t e^(-kt), and x' = C - x
    k = 0.1
    decay = np.exp(-k * times)
    exact = 20.0 * k * (times * decay / (1 - k) - (decay - np.exp(-times)) / (1 - k) ** 2)
    np.testing.assert_allclose(result["x"][:, 0], exact, rtol=3e-9)
    np.testing.assert_allclose(result["x"][:, 1], exact, rtol=1e-8)
    assert np.abs(result["x"][:, 2] / exact - 1).max() < 2e-3


def test_doses_into_a_state_equal_radau():
    def field(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
        D, A = y[0], y[1]
        return [-p["Vmax"] * D / (p["Km"] + D), p["Vmax"] * D / (p["Km"] + D) - p["k"] * A]

    p = {"Vmax": np.array([2.0, 30.0]), "Km": np.array([0.01, 1.0]), "k": np.array([0.1, 40.0])}
    times = np.array([1.0, 5.0, 12.0, 20.0, 36.0])
    model = StiffModel(field, (StiffState("D"), StiffState("A")), doses_into="D", per_mg=2.0)
    amounts = np.array([[3.0, 3.0, 3.0], [1.0, 1.0, 1.0]])
    doses = Doses([0.0, 12.0, 24.0], amounts)
    result = simulate_stiff(model, p, times, y0=(0.0, 0.0), doses=doses, rtol=1e-6, atol=1e-7)
    for k in range(2):
        one = {name: float(v[k]) for name, v in p.items()}
        jump = [2.0 * amounts[k, 0], 0.0]
        nodes = [0.0, 12.0, 24.0, 36.0]
        truth = radau(lambda t, y, p=one: field(t, y, p, None), (0, 0), nodes, jump, times)
        assert within(result, k, truth, 1e-6, 1e-7) <= 1.5


def test_equals_diffrax():
    diffrax = pytest.importorskip("diffrax", reason="diffrax is not installed")
    import jax.numpy as jnp

    p = {"kon": 30.0, "koff": 10.0, "ksyn": 0.2, "kdeg": 0.2}
    times = np.linspace(0.5, 20.0, 9)
    model = StiffModel(binding, RECEPTOR, forcing=FunctionForcing(lambda t, p: 2.0 * 0.8**t))
    result = simulate_stiff(model, p, times, y0=(1.0, 0.0), rtol=1e-8, atol=1e-9)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, y, _: jnp.stack(binding(t, y, p, 2.0 * 0.8**t))),
        diffrax.Kvaerno5(), 0.0, 20.0, 1e-4, jnp.array([1.0, 0.0]),
        saveat=diffrax.SaveAt(ts=jnp.asarray(times)), max_steps=100_000,
        stepsize_controller=diffrax.PIDController(rtol=1e-9, atol=1e-10),
    )  # fmt: skip
    np.testing.assert_allclose(result.y[:, :, 0], solution.ys, rtol=3e-8, atol=3e-9)


def saturable(t: Any, y: Any, p: Any, _: Any) -> list[Any]:
    """A depot, and plasma that is eliminated by an enzyme that saturates."""
    D, A = y[0], y[1]
    return [-p["ka"] * D, p["ka"] * D - p["Vmax"] * A / (p["Km"] + A)]


SCHEDULES = {
    "even": np.full(16, 10.0),
    "late": np.repeat([0.0, 10.0], 8),
    "rising": np.geomspace(0.1, 40.0, 16),
}


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("mode", ["auto", "adaptive"])
def test_many_people_on_a_course_whose_beginning_is_not_the_whole(mode, schedule):
    people = 40
    p = numbers("ka", 0.3, 2.0, 1, people) | numbers("Vmax Km", 2.0, 6.0, 2, people)
    hours, mg = 24.0 * np.arange(16), SCHEDULES[schedule]
    times = np.arange(6.0, 384.0, 6.0) + 0.5
    model = StiffModel(
        saturable, (StiffState("D", 0.0), StiffState("A", 0.0)), doses_into="D", per_mg=1.0
    )
    result = simulate_stiff(
        model, p, times, y0=(0.0, 0.0), doses=Doses(hours, mg), rtol=1e-5, atol=1e-5, mode=mode
    )
    assert result.error_ratio <= 1.0
    for k in (0, 17, 39):
        one = {name: float(v[k]) for name, v in p.items()}

        def slope(t: float, y: np.ndarray, one: dict[str, float] = one) -> list[float]:
            return saturable(t, y, one, None)

        y, parts = np.zeros(2), []
        for day, dose in enumerate(mg):
            inside = times[(times >= 24.0 * day) & (times < 24.0 * (day + 1))]
            found = solve_ivp(
                slope, (24.0 * day, 24.0 * (day + 1)), y + np.array([dose, 0.0]), "LSODA",
                t_eval=[*inside, 24.0 * (day + 1)], rtol=1e-10, atol=1e-12,
            )  # fmt: skip
            parts.append(found.y[:, :-1].T)
            y = found.y[:, -1]
        assert within(result, k, np.concatenate(parts), 1e-5, 1e-5) <= 1.5
