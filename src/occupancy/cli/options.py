"""Options that several commands share, described once."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (see `occupancy schema`).")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Write the picture: .png, .svg, .pdf or .html."),
]
Draws = Annotated[int, typer.Option("--draws", min=1, max=100_000, help="Number of draws.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same draws.")]
Level = Annotated[
    float, typer.Option("--level", min=0.01, max=0.999, help="Probability inside the band.")
]
Days = Annotated[
    float | None, typer.Option("--days", help="Days to show; default follows the regimen.")
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", help="Target, e.g. SERT; repeat for more. Default: those measured."),
]
Kinetics = Annotated[
    str | None, typer.Option("--kinetics", help="Another kinetic model of the record, by name.")
]
Age = Annotated[float | None, typer.Option("--age", help="Years.", rich_help_panel="Person")]
Weight = Annotated[float | None, typer.Option("--weight", help="kg.", rich_help_panel="Person")]
Height = Annotated[float | None, typer.Option("--height", help="cm.", rich_help_panel="Person")]
Sex = Annotated[str | None, typer.Option("--sex", help="female or male.", rich_help_panel="Person")]
Cyp2d6 = Annotated[
    str | None,
    typer.Option("--cyp2d6", help="Diplotype (*1/*4) or phenotype (PM).", rich_help_panel="Person"),
]
Cyp2c19 = Annotated[
    str | None,
    typer.Option(
        "--cyp2c19", help="Diplotype (*1/*2) or phenotype (PM).", rich_help_panel="Person"
    ),
]
Smoker = Annotated[
    bool | None,
    typer.Option("--smoker/--non-smoker", help="Smokes tobacco daily.", rich_help_panel="Person"),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="DRUG", help="Co-medication; repeat for more.", rich_help_panel="Person"
    ),
]
Ancestry = Annotated[
    str | None, typer.Option("--ancestry", help="For frequencies.", rich_help_panel="Person")
]
Typical = Annotated[
    bool,
    typer.Option(
        "--typical/--person",
        help="Band of the typical person (uncertainty only), or of one person "
        "(with the differences between people).",
    ),
]
