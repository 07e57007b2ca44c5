"""One person's kinetics as a problem with a few unknowns: the regimen, the levels, the prior.

The unknowns are the logs of the clearances, volumes and absorption rates of the drug's kinetic
model about their typical values for a person of these traits. Their prior is what the house
draws for anybody: the uncertainty of the figure and the differences between people together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from occupancy.course.assemble import Assembled, Effects
from occupancy.course.effects import effects_of
from occupancy.course.plan import Plan
from occupancy.course.sampling import Array, Sampler, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.course.simulation import concentrations_of
from occupancy.evidence import EvidenceError, priors
from occupancy.evidence.draws import occasion_cv_of, sigma_of_cv
from occupancy.inference.gaussian import Problem
from occupancy.inference.level import Level, LevelError
from occupancy.inference.level_reading import analytes_of, levels_in_time
from occupancy.person import Person
from occupancy.regimen import Regimen

#: Draws from which the prior of an unknown is read.
PRIOR_DRAWS: Final = 400
#: An unknown that varies by less than this is left at its typical value.
LEAST_SD: Final = 1e-3


@dataclass(frozen=True)
class PersonalSampler(Sampler):
    """Draws in which some figures are this person's: `own` maps their refs to values (draws,)."""

    own: Mapping[str, Array] = field(default_factory=dict[str, Array])

    def person(self, ref: str) -> Array:
        """This person's draws where they were estimated, anybody's elsewhere."""
        return self.own[ref] if ref in self.own else super().person(ref)


@dataclass(frozen=True)
class _Typical(PersonalSampler):
    """As many copies of the point estimate as there are candidates."""

    def typical(self, ref: str | float, analyte: str | None = None) -> Array:
        one = Sampler(self.record, Sampling(1, 0, variability=False)).typical(ref, analyte)
        return np.full(self.sampling.draws, one[0])

    def person(self, ref: str) -> Array:
        return self.own[ref] if ref in self.own else self.typical(ref)


@dataclass(frozen=True)
class Unknown:
    """One kinetic parameter of the person: its figure, what it is, and its prior (lognormal)."""

    ref: str
    species: str
    parameter: str
    typical: float
    log_sd: float

    @property
    def name(self) -> str:
        """As "CL of sertraline"."""
        return f"{self.parameter} of {self.species}"


@dataclass(frozen=True, eq=False)
class PersonalModel:
    """A drug, a person, a plan and levels, ready to be estimated.

    Attributes:
        setting: the drug in the typical person of these traits (one draw).
        plan: the doses, as far as the last level.
        unknowns: what is estimated.
        levels: as given; `time_h` (levels,) from the first dose, `analytes` of each.
        log_level: log ng/mL, shape (levels,).
        error_sd: SD of the log: assay, and within a person from one dose to the next.
        notes: how the regimen and the levels were read.
    """

    setting: Setting
    regimen: Regimen
    plan: Plan
    unknowns: tuple[Unknown, ...]
    levels: tuple[Level, ...]
    time_h: Array
    analytes: tuple[tuple[str, ...], ...]
    log_level: Array
    error_sd: Array
    notes: tuple[str, ...]

    @cached_property
    def problem(self) -> Problem:
        """The unknowns' logs, seen through the levels."""
        return Problem(
            predict=self.log_predictions,
            prior_sd=np.array([one.log_sd for one in self.unknowns]),
            log_level=self.log_level,
            error_sd=self.error_sd,
            below=np.array([one.below for one in self.levels]),
        )

    def log_predictions(self, eta: Array) -> Array:
        """Log concentration at every level for candidates (batch, unknowns)."""
        times, where = np.unique(self.time_h, return_inverse=True)
        found = concentrations_of(self._subject(eta), self.plan, times)
        columns = [
            np.sum([found[name][:, at] for name in names], axis=0)
            for at, names in zip(where.tolist(), self.analytes, strict=True)
        ]
        with np.errstate(divide="ignore"):
            return np.log(np.stack(columns, axis=1))

    def own_values(self, eta: Array) -> dict[str, Array]:
        """Values of the estimated figures, by ref, of candidates (batch, unknowns)."""
        return {one.ref: one.typical * np.exp(eta[:, j]) for j, one in enumerate(self.unknowns)}

    def _subject(self, eta: Array) -> Assembled:
        subject = self.setting.subject
        sampling = Sampling(len(eta), 0, variability=True)
        sampler = _Typical(subject.sampler.record, sampling, self.own_values(eta))
        return replace(subject, sampler=sampler, effects=_without(subject.effects, self.unknowns))

    def personal(self, eta: Array, sampling: Sampling) -> Setting:
        """The setting of this person, with draws: `eta` (draws, unknowns), the rest as ever."""
        where = setting(
            self.setting.product.record.name,
            person=self.setting.person,
            sampling=sampling,
            kinetics=self.setting.subject.model.name,
            route=self.plan.route,
        )
        subject = where.subject
        sampler = PersonalSampler(subject.sampler.record, sampling, self.own_values(eta))
        own = replace(
            subject,
            product=self.setting.product,
            sampler=sampler,
            effects=replace(
                _without(subject.effects, self.unknowns),
                reasons=(*subject.effects.reasons, *self._reasons(eta)),
            ),
        )
        return replace(where, subject=own)

    def _reasons(self, eta: Array) -> tuple[str, ...]:
        """What the levels say of every parameter, beside people of the same traits."""
        count = len(self.levels)
        told = "a blood level" if count == 1 else f"{count} blood levels"
        return tuple(
            f"{one.name} times {np.exp(np.median(eta[:, j])):.2f} from {told}"
            for j, one in enumerate(self.unknowns)
        )


def _without(effects: Effects, unknowns: Sequence[Unknown]) -> Effects:
    """The effects of traits less those that stand in the unknowns' typical values already."""
    inside = {(one.species, one.parameter) for one in unknowns}
    kept = {key: value for key, value in effects.factors.items() if key not in inside}
    return replace(effects, factors=kept)


def personal_model(
    regimen: Regimen,
    levels: Sequence[Level],
    *,
    drug: str | None = None,
    person: Person | None = None,
    kinetics: str | None = None,
    within_cv: float | None = None,
) -> PersonalModel:
    """Lay out a person's levels and doses.

    An undated level of a regimen without end is read at steady state, after the last dose of a
    cycle; of a course that ends, after its last dose. Nothing is taken between that dose and the
    level.

    Args:
        regimen: the doses as stated, missed days included.
        levels: one or more, of any analytes and occasions.
        drug: name, when the regimen has none.
        person: traits that move the prior; None is the reference adult.
        kinetics: another kinetic model of the record.
        within_cv: variability of a level from one dose to the next in one person; None takes
            the labelled default.

    Raises:
        ValueError: no levels, a level before the first dose, an analyte that the model does not
            follow, a drug without kinetics.
    """
    name = drug or regimen.drug
    if name is None:
        raise LevelError("the regimen names no drug; write it first: 'sertraline 100 mg daily'")
    if not levels:
        raise LevelError("no level is given; write one as in '45 ng/mL at 14 h after dose'")
    where = _setting(name, person, kinetics, regimen.route)
    regimen, plan, time_h, notes = levels_in_time(regimen, levels)
    subject = where.subject
    unknowns = _unknowns(where)
    analytes = tuple(analytes_of(one, subject) for one in levels)
    masses = subject.sampler.molar_mass
    log_level = np.log(
        [one.ng_per_mL(masses[names[0]]) for one, names in zip(levels, analytes, strict=True)]
    )
    within = occasion_cv_of("F") if within_cv is None else within_cv
    error = [np.hypot(sigma_of_cv(_assay_cv(one)), sigma_of_cv(within)) for one in levels]
    model = PersonalModel(
        setting=where,
        regimen=regimen,
        plan=plan,
        unknowns=unknowns,
        levels=tuple(levels),
        time_h=time_h,
        analytes=analytes,
        log_level=log_level,
        error_sd=np.array(error),
        notes=notes,
    )
    typical = model.log_predictions(np.zeros((1, len(unknowns))))[0]
    for one, value, at in zip(levels, typical, time_h, strict=True):
        if not np.isfinite(value):
            raise LevelError(
                f"{one.text()}: nothing has reached the blood {at:g} h after the first dose; "
                "give a level taken later"
            )
    return model


def _setting(name: str, person: Person | None, kinetics: str | None, route: str | None) -> Setting:
    try:
        return setting(
            name,
            person=person,
            sampling=Sampling(1, 0, variability=False),
            kinetics=kinetics,
            route=route,
        )
    except EvidenceError as error:
        if "kinetic model" in str(error) or "no form" in str(error):
            raise LevelError(
                f"{error}; a level says nothing about a drug whose kinetics are not recorded"
            ) from error
        raise


def _assay_cv(level: Level) -> float:
    if level.assay_cv is not None:
        return level.assay_cv
    table = priors()
    return next(one.central for one in table.figure if one.id == table.other["assay"])


def _unknowns(where: Setting) -> tuple[Unknown, ...]:
    """Parameters that differ between people, with their prior for a person of these traits."""
    subject = where.subject
    record, model = subject.product.record, subject.model
    many = Sampler(record, Sampling(PRIOR_DRAWS, 0, variability=True))
    effects = effects_of(where.person, record, model, many)
    places = [(one.analyte, p, ref) for one in model.species
              for p, ref in (("CL", one.CL), ("V", one.V))]  # fmt: skip
    dosed = next(one.analyte for one in model.species if one.dosed != 0.0)
    places += [(dosed, "ka", path.ka) for path in model.inputs if path.ka is not None]
    found: dict[str, Unknown] = {}
    for species, parameter, ref in places:
        if ref in found:
            continue
        factor = subject.effects.factor(species, parameter)
        typical = float((subject.sampler.typical(ref) * factor)[0])
        drawn = many.person(ref) * effects.factor(species, parameter)
        log_sd = float(np.std(np.log(np.maximum(drawn, 1e-3 * typical))))
        if log_sd > LEAST_SD:
            found[ref] = Unknown(ref, species, parameter, typical, log_sd)
    return tuple(found.values())
