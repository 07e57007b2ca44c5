"""`occupancy population`: regimens in many virtual people."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from occupancy.cli import options
from occupancy.cli.output import percent, print_json, print_sources, saved, warn

if TYPE_CHECKING:
    from occupancy.course.answer import Spread
    from occupancy.population.documents import PopulationDocument, QuantileLine, TargetPeople

#: Exit code of a command that was stopped from the keyboard.
INTERRUPTED = 130


@click.command()
@click.argument("regimens", nargs=-1, required=True)
@click.option(
    "--people",
    type=click.IntRange(1, 10**9),
    default=1000,
    show_default=True,
    help="How many virtual people.",
)
@options.days
@options.targets
@click.option(
    "--ancestry",
    multiple=True,
    metavar="NAME[=SHARE]",
    help="Ancestry, for the frequencies of genes; repeat with shares for a mixture.",
)
@click.option("--ages", nargs=2, type=float, help="Lowest and highest age; default all adults.")
@click.option("--female", type=float, help="Share of women; default half.")
@click.option("--smokers", type=float, help="Share of smokers; default that on record.")
@click.option(
    "--occasions/--no-occasions",
    default=True,
    show_default=True,
    help="Whether absorption differs from dose to dose in one person.",
)
@click.option(
    "--draws",
    type=click.IntRange(1, 1000),
    default=1,
    show_default=True,
    help="Draws of the uncertainty, each a whole trial of the same people.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Same seed, same people.",
)
@click.option(
    "--level",
    type=click.FloatRange(0.01, 0.999),
    default=0.9,
    show_default=True,
    help="With several draws: probability inside the bounds.",
)
@click.option(
    "--on",
    "where",
    default="threads",
    show_default=True,
    metavar="WHERE",
    help="serial, threads, processes, jax, dask, or a Dask scheduler's address (tcp://...).",
)
@click.option("--workers", type=click.IntRange(min=1), help="How many; default one for each core.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write every person's values: .parquet or .zarr.",
)
@options.json_option
@options.plot
def population(
    regimens: tuple[str, ...],
    people: int,
    days: float | None,
    target: tuple[str, ...],
    ancestry: tuple[str, ...],
    ages: tuple[float, float] | None,
    female: float | None,
    smokers: float | None,
    occasions: bool,
    draws: int,
    seed: int,
    level: float,
    where: str,
    workers: int | None,
    export: Path | None,
    as_json: bool,
    plot: Path | None,
) -> None:
    """REGIMENS in many virtual people, the same people in each; each regimen in its own quotes.

    The share of people in the window, and the spread of trough, average and peak.
    """
    from occupancy.engine.executor_words import executor_of
    from occupancy.population import Population, population_document, trial

    try:
        result = trial(
            regimens,
            Population(
                people,
                seed,
                ancestry=_ancestry(ancestry),
                ages=ages,
                female=female,
                smokers=smokers,
                occasions=occasions,
            ),
            days=days,
            targets=target or None,
            draws=draws,
            executor=executor_of(where, workers),
            export=export,
        )
    except KeyboardInterrupt:
        sys.stderr.write("stopped from the keyboard; nothing was written\n")
        raise SystemExit(INTERRUPTED) from None
    document = population_document(result, level)
    if plot is not None:
        from occupancy.figures import population_figure, save

        save(population_figure(document), plot)
    if as_json:
        print_json(document)
    else:
        _show(document)
        warn([*document.warnings, *(w for arm in document.arms for w in arm.warnings)])
    if export is not None:
        sys.stderr.write(f"people: {export}\n")
    if plot is not None:
        saved(plot)


def _ancestry(words: tuple[str, ...]) -> str | dict[str, float] | None:
    """One name, or names with their shares.

    Raises:
        ValueError: several names of which one has no share, or a share that is no number.
    """
    if not words:
        return None
    if len(words) == 1 and "=" not in words[0]:
        return words[0]
    shares: dict[str, float] = {}
    for word in words:
        name, _, share = word.partition("=")
        try:
            shares[name] = shares.get(name, 0.0) + float(share)
        except ValueError:
            raise ValueError(
                f"--ancestry {word}: give every one its share, as in european=0.6"
            ) from None
    return shares


def _show(document: "PopulationDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    people = document.people
    out.print(
        f"[bold]{people.size:,} virtual people[/]: {percent(people.female)} % women, "
        f"{percent(people.smokers)} % smokers, age {people.age_y.p50:.0f} "
        f"({people.age_y.p5:.0f}-{people.age_y.p95:.0f}) years, weight "
        f"{people.weight_kg.p50:.0f} ({people.weight_kg.p5:.0f}-{people.weight_kg.p95:.0f}) kg"
    )
    for gene, shares in people.phenotypes.items():
        listed = ", ".join(f"{code} {percent(share)} %" for code, share in shares.items() if share)
        out.print(f"{gene}: {listed}")
    out.print("last dosing cycle; median person (5 % to 95 % of people)", style="bold")
    if document.draws > 1:
        out.print(
            f"shares with their {document.level:.0%} bounds, from {document.draws} draws of the "
            "uncertainty"
        )
    table = Table(box=None, pad_edge=False)
    table.add_column("regimen", overflow="fold")
    table.add_column("target")
    for head in ("trough %", "average %", "peak %", "people in window %", "above %"):
        table.add_column(head, justify="right", overflow="fold")
    rows = [(arm.name, one) for arm in document.arms for one in arm.targets]
    for name, one in sorted(rows, key=lambda row: row[1].target):
        table.add_row(name, *_cells(one))
    out.print(table)
    out.print()
    sources = [*document.sources, *(one for arm in document.arms for one in arm.sources)]
    unique = {(one.citation, one.figure): one for one in sources}
    print_sources(out, list(unique.values()))


def _cells(one: "TargetPeople") -> list[str]:
    share = one.in_window
    return [
        f"{one.target}{' (from Ki)' if one.basis != 'in vivo' else ''}",
        _spread(one.trough),
        _spread(one.average),
        _spread(one.peak),
        "-" if share is None else _bounded(share.inside),
        "-" if share is None else _bounded(share.above),
    ]


def _spread(lines: "list[QuantileLine]") -> str:
    low, middle, high = (lines[i].value.median for i in (0, len(lines) // 2, -1))
    return f"{percent(middle)} ({percent(low)}-{percent(high)})"


def _bounded(share: "Spread") -> str:
    if share.low == share.high:
        return percent(share.median)
    return f"{percent(share.median)} ({percent(share.low)}-{percent(share.high)})"
