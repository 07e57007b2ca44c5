"""Somebody's own course: what was planned, taken and felt, and the occupancy that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.course.documents import CourseDocument
    from occupancy.diary import Diary, Entry, PlannedDose, PlanVersion

#: Days of the dose before, taken as given before the first entry, so that it is at steady state.
LEAD_DAYS: Final = 60
#: Longest stretch that is shown, days back from today.
LONGEST_DAYS: Final = 365
#: Days shown after the last dose that was written down.
AFTER_DAYS: Final = 3
DRAWS: Final = 60


@dataclass(frozen=True)
class StepLine:
    """One dose of the plan, with what was taken of it.

    Attributes:
        planned: the dose on its days.
        due: intakes due until today; `taken` and `missed` those that were written down.
    """

    planned: PlannedDose
    due: int
    taken: int
    missed: int


@dataclass(frozen=True)
class MyCourse:
    """Everything the page shows.

    Attributes:
        drug: of the plan, else of the doses; empty when there is none.
        plan: the present one.
        first, last: days shown.
        steps: of the plan, those that have begun.
        rows: of the picture, see `figures.my_course`.
        course: predicted from what was taken; None without doses.
        assumed: what was taken for granted before the first entry.
        why_not: why nothing is predicted.
        entries: in the days shown.
    """

    drug: str
    plan: PlanVersion | None
    first: date
    last: date
    steps: tuple[StepLine, ...]
    rows: dict[str, list[dict[str, Any]]]
    course: CourseDocument | None
    assumed: str
    why_not: str
    entries: tuple[Entry, ...]

    @property
    def target(self) -> str:
        """Whose occupancy is shown."""
        if self.course is not None and self.course.targets:
            return self.course.targets[0].target
        return self.plan.document["target"] if self.plan is not None else ""


def my_course(diary: Diary, today: date, days: int) -> MyCourse:
    """Gather the last `days` of a diary and predict occupancy from the doses in it."""
    plan = diary.current_plan()
    entries = diary.entries(first_day=today - timedelta(days=days), last_day=today)
    taken = [one for one in entries if one.kind == "dose taken"]
    drug = str(plan.document["drug"]) if plan is not None else ""
    if not drug and taken:
        drug = str(taken[-1].content.to_json()["drug"])
    mine = [one for one in entries if _drug(one) == drug.casefold()]
    first = min(
        [one.at.local.date() for one in entries]
        + ([plan.first_day] if plan is not None and plan.first_day <= today else []),
        default=today,
    )
    last = today + timedelta(days=AFTER_DAYS)
    steps = _steps(plan, mine, today)
    course, begin, assumed, why_not = _predicted(drug, plan, mine, first)
    rows: dict[str, list[dict[str, Any]]] = {
        "planned": _planned_rows(plan, first, last),
        "taken": _dose_rows(mine, "dose taken"),
        "missed": _dose_rows(mine, "dose missed"),
        "predicted": [] if course is None else _course_rows(course, begin, first, last),
        "felt": _felt_rows(entries),
    }
    return MyCourse(drug, plan, first, last, steps, rows, course, assumed, why_not, entries)


def _drug(entry: Entry) -> str:
    return str(entry.content.to_json().get("drug", "")).casefold()


def _steps(plan: PlanVersion | None, mine: list[Entry], today: date) -> tuple[StepLine, ...]:
    from occupancy.diary import planned_doses

    if plan is None:
        return ()
    found: list[StepLine] = []
    for one in planned_doses(plan):
        if one.first is None or one.first > today:
            continue
        end = min(one.last or today, today)
        inside = [e for e in mine if one.first <= e.at.local.date() <= end]
        found.append(
            StepLine(
                planned=one,
                due=one.intakes * ((end - one.first).days + 1),
                taken=sum(e.kind == "dose taken" for e in inside),
                missed=sum(e.kind == "dose missed" for e in inside),
            )
        )
    return tuple(found)


def _predicted(
    drug: str, plan: PlanVersion | None, mine: list[Entry], first: date
) -> tuple[CourseDocument | None, datetime, str, str]:
    """The course of the doses that were taken, and the time at which its clock begins."""
    from occupancy.course import Sampling, trajectory
    from occupancy.course.writing import course_document
    from occupancy.regimen.events import DOSE, Event, SubjectEvents

    taken = [one for one in mine if one.kind == "dose taken"]
    start = datetime.combine(first, time())
    if not taken:
        return None, start, "", "No dose was written down yet, so nothing is predicted."
    doses = [(one.at.utc, float(one.content.to_json()["dose_mg"])) for one in taken]
    before = float(plan.document["start"]["dose_mg"]) if plan is not None else doses[0][1]
    begin = doses[0][0] - timedelta(days=LEAD_DAYS)
    events = [Event(24.0 * k, DOSE, before) for k in range(LEAD_DAYS)]
    events += [Event((at - begin).total_seconds() / 3600.0, DOSE, mg) for at, mg in doses]
    shown = (doses[-1][0] - begin).total_seconds() / 86400.0 + AFTER_DAYS
    try:
        found = trajectory(
            SubjectEvents("diary", tuple(events)),
            drug=drug,
            days=shown,
            sampling=Sampling(DRAWS, 0, variability=False),
        )
    except ValueError as error:
        return None, start, "", str(error)
    local = taken[0].at.local - timedelta(days=LEAD_DAYS)
    assumed = (
        f"Before the first dose that was written down, {before:g} mg a day is assumed, long enough "
        "to be at steady state. For the reference adult."
    )
    return course_document(found, 0.9), local, assumed, ""


def _course_rows(
    document: CourseDocument, begin: datetime, first: date, last: date
) -> list[dict[str, Any]]:
    if not document.targets:
        return []
    one = document.targets[0]
    rows = []
    for t, m, low, high in zip(
        one.time_h, one.occupancy.median, one.occupancy.low, one.occupancy.high, strict=True
    ):
        at = begin + timedelta(hours=t)
        if first <= at.date() <= last:
            rows.append({"at": _iso(at), "median": 100 * m, "low": 100 * low, "high": 100 * high})
    return rows


def _planned_rows(plan: PlanVersion | None, first: date, last: date) -> list[dict[str, Any]]:
    from occupancy.diary import planned_doses

    if plan is None:
        return []
    doses = planned_doses(plan)
    rows = []
    for one in doses:
        begins = one.first or first
        if one.last is not None and one.last < first:
            continue
        if begins <= last:
            at = _iso(datetime.combine(max(begins, first), time()))
            rows.append({"at": at, "dose": one.dose_mg, "occupancy": 100 * one.occupancy[0]})
    if rows:
        rows.append({**rows[-1], "at": _iso(datetime.combine(last, time()))})
    return rows


def _dose_rows(mine: list[Entry], kind: str) -> list[dict[str, Any]]:
    return [
        {"at": _iso(one.at.local), "dose": one.content.to_json().get("dose_mg") or 0.0}
        for one in mine
        if one.kind == kind
    ]


def _felt_rows(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """What was felt, each as a share of its own range."""
    from occupancy.diary import Answers, Mood, Sleep

    rows: list[dict[str, Any]] = []
    for one in entries:
        match one.content:
            case Mood(score=score):
                what, share = "mood (of 10)", score / 10
            case Sleep(hours=hours):
                what, share = "sleep (of 12 h)", min(hours / 12, 1.0)
            case Answers() as answers if answers.total is not None:
                what = f"{answers.scale} (of {answers.form.most})"
                share = answers.total / answers.form.most
            case _:
                continue
        rows.append({"at": _iso(one.at.local), "value": 100 * share, "what": what})
    return rows


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
