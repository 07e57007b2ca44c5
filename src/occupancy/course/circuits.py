"""Circuits driven by a course: the occupancies of its targets become their inputs, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from occupancy.circuit import Circuit, CircuitError, parameter_draws, run, steady
from occupancy.circuit.ageing import Aged, aged, in_aged
from occupancy.circuit.catalogue import circuit as circuit_called
from occupancy.circuit.dyskinesia import patient
from occupancy.circuit.parameters import parameters_of
from occupancy.course.circuit_drivers import DRIVERS, targets_behind
from occupancy.course.driven import Driven
from occupancy.course.link import Link
from occupancy.course.sampling import Array
from occupancy.course.simulation import Trajectory, concentrations_of
from occupancy.drugs import binding, targets_of
from occupancy.engine import InputCourse
from occupancy.evidence import DrugRecord, circuit_record

RTOL = 3e-4
"""Relative error asked of a circuit under a course; the occupancies are known far less well."""
NEAR = 1e-3
"""Occupancies are handed on as straight lines that miss them by at most this."""
STEPS_H, MOST_POINTS = (1.0, 2.0, 3.0, 4.0, 6.0), 6000
"""Hours between occupancies, the first that needs no more points; else 12."""


def with_circuits(
    course: Trajectory,
    names: Sequence[str],
    *,
    open_parameters: bool = False,
    ageing: str | None = None,
) -> Trajectory:
    """The course with circuits driven by it, in `circuits` by name.

    Args:
        course: what is given to whom.
        names: circuits, of `occupancy.circuit.catalogue.NAMES`.
        open_parameters: also draw those parameters of the circuits that the evidence leaves open.
        ageing: a scenario of `occupancy.circuit.ageing.SCENARIOS`, at the age of the person; None
            leaves the circuits those of youth.

    Raises:
        CircuitError: an unknown circuit, one driven by targets the drug does not have, an
            unknown scenario, one that leaves a circuit as it is, or a person without an age.
    """
    driven = {name: drive(course, name, open_parameters, ageing) for name in dict.fromkeys(names)}
    return replace(course, circuits=driven)


def drive(
    course: Trajectory, name: str, open_parameters: bool = False, ageing: str | None = None
) -> Driven:
    """The circuit called `name` under the occupancies of `course`. Raises as `with_circuits`."""
    circuit = circuit_called(name)
    links, notes = _links(course, name)
    sampling = course.setting.subject.sampler.sampling
    parameters: dict[str, Array] = {}
    if open_parameters and sampling.draws > 1:
        parameters = parameter_draws(circuit, sampling.draws, sampling.seed)
    efficacy = 0.0
    if "D2" in links and _partial_agonist(course.setting.product.record):
        assumed = {one.name: one.value for one in circuit_record("dyskinesia").figure}
        efficacy = assumed["partial_agonist_efficacy"]
        notes.append(
            f"a partial agonist at D2: an efficacy of {efficacy:g} of dopamine's is assumed where "
            "the circuit takes one; as a block of autoreceptors it is overstated"
        )
    grid = _grid(float(course.time_h[-1]), course.plan.table.time_h)
    held = concentrations_of(course.setting.subject, course.plan, grid)
    occupancy = {target: np.clip(one.occupancy(held).T, 0.0, 1.0) for target, one in links.items()}
    p = parameters_of(circuit)
    inputs = {
        one.input: np.ascontiguousarray(
            np.broadcast_to(one.of(occupancy, p, efficacy), (grid.size, sampling.draws))
        )
        for one in DRIVERS[name]
        if any(target in links for target in one.targets)
    }
    if ageing is not None:
        old = in_aged(circuit, _brain(course, ageing), inputs, parameters)
        shape = (grid.size, sampling.draws)
        inputs = {key: np.array(np.broadcast_to(x, shape)) for key, x in old.inputs.items()}
        parameters = old.parameters
        notes += old.notes
    y0, begun = _start(course, circuit, inputs, grid, parameters)
    kept = straight(grid, inputs)
    whole = InputCourse(grid[kept], {key: x[kept] for key, x in inputs.items()}, "linear")
    found = run(circuit, whole, course.time_h, parameters, y0=y0, rtol=RTOL)
    return Driven(found, tuple(links), (*notes, *begun))


def _brain(course: Trajectory, ageing: str) -> Aged:
    """The person's brain under a scenario."""
    person = course.setting.person
    if person is None or person.age_y is None:
        raise CircuitError("a scenario of ageing needs the person's age; give it in years.")
    return aged(ageing, person.age_y, circuit_record("dyskinesia").parameters()["a_rest"].value)


def straight(time_h: Array, columns: Mapping[str, Array], near: float = NEAR) -> NDArray[np.intp]:
    """Rows to keep so that straight lines between them miss no value by more than `near`.

    `columns` are (times, ...); a column that leaves 0..1 is measured in units of its largest
    value. Every row left out lies within `near` of the line, for everybody at once.
    """
    values = np.concatenate([x.reshape(len(x), -1) for x in columns.values()], axis=1)
    values = values / np.maximum(np.abs(values).max(axis=0), 1.0)
    kept, start = [0], 0
    low, high = _open(values)
    for i in range(1, len(values)):
        slope = (values[i] - values[start]) / (time_h[i] - time_h[start])
        if ((slope < low) | (slope > high)).any():
            start = i - 1
            kept.append(start)
            slope = (values[i] - values[start]) / (time_h[i] - time_h[start])
            low, high = _open(values)
        reach = near / (time_h[i] - time_h[start])
        low, high = np.maximum(low, slope - reach), np.minimum(high, slope + reach)
    return np.asarray([*kept, len(values) - 1] if len(values) > 1 else kept)


def _open(values: Array) -> tuple[Array, Array]:
    return np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)


def _links(course: Trajectory, name: str) -> tuple[dict[str, Link], list[str]]:
    """What links the drug to the circuit's targets: of the course, measured, else from Ki."""
    record = course.setting.product.record
    wanted, measured = targets_behind(name), targets_of(record)
    known = targets_of(record, anchored=True)
    chosen = [t for t in wanted if t in course.targets or t in measured]
    chosen = chosen or [t for t in wanted if t in known]
    if not chosen:
        raise CircuitError(
            f"circuit {name!r} is driven by occupancy of {_or(wanted)}, and {record.name} has "
            f"none on record; it has {', '.join(known) or 'no target'}."
        )
    links = {
        target: course.targets[target].link
        if target in course.targets
        else course.setting.link(binding(record, target))
        for target in chosen
    }
    notes = [
        f"{target} from a ratio of affinities, not measured in people"
        for target, one in links.items()
        if one.basis != "in vivo"
    ]
    return links, notes


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _partial_agonist(record: DrugRecord) -> bool:
    return any(one.partial_agonist for one in record.occupancy if one.target == "D2")


def _grid(until_h: float, dose_h: Array) -> Array:
    step = next((s for s in STEPS_H if until_h / s <= MOST_POINTS), 12.0)
    even = np.arange(0.0, until_h + 0.5 * step, step)
    return np.unique(np.concatenate([even[even <= until_h], dose_h[dose_h <= until_h], [until_h]]))


def _start(
    course: Trajectory,
    circuit: Circuit,
    inputs: Mapping[str, Array],
    grid: Array,
    parameters: Mapping[str, Array],
) -> tuple[Array | None, tuple[str, ...]]:
    """States at the first dose: rest, the adapted state, or a patient's; with what was assumed."""
    if course.plan.first_cycle is not None:
        within = grid <= float(course.plan.first_cycle.interval_h[0])
        mean = {name: x[within].mean(axis=0) for name, x in inputs.items()}
        text = "begins at the fixed point under the mean occupancy of a dosing cycle"
        return steady(circuit, mean, parameters).y, (f"{circuit.name} {text}",)
    if circuit.name == "dyskinesia" and "d2" not in inputs:
        y = np.stack(np.broadcast_arrays(*patient(parameters_of(circuit, parameters))))
        score = f"{np.median(y[circuit.state_names.index('AIMS')]):.0f}"
        text = f"begins in a person whose movement score is {score} without the drug"
        return y, (f"dyskinesia {text}, by downstream gain alone (a hypothesis)",)
    return None, ()
