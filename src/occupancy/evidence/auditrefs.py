"""Every place of a record that names a figure, for the audit to follow."""

from collections.abc import Iterator
from dataclasses import asdict

from occupancy.evidence.drugrecord import DrugRecord, KineticModel, Species
from occupancy.evidence.tables import Table


def table_refs(table: Table) -> Iterator[tuple[str, str]]:
    """(where, figure id) of every figure that a table names."""
    data = asdict(table)
    for target in data.get("target", ()):
        for window in target["window"]:
            yield f"window {window['name']}", window["low"]
            yield f"window {window['name']}", window["high"]
    for gene in data.get("gene", ()):
        for phenotype, ref in gene["activity"].items():
            yield f"{gene['name']} {phenotype}", ref
    for one in data.get("perpetrator", ()):
        yield f"perpetrator {one['name']} at {one['enzyme']}", one["effect"]
    for population in data.get("population", ()):
        for trait, ref in population["typical"].items():
            yield f"{population['name']} {trait}", ref
        for gene, shares in population["frequency"].items():
            for phenotype, ref in shares.items():
                yield f"{population['name']} {gene} {phenotype}", ref
    for body in data.get("body", ()):
        yield f"body {body['sex']} height", body["height"]
        yield f"body {body['sex']} BMI", body["bmi"]
    for one in data.get("review", ()):
        yield f"review {one['name']}", one["observe"]
    for one in data.get("strategy", ()):
        if one["risk_ratio"] is not None:
            yield f"strategy {one['name']}", one["risk_ratio"]
    for what, ref in data.get("share", {}).items():
        yield f"share {what}", ref
    for family in ("uncertainty", "between", "occasion"):
        for quantity, ref in data.get(family, {}).items():
            yield f"{family} of {quantity}", ref


def record_refs(record: DrugRecord) -> Iterator[tuple[str, str, str]]:
    """(where, parameter, figure id) of every figure that a model names."""
    for form in record.form:
        if isinstance(form.active_fraction, str):
            yield f"form {form.name}", "active_fraction", form.active_fraction
    for model in record.kinetics:
        yield from _model_refs(model)
    for site in record.effect_site:
        for parameter in ("kin", "kout", "kin2", "kout2"):
            ref = getattr(site, parameter)
            if ref is not None:
                yield f"effect site {site.analyte}", parameter, ref
    for occupancy in record.occupancy:
        where = f"occupancy {occupancy.name} at {occupancy.target}"
        for parameter in ("Emax", "ED50", "Hill", "studied_dose"):
            ref = getattr(occupancy, parameter)
            if ref is not None:
                yield where, parameter, ref
        for ligand in occupancy.ligands:
            if ligand.EC50 is not None:
                yield where, "EC50", ligand.EC50
            if isinstance(ligand.relative_potency, str):
                yield where, "relative_potency", ligand.relative_potency
    for one in record.elimination:
        yield f"elimination of {one.species} by {one.enzyme}", "CR", one.CR


def _model_refs(model: KineticModel) -> Iterator[tuple[str, str, str]]:
    where = f"kinetics {model.name}"
    if model.F is not None:
        yield where, "F", model.F
    for species in model.species:
        yield from _species_refs(where, species)
    for path in model.inputs:
        for parameter in ("ka", "lag", "duration", "rate", "ktr"):
            ref = getattr(path, parameter)
            if ref is not None:
                yield where, parameter, ref
        if isinstance(path.fraction, str):
            yield where, "fraction", path.fraction
    for dependence in (model.F_of_dose, model.CL_of_dose):
        if dependence is not None:
            for parameter in ("exponent", "maximum", "ED50"):
                ref = getattr(dependence, parameter)
                if ref is not None:
                    yield where, parameter, ref
    for covariate in model.covariates:
        for parameter in ("exponent", "coefficient", "factor"):
            ref = getattr(covariate, parameter)
            if ref is not None:
                yield where, parameter, ref


def _species_refs(where: str, species: Species) -> Iterator[tuple[str, str, str]]:
    for parameter in ("CL", "V", "Q", "V2", "Q3", "V3", "half_life"):
        ref = getattr(species, parameter)
        if ref is not None:
            yield f"{where} {species.analyte}", parameter, ref
    if isinstance(species.dosed, str):
        yield f"{where} {species.analyte}", "fraction", species.dosed
    for formation in species.formed_from:
        if isinstance(formation.fraction, str):
            yield f"{where} {species.analyte}", "fraction", formation.fraction
