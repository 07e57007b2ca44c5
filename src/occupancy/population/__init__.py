"""Many virtual people: sampled from evidence, crossed with regimens, reduced while it runs.

A room of its own above `course`, which answers for one person: here people are the batch, nothing
is kept per person, and the pieces may run anywhere. May import `course`, `engine` and the rooms
below them; knows nothing of pictures, terminals or pages. Names are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.population.block import ArmView, Block
    from occupancy.population.error import PopulationError
    from occupancy.population.export import ExportError
    from occupancy.population.people import People, Population
    from occupancy.population.reducers import Bands, CycleSummary, Reducer
    from occupancy.population.result import ArmOutcome, TargetOutcome, Trial
    from occupancy.population.running import trial
    from occupancy.population.writing import population_document

__all__ = [
    "ArmOutcome",
    "ArmView",
    "Bands",
    "Block",
    "CycleSummary",
    "ExportError",
    "People",
    "Population",
    "PopulationError",
    "Reducer",
    "TargetOutcome",
    "Trial",
    "population_document",
    "trial",
]

_MODULE_OF: Final = {
    "ArmOutcome": "result",
    "ArmView": "block",
    "Bands": "reducers",
    "Block": "block",
    "CycleSummary": "reducers",
    "ExportError": "export",
    "People": "people",
    "Population": "people",
    "PopulationError": "error",
    "Reducer": "reducers",
    "TargetOutcome": "result",
    "Trial": "result",
    "population_document": "writing",
    "trial": "running",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.population' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.population.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
