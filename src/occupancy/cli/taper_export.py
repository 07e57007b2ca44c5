"""The files of a taper: calendar, FHIR, table, page."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from occupancy.cli.taper_text import proof_lines
from occupancy.interop import (
    medication_requests_json,
    plan_calendar,
    plan_csv,
    plan_page,
    plan_pdf,
    read_calendar,
    save,
)
from occupancy.taper.dated import dated
from occupancy.taper.documents import TaperDocument
from occupancy.taper.proposal import Proposal


def export(
    proposal: Proposal,
    document: TaperDocument,
    files: dict[str, Path],
    first_day: date,
    previous: Path | None,
) -> list[tuple[str, Path]]:
    """Write the files, all made before the first is written; kinds and paths.

    Raises:
        ExportError: a file that cannot be written, or a `previous` that is no plan of ours.
    """
    now = datetime.now(UTC)
    before = None if previous is None else previous.read_bytes()
    plan_id, revision = str(uuid4()), 0
    if before is not None:
        old = read_calendar(before)
        plan_id, revision = old.plan_id, old.revision + 1
    schedule = dated(proposal, first_day, plan_id=plan_id, revision=revision)
    made: dict[str, str | bytes] = {}
    if "ics" in files:
        made["ics"] = plan_calendar(schedule, stamped=now, previous=before)
    if "fhir" in files:
        made["fhir"] = medication_requests_json(schedule, authored=now)
    if "csv" in files:
        made["csv"] = plan_csv(schedule)
    if "page" in files:
        make = plan_pdf if files["page"].suffix.lower() == ".pdf" else plan_page
        made["page"] = make(
            schedule,
            made_on=now.date(),
            shopping=[one.amount for one in document.shopping],
            proof=proof_lines(document),
        )
    return [(kind, save(data, files[kind])) for kind, data in made.items()]
