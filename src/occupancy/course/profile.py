"""The receptor profile of a dose: every target with an affinity on record, over the last cycle.

A regimen gives the occupancy of an anchor target, measured in people, and the concentrations of
parent and metabolites. The anchor places the profile (`occupancy.circuit.profile`); a target that
was itself measured in people is answered by its own study, with what the affinities say beside.

Metabolites take part with their molar concentration in plasma relative to the parent's, as if
they reached the brain as the parent does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from occupancy.circuit.profile import ReceptorProfile, TargetRow, receptor_profile
from occupancy.circuit.profile_windows import outside_windows
from occupancy.circuit.serotonin_dopamine import modulated_d2
from occupancy.course.metrics import CycleMetrics, cycle_metrics
from occupancy.course.profile_anchor import anchor_of, known_targets, metabolite_ratios
from occupancy.course.sampling import Array, Sampling
from occupancy.course.simulation import Trajectory, trajectory
from occupancy.evidence import DrugRecord, circuit_record
from occupancy.person import Person
from occupancy.regimen import Regimen

RECORD = "receptor_profile"


@dataclass(frozen=True, eq=False)
class ProfileTarget:
    """One target of a dose.

    Attributes:
        row: what the affinities say.
        cycle: peak, trough and average, (draws,), by the target's own study where there is one.
        basis: "in vivo", "anchored from Ki", or "stated" for an anchor that was given.
        from_Ki: the average that the affinities give, where `cycle` is measured.
        parent: share of the average held by the parent alone, (draws,), from the affinities.
        saturated: the median average lies above the recorded limit.

    `row`, `from_Ki` and `parent` are None for a target measured in people that has no affinity
    on record.
    """

    target: str
    row: TargetRow | None
    cycle: CycleMetrics
    basis: str
    from_Ki: Array | None
    parent: Array | None
    saturated: bool


@dataclass(frozen=True, eq=False)
class Modulation:
    """The hypothesis that 5-HT2A blockade raises dopamine, (draws,) each.

    `strength` is alpha; `D2` and `signal` are what it makes of D2 occupancy and signal,
    `signal_without` the signal left with dopamine as it was.
    """

    strength: float
    D2: Array
    signal: Array
    signal_without: Array


@dataclass(frozen=True, eq=False)
class DoseProfile:
    """Every target of a drug under a regimen, or at a stated occupancy of its anchor.

    Attributes:
        drug: name of the record.
        course: the simulated course; None where the anchor's occupancy was stated.
        anchor: the target that places the profile.
        targets: the most occupied first.
        metabolites: by analyte, molar concentration relative to the parent's, (draws,).
        profile: the affinities' side, with windows and verdict.
        modulation: the 5-HT2A hypothesis, where it was asked for.
        seed: of the draws.
        warnings: what to be careful about.
    """

    drug: str
    course: Trajectory | None
    anchor: str
    targets: tuple[ProfileTarget, ...]
    metabolites: Mapping[str, Array]
    profile: ReceptorProfile
    modulation: Modulation | None
    seed: int
    warnings: tuple[str, ...]

    def __getitem__(self, target: str) -> ProfileTarget:
        """The line of `target`. Raises ValueError naming what there is."""
        for one in self.targets:
            if one.target.lower() == target.lower():
                return one
        raise ValueError(
            f"no affinity of {self.drug} for {target!r} is on record; there are "
            f"{', '.join(one.target for one in self.targets)}."
        )


def profile_of_dose(
    given: Regimen,
    *,
    person: Person | None = None,
    anchor: str | None = None,
    metabolites: bool = True,
    modulation: float | None = None,
    sampling: Sampling | None = None,
    kinetics: str | None = None,
) -> DoseProfile:
    """The profile of a regimen over its last dosing cycle.

    Args:
        given: what is given. A last phase without an end is read at steady state.
        person: whose course; None is the reference adult.
        anchor: a target measured in people; None takes the first that has an affinity.
        metabolites: whether metabolites that the kinetics follow take part.
        modulation: strength of the 5-HT2A hypothesis, 0..1; None leaves it out.
        sampling: draws, seed, and whether people differ.
        kinetics: another kinetic model of the record.

    Raises:
        ValueError: no target measured in people has an affinity on record, an anchor that was
            not measured, unknown names, or a strength outside 0..1.
    """
    if given.phases[-1].duration_h is None and len(given.phases) == 1:
        given = replace(given, steady_state=True)
    sampling = sampling or Sampling()
    course = trajectory(given, person=person, sampling=sampling, kinetics=kinetics)
    record = course.setting.product.record
    here = anchor_of(record, anchor)
    ratios = metabolite_ratios(course, record) if metabolites else {}
    fine = course.cycle_h
    occupancy = {
        name: one.link.occupancy(course.cycle_concentrations)
        for name, one in course.targets.items()
    }
    profile = receptor_profile(
        record.name,
        np.clip(occupancy[here], 0.0, 1.0 - 1e-9),
        anchor=here,
        metabolites=ratios,
        seed=sampling.seed,
    )
    cycles = {row.target: cycle_metrics(fine, row.occupancy, None) for row in profile.rows}
    measured = {name: cycle_metrics(fine, values, None) for name, values in occupancy.items()}
    targets = [
        _target(name, None, cycle, "in vivo")
        for name, cycle in measured.items()
        if name not in cycles
    ]
    targets += [
        _target(
            row.target,
            row,
            measured.get(row.target, cycles[row.target]),
            "in vivo" if row.target in measured else "anchored from Ki",
            cycles[row.target].average if row.target in measured else None,
            cycle_metrics(fine, row.parent, None).average,
        )
        for row in profile.rows
    ]
    found = (record, course, here, targets, ratios, profile)
    return _finished(*found, modulation, sampling.seed, list(course.warnings))


def profile_at(
    drug: str,
    occupancy: float,
    *,
    anchor: str | None = None,
    metabolites: Mapping[str, float] | None = None,
    modulation: float | None = None,
    draws: int = 200,
    seed: int = 0,
) -> DoseProfile:
    """The profile where a stated share of the anchor is held, whatever dose that takes.

    Args:
        drug: name, synonym or form of the drug.
        occupancy: of the anchor, 0 to below 1.
        anchor: target that places the profile; None takes the first with an affinity, one
            measured in people where there is one.
        metabolites: by analyte, the concentration relative to the parent's.
        modulation: strength of the 5-HT2A hypothesis, 0..1; None leaves it out.
        draws, seed: of the affinity ratios.

    Raises:
        ValueError: unknown names, or an occupancy, ratio or strength that cannot be.
    """
    from occupancy.drugs import resolve

    record = resolve(drug).record
    if anchor is None:
        known = known_targets(record)
        if not known:
            raise ValueError(f"{record.name} has no affinity on record, so no profile")
        measured = [model.target for model in record.occupancy if model.target in known]
        anchor = (measured or known)[0]
    profile = receptor_profile(
        record.name,
        occupancy,
        anchor=anchor,
        metabolites=metabolites,
        draws=draws,
        seed=seed,
    )
    targets = [
        _target(
            row.target,
            row,
            CycleMetrics(row.occupancy, row.occupancy, row.occupancy, None),
            "stated" if row.target == profile.anchor else "anchored from Ki",
            parent=row.parent,
        )
        for row in profile.rows
    ]
    ratios = {name: np.full(draws, float(value)) for name, value in (metabolites or {}).items()}
    found = (record, None, profile.anchor, targets, ratios, profile)
    return _finished(*found, modulation, seed, [])


def _target(
    target: str,
    row: TargetRow | None,
    cycle: CycleMetrics,
    basis: str,
    from_Ki: Array | None = None,
    parent: Array | None = None,
) -> ProfileTarget:
    limit = circuit_record(RECORD).parameters()["saturated_above"].value
    return ProfileTarget(
        target=target,
        row=row,
        cycle=cycle,
        basis=basis,
        from_Ki=from_Ki,
        parent=parent,
        saturated=float(np.median(cycle.average)) > limit,
    )


def _finished(
    record: DrugRecord,
    course: Trajectory | None,
    anchor: str,
    targets: list[ProfileTarget],
    ratios: Mapping[str, Array],
    profile: ReceptorProfile,
    modulation: float | None,
    seed: int,
    warnings: list[str],
) -> DoseProfile:
    targets.sort(key=lambda one: -float(np.median(one.cycle.average)))
    medians = {one.target: float(np.median(one.cycle.average)) for one in targets}
    outside = outside_windows(record, medians)
    full = [one.target for one in targets if one.saturated]
    profile = replace(profile, outside=outside, full=tuple(full))
    return DoseProfile(
        drug=record.name,
        course=course,
        anchor=anchor,
        targets=tuple(targets),
        metabolites=ratios,
        profile=profile,
        modulation=None if modulation is None else _modulated(record, targets, modulation),
        seed=seed,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _modulated(record: DrugRecord, targets: list[ProfileTarget], strength: float) -> Modulation:
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength = {strength:g} is not allowed; give 0 (off) to 1")
    held = {one.target: one.cycle.average for one in targets}
    missing = [name for name in ("D2", "5-HT2A") if name not in held]
    if missing:
        raise ValueError(
            f"the 5-HT2A hypothesis needs D2 and 5-HT2A; {record.name} has no affinity for "
            f"{missing[0]} on record"
        )
    p = circuit_record(RECORD).parameters()
    a, half = p["dopamine_ratio"].value, p["gate_half"].value
    with_it = modulated_d2(held["D2"], held["5-HT2A"], strength, a, half)
    without = modulated_d2(held["D2"], held["5-HT2A"], 0.0, a, half)
    return Modulation(strength, with_it.occupancy, with_it.signal, without.signal)
