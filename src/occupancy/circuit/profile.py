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

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.circuit.error import CircuitError
from occupancy.circuit.profile_affinities import (
    affinities_of,
    central_affinity,
    named_alike,
    ratio_draws,
    same_table,
)
from occupancy.circuit.profile_windows import OutsideWindow, outside_windows
from occupancy.evidence import Figure, circuit_record, drug_record
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
        occupancy: share held by parent and metabolites together, (draws, ...).
        parent: share held by the parent alone, (draws, ...).
        figures: affinities of the parent here, the one used first.
        anchored_by: affinity of the parent at the anchor from the same table; None where no table
            has both, and medians stand in.
        saturated: the median lies above the recorded limit; uninformative about graded effects.
        measured: an occupancy model in people is on record for this target.
        without: analytes that take part but have no affinity here on record.
    """

    target: str
    occupancy: Values
    parent: Values
    figures: tuple[Figure, ...]
    anchored_by: Figure | None
    saturated: bool
    measured: bool
    without: tuple[str, ...]

    @property
    def Ki(self) -> tuple[float, ...]:
        """The affinities, nM, the one used first."""
        return tuple(one.canonical(one.central) for one in self.figures)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where they were published, in the same order."""
        return tuple(one.cite for one in self.figures)

    @property
    def spread(self) -> float:
        """Largest over smallest of them; 1 where there is one or none."""
        return max(self.Ki) / min(self.Ki) if self.figures else 1.0

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
        anchor_occupancy: what placed the profile, its median.
        rows: one per target, the anchor among them.
        outside: windows of targets that the profile lies outside of.
        full: targets too full to say anything about effects that grow with dose.
        caveats: what travels with it.
    """

    drug: str
    anchor: str
    anchor_occupancy: float
    rows: tuple[TargetRow, ...]
    outside: tuple[OutsideWindow, ...]
    full: tuple[str, ...]
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
    def verdict(self) -> str:
        """One paragraph: the windows, and which targets are saturated."""
        said = [one.text for one in self.outside]
        if self.full:
            said.append(
                f"{', '.join(self.full)} {'is' if len(self.full) == 1 else 'are'} nearly full: "
                "occupancy there cannot tell one dose from another, so graded effects cannot be "
                "read from it."
            )
        return " ".join(said) or f"{self.drug}: no window is missed and no target is saturated."


def receptor_profile(
    drug: str,
    occupancy: ArrayLike,
    *,
    anchor: str = "D2",
    metabolites: Mapping[str, ArrayLike] | None = None,
    endogenous: float = 0.0,
    draws: int = 1,
    seed: int = 0,
) -> ReceptorProfile:
    """The profile of `drug` where it holds `occupancy` of `anchor`.

    Args:
        drug: name on record.
        occupancy: share of the anchor held by parent and metabolites together, 0 to below 1; a
            number, or draws with more axes behind them, (draws, ...).
        anchor: target that places the profile.
        metabolites: by analyte, the free concentration at the site relative to the parent's, a
            number or (draws,).
        endogenous: scaled concentration a of the anchor's own transmitter, which the drug has to
            displace there: X = occupancy (1 + a) / (1 - occupancy). 0 takes the occupancy as
            seen at other targets too.
        draws: how many draws of the affinity ratios where `occupancy` is a number; 1 is the
            median.
        seed: seed of the draws.

    Raises:
        CircuitError: an occupancy outside [0, 1), a negative ratio, an unknown metabolite, or no
            affinity for the anchor.
        UnknownDrugError: no such drug.
    """
    record = drug_record(drug)
    held = np.asarray(occupancy, dtype=np.float64)
    if held.ndim == 0:
        held = np.full(draws, held)
    draws, tail = held.shape[0], (1,) * (held.ndim - 1)
    ratios = {
        name: np.broadcast_to(np.asarray(value, dtype=np.float64), (draws,))
        for name, value in (metabolites or {}).items()
    }
    _check(record, held, ratios, endogenous)
    tables = {name: affinities_of(record, {name}) for name in ratios}
    parents = {one.name for one in record.analyte if one.role != "metabolite"}
    parent = affinities_of(record, parents)
    here = named_alike(anchor, parent)
    if here is None:
        raise CircuitError(
            f"{drug} has no affinity for {anchor!r} on record; anchor on one of "
            f"{', '.join(parent) or 'none'}."
        )
    X = held * (1.0 + endogenous) / (1.0 - held)
    limit = circuit_record(RECORD).parameters()["saturated_above"].value
    measured = {model.target for model in record.occupancy}

    def spread_out(per_draw: Values) -> Values:
        return per_draw.reshape(per_draw.shape + tail)

    rows = []
    for target in dict.fromkeys([*parent, *(t for table in tables.values() for t in table)]):
        figures = parent.get(target, [])
        own, by = same_table(figures or parent[here], parent[here])
        table = None if by is None else by.cite
        Ki, Ki_anchor = (
            (central_affinity(figures or parent[here]), central_affinity(parent[here]))
            if own is None or by is None
            else (own.canonical(own.central), by.canonical(by.central))
        )
        scale = 1.0 / Ki_anchor + sum(
            spread_out(ratio) / central_affinity(tables[name][here], table)
            for name, ratio in ratios.items()
            if here in tables[name]
        )
        C = X / scale
        without = [] if figures else [record.name]
        shift = ratio_draws(drug, drug, target, here, draws, seed)
        x = [C / Ki / spread_out(shift) if figures else 0.0 * C]
        for name, ratio in ratios.items():
            if target not in tables[name]:
                without.append(name)
                continue
            Km = central_affinity(tables[name][target], table)
            other = ratio_draws(drug, name, target, here, draws, seed)
            x.append(spread_out(ratio / other) * C / Km)
        a = endogenous if target == here else 0.0
        stacked = np.stack([*x, np.full(C.shape, a)])
        theta = competition(stacked)
        total = 1.0 - free_fraction(stacked) - theta[-1]
        rows.append(
            TargetRow(
                target=target,
                occupancy=total,
                parent=theta[0],
                figures=tuple(sorted(figures, key=lambda one: one is not own)),
                anchored_by=by,
                saturated=float(np.median(total)) > limit,
                measured=target in measured,
                without=tuple(without),
            )
        )
    rows.sort(key=lambda row: -row.median)
    return ReceptorProfile(
        drug,
        here,
        float(np.median(held)),
        tuple(rows),
        outside_windows(record, {row.target: row.median for row in rows}),
        tuple(row.target for row in rows if row.saturated),
        circuit_record(RECORD).caveat,
    )


def weighted_index(profile: ReceptorProfile, weights: Mapping[str, float]) -> Values:
    """Return sum_k weight_k theta_k, (draws,): an index of its weights, not of benefit or harm.

    Raises:
        CircuitError: no weights, or one for a target without an affinity on record.
    """
    if not weights:
        raise CircuitError("weights is empty; name targets and their weights.")
    return np.sum([w * profile[name].occupancy for name, w in weights.items()], axis=0)


def _check(
    record: DrugRecord, occupancy: Values, ratios: Mapping[str, Values], endogenous: float
) -> None:
    wrong = ~((occupancy >= 0.0) & (occupancy < 1.0))
    if wrong.any():
        bad = float(occupancy[wrong].ravel()[0])
        raise CircuitError(f"occupancy is {bad:g}; it must lie from 0 to below 1.")
    if not endogenous >= 0.0:
        raise CircuitError(f"endogenous is {endogenous:g}; it must be 0 or more.")
    known = [one.name for one in record.analyte if one.role == "metabolite"]
    for name, ratio in ratios.items():
        if name not in known:
            raise CircuitError(
                f"{record.name} has no metabolite {name!r}; on record: "
                f"{', '.join(known) or 'none'}."
            )
        wrong = ~((ratio >= 0.0) & np.isfinite(ratio))
        if wrong.any():
            raise CircuitError(
                f"metabolites: {name!r} is {float(ratio[wrong][0]):g}; it must be 0 or more."
            )
