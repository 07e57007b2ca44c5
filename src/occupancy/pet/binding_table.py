"""What a study of occupancy starts from: an outcome per region and scan, with its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import numpy as np

from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.scan_result import ScanFit

Outcome: TypeAlias = Literal["V_T", "BP_ND"]
OUTCOMES: Final = ("V_T", "BP_ND")


@final
@dataclass(frozen=True, eq=False)
class BindingTable:
    """V_T or BP_ND of the regions of one person, the baseline scan first.

    Attributes
    ----------
    outcome
        'V_T' (mL/cm³) or 'BP_ND'.
    regions, scans
        Names; the first scan is the baseline.
    values
        Shape (regions, scans).
    covariance
        Of the errors of values.ravel(), region by region, (regions · scans, same); None where it
        is not known: then all errors are taken as equal and independent.
    """

    outcome: Outcome
    regions: tuple[str, ...]
    scans: tuple[str, ...]
    values: Array
    covariance: Array | None = None

    def __post_init__(self) -> None:
        """Refuse a table that cannot be.

        Raises
        ------
        PetError
            Shapes that do not fit, fewer than two scans, values that are not finite, a covariance
            that is not one.
        """
        if self.outcome not in OUTCOMES:
            raise PetError(f"Outcome {self.outcome!r}: allowed are {', '.join(OUTCOMES)}.")
        values = np.array(self.values, dtype=np.float64)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "regions", tuple(self.regions))
        object.__setattr__(self, "scans", tuple(self.scans))
        if values.shape != (len(self.regions), len(self.scans)) or len(self.scans) < 2:
            raise PetError(
                f"values have shape {values.shape}; {len(self.regions)} regions and "
                f"{len(self.scans)} scans are named, and a baseline and another scan are needed."
            )
        if not np.isfinite(values).all():
            i, j = np.argwhere(~np.isfinite(values))[0]
            raise PetError(
                f"{self.outcome} of {self.regions[i]!r} in scan {self.scans[j]!r} is "
                f"{values[i, j]}; leave the region out."
            )
        if self.covariance is None:
            return
        covariance = np.array(self.covariance, dtype=np.float64)
        object.__setattr__(self, "covariance", covariance)
        if covariance.shape != (values.size, values.size):
            raise PetError(
                f"The covariance has shape {covariance.shape}; {values.size} values need "
                f"({values.size}, {values.size})."
            )
        if not np.allclose(covariance, covariance.T) or (np.linalg.eigvalsh(covariance) <= 0).any():
            raise PetError("The covariance is not symmetric and positive definite.")

    @classmethod
    def with_errors(
        cls,
        outcome: Outcome,
        regions: Sequence[str],
        scans: Sequence[str],
        values: ArrayLike,
        se: ArrayLike,
        correlation: float = 0.0,
    ) -> BindingTable:
        """Return the table with standard errors, and their correlation between scans of a region.

        Raises
        ------
        PetError
            A standard error that is not positive, or a correlation that is not within -1..1.
        """
        errors = np.asarray(se, dtype=np.float64)
        if errors.shape != np.shape(values) or not (errors > 0).all():
            raise PetError("Standard errors must be positive, one per value.")
        if not -1.0 < correlation < 1.0:
            raise PetError(f"correlation {correlation}: between -1 and 1.")
        n = errors.shape[1]
        within = (1.0 - correlation) * np.eye(n) + correlation
        covariance = np.kron(np.eye(errors.shape[0]), within) * np.outer(errors, errors)
        return cls(outcome, tuple(regions), tuple(scans), np.asarray(values), covariance)

    @classmethod
    def of_fits(
        cls, scans: Sequence[ScanFit], outcome: Outcome, correlation: float = 0.0
    ) -> tuple[BindingTable, tuple[str, ...]]:
        """Return the table of the regions fitted in every scan, and what was left out and why.

        Errors are those of the fits; regions of a scan that share a reference region covary by
        its noise. `correlation` is that of a region's errors between scans (test-retest).

        Raises
        ------
        PetError
            No region has an estimate with a standard error in every scan.
        """
        notes: list[str] = []
        kept: list[str] = []
        for region in scans[0].regions:
            bad = [
                scan.scan or str(i + 1)
                for i, scan in enumerate(scans)
                if region not in scan.regions
                or not np.isfinite(scan[region][outcome])
                or not scan[region].se.get(outcome, np.nan) > 0
            ]
            if bad:
                notes.append(
                    f"region {region!r} is left out: no {outcome} with a standard error in scan "
                    f"{', '.join(bad)}"
                )
            else:
                kept.append(region)
        if not kept:
            raise PetError(
                f"No region has {outcome} with a standard error in every scan: {'; '.join(notes)}."
            )
        values = np.array([[scan[r][outcome] for scan in scans] for r in kept])
        se = np.array([[scan[r].se[outcome] for scan in scans] for r in kept])
        names = tuple(scan.scan or f"scan {i + 1}" for i, scan in enumerate(scans))
        table = cls.with_errors(outcome, kept, names, values, se, correlation)
        covariance = table.covariance
        if covariance is None:
            return table, tuple(notes)
        n = len(scans)
        for s, scan in enumerate(scans):
            loads = [_load(scan, region, outcome) for region in kept]
            for i, a in enumerate(loads):
                for j, b in enumerate(loads):
                    if i != j and a is not None and b is not None:
                        covariance[i * n + s, j * n + s] = float(a @ b)
        return cls(outcome, tuple(kept), names, values, covariance), tuple(notes)

    @property
    def se(self) -> Array | None:
        """Standard errors, shape (regions, scans); None where they are not known."""
        if self.covariance is None:
            return None
        return np.sqrt(np.diag(self.covariance)).reshape(self.values.shape)


def _load(scan: ScanFit, region: str, outcome: str) -> Array | None:
    fit = scan[region]
    if fit.shared is None or outcome not in fit.names:
        return None
    return fit.shared[fit.names.index(outcome)]
