"""One block of people under one regimen: from who they are to their occupancies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from occupancy.course.horizon import output_times
from occupancy.course.link import Link
from occupancy.course.metrics import CycleMetrics, cycle_metrics
from occupancy.course.plan import Plan, plan_of_regimen
from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.course.simulation import CYCLE_POINTS, concentrations_of
from occupancy.course.window import TargetWindow, window_of
from occupancy.drugs import Binding, binding, targets_of
from occupancy.engine.executors import Backend
from occupancy.evidence.draws import between_cv_of
from occupancy.kinetics.distinct import merged_times
from occupancy.population.effects import people_effects
from occupancy.population.people import People
from occupancy.population.sampler import PeopleAssembled, PeopleSampler
from occupancy.population.streams import BLOCK
from occupancy.regimen import Regimen


@dataclass(frozen=True)
class ArmSpec:
    """An arm as it is asked for: a regimen, for so long, at which targets."""

    name: str
    regimen: Regimen
    days: float
    targets: tuple[str, ...] | None
    draws: int
    seed: int


@dataclass(frozen=True, eq=False)
class ArmView:
    """What a reducer knows of an arm.

    Attributes:
        name: as the arm was called.
        time_h: shape (T,), hours from the first dose.
        cycle_h: fine times over the last dosing cycle.
        targets: their names; `windows`: low and high of each, where one applies.
    """

    name: str
    time_h: Array
    cycle_h: Array
    targets: tuple[str, ...]
    windows: Mapping[str, tuple[float, float] | None]


@dataclass(frozen=True, eq=False)
class Block:
    """Some people under one regimen, as a reducer sees them.

    Attributes:
        people: who they are.
        occupancy: per target, a fraction, shape (people, T).
        cycle: per target, trough, peak, average and share in window of the last dosing cycle.
        concentrations: per analyte or brain site, ng/mL, shape (people, T).
    """

    arm: ArmView
    people: People
    occupancy: Mapping[str, Array]
    cycle: Mapping[str, CycleMetrics]
    concentrations: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Shown(Mapping[str, Array]):
    """Concentrations of the people counted at the times shown, taken out when one is asked for."""

    everywhere: Mapping[str, Array]
    count: int
    at: NDArray[np.intp]

    def __getitem__(self, name: str) -> Array:
        """Of one analyte or brain site, shape (people, T)."""
        return self.everywhere[name][: self.count, self.at]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self.everywhere)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.everywhere)


@dataclass(frozen=True, eq=False)
class Arm:
    """An arm ready to be computed; made once in each worker."""

    spec: ArmSpec
    view: ArmView
    plan: Plan
    setting: Setting
    bindings: tuple[Binding, ...]
    links: Mapping[str, Link]
    windows: Mapping[str, TargetWindow | None]
    above_studied: tuple[str, ...]


@lru_cache(maxsize=64)
def prepared(spec: ArmSpec) -> Arm:
    """The plan, the typical drug and its links of an arm, with every draw of the uncertainty.

    Raises:
        ValueError: an unknown drug, form or target, or a regimen that cannot be.
    """
    if spec.regimen.drug is None:
        raise ValueError(
            "the regimen names no drug; write it first, as in 'citalopram 20 mg daily'"
        )
    plan = plan_of_regimen(spec.regimen, spec.days)
    where = setting(
        spec.regimen.drug,
        sampling=Sampling(spec.draws, spec.seed, variability=False),
        route=plan.route,
    )
    record = where.product.record
    names = targets_of(record) if spec.targets is None else spec.targets
    bindings = {bound.target: bound for bound in (binding(record, name) for name in names)}
    windows = {target: window_of(bound, record) for target, bound in bindings.items()}
    highest = float(plan.table.daily_dose_mg.max(initial=0.0))
    links: dict[str, Link] = {}
    above: list[str] = []
    for target, bound in bindings.items():
        link = where.link(bound)
        if link.studied_mg is not None and highest > link.studied_mg[1]:
            above.append(target)
        links[target] = link.widened(highest)
    view = ArmView(
        name=spec.name,
        time_h=output_times(plan.until_h),
        cycle_h=np.linspace(*plan.last_cycle_h, CYCLE_POINTS),
        targets=tuple(bindings),
        windows={t: None if w is None else (w.low, w.high) for t, w in windows.items()},
    )
    return Arm(spec, view, plan, where, tuple(bindings.values()), links, windows, tuple(above))


def simulate_block(
    arm: Arm,
    people: People,
    number: int,
    draw: int,
    occasions: bool,
    count: int,
    backend: Backend = "numpy",
) -> Block:
    """Everybody of block `number` under an arm, in one draw of the uncertainty.

    The whole block is computed whatever part of it is wanted (`count` people), so that a person's
    result does not depend on who stands beside them.
    """
    assert len(people) == BLOCK
    product, model = arm.setting.product, arm.setting.subject.model
    record = product.record
    sampler = PeopleSampler(
        record,
        Sampling(BLOCK, arm.spec.seed),
        uncertainty=arm.setting.subject.sampler,
        draw=draw,
        block=number,
    )
    effects = people_effects(people, record, model, sampler)
    subject = PeopleAssembled(product, model, sampler, effects, occasions=occasions)
    view, plan = arm.view, arm.plan
    times = merged_times(view.time_h, view.cycle_h)
    everywhere = concentrations_of(subject, plan, times, subject.per_dose(plan.table), backend)
    at_shown, at_fine = (np.searchsorted(times, t) for t in (view.time_h, view.cycle_h))
    occupancy: dict[str, Array] = {}
    cycle: dict[str, CycleMetrics] = {}
    for target, link in arm.links.items():
        values = _in_people(link, sampler).occupancy(everywhere)[:count]
        occupancy[target] = values[:, at_shown]
        cycle[target] = cycle_metrics(view.cycle_h, values[:, at_fine], view.windows[target])
    return Block(
        arm=view,
        people=people.where(slice(0, count)),
        occupancy=occupancy,
        cycle=cycle,
        concentrations=Shown(everywhere, count, at_shown),
    )


def _in_people(typical: Link, sampler: PeopleSampler) -> Link:
    """A link with this draw's Emax and Hill, and every person's own half-saturating level."""
    draw, record = sampler.draw, sampler.record
    key = f"standard/{record.name}/{typical.target}/EC50 between people"
    shift = sampler.person_factor(key, between_cv_of("EC50"))
    return Link(
        target=typical.target,
        basis=typical.basis,
        Emax=np.full(BLOCK, typical.Emax[draw]),
        EC50={name: value[draw] * shift for name, value in typical.EC50.items()},
        Hill=None if typical.Hill is None else np.full(BLOCK, typical.Hill[draw]),
        studied_mg=typical.studied_mg,
    )
