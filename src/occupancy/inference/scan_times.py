"""Which doses to give and when to scan: candidates of a single-dose study, and the best of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from occupancy.course.exposure import single_dose_exposure
from occupancy.course.sampling import Sampling
from occupancy.course.setting import setting
from occupancy.drugs import binding, target_or_first
from occupancy.inference.study_design import Design, optimal_design
from occupancy.person import Person


@dataclass(frozen=True)
class ScanTime:
    """A dose and a time of a scan after it.

    Attributes:
        dose_mg: given once; `hours` from it to the scan.
        exposure: what binds then, over its half-saturating concentration.
        occupancy: expected, a fraction.
        people: scanned so; 0 for a candidate.
    """

    dose_mg: float
    hours: float
    exposure: float
    occupancy: float
    people: int = 0


def scan_candidates(
    drug: str,
    target: str | None = None,
    *,
    doses_mg: Sequence[float],
    times_h: Sequence[float],
    person: Person | None = None,
) -> tuple[ScanTime, ...]:
    """Every dose at every time, in the typical person of these traits.

    Of what is in the blood (or the brain, where the record follows it) `hours` after one dose.

    Raises:
        ValueError: no doses or times, one that is not above 0, or a drug or target not on record,
            a curve with a Hill coefficient.
    """
    for name, values in (("doses_mg", doses_mg), ("times_h", times_h)):
        wrong = [one for one in values if not 0 < one < np.inf]
        if wrong or not len(values):
            what = f"{wrong[0]:g}" if wrong else "nothing"
            raise ValueError(f"{name} = {what} is not allowed; give finite values above 0")
    where = setting(drug, person=person, sampling=Sampling(1, 0, variability=False))
    record = where.product.record
    named = target_or_first(record, target, "no scans of it can be planned")
    link = where.link(binding(record, named))
    if link.Hill is not None:
        raise ValueError(f"the curve of {record.name} at {link.target} has a Hill coefficient")
    dose = np.array(sorted(set(doses_mg)))
    found: list[ScanTime] = []
    for hours in sorted(set(times_h)):
        reached = single_dose_exposure(where.subject, dose, hours)
        pairs = zip(link.scaled(reached)[0], link.occupancy(reached)[0], strict=True)
        found += [
            ScanTime(float(mg), float(hours), float(x), float(theta))
            for mg, (x, theta) in zip(dose, pairs, strict=True)
        ]
    return tuple(found)


def plan_scans(
    drug: str,
    target: str | None = None,
    *,
    doses_mg: Sequence[float],
    times_h: Sequence[float],
    people: int,
    person: Person | None = None,
    sd: float = 0.08,
    omega: float = 0.3,
) -> tuple[tuple[ScanTime, ...], Design]:
    """The D-optimal doses and scan times of a study of `people`, one scan each.

    The curve expected is the record's. Of candidates with one exposure the lowest dose is taken.

    Args:
        drug: name, synonym or form; `target` None takes the first one measured in people.
        doses_mg: that may be given once; `times_h` at which a scan may be, from the dose.
        people: to be scanned.
        person: traits; None is the reference adult.
        sd: of one scan, a fraction.
        omega: SD between people of log EC50.

    Returns:
        The scans with their people, and the design over exposures with what it would tell; its
        standard error of log EC50 is that of the half exposure.

    Raises:
        ValueError: what `scan_candidates` and `optimal_design` refuse.
    """
    candidates = scan_candidates(drug, target, doses_mg=doses_mg, times_h=times_h, person=person)
    some = candidates[0]
    emax = some.occupancy * (1.0 + 1.0 / some.exposure)
    design = optimal_design(
        [one.exposure for one in candidates], people,
        ec50=1.0, emax=min(emax, 0.999), sd=sd, omega=omega,
    )  # fmt: skip
    scans: list[ScanTime] = []
    for exposure, count in zip(design.exposure, design.people, strict=True):
        if not count:
            continue
        near = [x for x in candidates if np.isclose(x.exposure, exposure, rtol=1e-9)]
        best = min(near, key=lambda x: (x.dose_mg, x.hours))
        scans.append(ScanTime(best.dose_mg, best.hours, best.exposure, best.occupancy, count))
    return tuple(scans), design
