"""The plan whose own worst drop, draw by draw, is small in most draws; with its proven gap.

`minimax` keeps the quantile of every single step small:  max_k Q_q(d_k). What a person lives
through is the worst step of their own curve, Q_q(max_k d_k), which is never smaller, because in
different draws different steps are the worst. No exact method is known here for it at these
sizes; but the first is a lower bound of the second, so a plan found by search comes with the
proof of how far from the best it can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from occupancy.taper.ladder import Ladder
from occupancy.taper.minimax import minimax
from occupancy.taper.plan import Plan, plan_of, worst_over_draws

#: Rungs by which a dose is tried higher and lower.
MOVES = (8, -8, 4, -4, 2, -2, 1, -1)
#: Rounds over all doses of a plan.
ROUNDS = 20


def minimax_over_draws(ladder: Ladder, start: int, end: int = 0, *, steps: int) -> Plan:
    """A plan with a small quantile of each draw's own worst drop, Q_q(max_k d_k).

    Begins at the `minimax` plan and moves one dose at a time while that helps; deterministic,
    and best within single moves, not proven best. Its certificate is that of the `minimax` plan:
    no plan can have `worst_over_draws` below `certificate.lower_bound`, so the two bracket the
    best. With one draw it is the `minimax` plan itself.

    Raises:
        ValueError: as `minimax`.
    """
    plan = minimax(ladder, start, end, steps=steps)
    if ladder.draws == 1:
        return plan
    path, worst = plan.rung, plan.worst_over_draws
    for _ in range(ROUNDS):
        before = worst
        for at in range(1, len(path) - 1):
            for tried in _moved(path, at):
                value = worst_over_draws(ladder, tried)
                if value < worst:
                    path, worst = tried, value
        if worst == before:
            break
    found = plan_of(ladder, path, "minimax over draws")
    return replace(found, certificate=plan.certificate)


def _moved(path: tuple[int, ...], at: int) -> Iterator[tuple[int, ...]]:
    for move in MOVES:
        if path[at + 1] < path[at] + move < path[at - 1]:
            yield (*path[:at], path[at] + move, *path[at + 1 :])
