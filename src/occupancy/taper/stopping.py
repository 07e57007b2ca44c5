"""Stopping a co-medication, or smoking, while the dose stays: a change of occupancy of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from occupancy.course.assemble import Assembled, Effects
from occupancy.course.curves import dose_curve
from occupancy.course.sampling import Array, Sampling
from occupancy.kinetics import Doses, simulate_epochs
from occupancy.person import Person, PersonError, comedication
from occupancy.taper.ladder import Band
from occupancy.taper.person_shift import equivalent_dose
from occupancy.taper.swing import absorbed, swing_system, unit_cycle
from occupancy.taper.view import HOURS_PER_DAY, View, positive_doses, view

#: Share of the change after which it counts as complete.
COMPLETE = 0.9
#: A change smaller than this, a fraction of occupancy, is none.
NO_CHANGE = 1e-4
#: Output times per interval, and intervals followed at most.
PER_INTERVAL = 96
LONGEST = 512
#: Half-lives of recovery that are followed in steps of one interval.
RECOVERY = 7


@dataclass(frozen=True, eq=False)
class Stopping:
    """What happens to occupancy when a person changes and the dose does not.

    Attributes:
        drug: the drug and its form.
        target: the target.
        what: the change, "fluvoxamine stopped".
        dose_mg: taken throughout, every `interval_h`.
        interval_h: between intakes.
        before: mean occupancy over an interval at steady state before the change, fraction.
        after: the same long after it.
        drop: before minus after; negative when occupancy rises.
        days: until 90 % of the change is there.
        equals_mg: dose that would have done the same to occupancy before the change: stopping is
            like cutting `dose_mg` to it.
        keeps_mg: dose that keeps, after the change, the occupancy of before.
        recovery_half_life_h: with which clearance goes over; None is at once.
        time_h: (T,), from the change.
        occupancy: (draws, T).
        warnings: what to be careful about.
    """

    drug: str
    target: str
    what: str
    dose_mg: float
    interval_h: float
    before: Band
    after: Band
    drop: Band
    days: Band
    equals_mg: Band
    keeps_mg: Band
    recovery_half_life_h: float | None
    time_h: Array
    occupancy: Array
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The change in words; which dose would keep occupancy is left to `keeps_mg`."""
        given = f"{self.what} at an unchanged {self.dose_mg:g} mg of {self.drug}"
        if abs(self.drop.median) <= NO_CHANGE:
            return f"{given}: no recorded effect on {self.target} occupancy."
        falls = self.drop.median > 0
        return (
            f"{given}: {self.target} occupancy goes from {100 * self.before.median:.0f} to "
            f"{100 * self.after.median:.0f} % within {self.days.median:.0f} days, a "
            f"{'drop' if falls else 'rise'} of {100 * abs(self.drop.median):.1f} points. To "
            f"occupancy it is like {'cutting' if falls else 'raising'} {self.dose_mg:g} mg to "
            f"{self.equals_mg.median:.3g} mg without that change."
        )


def stop_comedication(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: float,
    person: Person,
    stopped: str,
    recovery_half_life_h: float | None = None,
    sampling: Sampling | None = None,
) -> Stopping:
    """A co-medication of `person` is stopped while the dose of the drug stays.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        dose_mg: at each usual interval of the form.
        person: takes the co-medication.
        stopped: its name.
        recovery_half_life_h: see `change_person`.
        sampling: default leaves out the differences between people.

    Raises:
        ValueError: the person does not take it; unknown names, a dose that cannot be.
    """
    name = comedication(stopped).name
    if name not in person.comedication:
        taken = ", ".join(person.comedication) or "nothing"
        raise PersonError(f"{name} cannot be stopped: the person's co-medication is {taken}")
    without = replace(person, comedication=tuple(one for one in person.comedication if one != name))
    return change_person(
        drug,
        target,
        dose_mg=dose_mg,
        before=person,
        after=without,
        what=f"{name} stopped",
        recovery_half_life_h=recovery_half_life_h,
        sampling=sampling,
    )


def change_person(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: float,
    before: Person,
    after: Person,
    what: str,
    recovery_half_life_h: float | None = None,
    sampling: Sampling | None = None,
) -> Stopping:
    """Occupancy at an unchanged dose while one person becomes another.

    Starts from the steady state of `before`; then the clearance of `after` holds, at once, or
    going over with a half-life in steps of one interval:
    CL(t) = CL_after + (CL_before - CL_after) 2^(-t / half-life), formation of metabolites alike.
    At once is the fastest case: an inhibitor that lingers, or an enzyme that has to be made anew,
    spreads the same change over more days.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        dose_mg: at each usual interval of the form.
        before: who it was.
        after: who it will be: another co-medication, no longer smoking.
        what: the change in words.
        recovery_half_life_h: None is at once.
        sampling: default leaves out the differences between people.

    Raises:
        ValueError: unknown names; a dose of zero, a half-life that is not positive; a course
            that does not settle within 512 intervals.
    """
    dose = float(positive_doses(dose_mg)[0])
    if dose == 0:
        raise ValueError("dose_mg = 0 is not allowed; give the dose that is taken, above 0 mg.")
    half = recovery_half_life_h
    if half is not None and not (np.isfinite(half) and half > 0):
        raise ValueError(f"recovery_half_life_h = {half:g} is not allowed; give positive hours.")
    was = view(drug, target, person=before, sampling=sampling)
    will = view(drug, was.target, person=after, sampling=sampling)
    interval = was.where.product.form.usual_interval_h
    cycles = 8
    while True:
        time, theta, old, new = _course(was, will, dose, interval, half, cycles)
        means = theta.reshape(theta.shape[0], -1, PER_INTERVAL).mean(axis=2)
        change = new - old
        share = np.divide(
            means - old[:, None],
            change[:, None],
            out=np.ones_like(means),
            where=np.abs(change[:, None]) > NO_CHANGE,
        )
        if (share[:, -1] >= COMPLETE).all():
            break
        cycles *= 2
        if cycles > LONGEST:
            raise ValueError(
                f"{was.drug}: the change is not complete within {LONGEST} intervals of "
                f"{interval:g} h; give a shorter recovery_half_life_h."
            )
    unmoved = np.abs(change) <= NO_CHANGE
    warnings = [*was.where.warnings, *will.where.warnings]
    if half is None and not unmoved.all():
        warnings.append(
            "clearance is taken to change at once, the fastest case; what lingers (a slow "
            "inhibitor, an enzyme made anew) spreads the same change over more days: give "
            "recovery_half_life_h"
        )
    days = np.where(unmoved, 0, np.argmax(share >= COMPLETE, axis=1) + 1) * interval / HOURS_PER_DAY
    first, second = (
        dose_curve(drug, was.target, doses_mg=[dose], person=person, sampling=sampling)
        for person in (before, after)
    )
    return Stopping(
        drug=was.drug,
        target=was.target,
        what=what,
        dose_mg=dose,
        interval_h=interval,
        before=Band.of(old),
        after=Band.of(new),
        drop=Band.of(old - new),
        days=Band.of(days),
        equals_mg=Band.of(equivalent_dose(second, first)[:, 0]),
        keeps_mg=Band.of(equivalent_dose(first, second)[:, 0]),
        recovery_half_life_h=half,
        time_h=time,
        occupancy=theta,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _course(
    was: View, will: View, dose: float, interval_h: float, half: float | None, cycles: int
) -> tuple[Array, Array, Array, Array]:
    """Times, occupancy (draws, T), and the interval's mean before and long after (draws,)."""
    time = np.linspace(0.0, cycles * interval_h, cycles * PER_INTERVAL + 1)[:-1]
    phase = time[:PER_INTERVAL]
    link = was.link_at(dose * HOURS_PER_DAY / interval_h)
    scale = absorbed(was.subject, dose)
    cycle_was, cycle_will = (unit_cycle(one.subject, dose, interval_h) for one in (was, will))
    names = cycle_was.names
    taken = Doses(interval_h * np.arange(cycles), np.ones(cycles))
    stages = [
        (swing_system(subject, dose, interval_h, cycles), start)
        for subject, start in _subjects(was.subject, will.subject, interval_h, half, cycles)
    ]
    course = simulate_epochs(stages, taken, time, initial=cycle_was.state).values
    theta, old, new = (
        np.broadcast_to(
            link.occupancy({name: C[:, names.index(name)] * scale for name in link.EC50}),
            (was.subject.draws, C.shape[-1]),
        )
        for C in (course, cycle_was.concentrations(phase), cycle_will.concentrations(phase))
    )
    return time, theta, old.mean(axis=1), new.mean(axis=1)


def _subjects(
    was: Assembled, will: Assembled, interval_h: float, half: float | None, cycles: int
) -> list[tuple[Assembled, float]]:
    """The drug in the changing person, and from when on."""
    if half is None:
        return [(will, 0.0)]
    steps = min(int(np.ceil(RECOVERY * half / interval_h)), cycles - 1)
    found = [
        (replace(will, effects=_between(was.effects, will.effects, share)), k * interval_h)
        for k, share in enumerate(0.5 ** ((np.arange(steps) + 0.5) * interval_h / half))
    ]
    return [*found, (will, steps * interval_h)]


def _between(was: Effects, will: Effects, share: float) -> Effects:
    """Effects of which `share` is the old ones'."""

    def mixed(
        old: Mapping[tuple[str, str], Array], new: Mapping[tuple[str, str], Array]
    ) -> dict[tuple[str, str], Array]:
        one = np.ones(1)
        return {
            key: share * old.get(key, one) + (1 - share) * new.get(key, one)
            for key in {**old, **new}
        }

    return Effects(mixed(was.factors, will.factors), mixed(was.formations, will.formations))
