"""Scales: licences, items, totals."""

import csv

import pytest

from beside import reference
from occupancy.diary import Answers, scale, scales

ALLOWING = ("public domain", "US federal government work")


@pytest.mark.reference
def test_every_published_scale_has_a_licence_that_allows_it() -> None:
    with reference("evidence/taper/scale_licences.csv").open(encoding="utf-8") as file:
        status = {row["scale"]: row["status"] for row in csv.DictReader(file)}
    published = [one.name for one in scales() if "own words" not in one.licence]
    assert published == ["PHQ-9", "GAD-7", "AIMS"]
    for name in published:
        assert status[name].startswith(ALLOWING)


@pytest.mark.parametrize(
    ("name", "items", "most"),
    [("PHQ-9", 9, 27), ("GAD-7", 7, 21), ("AIMS", 12, 28), ("withdrawal checklist", 18, 54)],
)
def test_items_and_highest_totals_are_those_of_the_instrument(
    name: str, items: int, most: int
) -> None:
    form = scale(name)
    assert (len(form.items), form.most) == (items, most)
    full = Answers(name, tuple(len(one.options) - 1 for one in form.items))
    assert full.total == most
    assert Answers(name, (0,) * items).total == 0


def test_the_zero_of_the_anxiety_scale_is_not_at_all() -> None:
    assert {one.options[0] for one in scale("gad 7").items} == {"Not at all"}


def test_a_total_needs_every_item_that_counts_and_no_other() -> None:
    assert Answers("GAD-7", (1, 1, 1, None, 1, 1, 1)).total is None
    assert Answers("AIMS", (1,) * 7 + (None,) * 5).total == 7
    assert Answers("AIMS", (1,) * 7 + (4, 4, 4, 1, 1)).total == 7


def test_items_about_self_harm_are_marked_so_that_help_stands_beside_them() -> None:
    marked = {one.name: [one.items[k].text for k in one.asks_about_harm] for one in scales()}
    assert marked["PHQ-9"] == [scale("PHQ-9").items[8].text]
    for one in scales():
        for item in one.items:
            assert ("dead" in item.text) == (item.text in marked[one.name])
