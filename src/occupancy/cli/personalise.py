"""`occupancy personalise`: a person's kinetics and course from measured levels."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli import options
from occupancy.cli.output import answered, percent, print_footer, print_sources

if TYPE_CHECKING:
    import altair as alt

    from occupancy.inference.documents import PersonaliseDocument


@click.command()
@click.argument("regimen")
@click.option(
    "--level",
    "levels",
    multiple=True,
    required=True,
    metavar="PHRASE",
    help='A measured level: "45 ng/mL at 14 h after dose", "norfluoxetine 120 ng/mL at trough", '
    '"below 5 ng/mL at 20 h after dose on day 10"; repeat for more.',
)
@click.option("--assay-cv", type=float, metavar="FRACTION", help="Error of the assay, e.g. 0.1.")
@click.option(
    "--within-cv", type=float, metavar="FRACTION", help="From one dose to the next in one person."
)
@click.option(
    "--doubt",
    type=float,
    default=0.2,
    show_default=True,
    help="Probability, before the levels, that other doses were taken than stated.",
)
@options.days
@options.kinetics
@options.person
@click.option(
    "--draws", type=click.IntRange(2, 20_000), default=200, show_default=True, help="Draws."
)
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
    help="Probability inside the bands.",
)
@options.json_option
@options.plot
def personalise(
    regimen: str,
    levels: tuple[str, ...],
    assay_cv: float | None,
    within_cv: float | None,
    doubt: float,
    days: float | None,
    kinetics: str | None,
    draws: int,
    seed: int,
    band: float,
    as_json: bool,
    plot: Path | None,
    **person: Any,
) -> None:
    """The person behind measured levels, on REGIMEN as it was taken.

    Write missed days into the regimen: "sertraline 100 mg daily for 30 days, missed days 28, 29".
    Estimates and compares; a dose is decided by the person who prescribes.
    """
    from occupancy.cli.people import person_of
    from occupancy.inference import personalise as estimate
    from occupancy.inference.writing import personalise_document

    found = estimate(
        regimen,
        levels,
        person=person_of(person),
        kinetics=kinetics,
        assay_cv=assay_cv,
        within_cv=within_cv,
        seed=seed,
    )
    document = personalise_document(found, level=band, draws=draws, days=days, doubt=doubt)
    answered(document, _show, _picture, as_json=as_json, plot=plot)


def _picture(document: "PersonaliseDocument") -> "alt.TopLevelMixin":
    from occupancy.figures import personal_figure

    return personal_figure(document)


def _show(document: "PersonaliseDocument") -> None:
    from rich.table import Table

    from occupancy.cli.output import console

    out = console()
    out.print(f"[bold]{document.regimen}[/]  ({document.form}; kinetics {document.kinetics})")
    for line in (*document.notes, *document.person.effects):
        out.print(f"· {line}", markup=False)
    levels = Table(box=None, pad_edge=False)
    levels.add_column("level", overflow="fold")
    for head in ("measured ng/mL", "this person", "typical", "residual SD", "percentile"):
        levels.add_column(head, justify="right")
    for one in document.levels:
        levels.add_row(
            one.text,
            f"{'<' if one.below else ''}{one.observed_ng_mL:.3g}",
            f"{one.predicted_ng_mL:.3g}",
            f"{one.typical_ng_mL:.3g}",
            f"{one.residual:+.1f}",
            f"{one.percentile:.0%}",
        )
    out.print(levels)
    table = Table(box=None, pad_edge=False)
    table.add_column("\nparameter", overflow="fold")
    for head in ("\ntypical", "most\nprobable", f"{document.band.level:.0%}\nband", "\nlearned"):
        table.add_column(head, justify="right")
    for one in document.parameters:
        table.add_row(
            f"{one.parameter}, {one.unit}",
            f"{one.typical:.3g}",
            f"{one.most_probable:.3g}",
            f"{one.posterior.low:.3g}-{one.posterior.high:.3g}",
            f"{one.learned:.0%}",
        )
    out.print(table)
    doubt = document.disagreement
    out.print(
        f"\nprobability that other doses were taken than stated: {doubt.probability:.0%} "
        f"(before the levels {doubt.prior:.0%}; Bayes factor {doubt.bayes_factor:.2g})"
    )
    cycle = Table(box=None, pad_edge=False)
    for head in ("\ntarget", "trough %", "average %", "peak %"):
        cycle.add_column(head, justify="left" if "target" in head else "right")
    for one in document.course.targets:
        cells = (
            f"{percent(x.median)} ({percent(x.low)}-{percent(x.high)})"
            for x in (one.trough, one.average, one.peak)
        )
        cycle.add_row(one.target, *cells)
    out.print(cycle)
    out.print()
    print_sources(out, document.sources)
    print_footer(out, document.version)
