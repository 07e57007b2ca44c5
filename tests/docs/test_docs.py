"""The documentation says what the product does today: pages, blocks, links, examples."""

import importlib
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from occupancy.drugs import resolve
from occupancy.evidence.drugrecord import Form, Gap, OccupancyModel
from occupancy.evidence.figure import Citation, Figure
from occupancy.evidence.loader import reference
from occupancy.evidence.validated import validated
from occupancy.regimen import parse

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REGENERATE = "run `python docs/_generate.py` and commit what it writes"


def generator() -> ModuleType:
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("_generate")
    finally:
        sys.path.remove(str(DOCS))


GENERATE = generator()


def written_pages() -> list[str]:
    return sorted(one.relative_to(DOCS).as_posix() for one in DOCS.rglob("*.md"))


@pytest.mark.parametrize("name", [*GENERATE.GENERATED, *GENERATE.refreshed_pages()])
def test_a_page_holds_what_is_true_today(name: str, tmp_path: Path) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert GENERATE.page(name, tmp_path) == text, f"{name} is out of date: {REGENERATE}"
    for picture in re.findall(r"!\[[^\]]*\]\([^)]*img/([^)]+)\)", text):
        if not picture.startswith("web-"):  # taken by the tests of the browser
            assert (tmp_path / picture).is_file(), f"no block of {name} draws {picture}"
        assert (DOCS / "img" / picture).is_file(), f"{picture} is missing: {REGENERATE}"


def test_every_page_is_made_or_run_and_stands_in_the_navigation() -> None:
    pages = set(written_pages())
    assert pages == {*GENERATE.GENERATED, *GENERATE.executed_pages(), GENERATE.MEASURED}
    settings = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    assert set(_navigation(settings["project"]["nav"])) == pages


def _navigation(entries: list[dict[str, object]]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values():
            if isinstance(value, str):
                yield value
            elif isinstance(value, list):
                yield from _navigation(value)


def test_a_key_is_explained_in_one_room_alone() -> None:
    keys = vars(sys.modules["_keys"])
    rooms = [name for name in keys if name.isupper() and name != "MEANINGS"]
    assert len(rooms) > 5
    explained = Counter(key for room in rooms for key in keys[room])
    assert [key for key, times in explained.items() if times > 1] == []


@pytest.mark.parametrize("name", written_pages())
def test_links_lead_somewhere(name: str) -> None:
    page = DOCS / name
    for path, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", _without_code(page)):
        if path.startswith(("http://", "https://")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), f"{name} links to {path}, which is not there"
        if anchor:
            assert anchor in _anchors(target), f"{name} links to {path}#{anchor}"


def _without_code(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def _anchors(page: Path) -> set[str]:
    """Anchors of the headings, as the site makes them."""
    titles = re.findall(r"^#+ (.+)$", _without_code(page), re.M)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", t).strip().lower()) for t in titles}


def test_regimens_of_the_guide_can_be_read_and_name_known_drugs() -> None:
    page = (DOCS / "how-to" / "regimen.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| ") and " mg " in row]
    regimens = [text for row in rows for text in re.findall(r"`([^`]+)`", row) if " mg " in text]
    assert len(regimens) >= 15
    for text in regimens:
        drug = parse(text).drug
        assert drug is not None
        assert resolve(drug)


def test_records_shown_in_the_guide_are_valid() -> None:
    page = (DOCS / "how-to" / "evidence.md").read_text(encoding="utf-8")
    models = {"figure": Figure, "gap": Gap, "form": Form, "occupancy": OccupancyModel}
    blocks = re.findall(r"^```toml\n(.*?)^```$", page, re.M | re.S)
    assert blocks
    for block in blocks:
        for key, value in tomllib.loads(block).items():
            if key in models:
                for one in value:
                    shown = validated(models[key], one)
                    if isinstance(shown, Figure):
                        assert reference(shown.cite)
            else:
                assert validated(Citation, value) == reference(key)


@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda p: p.name)
def test_examples_run(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_what_the_site_needs_is_in_the_site() -> None:
    settings = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))
    assert settings["project"]["theme"]["font"] is False
    for sheet in settings["project"]["extra_css"]:
        assert "http" not in (DOCS / sheet).read_text(encoding="utf-8")
