"""A course of doses in an event table, asked and answered as `occupancy course --events` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from occupancy.web.answers import MOST_INTAKES, check_targets, followed, person_of
from occupancy.web.mistakes import Mistakes, about, mistake
from occupancy.web.pet_questions import Text
from occupancy.web.questions import MOST_DAYS, OverTimeQuestion, Words

if TYPE_CHECKING:
    from occupancy.course.documents import CourseDocument
    from occupancy.regimen import SubjectEvents


class EventsQuestion(OverTimeQuestion, frozen=True):
    """The doses of an event table over time."""

    drug: Words = Field(description='Name, synonym or form: "citalopram", "quetiapine XR".')
    events: Text = Field(
        description="CSV as NONMEM has it: TIME (h) and AMT (mg); ID, RATE (mg/h), DUR (h), EVID, "
        f"CMT, ADDL, II (h), DV and MDV where wanted. At most {MOST_INTAKES:,} events, additional "
        "doses counted."
    )
    id: Words | None = Field(None, description="Which ID of the table; default its only one.")


def course(asked: EventsQuestion) -> CourseDocument:
    """`occupancy course --events`."""
    from occupancy.course.writing import course_document
    from occupancy.drugs import resolve

    person = person_of(asked)
    with about("drug", asked.drug):
        product = resolve(asked.drug)
    check_targets(product.record, asked.target)
    subject = _subject(asked)
    with about("events", None):
        found = followed(asked, subject, person, asked.drug)
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
