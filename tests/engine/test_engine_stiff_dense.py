"""Models of many states, stepped with whole matrices: against SciPy, and against the usual step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from occupancy.engine import PlasmaForcing, StiffModel, StiffState, simulate_stiff, stiff_program
from occupancy.kinetics import Doses

jax = pytest.importorskip("jax", reason="the stiff driver needs JAX")
CELLS = 40
HOURS = np.linspace(1.0, 36.0, 24)
P: dict[str, Any] = {
    "CL": np.array([10.0, 16.0]), "V": np.array([50.0, 40.0]), "ka": np.array([1.0, 0.5]),
    "D": np.array(30.0), "bound": np.array([4.0, 9.0]),
}  # fmt: skip


def tissue(t: Any, y: Any, p: Any, C: Any) -> Any:
    """Drug that enters a row of cells at one end, moves between them and is bound, saturably."""
    from jax import numpy as jnp

    left = jnp.concatenate([jnp.stack([C / 100.0]), y[:-1]])
    right = jnp.concatenate([y[1:], y[-1:]])
    return p["D"] * (left - 2.0 * y + right) - p["bound"] * y / (1.0 + y)


ROW = StiffModel(tissue, tuple(StiffState(f"c{i}") for i in range(CELLS)), forcing=PlasmaForcing(1))
DOSES = Doses([0.0, 24.0], 40.0)


def plasma(t: float, k: int) -> float:
    """C in ng/mL, the closed form of one compartment with first-order absorption."""
    ke, ka, V = P["CL"][k] / P["V"][k], P["ka"][k], P["V"][k]
    since = t - DOSES.time_h[DOSES.time_h <= t]
    once = 1000.0 * 40.0 * ka / V / (ka - ke) * (np.exp(-ke * since) - np.exp(-ka * since))
    return float(once.sum())


@pytest.mark.slow
def test_forty_states_equal_scipy():
    result = simulate_stiff(ROW, P, HOURS, y0=np.zeros(CELLS), doses=DOSES, rtol=1e-7, atol=1e-9)
    for k in range(2):

        def slope(t: float, y: np.ndarray, k: int = k) -> np.ndarray:
            left, right = np.append(plasma(t, k) / 100.0, y[:-1]), np.append(y[1:], y[-1])
            return P["D"] * (left - 2.0 * y + right) - P["bound"][k] * y / (1.0 + y)

        y, parts = np.zeros(CELLS), []
        for begin, end in ((0.0, 24.0), (24.0, 36.0)):
            inside = HOURS[(begin <= HOURS) & (end > HOURS) | (end == HOURS) & (end == 36.0)]
            found = solve_ivp(
                slope, (begin, end), y, "BDF",
                t_eval=np.unique([*inside, end]), rtol=1e-9, atol=1e-11,
            )  # fmt: skip
            parts.append(found.y[:, : inside.size].T)
            y = found.y[:, -1]
        truth = np.concatenate(parts)
        off = np.abs(result.y[..., k] - truth) / (1e-8 + 1e-6 * np.abs(truth))
        assert off.max() <= 1.0


@pytest.mark.slow
def test_whole_matrices_and_written_out_steps_agree(monkeypatch: pytest.MonkeyPatch):
    """Also in their derivatives; three states are enough to compare."""
    from occupancy.engine import stiff_compiled
    from occupancy.engine.rosenbrock_dense import DenseStepper
    from occupancy.engine.rosenbrock_tableau import RODAS5P

    def binding(t: Any, y: Any, p: Any, C: Any) -> list[Any]:
        net = 0.5 * C * y[0] - 20.0 * y[1]
        return [-net, net - p["loss"] * y[1], 0.1 * (y[1] - y[2]) * (2.0 + np.pi * t / 24.0)]

    p = {name: P[name] for name in ("CL", "V", "ka")} | {"loss": np.array([0.1, 0.3])}
    y0 = (20.0, 0.0, 0.0)

    def slopes(model: StiffModel, mesh: Any) -> Any:
        program = stiff_program(model, p, HOURS, y0=y0, doses=DOSES, mesh=mesh)
        at = jax.jit(jax.jacfwd(lambda x: program({**p, "loss": x})))(p["loss"])
        return np.stack([np.asarray(one) for one in at.values()])

    def made(field: Any) -> StiffModel:
        return StiffModel(field, tuple(map(StiffState, "RBE")), forcing=PlasmaForcing(1))

    written, run = made(binding), {"y0": y0, "doses": DOSES, "rtol": 1e-7, "mode": "mesh"}
    usual = simulate_stiff(written, p, HOURS, **run)
    by_loss = slopes(written, usual.mesh)
    monkeypatch.setattr(stiff_compiled, "WRITTEN_OUT", 2)
    whole = made(lambda *given: binding(*given))
    dense = simulate_stiff(whole, p, HOURS, **run)
    stepper = stiff_compiled.program(whole, RODAS5P, tuple(sorted(p))).stepper
    assert isinstance(stepper, DenseStepper)
    np.testing.assert_allclose(dense.y, usual.y, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(slopes(whole, usual.mesh), by_loss, rtol=1e-9, atol=1e-9)
    assert np.abs(by_loss).max() > 1.0
