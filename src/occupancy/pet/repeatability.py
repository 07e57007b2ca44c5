"""What two scans without a change between them say of the errors of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from occupancy.pet.binding_table import BindingTable, Outcome
from occupancy.pet.error import PetError
from occupancy.pet.frames import Array, ArrayLike


@final
@dataclass(frozen=True, eq=False)
class Repeatability:
    """Errors of a scan, from pairs.

    Attributes
    ----------
    outcome
        'V_T' or 'BP_ND'.
    regions
        Names.
    relative
        Whether `covariance` is of ln(outcome), of errors that grow with the value.
    covariance
        Of the errors of one scan, (regions, regions): half of that of the differences.
    absolute_variability
        Mean of |test − retest| over their mean, per region, a fraction.
    icc
        Reliability per region, (MS between − MS within)/(MS between + MS within), one-way
        (Shrout & Fleiss 1979, Psychol Bull 86:420).
    people
        How many.
    """

    outcome: Outcome
    regions: tuple[str, ...]
    relative: bool
    covariance: Array
    absolute_variability: Array
    icc: Array
    people: int

    def errors_of(self, table: BindingTable) -> BindingTable:
        """Return the table with these errors: regions of a scan covary, scans do not.

        Raises
        ------
        PetError
            Another outcome, or a region that the pairs do not have.
        """
        if table.outcome != self.outcome:
            raise PetError(f"The pairs are of {self.outcome}, the table of {table.outcome}.")
        unknown = [r for r in table.regions if r not in self.regions]
        if unknown:
            raise PetError(f"The pairs have no region {', '.join(unknown)}; leave it out.")
        at = [self.regions.index(r) for r in table.regions]
        own = self.covariance[np.ix_(at, at)]
        n = len(table.scans)
        full = np.zeros((table.values.size, table.values.size))
        for s in range(n):
            scale = np.abs(table.values[:, s]) if self.relative else np.ones(len(at))
            full[s::n, s::n] = own * np.outer(scale, scale)
        return replace(table, covariance=full)


def fit_repeatability(
    outcome: Outcome,
    regions: Sequence[str],
    test: ArrayLike,
    retest: ArrayLike,
    *,
    relative: bool = True,
    shrink: float | None = None,
) -> Repeatability:
    """Return the errors of one scan from test and retest of several people.

    Parameters
    ----------
    outcome, regions
        Names.
    test, retest
        Values, (people, regions).
    relative
        Take errors as proportional to the value (differences of logarithms), as those of binding
        are; else as the same for all values.
    shrink
        Share by which the covariances between regions are drawn to zero, 0..1, which a few people
        need: by default regions/(regions + people).

    Raises
    ------
    PetError
        Fewer than three people, shapes that do not fit, values that are not positive where
        `relative` needs them.
    """
    one, two = (np.asarray(x, dtype=np.float64) for x in (test, retest))
    if one.ndim != 2 or one.shape != two.shape or one.shape[1] != len(regions) or len(one) < 3:
        raise PetError(
            f"test {one.shape} and retest {two.shape} must both be (people, {len(regions)} "
            "regions), of three people or more."
        )
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise PetError("Test and retest must be finite; leave out a person with a missing scan.")
    if relative and not ((one > 0).all() and (two > 0).all()):
        raise PetError("Relative errors need values above zero; use relative=False.")
    people, n = one.shape
    share = n / (n + people) if shrink is None else shrink
    if not 0.0 <= share <= 1.0:
        raise PetError(f"shrink {shrink}: between 0 and 1.")
    difference = np.log(two / one) if relative else two - one
    # nothing changed between the scans: the differences scatter around zero
    raw = difference.T @ difference / people / 2.0
    covariance = (1.0 - share) * raw + share * np.diag(np.diag(raw))
    mean = 0.5 * (one + two)
    within = ((one - two) ** 2).sum(axis=0) / 2.0 / people
    between = 2.0 * mean.var(axis=0, ddof=1)
    return Repeatability(
        outcome, tuple(regions), relative, covariance,
        (np.abs(one - two) / np.abs(mean)).mean(axis=0),
        (between - within) / (between + within), people,
    )  # fmt: skip
