"""Doses and times of a planned study: candidates follow the kinetics, the best is certified."""

import numpy as np
import pytest

from occupancy.inference.scan_times import plan_scans, scan_candidates
from occupancy.inference.study_design import efficiency, expected_information

DOSES, TIMES = [2.5, 10.0, 40.0], [2.0, 6.0, 24.0, 96.0]


def test_candidates_fall_with_time_and_rise_with_dose() -> None:
    found = scan_candidates("olanzapine", "D2", doses_mg=DOSES, times_h=TIMES)
    assert len(found) == 12
    at = {(one.dose_mg, one.hours): one for one in found}
    assert at[40.0, 6.0].occupancy > at[10.0, 6.0].occupancy > at[2.5, 6.0].occupancy
    assert at[10.0, 6.0].exposure > at[10.0, 24.0].exposure > at[10.0, 96.0].exposure
    for one in found:  # one curve behind all
        ratio = one.occupancy * (1 + 1 / one.exposure)
        assert ratio == pytest.approx(found[0].occupancy * (1 + 1 / found[0].exposure), rel=1e-9)


def test_the_best_scans_are_better_than_any_even_spread() -> None:
    scans, design = plan_scans("olanzapine", "D2", doses_mg=DOSES, times_h=TIMES, people=16)
    assert sum(one.people for one in scans) == 16
    assert design.certificate < 1e-5
    emax = scans[0].occupancy * (1 + 1 / scans[0].exposure)
    for hours in TIMES:  # the usual study: everybody at one time
        usual = scan_candidates("olanzapine", "D2", doses_mg=DOSES, times_h=[hours])
        told = expected_information(
            [one.exposure for one in usual], [16 / 3] * 3, ec50=1.0, emax=emax
        )
        assert efficiency(told, design.expected) < 1.0


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ValueError, match="in people, so no scans of it can be planned: "):
        scan_candidates("mirtazapine", doses_mg=[15.0], times_h=[2.0])
    with pytest.raises(ValueError, match="times_h = -1"):
        scan_candidates("olanzapine", doses_mg=[5.0], times_h=[-1.0])
    with pytest.raises(ValueError, match="doses_mg = nothing"):
        scan_candidates("olanzapine", doses_mg=[], times_h=[np.float64(2.0)])
