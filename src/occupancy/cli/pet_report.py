"""`occupancy pet report`: a folder of scans to one page."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli.output import warn
from occupancy.cli.pet_options import model_options, readable, settings_of

if TYPE_CHECKING:
    from occupancy.pet.exposure import StudyExposure
    from occupancy.pet.study import Study


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@model_options(required=True)
@click.option(
    "--baseline",
    default="base",
    show_default=True,
    metavar="WORD",
    help="Word in the names of the baseline scans.",
)
@click.option(
    "--correlation",
    type=click.FloatRange(-0.99, 0.99),
    default=0.0,
    show_default=True,
    help="Of a region's errors between scans, from test and retest.",
)
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.999),
    default=0.95,
    show_default=True,
    help="Probability inside the intervals.",
)
@click.option(
    "--exposure",
    type=readable,
    metavar="TABLE",
    help="Columns participant_id, session and concentration (or dose): occupancy against it, and "
    "the EC50.",
)
@click.option(
    "--emax", default="1", show_default=True, metavar="SHARE", help="Of --exposure; fit to fit it."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write the page; default FOLDER/report.html.",
)
def report(
    folder: Path,
    baseline: str,
    correlation: float,
    level: float,
    exposure: Path | None,
    emax: str,
    out: Path | None,
    **given: Any,
) -> None:
    """Fit every scan of FOLDER and write one page: occupancy, curves, parameters, provenance.

    Scans named by PET-BIDS (sub-01_ses-base_tacs.tsv) belong to their subject, all others to one
    person; arterial inputs stand beside the curves (sub-01_ses-base_inputfunction.tsv).
    """
    from datetime import date

    from occupancy.pet.report_page import study_page
    from occupancy.pet.study import fit_study

    if given.pop("blood"):
        raise ValueError("--input: a report takes the inputs beside the curves of each scan")
    study = fit_study(
        folder, settings_of(given), baseline=baseline, correlation=correlation, level=level
    )
    path = out if out is not None else folder / "report.html"
    link, quantity, notes = None, "exposure", ()
    if exposure is not None:
        link, quantity, notes = _against(study, exposure, emax)
    page = study_page(study, _pictures(study, link, quantity), date.today(), link, quantity)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as problem:
        raise ValueError(f"--out {path}: {problem.strerror}") from None
    lines = [*notes, *(f"{one.scan}: {one.problem}" for one in study.fitted.failures)]
    lines += [
        f"{scan.fits.scan}, {region}: {why}"
        for scan in study.fitted.scans
        for region, why in scan.fits.failures
    ]
    warn(lines)
    for one in study.people:
        for scan, estimate in zip(one.fit.scans, one.fit.occupancy, strict=True):
            name = " ".join(x for x in (one.person, scan) if x)
            click.echo(f"{name}: {100 * estimate.value:.1f} % (SE {100 * estimate.se:.1f})")
    if link is not None:
        one = link.estimate("EC50", level)
        click.echo(
            f"EC50, {quantity}: {one.value:.3g}, {level:.0%} interval {one.low:.3g} to "
            f"{one.high:.3g}"
        )
    click.echo(f"report: {path}")


def _against(
    study: "Study", table: Path, emax: str
) -> "tuple[StudyExposure, str, tuple[str, ...]]":
    """Occupancy against exposure, what the exposure is, and what was left out."""
    from occupancy.pet.exposure import fit_exposure
    from occupancy.pet.files.exposures import read_exposures

    try:
        held = None if emax == "fit" else float(emax)
    except ValueError:
        raise ValueError(f"--emax {emax}: a number above 0 and at most 1, or fit") from None
    given = read_exposures(table)
    levels, notes = given.of(study.people)
    people = [one for one in study.people if one.person in levels]
    if not people:
        raise ValueError(f"--exposure {table}: no occupancy has a level; " + "; ".join(notes))
    quantity = f"{given.quantity} ({given.unit})" if given.unit else given.quantity
    return fit_exposure(people, levels, emax=held), quantity, notes


def _pictures(study: "Study", link: "StudyExposure | None", quantity: str) -> dict[str, list[str]]:
    from occupancy.figures.pet import (
        exposure_figure,
        lassen_figure,
        occupancy_figure,
        scan_figure,
        svg,
    )

    found: dict[str, list[str]] = {
        scan.fits.scan: [svg(scan_figure(scan))] for scan in study.fitted.scans if scan.fits.fits
    }
    for one in study.people:
        draw = range(len(one.fit.scans))
        if one.table.outcome == "V_T":
            found[one.person] = [svg(lassen_figure(one.table, one.fit, s)) for s in draw]
        else:
            found[one.person] = [svg(occupancy_figure(one.fit, s)) for s in draw]
    if link is not None:
        found["exposure"] = [svg(exposure_figure(link, quantity))]
    return found
