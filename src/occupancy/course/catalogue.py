"""What the evidence holds, as documents: the list of drugs, and the figures of one."""

from occupancy.course.documents import DrugLine, DrugsDocument, EvidenceDocument, FigureLine
from occupancy.drugs import resolve, shown, targets_of
from occupancy.drugs.binding import Measured
from occupancy.drugs.sources import binding_figures, kinetic_figures
from occupancy.evidence import DrugRecord, drug_names, drug_record, reference
from occupancy.version import VERSION


def drugs_document() -> DrugsDocument:
    """Every drug with its forms, targets and gaps."""
    lines: list[DrugLine] = []
    for name in drug_names():
        record = drug_record(name)
        measured = targets_of(record)
        everything = targets_of(record, anchored=True)
        lines.append(
            DrugLine(
                name=name,
                title=record.title,
                drug_class=record.drug_class,
                forms=[form.name for form in record.form],
                targets=list(measured),
                anchored_targets=[t for t in everything if t not in measured],
                figures=len(record.figure),
                gaps=[gap.what for gap in record.gap],
            )
        )
    return DrugsDocument(version=VERSION, drugs=lines)


def evidence_document(drug: str) -> EvidenceDocument:
    """Every figure of a drug; `drug` is a name, a synonym or a form.

    Raises:
        UnknownDrugError: nothing of that name.
    """
    record = _record(drug)
    used = default_figures(record)
    figures = [
        FigureLine(
            id=one.id,
            quantity=one.quantity,
            analyte=one.analyte,
            target=one.target,
            region=one.region,
            value=shown(one),
            unit=one.unit,
            between_cv=one.between_cv,
            n=one.n,
            population=one.population,
            method=one.method,
            status=one.status,
            source=reference(one.cite).short(),
            citation=reference(one.cite).text(),
            note=one.note,
            default=one.id in used,
            disputes=list(one.disputes),
            paired_with=list(one.paired_with),
        )
        for one in record.figure
    ]
    return EvidenceDocument(
        version=VERSION,
        drug=record.name,
        title=record.title,
        figures=figures,
        gaps=[f"{gap.what}. {gap.note}".strip(" .") for gap in record.gap],
    )


def default_figures(record: DrugRecord) -> frozenset[str]:
    """Ids of the figures that default models name."""
    wanted = {form.kinetics for form in record.form}
    ids = {
        ref for model in record.kinetics if model.name in wanted for ref in kinetic_figures(model)
    }
    first: dict[str, Measured] = {}
    for model in record.occupancy:
        first.setdefault(model.target, Measured(model.target, model))
    for bound in first.values():
        ids.update(binding_figures(bound))
    return frozenset(ids)


def _record(drug: str) -> DrugRecord:
    """A record by the drug's own name even when it has no form to simulate."""
    name = drug.strip().lower()
    if name in drug_names():
        return drug_record(name)
    return resolve(drug).record
