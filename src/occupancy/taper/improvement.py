"""The next product worth asking for: what the best plan would become with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from occupancy.taper.ladder import Array, distinct, ladder
from occupancy.taper.minimax import minimax
from occupancy.taper.plan import Plan

OccupancyOf = Callable[[Array], ArrayLike | Mapping[str, ArrayLike]]


@dataclass(frozen=True)
class Improvement:
    """The best plan once more doses can be made.

    Attributes:
        name: of the candidate product.
        plan: the best plan of as many steps, with it.
        gain: how much smaller the worst drop becomes, a fraction; 0 when it does not help.
        new_mg: doses of that plan that could not be made before.
    """

    name: str
    plan: Plan
    gain: float
    new_mg: tuple[float, ...]


def worth_asking(
    dose_mg: ArrayLike,
    candidates: Mapping[str, ArrayLike],
    occupancy_of: OccupancyOf,
    *,
    start_mg: float,
    end_mg: float = 0.0,
    steps: int,
    quantile: float = 0.95,
    weights: Mapping[str, float] | None = None,
) -> tuple[Improvement, ...]:
    """Rank candidate products by the worst drop of the best plan they would allow.

    Args:
        dose_mg: (m,), feasible now.
        candidates: per product the doses that become feasible with it, alone or together with
            what is at hand.
        occupancy_of: doses, ascending, to their occupancy, as `ladder` takes it; asked once,
            for all doses of all candidates.
        start_mg: the dose taken now.
        end_mg: the last dose.
        steps: changes of dose allowed.
        quantile: see `ladder`.
        weights: see `ladder`.

    Returns:
        Best first; of equal worst drops the evener plan first, then by name.

    Raises:
        ValueError: as `ladder` and `minimax`.
    """
    at_hand = np.asarray(dose_mg, dtype=np.float64)
    added = {name: np.asarray(extra, dtype=np.float64) for name, extra in candidates.items()}
    every = distinct(at_hand, *added.values())
    whole = ladder(every, occupancy_of(every), quantile=quantile, weights=weights)

    def best(doses: Array) -> Plan:
        chosen = set(doses.tolist())
        kept = np.flatnonzero([dose in chosen for dose in every.tolist()])
        theta = {one.name: one.occupancy[:, kept] for one in whole.targets}
        part = ladder(every[kept], theta, quantile=quantile, weights=weights)
        return minimax(part, part.index(start_mg), part.index(end_mg), steps=steps)

    now = best(at_hand)
    owned = set(at_hand.tolist())
    found: list[Improvement] = []
    for name, extra in added.items():
        plan = best(np.concatenate([at_hand, extra]))
        new = tuple(d for d in plan.dose_mg if d not in owned)
        found.append(Improvement(name, plan, now.worst_drop - plan.worst_drop, new))
    return tuple(sorted(found, key=_order))


def _order(one: Improvement) -> tuple[float, float, str]:
    return one.plan.worst_drop, sum(drop**2 for drop in one.plan.drop), one.name
