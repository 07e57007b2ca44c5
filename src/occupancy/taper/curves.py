"""Occupancy of daily doses at the targets of a request: with draws, and on the typical curve."""

from __future__ import annotations

from dataclasses import replace

from occupancy.course import Sampling
from occupancy.course.curves import DoseCurve, dose_curve_in
from occupancy.taper.ladder import Array
from occupancy.taper.request import TaperRequest


def curves_of(request: TaperRequest, daily_mg: Array) -> tuple[DoseCurve, ...]:
    """The record's curves at daily doses (m,), ascending: one for every target asked for."""
    per_interval = request.start.product.form.usual_interval_h / 24.0
    where = request.where()
    return tuple(
        dose_curve_in(where, target, doses_mg=daily_mg * per_interval, model=request.model)
        for target in request.targets or (None,)
    )


def typical_occupancy(request: TaperRequest, daily_mg: Array) -> dict[str, Array]:
    """By target, occupancy (1, m) on the typical curve, every figure at its own value."""
    one = replace(request, sampling=Sampling(1, request.sampling.seed, variability=False))
    return {curve.bound.target: curve.occupancy for curve in curves_of(one, daily_mg)}
