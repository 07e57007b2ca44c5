"""`occupancy pet fit`: a kinetic model fitted to every region of every scan."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import print_json, waiting, warn
from occupancy.cli.pet_options import model_options, readable, settings_of

if TYPE_CHECKING:
    from occupancy.pet.documents import PetFitDocument, PetFitLine, PetPoolLine

#: Parameters shown first, where a model has them.
_FIRST = ("BP_ND", "occupancy", "onset", "V_T", "K_i", "SUVR", "R1", "K1", "k2", "k3", "k4", "vB")


@click.command()
@click.argument("tacs", type=readable, nargs=-1, required=True)
@model_options(required=True)
@click.option(
    "--kinpar",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write a *_kinpar.tsv and its .json per scan.",
)
@click.option(
    "--hierarchical",
    is_flag=True,
    help="With --model srtm: fit all scans together, one k2' per scan, binding pooled over regions "
    "and people; scans pool with those of the same session.",
)
@click.option(
    "--draws", type=click.IntRange(100, 100_000), default=1000, show_default=True,
    help="Of --hierarchical: draws per chain, and as many before them.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of --hierarchical."
)
@options.json_option
def fit(
    tacs: tuple[Path, ...],
    as_json: bool,
    kinpar: Path | None,
    hierarchical: bool,
    draws: int,
    seed: int,
    **given: Any,
) -> None:
    """Fit a model to every region of TACS, one or more files of time-activity curves.

    PET-BIDS and PETFit tables, PMOD .tac and .voistat, Turku .dft, or any table with the start
    and end (or duration) of frames and a column per region. A curve that cannot be fitted is
    named with the reason; the others are fitted.

    With --hierarchical, regions and people are fitted together by sampling: parameters are then
    medians of the posterior and errors its standard deviations, and R-hat, effective draws and
    divergences are told.
    """
    from occupancy.pet.study_asked import asked_fits

    blood = given.pop("blood")
    together = (draws, seed) if hierarchical else None
    with waiting("sampling the regions of all people", when=hierarchical):
        found = asked_fits(tacs, settings_of(given), blood, pooled=together)
    document = found.document
    if kinpar is not None:
        from occupancy.pet.files.kinpar import write_kinpar

        warn(f"written: {write_kinpar(scan, kinpar)}" for scan in found.fits)
    if as_json:
        print_json(document)
    else:
        warn(document.warnings)
        show(document)


def show(document: "PetFitDocument") -> None:
    """Print the fits as tables, one per scan."""
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    for scan in dict.fromkeys(line.scan for line in document.fits):
        lines = [line for line in document.fits if line.scan == scan]
        names = _names(lines)
        out.print(f"[bold]{scan}[/]: {lines[0].model}; ± is the standard error", highlight=False)
        table = Table(box=None, pad_edge=False)
        table.add_column("region", overflow="fold")
        for name in names:
            table.add_column(name, justify="right")
        table.add_column("wrss", justify="right")
        for line in lines:
            row = [_cell(line.parameters.get(name), line.se.get(name)) for name in names]
            table.add_row(line.region.replace("[", r"\["), *row, _cell(line.wrss, None))
        out.print(table)
        for line in lines:
            for warning in line.warnings:
                out.print(f"  {line.region}: {warning}", markup=False)
    if document.pool is not None:
        _show_pool(document.pool)
    for one in document.failures:
        where = one.scan if one.region is None else f"{one.scan}, {one.region}"
        out.print(f"not fitted: {where}: {one.problem}", markup=False)
    out.print(f"\noccupancy {document.version}. {document.disclaimer}", style="dim", markup=False)


def _show_pool(pool: "PetPoolLine") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    out.print("[bold]together[/]: ± is the posterior's standard deviation", highlight=False)
    table = Table(box=None, pad_edge=False)
    for head in ("group", "region", "typical BP_ND", "95 %"):
        table.add_column(head, justify="left" if head in ("group", "region") else "right")
    for line in pool.typical:
        one = line.BP_ND
        table.add_row(
            line.group.replace("[", r"\["), line.region.replace("[", r"\["),
            _cell(one.value, one.se), f"{_cell(one.low, None)} to {_cell(one.high, None)}",
        )  # fmt: skip
    out.print(table)
    for spread in pool.spreads:
        out.print(
            f"  SD of ln {spread.of}: {_cell(spread.sd.value, spread.sd.se)}",
            markup=False, highlight=False,
        )  # fmt: skip
    out.print(
        f"  {pool.chains} chains: R-hat {pool.rhat:.3f}, {pool.ess:.0f} effective draws, "
        f"{pool.divergences} divergences",
        markup=False, highlight=False,
    )  # fmt: skip


def _names(lines: "list[PetFitLine]") -> list[str]:
    known = list(dict.fromkeys(name for line in lines for name in line.parameters))
    return [n for n in _FIRST if n in known][:6]


def _cell(value: float | None, se: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if se is None else f"{value:.4g} ± {se:.2g}"
