"""What must hold of a proposed plan in FHIR: our own checks, R4 and R5.

Libraries of FHIR models check which elements there are, hardly what they hold: an unknown status,
a period that ends before it starts, a unit of time that does not exist pass. These checks read a
Bundle as plain data, so they also judge one that came from elsewhere.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, Final

from occupancy.interop.fhir_request import ATC, RXNORM, SNOMED, UCUM

#: hl7.org/fhir/R4/valueset-medicationrequest-status.html, and R5.
STATUSES: Final = frozenset(
    {
        "active",
        "on-hold",
        "cancelled",
        "completed",
        "entered-in-error",
        "stopped",
        "draft",
        "unknown",
        "ended",
    }
)
#: hl7.org/fhir/R4/valueset-medicationrequest-intent.html
INTENTS: Final = frozenset(
    {
        "proposal",
        "plan",
        "order",
        "original-order",
        "reflex-order",
        "filler-order",
        "instance-order",
        "option",
    }
)
#: hl7.org/fhir/R4/valueset-units-of-time.html
UNITS_OF_TIME: Final = frozenset({"s", "min", "h", "d", "wk", "mo", "a"})
_CODE_FORM: Final = {RXNORM: r"\d+", ATC: r"[A-Z]\d\d[A-Z]{2}\d\d", SNOMED: r"\d{6,18}"}
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_UCUM_COUNT: Final = re.compile(r"\{[!-z|~]+\}|mL|mg|g|ug")


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a Bundle: where, and what."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(frozen=True)
class _Period:
    where: str
    request: int
    sequence: int
    start: date
    end: date
    hours: tuple[str, ...]


def check(bundle: Any) -> tuple[Finding, ...]:
    """Everything wrong with a Bundle of proposed requests; nothing when it is fit to be sent.

    Checks: a collection of MedicationRequests with ids of their own; status `draft` and intent
    `proposal`; medication, subject and a shared groupIdentifier; dosages with a sequence, a period
    that does not run backwards, an existing unit of time, hours, and a dose with its unit. Dosages
    of one number share their period, those of different numbers do not overlap and follow in the
    order of their numbers, within a request and across all of them.
    """
    return tuple(_bundle(bundle))


def _bundle(bundle: Any) -> Iterator[Finding]:
    if _object(bundle).get("resourceType") != "Bundle":
        yield Finding("Bundle", "its resourceType is another, so it is no Bundle")
        return
    if bundle.get("type") != "collection":
        yield Finding("Bundle.type", f"{bundle.get('type')!r}; a proposal is a 'collection'")
    entries = [_object(entry) for entry in _list(bundle.get("entry"))]
    if not entries:
        yield Finding("Bundle.entry", "is empty; a plan has a request for each product")
    urls = [str(entry.get("fullUrl", "")) for entry in entries]
    if "" in urls or len(set(urls)) != len(urls):
        yield Finding("Bundle.entry.fullUrl", "is missing or stands twice; each entry has its own")
    groups: set[str] = set()
    periods: list[_Period] = []
    for place, entry in enumerate(entries):
        where = f"entry[{place}]"
        request = _object(entry.get("resource"))
        if request.get("resourceType") != "MedicationRequest":
            yield Finding(where, f"is a {request.get('resourceType')!r}, not a MedicationRequest")
            continue
        yield from _request(where, request)
        group = _object(request.get("groupIdentifier"))
        groups.add(f"{group.get('system')} {group.get('value')}")
        for number, dosage in enumerate(_list(request.get("dosageInstruction"))):
            at = f"{where}.dosageInstruction[{number}]"
            found, period = _dosage(at, place, _object(dosage))
            yield from found
            if period is not None:
                periods.append(period)
    if len(groups) > 1:
        yield Finding("groupIdentifier", "differs between requests; one plan has one group")
    yield from _order(periods)


def _request(where: str, request: dict[str, Any]) -> Iterator[Finding]:
    status, intent = request.get("status"), request.get("intent")
    if not isinstance(status, str) or status not in STATUSES:
        yield Finding(f"{where}.status", f"{status!r} is no status of a MedicationRequest")
    elif status != "draft":
        yield Finding(f"{where}.status", f"{status!r}; a proposal is a 'draft'")
    if not isinstance(intent, str) or intent not in INTENTS:
        yield Finding(f"{where}.intent", f"{intent!r} is no intent of a MedicationRequest")
    elif intent != "proposal":
        yield Finding(
            f"{where}.intent", f"{intent!r}; only a prescriber makes it more than 'proposal'"
        )
    yield from _medication(where, request)
    subject = _object(request.get("subject"))
    if not any(subject.get(key) for key in ("reference", "identifier", "display")):
        yield Finding(f"{where}.subject", "is missing; say who the request is for")
    group = _object(request.get("groupIdentifier"))
    if not (group.get("system") and group.get("value")):
        yield Finding(f"{where}.groupIdentifier", "needs a system and a value, the plan's own")
    if not _list(request.get("dosageInstruction")):
        yield Finding(f"{where}.dosageInstruction", "is missing; a request has a dosage or more")


def _medication(where: str, request: dict[str, Any]) -> Iterator[Finding]:
    r4, r5 = request.get("medicationCodeableConcept"), request.get("medication")
    if (r4 is None) == (r5 is None):
        yield Finding(
            f"{where}.medication",
            "needs either medicationCodeableConcept (R4) or medication.concept (R5)",
        )
        return
    concept = _object(_object(r5).get("concept") if r4 is None else r4)
    if not (concept.get("text") or concept.get("coding")):
        yield Finding(f"{where}.medication", "has neither text nor a code")
    for coding in map(_object, _list(concept.get("coding"))):
        system, code = str(coding.get("system", "")), str(coding.get("code", ""))
        if not (system and code):
            yield Finding(f"{where}.medication.coding", "needs a system and a code")
        elif system in _CODE_FORM and not re.fullmatch(_CODE_FORM[system], code):
            yield Finding(f"{where}.medication.coding", f"{code!r} is no code of {system}")


def _dosage(
    where: str, request: int, dosage: dict[str, Any]
) -> tuple[list[Finding], _Period | None]:
    found = list(_dose(where, dosage))
    sequence = dosage.get("sequence")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or sequence < 1:
        found.append(Finding(f"{where}.sequence", f"{sequence!r}; number the steps 1, 2, 3 ..."))
        sequence = None
    repeat = _object(_object(dosage.get("timing")).get("repeat"))
    found.extend(_repeat(f"{where}.timing.repeat", repeat))
    bounds = _object(repeat.get("boundsPeriod"))
    at = f"{where}.timing.repeat.boundsPeriod"
    start, end = _day(bounds.get("start")), _day(bounds.get("end"))
    if start is None:
        found.append(Finding(at, f"start = {bounds.get('start')!r} is no date"))
    if "end" in bounds and end is None:
        found.append(Finding(at, f"end = {bounds.get('end')!r} is no date"))
    if start is None or sequence is None or ("end" in bounds and end is None):
        return found, None
    if end is not None and end < start:
        found.append(Finding(at, f"ends on {end}, before it starts on {start}"))
        return found, None
    hours = tuple(map(str, _list(repeat.get("timeOfDay"))))
    return found, _Period(where, request, sequence, start, end or date.max, hours)


def _repeat(where: str, repeat: dict[str, Any]) -> Iterator[Finding]:
    unit, period = repeat.get("periodUnit"), repeat.get("period")
    if not isinstance(unit, str) or unit not in UNITS_OF_TIME:
        yield Finding(
            f"{where}.periodUnit", f"{unit!r} is none of {', '.join(sorted(UNITS_OF_TIME))}"
        )
    if not _positive(period):
        yield Finding(f"{where}.period", f"{period!r}; give a number above 0")
    frequency = repeat.get("frequency")
    if not isinstance(frequency, int) or isinstance(frequency, bool) or frequency < 1:
        yield Finding(f"{where}.frequency", f"{frequency!r}; give how often, 1 or more")
    hours = _list(repeat.get("timeOfDay"))
    if any(not (isinstance(hour, str) and _TIME.fullmatch(hour)) for hour in hours):
        yield Finding(f"{where}.timeOfDay", f"{hours}; write hours as 08:00:00")
    if len(set(map(str, hours))) != len(hours):
        yield Finding(f"{where}.timeOfDay", f"{hours} holds one hour twice")
    if hours and frequency != len(hours):
        yield Finding(
            f"{where}.frequency", f"{frequency!r}, but there are {len(hours)} hours a day"
        )
    if hours and repeat.get("when"):
        yield Finding(f"{where}.when", "stands beside timeOfDay; FHIR allows one of them (tim-10)")


def _dose(where: str, dosage: dict[str, Any]) -> Iterator[Finding]:
    rates = [_object(rate) for rate in _list(dosage.get("doseAndRate"))]
    if len(rates) != 1:
        yield Finding(f"{where}.doseAndRate", f"{len(rates)} of them; a dosage has one dose")
    for rate in rates:
        at = f"{where}.doseAndRate.doseQuantity"
        quantity = _object(rate.get("doseQuantity"))
        if not _positive(quantity.get("value")):
            yield Finding(at, f"value = {quantity.get('value')!r}; give a number above 0")
        if not quantity.get("unit"):
            yield Finding(at, "has no unit; a number alone is no dose")
        if quantity.get("system") != UCUM:
            yield Finding(at, f"system = {quantity.get('system')!r}; use {UCUM}")
        code = quantity.get("code")
        if not (isinstance(code, str) and _UCUM_COUNT.fullmatch(code)):
            yield Finding(at, f"code = {code!r} is no UCUM unit of a dose")


def _order(periods: list[_Period]) -> Iterator[Finding]:
    for one, two in combinations(periods, 2):
        first, second = sorted((one, two), key=lambda period: period.sequence)
        where = f"{one.where} and {two.where}"
        if one.sequence == two.sequence:
            if (one.start, one.end) != (two.start, two.end):
                yield Finding(
                    where,
                    f"both have sequence {one.sequence} and so are concurrent, but run on "
                    "different days",
                )
            elif one.request == two.request and set(one.hours) & set(two.hours):
                yield Finding(where, "plan two doses of one product at one hour")
        elif first.start > second.end:
            yield Finding(
                where, f"sequence {second.sequence} comes before sequence {first.sequence}"
            )
        elif second.start <= first.end:
            yield Finding(
                where,
                f"sequences {first.sequence} and {second.sequence} overlap from "
                f"{max(one.start, two.start)}",
            )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _positive(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value > 0
    )


def _day(value: Any) -> date | None:
    if not (isinstance(value, str) and _DATE.fullmatch(value)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
