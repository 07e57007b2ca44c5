"""A served application and a browser that looks at it, as a person would.

Every page that is opened fails the test when anything is written to the console as an error,
when a script breaks, or when anything outside the served address is asked for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SCREENS: Final = Path(__file__).resolve().parents[2] / "build" / "screens"
SIZES: Final[dict[str, dict[str, Any]]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 800},
        "has_touch": True,
        "is_mobile": True,
        "device_scale_factor": 2,
    },
}
SERVE: Final = [sys.executable, "-W", "ignore", "-c", "from occupancy.cli import main; main()"]


def chromium() -> str | None:
    """The system's Chromium, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def served(data: Path, *more: str) -> Iterator[str]:
    """The address of an application that is ended afterwards."""
    command = [*SERVE, "serve", "--port", "0", "--data", str(data), *more]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+", line)
            assert found is not None, line + process.stderr.read()
            yield found.group(0)
        finally:
            process.terminate()
            process.wait(20)


class Visitor:
    """A person at one size of screen."""

    def __init__(self, browser: Browser, address: str, size: str, **more: Any) -> None:
        """Open the browser at `size`, one of `SIZES`."""
        self.address = address
        self.size = size
        self.context: BrowserContext = browser.new_context(**SIZES[size], **more)
        self.context.set_default_timeout(20_000)
        self.trouble: list[str] = []
        self.allowed: set[int] = set()

    def open(self, path: str, *, pictures: bool = True) -> Page:
        """Open a page and wait for its pictures."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.trouble.append(f"script: {error}"))
        page.on("request", self._asked)
        page.on("requestfailed", self._failed)
        page.goto(self.address + path)
        if pictures:
            drawn(page)
        return page

    def keep(self, page: Page, name: str) -> None:
        """Write a picture of the whole page to build/screens."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}-{self.size}.png", full_page=True)

    def expect(self, *status: int) -> None:
        """Accept that the browser remarks on answers of these statuses."""
        self.allowed.update(status)

    def _heard(self, message: Any) -> None:
        if message.type == "error" and not any(
            f"status of {one}" in message.text for one in self.allowed
        ):
            self.trouble.append(f"console: {message.text}")

    def _failed(self, request: Any) -> None:
        # A download and a page that is left end a request without anything being wrong.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.trouble.append(f"failed: {request.url} {request.failure}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self.trouble.append(f"outside: {request.url}")


def drawn(page: Page) -> None:
    """Wait until every picture of the page is drawn."""
    for place in page.locator(".panels").all():
        place.locator("svg").first.wait_for(state="attached")
    page.wait_for_timeout(50)


def wide(page: Page) -> float:
    """How many pixels the page is wider than its window."""
    return page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
