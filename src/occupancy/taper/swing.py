"""Within-interval swing of occupancy at steady state, for many doses of one drug at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.assemble import Assembled
from occupancy.course.sampling import Array, Sampling
from occupancy.evidence.drugrecord import InputPath
from occupancy.kinetics import Doses, SteadyState, System, steady_state
from occupancy.person import Person
from occupancy.regimen import DoseTable
from occupancy.taper.ladder import Band, distinct
from occupancy.taper.plan import Plan
from occupancy.taper.view import HOURS_PER_DAY, View, positive_doses, view

#: Even points of one cycle, besides earlier ones and the ends of lags and releases.
CYCLE_POINTS = 193
#: Ends of lags of more draws than this are thinned evenly: each draw then has one close by.
MOST_BREAKS = 128


@dataclass(frozen=True, eq=False)
class Swing:
    """Occupancy over one dosing interval at steady state; fractions, shape (draws, m).

    Attributes:
        drug: the drug and its form.
        target: the target.
        dose_mg: taken at every intake, (m,).
        interval_h: hours between intakes.
        peak: highest occupancy of the interval.
        trough: lowest.
        mean: average over the interval's time. Below the occupancy at the average concentration,
            since the curve is concave.
        warnings: what to be careful about.
    """

    drug: str
    target: str
    dose_mg: Array
    interval_h: float
    peak: Array
    trough: Array
    mean: Array
    warnings: tuple[str, ...] = ()

    @property
    def swing(self) -> Array:
        """Peak minus trough, (draws, m)."""
        return self.peak - self.trough

    def band(self, at: int, what: str = "swing") -> Band:
        """Median and 5-95 % band at a dose: of "swing", "peak", "trough" or "mean".

        Raises:
            ValueError: another name.
        """
        if what not in ("swing", "peak", "trough", "mean"):
            raise ValueError(f"what = {what!r}; it is 'swing', 'peak', 'trough' or 'mean'.")
        values: Array = getattr(self, what)
        return Band.of(values[:, at])


@dataclass(frozen=True)
class StepBesideSwing:
    """A step of a plan beside the swing within a day of the doses on both of its sides.

    Attributes:
        from_mg: the dose before.
        to_mg: the dose after.
        drop: fall of the average occupancy, fraction.
        swing_before: swing within an interval on the dose before.
        swing_after: the same on the dose after.
    """

    from_mg: float
    to_mg: float
    drop: Band
    swing_before: Band
    swing_after: Band

    @property
    def inside_swing(self) -> bool:
        """Whether the step is smaller than what the dose before does within a day."""
        return self.drop.median < self.swing_before.median

    @property
    def text(self) -> str:
        """The comparison in words."""
        word = "smaller" if self.inside_swing else "larger"
        return (
            f"{self.from_mg:g} to {self.to_mg:g} mg: this step of "
            f"{100 * self.drop.median:.1f} points is {word} than the swing of "
            f"{100 * self.swing_before.median:.1f} points between two doses of {self.from_mg:g} mg."
        )


def swing(
    drug: str,
    target: str | None = None,
    *,
    dose_mg: float | Sequence[float] | Array,
    interval_h: float | None = None,
    person: Person | None = None,
    sampling: Sampling | None = None,
    model: str | None = None,
    kinetics: str | None = None,
) -> Swing:
    """Peak, trough, mean and swing of occupancy at steady state of doses every `interval_h`.

    Args:
        drug: name, synonym or form.
        target: None takes the first one measured in vivo.
        dose_mg: at each intake, in any order; 0 gives zero.
        interval_h: 24 once daily, 12 twice daily, 48 on alternate days; None is the form's usual.
        person: None is the reference adult.
        sampling: default leaves out the differences between people.
        model: another occupancy model of the record; `kinetics` another kinetic model.

    Raises:
        ValueError: as `view`; doses or an interval that cannot be.
    """
    seen = view(drug, target, person=person, sampling=sampling, model=model, kinetics=kinetics)
    return swing_of(seen, dose_mg, interval_h)


def swing_of(
    seen: View, dose_mg: float | Sequence[float] | Array, interval_h: float | None = None
) -> Swing:
    """As `swing`, of a drug that already stands in a person.

    One course of 1 mg is computed exactly and scaled by each dose, since the kinetics are linear;
    where the record's clearance or release moves with the dose, one course per dose. Peak, trough
    and mean are read on a grid that holds the beginnings and ends of all inputs.
    """
    dose = positive_doses(dose_mg)
    interval_h = seen.interval_h(interval_h)
    peak, trough, mean = (np.zeros((seen.subject.draws, dose.size)) for _ in range(3))
    phase = cycle_phases(seen.subject, interval_h)
    width = np.diff(phase)
    for at, cycle in _cycles(seen.subject, dose, interval_h):
        unit = cycle.concentrations(phase)
        course = {name: unit[:, cycle.names.index(name)] for name in seen.link.EC50}
        for column in at:
            link = seen.link_at(dose[column] * HOURS_PER_DAY / interval_h)
            scale = absorbed(seen.subject, dose[column])
            theta = link.occupancy({name: C * scale for name, C in course.items()})
            peak[:, column], trough[:, column] = theta.max(axis=1), theta.min(axis=1)
            mean[:, column] = (theta[:, 1:] + theta[:, :-1]) @ width / (2.0 * interval_h)
    return Swing(
        drug=seen.drug,
        target=seen.target,
        dose_mg=dose,
        interval_h=interval_h,
        peak=peak,
        trough=trough,
        mean=mean,
        warnings=_warnings(seen, dose * HOURS_PER_DAY / interval_h),
    )


def steps_beside_swing(
    plan: Plan, seen: Swing, target: str | None = None
) -> tuple[StepBesideSwing, ...]:
    """Every step of a plan beside the within-interval swing of the doses on both of its sides.

    Args:
        plan: any plan.
        seen: swings, the plan's doses among theirs.
        target: of the plan; None takes the swing's own, or the plan's only one.

    Raises:
        ValueError: a dose without its swing, or a target the plan does not have.
    """
    named = {one.name: one for one in plan.targets}
    wanted = target or seen.target
    if target is None and wanted not in named and len(named) == 1:
        wanted = next(iter(named))
    if wanted not in named:
        raise ValueError(f"target = {wanted!r}; the plan's targets are {', '.join(named)}.")
    bands: list[Band] = []
    for mg in plan.dose_mg:
        at = np.flatnonzero(np.isclose(seen.dose_mg, mg, rtol=1e-9, atol=1e-12))
        if not at.size:
            raise ValueError(
                f"dose = {mg:g} mg has no swing; compute `swing` for all doses of the plan."
            )
        bands.append(seen.band(int(at[0])))
    return tuple(
        StepBesideSwing(*pair, drop=drop, swing_before=bands[k], swing_after=bands[k + 1])
        for k, (pair, drop) in enumerate(
            zip(
                zip(plan.dose_mg[:-1], plan.dose_mg[1:], strict=True),
                named[wanted].drop,
                strict=True,
            )
        )
    )


def absorbed(subject: Assembled, dose_mg: float) -> Array:
    """Milligrams of analyte that one dose makes available, (1 or draws, 1)."""
    return dose_mg * subject.bioavailability(np.array([[dose_mg]]))


def unit_cycle(subject: Assembled, dose_mg: float, interval_h: float) -> SteadyState:
    """The steady cycle of one available milligram every `interval_h` hours.

    `dose_mg` is what is really taken: it moves the shape where `follows_dose` says so.
    """
    return steady_state(swing_system(subject, dose_mg, interval_h), Doses([0.0], [1.0]), interval_h)


def swing_system(subject: Assembled, dose_mg: float, interval_h: float, count: int = 1) -> System:
    """The kinetic system of a person who takes `dose_mg` every `interval_h`, for `count` doses."""
    one = np.ones(count)
    daily = dose_mg * HOURS_PER_DAY / interval_h
    table = DoseTable(
        time_h=np.arange(count, dtype=np.float64) * interval_h,
        amount_mg=dose_mg * one,
        duration_h=0 * one,
        daily_dose_mg=daily * one,
        interval_h=interval_h * one,
        steady_state=True,
    )
    return subject.system(daily, table)


def follows_dose(subject: Assembled) -> bool:
    """Whether the shape of a course moves with the dose."""
    model = subject.model
    return model.CL_of_dose is not None or any(path.rate is not None for path in model.inputs)


def cycle_phases(subject: Assembled, interval_h: float) -> Array:
    """Times over one cycle: an even grid, denser after the dose, and where inputs begin and end."""
    even = np.linspace(0.0, interval_h, CYCLE_POINTS)
    early = interval_h * np.linspace(0.0, 1.0, CYCLE_POINTS // 2) ** 2
    breaks: list[Array] = []
    for path in subject.system(None).inputs:
        lag = np.atleast_1d(np.asarray(path.lag_h, dtype=np.float64))
        for time in (lag, lag + np.asarray(path.duration_h, dtype=np.float64).ravel()):
            inside = distinct(np.mod(time, interval_h))
            breaks.append(inside[:: max(1, inside.size // MOST_BREAKS)])
    last = np.nextafter(interval_h, 0.0)  # the limit from the left: at the end the next dose acts
    return np.minimum(distinct(even, early, *breaks), last)


def _cycles(
    subject: Assembled, dose: Array, interval_h: float
) -> Iterator[tuple[Sequence[int], SteadyState]]:
    taken = [int(i) for i in np.flatnonzero(dose > 0)]
    together = [[i] for i in taken] if follows_dose(subject) else [taken] if taken else []
    for columns in together:
        yield columns, unit_cycle(subject, float(dose[columns[0]]), interval_h)


def _warnings(seen: View, daily: Array) -> tuple[str, ...]:
    found = list(seen.where.warnings)
    studied = seen.link.studied_mg
    if studied is not None and float(daily.max()) > studied[1]:
        found.append(
            f"doses above {studied[1]:g} mg/day were never studied at {seen.target}; the band is "
            "widened there"
        )
    if seen.bound.basis != "in vivo":
        found.append(f"{seen.target} was never measured in people on {seen.drug}; anchored from Ki")
    if any(_at_once(path) for path in seen.subject.model.inputs):
        found.append(
            f"no rate of absorption is on record for {seen.drug}: a dose counts as there at once, "
            "so peaks and swings are overstated"
        )
    return tuple(dict.fromkeys(found))


def _at_once(path: InputPath) -> bool:
    return path.ka is None and path.duration is None and path.rate is None and path.transits == 0
