"""Recomputing a published observation with the typical person's point estimates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from occupancy import laws
from occupancy.course.sampling import Sampling
from occupancy.course.setting import setting
from occupancy.course.simulation import Trajectory, trajectory
from occupancy.drugs import binding
from occupancy.kinetics import half_life
from occupancy.person import Person
from occupancy.regimen import parse
from occupancy.validation.rows import PersonRow, ReadAt, Row

#: The point estimate: one draw is the median of every figure.
POINT = Sampling(draws=1, variability=False)


@dataclass(frozen=True)
class Outcome:
    """A row with its prediction; `error` is the distance from the published value or range."""

    row: Row
    predicted: float

    @property
    def passed(self) -> bool:
        """Whether the prediction lies within the allowed bounds."""
        low, high = self.row.bounds()
        return low <= self.predicted <= high

    @property
    def error(self) -> float:
        """Prediction minus published value; zero inside a published range."""
        if self.row.expected is not None:
            return self.predicted - self.row.expected
        assert self.row.low is not None
        assert self.row.high is not None
        if self.predicted < self.row.low:
            return self.predicted - self.row.low
        return max(self.predicted - self.row.high, 0.0)


def recompute(row: Row) -> Outcome:
    """The prediction for a row, in the row's unit.

    Raises:
        ValueError: a row that names something unknown, with the row's id.
    """
    compute = {
        "course": _course,
        "concentration-link": _link,
        "exposure-ratio": _exposure_ratio,
        "occupancy-difference": _occupancy_difference,
        "occupancy-ratio": _occupancy_ratio,
        "half-life": _half_life,
        "decline": _decline,
        "law": _law,
    }[row.kind]
    try:
        return Outcome(row, float(compute(row)))
    except ValueError as error:
        raise ValueError(f"row {row.id}: {error}") from error


def _course(row: Row) -> float:
    assert row.regimen is not None
    if row.read == "occupancy":
        return 100.0 * _occupancy(row, row.regimen, row.person, row.at)
    return _concentration(row, row.regimen, row.person, row.at)


def _exposure_ratio(row: Row) -> float:
    first, second = _pair(row, _concentration)
    return first / second


def _occupancy_difference(row: Row) -> float:
    first, second = _pair(row, _occupancy)
    return 100.0 * (first - second)


def _occupancy_ratio(row: Row) -> float:
    first, second = _pair(row, _occupancy)
    return first / second


def _pair(row: Row, read: Callable[[Row, str, PersonRow, ReadAt], float]) -> tuple[float, float]:
    """What is read under the row's regimen in its person, and under the other in the other."""
    assert row.regimen is not None
    other = row.against or row.regimen
    at = row.at if row.against_at is None else row.against_at
    return read(row, row.regimen, row.person, row.at), read(row, other, row.reference, at)


def _simulate(row: Row, regimen: str, person: PersonRow, targets: Sequence[str]) -> Trajectory:
    return trajectory(
        parse(regimen),
        person=_person(person),
        targets=targets,
        days=row.days,
        sampling=POINT,
        kinetics=row.kinetics,
        models=dict.fromkeys(targets, row.model) if row.model is not None else None,
    )


def _occupancy(row: Row, regimen: str, person: PersonRow, at: ReadAt) -> float:
    assert row.of is not None
    course = _simulate(row, regimen, person, [row.of])
    (target,) = course.targets.values()
    cycle = target.cycle
    match at:
        case "average":
            return float(cycle.average[0])
        case "peak":
            return float(cycle.peak[0])
        case "trough":
            return float(cycle.trough[0])
        case "time of peak":
            raise ValueError("`at = 'time of peak'` reads a concentration, not an occupancy")
        case hours:
            return float(np.interp(hours, course.time_h, target.occupancy[0]))


def _concentration(row: Row, regimen: str, person: PersonRow, at: ReadAt) -> float:
    assert row.of is not None
    course = _simulate(row, regimen, person, [])
    names = [name.strip() for name in row.of.split(" + ")]
    if row.of in course.cycle_concentrations:
        names = [row.of]
    unknown = [name for name in names if name not in course.cycle_concentrations]
    if unknown:
        raise ValueError(
            f"no analyte {unknown[0]!r}; there are: {', '.join(course.cycle_concentrations)}"
        )
    if isinstance(at, float):
        total = np.sum([course.concentrations[name][0] for name in names], axis=0)
        return float(np.interp(at, course.time_h, total))
    time = course.cycle_h
    total = np.sum([course.cycle_concentrations[name][0] for name in names], axis=0)
    match at:
        case "peak":
            return float(total.max())
        case "trough":
            return float(total.min())
        case "time of peak":
            return float(time[int(np.argmax(total))] - time[0])
        case _:
            return float(np.sum(0.5 * (total[1:] + total[:-1]) * np.diff(time)) / np.ptp(time))


def _decline(row: Row) -> float:
    assert row.regimen is not None
    if isinstance(row.at, str) or not isinstance(row.against_at, float):
        raise ValueError("a decline needs `at` and `against_at` in hours")
    early = _concentration(row, row.regimen, row.person, row.at)
    late = _concentration(row, row.regimen, row.person, row.against_at)
    return float(np.log(2.0) * (row.against_at - row.at) / np.log(early / late))


def _link(row: Row) -> float:
    assert row.drug is not None
    assert row.of is not None
    where = setting(row.drug, sampling=POINT)
    bound = binding(where.product.record, row.of, row.model)
    link = where.link(bound)
    missing = {name: np.zeros(1) for name in link.EC50}
    given = {name: np.array([value]) for name, value in row.concentrations.items()}
    unknown = set(given) - set(missing)
    if unknown:
        raise ValueError(f"{sorted(unknown)} do not bind {row.of} here; {sorted(missing)} do")
    return 100.0 * float(link.occupancy({**missing, **given})[0])


def _half_life(row: Row) -> float:
    assert row.drug is not None
    where = setting(row.drug, person=_person(row.person), sampling=POINT, kinetics=row.kinetics)
    for species in where.subject.system(None).species:
        if species.analyte == row.of:
            return float(half_life(species)[0])
    raise ValueError(f"{row.drug} has no species {row.of!r}")


def _law(row: Row) -> float:
    assert row.law is not None
    if row.law not in laws.__all__:
        raise ValueError(f"no law {row.law!r}; there are: {', '.join(laws.__all__)}")
    arguments = {
        name: np.asarray(value) if isinstance(value, list) else value
        for name, value in row.arguments.items()
    }
    value = np.asarray(getattr(laws, row.law)(**arguments), dtype=np.float64)
    number = value if row.pick is None else value[row.pick]
    return float(number) * (100.0 if row.unit == "%" else 1.0)


def _person(row: PersonRow) -> Person | None:
    if row == PersonRow():
        return None
    return Person(
        age_y=row.age,
        weight_kg=row.weight,
        sex=row.sex,
        cyp2d6=row.cyp2d6,
        cyp2c19=row.cyp2c19,
        smoking=row.smoking,
        comedication=row.comedication,
    )
