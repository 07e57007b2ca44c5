"""The validation as a document: rows with verdicts, and the error per drug beside Uchida's."""

from collections.abc import Sequence

import numpy as np

from occupancy.course.documents import ErrorLine, ValidationDocument, ValidationRow
from occupancy.drugs import resolve
from occupancy.evidence import drug_names, drug_record, reference
from occupancy.regimen import parse
from occupancy.validation.from_plasma import on_their_points, reported_error
from occupancy.validation.recompute import Outcome
from occupancy.version import VERSION


def validation_document(outcomes: Sequence[Outcome]) -> ValidationDocument:
    """The document of a validation run."""
    return ValidationDocument(
        version=VERSION,
        passed=sum(one.passed for one in outcomes),
        rows=[_row(one) for one in outcomes],
        errors=_errors(outcomes),
    )


def _row(outcome: Outcome) -> ValidationRow:
    row = outcome.row
    return ValidationRow(
        id=row.id,
        group=row.group,
        what=row.what,
        published=row.published(),
        predicted=float(f"{outcome.predicted:.6g}"),
        unit=row.unit,
        error=float(f"{outcome.error:.4g}"),
        tolerance=row.allowed(),
        passed=outcome.passed,
        citation=reference(row.cite).short(),
        reason=row.reason,
    )


def _errors(outcomes: Sequence[Outcome]) -> list[ErrorLine]:
    """RMS error per drug and target over published mean occupancies; ranges do not count.

    Most are read from doses, with kinetics in between, and several from SPECT or from studies
    later than Uchida's; the error from plasma on the same people stands beside it.
    """
    grouped: dict[tuple[str, str], list[float]] = {}
    for one in outcomes:
        row = one.row
        reads_occupancy = row.kind == "concentration-link" or (
            row.kind == "course" and row.read == "occupancy"
        )
        if not reads_occupancy or row.of is None or row.expected is None:
            continue
        name = resolve(row.drug or parse(row.regimen or "").drug or "").record.name
        grouped.setdefault((name, row.of), []).append(one.predicted - row.expected)
    return [
        ErrorLine(
            drug=name,
            target=target,
            rows=len(errors),
            rms_points=float(f"{np.sqrt(np.mean(np.square(errors))):.3g}"),
            uchida_2011_points=theirs,
            on_their_people_points=same,
        )
        for (name, target), errors in sorted(grouped.items())
        for theirs, same in [_uchida(name, target)]
    ]


def _uchida(drug: str, target: str) -> tuple[float | None, float | None]:
    """Uchida 2011's RMS error from plasma, and that of the stored curve on their people."""
    if drug not in drug_names() or target != "D2":
        return None, None
    figure, same = reported_error(drug_record(drug)), on_their_points(drug)
    return (
        None if figure is None else 100.0 * figure.canonical(figure.central),
        None if same is None else float(f"{same.ours:.3g}"),
    )
