"""Products that could be asked for, and what the best plan would become with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from occupancy.taper.curves import typical_occupancy
from occupancy.taper.feasible import FeasibleDoses, feasible_doses
from occupancy.taper.improvement import Improvement, worth_asking
from occupancy.taper.ladder import Array, distinct
from occupancy.taper.marketed import MarketedProduct
from occupancy.taper.request import FEASIBLE, TaperRequest

#: A compounded strength worth considering: this share of the start dose or the next below it.
SMALL_SHARE = 1 / 40
SERIES = (1.0, 2.0, 5.0)


def worth_asking_for(
    request: TaperRequest, doses: FeasibleDoses, steps: int
) -> tuple[Improvement, ...]:
    """Rank the candidates by the worst drop of the best plan of as many steps, best first.

    Candidates are the request's own, the tablets at hand divided further where they may be, and
    a small compounded strength. On the typical curve. Those that do not help are left out.
    """
    n, start = request.start.intakes, request.start
    extra: dict[str, Array] = {}
    for name, more in _candidates(request):
        made = feasible_doses(more, start.intake_mg, start_mg=start.intake_mg, at_most=FEASIBLE)
        extra[name] = distinct(made.dose_mg, doses.dose_mg) * n
    if not extra:
        return ()

    ranked = worth_asking(
        doses.dose_mg * n,
        extra,
        partial(typical_occupancy, request),
        start_mg=start.daily_mg,
        end_mg=request.end_mg,
        steps=steps,
    )
    return tuple(one for one in ranked if one.gain > 0)


def small_strength(start_mg: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is at most a fortieth of the start."""
    wanted = start_mg * SMALL_SHARE
    power = 10.0 ** np.floor(np.log10(wanted))
    digits = [one for one in SERIES if one * power <= wanted * (1 + 1e-9)]
    return float(f"{digits[-1] * power:.6g}")


def _candidates(request: TaperRequest) -> Iterator[tuple[str, tuple[MarketedProduct, ...]]]:
    """A name and all products one would then have."""
    at_hand = request.products
    names = {one.name for one in at_hand}
    for one in request.candidates:
        if one.name not in names:
            names.add(one.name)
            yield one.name, (*at_hand, one)
    for one in at_hand:
        if one.form == "tablet" and one.parts == "whole" and "split" not in one.must_not:
            halved = replace(one, parts="halves")
            others = tuple(halved if other is one else other for other in at_hand)
            yield f"{one.name}, if it may be halved", others
    strength = small_strength(request.start.intake_mg)
    compounded = MarketedProduct(form="compounded", strength_mg=strength)
    if compounded.name not in names:
        yield f"a compounded strength of {strength:g} mg", (*at_hand, compounded)
