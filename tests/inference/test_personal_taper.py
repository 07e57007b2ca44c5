"""A taper of the person behind measured levels: the planner runs on their posterior."""

from typing import Any

import numpy as np
import pytest

import occupancy
from occupancy.course import Sampling
from occupancy.inference import personalise
from occupancy.inference.personal import placed_by_levels
from occupancy.taper import TaperRequest, products_at_hand, propose, start_of

TAKEN = "citalopram 20 mg daily"
LEVEL = "45 ng/mL at 14 h after dose"


def request(level: str | None, **more: Any) -> TaperRequest:
    start = start_of(TAKEN)
    products, _ = products_at_hand(start, ["solution 2 mg/mL, 0.05 mL"], "")
    placed = None if level is None else placed_by_levels(TAKEN, [level], start.product.title)
    return TaperRequest(
        start=start, products=products, steps=4, placed=placed, sampling=Sampling(60, 0), **more
    )


def test_the_plan_stands_on_the_persons_own_kinetics() -> None:
    found = personalise(TAKEN, [LEVEL])
    proposal = propose(request(LEVEL))
    where = proposal.curves[0].setting
    CL = next(one for one in found.model.unknowns if one.parameter == "CL")
    factor = where.subject.effects.factor(CL.species, "CL")
    drawn = where.subject.sampler.person(CL.ref) * factor
    np.testing.assert_allclose(drawn, found.parameters(60)[CL.name], rtol=1e-12)
    typical = proposal.typical.targets[0].occupancy
    assert typical.shape[0] == 1
    assert any("from a blood level" in one for one in proposal.curves[0].reasons)


def test_occupancy_at_the_start_is_that_of_the_persons_course() -> None:
    found = personalise(TAKEN, [LEVEL])
    proposal = propose(request(LEVEL))
    course = found.course(regimen=f"{TAKEN}, at steady state", draws=400, days=2)
    average = np.median(course.targets["SERT"].cycle.average)
    start = proposal.spread.targets[0].occupancy[:, proposal.plan.rung[0]]
    assert np.median(start) == pytest.approx(average, abs=0.02)


def test_a_low_level_moves_the_steps_as_fast_clearance_does() -> None:
    low, high = (propose(request(f"{x} ng/mL at 14 h after dose")) for x in (12, 120))
    start_of_low, start_of_high = (
        float(np.median(one.spread.targets[0].occupancy[:, one.plan.rung[0]]))
        for one in (low, high)
    )
    assert start_of_low < start_of_high - 0.02
    assert low.seen.where.product == high.seen.where.product


def test_python_and_mistakes() -> None:
    plain = occupancy.plan_taper(TAKEN, ["solution 2 mg/mL, 0.05 mL"], steps=4, draws=60)
    own = occupancy.plan_taper(
        TAKEN, ["solution 2 mg/mL, 0.05 mL"], steps=4, draws=60,
        levels=["12 ng/mL at 14 h after dose"], taken=f"{TAKEN} for 30 days, missed day 20",
    )  # fmt: skip
    assert not np.array_equal(plain["dose"].values, own["dose"].values)
    with pytest.raises(ValueError, match="the levels are of sertraline"):
        placed_by_levels("sertraline 50 mg daily", [LEVEL], "citalopram")
    with pytest.raises(ValueError, match="traits and kinetics already"):
        request(LEVEL, kinetics="other")
