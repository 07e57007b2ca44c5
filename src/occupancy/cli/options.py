"""Options that several commands share, described once, as decorators."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def _stacked(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """One decorator that adds `options`, listed in help in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON document (see `occupancy schema`).",
)
kinetics = click.option("--kinetics", help="Another kinetic model of the record, by name.")
days = click.option("--days", type=float, help="Days to show; default follows the regimen.")
targets = click.option(
    "--target",
    "target",
    multiple=True,
    help="Target, e.g. SERT; repeat for more. Default: those measured in people.",
)


def _picture(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a picture that could not be written before any work is done."""
    if path is None:
        return None
    from occupancy.figures import check_path

    return check_path(path)


plot = click.option(
    "--plot",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_picture,
    help="Write the picture: .png, .svg, .pdf or .html.",
)
ageing = click.option(
    "--ageing",
    metavar="SCENARIO",
    help="What age does to circuits: receptors, receptors-and-transporters or less-dopamine.",
)

#: Who takes the drug; `people.person_of` makes a person of them.
person = _stacked(
    click.option("--age", type=float, help="Person: years."),
    click.option("--weight", type=float, help="Person: kg."),
    click.option("--height", type=float, help="Person: cm."),
    click.option("--sex", help="Person: female or male."),
    click.option("--cyp2d6", help="Person: diplotype (*1/*4) or phenotype (PM)."),
    click.option("--cyp2c19", help="Person: diplotype (*1/*2) or phenotype (PM)."),
    click.option(
        "--smoker/--non-smoker", "smoker", default=None, help="Person: smokes tobacco daily."
    ),
    click.option(
        "--with",
        "comedication",
        multiple=True,
        metavar="DRUG",
        help="Person: co-medication; repeat for more.",
    ),
    click.option("--ancestry", help="Person: for frequencies."),
)


def sampling(*, typical: bool) -> Callable[[Command], Command]:
    """Options of the band; `typical` is the default of what it contains."""
    return _stacked(
        click.option(
            "--typical/--person",
            "typical",
            default=typical,
            show_default=True,
            help="Band of the typical person (uncertainty only), or of one person "
            "(with the differences between people).",
        ),
        click.option(
            "--draws",
            type=click.IntRange(1, 100_000),
            default=200,
            show_default=True,
            help="Number of draws.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            default=0,
            show_default=True,
            help="Same seed, same draws.",
        ),
        click.option(
            "--level",
            type=click.FloatRange(0.01, 0.999),
            default=0.9,
            show_default=True,
            help="Probability inside the band.",
        ),
    )
