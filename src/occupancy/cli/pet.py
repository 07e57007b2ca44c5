"""`occupancy pet`: from time-activity curves to occupancy."""

import click

from occupancy.cli.pet_fit import fit
from occupancy.cli.pet_occupancy import occupancy
from occupancy.cli.pet_report import report


@click.group()
def pet() -> None:
    """Time-activity curves to binding and occupancy, with errors."""


for command in (fit, occupancy, report):
    pet.add_command(command)
