"""Virtual people: who they are, sampled from the evidence, each by their number."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from occupancy.course.sampling import Array
from occupancy.evidence import Figure, genes, populations
from occupancy.evidence.draws import sigma_of_cv
from occupancy.person import Person
from occupancy.population.error import PopulationError
from occupancy.population.shares import (
    Shares,
    ancestry_shares,
    checked_share,
    gene_shares,
    population_figure,
    recorded_share,
    recorded_shares,
)
from occupancy.population.streams import BLOCK, normals, uniforms

#: What a person may be, the same as for one person.
AGES: Final = (18.0, 100.0)
WEIGHTS: Final = (30.0, 300.0)
HEIGHTS: Final = (120.0, 230.0)
LARGEST: Final = 10**12


@dataclass(frozen=True, eq=False)
class People:
    """Some people of a population; arrays of shape (people,).

    Attributes:
        index: number of the person, from 0.
        age_y, weight_kg, height_cm: as named.
        female, smoker: true or false.
        ancestry: position in `ancestries`, -1 where none was named.
        phenotype: per gene, position in `phenotypes[gene]`, -1 where no frequency is known.
    """

    index: NDArray[np.int64]
    age_y: Array
    weight_kg: Array
    height_cm: Array
    female: NDArray[np.bool_]
    smoker: NDArray[np.bool_]
    ancestry: NDArray[np.int8]
    phenotype: Mapping[str, NDArray[np.int8]]
    ancestries: tuple[str, ...]
    phenotypes: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        """Number of people."""
        return self.index.size

    @property
    def bmi(self) -> Array:
        """Body mass index, kg/m2."""
        return self.weight_kg / (self.height_cm / 100.0) ** 2

    def person(self, position: int) -> Person:
        """The person at `position` as `course` and `curve` take one."""

        def code(gene: str) -> str | None:
            at = int(self.phenotype[gene][position]) if gene in self.phenotype else -1
            return None if at < 0 else self.phenotypes[gene][at]

        ancestry = int(self.ancestry[position])
        return Person(
            age_y=float(self.age_y[position]),
            weight_kg=float(self.weight_kg[position]),
            height_cm=float(self.height_cm[position]),
            sex="female" if self.female[position] else "male",
            smoking=bool(self.smoker[position]),
            cyp2d6=code("CYP2D6"),
            cyp2c19=code("CYP2C19"),
            ancestry=None if ancestry < 0 else self.ancestries[ancestry],
        )

    def where(self, chosen: slice | NDArray[np.bool_]) -> "People":
        """The people of a slice or a mask."""
        parts = {
            one.name: getattr(self, one.name)[chosen]
            for one in fields(self)
            if isinstance(getattr(self, one.name), np.ndarray)
        }
        return People(
            **parts,
            phenotype={gene: codes[chosen] for gene, codes in self.phenotype.items()},
            ancestries=self.ancestries,
            phenotypes=self.phenotypes,
        )


def joined(parts: list[People]) -> People:
    """Several groups of one population as one."""
    first = parts[0]
    arrays = {
        one.name: np.concatenate([getattr(part, one.name) for part in parts])
        for one in fields(first)
        if isinstance(getattr(first, one.name), np.ndarray)
    }
    return People(
        **arrays,
        phenotype={
            gene: np.concatenate([part.phenotype[gene] for part in parts])
            for gene in first.phenotype
        },
        ancestries=first.ancestries,
        phenotypes=first.phenotypes,
    )


@dataclass(frozen=True)
class Population:
    """A number of virtual people, sampled from evidence and made by their number when needed.

    Height and body mass index are lognormal and independent within a sex, and weight =
    BMI * height**2, which gives weight and height their correlation. Age is uniform. Phenotypes
    of CYP2D6 and CYP2C19 have the recorded frequencies of the ancestry and are independent.

    Attributes:
        size: how many people.
        seed: the same seed gives the same people; person i is the same whatever the size.
        ancestry: a population of the evidence, or a mapping of several to their shares. Without
            it genes are not sampled: frequencies are not averaged over ancestries.
        ages: lowest and highest age in years; None takes the recorded adults.
        female: share of women; `smokers`: share who smoke daily; None takes the recorded share.
        frequency: per gene, share of each phenotype, in place of the recorded ones.
        occasions: whether the amount absorbed varies from dose to dose.

    Raises:
        PopulationError: a size, age, share or frequency that cannot be.
    """

    size: int
    seed: int = 0
    ancestry: str | Mapping[str, float] | Shares | None = None
    ages: tuple[float, float] | None = None
    female: float | None = None
    smokers: float | None = None
    frequency: Mapping[str, Mapping[str, float]] | tuple[tuple[str, Shares], ...] = ()
    occasions: bool = True

    def __post_init__(self) -> None:
        """Check every field, and keep mappings in a form that can be compared and sent."""
        for name, least, most in (("size", 1, LARGEST), ("seed", 0, 2**63 - 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise PopulationError(
                    f"{name} = {value} is not allowed; give a whole number from {least} to {most}"
                )
        object.__setattr__(self, "ancestry", ancestry_shares(self.ancestry))
        object.__setattr__(self, "frequency", gene_shares(self.frequency))
        if self.ages is not None:
            object.__setattr__(self, "ages", _ages(self.ages))
        for name in ("female", "smokers"):
            if getattr(self, name) is not None:
                checked_share(name, getattr(self, name))
        _ = self.phenotype_shares  # impossible records are refused here, not in a worker

    @property
    def blocks(self) -> int:
        """Number of blocks, the last of which may not be full."""
        return -(-self.size // BLOCK)

    @cached_property
    def ancestry_shares(self) -> Shares:
        """Ancestries with their shares."""
        return ancestry_shares(self.ancestry)

    @cached_property
    def phenotype_shares(self) -> tuple[dict[str, Shares], ...]:
        """Per ancestry (or once, without), the frequencies of phenotypes by gene."""
        given = dict(gene_shares(self.frequency))
        recorded = [recorded_shares(name) for name, _ in self.ancestry_shares] or [{}]
        return tuple({**one, **given} for one in recorded)

    def people(self, start: int = 0, stop: int | None = None) -> People:
        """People number `start` up to `stop`, which may be any stretch of the population.

        Raises:
            PopulationError: a stretch outside the population.
        """
        stop = self.size if stop is None else stop
        if not 0 <= start < stop <= self.size:
            raise PopulationError(
                f"people {start} to {stop} are not in a population of {self.size}"
            )
        blocks = range(start // BLOCK, -(-stop // BLOCK))
        everybody = joined([self.block(number) for number in blocks])
        first = blocks.start * BLOCK
        return everybody.where(slice(start - first, stop - first))

    def person(self, number: int) -> Person:
        """Person `number`, from 0, as `course` and `curve` take one."""
        return self.people(number, number + 1).person(0)

    def block(self, number: int) -> People:
        """All of block `number`, whether or not the population ends inside it."""
        female = self._uniform("sex", number) < (
            recorded_share("female") if self.female is None else self.female
        )
        height = self._body("height", number, female)
        weight = self._body("bmi", number, female) * (height / 100.0) ** 2
        smokers = recorded_share("smoker") if self.smokers is None else self.smokers
        shares = [share for _, share in self.ancestry_shares]
        ancestry = _chosen(self._uniform("ancestry", number), shares)
        return People(
            index=np.arange(number * BLOCK, (number + 1) * BLOCK),
            age_y=self._age(number),
            weight_kg=np.clip(weight, *WEIGHTS),
            height_cm=np.clip(height, *HEIGHTS),
            female=female,
            smoker=self._uniform("smoking", number) < smokers,
            ancestry=ancestry,
            phenotype=self._phenotypes(number, ancestry),
            ancestries=tuple(name for name, _ in self.ancestry_shares),
            phenotypes=_codes(),
        )

    def _uniform(self, what: str, number: int) -> Array:
        return uniforms(self.seed, f"people/{what}", number)

    def _age(self, number: int) -> Array:
        u = self._uniform("age", number)
        if self.ages is not None:
            return self.ages[0] + (self.ages[1] - self.ages[0]) * u
        adult = next(one for one in populations().population if one.name == "adult")
        figure = population_figure(adult.typical["age"])
        assert figure.low is not None
        assert figure.high is not None
        return figure.low + (figure.high - figure.low) * u

    def _body(self, what: str, number: int, female: NDArray[np.bool_]) -> Array:
        """Height (cm) or BMI (kg/m2): median * exp(sigma z), by sex."""
        z = normals(self.seed, f"people/{what}", number)
        of_sex = {one.sex: population_figure(getattr(one, what)) for one in populations().body}
        woman, man = (_lognormal(of_sex[sex]) for sex in ("female", "male"))
        middle = np.where(female, woman[0], man[0])
        return middle * np.exp(np.where(female, woman[1], man[1]) * z)

    def _phenotypes(self, number: int, ancestry: NDArray[np.int8]) -> dict[str, NDArray[np.int8]]:
        found: dict[str, NDArray[np.int8]] = {}
        for gene, codes in _codes().items():
            u = self._uniform(gene, number)
            chosen = np.full(BLOCK, -1, dtype=np.int8)
            for position, by_gene in enumerate(self.phenotype_shares):
                if gene in by_gene:
                    here = ancestry == (position if self.ancestry_shares else -1)
                    shares = dict(by_gene[gene])
                    at = _chosen(u, [shares.get(code, 0.0) for code in codes])
                    chosen[here] = at[here]
            found[gene] = chosen
        return found


def _codes() -> dict[str, tuple[str, ...]]:
    """Phenotypes of every gene that acts, in the order of the record."""
    return {one.name: tuple(one.activity) for one in genes().gene if one.acts}


def _chosen(u: Array, shares: list[float]) -> NDArray[np.int8]:
    """Position in `shares` of uniform numbers; -1 when there is nothing to choose from."""
    if not shares:
        return np.full(u.shape, -1, dtype=np.int8)
    at = np.searchsorted(np.cumsum(shares), u, side="right")
    # The last share that is not zero takes what rounding leaves over.
    last = max(i for i, share in enumerate(shares) if share > 0)
    return np.minimum(at, last).astype(np.int8)


def _lognormal(figure: Figure) -> tuple[float, float]:
    assert figure.between_cv is not None
    return figure.canonical(figure.central), sigma_of_cv(figure.between_cv)


def _ages(given: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(one) for one in given)
    except (TypeError, ValueError):
        raise PopulationError(f"ages = {given!r}: give the lowest and the highest age") from None
    if not AGES[0] <= low <= high <= AGES[1]:
        raise PopulationError(
            f"ages = {low:g} to {high:g} are not allowed; give two ages between {AGES[0]:g} and "
            f"{AGES[1]:g}, the lower first"
        )
    return low, high
