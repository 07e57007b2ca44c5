"""A person's genes, smoking, age and co-medication moving the curve that a plan is made on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.curves import DoseCurve, dose_curve
from occupancy.course.exposure import average_exposure
from occupancy.course.sampling import Array, Sampling
from occupancy.drugs import Source
from occupancy.person import Person
from occupancy.taper.ladder import Band
from occupancy.taper.view import positive_doses

#: An equivalent dose is sought within this factor of the dose, either way.
WIDEST = 1e4
#: Halvings of the bracket of an equivalent dose, on the logarithm.
ROUNDS = 60


@dataclass(frozen=True, eq=False)
class PersonShift:
    """One person's dose-occupancy curve beside another's, usually the typical person's.

    Attributes:
        drug: the drug and its form.
        target: the target.
        dose_mg: (m,), ascending.
        occupancy: this person's, fraction, (draws, m): what a ladder takes.
        typical: the other person's, (draws, m).
        equivalent_mg: dose that gives the other person the same occupancy, (draws, m).
        reasons: what the person's traits did, in sentences.
        warnings: what to be careful about.
        sources: the figures behind it.
    """

    drug: str
    target: str
    dose_mg: Array
    occupancy: Array
    typical: Array
    equivalent_mg: Array
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[Source, ...]

    def factor(self, at: int) -> Band:
        """Equivalent dose over dose, at a dose above zero: median and band.

        Raises:
            ValueError: the dose is zero.
        """
        if self.dose_mg[at] == 0:
            raise ValueError("dose_mg = 0 has no equivalent-dose factor; ask for a dose above 0.")
        return Band.of(self.equivalent_mg[:, at] / self.dose_mg[at])

    def text(self, at: int) -> str:
        """The shift at a dose, in words."""
        band = Band.of(self.equivalent_mg[:, at])
        return (
            f"{self.dose_mg[at]:g} mg in this person acts like {band.median:.3g} mg "
            f"({band.low:.3g}-{band.high:.3g}) in the typical person."
        )


def person_shift(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: float | Sequence[float] | Array,
    person: Person,
    against: Person | None = None,
    sampling: Sampling | None = None,
) -> PersonShift:
    """The dose-occupancy curve of a person, and the doses at which another's is the same.

    x with X_other(x) = X_person(dose), X = sum of C / EC50 at the average concentration of
    steady state; the draws of everything both share are the same draws.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        dose_mg: at each usual interval of the form; sorted, repeats dropped.
        person: whose curve.
        against: None is the reference adult.
        sampling: default leaves out the differences between people.

    Raises:
        ValueError: unknown names, a person or doses that cannot be.
    """
    dose = positive_doses(dose_mg)
    here = dose_curve(drug, target, doses_mg=dose, person=person, sampling=sampling)
    there = dose_curve(
        drug, here.bound.target, doses_mg=here.dose_mg, person=against, sampling=sampling
    )
    return PersonShift(
        drug=here.setting.product.title,
        target=here.bound.target,
        dose_mg=here.dose_mg,
        occupancy=here.occupancy,
        typical=there.occupancy,
        equivalent_mg=equivalent_dose(here, there),
        reasons=here.reasons,
        warnings=here.warnings,
        sources=here.sources,
    )


def equivalent_dose(here: DoseCurve, there: DoseCurve) -> Array:
    """Doses of `there` with the occupancy of `here`'s doses, (draws, m); 0 for 0.

    Both must be curves of one drug and target on the same doses.
    """
    link = here.setting.link(here.bound)
    wanted = link.scaled(here.average_ng_mL)
    dose = np.broadcast_to(here.dose_mg, wanted.shape)
    subject = there.setting.subject
    model = subject.model
    if model.CL_of_dose is None and model.F_of_dose is None:
        other = link.scaled(there.average_ng_mL)
        return dose * np.divide(wanted, other, out=np.ones_like(wanted), where=other > 0)
    low, high = np.log(np.maximum(dose, 1e-12) / WIDEST), np.log(np.maximum(dose, 1e-12) * WIDEST)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        reached = link.scaled(average_exposure(subject, np.exp(middle), there.interval_h))
        low, high = (
            np.where(reached < wanted, middle, low),
            np.where(reached < wanted, high, middle),
        )
    return np.where(dose > 0, np.exp((low + high) / 2), 0.0)
