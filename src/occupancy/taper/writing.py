"""From a proposal to its document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from occupancy.course.answer import Spread
from occupancy.course.answering import answer, rounded, source_line
from occupancy.course.sampling import Array
from occupancy.drugs import source_of
from occupancy.evidence import reference, tapering
from occupancy.evidence.quantiles import quantiles
from occupancy.taper.certificate import Certificate
from occupancy.taper.documents import (
    AlternativeLine,
    ArgumentLine,
    CertificateDocument,
    DoseLine,
    DoseView,
    DriveDocument,
    DriveLine,
    HoldLine,
    NextProductLine,
    ProductLine,
    PurchaseLine,
    RhythmLine,
    StepLine,
    StoppingLine,
    TaperDocument,
)
from occupancy.taper.drive import Drive, PlanDrive
from occupancy.taper.hold import calendar
from occupancy.taper.interval import IntervalComparison
from occupancy.taper.ladder import Band, Ladder, distinct
from occupancy.taper.missed import Missed
from occupancy.taper.plan import Plan
from occupancy.taper.proposal import Proposal
from occupancy.taper.shopping import shopping_list
from occupancy.taper.stopping import Stopping
from occupancy.taper.trials import trial_lines

#: Days after the last change that the drive is drawn for.
AFTER_DAYS = 60


def taper_document(
    proposal: Proposal,
    level: float,
    *,
    regimen: str,
    views: Sequence[tuple[IntervalComparison, Missed]] = (),
    stopped: Sequence[Stopping] = (),
    drive: PlanDrive | None = None,
) -> TaperDocument:
    """The document of a proposal, with bands of probability `level`.

    Args:
        proposal: what was made.
        level: of the bands of occupancy, drop and worst drop; swings keep their 90 %.
        regimen: the start in words.
        views: closer looks at doses, to be shown.
        stopped: co-medication stopped at the dose taken now, to be shown.
        drive: of the plan, to be shown.
    """
    plan, request, first = proposal.plan, proposal.request, proposal.curves[0]
    sources = [source for curve in proposal.curves for source in curve.sources]
    return TaperDocument(
        **answer(
            first.setting,
            level,
            list(dict.fromkeys(sources)),
            first.reasons,
            proposal.warnings,
        ),
        regimen=regimen,
        target=first.bound.target,
        other_targets=[curve.bound.target for curve in proposal.curves[1:]],
        basis=first.bound.basis,
        model=first.bound.name,
        method=plan.method,
        robust=request.robust,
        start=DoseLine(**_dose(proposal, 0, level)),
        steps=_steps(proposal, level),
        worst_drop=rounded(plan.worst_drop),
        worst_step=plan.worst_step + 1,
        worst_drop_band=_spread(_worst(proposal.spread, plan), level),
        certificate=_certificate(plan.certificate, bool(proposal.verdict)),
        notes=list(plan.notes),
        hold=_hold(proposal),
        feasible_doses=int(proposal.doses.dose_mg.size),
        products=[
            ProductLine(
                name=one.name,
                phrase=one.phrase,
                market=one.market,
                as_of=one.as_of,
                source=reference(one.cite).short() if one.cite else "",
                status=one.status,
            )
            for one in request.products
        ],
        shopping=_shopping(proposal),
        alternatives=[_alternative(proposal, one) for one in proposal.alternatives()],
        next_product=[
            NextProductLine(
                product=one.name,
                steps=one.plan.steps,
                worst_drop=rounded(one.plan.worst_drop),
                gain=rounded(one.gain),
                new_mg=[rounded(mg) for mg in one.new_mg],
            )
            for one in proposal.next_products()
        ],
        kinetics_view=[_view(*one) for one in views],
        stopping=[
            StoppingLine(
                what=one.what,
                drop=_of_band(one.drop),
                days=_of_band(one.days),
                equals_mg=_of_band(one.equals_mg),
                text=one.text,
            )
            for one in stopped
        ],
        drive=None if drive is None else _drive(drive),
        trials=trial_lines(),
        tapering_sources=[source_line(source_of(one, {})) for one in tapering().figure],
    )


def _dose(proposal: Proposal, at: int, level: float) -> dict:
    plan, start = proposal.plan, proposal.request.start
    daily = plan.dose_mg[at]
    recipe = proposal.recipe(daily)
    rung, swing = plan.rung[at], proposal.swing[at]
    first, *others = (
        _spread(spread.occupancy[:, rung], level, median=float(typical.occupancy[0, rung]))
        for spread, typical in zip(proposal.spread.targets, proposal.typical.targets, strict=True)
    )
    return {
        "dose_mg": rounded(daily),
        "make": [piece.text for piece in recipe.pieces],
        "at": [f"{one:%H:%M}" for one in start.at] if recipe.pieces else [],
        "error_mg": rounded(recipe.error_mg),
        "occupancy": first,
        "swing": None if swing is None else _of_band(swing),
        "other_occupancy": dict(zip(_others(proposal), others, strict=True)),
    }


def _others(proposal: Proposal) -> list[str]:
    return [one.name for one in proposal.spread.targets[1:]]


def _steps(proposal: Proposal, level: float) -> list[StepLine]:
    plan = proposal.plan
    lines: list[StepLine] = []
    for stage in proposal.stages:
        k = stage.step
        high, low = plan.rung[k - 1], plan.rung[k]
        first, *others = (
            _spread(
                spread.occupancy[:, high] - spread.occupancy[:, low],
                level,
                median=float(typical.occupancy[0, high] - typical.occupancy[0, low]),
            )
            for spread, typical in zip(
                proposal.spread.targets, proposal.typical.targets, strict=True
            )
        )
        lines.append(
            StepLine(
                **_dose(proposal, k, level),
                step=k,
                start_day=stage.start_day,
                days=stage.days,
                drop=first,
                other_drop=dict(zip(_others(proposal), others, strict=True)),
            )
        )
    return lines


def _worst(spread: Ladder, plan: Plan) -> Array:
    """Each draw's own worst drop over the plan, the largest of all targets."""
    falls = [-np.diff(one.occupancy[:, list(plan.rung)], axis=1) for one in spread.targets]
    return np.asarray(np.max([fall.max(axis=1) for fall in falls], axis=0))


def _certificate(one: Certificate | None, checked: bool) -> CertificateDocument | None:
    if one is None:
        return None
    return CertificateDocument(
        claim=one.claim,
        lower_bound=rounded(one.lower_bound),
        steps=one.steps,
        method=one.method,
        checked=checked,
        argument=[
            ArgumentLine(
                from_mg=rounded(line.from_mg),
                reached_mg=rounded(line.reached_mg),
                drop=rounded(line.drop),
                next_mg=rounded(line.next_mg),
                next_drop=rounded(line.next_drop),
            )
            for line in one.lines
        ],
        text=one.text(),
    )


def _hold(proposal: Proposal) -> HoldLine:
    if proposal.hold is None:
        days = proposal.request.hold_days or 1
        return HoldLine(days=days, why="as asked")
    return HoldLine(days=proposal.hold.days, why=proposal.hold.text)


def _shopping(proposal: Proposal) -> list[PurchaseLine]:
    n = proposal.request.start.intakes
    taken = [
        (stage.dose_mg / n, stage.days * n, proposal.recipe(stage.dose_mg))
        for stage in proposal.stages
        if stage.days is not None
    ]
    bought = shopping_list(taken, proposal.request.products)
    return [PurchaseLine(product=one.product, amount=one.text) for one in bought]


def _alternative(proposal: Proposal, plan: Plan) -> AlternativeLine:
    days = proposal.hold.days if proposal.hold else proposal.request.hold_days or 1
    typical = proposal.typical.targets[0].occupancy[0]
    return AlternativeLine(
        method=plan.method,
        steps=plan.steps,
        worst_drop=rounded(plan.worst_drop),
        dose_mg=[rounded(mg) for mg in plan.dose_mg],
        start_day=[stage.start_day for stage in calendar(plan, days)],
        occupancy=[rounded(typical[rung]) for rung in plan.rung],
        notes=list(plan.notes),
    )


def _view(rhythms: IntervalComparison, missed: Missed) -> DoseView:
    return DoseView(
        dose_mg=rounded(rhythms.daily_mg),
        rhythms=[
            RhythmLine(
                name=one.name,
                dose_mg=rounded(one.dose_mg),
                interval_h=one.interval_h,
                mean=_of_band(one.mean),
                swing=_of_band(one.swing),
                refused=one.refused,
                text=one.text,
            )
            for one in rhythms.rhythms
        ],
        missed=missed.text,
    )


def _drive(one: PlanDrive) -> DriveDocument:
    last = one.start_day[-1] + AFTER_DAYS
    days = distinct(np.linspace(0, last, 240), np.asarray(one.start_day))
    scales = [(one.occupancy, "fraction of occupancy")]
    if one.signal is not None:
        scales.append((one.signal, "multiples of the drug-free signal"))
    return DriveDocument(
        scales=[_scale(drive, unit, days) for drive, unit in scales],
        caveat=one.caveat,
        notes=list(one.notes),
    )


def _scale(drive: Drive, unit: str, days: Array) -> DriveLine:
    return DriveLine(
        scale=drive.scale,
        unit=unit,
        peak=_of_band(drive.peak),
        peak_day=rounded(drive.peak_day.median),
        area=_of_band(drive.area),
        hardest_step=drive.hardest_step,
        time_day=[rounded(day) for day in days],
        value=[rounded(value) for value in np.median(drive.at(days), axis=0)],
    )


def _spread(values: Array, level: float, median: float | None = None) -> Spread:
    """Median and band of `values` (draws,); `median` stands in for their own where given."""
    middle, low, high = (float(q[0]) for q in quantiles(values[:, None], level))
    return Spread(
        median=rounded(middle if median is None else median),
        low=rounded(low),
        high=rounded(high),
    )


def _of_band(band: Band) -> Spread:
    return Spread(median=rounded(band.median), low=rounded(band.low), high=rounded(band.high))
