"""A person's curve, and what stopping a co-medication does to it."""

import numpy as np
import pytest

from occupancy.course import Sampling, dose_curve
from occupancy.person import Person, PersonError
from occupancy.taper.ladder import ladder
from occupancy.taper.minimax import minimax
from occupancy.taper.person_shift import person_shift
from occupancy.taper.stopping import change_person, stop_comedication
from occupancy.taper.swing import swing

FEW = Sampling(40, variability=False)
DOSES = [0.0, 2.0, 10.0, 40.0]


@pytest.mark.parametrize(
    ("drug", "person"),
    [
        ("citalopram", Person(cyp2c19="PM")),
        ("paroxetine", Person(cyp2d6="PM")),
        ("fluvoxamine", Person(smoking=True)),
        ("risperidone", Person(cyp2d6="PM")),
        ("citalopram", Person(age_y=75, comedication=("omeprazole",))),
        ("valbenazine", Person(cyp2d6="PM")),
    ],
)
def test_the_equivalent_dose_gives_the_other_person_the_same_occupancy(
    drug: str, person: Person
) -> None:
    few = Sampling(5, variability=False)
    shift = person_shift(drug, dose_mg=DOSES, person=person, sampling=few)
    for draw in range(5):
        other = dose_curve(
            drug, shift.target, doses_mg=shift.equivalent_mg[draw], sampling=few
        ).occupancy[draw]
        studied = dose_curve(drug, doses_mg=DOSES, sampling=few).studied_mg
        # Above the studied doses the two curves are widened by different amounts.
        inside = shift.equivalent_mg[draw] <= (np.inf if studied is None else studied[1])
        inside &= shift.dose_mg <= (np.inf if studied is None else studied[1])
        assert inside.sum() >= 2
        assert other[inside] == pytest.approx(shift.occupancy[draw][inside], abs=1e-9)


def test_the_same_person_is_equivalent_to_itself() -> None:
    for drug in ("citalopram", "paroxetine"):
        person = Person(cyp2c19="IM", cyp2d6="IM", age_y=60)
        shift = person_shift(drug, dose_mg=DOSES, person=person, against=person, sampling=FEW)
        assert shift.equivalent_mg == pytest.approx(
            np.broadcast_to(DOSES, shift.equivalent_mg.shape), rel=1e-9
        )
        assert (shift.occupancy == shift.typical).all()


def test_less_clearance_acts_like_more_dose() -> None:
    slow = person_shift("citalopram", dose_mg=DOSES, person=Person(cyp2c19="PM"), sampling=FEW)
    fast = person_shift("olanzapine", dose_mg=DOSES, person=Person(smoking=True), sampling=FEW)
    assert slow.factor(2).low > 1
    assert fast.factor(2).high < 1
    # Linear kinetics: one factor for all doses.
    assert slow.factor(1).median == pytest.approx(slow.factor(3).median)
    assert "acts like" in slow.text(2)
    assert any("CYP2C19" in reason for reason in slow.reasons)
    with pytest.raises(ValueError, match="no equivalent-dose factor"):
        slow.factor(0)


def test_the_planner_takes_the_persons_curve() -> None:
    doses = np.arange(0, 20.5, 0.5)
    shift = person_shift("citalopram", dose_mg=doses, person=Person(cyp2c19="PM"), sampling=FEW)
    own, usual = (
        minimax(ladder(doses, {"SERT": theta}), doses.size - 1, steps=6)
        for theta in (shift.occupancy, shift.typical)
    )
    # The person's curve is higher, so the same products leave a larger last step.
    assert own.dose_mg[-2] == usual.dose_mg[-2] == 0.5
    assert own.worst_drop > usual.worst_drop


def test_stopping_an_inhibitor_goes_from_one_curve_to_the_other() -> None:
    person = Person(comedication=("fluvoxamine",))
    found = stop_comedication(
        "duloxetine", dose_mg=60, person=person, stopped="fluvoxamine", sampling=FEW
    )
    before = swing("duloxetine", dose_mg=60, person=person, sampling=FEW)
    after = swing("duloxetine", dose_mg=60, sampling=FEW)
    assert found.before.median == pytest.approx(before.band(0, "mean").median, abs=2e-3)
    assert found.after.median == pytest.approx(after.band(0, "mean").median, abs=2e-3)
    assert found.drop.median > 0.05
    # The course begins inside the cycle of the one person and ends near that of the other.
    first, last = found.occupancy[:, 0], found.occupancy[:, -96:].min(axis=1)
    assert (before.trough[:, 0] - 1e-9 <= first).all()
    assert (first <= before.peak[:, 0] + 1e-9).all()
    left = (last - after.trough[:, 0]) / (before.trough[:, 0] - after.trough[:, 0])
    assert (left > -1e-6).all()
    assert (left < 0.2).all()
    assert found.equals_mg.median < 60 < found.keeps_mg.median
    assert "a drop of" in found.text
    assert "cutting 60 mg to" in found.text


def test_the_equal_dose_does_the_same_before_the_change() -> None:
    one = Sampling(1, variability=False)
    person = Person(comedication=("omeprazole",))
    found = stop_comedication(
        "citalopram", dose_mg=20, person=person, stopped="omeprazole", sampling=one
    )
    cut = dose_curve(
        "citalopram", doses_mg=[found.equals_mg.median], person=person, sampling=one
    ).occupancy
    stopped = dose_curve("citalopram", doses_mg=[20.0], sampling=one).occupancy
    assert cut == pytest.approx(stopped, abs=1e-9)
    kept = dose_curve("citalopram", doses_mg=[found.keeps_mg.median], sampling=one).occupancy
    with_it = dose_curve("citalopram", doses_mg=[20.0], person=person, sampling=one).occupancy
    assert kept == pytest.approx(with_it, abs=1e-9)


def test_slow_recovery_spreads_the_same_change_over_more_days() -> None:
    person = Person(comedication=("bupropion",))
    quick, slow = (
        stop_comedication(
            "paroxetine",
            dose_mg=20,
            person=person,
            stopped="bupropion",
            recovery_half_life_h=half,
            sampling=FEW,
        )
        for half in (None, 96.0)
    )
    assert quick.drop == slow.drop
    assert any("at once" in one for one in quick.warnings)
    assert not any("at once" in one for one in slow.warnings)
    assert slow.days.median > quick.days.median + 5
    instant = stop_comedication(
        "paroxetine",
        dose_mg=20,
        person=person,
        stopped="bupropion",
        recovery_half_life_h=1e-3,
        sampling=FEW,
    )
    assert instant.days == quick.days


def test_stopping_smoking_raises_and_nothing_recorded_moves_nothing() -> None:
    rise = change_person(
        "olanzapine",
        dose_mg=10,
        before=Person(smoking=True),
        after=Person(smoking=False),
        what="smoking stopped",
        sampling=FEW,
    )
    assert rise.drop.high < 0
    assert "a rise of" in rise.text
    same = change_person(
        "citalopram", dose_mg=20, before=Person(), after=Person(), what="nothing", sampling=FEW
    )
    assert same.drop.median == same.days.median == 0
    assert "no recorded effect" in same.text


def test_what_is_not_taken_cannot_be_stopped() -> None:
    with pytest.raises(PersonError, match="omeprazole cannot be stopped"):
        stop_comedication("citalopram", dose_mg=20, person=Person(), stopped="omeprazole")
    with pytest.raises(ValueError, match="dose_mg = 0"):
        change_person("citalopram", dose_mg=0, before=Person(), after=Person(), what="x")
    with pytest.raises(ValueError, match="recovery_half_life_h = 0"):
        change_person(
            "citalopram",
            dose_mg=20,
            before=Person(),
            after=Person(),
            what="x",
            recovery_half_life_h=0,
        )
