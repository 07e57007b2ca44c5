"""The printed plan: complete, harmless whatever a name holds, and one page for sixteen steps."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from occupancy.interop.html_plan import plan_page
from occupancy.interop.wording import DISCLAIMER, percent, points

TODAY = date(2026, 11, 21)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
VOID = {"meta", "br"}
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "table", "thead", "tbody", "tfoot"),
    *("tr", "th", "td", "span", "h1", "h2", "p", "div", "ul", "li", "br", "strong", "svg", "path"),
}


class Reader(HTMLParser):
    """Text in order of reading, and the tags; elements must close as they opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags, self.open = "", set[str](), list[str]()
        self.attributes = set[str]()
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data + "\n"


def test_every_stage_with_its_dates_recipe_occupancy_and_drop(plan) -> None:
    text = Reader(plan_page(plan, made_on=TODAY)).text
    for stage in plan.stages:
        for intake in stage.intakes:
            assert f"{intake.at:%H:%M}: {intake.recipe.text}" in text
        assert percent(stage.occupancy) in text
        if stage.drop is not None:
            assert points(stage.drop) in text
    assert "1 Dec 2026 – 14 Dec 2026" in text
    assert "from 3 Feb 2027" in text
    assert text.count("largest\n") == 1


def test_warnings_come_first_and_the_foot_says_what_must_be_said(plan) -> None:
    page = plan_page(plan, made_on=TODAY, shopping=["62 mL"], proof=["none is better"])
    text = Reader(page).text
    assert text.index(plan.warnings[0]) < text.index("08:00")
    for words in (DISCLAIMER, "occupancy 0.1.0", "21 Nov 2026", *plan.sources, "62 mL"):
        assert words in text
    assert "Signature" in text
    assert "not a prescription" in text
    assert not re.search(r"\btake\b", text)


def test_nothing_is_fetched_and_nothing_runs(plan) -> None:
    page = plan_page(plan, made_on=TODAY)
    reader = Reader(page)
    assert reader.tags <= HARMLESS
    assert not {"src", "href", "style"} & reader.attributes
    assert not re.search(r"https?:|url\(|@import", page)
    assert "default-src 'none'" in page


def test_the_same_plan_has_the_same_bytes(plan) -> None:
    assert plan_page(plan, made_on=TODAY) == plan_page(replace(plan), made_on=TODAY)


NASTY = st.text(alphabet="<>&\"'/= scriptonload\x00\n\udcff", max_size=30)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NASTY, NASTY)
def test_whatever_a_name_holds_stays_text(plan, builder, steps, make, one: str, two: str) -> None:
    recipe = make(mL=1)
    piece = replace(recipe.pieces[0], text=one, product=two)
    steps = [(7, [(8, replace(recipe, pieces=(piece,)))]), (None, [])]
    nasty = builder(steps, drug=one, target=two, warnings=(one, two), sources=(two,), version=one)
    page = plan_page(nasty, made_on=TODAY, shopping=[one], proof=[two])
    reader = Reader(page)
    assert reader.tags <= HARMLESS
    assert reader.attributes == Reader(plan_page(plan, made_on=TODAY)).attributes
    page.encode("utf-8")


def test_a_plan_without_a_curve_or_products_still_prints(plan) -> None:
    bare = replace(
        plan,
        target="",
        warnings=(),
        sources=(),
        stages=tuple(replace(one, occupancy=None, drop=None, intakes=()) for one in plan.stages),
    )
    text = Reader(plan_page(bare, made_on=TODAY)).text
    assert "Sources: none given" in text
    assert "no recipe" in text
    assert "largest\n" not in text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here to print with")
def test_sixteen_steps_are_one_page_and_forty_are_not(builder, steps, make, tmp_path) -> None:
    assert pages(builder([steps[3]] * 16 + [(None, [])]), tmp_path) == 1
    assert pages(builder([steps[3]] * 40 + [(None, [])]), tmp_path) > 1


def pages(plan, folder) -> int:
    source, target = folder / "plan.html", folder / "plan.pdf"
    needs = ["citalopram tablet 10 mg: 45 tablets", "citalopram solution 2 mg/mL: 62 mL"]
    source.write_text(plan_page(plan, made_on=TODAY, shopping=needs, proof=needs))
    subprocess.run(
        [
            *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu"),
            *(f"--user-data-dir={folder / 'profile'}", "--no-pdf-header-footer"),
            *(f"--print-to-pdf={target}", source.as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))
