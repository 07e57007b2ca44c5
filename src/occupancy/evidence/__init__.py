"""Figures and their provenance: records, schema, loader, audit.

The ground floor of the house: every number with a source stands here once, with unit,
spread, population, citation and standing. May import `units` only.
"""

from occupancy.evidence.drugrecord import DrugRecord
from occupancy.evidence.figure import Citation, Figure
from occupancy.evidence.loader import (
    EvidenceError,
    UnknownDrugError,
    circuit_names,
    circuit_record,
    codes,
    devices,
    drug_codes,
    drug_names,
    drug_record,
    drugs_with_products,
    genes,
    interactions,
    populations,
    priors,
    product_record,
    reference,
    tapering,
    targets,
)
from occupancy.evidence.tables import DrugCodes

__all__ = [
    "Citation",
    "DrugCodes",
    "DrugRecord",
    "EvidenceError",
    "Figure",
    "UnknownDrugError",
    "circuit_names",
    "circuit_record",
    "codes",
    "devices",
    "drug_codes",
    "drug_names",
    "drug_record",
    "drugs_with_products",
    "genes",
    "interactions",
    "populations",
    "priors",
    "product_record",
    "reference",
    "tapering",
    "targets",
]
