"""From the curves of a study to its EC50: occupancies go to `inference` with their errors.

Every person's occupancies are drawn by refits to simulated data; the draws, through a correction
where one is given, become the values and the covariance of that person's scans, and the model of
`inference.fit_exposure_occupancy` explains them: EC50, how people differ, and what is left over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from occupancy.inference.exposure import ExposureFit, Method, fit_exposure_occupancy
from occupancy.inference.exposure_model import Scan
from occupancy.pet.correction import TargetChange, correct_draws
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.frames import Array
from occupancy.pet.person_occupancy import PersonOccupancy
from occupancy.pet.pooled_fit import posterior_estimate


@final
@dataclass(frozen=True, eq=False)
class StudyExposure:
    """A study from its curves to its EC50.

    Attributes
    ----------
    people
        Each with the table of binding, the fit of occupancy, and through them the curves.
    person, scan, exposure
        Of each occupancy: whose, in which scan, at which concentration (or dose).
    draws
        Of the occupancies, (draws, occupancies), corrected where a correction was given.
    fit
        The exposure-occupancy model of `inference`: `fit.interval("EC50", 0.95)`,
        `fit.values("EC50")`.
    """

    people: tuple[PersonOccupancy, ...]
    person: tuple[str, ...]
    scan: tuple[str, ...]
    exposure: Array
    draws: Array
    fit: ExposureFit

    @property
    def occupancy(self) -> tuple[Estimate, ...]:
        """Each occupancy: median, standard deviation and middle 95 % of its draws."""
        return tuple(posterior_estimate(one) for one in self.draws.T)

    def estimate(self, name: str = "EC50", level: float = 0.95, seed: int = 0) -> Estimate:
        """Return "EC50" (in the unit of the exposures), "Emax", "omega" or "sd".

        The median, the standard deviation of its draws and the middle `level` of them.

        Raises
        ------
        ValueError
            The model has no such quantity.
        """
        middle, low, high = self.fit.interval(name, level)
        return Estimate(middle, float(self.fit.values(name, seed=seed).std(ddof=1)), low, high)

    def predicted(self, exposure: float, count: int = 4000, seed: int = 0) -> Array:
        """Return draws of the typical person's occupancy at an exposure, (draws,)."""
        ec50 = self.fit.values("EC50", count, seed)
        top = self.fit.emax
        if top is None:
            top = self.fit.values("Emax", count, seed)
        return np.asarray(top * exposure / (exposure + ec50), dtype=np.float64)


def fit_exposure(
    people: Sequence[PersonOccupancy],
    exposure: Mapping[str, float | Sequence[float]],
    *,
    emax: float | None = 1.0,
    changes: Mapping[str, TargetChange] | None = None,
    method: Method = "importance",
    samples: int = 1000,
    seed: int = 0,
) -> StudyExposure:
    """Fit occupancy against exposure over the people of a study.

    Parameters
    ----------
    people
        Of `fit_study`, or one's own; two occupancies or more in all.
    exposure
        Per person, what each scan after the baseline had: concentrations in one unit, or doses.
    emax
        Held; None to estimate it.
    changes
        What the drug changed in a person's target (`correct_occupancy`); no one's by default.
    method
        'importance', 'laplace' or 'nuts'; see `inference.fit_exposure_occupancy`.
    samples, seed
        Draws of each person's occupancies, and their seed.

    Raises
    ------
    PetError
        People and exposures that do not go together; the message names the person.
    ValueError
        An exposure below zero, an Emax outside 0 to 1.
    EngineUnavailable
        JAX (or, for NUTS, NumPyro) is not installed.
    """
    unknown = set(exposure) - {one.person for one in people}
    if unknown:
        known = ", ".join(one.person for one in people)
        raise PetError(f"exposure of {', '.join(sorted(unknown))}: people are {known}.")
    columns: list[Array] = []
    names: list[tuple[str, str, float]] = []
    for i, one in enumerate(people):
        if one.person not in exposure:
            raise PetError(f"{one.person}: no exposure; give one per scan after the baseline.")
        levels = np.atleast_1d(np.asarray(exposure[one.person], dtype=np.float64))
        if levels.shape != (len(one.fit.scans),):
            raise PetError(
                f"{one.person}: {levels.size} exposures for the scans {', '.join(one.fit.scans)}; "
                "one each."
            )
        drawn = one.fit.bootstrap(samples, seed + i)["occupancy"]
        change = (changes or {}).get(one.person)
        columns.append(drawn if change is None else correct_draws(drawn, change, seed=seed + i))
        names += [
            (one.person, scan, float(level))
            for scan, level in zip(one.fit.scans, levels, strict=True)
        ]
    draws = np.concatenate(columns, axis=1) if columns else np.empty((samples, 0))
    covariance = np.zeros((draws.shape[1],) * 2)
    at = 0
    for part in columns:
        end = at + part.shape[1]
        covariance[at:end, at:end] = np.atleast_2d(np.cov(part.T))
        at = end
    scans = [
        Scan(person, float(middle), level)
        for (person, _, level), middle in zip(names, np.median(draws, axis=0), strict=True)
    ]
    found = fit_exposure_occupancy(
        scans, emax=emax, covariance=covariance, method=method, seed=seed
    )
    return StudyExposure(
        tuple(people), tuple(n[0] for n in names), tuple(n[1] for n in names),
        np.array([n[2] for n in names]), draws, found,
    )  # fmt: skip
