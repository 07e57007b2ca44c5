"""Each page as a person walks through it, at a desk and on a phone, without a network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright")

from browser import Visitor, chromium, drawn, served, wide

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]

CITALOPRAM = (
    "/taper?regimen=citalopram+20+mg+daily&product=tablet+10+mg%2C+halves"
    "&product=solution+2+mg%2FmL%2C+0.1+mL&steps=10"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        one = engine.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture(params=["desktop", "phone"])
def visitor(request: Any, browser: Browser, address: str) -> Iterator[Visitor]:
    one = Visitor(browser, address, request.param)
    yield one
    one.context.close()
    assert one.trouble == []


def number(page: Page, selector: str = ".head .mid") -> float:
    return float(re.findall(r"[\d.]+", page.locator(selector).first.inner_text())[0])


def test_explore_follows_the_slider(visitor: Visitor) -> None:
    page = visitor.open("/explore")
    assert number(page) == pytest.approx(75, abs=2)
    mark = page.locator("#curve1 svg [aria-roledescription]").count()
    before = page.locator("#course1 svg").first.inner_html()
    page.locator("input.slide").fill("5")
    page.wait_for_function(
        "() => parseFloat(document.querySelector('.head .mid').textContent) < 65"
    )
    page.wait_for_timeout(300)
    assert page.locator("#dose").input_value() == "5"
    assert page.locator("#course1 svg").first.inner_html() != before
    assert page.locator("#curve1 svg [aria-roledescription]").count() == mark
    assert "dose=5" in page.url
    assert wide(page) <= 0
    visitor.keep(page, "explore")


def test_a_dose_can_be_typed(visitor: Visitor) -> None:
    page = visitor.open("/explore")
    page.locator("#dose").fill("0.37")
    page.wait_for_function(
        "() => parseFloat(document.querySelector('.head .mid').textContent) < 20"
    )
    assert page.locator("p.legend").first.inner_text().startswith("0.37 mg daily")


def test_two_drugs_stand_side_by_side_and_a_number_opens_its_sources(visitor: Visitor) -> None:
    page = visitor.open("/explore?drug=risperidone")
    page.locator("#drug2").select_option("olanzapine")
    page.locator("#curve2 svg").first.wait_for()
    drawn(page)
    assert "drug2=olanzapine" in page.url
    assert page.locator("section.drug").count() == 2
    visitor.keep(page, "explore-two")
    page.locator("#answer2 .num").first.click()
    sources = page.locator("#why-o2")
    assert sources.is_visible()
    assert "olanzapine" in (sources.locator("a").first.get_attribute("href") or "")
    visitor.keep(page, "explore-sources")
    page.keyboard.press("Escape")
    assert not sources.is_visible()


def test_a_person_moves_the_numbers_and_a_mistake_stands_beside_its_field(
    visitor: Visitor,
) -> None:
    page = visitor.open("/explore")
    before = number(page)
    page.get_by_text("For a person").click()
    page.locator("#cyp2c19").fill("PM")
    page.locator("#cyp2c19").press("Tab")
    page.locator(".effects").first.wait_for()
    assert number(page) > before
    visitor.expect(422)
    page = visitor.open("/explore?age=7&weight=70")
    assert page.locator("#age").input_value() == "7"
    assert page.locator("#weight").input_value() == "70"
    assert "between 18 and 100" in page.locator("#wrong-age").inner_text()
    visitor.keep(page, "explore-mistake")


def test_a_taper_from_the_tablets_at_home(visitor: Visitor) -> None:
    page = visitor.open("/taper", pictures=False)
    visitor.keep(page, "taper-start")
    page.locator("#regimen").fill("citalopram 20 mg daily")
    page.locator("[data-fill]").first.click()
    page.get_by_text("+ one more").click()
    page.keyboard.type("solution 2 mg/mL, 0.1 mL")
    page.locator("#steps").fill("10")
    page.locator("#first_day").fill("2026-12-01")
    page.get_by_role("button", name="Make the plan").click()
    page.locator("#plan-title").wait_for()
    drawn(page)
    assert page.locator("#plan-title").inner_text().endswith("in 10 steps")
    assert "Checked just now by a second program" in page.locator(".claim").inner_text()
    assert "1 Dec 2026" in page.locator("tbody th").nth(1).inner_text()
    page.get_by_text("At 20 mg a day").wait_for()
    assert wide(page) <= 0
    visitor.keep(page, "taper")
    with page.expect_download() as loading:
        page.get_by_role("link", name="Calendar").click()
    assert loading.value.suggested_filename == "taper-citalopram-2026-12-01.ics"
    with page.expect_download() as loading:
        page.get_by_role("link", name="One page, PDF").click()
    assert Path(loading.value.path()).read_bytes().startswith(b"%PDF")
    page.locator("#again-regimen").fill("citalopram 10 mg daily")
    page.locator("#again-since").fill("2026-11-01")
    page.locator("#again-wait").fill("7")
    page.get_by_role("button", name="Plan from today").click()
    page.get_by_text("A hold was asked for").or_(
        page.get_by_text("It is held for")
    ).first.wait_for()
    assert page.locator("#plan-title").inner_text().startswith("Citalopram 10 mg daily")
    drawn(page)
    visitor.keep(page, "taper-again")


def test_a_taper_that_cannot_be_keeps_what_was_typed(visitor: Visitor) -> None:
    visitor.expect(422)
    page = visitor.open(
        "/taper?regimen=citalopram+20+mg+dialy&product=tablet+10+mg%2C+haves&product=pill&age=7"
        "&steps=4"
    )
    assert page.locator("#regimen").input_value() == "citalopram 20 mg dialy"
    assert [one.input_value() for one in page.locator("#products input").all()] == [
        "tablet 10 mg, haves",
        "pill",
    ]
    assert page.locator("#products .wrong").count() == 2
    assert "daily" in page.locator("#wrong-regimen").inner_text()
    assert page.locator("#age").input_value() == "7"
    visitor.keep(page, "taper-mistakes")


def test_evidence_is_found_and_read(visitor: Visitor) -> None:
    page = visitor.open("/evidence")
    visitor.keep(page, "evidence")
    page.locator("#q").fill("vmat2")
    page.wait_for_function("() => document.querySelectorAll('#found li').length < 6")
    page.get_by_role("link", name="Valbenazine").click()
    page.locator("h1", has_text="Valbenazine").wait_for()
    assert wide(page) <= 0
    visitor.keep(page, "evidence-drug")


@pytest.mark.parametrize("path", ["about", "help-now", "nothing-here"])
def test_pages_that_say_the_same_to_everybody(visitor: Visitor, path: str) -> None:
    visitor.expect(404)
    page = visitor.open(f"/{path}")
    assert page.locator("h1").count() == 1
    assert wide(page) <= 0
    visitor.keep(page, path)


def test_help_is_one_click_away_and_needs_no_script(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, "phone", java_script_enabled=False)
    page = visitor.open("/explore", pictures=False)
    page.get_by_role("link", name="Help now").first.click()
    assert page.locator('a[href="tel:112"]').is_visible()
    assert page.locator("script").count() == 0
    visitor.context.close()


def test_without_scripts_the_numbers_and_pictures_are_there(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, "desktop", java_script_enabled=False)
    page = visitor.open("/explore", pictures=False)
    assert number(page) == pytest.approx(75, abs=2)
    assert page.locator("noscript img, figure img").count() >= 2
    page.locator("#dose").fill("5")
    page.get_by_role("button", name="Show").click()
    assert number(page) < 65
    visitor.keep(page, "explore-without-scripts")
    page = visitor.open(CITALOPRAM, pictures=False)
    assert page.locator("#plan-title").inner_text().endswith("in 10 steps")
    visitor.context.close()
    assert visitor.trouble == []


def test_the_keyboard_reaches_everything_and_first_the_content(
    browser: Browser, address: str
) -> None:
    visitor = Visitor(browser, address, "desktop")
    page = visitor.open("/explore")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('input.slide')"):
            break
    else:
        pytest.fail("the slider is not reached")
    before = number(page)
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        f"() => parseFloat(document.querySelector('.head .mid').textContent) < {before}"
    )
    visitor.context.close()
    assert visitor.trouble == []


def test_dark_and_print_can_be_read(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, "desktop", color_scheme="dark")
    page = visitor.open("/explore?drug=risperidone&drug2=olanzapine")
    visitor.keep(page, "explore-dark")
    page = visitor.open(CITALOPRAM)
    visitor.keep(page, "taper-dark")
    page.emulate_media(media="print", color_scheme="light")
    visitor.keep(page, "taper-print")
    assert not page.locator("#plan").is_visible()
    visitor.context.close()
    assert visitor.trouble == []


@pytest.mark.parametrize(
    "path",
    ["/explore?drug2=sertraline&age=70", CITALOPRAM, "/taper", "/evidence", "/evidence/olanzapine",
     "/about", "/help-now", "/nothing-here", "/taper?regimen=nonsense&product=pill"],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visitor = Visitor(browser, address, "desktop", color_scheme=scheme, bypass_csp=True)
    visitor.expect(404, 422)
    page = visitor.open(path)
    found = axe.Axe().run(page).response["violations"]
    said = [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in found
        for node in one["nodes"][:3]
    ]
    assert said == []
    visitor.context.close()
