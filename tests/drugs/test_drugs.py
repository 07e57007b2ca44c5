"""Names, forms, bindings and sources of a drug."""

import pytest

from occupancy.drugs import (
    Anchored,
    UnknownTargetError,
    binding,
    resolve,
    sources,
    target_or_first,
    targets_of,
)
from occupancy.evidence import UnknownDrugError, drug_names, drug_record


@pytest.mark.parametrize("name", drug_names())
def test_every_drug_resolves_by_its_names_and_forms(name: str) -> None:
    record = drug_record(name)
    if not record.form:
        assert record.gap
        return
    assert resolve(name).record.name == name
    assert resolve(name.upper()).record.name == name
    for synonym in record.synonyms:
        assert resolve(synonym).record.name == name
    for form in record.form:
        for text in (form.name, *form.aliases):
            product = resolve(text if name in text else f"{name} {text}")
            assert (product.record.name, product.form.name) == (name, form.name)


def test_synonyms_stand_for_one_drug_only() -> None:
    owners: dict[str, str] = {}
    for name in drug_names():
        for word in {*map(str.lower, drug_record(name).synonyms), name}:
            assert owners.setdefault(word, name) == name, word


def test_a_qualifier_alone_is_no_drug() -> None:
    with pytest.raises(UnknownDrugError, match="write the drug's name first"):
        resolve("oral")


@pytest.mark.parametrize(
    ("text", "hint"), [("citalopran", "citalopram"), ("sertralin", "sertraline")]
)
def test_an_unknown_drug_suggests_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(UnknownDrugError, match=f"did you mean .*{hint}"):
        resolve(text)


def test_an_unknown_form_lists_the_forms() -> None:
    with pytest.raises(UnknownDrugError, match="its forms are"):
        resolve("sertraline patch")


def test_a_target_without_in_vivo_figure_is_anchored_and_says_so() -> None:
    record = drug_record("risperidone")
    extra = [t for t in targets_of(record, anchored=True) if t not in targets_of(record)]
    assert extra
    bound = binding(record, extra[0])
    assert isinstance(bound, Anchored)
    assert bound.basis == "anchored from Ki"
    assert bound.ratio > 0


def test_an_unknown_target_lists_what_is_known() -> None:
    with pytest.raises(UnknownTargetError, match=r"known: .*SERT"):
        binding(drug_record("citalopram"), "GABA-A")


def test_a_target_that_is_not_named_is_the_first_one_measured_in_people() -> None:
    record = drug_record("quetiapine")
    assert len(targets_of(record)) > 1
    assert target_or_first(record, None) == targets_of(record)[0]
    assert target_or_first(record, targets_of(record)[1]) == targets_of(record)[1]
    assert target_or_first(record, "NET") == "NET"


@pytest.mark.parametrize("name", [n for n in drug_names() if not drug_record(n).occupancy])
def test_a_drug_that_was_never_scanned_says_what_was_looked_for(name: str) -> None:
    record = drug_record(name)
    assert target_or_first(record, "SERT") == "SERT"
    with pytest.raises(UnknownTargetError, match="no occupancy figure in people: ") as plain:
        target_or_first(record, None)
    with pytest.raises(UnknownTargetError, match="in people, so no curve is drawn: "):
        target_or_first(record, None, "no curve is drawn")
    assert record.gap
    assert all(gap.what in str(plain.value) for gap in record.gap)


@pytest.mark.parametrize("name", [n for n in drug_names() if drug_record(n).occupancy])
def test_every_default_has_a_source_that_is_not_recalled(name: str) -> None:
    record = drug_record(name)
    found = sources(
        record,
        record.kinetics[0] if record.kinetics else None,
        [binding(record, t) for t in targets_of(record)],
    )
    assert found
    assert all(one.status != "recalled" and one.citation for one in found)
