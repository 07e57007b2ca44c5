"""Once, twice and alternate days; missed doses."""

import numpy as np
import pytest

from occupancy.course import Sampling
from occupancy.kinetics import Doses, simulate
from occupancy.taper.interval import DOUBLE, HARMLESS, ONCE, SAME, TWICE, compare_intervals
from occupancy.taper.missed import PER_INTERVAL, missed_doses, missed_of
from occupancy.taper.swing import absorbed, swing
from occupancy.taper.view import view

FEW = Sampling(40, variability=False)


def test_fluoxetine_passes_and_duloxetine_does_not_by_arithmetic() -> None:
    long = compare_intervals("fluoxetine", daily_mg=20)
    short = compare_intervals("duloxetine", daily_mg=60, model="takano2006")
    for name in (DOUBLE, SAME):
        assert long.rhythm(name).swing.median < 0.03
        assert not long.rhythm(name).refused
        assert short.rhythm(name).swing.median > 0.35
        assert short.rhythm(name).refused
        assert "Not offered: the limit is 3 points" in short.rhythm(name).text
    assert "leaves 83 % after two days" in long.rhythm(DOUBLE).text
    assert "leaves 6 % after two days" in short.rhythm(DOUBLE).text


def test_fluoxetine_passes_at_every_dose_and_with_its_two_species() -> None:
    doses = np.array([0.5, 1, 2, 5, 10, 20, 40, 60])
    for twice in (1, 2):
        found = swing("fluoxetine", dose_mg=twice * doses, interval_h=48, model="sorensen2022")
        assert max(found.band(i).median for i in range(doses.size)) < HARMLESS
    apart = compare_intervals(
        "fluoxetine",
        daily_mg=20,
        kinetics="jannuzzi-two-species",
        model="two-species",
        sampling=FEW,
    )
    assert not apart.rhythm(DOUBLE).refused


@pytest.mark.parametrize(
    ("drug", "mg"),
    [("citalopram", 20), ("escitalopram", 10), ("sertraline", 50), ("paroxetine", 20)],
)
def test_the_other_antidepressants_are_refused(drug: str, mg: float) -> None:
    found = compare_intervals(drug, daily_mg=mg, sampling=FEW)
    assert found.rhythm(DOUBLE).refused
    assert found.rhythm(SAME).refused
    assert not found.rhythm(ONCE).refused
    assert not found.rhythm(TWICE).refused
    once, twice = found.rhythm(ONCE), found.rhythm(TWICE)
    assert twice.swing.median < once.swing.median < found.rhythm(DOUBLE).swing.median
    assert found.rhythm(SAME).mean.median < once.mean.median


def test_the_verdict_is_the_limit_and_nothing_else() -> None:
    found = compare_intervals("citalopram", daily_mg=20, sampling=FEW)
    swing = found.rhythm(DOUBLE).swing.median
    for limit, refused in ((swing * 1.01, False), (swing * 0.99, True)):
        again = compare_intervals("citalopram", daily_mg=20, limit=limit, sampling=FEW)
        assert again.rhythm(DOUBLE).refused is refused
    assert HARMLESS == 0.03


def test_rhythms_are_swings() -> None:
    found = compare_intervals("citalopram", daily_mg=20, sampling=FEW)
    for name, mg, hours, daily in (
        (ONCE, 20, 24, 20),
        (TWICE, 10, 12, 20),
        (DOUBLE, 40, 48, 20),
        (SAME, 20, 48, 10),
    ):
        one = found.rhythm(name)
        assert (one.dose_mg, one.interval_h, one.daily_mg) == (mg, hours, daily)
        alone = swing("citalopram", dose_mg=mg, interval_h=hours, sampling=FEW)
        assert one.swing == alone.band(0)
        assert one.peak == alone.band(0, "peak")
    with pytest.raises(ValueError, match="no rhythm 'weekly'"):
        found.rhythm("weekly")


def test_a_dose_that_was_never_studied_says_so() -> None:
    found = compare_intervals("duloxetine", daily_mg=60, sampling=FEW)
    assert not any("never studied" in one for one in found.warnings)
    found = compare_intervals("duloxetine", daily_mg=120, sampling=FEW)
    assert any("above 60 mg/day were never studied" in one for one in found.warnings)


def test_intervals_that_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="daily_mg = 0"):
        compare_intervals("citalopram", daily_mg=0)
    with pytest.raises(ValueError, match="limit = 3"):
        compare_intervals("citalopram", daily_mg=20, limit=3)
    with pytest.raises(ValueError, match="cannot be compared"):
        compare_intervals("paliperidone palmitate 1-monthly", daily_mg=100)


@pytest.mark.parametrize("drug", ["citalopram", "paroxetine", "risperidone", "venlafaxine"])
def test_a_missed_dose_is_the_course_without_it(drug: str) -> None:
    """Superposition: what is missing is the response to the doses left out, and nothing else."""
    seen = view(drug, sampling=Sampling(5, variability=False))
    found = missed_of(seen, 20.0, 2, 24.0)
    system = seen.subject.system(20.0)
    absent = simulate(system, Doses([0.0, 24.0], [1.0, 1.0]), found.time_h)
    scale = absorbed(seen.subject, 20.0)
    link = seen.link_at(20.0)
    missing = {name: absent[name] * scale for name in link.EC50}

    def total(theta: np.ndarray) -> np.ndarray:
        """The sum of C / EC50 behind an occupancy; every model here has no Hill exponent."""
        assert link.Hill is None
        return theta / (link.Emax[:, None] - theta)

    gone = total(found.usual) - total(found.occupancy)
    assert gone == pytest.approx(link.scaled(missing), abs=1e-8)


def test_missed_doses_in_order_of_half_life() -> None:
    falls = [
        missed_doses(drug, dose_mg=mg, sampling=FEW).fall.median
        for drug, mg in (("fluoxetine", 20), ("citalopram", 20), ("duloxetine", 60))
    ]
    assert falls[0] < 0.01 < falls[1] < 0.1 < falls[2]


def test_more_missed_doses_fall_further_and_come_back_later() -> None:
    one, two, three = (
        missed_doses("citalopram", dose_mg=20, missed=k, sampling=FEW) for k in (1, 2, 3)
    )
    assert one.lowest.median > two.lowest.median > three.lowest.median
    assert one.hours_below.median < two.hours_below.median < three.hours_below.median
    assert one.hours_back.median <= two.hours_back.median <= three.hours_back.median
    assert (one.occupancy <= one.usual + 1e-12).all()
    # It comes back: over the last interval nothing is more than a tenth of a point away.
    assert (one.usual - one.occupancy)[:, -PER_INTERVAL:].max() <= 1e-3
    assert "1 missed dose of 20 mg" in one.text
    assert "2 missed doses in a row" in two.text


def test_back_is_when_it_stays_within_a_point() -> None:
    found = missed_doses("citalopram", dose_mg=20, sampling=Sampling(1, variability=False))
    again = found.interval_h * found.missed
    away = found.usual[0] - found.occupancy[0] > 0.01
    after = found.time_h >= again + found.hours_back.median
    assert not away[after].any()
    assert away[found.time_h < again + found.hours_back.median][-1]
    step = found.time_h[1] - found.time_h[0]
    below = found.occupancy[0] < found.usual_trough.median - 1e-3
    # Each stretch below is counted to within one step at both of its ends.
    stretches = np.count_nonzero(np.diff(below.astype(int)) != 0) + 1
    assert found.hours_below.median == pytest.approx(below.sum() * step, abs=stretches * step)
    assert found.lowest.median < found.usual_trough.median


def test_fluoxetine_hardly_notices() -> None:
    found = missed_doses("fluoxetine", dose_mg=20, sampling=FEW)
    assert found.hours_back.median == 0
    assert "within 1 point of its usual course" in found.text


def test_misses_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="missed = 0"):
        missed_doses("citalopram", dose_mg=20, missed=0)
    with pytest.raises(ValueError, match="dose_mg = 0"):
        missed_doses("citalopram", dose_mg=0)
