"""The reference data: a folder of their own, beside the checkout or where OCCUPANCY_SHARED says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def reference(path: str) -> Path:
    """A file or folder of the reference data; without it, the test that asks is skipped.

    The whole module is, where it is asked for as the module is read.
    """
    chosen = os.environ.get("OCCUPANCY_SHARED")
    found = (Path(chosen) if chosen else CHECKOUT.parent / "shared") / path
    if not found.exists():
        pytest.skip(
            f"no reference data at {found}; set OCCUPANCY_SHARED to their folder",
            allow_module_level=True,
        )
    return found
