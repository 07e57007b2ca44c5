"""A drug at one target in one person, as the kinetic view of a plan needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.curves import dose_curve
from occupancy.course.link import Link
from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.drugs import Binding, binding, target_or_first
from occupancy.evidence.quantiles import median
from occupancy.kinetics import terminal_half_life
from occupancy.person import Person

HOURS_PER_DAY = 24.0


@dataclass(frozen=True, eq=False)
class View:
    """What links doses of a drug to the occupancy of a target in a person, over time.

    Attributes:
        where: the drug in the person.
        bound: how the target's occupancy is known.
        link: concentrations to occupancy, with draws.
    """

    where: Setting
    bound: Binding
    link: Link

    @property
    def subject(self) -> Assembled:
        """The drug in the person."""
        return self.where.subject

    @property
    def drug(self) -> str:
        """The drug and its form."""
        return self.where.product.title

    @property
    def target(self) -> str:
        """The target."""
        return self.bound.target

    def interval_h(self, asked: float | None) -> float:
        """Hours between intakes: as asked, or the form's usual ones.

        Raises:
            ValueError: hours that are not positive.
        """
        if asked is None:
            return float(self.where.product.form.usual_interval_h)
        if not (np.isfinite(asked) and asked > 0):
            raise ValueError(f"interval_h = {asked:g} is not allowed; give positive hours.")
        return float(asked)

    def link_at(self, daily_dose_mg: float) -> Link:
        """The link at a daily dose: wider than studied above the highest studied dose."""
        return self.link.widened(daily_dose_mg)


def view(
    drug: str,
    target: str | None = None,
    *,
    person: Person | None = None,
    sampling: Sampling | None = None,
    model: str | None = None,
    kinetics: str | None = None,
) -> View:
    """Put a drug at a target into a person.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        person: None is the reference adult.
        sampling: default leaves out the differences between people, as `dose_curve` does.
        model: another occupancy model of the record; `kinetics` another kinetic model.

    Raises:
        ValueError: an unknown name, or a record that cannot answer (no form, no kinetics, no
            occupancy in people); the message says which and what was looked for.
    """
    where = setting(
        drug,
        person=person,
        sampling=sampling or Sampling(variability=False),
        kinetics=kinetics,
    )
    return view_in(where, target, model)


def view_in(where: Setting, target: str | None = None, model: str | None = None) -> View:
    """A drug at a target, in a setting that stands already; raises as `view` does."""
    record = where.product.record
    named = target_or_first(record, target, "no swing can be computed")
    bound = binding(record, named, model)
    return View(where, bound, where.link(bound))


def positive_doses(dose_mg: float | Sequence[float] | Array) -> Array:
    """Doses as an array (m,), checked.

    Raises:
        ValueError: none, or one that is negative or not finite.
    """
    dose = np.atleast_1d(np.asarray(dose_mg, dtype=np.float64))
    wrong = ~np.isfinite(dose) | (dose < 0)
    if dose.ndim != 1 or not dose.size or wrong.any():
        bad = f"{dose[wrong][0]:g} mg" if wrong.any() else "an array of that shape"
        raise ValueError(f"dose = {bad} is not allowed; give finite doses of 0 mg or more.")
    return dose


def average_curve(
    drug: str,
    target: str | None = None,
    *,
    person: Person | None = None,
    sampling: Sampling | None = None,
) -> Callable[[Array], Array]:
    """The record's dose-occupancy curve as a function of doses (k,), giving (draws, k).

    Doses need no order and may repeat. At the average concentration of steady state, as
    `dose_curve`, which raises what this raises.
    """

    def curve(dose_mg: Array) -> Array:
        doses, back = np.unique(np.asarray(dose_mg, dtype=np.float64), return_inverse=True)
        found = dose_curve(drug, target, doses_mg=doses, person=person, sampling=sampling)
        return found.occupancy[:, back]

    return curve


def half_life_h(seen: View, daily_dose_mg: float) -> float:
    """Median terminal half-life of what binds the target, at a daily dose; the slowest analyte.

    Slow release counts: the last slope after the last dose is what matters for a taper.
    """
    system = seen.subject.system(daily_dose_mg if daily_dose_mg > 0 else None)
    return max(float(median(terminal_half_life(system, name))) for name in seen.link.EC50)
