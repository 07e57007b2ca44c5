"""One regimen at many doses: linear kinetics are solved once and scaled.

Where neither clearance nor the duration of an input depends on the dose,
C(t; D) = C(t; D0) D F(D) / (D0 F(D0)), and only the occupancy, theta(C), is computed anew. Other
drugs are simulated at each dose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.horizon import output_times
from occupancy.course.plan import Plan, plan_of_regimen
from occupancy.course.sampling import Array, Sampling
from occupancy.course.setting import Setting, setting
from occupancy.course.simulation import (
    CYCLE_POINTS,
    Trajectory,
    concentrations_of,
    read_out,
    trajectory_in,
)
from occupancy.evidence.drugrecord import KineticModel
from occupancy.kinetics.distinct import merged_times
from occupancy.person import Person
from occupancy.regimen import parse

#: Dose, mg, at which linear kinetics are solved.
REFERENCE_MG = 10.0


@dataclass(frozen=True, eq=False)
class Sweep:
    """A drug at one dose every interval for some days, in one person, at any dose.

    Attributes:
        where: the drug in the person.
        words: the regimen with a place for the dose.
        days: how long.
        targets: None takes those measured in people.
        linear: whether concentrations are those of `REFERENCE_MG`, scaled.
        times, shown, fine: all hours, those shown and those of the last cycle.
        concentrations: at `REFERENCE_MG`; none when not linear.
        steady_h: see `Trajectory`.
    """

    where: Setting
    words: str
    days: float
    targets: tuple[str, ...] | None
    linear: bool
    times: Array
    shown: Array
    fine: Array
    concentrations: Mapping[str, Array]
    steady_h: float | None

    def at(self, dose_mg: float) -> Trajectory:
        """The course at a dose.

        Raises:
            ValueError: a dose that is not above zero and finite.
        """
        if not self.linear:
            return trajectory_in(self.where, self.plan(dose_mg), targets=self.targets)
        plan = self.plan(dose_mg)
        scale = self._available(dose_mg) / self._available(REFERENCE_MG)
        return read_out(
            self.where,
            plan,
            (self.times, self.shown, self.fine),
            {name: scale * values for name, values in self.concentrations.items()},
            self.targets,
            None,
            self.steady_h,
        )

    def _available(self, dose_mg: float) -> Array:
        """Milligrams that reach the circulation of one dose, shape (draws, 1)."""
        return dose_mg * self.where.subject.bioavailability(np.array([[dose_mg]]))

    def text(self, dose_mg: float) -> str:
        """The regimen at a dose, in words, without the drug.

        Raises:
            ValueError: a dose that is not above zero and finite.
        """
        if not (np.isfinite(dose_mg) and dose_mg > 0):
            raise ValueError(f"dose = {dose_mg:g} mg is not allowed; give a dose above 0 mg")
        amount = f"{dose_mg:.6f}".rstrip("0").rstrip(".")
        return self.words.format(amount=amount)

    def plan(self, dose_mg: float) -> Plan:
        """What is given, laid out in time."""
        return plan_of_regimen(parse(self.text(dose_mg)), self.days)


def sweep(
    drug: str,
    *,
    days: float,
    person: Person | None = None,
    targets: Sequence[str] | None = None,
    sampling: Sampling | None = None,
    kinetics: str | None = None,
) -> Sweep:
    """Prepare a drug at its form's usual interval for `days`.

    Args:
        drug: name, synonym or form.
        days: how long.
        person: None is the reference adult.
        targets: None takes those measured in people.
        sampling: of the draws, the same at every dose.
        kinetics: another kinetic model of the record.

    Raises:
        ValueError: an unknown name; the message says what is allowed.
    """
    where = setting(drug, person=person, sampling=sampling or Sampling(), kinetics=kinetics)
    form = where.product.form
    words = f"{{amount}} mg {every(form.usual_interval_h)}"
    chosen = None if targets is None else tuple(targets)
    none = np.empty(0)
    empty = Sweep(where, words, days, chosen, False, none, none, none, {}, None)
    if not _is_linear(where.subject.model):
        return empty
    plan = empty.plan(REFERENCE_MG)
    shown = output_times(plan.until_h)
    fine = np.linspace(*plan.last_cycle_h, CYCLE_POINTS)
    times = merged_times(shown, fine)
    concentrations = concentrations_of(where.subject, plan, times)
    first = read_out(where, plan, (times, shown, fine), concentrations, chosen, None)
    return Sweep(
        where, words, days, chosen, True, times, shown, fine, concentrations, first.steady_h
    )


def every(interval_h: float) -> str:
    """An interval in words that a regimen understands: "daily", "every 28 days"."""
    if interval_h == 24:
        return "daily"
    if interval_h % 24 == 0:
        return f"every {interval_h / 24:g} days"
    return f"every {interval_h:g} hours"


def _is_linear(model: KineticModel) -> bool:
    """Whether concentrations are proportional to the amount that is available."""
    return model.CL_of_dose is None and all(path.rate is None for path in model.inputs)
