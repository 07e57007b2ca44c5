"""`occupancy curve`: dose to occupancy."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import answered, percent, print_footer, print_sources

if TYPE_CHECKING:
    import altair as alt

    from occupancy.course.documents import CurveDocument


@click.command()
@click.argument("drug")
@click.option("--target", help="Target; default the first one measured in people.")
@click.option("--dose", type=float, multiple=True, help="Dose in mg; repeat for more.")
@click.option("--model", help="Another occupancy model of the record, by name.")
@options.kinetics
@options.person
@options.sampling(typical=True)
@options.json_option
@options.plot
def curve(
    drug: str,
    target: str | None,
    dose: tuple[float, ...],
    model: str | None,
    kinetics: str | None,
    typical: bool,
    draws: int,
    seed: int,
    level: float,
    as_json: bool,
    plot: Path | None,
    **person: Any,
) -> None:
    """Dose to occupancy of DRUG at steady state, with its band, points and sources."""
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling, dose_curve
    from occupancy.course.writing import curve_document

    result = dose_curve(
        drug,
        target,
        doses_mg=dose or None,
        person=person_of(person),
        sampling=Sampling(draws, seed, variability=not typical),
        model=model,
        kinetics=kinetics,
    )
    document = curve_document(result, level)
    answered(document, _show, _picture, as_json=as_json, plot=plot)


def _picture(document: "CurveDocument") -> "alt.TopLevelMixin":
    from occupancy.figures import curve_figure

    return curve_figure(document)


def _show(document: "CurveDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    band = document.band
    out.print(
        f"[bold]{document.drug}[/] ({document.form}) at [bold]{document.target}[/], "
        f"{document.basis}; {band.level:.0%} band of {band.contains}"
    )
    if document.window is not None:
        out.print(
            f"window: {document.window.name}, {percent(document.window.low)}-"
            f"{percent(document.window.high)} % ({', '.join(document.window.sources)}); "
            "a convention, not a prediction of response"
        )
    for effect in document.person.effects:
        out.print(f"· {effect}")
    table = Table(box=None, pad_edge=False)
    table.add_column("dose mg", justify="right")
    table.add_column("occupancy %", justify="right")
    table.add_column("band %", justify="right")
    for name in document.points[0].average_ng_mL:
        table.add_column(f"{name} ng/mL", justify="right")
    step = max(len(document.points) // 14, 1)
    for point in document.points[::step] if len(document.points) > 20 else document.points:
        o = point.occupancy
        table.add_row(
            f"{point.dose_mg:g}",
            percent(o.median),
            f"{percent(o.low)}-{percent(o.high)}",
            *(f"{c.median:.3g}" for c in point.average_ng_mL.values()),
        )
    out.print(table)
    out.print()
    print_sources(out, document.sources)
    print_footer(out, document.version)
