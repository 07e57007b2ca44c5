"""Codes of drugs: formed as their terminologies form them, cited, each standing once."""

import pytest

from occupancy.evidence import codes, drug_codes, drug_names, drug_record, reference
from occupancy.evidence.tables import DrugCodes


def test_each_drug_stands_once_and_the_table_is_cited() -> None:
    names = [one.drug for one in codes().code]
    assert names == sorted(set(names))
    assert "CPIC" in reference(codes().cite).text()


def test_an_atc_code_stands_in_the_drugs_own_record_only() -> None:
    for one in codes().code:
        assert not (one.atc and one.drug in drug_names() and drug_record(one.drug).atc), one.drug


def test_the_two_sources_are_joined() -> None:
    assert drug_codes("citalopram") == DrugCodes(
        drug="citalopram", rxnorm="2556", atc=drug_record("citalopram").atc
    )
    assert drug_codes("imipramine").atc == "N06AA02"


def test_a_drug_without_a_code_has_empty_ones() -> None:
    assert drug_codes("quetiapine").rxnorm == ""
    assert drug_codes("nothing at all") == DrugCodes(drug="nothing at all")


@pytest.mark.parametrize("bad", [{"rxnorm": "25 56"}, {"atc": "N06"}, {"snomed": "12"}])
def test_a_malformed_code_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="has not the form"):
        DrugCodes(drug="citalopram", **bad)
