"""What the scans of one person give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.occupancy_fit import OccupancyFit


@final
@dataclass(frozen=True, eq=False)
class PersonOccupancy:
    """A person's occupancy: the table it is from, the fit, and what was left out."""

    person: str
    table: BindingTable
    fit: OccupancyFit
    notes: tuple[str, ...] = ()
