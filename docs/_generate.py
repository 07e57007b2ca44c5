"""Write what the documentation can say by itself: `python docs/_generate.py`.

The reference pages are made from the evidence, the command line, the schemas and the docstrings;
the output in the tutorial and the how-to pages is what the blocks there print today; pictures
come from the commands that draw them. Everything written is committed, and a test compares it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

import _blocks  # noqa: E402
import _from_code  # noqa: E402
import _from_evidence  # noqa: E402

#: Reference pages and what makes them.
GENERATED = {
    "reference/commands.md": _from_code.commands,
    "reference/documents.md": _from_code.documents,
    "reference/laws.md": _from_code.laws,
    "reference/python.md": _from_code.python,
    "reference/regimen-words.md": _from_code.regimen_words,
    "reference/quantities.md": _from_evidence.quantities,
    "reference/targets.md": _from_evidence.targets,
    "reference/drugs.md": _from_evidence.drugs,
    "reference/people.md": _from_evidence.people,
}

#: The page that `make bench` writes: figures of a machine, not the same twice.
MEASURED = "performance.md"


def executed_pages() -> list[str]:
    """Pages whose blocks are run: all that are written by hand."""
    found = (
        one
        for room in ("how-to", "circuits", "explanation")
        for one in sorted((DOCS / room).glob("*.md"))
    )
    first = ["index.md", "tutorial.md"]
    rooms = sorted(one.name for one in DOCS.glob("*.md") if one.name not in (*first, MEASURED))
    return [*first, *rooms, *(one.relative_to(DOCS).as_posix() for one in found)]


def refreshed_pages() -> list[str]:
    """Pages whose blocks are run, the README of the repository among them."""
    return [*executed_pages(), "../README.md"]


def page(name: str, folder: Path) -> str:
    """What the page `name` should hold today; files its blocks write go to `folder`."""
    if name in GENERATED:
        return GENERATED[name]()
    return _blocks.refresh((DOCS / name).read_text(encoding="utf-8"), folder)


def main() -> None:
    """Write every page that can be made or refreshed, and its pictures."""
    (DOCS / "reference").mkdir(exist_ok=True)
    (DOCS / "img").mkdir(exist_ok=True)
    for name in [*GENERATED, *refreshed_pages()]:
        with tempfile.TemporaryDirectory() as folder:
            text = page(name, Path(folder))
            for picture in Path(folder).glob("*.svg"):
                shutil.copyfile(picture, DOCS / "img" / picture.name)
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
