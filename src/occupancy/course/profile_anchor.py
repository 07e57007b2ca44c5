"""What places a receptor profile: an anchor target, and how much there is of each metabolite."""

import numpy as np

from occupancy.course.metrics import cycle_metrics
from occupancy.course.sampling import Array
from occupancy.course.simulation import Trajectory
from occupancy.drugs.binding import AFFINITIES
from occupancy.evidence import DrugRecord


def known_targets(record: DrugRecord) -> list[str]:
    """Targets with an affinity of the parent."""
    parents = {one.name for one in record.analyte if one.role != "metabolite"} | {None}
    targets = (
        one.target
        for one in record.figure
        if one.quantity in AFFINITIES and one.status != "recalled" and one.analyte in parents
    )
    return list(dict.fromkeys(one for one in targets if one is not None))


def anchor_of(record: DrugRecord, wanted: str | None) -> str:
    """A target measured in people that also has an affinity of the parent.

    Raises:
        ValueError: there is none, or `wanted` is not one.
    """
    measured = list(dict.fromkeys(model.target for model in record.occupancy))
    known = known_targets(record)
    possible = [target for target in measured if target in known]
    if wanted is not None:
        for target in possible:
            if target.lower() == wanted.lower():
                return target
        raise ValueError(
            f"{record.name} cannot be anchored on {wanted!r}: an anchor was measured in people and "
            f"has an affinity on record; possible: {', '.join(possible) or 'none'}"
        )
    if not possible:
        instead = (
            "name an occupancy instead, as in --at 0.6"
            if known
            else "`occupancy course` shows what was measured"
        )
        raise ValueError(
            f"no dose of {record.name} can be placed: no target of it has both a study in people "
            f"({', '.join(measured) or 'none'}) and an affinity of the parent on record; {instead}"
        )
    return possible[0]


def metabolite_ratios(course: Trajectory, record: DrugRecord) -> dict[str, Array]:
    """Molar plasma concentration of each followed metabolite with an affinity, over the parent's.

    Averages of the last cycle; the parent is everything followed that is no metabolite.
    """
    mass = {one.name: one.molar_mass for one in record.analyte}
    role = {one.name: one.role for one in record.analyte}
    with_affinity = {
        one.analyte
        for one in record.figure
        if one.quantity in AFFINITIES and one.status != "recalled"
    }
    molar = {
        name: cycle_metrics(course.cycle_h, values, None).average / mass[name]
        for name, values in course.cycle_concentrations.items()
        if mass.get(name)
    }
    parents = [values for name, values in molar.items() if role[name] != "metabolite"]
    if not parents:
        return {}
    parent = np.sum(parents, axis=0)
    return {
        name: values / parent
        for name, values in molar.items()
        if role[name] == "metabolite" and name in with_affinity
    }
