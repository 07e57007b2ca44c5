"""The whole audit: the records' own checks, and a model's half-life in the recorded range."""

from collections.abc import Iterator

from occupancy.course.assemble import Assembled, Effects
from occupancy.course.documents import AuditDocument
from occupancy.course.sampling import Sampler
from occupancy.drugs import Product
from occupancy.drugs.kinetic_choice import kinetic_model
from occupancy.evidence import DrugRecord, drug_names, drug_record
from occupancy.evidence.audit import Finding, audit_file, audit_tables
from occupancy.evidence.drugrecord import KineticModel
from occupancy.evidence.drugrecord import Species as SpeciesRecord
from occupancy.kinetics import Doses, effective_half_life, half_life, steady_state
from occupancy.validation.recompute import POINT
from occupancy.version import VERSION


def audit_document() -> AuditDocument:
    """Audit every record of the evidence."""
    found: list[Finding] = []
    figures = 0
    for name in drug_names():
        record = drug_record(name)
        figures += len(record.figure)
        own = audit_file(name)
        found.extend(own)
        if not own:
            found.extend(_half_lives(record))
    found.extend(audit_tables())
    return AuditDocument(
        version=VERSION,
        drugs=len(drug_names()),
        figures=figures,
        findings=[str(one) for one in found],
    )


def _half_lives(record: DrugRecord) -> Iterator[Finding]:
    for form in record.form:
        product = Product(record, form)
        model = kinetic_model(product)
        assembled = Assembled(product, model, Sampler(record, POINT), Effects())
        for one in model.species:
            if one.half_life is not None:
                yield from _half_life(record, model, one, assembled)


def _half_life(
    record: DrugRecord, model: KineticModel, species: SpeciesRecord, assembled: Assembled
) -> Iterator[Finding]:
    assert species.half_life is not None
    figure = record.figures()[species.half_life]
    if figure.low is None or figure.high is None:
        yield Finding(record.name, figure.id, "a reference half-life needs `low` and `high`")
        return
    low, high = figure.canonical(figure.low), figure.canonical(figure.high)
    system = assembled.system(None)
    if species.half_life_kind == "terminal":
        built = next(s for s in system.species if s.analyte == species.analyte)
        hours = float(half_life(built)[0])
    else:
        interval = assembled.product.form.usual_interval_h
        steady = steady_state(system, Doses([0.0], [1.0]), interval)
        hours = float(effective_half_life(steady, species.analyte)[0])
    if not low <= hours <= high:
        yield Finding(
            record.name,
            f"kinetics {model.name} {species.analyte}",
            f"{species.half_life_kind} half-life {hours:.3g} h lies outside {low:g}-{high:g} h "
            f"of {figure.id!r}",
        )
