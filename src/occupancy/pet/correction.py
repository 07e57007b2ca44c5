"""Occupancy corrected for what a drug moves besides the tracer: the target and its own agonist.

A scan sees the target that is free of drug and of endogenous agonist. The laws of
`occupancy.laws.pet_view` give the occupancy behind what a pair of scans reports; here they are
applied to an estimate, with the errors of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import final

import numpy as np

from occupancy.laws import occupancy as mass_action
from occupancy.laws import true_occupancy_from_pet
from occupancy.pet.error import PetError
from occupancy.pet.estimate import Estimate
from occupancy.pet.frames import Array, ArrayLike
from occupancy.pet.quantile import t_quantile

_STEP = 1e-6  # of the central differences: their error is far below that of any estimate


@final
@dataclass(frozen=True)
class TargetChange:
    """What changed between the baseline and the scan on drug, each with its standard error.

    Attributes
    ----------
    up_regulation
        u, fractional change of the amount of target (B_max): 0.2 for a fifth more, above -1.
    agonist
        a0 = [A]/K_A, the endogenous agonist at baseline; 0 where it does not compete.
    agonist_ratio
        Agonist on drug over agonist at baseline; 1 where the drug leaves it as it was.
    up_regulation_se, agonist_se, agonist_ratio_se
        Their standard errors; 0 where one is taken as known.
    """

    up_regulation: float = 0.0
    up_regulation_se: float = 0.0
    agonist: float = 0.0
    agonist_se: float = 0.0
    agonist_ratio: float = 1.0
    agonist_ratio_se: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises
        ------
        PetError
            A value or an error out of its range; the message names it.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            fraction = field.name == "up_regulation"
            if not (math.isfinite(value) and (value > -1.0 if fraction else value >= 0.0)):
                range_ = "above -1" if fraction else "of 0 or more"
                raise PetError(f"{field.name} {value}: a finite number {range_}.")

    @property
    def none(self) -> bool:
        """Whether nothing changed, for certain."""
        return self == TargetChange()


@final
@dataclass(frozen=True)
class Correction:
    """An occupancy corrected.

    Attributes
    ----------
    change
        What it was corrected for.
    occupancy
        What the drug holds of the target that there is in the scan on drug, beside the agonist.
    without_agonist
        What the same concentration of the drug would hold without any agonist, d/(1 + d).
    """

    change: TargetChange
    occupancy: Estimate
    without_agonist: Estimate


def correct_occupancy(
    estimate: Estimate, change: TargetChange, *, level: float = 0.95
) -> Correction:
    """Correct an occupancy that scans report, θ_PET, for a change of target and agonist.

    θ = 1 − (1 + r a0)(1 − θ_PET)/((1 + u)(1 + a0)), and without agonist d/(1 + d) with
    d = (1 + r a0) θ/(1 − θ) (Gaddum's competition; `laws.true_occupancy_from_pet`). The standard
    error is that of the delta method in all four quantities. Each end of the interval
    lies as far from the estimate as the root of two squares: the scan's own interval carried
    through the law, which keeps its asymmetry, and z standard errors of the correction (Zou &
    Donner, Stat Med 2008;27:1693). Without errors of the change it is the interval, carried.

    Parameters
    ----------
    estimate
        θ_PET with its standard error and interval of this `level`.
    change
        What changed.
    level
        Of the interval.

    Raises
    ------
    PetError
        The level is not a probability.
    """
    if not 0.0 < level < 1.0:
        raise PetError(f"level {level}: between 0 and 1.")
    reach = t_quantile(0.5 + 0.5 * level, math.inf)
    return Correction(
        change,
        _carried(estimate, change, reach, _occupancy),
        _carried(estimate, change, reach, _without_agonist),
    )


def correct_draws(
    occupancy: ArrayLike, change: TargetChange, *, seed: int = 0, without_agonist: bool = False
) -> Array:
    """Return draws of θ_PET corrected, each with its own draw of what changed, same shape.

    The three quantities are normal with their errors; u is kept above -1, the agonist at 0 or
    more. One draw is one row, so that scans of one draw share the change.
    """
    theta = np.asarray(occupancy, dtype=np.float64)
    rng = np.random.default_rng(seed)
    shape = (theta.shape[0],) + (1,) * (theta.ndim - 1) if theta.ndim else ()
    u = change.up_regulation + change.up_regulation_se * rng.standard_normal(shape)
    a0 = change.agonist + change.agonist_se * rng.standard_normal(shape)
    r = change.agonist_ratio + change.agonist_ratio_se * rng.standard_normal(shape)
    law = _without_agonist if without_agonist else _occupancy
    return law(theta, np.maximum(u, -0.999), np.maximum(a0, 0.0), np.maximum(r, 0.0))


def _occupancy(theta: ArrayLike, u: ArrayLike, a0: Array, r: Array) -> Array:
    return np.asarray(true_occupancy_from_pet(theta, a0, a0 * r, u), dtype=np.float64)


def _without_agonist(theta: ArrayLike, u: ArrayLike, a0: Array, r: Array) -> Array:
    held = _occupancy(theta, u, a0, r)
    # d = (1 + r a0) θ/(1 − θ), as a quotient, so that noise may carry θ past 1
    return np.asarray(mass_action((1.0 + a0 * r) * held, 1.0 - held), dtype=np.float64)


def _carried(
    estimate: Estimate, change: TargetChange, reach: float, law: Callable[..., Array]
) -> Estimate:
    at = np.array([estimate.value, change.up_regulation, change.agonist, change.agonist_ratio])
    errors = np.array(
        [estimate.se, change.up_regulation_se, change.agonist_se, change.agonist_ratio_se]
    )
    steps = _STEP * np.eye(4)
    slope = np.array([float(law(*(at + s)) - law(*(at - s))) for s in steps]) / (2.0 * _STEP)
    value = float(law(*at))
    own = float(np.linalg.norm((slope * errors)[1:]))
    se = math.hypot(slope[0] * estimate.se, own)
    ends = [float(law(end, *at[1:])) for end in (estimate.low, estimate.high)]
    low, high = (
        value + side * math.hypot(end - value, reach * own)
        for side, end in zip((-1.0, 1.0), ends, strict=True)
    )
    return Estimate(value, se, low, high)
