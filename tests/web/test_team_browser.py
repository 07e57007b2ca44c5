"""A person lets a clinician read, and ends it: in a browser, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright")
pytest.importorskip("sqlalchemy")
pytest.importorskip("argon2")

from browser import Visitor, chromium, drawn, served, wide
from team import SECRET, WORDS, fill

from occupancy.diary import Store
from occupancy.diary.team.accounts import Role, invite

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def links(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A folder with accounts, and a link for each size of screen."""
    folder: Path = tmp_path_factory.mktemp("data")
    with Store.open(folder / "diary.db") as store:
        fill(store)
        tokens = {
            size: invite(store, f"eva.{size}", Role.PERSON, name="Eva").token
            for size in ("desktop", "phone", "axe")
        }
    return {"folder": folder, **tokens}


@pytest.fixture(scope="module")
def address(links: dict[str, Any]) -> Iterator[str]:
    with served(links["folder"], "--team") as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        one = engine.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield one
        one.close()


def sign_in(visitor: Visitor, name: str) -> Page:
    page = visitor.open("/sign-in", pictures=False)
    page.locator("#name").fill(name)
    page.locator("#password").fill(WORDS)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Signed in as").wait_for()
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["", "without-scripts"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_diary_is_shared_read_and_no_longer_shared(
    browser: Browser, address: str, links: dict[str, Any], size: str, scripts: bool
) -> None:
    more = {} if scripts else {"java_script_enabled": False}
    person = Visitor(browser, address, size, **more)
    reader = Visitor(browser, address, size, **more)
    for one in (person, reader):
        one.expect(404, 422)

    def kept(one: Visitor, page: Page, name: str) -> None:
        if scripts:
            drawn(page)
            assert wide(page) <= 0
            one.keep(page, f"team-{name}")

    if scripts:
        page = person.open(f"/welcome/{links[size]}", pictures=False)
        page.locator("#password").fill(WORDS)
        page.locator("#again").fill(WORDS + "x")
        page.get_by_role("button", name="Open the account").click()
        page.locator("#wrong-again").wait_for()
        kept(person, page, "welcome")
        page.locator("#password").fill(WORDS)
        page.locator("#again").fill(WORDS)
        page.get_by_role("button", name="Open the account").click()
        page.get_by_role("heading", name="Who reads my diary").wait_for()
        page.get_by_role("button", name="Sign out").click()
    page = person.open("/diary", pictures=False)
    kept(person, page, "sign-in")
    page.locator("#name").fill("anna")
    page.locator("#password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.locator("#wrong-password").wait_for()
    assert page.locator("#name").input_value() == "anna"
    page.locator("#password").fill(WORDS)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(SECRET).wait_for()
    page.get_by_role("navigation").get_by_role("link", name="Account").click()
    page.locator("#reader").fill("dr.nobody")
    page.get_by_role("button", name="Let them read").click()
    page.locator("#wrong-reader").wait_for()
    assert page.locator("#reader").input_value() == "dr.nobody"
    page.locator("#reader").fill("dr.d")
    page.get_by_role("button", name="Let them read").click()
    page.get_by_text("can read your diary").wait_for()
    kept(person, page, "account")

    look = sign_in(reader, "dr.d")
    look.get_by_role("row", name="Anna").get_by_role("link", name="report").wait_for()
    kept(reader, look, "people")
    look.get_by_role("row", name="Anna").get_by_role("link", name="report").click()
    look.get_by_text("shares this diary with you").wait_for()
    kept(reader, look, "report-shared")
    look.get_by_role("main").get_by_role("link", name="Diary", exact=True).click()
    look.get_by_text(SECRET).wait_for()
    assert look.get_by_role("button", name="Write it down").count() == 0
    kept(reader, look, "diary-shared")
    look.get_by_role("link", name="Versions").first.click()
    look.get_by_role("heading", name="History").wait_for()

    page.get_by_role("button", name="End it: Dr.D").click()
    page.get_by_text("can no longer read").wait_for()
    assert page.get_by_text("read by: Report").first.is_visible()
    look.reload()
    look.get_by_role("heading", name="There is no such page").wait_for()
    assert SECRET not in look.content()
    look.get_by_role("navigation").get_by_role("link", name="People").click()
    look.get_by_text("Nobody yet").wait_for()
    for one in (page, look):
        one.get_by_role("button", name="Sign out").click()
        one.get_by_role("heading", name="Sign in").wait_for()
    for one in (person, reader):
        one.context.close()
        assert one.trouble == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "path"),
    [("", "/sign-in"), ("", "/welcome/TOKEN"), ("", "/about"), ("anna", "/account"),
     ("anna", "/diary"), ("dr.b", "/people"), ("dr.b", "/diary?who=anna"),
     ("dr.b", "/report?who=anna"), ("dr.d", "/people"), ("dr.b", "/account")],
)  # fmt: skip
def test_axe_finds_nothing(
    browser: Browser, address: str, links: dict[str, Any], name: str, path: str, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visitor = Visitor(browser, address, "desktop", color_scheme=scheme, bypass_csp=True)
    if name:
        sign_in(visitor, name).close()
    page = visitor.open(path.replace("TOKEN", links["axe"]))
    said = [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
        for one in axe.Axe().run(page).response["violations"]
        for node in one["nodes"][:3]
    ]
    assert said == []
    visitor.context.close()
    assert visitor.trouble == []
