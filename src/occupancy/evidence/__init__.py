"""Figures and their provenance: records, schema, loader, audit.

The ground floor of the house: every number with a source stands here once, with unit,
spread, population, citation and standing. May import `units` only.
"""

from occupancy.evidence.circuitrecord import CircuitParameter, CircuitRecord
from occupancy.evidence.drugrecord import DrugRecord
from occupancy.evidence.figure import Citation, Figure
from occupancy.evidence.loader import (
    EvidenceError,
    UnknownDrugError,
    circuit_names,
    circuit_record,
    drug_names,
    drug_record,
    genes,
    interactions,
    populations,
    priors,
    reference,
    targets,
)

__all__ = [
    "CircuitParameter",
    "CircuitRecord",
    "Citation",
    "DrugRecord",
    "EvidenceError",
    "Figure",
    "UnknownDrugError",
    "circuit_names",
    "circuit_record",
    "drug_names",
    "drug_record",
    "genes",
    "interactions",
    "populations",
    "priors",
    "reference",
    "targets",
]
