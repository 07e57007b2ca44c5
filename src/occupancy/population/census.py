"""Who the people of a trial were: counts and quantiles, merged like everything else."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from occupancy.course.sampling import Array
from occupancy.engine.histogram import Bins, Histogram
from occupancy.population.people import AGES, HEIGHTS, WEIGHTS, People

#: Grids of the traits: a tenth of a year, kg and cm.
GRIDS = {
    "age_y": Bins(*AGES, 820),
    "weight_kg": Bins(*WEIGHTS, 2700),
    "height_cm": Bins(*HEIGHTS, 1100),
}


@dataclass(frozen=True)
class Census:
    """Counts of people by what they are.

    Attributes:
        people: how many; `female` and `smoker` of them.
        ancestry: per ancestry; `phenotype`: per gene and phenotype. Who has none is not counted.
        traits: histograms of age, weight and height.
    """

    people: int
    female: int
    smoker: int
    ancestry: Mapping[str, int]
    phenotype: Mapping[str, Mapping[str, int]]
    traits: Mapping[str, Histogram]

    def quantiles(self, trait: str, shares: tuple[float, ...]) -> Array:
        """Quantiles over people of age_y, weight_kg or height_cm, to a twentieth of its unit."""
        return self.traits[trait].quantiles(shares)[:, 0]


def census_of(people: People) -> Census:
    """The census of some people."""
    return Census(
        people=len(people),
        female=int(people.female.sum()),
        smoker=int(people.smoker.sum()),
        ancestry={n: int((people.ancestry == i).sum()) for i, n in enumerate(people.ancestries)},
        phenotype={
            gene: {c: int((codes == i).sum()) for i, c in enumerate(people.phenotypes[gene])}
            for gene, codes in people.phenotype.items()
        },
        traits={t: _counted(bins, getattr(people, t)) for t, bins in GRIDS.items()},
    )


def merged(first: Census, second: Census) -> Census:
    """Both as one."""
    return Census(
        people=first.people + second.people,
        female=first.female + second.female,
        smoker=first.smoker + second.smoker,
        ancestry={name: n + second.ancestry[name] for name, n in first.ancestry.items()},
        phenotype={
            gene: {code: n + second.phenotype[gene][code] for code, n in counts.items()}
            for gene, counts in first.phenotype.items()
        },
        traits={t: _both(one, second.traits[t]) for t, one in first.traits.items()},
    )


def _counted(bins: Bins, values: Array) -> Histogram:
    found = Histogram.empty(bins, 1)
    found.add(np.asarray(values)[None])
    return found


def _both(first: Histogram, second: Histogram) -> Histogram:
    found = Histogram.empty(first.bins, 1)
    for one in (first, second):
        found.merge(one)
    return found
