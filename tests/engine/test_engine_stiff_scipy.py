"""The stiff driver against SciPy's Radau, and what it refuses."""

import math
from typing import Literal

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from occupancy.kinetics import Doses

pytest.importorskip("jax")

from occupancy.engine import PlasmaForcing, StiffError, StiffModel, StiffState, simulate_stiff

HOURS = np.arange(0.0, 49.0)
DOSES = Doses(np.array([0.0, 24.0]), 4.0)
PEOPLE = {
    "CL": np.array([10.0, 25.0, 60.0]),
    "V": np.array([50.0, 90.0, 400.0]),
    "ka": np.array([0.4, 1.0, 2.5]),
    "koff": np.array([20.0, 3.0, 0.3]),
}


def field(t, y, p, plasma):
    """Brain water [nM], bound receptor of 20 nM, an enzyme that the bound receptor inhibits."""
    import jax.numpy as jnp

    return jnp.stack(slopes(y, p["koff"], plasma))


def slopes(y, koff, plasma):
    brain, bound, enzyme = y
    net = koff * (brain * (20.0 - bound) - bound)
    share = (bound / 20.0) ** 4
    inhibited = share / (0.65**4 + share)
    return [2.0 * (0.125 * plasma - brain) - net, net, 0.1 * (1.0 - inhibited - enzyme)]


MODEL = StiffModel(
    field,
    (StiffState("brain", 0.0), StiffState("bound", 0.0, 20.0), StiffState("enzyme", 0.0, 1.0)),
    forcing=PlasmaForcing(compartments=1),
)


def by_radau(k: int) -> np.ndarray:
    """One person, (outputs, states); plasma by Bateman's function."""
    CL, V, ka, koff = (float(PEOPLE[name][k]) for name in ("CL", "V", "ka", "koff"))

    def slope(t, y):
        C = 0.0
        for since in (t - DOSES.time_h)[t >= DOSES.time_h]:
            C += 4000 / V * ka / (ka - CL / V) * (math.exp(-CL / V * since) - math.exp(-ka * since))
        return slopes(y, koff, C)

    y, found = np.array([0.0, 0.0, 1.0]), []
    for begin in (0.0, 24.0):
        at = HOURS[(begin <= HOURS) & (begin + 24 >= HOURS)]
        day = solve_ivp(slope, (begin, begin + 24), y, "Radau", t_eval=at, rtol=1e-9, atol=1e-11)
        y = day.y[:, -1]
        found.append(day.y.T if begin else day.y.T[:-1])
    return np.concatenate(found)


@pytest.mark.parametrize("mode", ["auto", "adaptive"])
def test_binding_and_turnover_agree_with_radau(mode: Literal["auto", "adaptive"]) -> None:
    result = simulate_stiff(
        MODEL, PEOPLE, HOURS, y0=[0.0, 0.0, 1.0], doses=DOSES, rtol=1e-6, atol=1e-7, mode=mode
    )
    for k in range(3):
        apart = np.abs(result.y[:, :, k] - by_radau(k)).max(axis=0)
        assert (apart <= 1e-6 * np.array([100.0, 20.0, 1.0]) + 1e-7).all(), apart
        assert (apart <= 5 * result.error_estimate + 1e-9).all()
    assert result.error_ratio <= 1.0


def test_the_order_of_people_does_not_matter() -> None:
    """In lockstep the steps are shared, but nothing else."""

    def answer(people: dict[str, np.ndarray]) -> np.ndarray:
        return simulate_stiff(
            MODEL, people, HOURS, y0=[0.0, 0.0, 1.0], doses=DOSES, mode="adaptive"
        ).y

    turned = {name: values[::-1] for name, values in PEOPLE.items()}
    assert np.array_equal(answer(turned)[..., ::-1], answer(PEOPLE))


def test_a_state_that_leaves_its_range_is_named() -> None:
    def wrong(t, y, p, plasma):
        import jax.numpy as jnp

        return jnp.stack([-p["k"] * jnp.ones(())])

    model = StiffModel(wrong, (StiffState("receptor", lower=0.0),))
    with pytest.raises(StiffError, match=r"receptor.*person 1"):
        simulate_stiff(model, {"k": np.array([0.0, 1.0])}, [0.0, 10.0], y0=[1.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"koff": np.array([1.0, np.nan, 1.0])}, "'koff' of person 1"),
        ({"CL": np.array([1.0, 2.0])}, "'CL' has 2 values|has 3 values"),
    ],
)
def test_parameters_that_cannot_be_are_named(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate_stiff(MODEL, {**PEOPLE, **change}, HOURS, y0=[0.0, 0.0, 1.0], doses=DOSES)
