"""What the Explore page asks: one or two drugs at a dose that moves, in one person."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from occupancy.web.answers import curve, person_of, sampling_of
from occupancy.web.mistakes import about
from occupancy.web.questions import CurveQuestion, Finite, PersonQuestion, Words

if TYPE_CHECKING:
    from occupancy.course.documents import CourseDocument, CurveDocument, CurvePoint
    from occupancy.course.sweep import Sweep
    from occupancy.evidence import DrugRecord

#: Days offered for the course.
DAYS: Final = (7, 14, 28, 56, 84, 182)
#: Steps of the slider from nothing to the highest dose shown, about.
STEPS: Final = 100
#: Draws, and those of a drug that must be simulated anew at every dose of the slider.
DRAWS: Final = 200
DRAWS_ANEW: Final = 100


class ExploreQuestion(PersonQuestion, frozen=True):
    """Fields of the page; those of the second drug end in 2."""

    drug: Words = "citalopram"
    dose: Annotated[Finite, Field(gt=0, le=1e5)] | None = None
    target: Words | None = None
    drug2: Words | None = None
    dose2: Annotated[Finite, Field(gt=0, le=1e5)] | None = None
    target2: Words | None = None
    days: Annotated[int, Field(ge=1, le=365)] = 28
    band: Annotated[str, Field(pattern="^(typical|person)$")] = "typical"
    draws: Annotated[int, Field(ge=1, le=400)] = DRAWS


@dataclass(frozen=True)
class Slider:
    """Range of a dose slider, mg."""

    step: float
    highest: float
    dose: float


@dataclass(frozen=True)
class Column:
    """One drug of the page, answered.

    Attributes:
        number: 1 or 2.
        drug: as it was asked.
        curve: at the slider's doses; None where no target was measured in people.
        chosen: its point at the dose.
        course: over the days asked.
        sweep: the regimen in words and its interval.
        slider: of the dose.
        why_no_curve: in words, when there is none.
    """

    number: int
    drug: str
    curve: CurveDocument | None
    chosen: CurvePoint | None
    course: CourseDocument
    regimen: str
    slider: Slider
    why_no_curve: str

    @property
    def suffix(self) -> str:
        """What the names of this column's fields end in."""
        return "" if self.number == 1 else str(self.number)

    def rows(self) -> dict[str, str]:
        """JSON of the rows of both pictures, by picture."""
        from occupancy.figures import course_rows, curve_rows

        found = {f"course{self.number}": columns_json(course_rows(self.course))}
        if self.curve is not None:
            found[f"curve{self.number}"] = columns_json(curve_rows(self.curve, self.chosen))
        return found

    def moved(self) -> dict[str, str]:
        """JSON of the columns of those rows that another dose changes."""
        from occupancy.figures.dose_curve import chosen_rows

        found = {f"course{self.number}": _moved_course(self.course)}
        if self.chosen is not None:
            found[f"curve{self.number}"] = columns_json(chosen_rows(self.chosen))
        return found


def column(asked: ExploreQuestion, number: int) -> Column:
    """One drug of the page at its dose.

    Raises:
        Mistakes: in a field of the page.
    """
    drug, target, dose = _own(asked, number)
    suffix = "" if number == 1 else str(number)
    record = _record(drug, target, suffix)
    prepared = _prepared(asked.model_copy(update=_UNMOVED), drug, target, suffix)
    asked = asked.model_copy(update={"draws": prepared.where.subject.draws})
    curve_at, why = _curve(asked, record, drug, target, suffix)
    slider = _slider(curve_at, prepared, dose)
    chosen = None
    if curve_at is not None:
        chosen = next((p for p in curve_at.points if math.isclose(p.dose_mg, slider.dose)), None)
        if chosen is None:
            chosen = _point(prepared, target, slider.dose, asked.level, suffix)
    course = _course(prepared, slider.dose, asked.level, suffix)
    return Column(number, drug, curve_at, chosen, course, prepared.text(slider.dose), slider, why)


#: Fields that leave the kinetics as they are.
_UNMOVED: Final = {"dose": None, "dose2": None, "target": None, "target2": None, "level": 0.9}


def _own(asked: ExploreQuestion, number: int) -> tuple[str, str | None, float | None]:
    if number == 1:
        return asked.drug, asked.target, asked.dose
    return asked.drug2 or asked.drug, asked.target2, asked.dose2


def _question(
    asked: ExploreQuestion, drug: str, target: str | None, doses: tuple[float, ...] = ()
) -> CurveQuestion:
    person = {name: getattr(asked, name) for name in PersonQuestion.model_fields}
    return CurveQuestion(
        **person, drug=drug, target=target, dose=doses, typical=asked.band == "typical"
    )


def _record(drug: str, target: str | None, suffix: str) -> DrugRecord:
    from occupancy.drugs import binding, resolve

    with about(f"drug{suffix}", drug):
        record = resolve(drug).record
    if target is not None:
        with about(f"target{suffix}", target):
            binding(record, target)
    return record


def _curve(
    asked: ExploreQuestion, record: DrugRecord, drug: str, target: str | None, suffix: str
) -> tuple[CurveDocument | None, str]:
    """The curve on the slider's own doses, or why there is none."""
    if target is None and not record.occupancy:
        gaps = "; ".join(gap.what for gap in record.gap)
        return None, f"No occupancy was measured in people. {gaps}".strip()
    with about(f"target{suffix}", target):
        shape = curve(_question(asked, drug, target))
        highest = shape.points[-1].dose_mg
        step = nice_step(highest / STEPS)
        doses = tuple(round(step * k, 6) for k in range(math.ceil(highest / step) + 1))
        return curve(_question(asked, drug, target, doses)), ""


@lru_cache(maxsize=24)
def _prepared(asked: ExploreQuestion, drug: str, target: str | None, suffix: str) -> Sweep:
    from occupancy.course.sweep import sweep
    from occupancy.drugs import resolve, targets_of

    person = person_of(asked)
    sampling = sampling_of(asked, typical=asked.band == "typical")
    with about(f"drug{suffix}", drug):
        measured = targets_of(resolve(drug).record)
        targets = None if target is None or target in measured else (*measured, target)
        found = sweep(drug, days=asked.days, person=person, sampling=sampling, targets=targets)
        if found.linear or sampling.draws <= DRAWS_ANEW:
            return found
        fewer = replace(sampling, draws=DRAWS_ANEW)
        return sweep(drug, days=asked.days, person=person, sampling=fewer, targets=targets)


def _course(prepared: Sweep, dose: float, level: float, suffix: str) -> CourseDocument:
    from occupancy.course.writing import course_document

    with about(f"dose{suffix}", dose):
        return course_document(prepared.at(dose), level)


def _point(
    prepared: Sweep, target: str | None, dose: float, level: float, suffix: str
) -> CurvePoint:
    """The curve at one dose, between those of the slider."""
    from occupancy.course.curves import dose_curve_in
    from occupancy.course.writing import curve_document

    with about(f"dose{suffix}", dose):
        return curve_document(
            dose_curve_in(prepared.where, target, doses_mg=(dose,)), level
        ).points[0]


def _slider(document: CurveDocument | None, prepared: Sweep, dose: float | None) -> Slider:
    if document is None:
        doses = [one.dose_mg for one in prepared.where.product.record.figure if one.dose_mg]
        highest = 2 * max(doses, default=50.0)
        step = nice_step(highest / STEPS)
    else:
        highest = document.points[-1].dose_mg
        step = document.points[1].dose_mg
    usual = dose if dose is not None else _usual(document, highest, step)
    return Slider(step, max(highest, usual), usual)


def _usual(document: CurveDocument | None, highest: float, step: float) -> float:
    """A dose to begin with: the one most people were studied at, else half of the highest."""
    people: dict[float, int] = {}
    for one in () if document is None else document.observed:
        if step <= one.dose_mg <= 0.8 * highest:
            people[one.dose_mg] = people.get(one.dose_mg, 0) + (one.n or 1)
    found = max(people, key=lambda mg: people[mg]) if people else highest / 2
    return max(round(round(found / step) * step, 6), step)


def nice_step(size: float) -> float:
    """The largest of 1, 2, 2.5, 5 times a power of ten that is not above `size`."""
    power = 10.0 ** math.floor(math.log10(size))
    share = size / power
    return round(power * max(one for one in (1.0, 2.0, 2.5, 5.0) if one <= share + 1e-9), 9)


def columns_json(rows: dict[str, list[dict[str, Any]]]) -> str:
    """JSON of rows by name, as columns by name."""
    found: dict[str, str] = {}
    for name, lines in rows.items():
        keys = lines[0].keys() if lines else ()
        found[name] = _object({key: _array([one[key] for one in lines]) for key in keys})
    return _object(found)


def _moved_course(document: CourseDocument) -> str:
    """Of the rows of a course, the columns that another dose changes, in their order."""
    series = {
        "occupancy": [(one.occupancy, 100.0) for one in document.targets],
        "concentration": [(one.concentration_ng_mL, 1.0) for one in document.analytes],
    }
    return _object(
        {
            name: _object(
                {
                    key: _array([scale * x for one, scale in lines for x in getattr(one, key)])
                    for key in ("median", "low", "high")
                }
            )
            for name, lines in series.items()
            if lines
        }
    )


def _object(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(key)}:{text}" for key, text in members.items()) + "}"


def _array(values: list[Any]) -> str:
    """A JSON array; one format of all its numbers takes a quarter of the time of `json`."""
    if set(map(type, values)) == {float}:
        return "[" + ("%.5g," * len(values) % tuple(values))[:-1] + "]"
    return json.dumps(values)
