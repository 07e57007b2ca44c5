"""What commands print: documents, tables, progress, and errors a person can act on."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import altair as alt
    from rich.console import Console

    from occupancy.course.answer import Document, SourceLine

_T = TypeVar("_T")


class Warned(Protocol):
    """A document with what to be careful about."""

    @property
    def warnings(self) -> Sequence[str]:
        """Sentences."""
        ...

    def to_json(self) -> str:
        """The document as one line."""
        ...


_Answer = TypeVar("_Answer", bound=Warned)

#: Width used when the output is not a terminal.
PIPED_WIDTH = 110


def print_json(document: "Document | Warned") -> None:
    """Print a document as one line to standard output."""
    sys.stdout.write(document.to_json() + "\n")


def console() -> "Console":
    """The console of standard output; plain and of fixed width when piped."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def warn(lines: Iterable[str]) -> None:
    """Print warnings to standard error, one line each."""
    for line in lines:
        sys.stderr.write(f"note: {line}\n")


def answered(
    document: _Answer,
    show: Callable[[_Answer], None],
    picture: Callable[[_Answer], "alt.TopLevelMixin"],
    *,
    as_json: bool,
    plot: Path | None,
) -> None:
    """Give a command's answer: the document, or its warnings and what `show` prints; its picture.

    The picture is written first, so that nothing is printed when it cannot be.
    """
    if plot is not None:
        from occupancy.figures import save

        save(picture(document), plot)
    if as_json:
        print_json(document)
    else:
        warn(document.warnings)
        show(document)
    if plot is not None:
        saved(plot)


def saved(path: Path) -> None:
    """Say where a picture is."""
    sys.stderr.write(f"picture: {path}\n")


def progress(items: Sequence[_T], label: str) -> Iterator[_T]:
    """Iterate with a progress bar on standard error; silent when that is not a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=label, console=Console(stderr=True), transient=True)


@contextmanager
def waiting(label: str, *, when: bool = True) -> Iterator[None]:
    """Show on standard error that work of unknown length goes on; silent when not a terminal."""
    if not (when and sys.stderr.isatty()):
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        shown.add_task(label, total=None)
        yield


def print_sources(out: "Console", sources: Sequence["SourceLine"]) -> None:
    """Print the figures behind an answer under the work each comes from, with their rivals."""
    from textwrap import fill

    def wrapped(text: str, indent: str) -> str:
        return fill(text, out.width, initial_indent=indent, subsequent_indent=indent + "    ")

    out.print("How do we know", style="bold")
    works: dict[str, list[SourceLine]] = {}
    for one in sources:
        works.setdefault(one.citation, []).append(one)
    for citation, figures in works.items():
        out.print(wrapped(citation, "  "), markup=False)
        for one in figures:
            rivals = f"; disputed by {'; '.join(one.disputed_by)}" if one.disputed_by else ""
            line = f"{one.figure} = {one.value} [{one.status}]{rivals}"
            out.print(wrapped(line, "    "), markup=False, style="dim")


def print_footer(out: "Console", version: str) -> None:
    """Print what every displayed answer carries: the version and the disclaimer."""
    from occupancy.course.answer import DISCLAIMER

    out.print(f"\noccupancy {version}. {DISCLAIMER}", style="dim", markup=False)


def percent(value: float) -> str:
    """A fraction as percent with one decimal below ten and none above, as in "7.2" or "79"."""
    number = 100 * value
    return f"{number:.1f}" if abs(number) < 10 else f"{number:.0f}"
