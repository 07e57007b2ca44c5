"""A course of doses in an event table, asked and answered as `occupancy course --events` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from occupancy.web.answers import MOST_INTAKES, check_targets, person_of, sampling_of
from occupancy.web.mistakes import Mistakes, about, mistake
from occupancy.web.pet_questions import Text
from occupancy.web.questions import MOST_DAYS, PersonQuestion, Words

if TYPE_CHECKING:
    from occupancy.course.documents import CourseDocument
    from occupancy.regimen import SubjectEvents


class EventsQuestion(PersonQuestion, frozen=True):
    """The doses of an event table over time."""

    drug: Words = Field(description='Name, synonym or form: "citalopram", "quetiapine XR".')
    events: Text = Field(
        description="CSV as NONMEM has it: TIME (h) and AMT (mg); ID, RATE (mg/h), DUR (h), EVID, "
        f"CMT, ADDL, II (h), DV and MDV where wanted. At most {MOST_INTAKES:,} events, additional "
        "doses counted."
    )
    id: Words | None = Field(None, description="Which ID of the table; default its only one.")
    target: tuple[Words, ...] = Field((), max_length=20, description="Default those measured.")
    days: Annotated[float, Field(allow_inf_nan=False, gt=0, le=MOST_DAYS)] | None = Field(
        None, description="Days to show."
    )
    kinetics: Words | None = Field(None, description="Another kinetic model of the record.")
    typical: bool = Field(False, description="Band of the typical person: uncertainty only.")


def course(asked: EventsQuestion) -> CourseDocument:
    """`occupancy course --events`."""
    from occupancy.course import trajectory
    from occupancy.course.writing import course_document
    from occupancy.drugs import resolve

    person = person_of(asked)
    with about("drug", asked.drug):
        product = resolve(asked.drug)
    check_targets(product.record, asked.target)
    subject = _subject(asked)
    with about("events", None):
        found = trajectory(
            subject,
            drug=asked.drug,
            person=person,
            targets=asked.target or None,
            days=asked.days,
            sampling=sampling_of(asked, typical=asked.typical),
            kinetics=asked.kinetics,
        )
    return course_document(found, asked.level)


def _subject(asked: EventsQuestion) -> SubjectEvents:
    from occupancy.regimen import read_event_table

    with about("events", None):
        # A text without a line break would be taken for the path of a file.
        table = read_event_table(asked.events + "\n", most=MOST_INTAKES)
    with about("events" if asked.id is None else "id", asked.id):
        subject = table.only(asked.id)
    hours = subject.events[-1].time_h - subject.events[0].time_h
    if hours > 24 * MOST_DAYS:
        text = f"the events span {hours / 24:,.0f} days; give at most {MOST_DAYS:,.0f}"
        raise Mistakes([mistake("events", f"{hours:g} h", text)])
    return subject
