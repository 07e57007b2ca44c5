"""Affinities of a drug at a target, and how far their ratios may be off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from statistics import median

import numpy as np
from numpy.typing import NDArray

from occupancy.drugs.binding import AFFINITIES
from occupancy.evidence import Figure, priors
from occupancy.evidence.draws import standard_draws
from occupancy.evidence.drugrecord import DrugRecord

Values = NDArray[np.float64]


def affinities_of(record: DrugRecord, analytes: Set[str]) -> dict[str, list[Figure]]:
    """Affinities by target, in the order of the record; never recalled ones.

    A figure without an analyte is the parent's.
    """
    parents = {one.name for one in record.analyte if one.role != "metabolite"}
    found: dict[str, list[Figure]] = {}
    for one in record.figure:
        if one.quantity not in AFFINITIES or one.target is None or one.status == "recalled":
            continue
        if one.analyte in analytes or (one.analyte is None and parents & analytes):
            found.setdefault(one.target, []).append(one)
    return found


def named_alike(target: str, table: Mapping[str, object]) -> str | None:
    """The key of `table` that is `target`, whatever its capitals."""
    return next((name for name in table if name.lower() == target.lower()), None)


def central_affinity(figures: Sequence[Figure], cite: str | None = None) -> float:
    """The affinity of one table where it has one, else the median; Ki before Kd, nM."""
    for chosen in (
        [one for one in figures if one.cite == cite],
        [one for one in figures if one.quantity == "Ki"],
    ):
        if chosen:
            return float(median(one.canonical(one.central) for one in chosen))
    return float(median(one.canonical(one.central) for one in figures))


def same_table(
    here: Sequence[Figure], anchor: Sequence[Figure]
) -> tuple[Figure, Figure] | tuple[None, None]:
    """Affinities of target and anchor from one table; none where no table has both."""
    for one in here:
        for reference in anchor:
            if one.cite == reference.cite and one.quantity == reference.quantity:
                return one, reference
    return None, None


def ratio_draws(drug: str, analyte: str, target: str, anchor: str, draws: int, seed: int) -> Values:
    """Factor on an affinity ratio, (draws,): 1 at the anchor, which is given."""
    if draws == 1 or (target == anchor):
        return np.ones(draws)
    spread = next(one for one in priors().figure if one.quantity == "log10 SD")
    key = f"{drug}/{analyte}/{target}/Ki ratio"
    return 10.0 ** (spread.central * standard_draws(draws, seed, key))
