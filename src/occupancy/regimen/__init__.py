"""What is given, how much and when: `20 mg every morning for 28 days then 10 mg`.

The same regimen as words (`parse`, `format_regimen`), as objects (`Regimen`, `Phase`, `Dose`), as
doses in time (`doses`, `epochs`) and as a NONMEM-style event table (`read_event_table`,
`write_event_table`). Times are hours after t = 0, the first scheduled dose; amounts are mg. A
drug's name is free text here. The room imports numpy and the standard library only.
"""

from occupancy.regimen.errors import RegimenError
from occupancy.regimen.event_read import read_event_table
from occupancy.regimen.event_write import write_event_table
from occupancy.regimen.events import (
    Event,
    EventTable,
    EventTableError,
    RowProblem,
    SubjectDoses,
    SubjectEvents,
)
from occupancy.regimen.expansion import DoseTable, Epoch, doses, epochs
from occupancy.regimen.grammar import parse
from occupancy.regimen.phase import Dose, Phase
from occupancy.regimen.schedule import Late, Regimen
from occupancy.regimen.vocabulary import PartOfDay, Route
from occupancy.regimen.wording import format_regimen

__all__ = [
    "Dose",
    "DoseTable",
    "Epoch",
    "Event",
    "EventTable",
    "EventTableError",
    "Late",
    "PartOfDay",
    "Phase",
    "Regimen",
    "RegimenError",
    "Route",
    "RowProblem",
    "SubjectDoses",
    "SubjectEvents",
    "doses",
    "epochs",
    "format_regimen",
    "parse",
    "read_event_table",
    "write_event_table",
]
