"""The command line: one door to the house; it holds no science.

Every mistake a person can make ends with exit code 2 and a message that names the field, the
value and what is allowed. May import every room.
"""

import sys

import typer

from occupancy.cli.catalogue import drugs, evidence, schema
from occupancy.cli.course import compare, course
from occupancy.cli.curve import curve
from occupancy.cli.validate import validate

app = typer.Typer(
    name="occupancy",
    help="From a dose to the receptor. Informs and compares; does not prescribe.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (drugs, curve, course, compare, evidence, validate, schema):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        from occupancy.version import VERSION

        sys.stdout.write(f"occupancy {VERSION}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """From a dose to the receptor. Informs and compares; does not prescribe."""


def main() -> None:
    """Run the command line; a person's mistake is one message and exit code 2."""
    try:
        app()
    except ValueError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
