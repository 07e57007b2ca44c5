"""A plan: the doses one after another, with the drop of every step and its band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from occupancy.taper.certificate import Certificate
from occupancy.taper.ladder import Array, Band, Ladder, TargetOccupancy, rank_of


@dataclass(frozen=True)
class TargetSteps:
    """A plan seen at one target; fractions.

    Attributes:
        name: the target; empty when there was only one, without a name.
        weight: what its drops were multiplied with in the plan's own drop.
        occupancy: on every dose, the start first, (n + 1).
        drop: of every step, (n); not weighted.
        worst: the largest drop of a draw's own course through the plan. Its high end is above
            the high end of any one step, since different draws have their worst at different
            steps.
    """

    name: str
    weight: float
    occupancy: tuple[Band, ...]
    drop: tuple[Band, ...]
    worst: Band


@dataclass(frozen=True)
class Obstacle:
    """The step that no plan on these products can avoid or improve on, and its drop."""

    from_mg: float
    to_mg: float
    drop: float

    def text(self, allowed: float) -> str:
        """Say why a largest allowed drop cannot be kept."""
        return (
            f"No plan keeps every drop within {100 * allowed:g} points: with these products the "
            f"best possible still falls {100 * self.drop:.2f} points from {self.from_mg:g} mg to "
            f"{self.to_mg:g} mg. A feasible dose between the two would help."
        )


@dataclass(frozen=True)
class Plan:
    """Doses from the start to the end of a taper.

    Attributes:
        method: how it was made: "minimax", "even occupancy", "linear" ...
        rung: positions of the doses in the ladder's `dose_mg`, the start first.
        dose_mg: the doses, (n + 1): the start, then one per step, the end last.
        drop: what was compared, per step (n): the ladder's D, a weighted quantile (see `Ladder`).
        quantile: of D; None when there was one draw.
        worst_over_draws: the same quantile of each draw's own worst (weighted) drop; never below
            `worst_drop`, and equal to it with one draw.
        targets: the plan at every target.
        certificate: why no plan does better; None for methods that do not seek the best.
        obstacle: when a largest allowed drop could not be kept, the step that stands in the way.
        notes: what a reader must know: doses rounded, steps added.
    """

    method: str
    rung: tuple[int, ...]
    dose_mg: tuple[float, ...]
    drop: tuple[float, ...]
    quantile: float | None
    worst_over_draws: float
    targets: tuple[TargetSteps, ...]
    certificate: Certificate | None = None
    obstacle: Obstacle | None = None
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Number of changes of dose, the last one to the end included."""
        return len(self.drop)

    @property
    def worst_drop(self) -> float:
        """The largest `drop`."""
        return max(self.drop)

    @property
    def worst_step(self) -> int:
        """Position of the first step with the largest drop, from 0."""
        return self.drop.index(self.worst_drop)


def plan_of(
    ladder: Ladder,
    path: Sequence[int],
    method: str,
    *,
    certificate: Certificate | None = None,
    obstacle: Obstacle | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """Describe a path down the ladder (positions, start first, strictly descending).

    Raises:
        ValueError: fewer than two doses, or one that is no step down.
    """
    rung = tuple(int(i) for i in path)
    if len(rung) < 2 or any(b >= a for a, b in pairwise(rung)):
        doses = ", ".join(f"{ladder.dose_mg[i]:g}" for i in rung)
        raise ValueError(f"a plan goes down at every step; got {doses} mg.")
    falls = [_falls(one, rung) for one in ladder.targets]
    return Plan(
        method=method,
        rung=rung,
        dose_mg=tuple(float(ladder.dose_mg[i]) for i in rung),
        drop=tuple(ladder.drop(a, b) for a, b in pairwise(rung)),
        quantile=ladder.quantile if ladder.draws > 1 else None,
        worst_over_draws=worst_over_draws(ladder, rung),
        targets=tuple(
            TargetSteps(
                name=one.name,
                weight=one.weight,
                occupancy=tuple(Band.of(one.occupancy[:, i]) for i in rung),
                drop=tuple(Band.of(column) for column in fall.T),
                worst=Band.of(fall.max(axis=1)),
            )
            for one, fall in zip(ladder.targets, falls, strict=True)
        ),
        certificate=certificate,
        obstacle=obstacle,
        notes=notes,
    )


def seen_on(plan: Plan, ladder: Ladder) -> Plan:
    """The same doses on another ladder: with draws, for another person, at another target.

    Drops and occupancies are the other ladder's; method, certificate, obstacle and notes stay
    those of the plan, so the certificate speaks of the curve that the plan was made on.

    Raises:
        ValueError: a dose that the other ladder does not have.
    """
    path = [ladder.index(mg) for mg in plan.dose_mg]
    return plan_of(
        ladder,
        path,
        plan.method,
        certificate=plan.certificate,
        obstacle=plan.obstacle,
        notes=plan.notes,
    )


def _falls(one: TargetOccupancy, rung: tuple[int, ...]) -> Array:
    """Drop of every step in every draw, (draws, n)."""
    return -np.diff(one.occupancy[:, list(rung)], axis=1)


def worst_over_draws(ladder: Ladder, rung: tuple[int, ...]) -> float:
    """The ladder's quantile of each draw's own worst weighted drop along a path.

    Targets with as many draws as each other are taken draw by draw together.
    """
    worst: dict[int, Array] = {}
    for one in ladder.targets:
        own = np.asarray(one.weight * _falls(one, rung).max(axis=1))
        worst[own.size] = np.maximum(worst[own.size], own) if own.size in worst else own
    ranks = {n: rank_of(ladder.quantile, n) for n in worst}
    return max(float(np.partition(own, ranks[n])[ranks[n]]) for n, own in worst.items())
