"""A regimen in the words that `parse` reads back into the same regimen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

from occupancy.regimen.phase import DAY_MIN, Dose, Phase
from occupancy.regimen.schedule import Late, Regimen

_FREQUENCY = {
    1440: "daily",
    720: "twice daily",
    480: "three times daily",
    360: "four times daily",
    2880: "on alternate days",
    7 * 1440: "weekly",
}
_SPANS = ((7 * 1440, "week"), (1440, "day"), (60, "hour"), (1, "minute"))
_PARTS = {"morning": "in the morning", "noon": "at noon", "evening": "in the evening"}


def format_regimen(regimen: Regimen) -> str:
    """Return the regimen as text: `parse(format_regimen(r)) == r`.

    Amounts are in mg and months are written as days or weeks; `once` is a day of one dose.
    """
    phases: list[str] = []
    before: Phase | None = None
    for number, phase in enumerate(regimen.phases):
        first = number == 0
        words = _phase(
            phase,
            before,
            once=not (first and regimen.steady_state),
            infused=first and regimen.infusion_h is not None,
        )
        if first:
            words = _with_route(words, regimen)
        phases.append(" ".join(word for word in words if word))
        before = phase if phase.doses else before
    text = " then ".join(phases)
    if regimen.drug is not None:
        text = f"{regimen.drug} {text}"
    if regimen.missed:
        text += f", missed {_days(regimen.missed)}"
    if regimen.late is not None:
        text += f", {_late(regimen.late)}"
    if regimen.steady_state:
        text += ", at steady state"
    return text


def number_text(value: float) -> str:
    """Return the shortest decimal without an exponent that reads back as the same float."""
    text = format(Decimal(repr(float(value))), "f")
    return text.removesuffix(".0")


def span_text(minutes: int) -> str:
    """Return whole minutes in the largest unit that divides them: `4 weeks`, `36 hours`."""
    size, name = next((size, name) for size, name in _SPANS if minutes % size == 0)
    count = minutes // size
    return f"{count} {name}" + ("" if count == 1 else "s")


def _phase(phase: Phase, before: Phase | None, *, once: bool, infused: bool) -> list[str]:
    """Return a phase as [doses and frequency, duration]."""
    end = "" if phase.duration_min is None else f"for {span_text(phase.duration_min)}"
    if not phase.doses:
        return [f"nothing {end}" if end else "stop", ""]
    what = " and ".join(_dose(dose) for dose in phase.doses)
    single = len(phase.doses) == 1 and phase.interval_min == DAY_MIN == phase.duration_min
    if single and once:
        return [f"{what} once", ""]
    timed = phase.doses[0].at is not None
    # A time of day alone means daily, except for a first infusion or after a longer interval.
    implied = timed and phase.interval_min == DAY_MIN and not infused
    if implied and (before is None or before.interval_min <= DAY_MIN):
        return [what, end]
    every = _FREQUENCY.get(phase.interval_min, f"every {span_text(phase.interval_min)}")
    return [f"{what} {every}", end]


def _with_route(words: list[str], regimen: Regimen) -> list[str]:
    route = regimen.route or ""
    over = ""
    if regimen.infusion_h is not None:
        minutes = round(regimen.infusion_h * 60)
        exact = minutes > 0 and minutes / 60 == regimen.infusion_h
        over = "over " + (
            span_text(minutes) if exact else f"{number_text(regimen.infusion_h)} hours"
        )
    return [words[0], route, over, words[1]]


def _dose(dose: Dose) -> str:
    amount = f"{number_text(dose.amount_mg)} mg"
    if dose.at is None:
        return amount
    if isinstance(dose.at, dt.time):
        return f"{amount} at {dose.at:%H:%M}"
    return f"{amount} {_PARTS.get(dose.at, 'at night')}"


def _late(late: Late) -> str:
    by = "" if late.by_h is None else f" by {span_text(round(late.by_h * 60))}"
    on = f" on {_days(late.days)}" if late.days else ""
    return f"late doses{by}{on}"


def _days(days: tuple[int, ...]) -> str:
    """Return `day 3`, `days 3 and 9` or `days 3-5, 9 and 12`."""
    breaks = [i for i, (a, b) in enumerate(pairwise(days), start=1) if b != a + 1]
    runs = [days[i:j] for i, j in pairwise([0, *breaks, len(days)])]
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    listed = texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]
    return ("day " if len(days) == 1 else "days ") + listed
