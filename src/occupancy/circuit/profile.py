"""Many targets at once: a drug and its metabolites at every receptor with a known affinity.

One number places the drug: its occupancy of an anchor target, such as D2. With X the scaled
concentration that gives it, and rho_m the metabolites' concentrations relative to the parent's,

    C = X / (1 / Ki_anchor + sum_m rho_m / Ki_anchor,m)          in units of the affinity table
    x_t = C / Ki_t + sum_m rho_m C / Ki_t,m,   theta_t = x_t / (1 + x_t)

Affinities are only ever used as ratios within one drug. They carry the recorded spread of such
ratios, so that every occupancy is a distribution. A target that is nearly full at the dose in
question says nothing about effects that grow with dose: it is marked saturated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.profile_windows import OutsideWindow, outside_windows
from occupancy.drugs.binding import AFFINITIES
from occupancy.evidence import Figure, circuit_record, drug_record, priors
from occupancy.evidence.draws import standard_draws
from occupancy.evidence.drugrecord import DrugRecord
from occupancy.laws import competition, free_fraction

Values = NDArray[np.float64]
RECORD = "receptor_profile"
BAND = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class TargetRow:
    """One target of a profile.

    Attributes:
        target: its name.
        occupancy: share held by parent and metabolites together, (draws,).
        parent: share held by the parent alone, (draws,).
        Ki: affinity of the parent, nM, the one used first and others after it.
        sources: where they were published, in the same order.
        spread: largest over smallest of them.
        saturated: the median lies above the recorded limit; uninformative about graded effects.
        measured: an occupancy model in people is on record for this target.
        without: metabolites that take part but have no affinity here on record.
    """

    target: str
    occupancy: Values
    parent: Values
    Ki: tuple[float, ...]
    sources: tuple[str, ...]
    spread: float
    saturated: bool
    measured: bool
    without: tuple[str, ...]

    @property
    def median(self) -> float:
        """Median occupancy."""
        return float(np.median(self.occupancy))

    @property
    def band(self) -> tuple[float, float]:
        """5 and 95 % quantiles of the occupancy."""
        low, high = np.quantile(self.occupancy, BAND)
        return float(low), float(high)


@dataclass(frozen=True, eq=False)
class ReceptorProfile:
    """A drug at all its targets, most occupied first.

    Attributes:
        drug, anchor: names.
        anchor_occupancy: what placed the profile.
        rows: one per target, the anchor among them.
        outside: windows of targets that the profile lies outside of.
        caveats: what travels with it.
    """

    drug: str
    anchor: str
    anchor_occupancy: float
    rows: tuple[TargetRow, ...]
    outside: tuple[OutsideWindow, ...]
    caveats: tuple[str, ...]

    def __getitem__(self, target: str) -> TargetRow:
        """The row of `target`. Raises CircuitError naming what there is."""
        for row in self.rows:
            if row.target.lower() == target.lower():
                return row
        raise CircuitError(
            f"no affinity of {self.drug} for {target!r} is on record; there are "
            f"{', '.join(row.target for row in self.rows)}."
        )

    @property
    def saturated(self) -> tuple[str, ...]:
        """Targets too full to say anything about effects that grow with dose."""
        return tuple(row.target for row in self.rows if row.saturated)

    @property
    def verdict(self) -> str:
        """One paragraph: the windows, and which targets are saturated."""
        said = [one.text for one in self.outside]
        if self.saturated:
            said.append(
                f"{', '.join(self.saturated)} are nearly full at this dose: occupancy there cannot "
                "tell one dose from another, so graded effects cannot be read from it."
            )
        return " ".join(said) or f"{self.drug}: no window is missed and no target is saturated."


def receptor_profile(
    drug: str,
    occupancy: float,
    *,
    anchor: str = "D2",
    metabolites: Mapping[str, float] | None = None,
    endogenous: float = 0.0,
    draws: int = 1,
    seed: int = 0,
) -> ReceptorProfile:
    """The profile of `drug` where it holds `occupancy` of `anchor`.

    Args:
        drug: name on record.
        occupancy: share of the anchor held by parent and metabolites together, 0 to below 1.
        anchor: target that places the profile.
        metabolites: by analyte, the free concentration at the site relative to the parent's.
        endogenous: scaled concentration a of the anchor's own transmitter, which the drug has to
            displace there: X = occupancy (1 + a) / (1 - occupancy). 0 takes the occupancy as
            seen at other targets too.
        draws: how many draws of the affinity ratios; 1 is the median.
        seed: seed of the draws.

    Raises:
        CircuitError: an occupancy outside [0, 1), a negative ratio, an unknown metabolite, or no
            affinity for the anchor.
        UnknownDrugError: no such drug.
    """
    record = drug_record(drug)
    ratios = dict(metabolites or {})
    _check(record, occupancy, ratios, endogenous)
    tables = {name: _affinities(record, name) for name in (record.analyte[0].name, *ratios)}
    parent = tables.pop(record.analyte[0].name)
    here = _named(anchor, parent)
    if here is None:
        raise CircuitError(
            f"{drug} has no affinity for {anchor!r} on record; anchor on one of "
            f"{', '.join(parent) or 'none'}."
        )
    X = occupancy * (1.0 + endogenous) / (1.0 - occupancy)
    limit = circuit_record(RECORD).parameters()["saturated_above"].value
    measured = {model.target for model in record.occupancy}
    rows = []
    for target, figures in parent.items():
        Ki, Ki_anchor, table = _pair(figures, parent[here])
        shift = _shift(drug, drug, target, here, draws, seed)
        scale = 1.0 / Ki_anchor + sum(
            ratio / _central(tables[name][here], table)
            for name, ratio in ratios.items()
            if here in tables[name]
        )
        C = X / scale
        x = [np.full(draws, C / Ki) / shift]
        without = []
        for name, ratio in ratios.items():
            if target not in tables[name]:
                without.append(name)
                continue
            other = _shift(drug, name, target, here, draws, seed)
            x.append(np.full(draws, ratio * C / _central(tables[name][target], table)) / other)
        a = endogenous if target == here else 0.0
        stacked = np.stack([*x, np.full(draws, a)])
        theta = competition(stacked)
        numbers = tuple(one.canonical(one.central) for one in _ordered(figures, Ki))
        total = 1.0 - free_fraction(stacked) - theta[-1]
        rows.append(
            TargetRow(
                target=target,
                occupancy=total,
                parent=theta[0],
                Ki=numbers,
                sources=tuple(one.cite for one in _ordered(figures, Ki)),
                spread=max(numbers) / min(numbers),
                saturated=float(np.median(total)) > limit,
                measured=target in measured,
                without=tuple(without),
            )
        )
    rows.sort(key=lambda row: -row.median)
    return ReceptorProfile(
        drug,
        here,
        occupancy,
        tuple(rows),
        outside_windows(record, {row.target: row.median for row in rows}),
        circuit_record(RECORD).caveat,
    )


def weighted_index(profile: ReceptorProfile, weights: Mapping[str, float]) -> Values:
    """Return sum_k weight_k theta_k, (draws,): an index of the weights given, not of efficacy.

    Raises:
        CircuitError: no weights, or one for a target without an affinity on record.
    """
    if not weights:
        raise CircuitError("weights is empty; name targets and their weights.")
    return np.sum([w * profile[name].occupancy for name, w in weights.items()], axis=0)


def document(profile: ReceptorProfile) -> dict[str, Any]:
    """The profile as a plain document for the command line and the web."""
    return {
        "schema": "receptor-profile",
        "drug": profile.drug,
        "anchor": {"target": profile.anchor, "occupancy": profile.anchor_occupancy},
        "targets": [
            {
                "target": row.target,
                "occupancy": row.median,
                "low": row.band[0],
                "high": row.band[1],
                "parent": float(np.median(row.parent)),
                "Ki_nM": list(row.Ki),
                "sources": list(row.sources),
                "saturated": row.saturated,
                "measured_in_people": row.measured,
                "metabolites_without_affinity": list(row.without),
            }
            for row in profile.rows
        ],
        "verdict": profile.verdict,
        "caveats": list(profile.caveats),
    }


def _check(
    record: DrugRecord, occupancy: float, ratios: Mapping[str, float], endogenous: float
) -> None:
    if not 0.0 <= occupancy < 1.0:
        raise CircuitError(f"occupancy is {occupancy:g}; it must lie from 0 to below 1.")
    if not endogenous >= 0.0:
        raise CircuitError(f"endogenous is {endogenous:g}; it must be 0 or more.")
    known = [one.name for one in record.analyte[1:]]
    for name, ratio in ratios.items():
        if name not in known:
            raise CircuitError(
                f"{record.name} has no metabolite {name!r}; on record: "
                f"{', '.join(known) or 'none'}."
            )
        if not (ratio >= 0.0 and np.isfinite(ratio)):
            raise CircuitError(f"metabolites: {name!r} is {ratio:g}; it must be 0 or more.")


def _affinities(record: DrugRecord, analyte: str) -> dict[str, list[Figure]]:
    """Affinities of one analyte by target, in the order of the record; never recalled ones."""
    parent = record.analyte[0].name
    found: dict[str, list[Figure]] = {}
    for one in record.figure:
        if one.quantity not in AFFINITIES or one.target is None or one.status == "recalled":
            continue
        if (one.analyte or parent) == analyte:
            found.setdefault(one.target, []).append(one)
    return found


def _named(target: str, table: Mapping[str, object]) -> str | None:
    return next((name for name in table if name.lower() == target.lower()), None)


def _central(figures: Sequence[Figure], cite: str | None = None) -> float:
    """The affinity of one table where it has one, else the median; Ki before Kd, nM."""
    for chosen in (
        [one for one in figures if one.cite == cite],
        [one for one in figures if one.quantity == "Ki"],
    ):
        if chosen:
            return float(median(one.canonical(one.central) for one in chosen))
    return float(median(one.canonical(one.central) for one in figures))


def _pair(here: Sequence[Figure], anchor: Sequence[Figure]) -> tuple[float, float, str | None]:
    """Affinities of target and anchor and their common table, else the medians and None."""
    for one in here:
        for reference in anchor:
            if one.cite == reference.cite and one.quantity == reference.quantity:
                return (
                    one.canonical(one.central),
                    reference.canonical(reference.central),
                    one.cite,
                )
    return _central(here), _central(anchor), None


def _ordered(figures: Sequence[Figure], first: float) -> list[Figure]:
    return sorted(figures, key=lambda one: one.canonical(one.central) != first)


def _shift(drug: str, analyte: str, target: str, anchor: str, draws: int, seed: int) -> Values:
    """Factor on an affinity ratio, (draws,): 1 at the anchor, which is given."""
    if draws == 1 or (target == anchor):
        return np.ones(draws)
    spread = next(one for one in priors().figure if one.quantity == "log10 SD")
    key = f"{drug}/{analyte}/{target}/Ki ratio"
    return 10.0 ** (spread.central * standard_draws(draws, seed, key))
