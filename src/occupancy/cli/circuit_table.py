"""The printed table of a circuit: its outputs and states at a few hours, and where they end."""

from math import floor, log10
from textwrap import fill
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from occupancy.course.circuit_documents import CircuitDocument, CircuitSeries

#: Least width of what a row means; with less left, meanings stand below the table.
MEANING: Final = 20
#: Significant digits of a row's largest number: of one person, and of a band.
DIGITS, BAND_DIGITS = 4, 3
#: Most decimals; what is smaller is printed as 0, and stands in the document.
DECIMALS: Final = 6
#: Between two columns.
GAP: Final = 2
#: A space at which no line ends.
KEPT: Final = "\N{NO-BREAK SPACE}"

#: Estimate, lower and upper end; the ends are None for one person.
Cell = tuple[float, float | None, float | None]


def show_steady(out: "Console", document: "CircuitDocument", given: "Sequence[str]") -> None:
    """Print a circuit at rest and at its fixed point."""
    _show(out, document, ["at rest"], [0], given)


def show_course(out: "Console", document: "CircuitDocument", given: "Sequence[str]" = ()) -> None:
    """Print what a circuit did over a course: its first, middle and last hours."""
    time = next(iter(document.states.values())).time_h
    middle = min(range(len(time)), key=lambda i: abs(time[i] - 0.5 * (time[0] + time[-1])))
    heads = [f"day {time[i] / 24:.3g}" for i in (0, middle, -1)]
    _show(out, document, heads, [0, middle, -1], given)


def _show(
    out: "Console",
    document: "CircuitDocument",
    heads: list[str],
    at: list[int],
    given: "Sequence[str]",
) -> None:
    out.print(f"[bold]{document.title}[/] ({document.circuit})")
    if given:
        pairs = ", ".join(one.replace(" ", KEPT) for one in given)
        out.print(_wrapped(out, pairs), markup=False, style="dim")
    if document.people > 1:
        out.print(f"median and {document.level:.0%} band of {document.people} draws", style="bold")
    lines = {**document.outputs, **document.states}
    rows = {name: written(_cells(document, name, line, at)) for name, line in lines.items()}
    _table(out, lines, [*heads, *(["in the end"] if document.steady else [])], rows)
    for text in document.caveats:
        out.print(f"· {text}", markup=False)


def _cells(
    document: "CircuitDocument", name: str, line: "CircuitSeries", at: list[int]
) -> list[Cell | None]:
    """A row's numbers at those hours and, where the circuit has a fixed point, in the end."""
    cells: list[Cell | None] = [
        (line.value[i], None if line.low is None else line.low[i],
         None if line.high is None else line.high[i])
        for i in at
    ]  # fmt: skip
    if document.steady:
        end = document.steady.get(name)
        cells.append(None if end is None else (end.value, end.low, end.high))
    return cells


def written(cells: "Sequence[Cell | None]") -> list[tuple[str, str]]:
    """Estimate and band of each cell of a row as text, with as many decimals in all of them.

    Whole numbers are written without decimals, a band that does not differ from its estimate
    is left out, and where there is no number there is a dash.
    """
    numbers = [x for cell in cells if cell is not None for x in cell if x is not None]
    banded = any(cell is not None and cell[1] is not None for cell in cells)
    size = max(map(abs, numbers), default=0.0)
    digits = BAND_DIGITS if banded else DIGITS
    places = digits - 1 - floor(log10(size)) if size > 0 else 0
    places = min(max(places, 0), DECIMALS)
    while places and all(round(x, places) == round(x, places - 1) for x in numbers):
        places -= 1
    return [("-", "") if cell is None else _texts(cell, places) for cell in cells]


def _texts(cell: Cell, places: int) -> tuple[str, str]:
    # adding zero makes -0.0 a zero without a sign
    rounded = [None if x is None else round(x, places) + 0.0 for x in cell]
    if all(x is None or x.is_integer() for x in rounded):
        places = 0
    value, low, high = ("" if x is None else f"{x:.{places}f}" for x in rounded)
    if value == low == high or not low:
        return value, ""
    return value, f"{low} to {high}" if low.startswith("-") else f"{low}-{high}"


def _table(
    out: "Console",
    lines: "dict[str, CircuitSeries]",
    heads: list[str],
    rows: dict[str, list[tuple[str, str]]],
) -> None:
    """Bands beside their estimates, else below them; meanings in a column, else below the table."""
    from rich.table import Table

    beside = {n: [f"{v} ({b})" if b else v for v, b in row] for n, row in rows.items()}
    below = {n: [f"{v}\n{b}" if b else v for v, b in row] for n, row in rows.items()}
    units = {name: "" if line.unit == "1" else line.unit for name, line in lines.items()}
    unit = max(map(len, units.values())) and GAP + max(len("unit"), *map(len, units.values()))
    told = unit + GAP + MEANING
    cells, meanings = next(
        (
            (cells, meanings)
            for cells, extra, meanings in (
                (beside, told, True), (below, told, True), (beside, 0, False)
            )
            if _width(heads, cells) + extra <= out.width
        ),
        (below, False),
    )  # fmt: skip
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True, min_width=max(map(len, lines)))
    for head in heads:
        table.add_column(head, justify="right", overflow="fold")
    if meanings and unit:
        table.add_column("unit", no_wrap=True, overflow="fold")
    if meanings:
        table.add_column("meaning", overflow="fold")
    for name, row in cells.items():
        more = [*([units[name]] if unit else []), lines[name].text] if meanings else []
        table.add_row(name, *row, *more)
    out.print(table)
    if not meanings:
        for name, line in lines.items():
            text = f"{name}{f' [{units[name]}]' if units[name] else ''}: {line.text}"
            out.print(_wrapped(out, text, "    "), markup=False, style="dim")


def _wrapped(out: "Console", text: str, indent: str = "") -> str:
    """`text` in lines of the console's width, words and what `KEPT` joins unbroken."""
    lines = fill(text, out.width, subsequent_indent=indent, break_on_hyphens=False)
    return lines.replace(KEPT, " ")


def _width(heads: list[str], rows: dict[str, list[str]]) -> int:
    """What names and numbers take."""
    columns = zip(*rows.values(), strict=True)
    wide = [
        max(len(head), *(len(text) for cell in column for text in cell.split("\n")))
        for head, column in zip(heads, columns, strict=True)
    ]
    return max(map(len, rows)) + sum(wide) + GAP * len(wide)
