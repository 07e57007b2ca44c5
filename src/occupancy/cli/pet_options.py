"""Options that the commands of `occupancy pet` share, and what they make of them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from occupancy.cli.options import Command

if TYPE_CHECKING:
    from occupancy.pet.study_fit import FitSettings

readable = click.Path(dir_okay=False, path_type=Path)


def model_options(*, required: bool) -> Callable[[Command], Command]:
    """Options that say what is fitted and how the files are read."""
    models = (
        "srtm, srtm2, frtm, srtm-displacement, mrtm1, mrtm2, reference-logan, suvr, 1tcm, 2tcm, "
    )
    stacked = [
        click.option(
            "--model",
            required=required,
            help=f"{models}2tcm, 2tcm-irreversible, logan, ma1, patlak.",
        ),
        click.option("--reference", metavar="REGION", help="Reference region of the first eight."),
        click.option(
            "--input",
            "blood",
            type=readable,
            multiple=True,
            metavar="BLOOD",
            help="Arterial input of the others; repeat for more scans, in their order.",
        ),
        click.option(
            "--weights",
            metavar="NAME",
            help="uniform, duration, duration-decay, counts, root-counts, or file for the column "
            "of the curves' file; default none.",
        ),
        click.option(
            "--k2prime",
            metavar="RATE",
            help="Of srtm2, mrtm2, reference-logan: 1/min, or the region to take it from.",
        ),
        click.option("--t-star", metavar="MIN", help="Of graphical methods: minutes, or auto."),
        click.option("--window", type=(float, float), metavar="MIN MIN", help="Of suvr: from, to."),
        click.option("--vb", metavar="SHARE", help="Blood volume, 0.05 by default; fit to fit it."),
        click.option(
            "--delay", type=float, metavar="MIN", help="How much later tissue sees the blood."
        ),
        click.option(
            "--onset",
            metavar="MIN",
            help="Of srtm-displacement: when it begins, or auto to fit it (default).",
        ),
        click.option(
            "--ramp",
            type=float,
            metavar="MIN",
            help="Of srtm-displacement: how long the occupancy takes to rise; default at once.",
        ),
        click.option(
            "--region", "regions", multiple=True, help="Fit this region; repeat for more."
        ),
        click.option(
            "--starts", type=click.IntRange(1, 100), help="Most local minima that are refined."
        ),
        click.option(
            "--discretisation",
            type=click.Choice(["exact", "kinfitr"]),
            default="exact",
            show_default=True,
            help="Exact convolution, or that package's sum, to compare with it (--convention mid).",
        ),
        click.option("--unit", help="Of the curves, where the file names none: kBq/mL, Bq/mL, ..."),
        click.option("--time-unit", help="Of the frame times, where the file names none: s, min."),
        click.option(
            "--decay-corrected/--not-decay-corrected",
            "decay_corrected",
            default=None,
            help="Where the files do not say: default corrected, with a note.",
        ),
        click.option("--nuclide", help="Where the files do not say: C-11, F-18, O-15, N-13."),
        click.option(
            "--convention",
            type=click.Choice(["average", "mid"]),
            default="average",
            show_default=True,
            help="Values are means over their frames, or those of their middles.",
        ),
        click.option("--input-unit", help="Of the blood, where its file names none."),
        click.option(
            "--metabolite-corrected", is_flag=True, default=None, help="Plasma is the parent alone."
        ),
        click.option(
            "--tail",
            type=click.Choice(["refuse", "hold", "exponential"]),
            default="refuse",
            show_default=True,
            help="Blood that ends before the scan: leave frames out, or go on with it.",
        ),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(stacked):
            command = option(command)
        return command

    return decorate


def settings_of(given: dict[str, Any]) -> "FitSettings":
    """What the options ask of every scan; `given` loses them.

    Raises:
        PetError: an option that is no number and no word it may be.
    """
    from occupancy.pet.study_asked import SETTINGS
    from occupancy.pet.study_asked import settings_of as settings

    return settings({name: given.pop(name) for name in SETTINGS})
