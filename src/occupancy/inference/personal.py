"""A person from their levels: most probable kinetics, full posterior, course, and doubts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting
from occupancy.course.simulation import Trajectory, trajectory_in
from occupancy.drugs import resolve
from occupancy.inference.gaussian import Mode, Problem, most_probable
from occupancy.inference.importance import Weighted, importance
from occupancy.inference.level import Level, parse_level
from occupancy.inference.personal_model import PersonalModel, personal_model
from occupancy.person import Person
from occupancy.regimen import Regimen, parse

#: Before any level is seen: how probable it is that the doses taken were not those stated.
#: A judgement, to be replaced by whoever knows more.
DOUBT: Final = 0.2
#: SD of the log of exposure over what the stated doses give, when they are not those taken:
#: two thirds of such cases lie between a third and three times.
LOG_OTHER_DOSES: Final = math.log(3.0)
PREDICTIVE_DRAWS: Final = 1000


@dataclass(frozen=True)
class Disagreement:
    """Whether the levels fit the stated doses.

    Two accounts are compared: the doses were taken as stated, or all exposure was multiplied by
    an unknown factor, log-normal about 1.

    Attributes:
        probability: of the second account, given the levels.
        bayes_factor: evidence for the second over that for the first.
        prior: its probability before the levels.
        factor: exposure over that of the stated doses, were the second true: median and the
            ends of its 90 % interval.
        percentile: of every level among those that people of these traits have on the stated
            doses, 0 to 1.
    """

    probability: float
    bayes_factor: float
    prior: float
    factor: tuple[float, float, float]
    percentile: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Personal:
    """One person's kinetics, estimated from levels.

    Attributes:
        model: the drug, the doses, the levels and the prior.
        mode: the most probable parameters (MAP), as logs about the typical.
        seed: of the draws.
    """

    model: PersonalModel
    mode: Mode
    seed: int

    @cached_property
    def posterior(self) -> Weighted:
        """Weighted draws of the logs of the parameters about the typical."""
        return _posterior(self.model.problem, self.mode, self.seed)

    def parameters(self, draws: int = 2000) -> dict[str, Array]:
        """Posterior draws of the person's parameters, by name, in L/h, L and 1/h."""
        values = self.model.own_values(self.posterior.resampled(draws, self.seed))
        return {one.name: values[one.ref] for one in self.model.unknowns}

    def setting(self, sampling: Sampling) -> Setting:
        """The drug in this person: draws of the posterior, or the most probable for one draw.

        What levels do not tell (binding, distribution to the brain) is drawn as for anybody.
        """
        if sampling.draws == 1:
            eta = self.mode.eta[None]
        else:
            eta = self.posterior.resampled(sampling.draws, self.seed)
        return self.model.personal(eta, sampling)

    def course(
        self,
        *,
        draws: int = 200,
        days: float | None = None,
        targets: Sequence[str] | None = None,
        regimen: Regimen | str | None = None,
    ) -> Trajectory:
        """The course of this person, of the stated regimen or of another one.

        Kinetics are drawn from the posterior; what levels do not tell (binding, distribution to
        the brain) is drawn as for anybody.

        Raises:
            ValueError: a regimen of another drug, or one that cannot be.
        """
        from occupancy.course.plan import plan_of_regimen

        record = self.model.setting.product.record
        given = parse(regimen) if isinstance(regimen, str) else regimen or self.model.regimen
        if given.drug is not None and resolve(given.drug).record.name != record.name:
            raise ValueError(f"the levels are of {record.name}; the regimen is of {given.drug}")
        where = self.setting(Sampling(draws, self.seed, variability=True))
        return trajectory_in(where, plan_of_regimen(given, days), targets=targets)

    @cached_property
    def residuals(self) -> Array:
        """Standardised residuals of the log levels at the mode, shape (levels,).

        (log level - log prediction) / SD; of a level below its limit, 0 when the prediction is
        below too.
        """
        problem = self.model.problem
        z = (problem.log_level - self.mode.log_prediction) / problem.error_sd
        return np.where(problem.below, np.minimum(z, 0.0), z)

    @cached_property
    def influence(self) -> Array:
        """How far the mode moves when a level is left out, in posterior SDs, shape (levels,).

        The largest move over the parameters.
        """
        problem = self.model.problem
        sd = np.sqrt(np.diag(self.mode.covariance))
        out = np.empty(problem.log_level.size)
        for i in range(out.size):
            other = most_probable(problem.without(i), self.mode.eta).eta
            out[i] = float(np.abs((self.mode.eta - other) / sd).max())
        return out

    def disagreement(self, doubt: float = DOUBT) -> Disagreement:
        """Whether the levels fit the stated doses; `doubt` is the prior that they do not.

        Raises:
            ValueError: `doubt` that is not between 0 and 1.
        """
        if not 0.0 < doubt < 1.0:
            raise ValueError(f"doubt = {doubt:g} is not allowed; give more than 0 and less than 1")
        problem, size = self.model.problem, len(self.model.unknowns)
        predict = problem.predict
        freed = Problem(
            predict=lambda eta: predict(eta[:, :size]) + eta[:, size:],
            prior_sd=np.append(problem.prior_sd, LOG_OTHER_DOSES),
            log_level=problem.log_level,
            error_sd=problem.error_sd,
            below=problem.below,
        )
        other = _posterior(freed, most_probable(freed, np.append(self.mode.eta, 0.0)), self.seed)
        factor = math.exp(other.log_evidence - self.posterior.log_evidence)
        drawn = np.exp(other.resampled(2000, self.seed)[:, size])
        low, middle, high = np.quantile(drawn, [0.05, 0.5, 0.95])
        odds = factor * doubt / (1.0 - doubt)
        return Disagreement(
            probability=odds / (1.0 + odds),
            bayes_factor=factor,
            prior=doubt,
            factor=(float(middle), float(low), float(high)),
            percentile=tuple(self.predictive_percentile.tolist()),
        )

    @cached_property
    def predictive_percentile(self) -> Array:
        """Place of every level among those of people of these traits on the stated doses."""
        problem = self.model.problem
        rng = np.random.default_rng([self.seed, 0xA])
        shape = (PREDICTIVE_DRAWS, problem.prior_sd.size)
        log_level = problem.predict(rng.standard_normal(shape) * problem.prior_sd)
        log_level = log_level + rng.standard_normal(log_level.shape) * problem.error_sd
        return (log_level < problem.log_level).mean(axis=0)


def personalise(
    regimen: Regimen | str,
    levels: Sequence[Level | str],
    *,
    drug: str | None = None,
    person: Person | None = None,
    kinetics: str | None = None,
    assay_cv: float | None = None,
    within_cv: float | None = None,
    seed: int = 0,
) -> Personal:
    """Estimate one person's kinetics from measured levels and the doses stated.

    log y = log C(eta) + e,  e ~ N(0, assay^2 + within^2);  eta ~ N(0, Omega)

    eta are the logs of the person's clearances, volumes and absorption rates about those typical
    of their traits; Omega holds what the evidence says of differences between people and of its
    own uncertainty.

    Args:
        regimen: as people write it, missed days included: "sertraline 100 mg daily".
        levels: texts such as "45 ng/mL at 14 h after dose", or `Level`s.
        drug: name, when the regimen has none.
        person: traits; None is the reference adult.
        kinetics: another kinetic model of the record.
        assay_cv: of levels that say none; None takes the labelled default.
        within_cv: from one dose to the next within a person; None takes the labelled default.
        seed: of the draws.

    Raises:
        ValueError: a regimen, a level, a drug or a person that cannot be; the message says why.
    """
    given = parse(regimen) if isinstance(regimen, str) else regimen
    read = [parse_level(one, assay_cv=assay_cv) if isinstance(one, str) else one for one in levels]
    model = personal_model(
        given, read, drug=drug, person=person, kinetics=kinetics, within_cv=within_cv
    )
    return Personal(model, most_probable(model.problem), seed)


def placed_by_levels(
    taken: Regimen | str,
    levels: Sequence[Level | str],
    product: str,
    *,
    person: Person | None = None,
    kinetics: str | None = None,
    seed: int = 0,
) -> Callable[[Sampling], Setting]:
    """The drug in the person behind levels, for any sampling: what a plan is made on.

    Args:
        taken: the doses before the levels.
        levels: as in `personalise`; `person`, `kinetics` and `seed` likewise.
        product: drug and form that the plan is for.

    Raises:
        ValueError: levels of another drug or form, and what `personalise` raises.
    """
    found = personalise(taken, levels, person=person, kinetics=kinetics, seed=seed)
    measured = found.model.setting.product
    if measured != resolve(product):
        raise ValueError(f"the levels are of {measured.title}, the plan is of {product}")
    return found.setting


def _posterior(problem: Problem, mode: Mode, seed: int) -> Weighted:
    constant = problem.log_constant
    return importance(
        lambda eta: constant - problem.minus_log_density(eta),
        mode.eta,
        mode.covariance,
        seed=seed,
    )
