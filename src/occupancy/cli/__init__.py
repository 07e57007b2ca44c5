"""The command line: one door to the house; it holds no science.

Every mistake a person can make ends with exit code 2 and a message that names the field, the
value and what is allowed. May import every room.
"""

import sys

import click

from occupancy.cli.catalogue import drugs, evidence, schema
from occupancy.cli.circuit import circuit
from occupancy.cli.course import compare, course
from occupancy.cli.curve import curve
from occupancy.cli.population import population
from occupancy.cli.profile import profile
from occupancy.cli.taper import taper
from occupancy.cli.validate import validate
from occupancy.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="occupancy", message="%(prog)s %(version)s")
def app() -> None:
    """From a dose to the receptor. Informs and compares; does not prescribe."""


COMMANDS = (
    drugs,
    curve,
    course,
    compare,
    population,
    profile,
    taper,
    circuit,
    evidence,
    validate,
    schema,
)
for command in COMMANDS:
    app.add_command(command)


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
