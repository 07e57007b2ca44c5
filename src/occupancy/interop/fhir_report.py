"""A report as FHIR R4: what was taken and what was followed, as the person wrote it down.

A collection Bundle with one MedicationStatement for each run of days on which the same was taken,
and one Observation for each value of a scale, mood or sleep. The plan is not in it; `fhir_request`
writes that. Nothing says that a dose was prescribed, or that a value was measured by others.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from occupancy.evidence import drug_codes
from occupancy.interop.fhir_request import UCUM, concept
from occupancy.interop.wording import DISCLAIMER, number, plain

if TYPE_CHECKING:
    from occupancy.diary.report_lines import DoseRunLine, FollowedLine, ReportDocument

_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"


def report_bundle(document: ReportDocument, *, subject: str = "") -> dict[str, Any]:
    """The report as a Bundle, ready for `json.dumps`; the same report gives the same Bundle.

    Args:
        document: of the diary.
        subject: reference to the patient, "Patient/123"; without it the subject is only named.
    """
    person = (
        {"reference": subject} if subject else {"display": plain(document.name) or "the person"}
    )
    space = uuid5(NAMESPACE_URL, f"occupancy:report:{document.to_json()}")
    resources = [_statement(one, document) for one in document.taken if one.dose_mg > 0]
    resources += [
        _observation(one, day, value)
        for one in document.followed
        for day, value in zip(one.days, one.values, strict=True)
    ]
    entries: list[dict[str, Any]] = []
    for place, resource in enumerate(resources):
        name = str(uuid5(space, str(place)))
        whole = {"resourceType": resource["resourceType"], "id": name, **resource}
        entries.append({"fullUrl": f"urn:uuid:{name}", "resource": {**whole, "subject": person}})
    return {
        "resourceType": "Bundle",
        "id": str(space),
        "type": "collection",
        "timestamp": f"{document.today}T00:00:00Z",
        **({"entry": entries} if entries else {}),
    }


def report_json(document: ReportDocument, *, subject: str = "") -> str:
    """`report_bundle` as the text of a file."""
    return json.dumps(report_bundle(document, subject=subject), ensure_ascii=False, indent=2) + "\n"


def _statement(run: DoseRunLine, document: ReportDocument) -> dict[str, Any]:
    text = f"{number(run.dose_mg)} mg a day, written down on {run.days} days."
    return {
        "resourceType": "MedicationStatement",
        "text": _narrative(f"{document.drug}: {text} {run.first_day} to {run.last_day}."),
        "status": "completed",
        "medicationCodeableConcept": concept(document.drug, drug_codes(document.drug)),
        "effectivePeriod": {"start": run.first_day, "end": run.last_day},
        "dateAsserted": document.today,
        "note": [{"text": f"Written down by the person themselves. {DISCLAIMER}"}],
        "dosage": [
            {
                "text": text,
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [
                    {
                        "doseQuantity": {
                            "value": run.dose_mg,
                            "unit": "mg",
                            "system": UCUM,
                            "code": "mg",
                        }
                    }
                ],
            }
        ],
    }


def _observation(line: FollowedLine, day: str, value: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "text": _narrative(f"{line.name}, {day}: {number(value)} {line.unit}"),
        "status": "final",
        "category": [{"coding": [{"system": _CATEGORY, "code": "survey"}]}],
        "code": {"text": plain(line.name)},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": plain(line.unit)},
    }


def _narrative(text: str) -> dict[str, str]:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(plain(text))}</p></div>'
    return {"status": "generated", "div": div}
