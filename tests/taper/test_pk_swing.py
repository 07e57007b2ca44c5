"""Swing within a dosing interval: conservation, limits, other ways to the same number."""

import csv
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beside import reference
from occupancy.course import Sampling, dose_curve, trajectory
from occupancy.course.link import Link
from occupancy.kinetics import Input, Species, System
from occupancy.regimen import parse
from occupancy.taper.ladder import ladder
from occupancy.taper.plan import plan_of
from occupancy.taper.swing import (
    absorbed,
    follows_dose,
    steps_beside_swing,
    swing,
    swing_of,
    unit_cycle,
)
from occupancy.taper.view import View, view

FEW = Sampling(20, variability=False)
SERT = ("fluoxetine", "citalopram", "escitalopram", "sertraline", "paroxetine", "duloxetine")


def one_compartment(half_life_h: float, ka: float, Emax: float, ED50: float) -> View:
    """A drug in one compartment whose average concentration is 1 ng/mL per mg taken daily."""
    CL = 1000.0 / 24.0
    system = System(
        (Species("drug", CL=CL, V=CL * half_life_h / np.log(2.0), dosed=1.0),),
        (Input(ka=ka),),
    )
    subject = SimpleNamespace(
        draws=1,
        model=SimpleNamespace(CL_of_dose=None, inputs=(SimpleNamespace(rate=None, ka="ka"),)),
        system=lambda *_: system,
        bioavailability=np.ones_like,
    )
    link = Link("SERT", "in vivo", np.array([Emax]), {"drug": np.array([ED50])})
    seen = SimpleNamespace(
        subject=subject,
        link=link,
        link_at=lambda _: link,
        interval_h=float,
        drug="drug",
        target="SERT",
        where=SimpleNamespace(warnings=()),
        bound=SimpleNamespace(basis="in vivo"),
    )
    return cast(View, cast(Any, seen))


@pytest.mark.parametrize("drug", [*SERT, "haloperidol", "quetiapine"])
def test_the_grid_finds_the_exact_extremes_of_one_analyte(drug: str) -> None:
    seen = view(drug, sampling=FEW)
    (name,) = seen.link.EC50
    found = swing_of(seen, 20.0, 24.0)
    cycle = unit_cycle(seen.subject, 20.0, 24.0)
    link, scale = seen.link_at(20.0), absorbed(seen.subject, 20.0)
    for exact, ours in ((cycle.peak(name), found.peak), (cycle.trough(name), found.trough)):
        theta = link.occupancy({name: exact[:, None] * scale})
        assert np.abs(theta - ours).max() < 1e-4


@pytest.mark.parametrize(
    ("drug", "mg", "days"),
    [("risperidone", 2, 30), ("paroxetine", 40, 40), ("valbenazine", 80, 60)],
)
def test_a_long_course_ends_in_the_swing(drug: str, mg: float, days: int) -> None:
    """Metabolites, clearance that moves with dose, and absorption that does."""
    course = trajectory(parse(f"{drug} {mg} mg daily for {days} days"), sampling=FEW)
    ((target, seen),) = list(course.targets.items())[:1]
    found = swing(drug, target, dose_mg=mg, sampling=FEW)
    assert found.peak[:, 0] == pytest.approx(seen.cycle.peak, abs=2e-3)
    assert found.trough[:, 0] == pytest.approx(seen.cycle.trough, abs=2e-3)
    assert found.mean[:, 0] == pytest.approx(seen.cycle.average, abs=2e-3)


def test_only_a_daily_dose_above_the_studied_ones_widens_the_band() -> None:
    seen = view("duloxetine", sampling=FEW)
    (name,) = seen.link.EC50
    cycle = unit_cycle(seen.subject, 120.0, 48.0)
    top = cycle.peak(name)[:, None] * absorbed(seen.subject, 120.0)
    # 120 mg every other day is 60 mg a day, the highest that was studied.
    plain = seen.link.occupancy({name: top})
    assert swing_of(seen, 120.0, 48.0).peak == pytest.approx(plain, abs=1e-4)
    once = (
        unit_cycle(seen.subject, 120.0, 24.0).peak(name)[:, None] * top / cycle.peak(name)[:, None]
    )
    wide = swing_of(seen, 120.0, 24.0).peak
    assert np.ptp(wide) > 1.05 * np.ptp(seen.link.occupancy({name: once}))


@pytest.mark.parametrize("drug", ["citalopram", "paroxetine", "venlafaxine"])
def test_many_doses_at_once_are_each_on_its_own(drug: str) -> None:
    doses = [0.0, 2.5, 40.0, 10.0]
    together = swing(drug, dose_mg=doses, sampling=FEW)
    for column, mg in enumerate(doses):
        alone = swing(drug, dose_mg=mg, sampling=FEW)
        assert together.peak[:, column] == pytest.approx(alone.peak[:, 0], rel=1e-12)
        assert together.mean[:, column] == pytest.approx(alone.mean[:, 0], rel=1e-12)
    assert not together.peak[:, 0].any()


def test_clearance_that_moves_with_dose_moves_the_swing() -> None:
    assert follows_dose(view("paroxetine", sampling=FEW).subject)
    assert not follows_dose(view("citalopram", sampling=FEW).subject)


@pytest.mark.parametrize("drug", [*SERT, "venlafaxine"])
def test_the_mean_is_that_of_the_curve_at_small_doses_and_below_it_elsewhere(drug: str) -> None:
    doses = np.array([1e-3, 20.0])
    curve = dose_curve(drug, "SERT", doses_mg=doses, sampling=FEW).occupancy
    found = swing(drug, "SERT", dose_mg=doses, interval_h=24.0, sampling=FEW)
    # Far below ED50 the curve is a line, and the mean of a line is the line at the mean.
    assert found.mean[:, 0] == pytest.approx(curve[:, 0], rel=2e-3)
    assert (found.mean[:, 1] <= curve[:, 1] + 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(
    half_life=st.floats(2.0, 300.0),
    ka=st.floats(0.2, 5.0),
    dose=st.floats(0.1, 100.0),
    interval=st.sampled_from([12.0, 24.0, 48.0]),
)
def test_laws_of_one_compartment(half_life: float, ka: float, dose: float, interval: float) -> None:
    one = swing_of(one_compartment(half_life, ka, 0.9, 3.0), [dose, 2 * dose], interval)
    assert (one.trough < one.mean).all()
    assert (one.mean < one.peak).all()
    assert (one.peak < 0.9).all()
    assert (one.peak[:, 1] > one.peak[:, 0]).all()
    # The same milligrams, more often: less swing. A longer half-life: less swing.
    often = swing_of(one_compartment(half_life, ka, 0.9, 3.0), dose / 2, interval / 2)
    longer = swing_of(one_compartment(2 * half_life, ka, 0.9, 3.0), dose, interval)
    assert often.swing[0, 0] < one.swing[0, 0]
    assert longer.swing[0, 0] < one.swing[0, 0]


def test_swing_is_largest_near_the_half_effective_dose() -> None:
    doses = np.geomspace(0.03, 300, 101)
    found = swing_of(one_compartment(35.0, 0.7, 0.84, 3.0), doses, 24.0).swing[0]
    assert 2.5 < doses[found.argmax()] < 3.6
    assert found[0] < 0.01
    assert found[-1] < 0.01


@pytest.mark.reference
def test_the_prototype_runs_in_one_compartment() -> None:
    path = reference("evidence/taper/alternate_day_swing_simulated.csv")
    with reference("evidence/taper/sert_mm_params.csv").open(encoding="utf-8") as file:
        curves = [
            (row["drug"], float(row["Vm_pct"]) / 100, float(row["K_mg"]))
            for row in csv.DictReader(file)
            if row["Vm_pct"] and row["K_mg"]
        ]
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    compared = 0
    for row in rows:
        drug = row["drug"].split("(")[0].split(" ")[0]
        for name, Emax, ED50 in curves:
            if not name.startswith(drug):
                continue
            seen = one_compartment(float(row["half_life_h"]), 0.7, Emax, ED50)
            mg = float(row["dose_mg_per_intake"])
            daily, alternate, split = (
                100 * swing_of(seen, dose, hours).swing[0, 0]
                for dose, hours in ((mg, 24.0), (mg, 48.0), (mg / 2, 12.0))
            )
            wanted = [
                float(row[key])
                for key in ("swing_pts_daily", "swing_pts_altday", "swing_pts_split_bid_same_total")
            ]
            if np.allclose([daily, alternate, split], wanted, rtol=0, atol=0.06):
                compared += 1
                break
        else:
            pytest.fail(f"no curve of {row['drug']} reproduces {row}")
    assert compared == len(rows)


def test_a_step_beside_its_swing() -> None:
    doses = np.array([0.0, 12.5, 25.0, 50.0])
    curve = dose_curve("sertraline", doses_mg=doses, sampling=FEW)
    plan = plan_of(ladder(doses, {"SERT": curve.occupancy}), [3, 2, 1, 0], "by hand")
    found = swing("sertraline", dose_mg=doses, sampling=FEW)
    steps = steps_beside_swing(plan, found)
    assert [(one.from_mg, one.to_mg) for one in steps] == [(50, 25), (25, 12.5), (12.5, 0)]
    for one, drop in zip(steps, plan.targets[0].drop, strict=True):
        assert one.drop == drop
    assert all(a.swing_after == b.swing_before for a, b in pairwise(steps))
    assert not steps[-1].inside_swing
    assert "larger than the swing" in steps[-1].text
    small = plan_of(
        ladder([0.0, 23.0, 25.0], {"SERT": np.array([0.0, 0.69, 0.7])}), [2, 1, 0], "by hand"
    )
    seen = swing("sertraline", dose_mg=[0.0, 23.0, 25.0], sampling=FEW)
    first = steps_beside_swing(small, seen)[0]
    assert first.inside_swing
    assert "1.0 points is smaller than the swing" in first.text
    with pytest.raises(ValueError, match="has no swing"):
        steps_beside_swing(small, found)
    with pytest.raises(ValueError, match="targets are SERT"):
        steps_beside_swing(small, seen, "D2")


def test_what_cannot_be_answered_says_why() -> None:
    with pytest.raises(ValueError, match="no occupancy figure in people"):
        swing("mirtazapine", dose_mg=15)
    with pytest.raises(ValueError, match="no form to simulate"):
        swing("reserpine", dose_mg=1)
    with pytest.raises(ValueError, match="dose = -1 mg"):
        swing("citalopram", dose_mg=[10, -1])
    with pytest.raises(ValueError, match="interval_h = 0"):
        swing("citalopram", dose_mg=10, interval_h=0)
    with pytest.raises(ValueError, match="'swing', 'peak'"):
        swing("citalopram", dose_mg=10, sampling=FEW).band(0, "top")
    at_once = swing("raclopride", dose_mg=5, sampling=FEW)
    assert any("overstated" in one for one in at_once.warnings)
    beyond = swing("citalopram", dose_mg=80, sampling=FEW)
    assert any("never studied" in one for one in beyond.warnings)
