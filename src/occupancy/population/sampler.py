"""A drug's parameters in every person of a block: typical value times the person's own factor."""

from dataclasses import dataclass, field

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.sampling import Array, Sampler
from occupancy.evidence import Figure
from occupancy.evidence.draws import between_cv_of, occasion_cv_of, sigma_of_cv
from occupancy.evidence.drugrecord import InputPath
from occupancy.population.streams import BLOCK, normals
from occupancy.regimen import DoseTable


@dataclass(frozen=True)
class PeopleSampler(Sampler):
    """Parameters of one block of people in one draw of the uncertainty, shape (BLOCK,).

    `typical` is the same for everybody: the value of `draw` among the draws of `uncertainty`.
    `between` is the person's own multiplier, exp(sigma z), the same in every draw, so that
    uncertainty and variability stay apart.
    """

    uncertainty: Sampler
    draw: int
    block: int

    def typical(self, ref: str | float, analyte: str | None = None) -> Array:
        """The value of a figure in this draw of the uncertainty, for everybody."""
        return np.full(BLOCK, self.uncertainty.typical(ref, analyte)[self.draw])

    def between(self, ref: str) -> Array:
        """Multipliers of a figure by person: lognormal, median 1, as `between_draws`."""
        figure = self.figure(ref)
        cv = between_cv_of(figure.quantity) if figure.between_cv is None else figure.between_cv
        return self.person_factor(f"between/{self.record.name}/{figure.id}", cv)

    def person_factor(self, key: str, cv: float) -> Array:
        """exp(sigma z) with a z for every person that belongs to `key`."""
        if cv == 0.0:
            return np.ones(BLOCK)
        return np.exp(sigma_of_cv(cv) * normals(self.sampling.seed, key, self.block))

    def occasions(self, key: str, cv: float, doses: int) -> Array:
        """exp(sigma z) with a z for every person and dose, shape (BLOCK, doses)."""
        name = f"occasion/{self.record.name}/{key}"
        z = normals(self.sampling.seed, name, self.block, doses)
        return np.exp(sigma_of_cv(cv) * z).T


@dataclass(frozen=True)
class PeopleAssembled(Assembled):
    """A drug in a block of people, whose zero-order inputs may last longer at one dose than next.

    `occasions` False gives every dose of a person the same absorption.
    """

    occasions: bool = field(default=True, kw_only=True)

    def per_dose(self, table: DoseTable) -> Array | None:
        """Multipliers of the amount absorbed, shape (BLOCK, doses); None without occasions.

        Lognormal with the `occasion_cv` of the figure of F, else the labelled prior.
        """
        if not self.occasions or len(table) == 0:
            return None
        F = None if self.model.F is None else self.sampler.figure(self.model.F)
        cv = occasion_cv_of("F") if F is None or F.occasion_cv is None else F.occasion_cv
        if cv == 0.0 or self.product.form.route == "iv":
            return None
        return self._sampler.occasions("F", cv, len(table))

    @property
    def _sampler(self) -> PeopleSampler:
        assert isinstance(self.sampler, PeopleSampler)
        return self.sampler

    def _duration(self, path: InputPath, table: DoseTable | None) -> Array | float:
        hours = super()._duration(path, table)
        if not self.occasions or path.duration is None or table is None or len(table) == 0:
            return hours
        figure = self.sampler.figure(path.duration)
        if figure.occasion_cv is None:
            return hours
        factors = self._sampler.occasions(figure.id, figure.occasion_cv, len(table))
        return np.asarray(hours)[:, None] * factors


def unsimulated_occasions(figures: list[Figure]) -> tuple[Figure, ...]:
    """Figures that vary between occasions by a recorded amount that is not computed here."""
    return tuple(
        one
        for one in figures
        if one.occasion_cv is not None and one.quantity not in {"F", "Frel", "duration"}
    )
