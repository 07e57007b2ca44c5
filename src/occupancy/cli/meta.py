"""`occupancy meta`: curves re-estimated together from a table of published occupancies."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import print_footer, print_json, saved, waiting, warn

if TYPE_CHECKING:
    from occupancy.inference.documents import MetaDocument

_picture = click.Path(dir_okay=False, path_type=Path)
REPORTS = (".md", ".html")


@click.group()
def meta() -> None:
    """Emax and ED50 from published occupancies, all studies together."""


@meta.command()
@click.argument("points", type=click.Path(path_type=Path))
@click.option(
    "--emax", default="fit", show_default=True, help="Ceiling: fit, or a percentage to fix it at."
)
@click.option("--hill", default="1", show_default=True, help="Hill coefficient, or fit.")
@click.option(
    "--scale",
    type=click.Choice(["natural", "logit"]),
    default="natural",
    show_default=True,
    help="Scale on which errors are normal.",
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(["study", "tracer", "region", "repeated"]),
    help="A difference to leave out; repeat for more.",
)
@click.option(
    "--missing-sd",
    type=click.Choice(["refuse", "estimate"]),
    default="refuse",
    show_default=True,
    help="A row without SD, range or interval.",
)
@click.option("--keep-good", is_flag=True, help="Use the good rows when others are bad.")
@click.option("--draws", type=click.IntRange(50, 100_000), default=1000, show_default=True)
@click.option("--warmup", type=click.IntRange(50, 100_000), default=1000, show_default=True)
@click.option("--chains", type=click.IntRange(2, 32), default=4, show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Same seed, same draws.",
)
@click.option(
    "--band",
    type=click.FloatRange(0.01, 0.999),
    default=0.9,
    show_default=True,
    help="Probability inside the intervals.",
)
@click.option("--forest", type=_picture, metavar="FILE", help="Write the forest picture.")
@click.option("--curves", type=_picture, metavar="FILE", help="Write the picture of the curves.")
@click.option("--report", type=_picture, metavar="FILE", help="Write a report: .md or .html.")
@options.json_option
def fit(
    points: Path,
    missing_sd: str,
    keep_good: bool,
    draws: int,
    warmup: int,
    chains: int,
    seed: int,
    band: float,
    forest: Path | None,
    curves: Path | None,
    report: Path | None,
    as_json: bool,
    **model: Any,
) -> None:
    """Fit the table POINTS (CSV): every drug at every target, with what it cannot tell.

    Columns: drug, target, dose_mg or concentration (ng/mL), occupancy, sd, n, study, tracer,
    region, repeated; low and high for a range or an interval.
    """
    from occupancy.inference import read_points
    from occupancy.inference.meta_asked import assumed, meta_answer

    assumption = assumed(**model)
    _check(forest, curves, report)
    table = read_points(
        points,
        missing_sd="estimate" if missing_sd == "estimate" else "refuse",
        keep_good=keep_good,
    )
    warn(f"{points.name}: {one}" for one in table.problems)
    with waiting(f"sampling {chains} chains"):
        document = meta_answer(
            table,
            assumption,
            source=points.name,
            draws=draws,
            warmup=warmup,
            chains=chains,
            seed=seed,
            level=band,
        )
    _write(document, forest, curves, report)
    if as_json:
        print_json(document)
    else:
        warn(document.warnings)
        _show(document)
    for path in (forest, curves, report):
        if path is not None:
            saved(path)


@meta.command()
@click.argument("target")
@click.option(
    "--forest",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the forest: .png, .svg, .pdf or .html.",
)
def stored(target: str, forest: Path | None) -> None:
    """Emax and half exposure of every drug at TARGET, as the package keeps them."""
    from occupancy.inference.meta import Interval
    from occupancy.inference.stored import stored_posterior

    if forest is not None:
        from occupancy.figures import check_path

        check_path(forest)
    curves = stored_posterior(target)
    head = f"{'drug':<16}{'rows':>5}{'studies':>9}   {'Emax %':<13}{'half exposure':<28}"
    lines = [f"{head}identified"]
    for one in curves:
        emax, half = Interval.of(one.emax, 0.9), Interval.of(one.ed50, 0.9)
        unit = "mg" if one.scale == "dose" else "ng/mL"
        ceiling = f"{100 * emax.median:.0f} ({100 * emax.low:.0f}-{100 * emax.high:.0f})"
        exposure = f"{half.median:.3g} ({half.low:.3g}-{half.high:.3g}) {unit}"
        studies = len({point.study for point in one.points})
        lines.append(
            f"{one.drug:<16}{len(one.points):>5}{studies:>9}   {ceiling:<13}{exposure:<28}"
            f"{'yes' if one.identified else 'no'}"
        )
    click.echo("\n".join(lines))
    if forest is not None:
        from occupancy.figures import save, stored_forest_figure

        save(stored_forest_figure(curves), forest)
        saved(forest)


@meta.command()
def store() -> None:
    """Fit the package's own records and store the draws that curves and courses are read from.

    For those who change the records: `make evidence-posterior` runs it.
    """
    import sys

    from occupancy.inference.project import write_posterior

    with waiting("sampling all curves"):
        curves, fitted = write_posterior()
    sys.stdout.write(
        f"{curves} curves stored: R-hat {fitted.rhat:.4f}, effective draws {fitted.ess:.0f}, "
        f"{fitted.divergences} divergent steps, {fitted.sample.seconds:.0f} s\n"
    )


def _check(forest: Path | None, curves: Path | None, report: Path | None) -> None:
    from occupancy.figures import check_path

    for path in (forest, curves):
        if path is not None:
            check_path(path)
    if report is not None and report.suffix.lower() not in REPORTS:
        raise ValueError(f"--report {report}: write {' or '.join(REPORTS)}")
    if report is not None and not report.parent.is_dir():
        raise ValueError(f"--report {report}: the folder {report.parent} does not exist")


def _write(
    document: "MetaDocument", forest: Path | None, curves: Path | None, report: Path | None
) -> None:
    if forest is None and curves is None and report is None:
        return
    from occupancy.figures import forest_figure, meta_curves_figure, save

    if forest is not None:
        save(forest_figure(document), forest)
    if curves is not None:
        save(meta_curves_figure(document), curves)
    if report is None:
        return
    from occupancy.inference.meta_report import report_html, report_markdown

    if report.suffix.lower() == ".html":
        import vl_convert

        drawings = [
            vl_convert.vegalite_to_svg(chart.to_dict())
            for chart in (forest_figure(document), meta_curves_figure(document))
        ]
        report.write_text(report_html(document, drawings), encoding="utf-8")
        return
    pictures: list[str] = []
    for name, figure in (("forest", forest_figure), ("curves", meta_curves_figure)):
        path = report.with_name(f"{report.stem}-{name}.svg")
        save(figure(document), path)
        pictures.append(path.name)
    report.write_text(report_markdown(document, pictures), encoding="utf-8")


def _show(document: "MetaDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    out.print(
        f"{document.rows} rows, {len(document.curves)} curves; Emax {document.emax}, Hill "
        f"{document.hill}; {document.level:.0%} intervals"
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("\ncurve", overflow="fold")
    for head in ("\nEmax %", "half\nexposure", "Emax\n100 %", "Emax\nfree", "\nR-hat", "\nESS"):
        table.add_column(head, justify="right")
    table.add_column("\nidentified")
    for one in document.curves:
        unit = "mg" if one.scale == "dose" else "ng/mL"
        e, d = one.emax, one.ed50
        table.add_row(
            f"{one.drug} {one.target}",
            f"{100 * e.median:.0f} ({100 * e.low:.0f}-{100 * e.high:.0f})",
            f"{d.median:.3g} ({d.low:.3g}-{d.high:.3g}) {unit}",
            "-" if one.ed50_full is None else f"{one.ed50_full:.3g}",
            "-" if one.ed50_free is None else f"{one.ed50_free:.3g}",
            f"{one.rhat:.3f}",
            f"{one.ess:.0f}",
            "yes" if one.identified else "no",
        )
    out.print(table)
    for one in document.effects:
        v = one.value
        out.print(f"{one.name}: {v.median:.2g} ({v.low:.2g} to {v.high:.2g})", style="dim")
    print_footer(out, document.version)
