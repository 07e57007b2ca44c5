"""What is taken now, read from a regimen: a drug, equal doses at hours of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from occupancy.drugs import Product, resolve
from occupancy.evidence import tapering
from occupancy.regimen import Phase, parse
from occupancy.regimen.phase import CLOCK_OF_PART

#: Hour of a dose whose regimen names none.
FIRST_HOUR = 8
DAY_H = 24.0


@dataclass(frozen=True)
class Start:
    """The dose a taper starts from.

    Attributes:
        product: the drug in its form.
        intake_mg: each dose.
        at: hours of the day at which it is taken, in order.
    """

    product: Product
    intake_mg: float
    at: tuple[time, ...]

    @property
    def intakes(self) -> int:
        """Doses per day."""
        return len(self.at)

    @property
    def daily_mg(self) -> float:
        """Milligrams per day."""
        return self.intake_mg * self.intakes


def start_of(regimen: str) -> Start:
    """Read "citalopram 20 mg daily", "duloxetine 30 mg twice daily".

    Raises:
        ValueError: a drug that no plan is made for, and why; a regimen that cannot be parsed, has
            several phases or unequal doses, is not daily, or is not taken by mouth.
    """
    course = parse(regimen)
    if course.drug is None:
        raise ValueError(
            f'"{regimen}" names no drug; write the drug, the dose and how often, such as '
            '"citalopram 20 mg daily".'
        )
    refuse_not_covered(course.drug)
    product = resolve(course.drug)
    route = course.route or product.form.route
    if route not in ("oral", "sublingual"):
        raise ValueError(
            f"{product.title} is given {route}; plans are made for doses taken by mouth. A depot "
            "tapers itself: see its course with `occupancy course`."
        )
    dosed = [phase for phase in course.phases if phase.doses]
    if len(course.phases) != 1 or not dosed:
        raise ValueError(
            f'"{regimen}" has several phases; a taper starts from the dose taken now, such as '
            f'"{product.record.name} 20 mg daily".'
        )
    return _daily(dosed[0], product, regimen)


def refuse_not_covered(drug: str) -> None:
    """Raise ValueError for a drug that no plan is made for, saying why."""
    words = set(drug.lower().split())
    for group in tapering().not_covered:
        if words & set(group.names):
            raise ValueError(
                f"{drug}: no plan is made for {group.title}, because {group.reason}. "
                "Do not stop or reduce it alone; talk to the person who prescribes it."
            )


def _daily(phase: Phase, product: Product, regimen: str) -> Start:
    amounts = {dose.amount_mg for dose in phase.doses}
    if len(amounts) > 1:
        said = ", ".join(f"{mg:g} mg" for mg in sorted(amounts))
        raise ValueError(
            f'"{regimen}" has unequal doses ({said}); plans are made for equal ones. Write the '
            "daily dose in equal parts, or plan the larger dose down to the smaller first."
        )
    each = DAY_H / phase.interval_h
    if len(phase.doses) > 1 and phase.interval_h != DAY_H:
        raise ValueError(f'"{regimen}" repeats every {phase.interval_h:g} h; write a daily dose.')
    if each < 1 or each != int(each):
        raise ValueError(
            f'"{regimen}" is not taken a whole number of times a day; a plan starts from a daily '
            "dose. Alternate days are compared under each plan instead."
        )
    at = sorted(
        dose.at if isinstance(dose.at, time) else CLOCK_OF_PART[dose.at]
        for dose in phase.doses
        if dose.at is not None
    )
    if not at:
        step = int(phase.interval_h)
        at = sorted(time((FIRST_HOUR + step * k) % 24) for k in range(int(each)))
    return Start(product, amounts.pop(), tuple(at))
