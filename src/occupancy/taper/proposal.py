"""From a request to a plan with everything that belongs beside it.

products -> feasible doses -> occupancy of each -> plan -> days, swing, other methods, the next
product. Plans are made on the typical curve, every figure at its own value, and seen on the draws.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from occupancy.course.curves import DoseCurve
from occupancy.evidence import DrugRecord, tapering
from occupancy.taper.at_hand import same_release
from occupancy.taper.candidates import worth_asking_for
from occupancy.taper.check import Verdict, check
from occupancy.taper.curves import curves_of, typical_occupancy
from occupancy.taper.feasible import FeasibleDoses, feasible_doses
from occupancy.taper.hold import Hold, Stage, calendar, hold_days
from occupancy.taper.improvement import Improvement
from occupancy.taper.ladder import Array, Band, Ladder, ladder
from occupancy.taper.methods import even_occupancy, halving, linear, proportional, typed
from occupancy.taper.methods import side_by_side as methods_side_by_side
from occupancy.taper.minimax import fewest_steps, minimax
from occupancy.taper.over_draws import minimax_over_draws
from occupancy.taper.plan import Plan, seen_on
from occupancy.taper.recipe import Recipe
from occupancy.taper.request import FEASIBLE, TaperRequest
from occupancy.taper.swing import swing_of
from occupancy.taper.view import View, half_life_h, view_in


@dataclass(frozen=True, eq=False)
class Proposal:
    """A plan and what belongs beside it.

    Attributes:
        request: what was asked.
        doses: what the products make at one intake.
        curves: occupancy of the daily doses, one per target, with draws.
        typical: the ladder of daily doses on the typical curve.
        spread: the same with draws.
        plan: made on the typical curve unless robust; its targets as seen on the draws.
        verdict: of the certificate's check; None without a certificate.
        hold: how long a dose is held by its kinetics; None where the request says it.
        stages: the plan on days, the first change on day 0.
        swing: within an interval between intakes, per dose of the plan; None for 0 mg.
        seen: the drug at the first target, for closer looks at a dose.
        warnings: what to know before the plan.
    """

    request: TaperRequest
    doses: FeasibleDoses
    curves: tuple[DoseCurve, ...]
    typical: Ladder
    spread: Ladder
    plan: Plan
    verdict: Verdict | None
    hold: Hold | None
    stages: tuple[Stage, ...]
    swing: tuple[Band | None, ...]
    seen: View
    warnings: tuple[str, ...]

    def recipe(self, daily_mg: float) -> Recipe:
        """How one intake of a daily dose of the plan is made."""
        return self.doses.recipe(daily_mg / self.request.start.intakes)

    def alternatives(self, steps: int | None = None) -> tuple[Plan, ...]:
        """Other methods on the same doses, as many steps where they take a number."""
        rungs = self.plan.rung
        plans = methods_side_by_side(
            self.typical, rungs[0], rungs[-1], steps=steps or self.plan.steps
        )
        return tuple(_with_bands(one, self.spread) for one in plans)

    def next_products(self) -> tuple[Improvement, ...]:
        """What the best plan of as many steps as were asked would become with others, best first.

        The plan may have fewer where more do not help on the products at hand; with another one
        they may.
        """
        steps = self.request.steps or self.plan.steps
        return worth_asking_for(self.request, self.doses, steps)


def propose(request: TaperRequest) -> Proposal:
    """Make the plan.

    Raises:
        ValueError: a start or an end that the products do not make (says the two nearest),
            products that make nothing below the start, a target that is not on record.
    """
    start, n = request.start, request.start.intakes
    highest = max([start.intake_mg, *(mg / n for mg in request.schedule)])
    doses = feasible_doses(
        request.products,
        highest,
        start_mg=start.intake_mg,
        keep_mg=(request.end_mg / n, *(mg / n for mg in request.schedule)),
        at_most=FEASIBLE,
    )
    daily = doses.dose_mg * n
    curves = curves_of(request, daily)
    typical, spread = ladder(daily, typical_occupancy(request, daily)), _ladder(daily, curves)
    first, last = typical.index(start.daily_mg), typical.index(request.end_mg)
    chosen = spread if request.robust else typical
    made = _planned(request, chosen, first, last)
    verdict = None
    if made.certificate is not None:
        verdict = check(made.certificate, chosen.dose_mg, _by_target(chosen))
    seen = view_in(request.where(), curves[0].bound.target, request.model)
    hold = None
    if request.hold_days is None:
        half_life = half_life_h(seen, start.daily_mg)
        observe = observation_days(start.product.record)
        hold = hold_days(half_life, observe_days=observe, interval_h=24.0 / n)
    plan = made if request.robust else _with_bands(made, spread)
    stages = calendar(plan, hold or request.hold_days or 1)
    return Proposal(
        request=request,
        doses=doses,
        curves=curves,
        typical=typical,
        spread=spread,
        plan=plan,
        verdict=verdict,
        hold=hold,
        stages=stages,
        swing=_swings(seen, plan, n),
        seen=seen,
        warnings=_warnings(request, doses, curves),
    )


def observation_days(record: DrugRecord) -> int:
    """Days that a new steady state is observed before the next step, by the drug's class."""
    table = tapering()
    figures = {one.id: one for one in table.figure}
    chosen = next(
        (one for one in table.review if any(word in record.drug_class for word in one.classes)),
        next(one for one in table.review if not one.classes),
    )
    figure = figures[chosen.observe]
    return round(figure.canonical(figure.central) / 24.0)


def _planned(request: TaperRequest, rungs: Ladder, first: int, last: int) -> Plan:
    if request.percent is not None:
        return proportional(rungs, first, last, percent=request.percent)
    if request.method == "halving":
        return halving(rungs, first, last)
    if request.method == "typed":
        return typed(rungs, first, request.schedule, last)
    if request.largest_drop is not None:
        return fewest_steps(rungs, first, last, largest_drop=request.largest_drop)
    assert request.steps is not None
    makers = {"even occupancy": even_occupancy, "linear": linear}
    if request.method in makers:
        return makers[request.method](rungs, first, last, steps=request.steps)
    make = minimax_over_draws if request.robust else minimax
    return make(rungs, first, last, steps=request.steps)


def _ladder(daily_mg: Array, curves: tuple[DoseCurve, ...]) -> Ladder:
    return ladder(daily_mg, {curve.bound.target: curve.occupancy for curve in curves})


def _with_bands(made: Plan, spread: Ladder) -> Plan:
    """The plan with what the draws say of each target; its drops stay those it was made on."""
    seen = seen_on(made, spread)
    return replace(made, targets=seen.targets, worst_over_draws=seen.worst_over_draws)


def _by_target(rungs: Ladder) -> dict[str, Array]:
    return {one.name: one.occupancy for one in rungs.targets}


def _swings(seen: View, plan: Plan, intakes: int) -> tuple[Band | None, ...]:
    found = swing_of(seen, np.asarray(plan.dose_mg) / intakes, 24.0 / intakes)
    return tuple(
        found.band(column) if dose > 0 else None for column, dose in enumerate(plan.dose_mg)
    )


def _warnings(
    request: TaperRequest, doses: FeasibleDoses, curves: tuple[DoseCurve, ...]
) -> tuple[str, ...]:
    said = [warning for curve in curves for warning in curve.warnings]
    said += [caution for product in request.products for caution in product.cautions]
    taken = request.start.product
    said += [
        f"{product.name} releases the drug otherwise than the {taken.form.name} form: swing, hold "
        "and time course are those of the latter"
        for product in request.products
        if not same_release(product, taken)
    ]
    if doses.thinning is not None:
        said.append(doses.thinning.text)
    return tuple(dict.fromkeys(said))
