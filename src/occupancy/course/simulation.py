"""The chain composed: regimen -> plasma and brain -> occupancy, over time, with draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import EllipsisType
from typing import TYPE_CHECKING, Literal

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.exposure import average_exposure
from occupancy.course.horizon import output_times
from occupancy.course.link import Link
from occupancy.course.metrics import CycleMetrics, cycle_metrics, time_to_share
from occupancy.course.plan import Plan, plan_of_events, plan_of_regimen
from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.course.window import TargetWindow, window_of
from occupancy.drugs import Source, binding, targets_of
from occupancy.evidence.quantiles import median
from occupancy.kinetics import Doses, simulate_epochs, steady_state
from occupancy.kinetics.distinct import merged_times
from occupancy.person import Person
from occupancy.regimen import Regimen, SubjectEvents

if TYPE_CHECKING:
    from occupancy.course.driven import Driven

#: Points of the finely sampled last dosing cycle, from which peak and trough are read.
CYCLE_POINTS = 97
STEADY_SHARE = 0.95


@dataclass(frozen=True)
class TargetCourse:
    """Occupancy of one target over a course; occupancy (draws, T) as a fraction."""

    link: Link
    occupancy: Array
    window: TargetWindow | None
    cycle: CycleMetrics


@dataclass(frozen=True)
class Trajectory:
    """A regimen of one drug in one person: concentrations and occupancies with draws.

    Attributes:
        setting: the drug in the person, with its sampling.
        plan: what was given, laid out in time.
        time_h: shape (T,), hours from the first dose.
        concentrations: per analyte or brain site, ng/mL, shape (draws, T).
        cycle_h: fine times over the last dosing cycle, with `cycle_concentrations` there.
        targets: per target.
        steady_h: time at which the typical daily exposure reaches 95 % of its steady state, or
            None when the course ends before.
        sources: the figures behind all of it.
        reasons: what the person's traits did, in sentences.
        warnings: what to be careful about.
        circuits: circuits driven by the occupancies, see `course.circuits.with_circuits`.
    """

    setting: Setting
    plan: Plan
    time_h: Array
    concentrations: Mapping[str, Array]
    cycle_h: Array
    cycle_concentrations: Mapping[str, Array]
    targets: Mapping[str, TargetCourse]
    steady_h: float | None
    sources: tuple[Source, ...]
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    circuits: Mapping[str, "Driven"] = field(default_factory=dict)


def trajectory(
    given: Regimen | SubjectEvents,
    *,
    drug: str | None = None,
    person: Person | None = None,
    targets: Sequence[str] | None = None,
    days: float | None = None,
    sampling: Sampling | None = None,
    kinetics: str | None = None,
    models: Mapping[str, str] | None = None,
) -> Trajectory:
    """Simulate a regimen, or the doses of one subject of an event table.

    Args:
        given: what is given; a regimen's own drug name is used unless `drug` is given.
        drug: name, synonym or form of the drug.
        person: whose course; None is the reference adult.
        targets: which targets; None takes those measured in vivo.
        days: how long to show; None follows the regimen.
        sampling: draws, seed, and whether people differ.
        kinetics: name of another kinetic model of the record.
        models: per target, the name of another occupancy model of the record.

    Raises:
        ValueError: an unknown drug, form, target or model, a person or a regimen that cannot
            be; the message says what is allowed.
    """
    name = drug if drug is not None or isinstance(given, SubjectEvents) else given.drug
    if name is None:
        raise ValueError(
            "the regimen names no drug; write it first, as in 'citalopram 20 mg daily'"
            if isinstance(given, Regimen)
            else "an event table names no drug; give it as `drug`"
        )
    plan = (
        plan_of_regimen(given, days)
        if isinstance(given, Regimen)
        else plan_of_events(given, name, days)
    )
    where = setting(
        name,
        person=person,
        sampling=sampling or Sampling(),
        kinetics=kinetics,
        route=plan.route,
    )
    found = trajectory_in(where, plan, targets=targets, models=models)
    if isinstance(given, SubjectEvents):
        refused = (f"the event table, {problem}" for problem in given.refused)
        found = replace(found, warnings=(*refused, *found.warnings))
    return found


def trajectory_in(
    where: Setting,
    plan: Plan,
    *,
    targets: Sequence[str] | None = None,
    models: Mapping[str, str] | None = None,
) -> Trajectory:
    """Simulate a plan in a setting that stands already, as `trajectory` does.

    Raises:
        ValueError: an unknown target or model.
    """
    shown = output_times(plan.until_h)
    fine = np.linspace(*plan.last_cycle_h, CYCLE_POINTS)
    times = merged_times(shown, fine)
    concentrations = concentrations_of(where.subject, plan, times)
    return read_out(where, plan, (times, shown, fine), concentrations, targets, models)


def concentrations_of(
    subject: Assembled,
    plan: Plan,
    times: Array,
    per_dose: Array | None = None,
    backend: Literal["numpy", "jax"] = "numpy",
) -> dict[str, Array]:
    """Concentrations (draws, T) of a plan, with clearance following the daily dose.

    `per_dose` (draws, doses) multiplies the amount absorbed of each dose of `plan.table`; a
    start at steady state has none. `backend` "jax" computes on JAX's device, to 1e-12 of the
    peak the same.
    """
    stages = []
    daily = 0.0
    for epoch in plan.epochs:
        # Without doses the clearance stays what the last doses made it.
        daily = epoch.daily_dose_mg if epoch.daily_dose_mg > 0 else daily
        stages.append((subject.system(daily or None, plan.table), epoch.start_h))
    if subject.model.CL_of_dose is None:
        stages = stages[:1]
    initial = None
    if plan.first_cycle is not None:
        cycle = plan.first_cycle
        initial = steady_state(
            subject.system(float(cycle.daily_dose_mg[0]), cycle),
            Doses(cycle.time_h, cycle.amount_mg),
            float(cycle.interval_h[0]),
            bioavailability=subject.bioavailability(cycle.amount_mg[None, :]),
        ).state
    available = subject.bioavailability(plan.table.amount_mg[None, :])
    if per_dose is not None:
        available = available * per_dose
    doses, shape = Doses(plan.table.time_h, plan.table.amount_mg), (subject.draws, times.size)
    if backend == "jax":
        from occupancy.engine import simulate_linear

        course = simulate_linear(
            stages, doses, times, bioavailability=available, initial=initial, backend="jax"
        )
        return {k: np.broadcast_to(C.T, shape) for k, C in course.concentrations.items()}
    result = simulate_epochs(stages, doses, times, bioavailability=available, initial=initial)
    return {name: np.broadcast_to(result[name], shape) for name in result.names}


def read_out(
    where: Setting,
    plan: Plan,
    grids: tuple[Array, Array, Array],
    concentrations: Mapping[str, Array],
    targets: Sequence[str] | None,
    models: Mapping[str, str] | None,
    steady_h: float | EllipsisType | None = ...,
) -> Trajectory:
    """Occupancies and metrics of concentrations that are known.

    Args:
        where: the drug in the person.
        plan: what was given.
        grids: all times, those shown, and those of the last cycle.
        concentrations: per analyte, (draws, T) at all times.
        targets: as in `trajectory`; `models` likewise.
        steady_h: where it is known already; found from the concentrations otherwise.
    """
    times, shown, fine = grids
    at_shown, at_fine = np.searchsorted(times, shown), np.searchsorted(times, fine)
    record = where.subject.product.record
    names = tuple(targets) if targets is not None else targets_of(record)
    bindings = [binding(record, name, (models or {}).get(name)) for name in names]
    highest = float(plan.table.daily_dose_mg.max(initial=0.0))
    courses: dict[str, TargetCourse] = {}
    warnings = list(where.warnings)
    for bound in bindings:
        link = where.link(bound)
        if link.studied_mg is not None and highest > link.studied_mg[1]:
            warnings.append(
                f"{highest:g} mg/day is above every dose studied at {bound.target} "
                f"({link.studied_mg[0]:g}-{link.studied_mg[1]:g} mg); the band is widened"
            )
            link = link.widened(highest)
        occupancy = link.occupancy(concentrations)
        window = window_of(bound, record)
        limits = None if window is None else (window.low, window.high)
        courses[bound.target] = TargetCourse(
            link=link,
            occupancy=occupancy[:, at_shown],
            window=window,
            cycle=cycle_metrics(fine, occupancy[:, at_fine], limits),
        )
    if not bindings:
        warnings.append(
            f"no occupancy figure for {record.name}: "
            + ("; ".join(gap.what for gap in record.gap) or "only its kinetics are shown")
        )
    binding_analytes = dict.fromkeys(n for one in courses.values() for n in one.link.EC50)
    active = tuple(binding_analytes) or tuple(concentrations)
    steady = steady_h
    if isinstance(steady, EllipsisType):
        steady = _steady_time(where.subject, plan, times, concentrations, active)
    if steady is None and plan.running_h is not None:
        warnings.append("steady state is not reached within the course shown")
    return Trajectory(
        setting=where,
        plan=plan,
        time_h=shown,
        concentrations={name: values[:, at_shown] for name, values in concentrations.items()},
        cycle_h=fine,
        cycle_concentrations={n: values[:, at_fine] for n, values in concentrations.items()},
        targets=courses,
        steady_h=steady,
        sources=where.sources(bindings),
        reasons=where.subject.effects.reasons,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _steady_time(
    subject: Assembled,
    plan: Plan,
    times: Array,
    concentrations: Mapping[str, Array],
    active: Sequence[str],
) -> float | None:
    """When the cycle average reaches 95 % of its steady state, in the median draw.

    The slowest of the `active` analytes decides. Only a last phase that gives doses is judged.
    """
    start = plan.running_h
    if start is None:
        return None
    if plan.first_cycle is not None and start == 0.0:
        return 0.0
    cycle = plan.last_cycle_h[1] - plan.last_cycle_h[0]
    daily = float(plan.table.daily_dose_mg[-1])
    goal = average_exposure(subject, np.array([daily * cycle / 24.0]), cycle)
    edges = np.arange(start, times[-1] + 1e-9, cycle)
    if edges.size < 2:
        return None
    at = np.clip(np.searchsorted(times, edges), 1, times.size - 1)
    after = np.minimum((edges - times[at - 1]) / (times[at] - times[at - 1]), 1.0)
    latest = 0.0
    for name in active:
        if not goal[name].all():
            continue  # an analyte that this person does not form
        values = concentrations[name]
        pieces = 0.5 * (values[:, 1:] + values[:, :-1]) * np.diff(times)
        area = np.concatenate([np.zeros((len(values), 1)), np.cumsum(pieces, axis=1)], axis=1)
        at_edges = area[:, at - 1] * (1.0 - after) + area[:, at] * after
        share = np.diff(at_edges, axis=1) / cycle / goal[name]
        reached = time_to_share(edges[1:], median(share), 1.0, STEADY_SHARE)
        if reached is None:
            return None
        latest = max(latest, reached)
    return latest
