"""Published observations recomputed, and the audit of the evidence: how far to trust an answer.

May import every room except `cli` and `web`.
"""

from occupancy.validation.audit import audit_document
from occupancy.validation.recompute import Outcome, recompute
from occupancy.validation.report import validation_document
from occupancy.validation.rows import Row, load_rows

__all__ = [
    "Outcome",
    "Row",
    "audit_document",
    "load_rows",
    "recompute",
    "validation_document",
]
