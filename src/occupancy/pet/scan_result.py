"""The fits of one scan, and what could not be fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.fit_result import Fit
from occupancy.pet.frames import Array


@final
@dataclass(frozen=True, eq=False)
class ScanFit:
    """The fits of one scan.

    Attributes
    ----------
    scan, model
        Names.
    fits
        One per region that could be fitted, in the order of the curves.
    failures
        (region, what was wrong) of the others.
    """

    scan: str
    model: str
    fits: tuple[Fit, ...]
    failures: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, region: str) -> Fit:
        """Return the fit of a region.

        Raises
        ------
        PetError
            It was not fitted; the message says why.
        """
        for fit in self.fits:
            if fit.region == region:
                return fit
        why = dict(self.failures).get(region, "it is not among the regions of the scan")
        raise PetError(f"No fit of region {region!r}: {why}")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that were fitted."""
        return tuple(fit.region for fit in self.fits)

    def estimates(self, name: str) -> tuple[Array, Array]:
        """Return a parameter and its standard error over the fitted regions."""
        values = np.array([fit[name] for fit in self.fits])
        return values, np.array([fit.se.get(name, np.nan) for fit in self.fits])

    def document(self) -> dict[str, object]:
        """Return the fits as plain data for JSON."""
        return {
            "scan": self.scan,
            "model": self.model,
            "fits": [fit.document() for fit in self.fits],
            "failures": [{"region": r, "problem": why} for r, why in self.failures],
        }
