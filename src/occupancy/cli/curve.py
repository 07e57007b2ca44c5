"""`occupancy curve`: dose to occupancy."""

from typing import Annotated

import typer

from occupancy.cli import options
from occupancy.cli.output import percent, print_json, print_sources, saved, warn


def curve(
    drug: Annotated[str, typer.Argument(help="A drug, as in `occupancy drugs`.")],
    target: Annotated[
        str | None, typer.Option("--target", help="Target; default the first one measured.")
    ] = None,
    dose: Annotated[
        list[float] | None, typer.Option("--dose", help="Dose in mg; repeat for more.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Another occupancy model, by name.")
    ] = None,
    kinetics: options.Kinetics = None,
    age: options.Age = None,
    weight: options.Weight = None,
    height: options.Height = None,
    sex: options.Sex = None,
    cyp2d6: options.Cyp2d6 = None,
    cyp2c19: options.Cyp2c19 = None,
    smoker: options.Smoker = None,
    comedication: options.With = None,
    ancestry: options.Ancestry = None,
    typical: options.Typical = True,
    draws: options.Draws = 200,
    seed: options.Seed = 0,
    level: options.Level = 0.9,
    as_json: options.Json = False,
    plot: options.Plot = None,
) -> None:
    """Dose to occupancy at steady state, with its band, points and sources."""
    from occupancy.cli.people import person_of
    from occupancy.course import Sampling, dose_curve
    from occupancy.course.writing import curve_document

    if plot is not None:
        from occupancy.figures import check_path

        check_path(plot)
    result = dose_curve(
        drug,
        target,
        doses_mg=dose or None,
        person=person_of(
            age=age,
            weight=weight,
            height=height,
            sex=sex,
            cyp2d6=cyp2d6,
            cyp2c19=cyp2c19,
            smoker=smoker,
            comedication=comedication,
            ancestry=ancestry,
        ),
        sampling=Sampling(draws, seed, variability=not typical),
        model=model,
        kinetics=kinetics,
    )
    document = curve_document(result, level)
    if as_json:
        print_json(document)
    else:
        _show(document)
    warn(() if as_json else document.warnings)
    if plot is not None:
        from occupancy.figures import curve_figure, save

        saved(save(curve_figure(document), plot))


def _show(document) -> None:  # type: ignore[no-untyped-def]
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
