"""The compiled driver against the kinetics room, person by person and number by number."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from occupancy.engine import Cycle, Target, event_grid, linear_program, simulate_linear
from occupancy.kinetics import (
    DeepSite,
    Doses,
    EffectSite,
    Formation,
    Input,
    Species,
    System,
    simulate,
    simulate_epochs,
    steady_state,
)

pytest.importorskip("jax", reason="the engine's compiled driver needs JAX")

Array = np.ndarray
PEOPLE = 5


def log_uniform(rng: np.random.Generator, low: float, high: float, people: int) -> Array:
    return np.exp(rng.uniform(np.log(low), np.log(high), people))


def species(rng: np.random.Generator, compartments: int, people: int, **more: object) -> Species:
    """A species with random clearance, flows and volumes."""

    def some(low: float, high: float) -> Array:
        return log_uniform(rng, low, high, people)

    fields: dict[str, object] = {"CL": some(0.3, 60), "V": some(3, 300)}
    if compartments > 1:
        fields |= {"Q": some(0.3, 60), "V2": some(3, 600)}
    if compartments > 2:
        fields |= {"Q3": some(0.1, 10), "V3": some(10, 2000)}
    return Species(**(fields | more))  # type: ignore[arg-type]


def bolus_with_brain(rng: np.random.Generator, people: int = PEOPLE) -> System:
    keo = log_uniform(rng, 0.05, 5, people)
    return System(
        (species(rng, 1, people, analyte="x", dosed=1.0),),
        (Input(),),
        (EffectSite("brain", "x", keo=keo, Kp=rng.uniform(0.2, 5, people)),),
    )


def oral_two(rng: np.random.Generator, people: int = PEOPLE) -> System:
    """An oral two-compartment system; two people absorb as fast as a mode of theirs decays."""
    x = species(rng, 2, people, analyte="x", dosed=0.9)
    ka = log_uniform(rng, 0.05, 5, people)
    CL, V, Q, V2 = (np.asarray(getattr(x, field)) for field in ("CL", "V", "Q", "V2"))
    total = (CL + Q) / V + Q / V2
    root = np.sqrt(total**2 - 4 * CL / V * Q / V2)
    ka[0], ka[1] = (total + root)[0] / 2, (total - root)[1] / 2 * (1 + 1e-9)
    return System((x,), (Input(ka=ka, fraction=rng.uniform(0.2, 1, people)),))


def chain_of_everything(rng: np.random.Generator, people: int = PEOPLE) -> System:
    """Transits, three compartments, two metabolites in a row, a presystemic one, a deep site."""

    def some(low: float, high: float) -> Array:
        return log_uniform(rng, low, high, people)

    return System(
        (
            species(rng, 2, people, analyte="second", formed_from=(Formation("first", 0.4),)),
            species(
                rng,
                1,
                people,
                analyte="first",
                dosed=0.2,
                formed_from=(Formation("x", rng.uniform(0, 1.5, people)),),
            ),
            species(rng, 3, people, analyte="x", dosed=0.7),
        ),
        (Input(ka=some(0.1, 4), ktr=some(0.5, 6), n_transit=2),),
        (
            EffectSite(
                "brain",
                "first",
                k_in=some(0.05, 2),
                k_out=some(0.05, 2),
                deep=DeepSite("deep", some(0.01, 1), some(0.01, 1), k_back=some(0.01, 1)),
            ),
        ),
    )


def mixed_release(rng: np.random.Generator, people: int = PEOPLE) -> System:
    """Half at once into a depot, half at a constant rate; both late, differently per person."""
    early = rng.uniform(0.2, 0.8, people)
    return System(
        (species(rng, 2, people, analyte="x", dosed=1.0),),
        (
            Input(
                ka=log_uniform(rng, 0.2, 3, people),
                fraction=early,
                lag_h=rng.uniform(0, 3, people),
                name="early",
            ),
            Input(
                fraction=1 - early,
                lag_h=rng.uniform(0, 9, people),
                duration_h=rng.uniform(0.5, 40, people),
                name="slow",
            ),
        ),
    )


SYSTEMS: dict[str, Callable[..., System]] = {
    "bolus with brain": bolus_with_brain,
    "oral, two compartments": oral_two,
    "chain of everything": chain_of_everything,
    "mixed release with lags": mixed_release,
}


def close_to_peak(ours: Array, theirs: Array) -> float:
    """Largest difference of (times, people) relative to each person's peak."""
    peak = np.abs(theirs).max(axis=0)
    scale = np.where(peak > 0, peak, 1.0)
    return float((np.abs(ours - theirs) / scale).max())


SAME = 1e-12
HOURS = np.linspace(0.0, 96.0, 49)
seeds = st.integers(0, 2**32 - 1)


def both(system: System, doses: Doses, times: np.ndarray, **how: object) -> float:
    """Largest difference between NumPy and JAX over all outputs, relative to the peak."""
    by_jax = simulate_linear(system, doses, times, backend="jax", **how)  # type: ignore[arg-type]
    by_numpy = simulate_linear(system, doses, times, backend="numpy", **how)  # type: ignore[arg-type]
    assert list(by_jax.concentrations) == list(by_numpy.concentrations)
    pairs = [(by_jax.concentrations[n], by_numpy.concentrations[n]) for n in by_jax.concentrations]
    pairs += [(by_jax.occupancies[n], by_numpy.occupancies[n]) for n in by_jax.occupancies]
    return max(close_to_peak(a, b) for a, b in pairs)


@pytest.mark.parametrize("name", SYSTEMS)
@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_same_as_numpy(name, seed):
    rng = np.random.default_rng(seed)
    doses = Doses(np.sort(rng.uniform(0, 70, 4)).round(1), rng.uniform(1, 50, (PEOPLE, 4)))
    assert both(SYSTEMS[name](rng), doses, HOURS) <= SAME


@pytest.mark.parametrize("name", SYSTEMS)
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_steady_state_is_the_geometric_series(name, seed):
    rng = np.random.default_rng(seed)
    system = SYSTEMS[name](rng)
    cycle = Cycle(Doses([0.0, 10.0], [20.0, 5.0]), 24.0)
    doses = Doses([0.0, 10.0, 24.0, 34.0, 58.0], [20.0, 5.0, 20.0, 0.0, 5.0])
    assert both(system, doses, HOURS, cycle=cycle) <= SAME


def test_a_cycle_that_never_empties_is_refused():
    system = SYSTEMS["bolus with brain"](np.random.default_rng(0))
    site = replace(system.effect_sites[0], keo=None, k_in=1.0, k_out=0.0)
    stuck = replace(system, effect_sites=(site,))
    doses = Doses([0.0], [1.0])
    with pytest.raises(ValueError, match="never empties"):
        simulate_linear(stuck, doses, HOURS, cycle=Cycle(doses, 24.0), backend="jax")


@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_parameters_of_each_occasion(seed):
    rng = np.random.default_rng(seed)
    first = SYSTEMS["mixed release with lags"](rng)
    second, third = (SYSTEMS["mixed release with lags"](rng) for _ in range(2))
    occasions = [(first, -np.inf), (second, 24.0), (third, 60.5)]
    doses = Doses([0.0, 24.0, 48.0, 59.0, 72.0], 10.0)
    ours = simulate_linear(occasions, doses, HOURS, backend="jax")
    theirs = simulate_epochs(occasions, doses, HOURS)
    assert close_to_peak(ours.concentrations["x"], theirs["x"].T) <= SAME


@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_occasions_on_a_shared_grid(seed):
    rng = np.random.default_rng(seed)
    occasions = [(oral_two(rng), -np.inf), (oral_two(rng), 24.0), (oral_two(rng), 61.0)]
    doses = Doses([0.0, 24.0, 48.0, 72.0], 10.0)
    ours = simulate_linear(occasions, doses, HOURS, backend="jax")
    theirs = simulate_epochs(occasions, doses, HOURS)
    assert close_to_peak(ours.concentrations["x"], theirs["x"].T) <= SAME


def test_going_on_from_a_state():
    rng = np.random.default_rng(4)
    system = SYSTEMS["mixed release with lags"](rng)
    doses = Doses([0.0, 12.0, 24.0, 36.0], 10.0)
    whole = simulate(system, doses, HOURS)["x"].T
    half = simulate(system, Doses([0.0, 12.0], 10.0), [0.0, 20.0]).final
    later = simulate_linear(
        system, Doses([24.0, 36.0], 10.0), HOURS[10:], initial=half, backend="jax"
    )
    assert close_to_peak(later.concentrations["x"], whole[10:]) <= SAME


@pytest.mark.parametrize("name", ["oral, two compartments", "chain of everything"])
@pytest.mark.parametrize("steady", [False, True])
def test_courses_that_repeat_their_steps(name, steady):
    rng = np.random.default_rng(11)
    system = SYSTEMS[name](rng)
    amounts = rng.uniform(1, 50, (PEOPLE, 6))
    amounts[:, 2] = 0.0  # everybody misses the third day
    amounts[1, 4] = 0.0
    doses = Doses(24.0 * np.arange(6), amounts)
    hours = np.arange(2.0, 151.0, 2.0)
    cycle = Cycle(Doses([0.0], 10.0), 24.0) if steady else None
    grid = event_grid(system, doses, hours, cycle=cycle)
    assert linear_program(system, grid).layout.period == 12
    targets = [Target("D2", {"x": 20.0}, Hill=1.3)]
    assert both(system, doses, hours, targets=targets, cycle=cycle) <= SAME


def test_a_constant_infusion_repeats_its_steps():
    rng = np.random.default_rng(12)
    system = replace(SYSTEMS["bolus with brain"](rng), inputs=(Input(duration_h=12.0),))
    doses = Doses(24.0 * np.arange(5), 30.0)
    hours = np.arange(1.0, 121.0)
    assert linear_program(system, event_grid(system, doses, hours)).layout.period == 12
    assert both(system, doses, hours) <= SAME


def test_times_without_a_pattern_and_years():
    rng = np.random.default_rng(5)
    system = oral_two(rng)
    doses = Doses(28 * 24.0 * np.arange(26), 100.0)
    assert both(system, doses, np.sort(rng.uniform(0, 17520, 300))) <= SAME


def test_rates_a_billion_times_the_interval():
    system = oral_two(np.random.default_rng(6))
    fast = replace(system, inputs=(replace(system.inputs[0], ka=1e9),))
    assert both(fast, Doses([0.0, 24.0], 5.0), HOURS) <= SAME


def test_competition_in_the_same_pass():
    rng = np.random.default_rng(7)
    system = SYSTEMS["chain of everything"](rng)
    targets = [
        Target("D2", {"x": rng.uniform(1, 50, PEOPLE), "first": 7.0, "brain": 30.0}, Emax=0.9),
        Target("steep", {"x": 20.0}, Hill=rng.uniform(0.6, 3, PEOPLE)),
    ]
    doses = Doses([0.0, 24.0, 48.0], 30.0)
    assert both(system, doses, HOURS, targets=targets) <= SAME
    course = simulate_linear(system, doses, HOURS, targets, backend="jax")
    C = course.concentrations
    X = C["x"] / targets[0].EC50["x"] + C["first"] / 7.0 + C["brain"] / 30.0
    np.testing.assert_allclose(course.occupancies["D2"], 0.9 * X / (1 + X), rtol=1e-13)
    assert (course.occupancies["steep"][0] == 0).all()


def test_dose_is_superposed_and_scales():
    system = oral_two(np.random.default_rng(8))

    def of(times, amounts):
        return simulate_linear(system, Doses(times, amounts), HOURS, backend="jax").concentrations[
            "x"
        ]

    together = of([0.0, 13.0], [10.0, 5.0])
    apart = 10 * of([0.0], [1.0]) + 5 * of([13.0], [1.0])
    np.testing.assert_allclose(together, apart, rtol=1e-12)


def test_few_people_do_not_import_jax():
    code = (
        "import sys, numpy as np; from occupancy.engine import simulate_linear;"
        "from occupancy.kinetics import *;"
        "s = System((Species('x', 5.0, 50.0, dosed=1.0),), (Input(ka=1.0),));"
        "simulate_linear(s, Doses([0.0], 1.0), np.arange(9.0));"
        "assert 'jax' not in sys.modules and 'xarray' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_people_in_a_compiled_course():
    rng = np.random.default_rng(13)
    one, other = oral_two(rng), oral_two(rng)
    doses = Doses([0.0, 24.0], 10.0)
    program = linear_program(one, event_grid(one, doses, HOURS))
    anew = linear_program(other, event_grid(other, doses, HOURS))
    C, _ = program.run(anew.parameters)
    assert close_to_peak(C["x"], simulate(other, doses, HOURS)["x"].T) <= SAME
    with pytest.raises(ValueError, match=r"'x\.Cl' is no parameter"):
        program.run({"x.Cl": 1.0})


def test_names_are_checked():
    system = oral_two(np.random.default_rng(0))
    grid = event_grid(system, Doses([0.0], 1.0), HOURS)
    with pytest.raises(ValueError, match="'y', which is no output"):
        linear_program(system, grid, [Target("D2", {"y": 1.0})])
    with pytest.raises(ValueError, match="read names 'z'"):
        linear_program(system, grid, read=["z"])
    with pytest.raises(ValueError, match="EC50 x = -1"):
        Target("D2", {"x": -1.0})
    with pytest.raises(ValueError, match="holds 3 people"):
        linear_program(system, grid, [Target("D2", {"x": np.ones(3)})])
    with pytest.raises(ValueError, match="1 occasions, but 2"):
        linear_program([(system, 0.0), (system, 5.0)], grid)


def test_kinetics_steady_state_goes_on_in_the_driver():
    system = SYSTEMS["chain of everything"](np.random.default_rng(9))
    doses = Doses([0.0, 24.0], 10.0)
    state = steady_state(system, Doses([0.0], 10.0), 24.0).state
    on = simulate_linear(system, doses, HOURS, initial=state, backend="jax")
    cycle = simulate_linear(
        system, doses, HOURS, cycle=Cycle(Doses([0.0], 10.0), 24.0), backend="jax"
    )
    for name in on.concentrations:
        assert close_to_peak(on.concentrations[name], cycle.concentrations[name]) <= SAME
