"""Covariates of a kinetic model: how a trait of the person moves a parameter."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from occupancy.evidence.drugrecord import Covariate
from occupancy.person.error import PersonError
from occupancy.person.traits import Person, ancestry_words

#: Least multiplier of a linear covariate: a straight line must not turn a parameter negative.
FLOOR: Final = 0.05
_UNITS: Final = {"age": " years", "weight": " kg", "bmi": " kg/m2"}


@dataclass(frozen=True)
class CovariateEffect:
    """A multiplier of a parameter, shape of the coefficient's draws, and why it is so."""

    factor: NDArray[np.float64]
    reason: str


def covariate_factor(covariate: Covariate, person: Person, value: ArrayLike) -> CovariateEffect:
    """The multiplier that a trait of the person puts on a parameter.

    power: (trait / reference) ** value; linear: 1 + value * (trait - reference), never below
    `FLOOR`; category: `value` when the trait is the covariate's, else 1. The trait is first held
    inside `within`, the range the model was fitted on. An unknown trait moves nothing.

    Args:
        covariate: the covariate of the kinetic model.
        person: the person.
        value: draws of the exponent, coefficient or factor that the covariate names.

    Raises:
        PersonError: a covariate without the reference or the value its kind needs.
    """
    draws = np.asarray(value, dtype=np.float64)
    one = np.ones_like(draws)
    name = f"{covariate.parameter} of {covariate.species}"
    trait = _trait(covariate, person)
    if trait is None:
        return CovariateEffect(
            one, f"{covariate.trait} not given: {name} as in the model's reference person."
        )
    if covariate.kind == "category":
        return _category(covariate, str(trait), name, draws)
    factor = trait_factor(covariate, float(trait), draws)
    remark = _remark(float(trait), covariate)
    unit = _UNITS[covariate.trait]
    return CovariateEffect(
        factor,
        f"{covariate.trait} {float(trait):.3g}{unit} (reference {covariate.reference:g}): "
        f"{name} times {float(np.median(factor)):.2f}{remark}.",
    )


def trait_factor(covariate: Covariate, trait: ArrayLike, value: ArrayLike) -> NDArray[np.float64]:
    """The multiplier of a power or linear covariate, for one person or many.

    power: (trait / reference) ** value; linear: 1 + value * (trait - reference), never below
    `FLOOR`. The trait is first held inside `within`.

    Args:
        covariate: the covariate of the kinetic model; not a category.
        trait: age in years, weight in kg or body mass index in kg/m2.
        value: the exponent or coefficient; broadcast with `trait`.

    Raises:
        PersonError: a covariate without the reference its kind needs.
    """
    if covariate.reference is None:
        name = f"{covariate.parameter} of {covariate.species}"
        raise PersonError(f"covariate {covariate.trait} of {name} has no reference in its record")
    held = np.asarray(trait, dtype=np.float64)
    if covariate.within is not None:
        held = np.clip(held, *covariate.within)
    if covariate.kind == "power":
        return (held / covariate.reference) ** np.asarray(value)
    return np.maximum(1.0 + np.asarray(value) * (held - covariate.reference), FLOOR)


def _trait(covariate: Covariate, person: Person) -> float | str | bool | None:
    match covariate.trait:
        case "age":
            return person.age_y
        case "weight":
            return person.weight_kg
        case "bmi":
            return person.bmi
        case "sex":
            return person.sex
        case "smoking":
            return person.smoking
        case "ancestry":
            return person.ancestry


def _remark(trait: float, covariate: Covariate) -> str:
    if covariate.within is None:
        return ""
    low, high = covariate.within
    if low <= trait <= high:
        return ""
    held = min(max(trait, low), high)
    return f", held at {held:g}, the edge of the people the model was fitted on"


def _category(
    covariate: Covariate, trait: str, name: str, draws: NDArray[np.float64]
) -> CovariateEffect:
    if covariate.value is None:
        raise PersonError(f"covariate {covariate.trait} of {name} has no value in its record")
    words = ancestry_words(trait) if covariate.trait == "ancestry" else frozenset({trait})
    if covariate.value.strip().lower() in words:
        return CovariateEffect(
            draws, f"{covariate.trait} {trait}: {name} times {float(np.median(draws)):.2f}."
        )
    return CovariateEffect(np.ones_like(draws), f"{covariate.trait} {trait}: {name} unchanged.")
