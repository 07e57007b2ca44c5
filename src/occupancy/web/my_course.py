"""Somebody's own course: what was planned, taken and felt, and the occupancy that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.diary import Diary, Entry, PlannedDose, PlanVersion
    from occupancy.diary.predicted import PredictedCourse

#: Longest stretch that is shown, days back from today.
LONGEST_DAYS: Final = 365
#: Days shown after today, and after the last dose that was written down.
AFTER_DAYS: Final = 3


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
        target: whose occupancy is shown; empty without a drug.
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
    target: str
    assumed: str
    why_not: str
    entries: tuple[Entry, ...]


def my_course(diary: Diary, today: date, days: int) -> MyCourse:
    """Gather the last `days` of a diary and predict occupancy from the doses in it."""
    from occupancy.diary.predicted import drug_of

    plan = diary.current_plan()
    everything = diary.entries(last_day=today)
    entries = tuple(
        one for one in everything if one.at.local.date() >= today - timedelta(days=days)
    )
    drug = drug_of(everything, plan) or ""
    mine = [one for one in entries if _drug(one) == drug.casefold()]
    first = min(
        [one.at.local.date() for one in entries]
        + ([plan.first_day] if plan is not None and plan.first_day <= today else []),
        default=today,
    )
    last = today + timedelta(days=AFTER_DAYS)
    course, why_not = _predicted(everything, drug, plan, today)
    rows: dict[str, list[dict[str, Any]]] = {
        "planned": _planned_rows(plan, first, last),
        "taken": _dose_rows(mine, "dose taken"),
        "missed": _dose_rows(mine, "dose missed"),
        "predicted": [] if course is None else _course_rows(course, first, last),
        "felt": _felt_rows(entries),
    }
    planned_target = "" if plan is None else str(plan.document["target"])
    return MyCourse(
        drug=drug,
        plan=plan,
        first=first,
        last=last,
        steps=_steps(plan, mine, today),
        rows=rows,
        target=planned_target if course is None else course.target,
        assumed="" if course is None else f"Assumed: {course.assumed}. For the reference adult.",
        why_not=why_not,
        entries=entries,
    )


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
    entries: tuple[Entry, ...], drug: str, plan: PlanVersion | None, today: date
) -> tuple[PredictedCourse | None, str]:
    """The report's prediction, or why there is none."""
    from occupancy.diary.predicted import predicted_course

    try:
        found = predicted_course(entries, drug, today=today, plan=plan)
    except ValueError as error:
        return None, str(error)
    if found is None:
        return None, "No dose was written down yet, so nothing is predicted."
    return found, ""


def _course_rows(course: PredictedCourse, first: date, last: date) -> list[dict[str, Any]]:
    """Those of the days shown, until some days after the last dose that was written down."""
    begin = (datetime.combine(first, time()) - course.first).total_seconds() / 3600
    end = (datetime.combine(last, time()) - course.first).total_seconds() / 3600 + 24.0
    end = min(end, course.last_dose + 24.0 * AFTER_DAYS)
    return [
        {
            "at": _iso(course.first + timedelta(hours=hour)),
            "median": 100 * median,
            "low": 100 * low,
            "high": 100 * high,
        }
        for hour, median, low, high in zip(
            course.hours.tolist(), *(one.tolist() for one in course.at), strict=True
        )
        if begin <= hour < end
    ]


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
