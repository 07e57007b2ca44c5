"""Questions about circuits and receptors, answered as `answers` does those about doses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from occupancy.web.answers import TRAITS, course_of, person_of, regimen_of, sampling_of
from occupancy.web.mistakes import Gathered, Mistakes, about, mistake
from occupancy.web.questions import MOST_DRAW_DAYS, CircuitQuestion, DrivenQuestion, ProfileQuestion

if TYPE_CHECKING:
    from occupancy.circuit import Circuit, CircuitSteady
    from occupancy.course.circuit_alone import CircuitAsked
    from occupancy.course.circuit_documents import CircuitDocument
    from occupancy.course.documents import CourseDocument
    from occupancy.course.profile import DoseProfile
    from occupancy.course.profile_document import ProfileDocument


def circuit(asked: CircuitQuestion) -> CircuitDocument:
    """`occupancy circuit`."""
    from occupancy.course.circuit_alone import alone_document, circuit_alone

    held = _held(asked)
    with about("circuit", asked.circuit):
        answer = circuit_alone(
            held,
            start=asked.start,
            days=asked.days,
            until=asked.until,
            draws=asked.draws,
            seed=asked.seed,
        )
        return alone_document(held, answer, asked.level)


def fixed_point(asked: CircuitQuestion) -> tuple[CircuitSteady, CircuitDocument]:
    """The fixed point of a question without days, and its document."""
    from occupancy.circuit import CircuitSteady
    from occupancy.course.circuit_alone import alone_document, circuit_alone

    held = _held(asked)
    with about("circuit", asked.circuit):
        answer = circuit_alone(held, draws=asked.draws, seed=asked.seed)
        assert isinstance(answer, CircuitSteady)
        return answer, alone_document(held, answer, asked.level)


def driven(asked: DrivenQuestion) -> CourseDocument:
    """`occupancy course --circuit`."""
    from occupancy.circuit.ageing import aged
    from occupancy.circuit.catalogue import circuit as called
    from occupancy.course.circuits import with_circuits
    from occupancy.course.horizon import horizon_h
    from occupancy.course.writing import course_document

    together = Gathered()
    for name in asked.circuits:
        with together.about("circuits", name):
            called(name)
    if asked.ageing is not None:
        with together.about("ageing", asked.ageing):
            if asked.age is None:
                raise ValueError("a scenario of ageing needs the person's age; give age too")
            aged(asked.ageing, asked.age)
    with together.about("regimen", asked.regimen):
        days = horizon_h(regimen_of(asked.regimen, days=asked.days), asked.days) / 24
        if asked.draws * days > MOST_DRAW_DAYS:
            raise Mistakes([mistake("draws", asked.draws, _TOO_MUCH.format(days=days))])
    together.complain()
    found = course_of(asked)
    with about("circuits", asked.circuits):
        return course_document(
            with_circuits(found, asked.circuits, ageing=asked.ageing), asked.level
        )


_TOO_MUCH: Final = (
    f"with circuits, draws times days are at most {MOST_DRAW_DAYS:,} here, and this course has "
    "{days:.0f} days; give fewer draws or days"
)


def profile(asked: ProfileQuestion) -> ProfileDocument:
    """`occupancy profile`."""
    from occupancy.course.profile_writing import profile_document
    from occupancy.drugs import resolve
    from occupancy.drugs.kinetic_choice import kinetic_model

    with about("drug", asked.drug):
        product = resolve(asked.drug)
    if asked.kinetics is not None:
        with about("kinetics", asked.kinetics):
            kinetic_model(product, asked.kinetics)
    with about("at" if asked.dose is None else "dose", asked.dose):
        if (asked.dose is None) == (asked.at is None):
            raise ValueError(
                'either a dose or an occupancy is needed; give dose, such as "300 mg daily", '
                "or at, such as 0.6"
            )
    together = Gathered()
    for name, with_dose, words in _APART:
        given = getattr(asked, name)
        with together.about(name, given or None):
            said = given != ProfileQuestion.model_fields[name].default
            if said and with_dose == (asked.dose is None):
                raise ValueError(words)
    together.complain()
    found = _at(asked) if asked.dose is None else _of_dose(asked, asked.dose)
    return profile_document(found, asked.level)


_NO_DOSE: Final = "it changes what a dose does; leave it out, with at there is no dose"
#: Fields that go with a dose alone (True) or with an occupancy alone, and what is said else.
_APART: Final = (
    *((name, True, _NO_DOSE) for name in (*TRAITS, "kinetics")),
    ("parent_only", True, "it goes with dose; with at no metabolite is assumed"),
    ("metabolites", False, "they go with at; with a dose the kinetics say what is there"),
)


def _of_dose(asked: ProfileQuestion, dose: str) -> DoseProfile:
    from occupancy.course.profile import profile_of_dose

    person = person_of(asked)
    regimen = regimen_of(f"{asked.drug} {dose}", "dose")
    with about("anchor" if asked.anchor else "drug", asked.anchor or asked.drug):
        return profile_of_dose(
            regimen,
            person=person,
            anchor=asked.anchor,
            metabolites=not asked.parent_only,
            modulation=asked.ht2a_raises_dopamine,
            sampling=sampling_of(asked, typical=asked.typical),
            kinetics=asked.kinetics,
        )


def _at(asked: ProfileQuestion) -> DoseProfile:
    from occupancy.course.profile import profile_at

    assert asked.at is not None
    # Each part by itself first, so that a mistake is told of the field it belongs to.
    with about("anchor" if asked.anchor else "drug", asked.anchor or asked.drug):
        profile_at(asked.drug, asked.at, anchor=asked.anchor, draws=1)
    for name, ratio in asked.metabolites.items():
        with about(f"metabolites.{name}", ratio):
            profile_at(
                asked.drug, asked.at, anchor=asked.anchor, metabolites={name: ratio}, draws=1
            )
    with about("ht2a_raises_dopamine", asked.ht2a_raises_dopamine):
        return profile_at(
            asked.drug,
            asked.at,
            anchor=asked.anchor,
            metabolites=asked.metabolites,
            modulation=asked.ht2a_raises_dopamine,
            draws=asked.draws,
            seed=asked.seed,
        )


def _held(asked: CircuitQuestion) -> CircuitAsked:
    """What a question holds of its circuit.

    Raises:
        Mistakes: one for each value that cannot be, by its own name.
    """
    from occupancy.circuit.ageing import SCENARIOS, aged
    from occupancy.circuit.catalogue import circuit as called
    from occupancy.circuit.start import switched
    from occupancy.course.circuit_alone import circuit_asked

    with about("circuit", asked.circuit):
        chosen = called(asked.circuit)
    together = Gathered()
    _inputs(chosen, asked.inputs, together)
    _parameters(chosen, asked, together)
    if asked.days is None:
        for name in ("until", "start"):
            with together.about(name, getattr(asked, name) or None):
                if getattr(asked, name):
                    raise ValueError(f"{name} says how a course goes; give days too")
    if asked.days is not None and asked.until is not None:
        with together.about("until", asked.until):
            switched(chosen, {}, asked.days, asked.until)
    if asked.ageing is not None and asked.age is not None:
        known = asked.ageing in SCENARIOS
        with together.about(*(("age", asked.age) if known else ("ageing", asked.ageing))):
            aged(asked.ageing, asked.age)
    together.complain()
    with about("age" if asked.ageing is None else "ageing", asked.ageing or asked.age):
        return circuit_asked(asked.circuit, asked.inputs, asked.parameters, asked.ageing, asked.age)


def _inputs(chosen: Circuit, given: Mapping[str, float], together: Gathered) -> None:
    from occupancy.circuit.parameters import inputs_of

    for name, value in given.items():
        with together.about(f"inputs.{name}", value):
            inputs_of(chosen, {name: value})


def _parameters(chosen: Circuit, asked: CircuitQuestion, together: Gathered) -> None:
    from occupancy.circuit import parameters_of
    from occupancy.circuit.start import start_of

    good: dict[str, float] = {}
    for name, value in asked.parameters.items():
        with together.about(f"parameters.{name}", value):
            parameters_of(chosen, {name: value})
            good[name] = value
    for name, value in asked.start.items():
        with together.about(f"start.{name}", value), np.errstate(all="ignore"):
            start_of(chosen, {name: value}, good)
