"""The audit of the evidence: what must hold for every record, checked in CI.

Each check is a generator of findings over one record; an empty audit is a pass. Checks that
need the kinetics room (a model's half-life against the recorded range) stand in `validation`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from occupancy.evidence import loader
from occupancy.evidence.auditrefs import record_refs, table_refs
from occupancy.evidence.circuitaudit import circuit_problems
from occupancy.evidence.drugrecord import DrugRecord
from occupancy.evidence.figure import CONCENTRATIONS, Figure
from occupancy.evidence.peopletables import GeneTable, InteractionTable, PopulationTable
from occupancy.evidence.productaudit import device_problems, product_problems
from occupancy.evidence.tables import (
    CodeTable,
    PriorTable,
    Table,
    TaperingTable,
    TargetTable,
)
from occupancy.evidence.vocabulary import VOCABULARY
from occupancy.units import UnitError

#: What each parameter of a species may be measured as.
_PARAMETER_QUANTITIES: dict[str, frozenset[str]] = {
    "CL": frozenset({"CL", "CL/F"}),
    "V": frozenset({"V", "V/F", "Vss"}),
    "Q": frozenset({"Q", "Q/F"}),
    "V2": frozenset({"V2", "V2/F"}),
    "Q3": frozenset({"Q3", "Q3/F"}),
    "V3": frozenset({"V3", "V3/F"}),
    "half_life": frozenset({"half-life", "effective half-life"}),
    "ka": frozenset({"ka", "k"}),
    "ktr": frozenset({"ktr", "k"}),
    "lag": frozenset({"lag"}),
    "duration": frozenset({"duration"}),
    "rate": frozenset({"rate"}),
    "F": frozenset({"F", "Frel"}),
    "fraction": frozenset({"fm", "input fraction", "Frel", "factor"}),
    "active_fraction": frozenset({"factor", "Frel"}),
    "Emax": frozenset({"Emax"}),
    "ED50": frozenset({"ED50"}),
    "EC50": frozenset({"EC50", "Kd", "Ki"}),
    "Hill": frozenset({"Hill"}),
    "studied_dose": frozenset({"studied dose"}),
    "CR": frozenset({"CR"}),
    "relative_potency": frozenset({"relative potency"}),
    "exponent": frozenset({"exponent"}),
    "coefficient": frozenset({"coefficient"}),
    "factor": frozenset({"factor", "CL ratio"}),
    "maximum": frozenset({"coefficient", "factor"}),
    "kin": frozenset({"keo", "k"}),
    "kout": frozenset({"keo", "k"}),
    "kin2": frozenset({"k"}),
    "kout2": frozenset({"k"}),
}


_TABLES: dict[str, type[Table]] = {
    "targets": TargetTable,
    "genes": GeneTable,
    "interactions": InteractionTable,
    "populations": PopulationTable,
    "priors": PriorTable,
    "tapering": TaperingTable,
    "codes": CodeTable,
}


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a record: where, what, and what to do."""

    record: str
    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.record}: {self.where}: {self.problem}"


def audit_file(name: str) -> tuple[Finding, ...]:
    """`audit_drug` of the drug called `name`, validating its file first."""
    try:
        return audit_drug(loader.read(loader.RECORDS / "drugs" / f"{name}.toml", DrugRecord))
    except loader.EvidenceError as error:
        return (Finding(name, "record", str(error)),)


def audit_drug(record: DrugRecord) -> tuple[Finding, ...]:
    """Everything wrong with one drug's record.

    Checks: ids stand once; citations exist; units convert; parameters name figures of the right
    quantity; defaults are cited and not `recalled`; Emax stands beside every ED50/EC50; disputes
    and pairs point both ways; analytes, forms and models that are named exist; a drug without
    kinetics or occupancy records the gap.
    """
    checks = (
        _ids(record),
        _figures(record.name, record.figure, {a.name: a.molar_mass for a in record.analyte}),
        _links(record),
        _names(record),
        _parameters(record),
        _pairs(record),
        _gaps(record),
    )
    return tuple(finding for check in checks for finding in check)


def audit_tables() -> tuple[Finding, ...]:
    """Everything wrong with the records that are not drugs, references and circuits included."""
    found = [
        Finding("references", key, problem)
        for key in loader.reference_keys()
        for problem in loader.reference_problems(key)
    ]
    for name, model in _TABLES.items():
        try:
            table = loader.read(loader.RECORDS / f"{name}.toml", model)
        except loader.EvidenceError as error:
            found.append(Finding(name, "record", str(error)))
            continue
        found.extend(_figures(name, table.figure, {}))
        for one in getattr(table, "not_covered", ()):
            if one.cite not in loader.reference_keys():
                found.append(Finding(name, one.title, f"cites {one.cite!r}, which is not there"))
        known = {one.id for one in table.figure}
        for where, ref in table_refs(table):
            if ref not in known:
                found.append(Finding(name, where, f"names figure {ref!r}, which is not there"))
            elif next(f for f in table.figure if f.id == ref).status == "recalled":
                found.append(Finding(name, where, f"{ref!r} is recalled: never a default"))
    for name in loader.circuit_names():
        found.extend(Finding(f"circuit {name}", *problem) for problem in circuit_problems(name))
    for drug in loader.drugs_with_products():
        found.extend(Finding(f"products/{drug}", *one) for one in product_problems(drug))
    found.extend(Finding("devices", *one) for one in device_problems())
    return tuple(found)


def _ids(record: DrugRecord) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in record.figure:
        if one.id in seen:
            yield Finding(record.name, one.id, "stands twice; ids must differ")
        seen.add(one.id)


def _figures(
    name: str, figures: Iterable[Figure], molar_mass: dict[str, float]
) -> Iterator[Finding]:
    for one in figures:
        try:
            loader.reference(one.cite)
        except loader.EvidenceError as error:
            yield Finding(name, one.id, str(error))
        try:
            one.canonical(one.central, molar_mass.get(one.analyte or ""))
        except UnitError as error:
            yield Finding(name, one.id, str(error))
        if one.quantity in CONCENTRATIONS and one.analyte is None:
            yield Finding(name, one.id, f"{one.quantity} must say which analyte was measured")
        if molar_mass and one.analyte is not None and one.analyte not in molar_mass:
            yield Finding(
                name, one.id, f"analyte {one.analyte!r} is not declared; add an [[analyte]]"
            )


def _links(record: DrugRecord) -> Iterator[Finding]:
    figures = record.figures()
    for one in record.figure:
        for kind, links in (("disputes", one.disputes), ("paired_with", one.paired_with)):
            for other in links:
                if other not in figures:
                    yield Finding(record.name, one.id, f"{kind} {other!r}, which is not there")
                elif one.id not in getattr(figures[other], kind):
                    yield Finding(
                        record.name, other, f"{one.id!r} {kind} it: add {one.id!r} to its {kind}"
                    )


def _names(record: DrugRecord) -> Iterator[Finding]:
    analytes = {one.name for one in record.analyte}
    models = {one.name for one in record.kinetics}
    for form in record.form:
        if form.kinetics not in models:
            yield Finding(record.name, f"form {form.name}", f"no kinetic model {form.kinetics!r}")
    for model in record.kinetics:
        species = {one.analyte for one in model.species}
        for one in model.species:
            if one.analyte not in analytes:
                yield Finding(record.name, model.name, f"analyte {one.analyte!r} not declared")
            for formation in one.formed_from:
                if formation.species not in species:
                    yield Finding(
                        record.name, model.name, f"formed from unknown {formation.species!r}"
                    )
                enzymes = {e.enzyme for e in record.elimination if e.species == formation.species}
                for enzyme in formation.by or ():
                    if enzyme not in enzymes:
                        yield Finding(
                            record.name,
                            model.name,
                            f"{one.analyte} is formed by {enzyme}, but no [[elimination]] gives "
                            f"its share of {formation.species}",
                        )
        for covariate in model.covariates:
            if covariate.species not in species:
                yield Finding(record.name, model.name, f"covariate of {covariate.species!r}")
        if not any(isinstance(s.dosed, str) or s.dosed > 0 for s in model.species):
            yield Finding(record.name, model.name, "no species is dosed: set `dosed`")
    for occupancy in record.occupancy:
        for ligand in occupancy.ligands:
            if ligand.analyte not in analytes:
                yield Finding(record.name, occupancy.name, f"ligand {ligand.analyte!r} unknown")
        there = {one.name for one in record.occupancy if one.target == occupancy.target}
        for name in sorted(set(occupancy.pools) - (there - {occupancy.name})):
            yield Finding(record.name, occupancy.name, f"pools {name!r}, unknown at its target")
    for one in record.elimination:
        if one.species not in analytes:
            yield Finding(record.name, f"elimination by {one.enzyme}", f"{one.species!r} unknown")


def _parameters(record: DrugRecord) -> Iterator[Finding]:
    figures = record.figures()
    for where, parameter, ref in record_refs(record):
        figure = figures.get(ref)
        if figure is None:
            yield Finding(record.name, where, f"{parameter} names {ref!r}, which is not there")
            continue
        allowed = _PARAMETER_QUANTITIES[parameter]
        if figure.quantity not in allowed:
            yield Finding(
                record.name,
                where,
                f"{parameter} names {ref!r}, a {figure.quantity}; allowed: {sorted(allowed)}",
            )
        if figure.status == "recalled":
            yield Finding(
                record.name, where, f"{parameter} names {ref!r}, which is recalled: never a default"
            )


def _pairs(record: DrugRecord) -> Iterator[Finding]:
    figures = record.figures()
    for model in record.occupancy:
        halves = [model.ED50] if model.scale == "dose" else [one.EC50 for one in model.ligands]
        for half in halves:
            if half is None or half not in figures:
                continue
            if model.Emax not in figures[half].paired_with:
                yield Finding(
                    record.name,
                    f"occupancy {model.name} at {model.target}",
                    f"{half!r} and {model.Emax!r} must name each other in `paired_with`",
                )
    for one in record.figure:
        # An ED50 without a target belongs to a parameter that moves with dose, not to binding.
        if (
            one.quantity in {"ED50", "EC50"}
            and one.target is not None
            and not any(
                figures[other].quantity == "Emax" for other in one.paired_with if other in figures
            )
        ):
            yield Finding(record.name, one.id, "no Emax beside it: add `paired_with`")


def _gaps(record: DrugRecord) -> Iterator[Finding]:
    if not record.kinetics and not record.gap:
        yield Finding(record.name, "kinetics", "none, and no [[gap]] says so")
    if not record.occupancy and not record.gap:
        yield Finding(record.name, "occupancy", "none, and no [[gap]] says so")


def known_quantities() -> tuple[str, ...]:
    """Names of the controlled vocabulary, for documentation and error messages."""
    return tuple(VOCABULARY)


def main(names: list[str]) -> int:
    """Audit the drugs called `names`, or everything; print findings; 0 when there are none."""
    import sys

    found: list[Finding] = []
    for name in names or loader.drug_names():
        found.extend(audit_file(name))
    if not names:
        found.extend(audit_tables())
    for one in found:
        sys.stdout.write(f"{one}\n")
    return 1 if found else 0


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
