"""Draws of a figure: its number as a sample of a distribution, always the same sample.

A parameter of the house is a vector of draws whose median is the figure. The sample is
stratified: the normal scores of the n midpoints (i + 1/2)/n in a permuted order, so medians and
quantiles are right with few draws. The order depends on (`seed`, `namespace`, figure id) only, so
a figure named by two models has the same draws in both, and two figures are independent.

No draw is special: element 0 is as random as any other. With n = 1 the only draw is the median,
which is the point estimate.
"""

import math
import zlib
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from occupancy.evidence import loader
from occupancy.evidence.figure import Figure
from occupancy.evidence.tables import PriorTable

Draws = NDArray[np.float64]

#: Shares of a whole: draws are held at 1 or below.
SHARES: Final = frozenset(
    {"CR", "Emax", "F", "IR", "fm", "frequency", "fu", "input fraction", "occupancy", "prevalence"}
)
#: Quantities that may be negative; draws of all others are held at 0 or above.
SIGNED: Final = frozenset({"change", "coefficient", "exponent"})

_STANDARD: Final = NormalDist()


def median(figure: Figure, molar_mass: float | None = None) -> float:
    """The point estimate in canonical units: the median of `draws`.

    `value` where the record has one; else the middle of the bounds, geometric for a lognormal
    figure and arithmetic otherwise.

    Args:
        figure: the figure.
        molar_mass: g/mol of its analyte, for molar figures of a mass concentration.

    Raises:
        UnitError: a molar figure without a molar mass.
    """
    if figure.value is None and figure.distribution == "lognormal":
        assert figure.low is not None
        assert figure.high is not None
        return figure.canonical(math.sqrt(figure.low * figure.high), molar_mass)
    return figure.canonical(figure.central, molar_mass)


def draws(
    figure: Figure,
    n: int,
    seed: int = 0,
    *,
    namespace: str = "",
    molar_mass: float | None = None,
    prior_cv: float | None = None,
) -> Draws:
    """`n` draws of the uncertainty of a figure, shape (n,), in the quantity's canonical unit.

    - lognormal: median * exp(sigma z); sigma from `cv` as sqrt(ln(1 + cv^2)), else from the
      bounds as ln(high/low) / (2 z_level).
    - normal: median + sd z; sd given, else (high - low) / (2 z_level). Where the quantity cannot
      be negative the normal is truncated at zero, which lifts the median of a figure that lies
      within two SDs of zero.
    - interval: uniform; with a `value` inside, half of the mass on each side of it.
    - exact: constant.
    - no distribution: lognormal with the generic prior of the quantity (see `prior_cv_of`).

    Shares of a whole are held at 1, non-negative quantities at 0.

    Args:
        figure: the figure.
        n: number of draws, 1 or more.
        seed: seed of the whole computation.
        namespace: where the id lives (the drug's name, or the table's), as ids are unique only
            inside one record.
        molar_mass: g/mol of the analyte, for molar figures of a mass concentration.
        prior_cv: spread to use when the source states none; default the labelled prior.

    Raises:
        ValueError: `n` below 1.
        UnitError: a molar figure without a molar mass.
    """
    z = _permuted_scores(n, seed, f"{namespace}/{figure.id}")
    middle = median(figure, molar_mass)
    bounds = _bounds(figure, molar_mass)
    match figure.distribution:
        case "exact":
            sample = np.full(n, middle)
        case "lognormal":
            sample = middle * np.exp(_sigma(figure, bounds) * z)
        case "normal":
            sample = _normal(figure, middle, bounds, z)
        case "interval":
            assert bounds is not None
            sample = _interval(middle, bounds, z)
        case None:
            spread = prior_cv_of(figure.quantity) if prior_cv is None else prior_cv
            sample = middle * np.exp(sigma_of_cv(spread) * z)
    lowest = -np.inf if figure.quantity in SIGNED else 0.0
    highest = 1.0 if figure.quantity in SHARES else np.inf
    return np.clip(sample, lowest, highest)


def between_draws(
    figure: Figure,
    n: int,
    seed: int = 0,
    *,
    namespace: str = "",
    prior_cv: float | None = None,
) -> Draws:
    """Variability between people: `n` multipliers of a figure, shape (n,), median 1.

    Lognormal with the figure's `between_cv`, else `prior_cv`, else the labelled generic prior of
    the quantity. Independent of `draws` of the same figure.

    Raises:
        ValueError: `n` below 1.
    """
    cv = figure.between_cv
    if cv is None:
        cv = between_cv_of(figure.quantity) if prior_cv is None else prior_cv
    return np.exp(sigma_of_cv(cv) * _permuted_scores(n, seed, f"between/{namespace}/{figure.id}"))


def standard_draws(n: int, seed: int, key: str) -> Draws:
    """`n` stratified standard normal draws in the order that belongs to (`seed`, `key`).

    For spreads that belong to no single figure: a residual, an eta of a person.

    Raises:
        ValueError: `n` below 1.
    """
    return _permuted_scores(n, seed, f"standard/{key}").copy()


def sigma_of_cv(cv: float) -> float:
    """Standard deviation of the logarithm of a lognormal with coefficient of variation `cv`."""
    return math.sqrt(math.log1p(cv * cv))


def prior_cv_of(quantity: str) -> float:
    """CV of the labelled generic prior for the uncertainty of `quantity`; 0 when it has none."""
    return _prior("uncertainty", quantity)


def between_cv_of(quantity: str) -> float:
    """CV of the labelled generic prior for the variability of `quantity` between people."""
    return _prior("between", quantity)


def occasion_cv_of(quantity: str) -> float:
    """CV of the labelled generic prior for `quantity` from one occasion to the next."""
    return _prior("occasion", quantity)


@cache
def _prior(family: str, quantity: str) -> float:
    table: PriorTable = loader.priors()
    families = {
        "uncertainty": table.uncertainty,
        "between": table.between,
        "occasion": table.occasion,
    }
    refs = families[family]
    ref = refs.get(quantity) or refs.get("default")
    if ref is None:
        return 0.0
    figure = next(one for one in table.figure if one.id == ref)
    return figure.canonical(figure.central)


def _sigma(figure: Figure, bounds: tuple[float, float] | None) -> float:
    if figure.cv is not None:
        return sigma_of_cv(figure.cv)
    assert bounds is not None
    return math.log(bounds[1] / bounds[0]) / (2.0 * _z_of_level(figure.level))


def _normal(figure: Figure, middle: float, bounds: tuple[float, float] | None, z: Draws) -> Draws:
    if figure.sd is not None:
        # A scale, not a place: units here are proportional, so the factor carries over.
        sd = figure.sd * _scale(figure, middle)
    else:
        assert bounds is not None
        sd = (bounds[1] - bounds[0]) / (2.0 * _z_of_level(figure.level))
    if sd == 0.0:
        return np.full(z.shape, middle)
    if figure.quantity in SIGNED or middle <= 0.0 or middle > 6.0 * sd:
        return middle + sd * z
    below = _STANDARD.cdf(-middle / sd)
    share = below + (1.0 - below) * np.array([_STANDARD.cdf(score) for score in z.tolist()])
    return middle + sd * np.array([_STANDARD.inv_cdf(p) for p in share.tolist()])


def _scale(figure: Figure, middle: float) -> float:
    return middle / figure.central if figure.central else figure.canonical(1.0)


def _interval(middle: float, bounds: tuple[float, float], z: Draws) -> Draws:
    low, high = bounds
    u = np.array([_STANDARD.cdf(score) for score in z.tolist()])
    if not low < middle < high:
        return low + (high - low) * u
    return np.where(
        u < 0.5, low + 2.0 * u * (middle - low), middle + (2.0 * u - 1.0) * (high - middle)
    )


def _bounds(figure: Figure, molar_mass: float | None) -> tuple[float, float] | None:
    if figure.low is None or figure.high is None:
        return None
    return figure.canonical(figure.low, molar_mass), figure.canonical(figure.high, molar_mass)


@cache
def _z_of_level(level: float) -> float:
    return _STANDARD.inv_cdf(0.5 + level / 2.0)


@cache
def _scores(n: int) -> Draws:
    if n < 1:
        raise ValueError(f"number of draws is {n}; it must be 1 or more")
    scores = np.array([_STANDARD.inv_cdf((i + 0.5) / n) for i in range(n)])
    scores.setflags(write=False)
    return scores


@lru_cache(maxsize=1024)
def _permuted_scores(n: int, seed: int, key: str) -> Draws:
    scores = _scores(n)
    generator = np.random.default_rng([seed, zlib.crc32(key.encode("utf-8"))])
    permuted = generator.permutation(scores)
    permuted.setflags(write=False)
    return permuted
