"""A drug assembled from evidence: its names and forms, what it binds, and on what sources.

Chooses among the models a record holds and says which figures stand behind the choice; it
computes no concentration and no occupancy. May import `evidence`, `laws` and `units`.
"""

from occupancy.drugs.binding import (
    Anchored,
    Binding,
    Measured,
    UnknownTargetError,
    binding,
    models_at,
    target_or_first,
    targets_of,
)
from occupancy.drugs.kinetic_choice import kinetic_model
from occupancy.drugs.names import Product, resolve
from occupancy.drugs.sources import Source, shown, source_of, sources

__all__ = [
    "Anchored",
    "Binding",
    "Measured",
    "Product",
    "Source",
    "UnknownTargetError",
    "binding",
    "kinetic_model",
    "models_at",
    "resolve",
    "shown",
    "source_of",
    "sources",
    "target_or_first",
    "targets_of",
]
