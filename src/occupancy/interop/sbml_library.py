"""The SBML library, imported when a model is read or written."""

from __future__ import annotations

from typing import Any

from occupancy.extras import MissingLibraryError


class SbmlError(ValueError):
    """A model that cannot be read or written; the message says where and why."""


class NoSbmlLibraryError(MissingLibraryError):
    """python-libsbml is not installed."""


def libsbml() -> Any:
    """The module `libsbml`. Raises NoSbmlLibraryError saying how to install it."""
    try:
        import libsbml as library
    except ImportError:
        raise NoSbmlLibraryError(
            "SBML needs python-libsbml: install the extra, `pip install occupancy[sbml]`"
        ) from None
    return library
