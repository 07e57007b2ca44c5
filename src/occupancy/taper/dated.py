"""A proposal on real dates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from occupancy.taper.ladder import Band
from occupancy.taper.proposal import Proposal
from occupancy.taper.schedule import Intake, Schedule, ScheduledStage
from occupancy.taper.trials import trial_lines
from occupancy.version import VERSION


def dated(proposal: Proposal, first_day: date, *, plan_id: str, revision: int = 0) -> Schedule:
    """The plan with its first change on `first_day`.

    Args:
        proposal: what was made.
        first_day: of the first lower dose.
        plan_id: a UUID as text, kept for as long as the plan is changed.
        revision: 0 at first, one more at every change.
    """
    plan, start = proposal.plan, proposal.request.start
    theta = proposal.spread.targets[0].occupancy[:, list(plan.rung)]
    typical = proposal.typical.targets[0].occupancy[0, list(plan.rung)]
    stages: list[ScheduledStage] = []
    for stage in proposal.stages:
        k = stage.step
        recipe = proposal.recipe(stage.dose_mg)
        stages.append(
            ScheduledStage(
                step=k,
                start=first_day + timedelta(days=stage.start_day),
                days=stage.days,
                dose_mg=stage.dose_mg,
                intakes=tuple(Intake(at, recipe) for at in start.at) if recipe.pieces else (),
                occupancy=_band(typical[k], theta[:, k]),
                drop=_band(typical[k - 1] - typical[k], theta[:, k - 1] - theta[:, k]),
            )
        )
    first = proposal.curves[0]
    return Schedule(
        plan_id=plan_id,
        revision=revision,
        drug=start.product.record.name,
        target=first.bound.target,
        stages=tuple(stages),
        warnings=(*proposal.warnings, *trial_lines()),
        sources=tuple(
            dict.fromkeys(one.citation for curve in proposal.curves for one in curve.sources)
        ),
        version=VERSION,
    )


def _band(typical: float, draws: np.ndarray) -> Band:
    band = Band.of(draws)
    return Band(float(typical), band.low, band.high)
