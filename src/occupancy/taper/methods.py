"""Other ways to taper, on the same doses: even occupancy, linear, proportional, halving, typed.

Each answers with the same `Plan` as the best one, its last drop included, so that they can be
laid side by side. Their ideal doses are rounded to what the products make (the nearest, the
higher of two as near), and the plan's notes say so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from occupancy.taper.ladder import SAME_DOSE, Array, Ladder, rank_of
from occupancy.taper.minimax import minimax
from occupancy.taper.plan import Plan, plan_of


def even_occupancy(
    ladder: Ladder, start: int, end: int = 0, *, steps: int, target: str | None = None
) -> Plan:
    """Equal falls of the median occupancy, rounded to feasible doses.

    θ_k = θ_start + (θ_end − θ_start) k / n, each on the rung whose occupancy is nearest.

    Args:
        ladder: feasible doses and their occupancy.
        start: position of the dose taken now.
        end: position of the last dose.
        steps: n, at least 1.
        target: whose occupancy; None takes the first.

    Raises:
        ValueError: no steps, an end not below the start, an unknown target.
    """
    _down(ladder, start, end)
    chosen = [one for one in ladder.targets if target in (None, one.name)]
    if not chosen:
        names = ", ".join(one.name for one in ladder.targets)
        raise ValueError(f"target = {target!r} is not one of {names}.")
    draws = chosen[0].occupancy
    median = np.partition(draws, rank_of(0.5, len(draws)), axis=0)[rank_of(0.5, len(draws))]
    wanted = np.linspace(median[start], median[end], _count(steps) + 1)[1:-1]
    inner = [_nearest(median, level, end, start) for level in wanted]
    return _rounded(ladder, "even occupancy", start, end, inner, steps)


def linear(ladder: Ladder, start: int, end: int = 0, *, steps: int) -> Plan:
    """Equal falls of the dose in mg, rounded to feasible doses.

    Raises:
        ValueError: no steps, an end not below the start.
    """
    _down(ladder, start, end)
    dose = ladder.dose_mg
    wanted = np.linspace(dose[start], dose[end], _count(steps) + 1)[1:-1]
    inner = [_nearest(dose, level, end, start) for level in wanted]
    return _rounded(ladder, "linear", start, end, inner, steps, wanted)


def proportional(
    ladder: Ladder,
    start: int,
    end: int = 0,
    *,
    percent: float,
    floor_mg: float | None = None,
    method: str | None = None,
) -> Plan:
    """Fall by a percentage of the current dose at every step.

    The next dose is the feasible one nearest to (1 − percent/100) of the present one; where
    rounding would leave it unchanged, the next lower one.

    Args:
        ladder: feasible doses and their occupancy.
        start: position of the dose taken now.
        end: position of the last dose.
        percent: of the current dose, above 0 and below 100.
        floor_mg: no dose below it, but the end at once; None goes through every dose down to
            the smallest.
        method: name of the plan.

    Raises:
        ValueError: a percentage out of range, an end not below the start.
    """
    _down(ladder, start, end)
    if not 0 < percent < 100:
        raise ValueError(f"percent = {percent:g} is not allowed; give above 0 and below 100.")
    dose, path = ladder.dose_mg, [start]
    forced: list[int] = []
    while path[-1] > end:
        at = path[-1]
        wanted = float(dose[at]) * (1 - percent / 100)
        if floor_mg is not None and wanted < floor_mg * (1 - SAME_DOSE):
            path.append(end)
            break
        near = _nearest(dose, wanted, end, start)
        if near >= at:
            forced.append(at)
            near = at - 1
        path.append(near)
    notes = ()
    if forced:
        first = max(float(dose[at]) for at in forced)
        notes = (
            f"{len(forced)} of {len(path) - 1} steps, the first from {first:g} mg, are larger "
            f"than {percent:g} %: the products make nothing nearer.",
        )
    return plan_of(ladder, path, method or f"{percent:g} % of the current dose", notes=notes)


def halving(ladder: Ladder, start: int, end: int = 0, *, floor_mg: float | None = None) -> Plan:
    """Halve the dose at every step, down to `floor_mg` if given; see `proportional`."""
    return proportional(ladder, start, end, percent=50, floor_mg=floor_mg, method="halving")


def typed(
    ladder: Ladder,
    start: int,
    doses_mg: Sequence[float],
    end: int = 0,
    *,
    method: str = "typed schedule",
) -> Plan:
    """A schedule from a paper, a guideline or a prescriber, as a list of doses.

    Doses that no product makes are replaced by the nearest feasible one, and a note names the
    feasible doses on either side. The start may head the list or not; when the list stops above
    the end, the step to the end is added, with a note, since it too is a drop.

    Raises:
        ValueError: no doses; one that does not go down, is above the start or below the end.
    """
    _down(ladder, start, end)
    dose = ladder.dose_mg
    listed = [float(d) for d in doses_mg]
    if listed and abs(listed[0] - dose[start]) <= SAME_DOSE * max(dose[start], 1.0):
        listed = listed[1:]
    if not listed:
        raise ValueError(f"the schedule has no dose below the start, {dose[start]:g} mg.")
    notes: list[str] = []
    path, before = [start], float(dose[start])
    for mg in listed:
        if not dose[end] <= mg < before:
            raise ValueError(
                f"dose = {mg:g} mg does not come below {before:g} mg, at or above the end, "
                f"{dose[end]:g} mg; a schedule goes down at every step."
            )
        before = mg
        near = _nearest(dose, mg, end, start)
        if abs(dose[near] - mg) > SAME_DOSE * max(mg, 1.0):
            below = int(np.searchsorted(dose, mg)) - 1
            notes.append(
                f"{mg:g} mg is not made by these products (nearest: {dose[below]:g} mg and "
                f"{dose[below + 1]:g} mg); {dose[near]:g} mg stands in for it."
            )
        if near < path[-1]:
            path.append(near)
        else:
            notes.append(f"{mg:g} mg falls on the dose before it and is left out.")
    if path[-1] != end:
        notes.append(f"The schedule stops at {before:g} mg; the step to {dose[end]:g} mg is added.")
        path.append(end)
    return plan_of(ladder, path, method, notes=tuple(notes))


def side_by_side(
    ladder: Ladder,
    start: int,
    end: int = 0,
    *,
    steps: int,
    percents: Sequence[float] = (10, 25),
    floor_mg: float | None = None,
    schedules: Sequence[tuple[str, Sequence[float]]] = (),
) -> tuple[Plan, ...]:
    """All methods on the same doses, in a fixed order, the best plan first.

    Args:
        ladder: feasible doses and their occupancy.
        start: position of the dose taken now.
        end: position of the last dose.
        steps: for the methods that take a number; the others take as many as they need.
        percents: of the current dose, one plan each.
        floor_mg: for these and for halving.
        schedules: name and doses of typed ones.
    """
    return (
        minimax(ladder, start, end, steps=steps),
        even_occupancy(ladder, start, end, steps=steps),
        linear(ladder, start, end, steps=steps),
        *(proportional(ladder, start, end, percent=p, floor_mg=floor_mg) for p in percents),
        halving(ladder, start, end, floor_mg=floor_mg),
        *(typed(ladder, start, doses, end, method=name) for name, doses in schedules),
    )


def _rounded(
    ladder: Ladder,
    method: str,
    start: int,
    end: int,
    inner: list[int],
    steps: int,
    wanted_mg: Array | None = None,
) -> Plan:
    """Build a plan through rounded doses, each once, with what rounding did."""
    path = list(dict.fromkeys([start, *inner, end]))
    notes: list[str] = []
    if wanted_mg is not None and wanted_mg.size:
        off = np.abs(ladder.dose_mg[inner] - wanted_mg)
        moved = off > SAME_DOSE * np.maximum(wanted_mg, 1.0)
        if moved.any():
            notes.append(
                f"{int(moved.sum())} doses are rounded to what the products make, by at most "
                f"{float(off.max()):g} mg."
            )
    if len(path) - 1 < steps:
        notes.append(f"{steps} steps were asked for; on these doses they are {len(path) - 1}.")
    return plan_of(ladder, path, method, notes=tuple(notes))


def _nearest(values: Array, wanted: float, end: int, start: int) -> int:
    """Rung from end to start whose value is nearest, the higher of two as near."""
    off = np.abs(values[end : start + 1] - wanted)
    near = np.flatnonzero(off <= off.min() + SAME_DOSE)
    return end + int(near[-1])


def _count(steps: int) -> int:
    if steps < 1:
        raise ValueError(f"steps = {steps} is not allowed; give 1 or more.")
    return steps


def _down(ladder: Ladder, start: int, end: int) -> None:
    if not 0 <= end < start < ladder.dose_mg.size:
        raise ValueError(
            f"start = {start} and end = {end} must be positions below {ladder.dose_mg.size}, "
            "the end lower; a taper goes down."
        )
