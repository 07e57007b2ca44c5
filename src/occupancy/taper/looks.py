"""Closer looks at a proposal: rhythms and a missed day at two doses, co-medication, the drive."""

from __future__ import annotations

import numpy as np

from occupancy.taper.curves import curves_of
from occupancy.taper.drive import PlanDrive, plan_drive
from occupancy.taper.interval import IntervalComparison, compare_of
from occupancy.taper.ladder import Array
from occupancy.taper.missed import Missed, missed_of
from occupancy.taper.proposal import Proposal
from occupancy.taper.stopping import NO_CHANGE, Stopping, stop_comedication
from occupancy.taper.view import HOURS_PER_DAY, half_life_h


def closer_looks(proposal: Proposal) -> tuple[tuple[IntervalComparison, Missed], ...]:
    """Rhythms and a missed intake at the start dose and at the dose that swings most."""
    swing = [-1.0 if one is None else one.median for one in proposal.swing]
    doses = dict.fromkeys((proposal.plan.dose_mg[0], proposal.plan.dose_mg[int(np.argmax(swing))]))
    n = proposal.request.start.intakes
    return tuple(
        (
            compare_of(proposal.seen, mg),
            missed_of(proposal.seen, mg / n, interval_h=HOURS_PER_DAY / n),
        )
        for mg in doses
    )


def stoppings(proposal: Proposal) -> tuple[Stopping, ...]:
    """What stopping each co-medication would do at the dose taken now, where it does anything.

    None for kinetics or an occupancy model other than the record's first, nor for a person known
    from levels: there the curves of before and after are not at hand.
    """
    request = proposal.request
    person = request.person
    if person is None or request.model is not None or request.kinetics is not None:
        return ()
    interval = proposal.seen.where.product.form.usual_interval_h
    found = (
        stop_comedication(
            request.start.product.title,
            proposal.seen.target,
            dose_mg=request.start.daily_mg * interval / HOURS_PER_DAY,
            person=person,
            stopped=name,
            sampling=request.sampling,
        )
        for name in person.comedication
    )
    return tuple(one for one in found if abs(one.drop.median) > NO_CHANGE)


def drive_of(proposal: Proposal) -> PlanDrive:
    """The withdrawal drive under the plan, on the proposal's own curve and half-life."""
    seen, request = proposal.seen, proposal.request

    def curve(daily_mg: Array) -> Array:
        doses, back = np.unique(daily_mg, return_inverse=True)
        return curves_of(request, doses)[0].occupancy[:, back]

    return plan_drive(
        proposal.plan.dose_mg,
        [stage.days for stage in proposal.stages if stage.days is not None],
        curve,
        half_life_h(seen, request.start.daily_mg) / HOURS_PER_DAY,
        target=seen.target,
    )
