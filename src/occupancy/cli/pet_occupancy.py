"""`occupancy pet occupancy`: occupancy between a baseline and the scans after it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import percent, print_json, warn
from occupancy.cli.pet_options import model_options, readable, settings_of

if TYPE_CHECKING:
    from occupancy.pet.documents import PetEstimate, PetOccupancyDocument


@click.command()
@click.argument("baseline", type=readable)
@click.argument("drug", type=readable, nargs=-1, required=True)
@click.option("--outcome", type=click.Choice(["V_T", "BP_ND"]), help="Default: V_T if all have it.")
@click.option("--v-nd", type=float, metavar="VALUE", help="Hold V_ND at this volume, mL/cm³.")
@click.option(
    "--correlation",
    type=click.FloatRange(-0.99, 0.99),
    default=0.0,
    show_default=True,
    help="Of a region's errors between scans, from test and retest.",
)
@click.option(
    "--interval",
    type=click.Choice(["profile", "wald", "bootstrap"]),
    default="profile",
    show_default=True,
    help="Profile likelihood, ± t SE, or refits to simulated data.",
)
@click.option(
    "--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True,
    help="Probability inside the intervals.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the bootstrap."
)
@click.option(
    "--up-regulation",
    type=(float, float),
    multiple=True,
    metavar="SHARE SE",
    help="How much more target there is on drug (0.2 for a fifth), and its standard error; "
    "once, or once per DRUG.",
)
@click.option(
    "--agonist",
    type=(float, float),
    multiple=True,
    metavar="A0 SE",
    help="Endogenous agonist at baseline over its dissociation constant, and its standard error.",
)
@click.option(
    "--agonist-ratio",
    type=(float, float),
    multiple=True,
    metavar="RATIO SE",
    help="Agonist on drug over agonist at baseline, and its standard error.",
)
@model_options(required=False)
@options.json_option
def occupancy(
    baseline: Path,
    drug: tuple[Path, ...],
    outcome: str | None,
    v_nd: float | None,
    correlation: float,
    interval: str,
    level: float,
    seed: int,
    up_regulation: tuple[tuple[float, float], ...],
    agonist: tuple[tuple[float, float], ...],
    agonist_ratio: tuple[tuple[float, float], ...],
    as_json: bool,
    **given: Any,
) -> None:
    """Occupancy of each scan DRUG after the scan BASELINE.

    Results of `pet fit` (--json or --kinpar) or any table of regions with V_T or BP_ND and their
    standard errors (V_T_se, BP_ND_se); with --model, time-activity curves, which are fitted first
    and whose errors keep the noise that regions share. One occupancy per scan and, for V_T, one
    V_ND for all regions, by maximum likelihood with errors in every scan.

    With --up-regulation, --agonist and --agonist-ratio, each occupancy is shown a second time,
    corrected for a change of the target or of its own agonist on drug.
    """
    from occupancy.pet.study_asked import asked_occupancy, asked_table, target_changes

    changed = {
        "up_regulation": up_regulation,
        "agonist": agonist,
        "agonist_ratio": agonist_ratio,
    }
    changes = target_changes(len(drug), changed)
    blood = given.pop("blood")
    table, notes = asked_table(
        (baseline, *drug),
        settings_of(given) if given["model"] is not None else None,
        blood,
        outcome=outcome,  # type: ignore[arg-type]
        correlation=correlation,
    )
    document = asked_occupancy(
        table,
        notes,
        v_nd=v_nd,
        level=level,
        interval=interval,  # type: ignore[arg-type]
        correlation=correlation,
        seed=seed,
        changes=changes,
    )
    if as_json:
        print_json(document)
    else:
        warn(document.warnings)
        show(document)


def show(document: "PetOccupancyDocument") -> None:
    """Print occupancies, V_ND and the regions."""
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    kinds = {"profile": "profile likelihood", "wald": "± t SE", "bootstrap": "bootstrap"}
    out.print(
        f"{document.outcome} against {document.baseline}; {document.level:.0%} intervals, "
        f"{kinds[document.interval]}",
        markup=False,
    )
    table = Table(box=None, pad_edge=False)
    for head in ("scan", "occupancy %", "SE", "interval"):
        table.add_column(head, justify="left" if head == "scan" else "right", overflow="fold")
    for one in document.scans:
        o = one.occupancy
        table.add_row(one.scan, _percent(o.value), _percent(o.se), _between(o))
    out.print(table)
    if any(one.correction for one in document.scans):
        _show_corrections(document)
    if document.v_nd is not None:
        v = document.v_nd
        out.print(
            f"V_ND {_told(v.value)} mL/cm³, SE {_told(v.se)} ({_told(v.low)} to {_told(v.high)})",
            markup=False,
        )
    regions = Table(box=None, pad_edge=False)
    for head in ("region", document.baseline, *(one.scan for one in document.scans)):
        regions.add_column(head, justify="left" if head == "region" else "right", overflow="fold")
    own = any(one.occupancy for one in document.regions)
    if own:
        for scan in document.scans:
            regions.add_column(f"occupancy % {scan.scan}", justify="right", overflow="fold")
    for one in document.regions:
        values = [f"{v:.4g}" for v in one.values]
        regions.add_row(
            one.region.replace("[", r"\["), *values,
            *(f"{_percent(o.value)} ({_between(o)})" for o in one.occupancy),
        )  # fmt: skip
    out.print()
    out.print(regions)
    out.print(f"\noccupancy {document.version}. {document.disclaimer}", style="dim", markup=False)


def _show_corrections(document: "PetOccupancyDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    table = Table(box=None, pad_edge=False)
    for head in ("corrected", "occupancy %", "SE", "interval", "without agonist %", "SE"):
        table.add_column(head, justify="left" if head == "corrected" else "right", overflow="fold")
    for one in document.scans:
        if one.correction is not None:
            o, alone = one.correction.occupancy, one.correction.without_agonist
            table.add_row(
                one.scan, _percent(o.value), _percent(o.se), _between(o), _percent(alone.value),
                _percent(alone.se),
            )  # fmt: skip
    console().print(table)


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _between(one: "PetEstimate") -> str:
    return f"{_percent(one.low)} to {_percent(one.high)}"
