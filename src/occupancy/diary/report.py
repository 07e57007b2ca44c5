"""The report: plan, taken and felt of one person for one conversation, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from occupancy.course.answering import rounded
from occupancy.diary.adherence import DoseDay, dose_days
from occupancy.diary.around_steps import step_effect
from occupancy.diary.change import MONTH_DAYS, RATE, Watch, watches
from occupancy.diary.content import Missed, Taken
from occupancy.diary.diary import Diary
from occupancy.diary.entry import Entry, PlanVersion
from occupancy.diary.error import DiaryError
from occupancy.diary.followed import Daily, daily
from occupancy.diary.plan import planned_doses
from occupancy.diary.predicted import LEVEL, PredictedCourse, drug_of, predicted_course
from occupancy.diary.report_lines import (
    AdherenceLine,
    DoseRunLine,
    FollowedLine,
    PlanStepLine,
    PredictedLine,
    ReportDocument,
    ReportPlanLine,
    WatchLine,
)
from occupancy.person import Person
from occupancy.version import VERSION

#: Days of a report when nothing else is said, and the longest.
USUAL_DAYS: Final = 120
MOST_DAYS: Final = 1100


def report_document(
    diary: Diary,
    *,
    today: date,
    first_day: date | None = None,
    drug: str | None = None,
    person: Person | None = None,
    questions: Sequence[str] = (),
    draws: int = 200,
    seed: int = 0,
) -> ReportDocument:
    """Everything that the one page says; the same diary and day give the same document.

    Args:
        diary: whose.
        today: last day of the report, and its date.
        first_day: None goes back 120 days, or to the first entry.
        drug: None takes that of the current plan, else the one entered last.
        person: None is the reference adult.
        questions: the person's own, before those that the diary raises.
        draws: of the prediction; `seed` makes them the same again.
        seed: see above.

    Raises:
        DiaryError: an empty diary, a period that ends before it begins or is too long, a drug
            that is not named.
        StoreError: the database cannot be read.
    """
    plan = diary.current_plan()
    entries = diary.entries(last_day=today)
    first = _first(entries, today, first_day)
    name = drug or drug_of(entries, plan)
    if name is None:
        raise DiaryError("the diary names no drug yet; name one for the report.")
    shown = None if plan is None or plan.document["drug"].casefold() != name.casefold() else plan
    # Days before the first one shown still make the baselines.
    followed = daily(entries)
    steps = () if shown is None else planned_doses(shown)[1:]
    passed = [one.first for one in steps if one.first is not None and one.first <= today]
    days = dose_days(entries, name, shown, first, today)
    predicted, gap = _predicted(entries, name, shown, first, today, person, draws, seed)
    latest = _latest(followed, passed, steps, today)
    doses = [one for one in entries if isinstance(one.content, Taken | Missed)]
    return ReportDocument(
        version=VERSION,
        name=diary.owner.name,
        example=diary.owner.example,
        drug=name,
        first_day=first.isoformat(),
        today=today.isoformat(),
        plan=None if shown is None else _plan(shown, today),
        adherence=_adherence(days),
        taken=_runs(days),
        followed=[_followed(one, passed, first) for one in followed],
        steps=[one.isoformat() for one in passed if one >= first],
        watches=[
            WatchLine(
                name=one.name,
                step=one.step.isoformat(),
                alarm=None if one.alarm is None else one.alarm.isoformat(),
                text=one.text,
            )
            for one in latest
        ],
        false_alarms=(
            f"Changes are named so that chance alone names one in at most {RATE:.0%} of months."
        ),
        predicted=predicted,
        questions=[*questions, *_questions(days, latest, shown)],
        sources=_sources(shown, predicted, followed),
        warnings=[*gap, *([] if shown is None else shown.document.get("warnings", []))],
        dose_entries=len(doses),
    )


def _first(entries: Sequence[Entry], today: date, asked: date | None) -> date:
    if not entries:
        raise DiaryError("the diary is empty up to this day; there is nothing to report yet.")
    if asked is None:
        return max(entries[0].at.local.date(), today - timedelta(days=USUAL_DAYS - 1))
    if not 0 <= (today - asked).days < MOST_DAYS:
        raise DiaryError(
            f"a report from {asked} to {today} is not possible; 1 to {MOST_DAYS} days are."
        )
    return asked


def _plan(plan: PlanVersion, today: date) -> ReportPlanLine:
    return ReportPlanLine(
        agreed_by=plan.agreed_by,
        revision=plan.revision,
        target=str(plan.document["target"]),
        steps=[
            PlanStepLine(
                step=one.step,
                first_day=None if one.first is None else one.first.isoformat(),
                last_day=None if one.last is None else one.last.isoformat(),
                dose_mg=rounded(one.dose_mg),
                occupancy=rounded(one.occupancy[0]),
                low=rounded(one.occupancy[1]),
                high=rounded(one.occupancy[2]),
                now=(one.first is None or one.first <= today)
                and (one.last is None or today <= one.last),
            )
            for one in planned_doses(plan)
        ],
    )


def _adherence(days: Sequence[DoseDay]) -> AdherenceLine:
    due = [one for one in days if one.planned_mg is not None and one.planned_mg > 0]
    as_planned = [
        one
        for one in due
        if one.planned_mg is not None and abs(one.taken_mg - one.planned_mg) < 1e-6
    ]
    return AdherenceLine(
        days=len(days),
        days_with_dose_due=len(due),
        days_as_planned=len(as_planned),
        days_missed=sum(one.missed > 0 for one in days),
        days_other_dose=sum(one.taken_mg > 0 for one in due)
        - sum(one.taken_mg > 0 for one in as_planned),
        days_not_written=sum(not one.written for one in due),
    )


def _runs(days: Sequence[DoseDay]) -> list[DoseRunLine]:
    """Days of one after another on which the same was taken; days nobody wrote about left out."""
    found: list[DoseRunLine] = []
    written = (one for one in days if one.written)
    for dose, group in groupby(written, key=lambda one: one.taken_mg):
        run = list(group)
        found.append(
            DoseRunLine(
                first_day=run[0].day.isoformat(),
                last_day=run[-1].day.isoformat(),
                days=len(run),
                dose_mg=rounded(dose),
            )
        )
    return found


def _followed(one: Daily, steps: Sequence[date], first: date) -> FollowedLine:
    effect = step_effect(one, steps)
    shown = [(day, value) for day, value in zip(one.days, one.values, strict=True) if day >= first]
    return FollowedLine(
        name=one.name,
        unit=one.unit,
        better=one.better,
        days=[day.isoformat() for day, _ in shown],
        values=[rounded(value) for _, value in shown],
        around_steps=effect.text,
        mean=None if effect.mean is None else rounded(effect.mean),
        low=None if effect.low is None else rounded(effect.low),
        high=None if effect.high is None else rounded(effect.high),
        steps_compared=len(effect.steps),
    )


def _latest(
    followed: Sequence[Daily], passed: Sequence[date], steps: Sequence[object], today: date
) -> tuple[Watch, ...]:
    """The watch after the last step, when that was in the last month."""
    if not passed or (today - passed[-1]).days >= MONTH_DAYS or not followed:
        return ()
    after = [
        getattr(one, "last", None) for one in steps if getattr(one, "first", None) == passed[-1]
    ]
    hold = MONTH_DAYS if after[0] is None else (after[0] - passed[-1]).days + 1
    return watches(followed, passed[-1], until=today, hold_days=hold)


def _predicted(
    entries: Sequence[Entry],
    drug: str,
    plan: PlanVersion | None,
    first: date,
    today: date,
    person: Person | None,
    draws: int,
    seed: int,
) -> tuple[PredictedLine | None, list[str]]:
    try:
        found = predicted_course(
            entries, drug, today=today, plan=plan, person=person, draws=draws, seed=seed
        )
    except DiaryError:
        raise
    except ValueError as error:
        return None, [f"No occupancy is predicted: {error}"]
    if found is None:
        return None, ["No dose taken is written down, so no occupancy is predicted."]
    return _predicted_line(found, first), []


def _predicted_line(found: PredictedCourse, first: date) -> PredictedLine:
    days = [found.first.date() + timedelta(days=k) for k in range(found.daily.median.size)]
    kept = [k for k, day in enumerate(days) if day >= first]
    return PredictedLine(
        target=found.target,
        level=LEVEL,
        days=[days[k].isoformat() for k in kept],
        median=[rounded(float(found.daily.median[k])) for k in kept],
        low=[rounded(float(found.daily.low[k])) for k in kept],
        high=[rounded(float(found.daily.high[k])) for k in kept],
        assumed=found.assumed,
        citations=list(found.sources),
    )


def _questions(
    days: Sequence[DoseDay], latest: Sequence[Watch], plan: PlanVersion | None
) -> list[str]:
    """Questions that the diary raises; it has no answers to them."""
    found: list[str] = []
    for one in latest:
        if one.alarm is not None:
            found.append(
                f"{one.name} changed after {one.step.isoformat()}: what may have been behind it?"
            )
    missed = sum(one.missed > 0 for one in days)
    if missed:
        number = "1 day" if missed == 1 else f"{missed} days"
        found.append(f"Doses were missed on {number}: what stood in the way?")
    if plan is not None:
        found.append(
            "What speaks for holding, going on or going back at this point?"
            if plan.agreed_by
            else "The plan is a proposal that nobody has agreed to: what is to become of it?"
        )
    return found


def _sources(
    plan: PlanVersion | None, predicted: PredictedLine | None, followed: Sequence[Daily]
) -> list[str]:
    from occupancy.diary.questionnaires import scales

    named = {one.name for one in followed}
    found = [] if plan is None else [one["citation"] for one in plan.document.get("sources", [])]
    found += [] if predicted is None else predicted.citations
    found += [one.citation for one in scales() if one.name in named]
    return list(dict.fromkeys(found))
