"""A progress bar on standard error, where that is a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Told how many people are done, and how many there are; both counted once for each draw.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Say nothing."""


@contextmanager
def progress_bar(wanted: bool | Progress | None) -> Iterator[Progress]:
    """What to tell the progress to.

    None draws a bar where standard error is a terminal, True always, False never; a function
    is called itself.
    """
    if callable(wanted):
        yield wanted
        return
    if wanted is False or (wanted is None and not sys.stderr.isatty()):
        yield silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("people", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("people", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
