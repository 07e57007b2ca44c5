"""What can be asked, field by field: the same for forms, addresses and JSON bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from occupancy.web.mistakes import from_pydantic

#: Limits of one question, so that one cannot keep the machine from the next.
MOST_DRAWS = 1000
MOST_DAYS = 1500.0
MOST_DOSES = 200
MOST_PEOPLE = 5000
MOST_REGIMENS = 6
#: Circuits driven by one course, and its draws times its days.
MOST_DRIVEN = 2
MOST_DRAW_DAYS = 5000


def _printable(text: str) -> str:
    if any(ord(one) < 32 and one not in "\t\n\r" for one in text) or "\x7f" in text:
        raise ValueError("it holds characters that cannot be shown; type it anew")
    if any(0xD800 <= ord(one) <= 0xDFFF for one in text):
        raise ValueError("it holds half of a character; type it anew")
    return " ".join(text.split())


Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_printable),
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Dose = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e5)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Draws = Annotated[int, Field(ge=1, le=MOST_DRAWS)]
Level = Annotated[float, Field(ge=0.01, le=0.999)]


class Question(BaseModel, extra="forbid", frozen=True):
    """What every question shares; unknown fields are a mistake."""

    @classmethod
    def of_form(cls, given: Iterable[tuple[str, str]]) -> Self:
        """The question in a form or an address; fields left empty are left out.

        Fields that hold several values may stand several times, or hold one a line; names of
        medicines may also stand in one line with commas.

        Raises:
            Mistakes: what cannot be read, field by field.
        """
        several = {name for name, one in cls.model_fields.items() if "tuple" in str(one.annotation)}
        found: dict[str, Any] = {}
        for name, text in given:
            if not text.strip():
                continue
            if name not in several:
                found[name] = text.strip()
                continue
            parts = text.split(",") if name == "comedication" else text.splitlines()
            found.setdefault(name, []).extend(one.strip() for one in parts if one.strip())
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            raise from_pydantic(error.errors()) from error


class PersonQuestion(Question, frozen=True):
    """Who takes the drug; what is left out moves nothing."""

    age: Finite | None = Field(None, description="Years, 18 to 100.")
    weight: Finite | None = Field(None, description="Kilograms.")
    height: Finite | None = Field(None, description="Centimetres.")
    sex: Words | None = Field(None, description="female or male.")
    cyp2d6: Words | None = Field(None, description="Diplotype (*1/*4) or phenotype (PM).")
    cyp2c19: Words | None = Field(None, description="Diplotype (*1/*2) or phenotype (PM).")
    smoking: Words | None = Field(None, description="smoker or non-smoker.")
    comedication: tuple[Words, ...] = Field((), max_length=20, description="Other medicines.")
    ancestry: Words | None = Field(None, description="For frequencies of genes.")

    draws: Draws = Field(200, description="Number of draws.")
    seed: Seed = Field(0, description="Same seed, same draws.")
    level: Level = Field(0.9, description="Probability inside the band.")


class CurveQuestion(PersonQuestion, frozen=True):
    """Dose to occupancy at steady state."""

    drug: Words = Field(description='Name, synonym or form: "citalopram", "quetiapine XR".')
    target: Words | None = Field(None, description="Default the first one measured in people.")
    dose: tuple[Dose, ...] = Field((), max_length=MOST_DOSES, description="Doses, mg.")
    model: Words | None = Field(None, description="Another occupancy model of the record.")
    kinetics: Words | None = Field(None, description="Another kinetic model of the record.")
    typical: bool = Field(True, description="Band of the typical person: uncertainty only.")


class OverTimeQuestion(PersonQuestion, frozen=True):
    """What every course is asked with, however its doses are given."""

    target: tuple[Words, ...] = Field((), max_length=20, description="Default those measured.")
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_DAYS)] | None = Field(
        None, description="Days to show."
    )
    kinetics: Words | None = Field(None, description="Another kinetic model of the record.")
    typical: bool = Field(False, description="Band of the typical person: uncertainty only.")


class CourseQuestion(OverTimeQuestion, frozen=True):
    """A regimen over time."""

    regimen: Words = Field(description='As people write it: "citalopram 20 mg daily for 28 days".')


class DrivenQuestion(CourseQuestion, frozen=True):
    """A regimen over time, and the circuits that its occupancies drive."""

    circuits: Annotated[tuple[Words, ...], Field(min_length=1, max_length=MOST_DRIVEN)] = Field(
        description="dopamine, dyskinesia, serotonin, gpr and more."
    )
    ageing: Words | None = Field(
        None, description="receptors, receptors-and-transporters or less-dopamine, with age."
    )
    draws: Draws = Field(
        20, description=f"Number of draws; times the days at most {MOST_DRAW_DAYS:,}."
    )


class CompareQuestion(PersonQuestion, frozen=True):
    """Several regimens side by side, in the same person."""

    regimens: tuple[Words, ...] = Field(min_length=2, max_length=MOST_REGIMENS)
    target: tuple[Words, ...] = Field((), max_length=20)
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_DAYS)] | None = None
    typical: bool = False


class TaperQuestion(PersonQuestion, frozen=True):
    """What is taken now, what is at hand, how to go down."""

    regimen: Words = Field(description='The dose taken now: "citalopram 20 mg daily".')
    product: tuple[Words, ...] = Field(
        (),
        max_length=20,
        description='At hand: "tablet 10 mg, halves", "solution 2 mg/mL, 0.1 mL".',
    )
    market: Words | None = Field(None, description="US, UK or AU: what is sold there.")
    steps: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Changes of dose, the last one included."
    )
    max_drop: Annotated[float, Field(allow_inf_nan=False, gt=0, lt=100)] | None = Field(
        None, description="Or: points that occupancy may fall in one step."
    )
    end: Dose = Field(0.0, description="Daily dose at the end, mg.")
    method: Words = Field("minimax", description='minimax, even, linear, halving, or "10%".')
    schedule: tuple[Dose, ...] = Field((), max_length=MOST_DOSES, description="Own doses, mg.")
    robust: bool = Field(False, description="For the 95th percentile of the drop over draws.")
    target: tuple[Words, ...] = Field((), max_length=5, description="Default the first measured.")
    hold: Annotated[int, Field(ge=1, le=730)] | None = Field(None, description="Days per dose.")
    model: Words | None = Field(None, description="Another occupancy model of the record.")
    kinetics: Words | None = Field(None, description="Another kinetic model of the record.")
    typical: bool = Field(True, description="Band of the typical person: uncertainty only.")
    pk: bool = Field(False, description="Look closer: rhythms, a missed day, withdrawal drive.")
    blood_levels: tuple[Words, ...] = Field(
        (),
        max_length=20,
        description='Plan for the person behind measured levels: "45 ng/mL at 14 h after dose".',
    )
    as_taken: Words | None = Field(
        None, description="The doses before these levels, missed days included; default regimen."
    )

    @model_validator(mode="before")
    @classmethod
    def _doses_in_one_text(cls, given: Any) -> Any:
        """A schedule typed as one text, "10, 5, 2.5, 0 mg"."""
        if isinstance(given, dict) and isinstance(given.get("schedule"), (str, list, tuple)):
            typed = given["schedule"]
            text = typed if isinstance(typed, str) else None
            if text is None and len(typed) == 1 and isinstance(typed[0], str):
                text = typed[0]
            if text is not None:
                parts = text.lower().replace("mg", " ").replace(";", " ").replace(",", " ").split()
                return {**given, "schedule": tuple(parts)}
        return given


class PopulationQuestion(Question, frozen=True):
    """Regimens in many virtual people."""

    regimens: tuple[Words, ...] = Field(min_length=1, max_length=MOST_REGIMENS)
    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] = 500
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=365)] | None = None
    target: tuple[Words, ...] = Field((), max_length=20)
    ancestry: Words | None = Field(None, description='A name, or shares: "european=0.6, ...".')
    lowest_age: Finite | None = None
    highest_age: Finite | None = None
    female: Annotated[float, Field(ge=0, le=1)] | None = Field(None, description="Share.")
    smokers: Annotated[float, Field(ge=0, le=1)] | None = Field(None, description="Share.")
    occasions: bool = Field(
        True, description="Whether absorption differs from dose to dose in one person."
    )
    draws: Annotated[int, Field(ge=1, le=20)] = 1
    seed: Seed = 0
    level: Level = 0.9


Named = Annotated[dict[Words, Finite], Field(max_length=50)]


class CircuitQuestion(Question, frozen=True):
    """A circuit under constant inputs."""

    circuit: Words = Field(description="Its name: dopamine, dyskinesia, serotonin, gpr and more.")
    inputs: Named = Field({}, description="What differs from rest, by name.")
    parameters: Named = Field(
        {}, description="What differs from the record, by name and in its units."
    )
    start: Named = Field({}, description="States that do not rest, with days.")
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_DAYS)] | None = Field(
        None,
        description="Days to integrate; without them the fixed point. The first course of a "
        "circuit is compiled, which takes seconds.",
    )
    until: Finite | None = Field(None, description="Day on which inputs rest again, with days.")
    draws: Draws = Field(1, description="Draws of the parameters that the evidence leaves open.")
    seed: Seed = Field(0, description="Same seed, same draws.")
    level: Level = Field(0.9, description="Probability inside the band.")
    ageing: Words | None = Field(
        None, description="receptors, receptors-and-transporters or less-dopamine, with age."
    )
    age: Finite | None = Field(None, description="Years, 18 to 100, with ageing.")


class ProfileQuestion(PersonQuestion, frozen=True):
    """Every receptor of a drug, at a dose or where it holds a share of one."""

    drug: Words = Field(description="Name, synonym or form.")
    dose: Words | None = Field(None, description='What is given: "300 mg daily".')
    at: Annotated[float, Field(allow_inf_nan=False, ge=0, lt=1)] | None = Field(
        None, description="Instead of a dose: the occupancy of the anchor, 0 to below 1."
    )
    anchor: Words | None = Field(None, description="Default the first measured target.")
    metabolites: Named = Field(
        {}, description="With at: by analyte, its concentration over the parent's."
    )
    parent_only: bool = Field(
        False, description="With dose: leave out metabolites that kinetics follow."
    )
    ht2a_raises_dopamine: Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)] | None = Field(
        None, description="Show the hypothesis that 5-HT2A blockade raises dopamine, so strong."
    )
    kinetics: Words | None = Field(None, description="Another kinetic model of the record.")
    typical: bool = Field(True, description="Band of the typical person: uncertainty only.")


class PersonaliseQuestion(PersonQuestion, frozen=True):
    """The person behind measured levels."""

    regimen: Words = Field(description="As it was taken, missed days included.")
    levels: tuple[Words, ...] = Field(
        min_length=1,
        max_length=20,
        description='"45 ng/mL at 14 h after dose", "below 5 ng/mL ..."',
    )
    assay_cv: Annotated[float, Field(allow_inf_nan=False, gt=0, le=2)] | None = Field(
        None, description="Error of the assay, a fraction."
    )
    within_cv: Annotated[float, Field(allow_inf_nan=False, gt=0, le=2)] | None = Field(
        None, description="From one dose to the next in one person, a fraction."
    )
    doubt: Annotated[float, Field(allow_inf_nan=False, gt=0, lt=1)] = Field(
        0.2, description="Probability, before the levels, that other doses were taken."
    )
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_DAYS)] | None = None
    kinetics: Words | None = None
    draws: Annotated[int, Field(ge=2, le=MOST_DRAWS)] = 200
