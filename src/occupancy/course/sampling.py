"""From figures to draws: what is uncertain, and what differs between people."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from occupancy.evidence import DrugRecord, Figure
from occupancy.evidence.draws import between_draws, draws

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """How the spread of an answer is drawn.

    Attributes:
        draws: number of draws; 1 gives the point estimate.
        seed: same seed, same draws, whatever else is asked.
        variability: True adds the differences between people to the uncertainty of the typical
            person; the two stay apart because more studies shrink only the second.
    """

    draws: int = 200
    seed: int = 0
    variability: bool = True

    def __post_init__(self) -> None:
        """Check the number of draws."""
        if self.draws < 1:
            raise ValueError(f"draws = {self.draws} is not allowed; give 1 or more")


@dataclass(frozen=True)
class Sampler:
    """Draws of the figures of one drug, in canonical units, shape (draws,)."""

    record: DrugRecord
    sampling: Sampling

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return self.record.figures()

    @cached_property
    def molar_mass(self) -> dict[str, float]:
        """Molar mass of every analyte, g/mol."""
        return {one.name: one.molar_mass for one in self.record.analyte}

    def figure(self, ref: str) -> Figure:
        """The figure called `ref`."""
        return self._figures[ref]

    def typical(self, ref: str | float, analyte: str | None = None) -> Array:
        """Uncertainty of a figure for the typical person; a plain number is a constant."""
        n = self.sampling.draws
        if not isinstance(ref, str):
            return np.full(n, float(ref))
        figure = self._figures[ref]
        mass = self.molar_mass.get(analyte or figure.analyte or "")
        return draws(figure, n, self.sampling.seed, namespace=self.record.name, molar_mass=mass)

    def between(self, ref: str) -> Array:
        """Multipliers for the differences between people; ones without variability."""
        n = self.sampling.draws
        if not self.sampling.variability or n == 1:
            return np.ones(n)
        return between_draws(self._figures[ref], n, self.sampling.seed, namespace=self.record.name)

    def person(self, ref: str) -> Array:
        """Uncertainty and, with variability, the differences between people."""
        return self.typical(ref) * self.between(ref)
