"""What is said of all records together; each worked out once, for the records do not change."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from occupancy.course.documents import AuditDocument, ValidationDocument


@lru_cache(maxsize=1)
def audit() -> AuditDocument:
    """`occupancy evidence audit`."""
    from occupancy.validation import audit_document

    return audit_document()


@lru_cache(maxsize=1)
def validation() -> ValidationDocument:
    """`occupancy validate`."""
    from occupancy.validation import load_rows, recompute, validation_document

    return validation_document([recompute(row) for row in load_rows()])
