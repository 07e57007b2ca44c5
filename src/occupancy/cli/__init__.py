"""The command line: one door to the house; it holds no science.

Every mistake a person can make ends with exit code 2 and a message that names the field, the
value and what is allowed. May import every room. A command is imported when it is asked for.
"""

import gc
import sys
from importlib import import_module
from typing import Final

import click

from occupancy.extras import MissingLibraryError
from occupancy.version import VERSION

#: Commands in the order of the help, and the file that holds each.
COMMANDS: Final = {
    "drugs": "catalogue",
    "curve": "curve",
    "course": "course",
    "compare": "course",
    "population": "population",
    "personalise": "personalise",
    "profile": "profile",
    "circuit": "circuit",
    "taper": "taper",
    "diary": "diary",
    "backup": "safekeeping",
    "restore": "safekeeping",
    "pet": "pet",
    "meta": "meta",
    "evidence": "catalogue",
    "validate": "validate",
    "schema": "catalogue",
    "team": "team",
    "serve": "serve",
}


class _House(click.Group):
    """The commands by name, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them, or None."""
        if cmd_name not in COMMANDS:
            return None
        return getattr(import_module(f"occupancy.cli.{COMMANDS[cmd_name]}"), cmd_name)


@click.group(
    cls=_House,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="occupancy", message="%(prog)s %(version)s")
def app() -> None:
    """From a dose to the receptor. Informs and compares; does not prescribe."""


def main() -> None:
    """Run the command line; a mistake, or a missing library, is one message and exit code 2."""
    try:
        app()
    except (ValueError, MissingLibraryError) as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    finally:
        # At its end Python would look once more through all that was imported for cycles to free:
        # a twelfth of the time of a short command.
        gc.freeze()
