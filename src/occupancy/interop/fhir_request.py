"""A plan as FHIR: one proposed MedicationRequest for each product, in a collection Bundle.

Status `draft` and intent `proposal`: what a prescriber may look at, change and order, or not. The
requests of one plan share their `groupIdentifier`. Within and across them `Dosage.sequence` is the
place of the stage in the plan: dosages with the same number are concurrent, different numbers
follow one another (hl7.org/fhir/R4/dosage.html), and `boundsPeriod` holds the first and the last
day, both included. A stage of 0 mg is no dosage: the periods end the day before it.

The dose is counted in what is measured out: mL in UCUM, tablets, capsules, drops and beads as UCUM
annotations ("{tablet}", a dimensionless 1). Not in milligrams, for a labelled milligram of one
product may not equal that of another, and not in UCUM's own drop, which is a fixed twentieth of a
millilitre; milligrams stand in the text of each dosage.

R4 and R5 differ here in one element: `medicationCodeableConcept` against `medication.concept`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final, Literal

from occupancy.evidence import DrugCodes, drug_codes
from occupancy.interop.identity import part_uuid, plan_urn
from occupancy.interop.saving import ExportError
from occupancy.interop.wording import DECIMALS, DISCLAIMER, made_by, number, plain
from occupancy.taper.recipe import PieceUnit
from occupancy.taper.schedule import Schedule, ScheduledStage

Release = Literal["R4", "R5"]

URI: Final = "urn:ietf:rfc:3986"
UCUM: Final = "http://unitsofmeasure.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"
SNOMED: Final = "http://snomed.info/sct"

#: UCUM code of each unit that is counted.
UCUM_CODE: Final[dict[PieceUnit, str]] = {
    "tablet": "{tablet}",
    "capsule": "{capsule}",
    "bead": "{bead}",
    "sachet": "{sachet}",
    "drop": "{drop}",
    "mL": "mL",
}


def medication_requests(
    schedule: Schedule,
    *,
    authored: datetime,
    release: Release = "R4",
    subject: str = "",
) -> dict[str, Any]:
    """The plan as a Bundle, ready for `json.dumps`; the same arguments give the same Bundle.

    Args:
        schedule: the plan.
        authored: when this proposal is made; with a time zone.
        release: of FHIR.
        subject: reference to the patient, "Patient/123"; without it the subject is only described.

    Raises:
        ExportError: nothing is planned to be taken; `authored` without a time zone; another
            release; a plan id that is no UUID; a stage with a dose and no recipe.
    """
    if release not in ("R4", "R5"):
        raise ExportError(f"release = {release!r} is not known; use R4 or R5.")
    if authored.tzinfo is None:
        raise ExportError(f"authored = {authored} has no time zone; give it one.")
    products = _by_product(schedule)
    if not products:
        raise ExportError("the plan holds only 0 mg; there is nothing to propose a request for.")
    instant = authored.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    codes = drug_codes(schedule.drug)
    entries = []
    for product, dosages in products.items():
        request = _request(schedule, product, dosages, codes, release)
        request["subject"] = {"reference": subject} if subject else {"display": "the person"}
        request["authoredOn"] = instant
        entries.append({"fullUrl": f"urn:uuid:{request['id']}", "resource": request})
    return {
        "resourceType": "Bundle",
        "id": str(part_uuid(schedule, f"bundle {release}")),
        "identifier": {"system": URI, "value": plan_urn(schedule)},
        "type": "collection",
        "timestamp": instant,
        "entry": entries,
    }


def medication_requests_json(
    schedule: Schedule,
    *,
    authored: datetime,
    release: Release = "R4",
    subject: str = "",
) -> str:
    """`medication_requests` as the text of a file.

    Raises:
        ExportError: see `medication_requests`.
    """
    bundle = medication_requests(schedule, authored=authored, release=release, subject=subject)
    return json.dumps(bundle, ensure_ascii=False, indent=2) + "\n"


def _request(
    schedule: Schedule,
    product: str,
    dosages: list[dict[str, Any]],
    codes: DrugCodes,
    release: Release,
) -> dict[str, Any]:
    identifier = part_uuid(schedule, f"request {product}")
    named = concept(product, codes)
    medication = (
        {"medicationCodeableConcept": named}
        if release == "R4"
        else {"medication": {"concept": named}}
    )
    return {
        "resourceType": "MedicationRequest",
        "id": str(identifier),
        "text": {"status": "generated", "div": _narrative(schedule, product, dosages)},
        "identifier": [{"system": URI, "value": identifier.urn}],
        "status": "draft",
        "intent": "proposal",
        **medication,
        "groupIdentifier": {"system": URI, "value": plan_urn(schedule)},
        "note": [{"text": line} for line in _notes(schedule)],
        "dosageInstruction": dosages,
    }


def _by_product(schedule: Schedule) -> dict[str, list[dict[str, Any]]]:
    """Dosages of each product, in order of first use."""
    products: dict[str, list[dict[str, Any]]] = {}
    for sequence, stage in enumerate(schedule.stages, start=1):
        if stage.dose_mg > 0 and not stage.intakes:
            raise ExportError(
                f"step {stage.step}: {number(stage.dose_mg)} mg has no recipe; choose products "
                "that make it before it is proposed."
            )
        for product, amounts in _amounts(stage).items():
            for (count, unit, text, mg), hours in amounts.items():
                dosage = _dosage(stage, sequence, count, unit, text, mg, hours)
                products.setdefault(product, []).append(dosage)
    return products


Amount = tuple[float, PieceUnit, str, float]


def _amounts(stage: ScheduledStage) -> dict[str, dict[Amount, list[str]]]:
    """Hours of the day at which each amount of each product is planned."""
    found: defaultdict[str, defaultdict[Amount, list[str]]]
    found = defaultdict(lambda: defaultdict(list))
    for intake in stage.intakes:
        together: defaultdict[tuple[str, PieceUnit], list[Any]] = defaultdict(list)
        for piece in intake.recipe.pieces:
            together[piece.product, piece.unit].append(piece)
        for (product, unit), pieces in together.items():
            amount = (
                round(sum(piece.count for piece in pieces), DECIMALS),
                unit,
                " and ".join(plain(piece.text) for piece in pieces),
                round(sum(piece.amount_mg for piece in pieces), DECIMALS),
            )
            found[product][amount].append(intake.at.strftime("%H:%M:%S"))
    return {product: dict(amounts) for product, amounts in found.items()}


def _dosage(
    stage: ScheduledStage,
    sequence: int,
    count: float,
    unit: PieceUnit,
    text: str,
    mg: float,
    hours: list[str],
) -> dict[str, Any]:
    period = {"start": stage.start.isoformat()}
    if stage.end is not None:
        period["end"] = (stage.end - timedelta(days=1)).isoformat()
    span = f"from {period['start']}" + (f" to {period['end']}" if "end" in period else "")
    clock = " and ".join(hour[:5] for hour in hours)
    return {
        "sequence": sequence,
        "text": f"Planned {span}, daily at {clock}: {text} ({number(mg)} mg).",
        "timing": {
            "repeat": {
                "boundsPeriod": period,
                "frequency": len(hours),
                "period": 1,
                "periodUnit": "d",
                "timeOfDay": hours,
            }
        },
        "doseAndRate": [
            {
                "doseQuantity": {
                    "value": int(count) if count == int(count) else count,
                    "unit": unit,
                    "system": UCUM,
                    "code": UCUM_CODE[unit],
                }
            }
        ],
    }


def concept(product: str, codes: DrugCodes) -> dict[str, Any]:
    """A product in words, its substance in codes where there are any."""
    known = ((RXNORM, codes.rxnorm), (ATC, codes.atc), (SNOMED, codes.snomed))
    coding = [{"system": system, "code": code} for system, code in known if code]
    return {**({"coding": coding} if coding else {}), "text": plain(product)}


def _notes(schedule: Schedule) -> list[str]:
    lines = [plain(warning) for warning in schedule.warnings]
    last = schedule.stages[-1]
    if last.dose_mg == 0:
        lines.append(f"0 mg is planned from {last.start}.")
    else:
        lines.append(
            f"{number(last.dose_mg)} mg a day is planned from {last.start} without an end."
        )
    lines.append(DISCLAIMER)
    made = f"Plan {schedule.plan_id}, revision {schedule.revision}, made by {made_by(schedule)}."
    sources = "; ".join(plain(source) for source in schedule.sources)
    return [*lines, f"{made} Sources: {sources}." if sources else made]


def _narrative(schedule: Schedule, product: str, dosages: list[dict[str, Any]]) -> str:
    planned = "".join(f"<li>{escape(dosage['text'])}</li>" for dosage in dosages)
    notes = "".join(f"<p>{escape(line)}</p>" for line in _notes(schedule))
    return (
        '<div xmlns="http://www.w3.org/1999/xhtml">'
        f"<p>Proposal, not an order: {escape(plain(product))}</p><ul>{planned}</ul>{notes}</div>"
    )
