"""What an answer says it rests on: also the studies behind a curve of all of them."""

import re

import numpy as np
import pytest

import occupancy
from occupancy.drugs import sources
from occupancy.drugs.binding import binding
from occupancy.evidence import drug_record
from occupancy.evidence.posterior import stored_curve, stored_curves
from occupancy.inference.project import project_curves, studies


def test_every_stored_curve_names_its_studies() -> None:
    rests_on = studies(project_curves())
    for drug, target in stored_curves():
        stored = stored_curve(drug, target)
        assert stored is not None
        assert stored.studies
        assert list(stored.studies) == rests_on[f"{drug}|{target}"]


@pytest.mark.parametrize(("drug", "target"), sorted(stored_curves()))
def test_a_curve_of_all_studies_says_so_first(drug: str, target: str) -> None:
    record, stored = drug_record(drug), stored_curve(drug, target)
    assert stored is not None
    bound = binding(record, target)
    first, *others = sources(record, None, [bound, bound])
    assert first.figure == f"{target}-all-studies"
    assert first.status == "derived"
    assert all(study in first.citation for study in stored.studies)
    assert f"Emax {100 * np.median(stored.emax):.0f} %" in first.value
    assert "all-studies" not in {one.short for one in others}
    assert first not in others


def test_the_half_dose_stated_is_the_one_of_the_curve() -> None:
    record = drug_record("citalopram")
    first = sources(record, None, [binding(record, "SERT")])[0]
    emax, half = map(float, re.findall(r"Emax (\S+) %.*ED50 (\S+) mg/day", first.value)[0])
    shown = occupancy.curve("citalopram", "SERT", doses_mg=[half], draws=1)
    assert shown.occupancy.values.item() == pytest.approx(emax / 200, abs=0.005)


def test_one_study_asked_for_by_name_stands_alone() -> None:
    bound = binding(drug_record("citalopram"), "SERT", "sorensen2022")
    found = sources(drug_record("citalopram"), None, [bound])
    assert [one.figure for one in found] == ["Emax-SERT-sorensen2022", "ED50-SERT-sorensen2022"]
