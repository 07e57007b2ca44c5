"""Questions answered by the functions that the command line calls, as the same documents.

Every mistake is raised as `Mistakes`, with the field it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from occupancy.web.mistakes import Gathered, about
from occupancy.web.questions import (
    MOST_DAYS,
    CompareQuestion,
    CourseQuestion,
    CurveQuestion,
    OverTimeQuestion,
    PersonaliseQuestion,
    PersonQuestion,
    PopulationQuestion,
)

if TYPE_CHECKING:
    from occupancy.course.documents import (
        CompareDocument,
        CourseDocument,
        CurveDocument,
    )
    from occupancy.course.sampling import Sampling
    from occupancy.course.simulation import Trajectory
    from occupancy.evidence import DrugRecord
    from occupancy.inference.documents import PersonaliseDocument
    from occupancy.person import Person
    from occupancy.population.documents import PopulationDocument
    from occupancy.regimen import Regimen, SubjectEvents

#: Doses that one course may hold; a longer one is a mistake and not a wait.
MOST_INTAKES = 4000
#: Fields of a person in a question and in the person.
TRAITS = {
    "age": "age_y",
    "weight": "weight_kg",
    "height": "height_cm",
    "sex": "sex",
    "cyp2d6": "cyp2d6",
    "cyp2c19": "cyp2c19",
    "smoking": "smoking",
    "comedication": "comedication",
    "ancestry": "ancestry",
}


def person_of(asked: PersonQuestion) -> Person | None:
    """The person of a question, None when nothing is said.

    Raises:
        Mistakes: one for each trait that is not allowed.
    """
    from occupancy.person import Person

    said = {trait: getattr(asked, name) for name, trait in TRAITS.items()}
    said = {trait: value for trait, value in said.items() if value not in (None, ())}
    if not said:
        return None
    together = Gathered()
    for name, trait in TRAITS.items():
        if trait in said:
            with together.about(name, said[trait]):
                _trait(name, trait, said[trait])
    together.complain()
    return Person(**said)


def _trait(name: str, trait: str, value: object) -> None:
    """Check one trait; the message speaks of it by the name of its field."""
    from occupancy.person import Person

    try:
        Person(**{trait: value})  # pyright: ignore[reportArgumentType]
    except ValueError as error:
        raise ValueError(str(error).replace(trait, name, 1)) from error


def sampling_of(asked: PersonQuestion, *, typical: bool) -> Sampling:
    """The draws of a question."""
    from occupancy.course import Sampling

    return Sampling(asked.draws, asked.seed, variability=not typical)


def regimen_of(text: str, field: str = "regimen", days: float | None = None) -> Regimen:
    """A regimen in words, of a known drug, not longer than can be answered."""
    from occupancy.course.horizon import horizon_h
    from occupancy.drugs import resolve
    from occupancy.regimen import parse

    with about(field, text):
        regimen = parse(text)
        if regimen.drug is None:
            raise ValueError(
                'it names no drug; write the drug first, as in "citalopram 20 mg daily"'
            )
        resolve(regimen.drug)
        hours = horizon_h(regimen, days)
        if not hours <= 24 * MOST_DAYS:
            raise ValueError(
                f"it runs for {hours / 24:,.0f} days; at most {MOST_DAYS:,.0f} are shown here"
            )
        shortest = min(one.interval_h for one in regimen.phases)
        if hours / shortest > MOST_INTAKES:
            raise ValueError(
                f"it has about {hours / shortest:,.0f} doses; at most {MOST_INTAKES:,} are "
                "followed here, write fewer days"
            )
    return regimen


@lru_cache(maxsize=128)
def curve(asked: CurveQuestion) -> CurveDocument:
    """`occupancy curve`."""
    from occupancy.course import dose_curve
    from occupancy.course.writing import curve_document
    from occupancy.drugs import binding, resolve, targets_of
    from occupancy.drugs.kinetic_choice import kinetic_model

    person = person_of(asked)
    with about("drug", asked.drug):
        product = resolve(asked.drug)
    if asked.target is not None:
        with about("target", asked.target):
            binding(product.record, asked.target)
    target = asked.target or next(iter(targets_of(product.record)), None)
    if asked.model is not None and target is not None:
        with about("model", asked.model):
            binding(product.record, target, asked.model)
    if asked.kinetics is not None:
        with about("kinetics", asked.kinetics):
            kinetic_model(product, asked.kinetics)
    with about("drug", asked.drug):
        found = dose_curve(
            asked.drug,
            asked.target,
            doses_mg=asked.dose or None,
            person=person,
            sampling=sampling_of(asked, typical=asked.typical),
            model=asked.model,
            kinetics=asked.kinetics,
        )
    return curve_document(found, asked.level)


@lru_cache(maxsize=128)
def course(asked: CourseQuestion) -> CourseDocument:
    """`occupancy course`."""
    from occupancy.course.writing import course_document

    return course_document(course_of(asked), asked.level)


def course_of(asked: CourseQuestion) -> Trajectory:
    """The course that a question asks for."""
    from occupancy.drugs import resolve

    person = person_of(asked)
    regimen = regimen_of(asked.regimen, days=asked.days)
    check_targets(resolve(str(regimen.drug)).record, asked.target)
    with about("regimen", asked.regimen):
        return followed(asked, regimen, person)


def followed(
    asked: OverTimeQuestion,
    given: Regimen | SubjectEvents,
    person: Person | None,
    drug: str | None = None,
) -> Trajectory:
    """Doses over time, in a person."""
    from occupancy.course import trajectory

    return trajectory(
        given,
        drug=drug,
        person=person,
        targets=asked.target or None,
        days=asked.days,
        sampling=sampling_of(asked, typical=asked.typical),
        kinetics=asked.kinetics,
    )


def check_targets(record: DrugRecord, targets: Iterable[str]) -> None:
    """See that a drug acts on every target asked for.

    Raises:
        Mistakes: of the field `target`.
    """
    from occupancy.drugs import binding

    for name in targets:
        with about("target", name):
            binding(record, name)


@lru_cache(maxsize=32)
def compare(asked: CompareQuestion) -> CompareDocument:
    """`occupancy compare`."""
    from occupancy.course import trajectory
    from occupancy.course.writing import compare_document

    together = Gathered()
    for one in asked.regimens:
        with together.about("regimens", one):
            regimen_of(one, "regimens", asked.days)
    with together.about():
        person_of(asked)
    together.complain()
    person = person_of(asked)
    parsed = [regimen_of(one, "regimens", asked.days) for one in asked.regimens]
    found = []
    for text, regimen in zip(asked.regimens, parsed, strict=True):
        with about("regimens", text):
            found.append(
                trajectory(
                    regimen,
                    person=person,
                    targets=asked.target or None,
                    days=asked.days,
                    sampling=sampling_of(asked, typical=asked.typical),
                )
            )
    return compare_document(found, asked.level)


@lru_cache(maxsize=16)
def population(asked: PopulationQuestion) -> PopulationDocument:
    """`occupancy population`."""
    from occupancy.population import Population, population_document, trial

    together = Gathered()
    for one in asked.regimens:
        with together.about("regimens", one):
            regimen_of(one, "regimens", asked.days)
    together.complain()
    ages = None
    if asked.lowest_age is not None or asked.highest_age is not None:
        ages = (
            18.0 if asked.lowest_age is None else asked.lowest_age,
            100.0 if asked.highest_age is None else asked.highest_age,
        )
    with about("ancestry", asked.ancestry):
        ancestry = _shares(asked.ancestry)
        Population(1, 0, ancestry=ancestry)
    with about("lowest_age", ages):
        people = Population(
            asked.people,
            asked.seed,
            ancestry=ancestry,
            ages=ages,
            female=asked.female,
            smokers=asked.smokers,
            occasions=asked.occasions,
        )
    with about("regimens", asked.regimens):
        result = trial(
            asked.regimens,
            people,
            days=asked.days,
            targets=asked.target or None,
            draws=asked.draws,
        )
    return population_document(result, asked.level)


@lru_cache(maxsize=16)
def personalise(asked: PersonaliseQuestion) -> PersonaliseDocument:
    """`occupancy personalise`."""
    from occupancy.inference import personalise as estimate
    from occupancy.inference.writing import personalise_document

    together = Gathered()
    person = None
    with together.about():
        person = person_of(asked)
    with together.about("regimen", asked.regimen):
        regimen_of(asked.regimen, days=asked.days)
    together.complain()
    with about("levels", asked.levels):
        found = estimate(
            asked.regimen,
            asked.levels,
            person=person,
            kinetics=asked.kinetics,
            assay_cv=asked.assay_cv,
            within_cv=asked.within_cv,
            seed=asked.seed,
        )
        return personalise_document(
            found, level=asked.level, draws=asked.draws, days=asked.days, doubt=asked.doubt
        )


def _shares(text: str | None) -> str | dict[str, float] | None:
    """One ancestry, or several with their shares: "european=0.6, east asian=0.4"."""
    if text is None or "=" not in text:
        return text
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        try:
            found[name.strip()] = float(share)
        except ValueError:
            raise ValueError(
                f"{part.strip()!r} has no share; give every one its share, as in european=0.6"
            ) from None
    return found
