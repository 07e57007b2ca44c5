"""The best plan: smallest worst drop for a number of steps, fewest steps for a largest drop.

    minimise  max over steps of D[i, j]   over descending paths start -> end of at most n steps

exactly, the last step included, by the search of `bottleneck`. With draws, D is a quantile and
the answer is the robust plan. Of the plans that share the best worst drop the evenest is given
(smallest sum of squared drops); of those the one with fewest steps, then with the higher doses.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from occupancy.taper.bottleneck import Chain, Dense, Graph, Reach, evenest_path, smallest_cap
from occupancy.taper.certificate import Certificate, CertificateLine
from occupancy.taper.ladder import LARGEST_FRACTION, Ladder
from occupancy.taper.plan import Obstacle, Plan, plan_of

#: A drop of 5 points may come out as 5.0000000000000004; it still is one of 5.
ROUNDING = 1e-12


def minimax(ladder: Ladder, start: int, end: int = 0, *, steps: int) -> Plan:
    """The plan of at most `steps` steps whose worst drop is smallest, with its certificate.

    Args:
        ladder: feasible doses and their occupancy.
        start: position of the dose taken now (`ladder.index`).
        end: position of the last dose: 0 mg, or a maintenance dose.
        steps: changes of dose allowed, the last one included; at least 1.

    Raises:
        ValueError: no steps; an end that is not below the start.
    """
    if steps < 1:
        raise ValueError(f"steps = {steps} is not allowed; give 1 or more.")
    graph = _graph(ladder, start, end)
    steps_used = min(steps, graph.size - 1)
    cap = smallest_cap(graph, steps_used)
    path = _path(graph, cap, steps_used, end)
    plan = plan_of(ladder, path, "minimax")
    reach = graph.reach(cap, steps_used, strict=True)
    return replace(plan, certificate=_certificate(ladder, start, end, reach, steps, cap, plan))


def fewest_steps(ladder: Ladder, start: int, end: int = 0, *, largest_drop: float) -> Plan:
    """The plan of fewest steps whose drops all are at most `largest_drop`, a fraction.

    "At most" to `ROUNDING`, so that a drop that equals it on paper counts as within.

    Of the plans with that many steps, the one with the smallest worst drop. Its certificate says
    what one step less would cost. When no plan keeps the cap, the best possible plan is
    returned, with `obstacle` and a note that say why; its certificate then holds for any number
    of steps.

    Raises:
        ValueError: a largest drop that is not above 0; an end that is not below the start.
    """
    if not (np.isfinite(largest_drop) and largest_drop > 0):
        raise ValueError(
            f"largest_drop = {largest_drop:g} is not allowed; give a fraction above 0, such as "
            "0.05 for 5 points."
        )
    if largest_drop > LARGEST_FRACTION * max(one.weight for one in ladder.targets):
        raise ValueError(
            f"largest_drop = {largest_drop:g} is more than everything; 5 points are 0.05."
        )
    graph = _graph(ladder, start, end)
    most = graph.size - 1
    cap = largest_drop + ROUNDING
    reach = graph.reach(cap, most)
    if not reach.arrived:
        return _best_possible(ladder, graph, start, end, largest_drop)
    steps = len(reach.layers) - 1
    plan = minimax(ladder, start, end, steps=steps)
    if steps == 1:
        return plan
    fewer = graph.reach(cap, steps - 1)
    bound = fewer.beyond
    return replace(
        plan,
        certificate=_certificate(ladder, start, end, fewer, steps - 1, bound, plan),
    )


def _best_possible(ladder: Ladder, graph: Graph, start: int, end: int, largest_drop: float) -> Plan:
    cap = smallest_cap(graph, graph.size - 1)
    stuck = graph.reach(cap, graph.size - 1, strict=True)
    path = _closest(ladder, start, end, largest_drop)
    plan = plan_of(ladder, path, "minimax")
    proof = _certificate(ladder, start, end, stuck, None, cap, plan)
    high, low = _narrowest(ladder, start, end)
    obstacle = Obstacle(float(ladder.dose_mg[high]), float(ladder.dose_mg[low]), plan.worst_drop)
    return replace(
        plan,
        certificate=proof,
        obstacle=obstacle,
        notes=(obstacle.text(largest_drop),),
    )


def _closest(ladder: Ladder, start: int, end: int, largest_drop: float) -> tuple[int, ...]:
    """The path that keeps a cap wherever the doses allow: across each gap that cannot be avoided
    by the step that makes it, and by fewest steps within the cap elsewhere.
    """
    graph = _graph(ladder, start, end)
    reach = graph.reach(largest_drop + ROUNDING, graph.size - 1)
    if reach.arrived:
        steps = len(reach.layers) - 1
        return _path(graph, smallest_cap(graph, steps), steps, end)
    high, low = _narrowest(ladder, start, end)
    above = (start,) if high == start else _closest(ladder, start, high, largest_drop)
    below = (end,) if low == end else _closest(ladder, low, end, largest_drop)
    return (*above, *below)


def _narrowest(ladder: Ladder, start: int, end: int) -> tuple[int, int]:
    """The step that any plan takes, or one no smaller, between the ends: from where to where."""
    graph = _graph(ladder, start, end)
    cap, most = smallest_cap(graph, graph.size - 1), graph.size - 1
    if isinstance(graph, Chain):
        at = int(graph.reach(cap, most, strict=True).layers[-1][0])
        return at, at - 1
    steps = len(graph.reach(cap, most).layers) - 1
    path = _path(graph, cap, steps, end)
    drops = [ladder.drop(a, b) for a, b in pairwise(path)]
    worst = drops.index(max(drops))
    return path[worst], path[worst + 1]


def _graph(ladder: Ladder, start: int, end: int) -> Graph:
    size = ladder.dose_mg.size
    if not 0 <= end < size or not 0 <= start < size:
        raise ValueError(f"start = {start} and end = {end} must be positions 0 to {size - 1}.")
    if end >= start:
        raise ValueError(
            f"the end, {ladder.dose_mg[end]:g} mg, is not below the start, "
            f"{ladder.dose_mg[start]:g} mg; a taper goes down."
        )
    if ladder.monotone(end, start):
        return Chain(ladder, start, end)
    rungs = np.arange(end, start + 1)
    return Dense(ladder.drops(rungs, rungs), rungs.size - 1, 0)


def _offset(graph: Graph, end: int) -> int:
    """A table begins at the end of the plan, a chain at the bottom of the ladder."""
    return end if isinstance(graph, Dense) else 0


def _path(graph: Graph, cap: float, steps: int, end: int) -> tuple[int, ...]:
    return tuple(node + _offset(graph, end) for node in evenest_path(graph, cap, steps))


def _certificate(
    ladder: Ladder,
    start: int,
    end: int,
    reach: Reach,
    steps: int | None,
    bound: float,
    plan: Plan,
) -> Certificate:
    """Put what a cap just below the bound reaches into the certificate's form."""
    dose = ladder.dose_mg
    chain = ladder.monotone(end, start)
    lines: list[CertificateLine] = []
    layers: list[tuple[float, ...]] = []
    if chain:
        low = [int(layer[0]) for layer in reach.layers]
        stuck = steps is None or len(low) - 1 < steps
        for a, b in zip(low, [*low[1:], low[-1]] if stuck else low[1:], strict=False):
            drop = ladder.drop(a, b) if b < a else 0.0
            lines.append(
                CertificateLine(
                    float(dose[a]), float(dose[b]), drop, float(dose[b - 1]), ladder.drop(a, b - 1)
                )
            )
    else:
        layers = [tuple(float(d) for d in dose[layer + end]) for layer in reach.layers]
        stuck = steps is None or len(layers) - 1 < steps
        if stuck:
            layers.append(layers[-1])
    return Certificate(
        start_mg=float(dose[start]),
        end_mg=float(dose[end]),
        steps=None if stuck else steps,
        lower_bound=bound,
        quantile=ladder.quantile if ladder.draws > 1 else None,
        weights=tuple((one.name, one.weight) for one in ladder.targets),
        lines=tuple(lines),
        layers=tuple(layers),
        attained_mg=plan.dose_mg,
        attained=plan.worst_drop,
    )
