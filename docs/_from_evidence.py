"""Reference pages made from the evidence: quantities, targets, drugs, people."""

from collections.abc import Iterator

from _from_code import NOTICE, table

from occupancy.drugs import shown, targets_of
from occupancy.evidence import (
    DrugRecord,
    Figure,
    drug_names,
    drug_record,
    genes,
    interactions,
    populations,
    priors,
    reference,
)
from occupancy.evidence import targets as target_table
from occupancy.evidence.vocabulary import VOCABULARY
from occupancy.units import UNITS, measures


def quantities() -> str:
    """The controlled vocabulary, its units, and the generic priors."""
    kinds: dict[str, list[tuple[str, str, str]]] = {}
    for one in VOCABULARY.values():
        kinds.setdefault(one.kind, []).append((f"`{one.name}`", one.unit, one.meaning))
    parts = [
        NOTICE,
        "# Quantities and units\n",
        "What a figure of the evidence may be. A quantity says what was measured; its canonical "
        "unit is what is computed in. A figure may be given in any unit that measures the same.\n",
    ]
    for kind, rows in kinds.items():
        parts += [f"## {kind.capitalize()}\n", table(("quantity", "unit", "meaning"), rows)]
    by_canonical: dict[str, list[str]] = {}
    for unit in sorted(UNITS, key=str.lower):
        by_canonical.setdefault(measures(unit), []).append(f"`{unit}`")
    parts += [
        "## Units\n",
        "A concentration may also be given in nM, uM or pM; it is converted with the molar mass "
        "of its analyte.\n",
        table(
            ("canonical", "may be written"), ((k, ", ".join(v)) for k, v in by_canonical.items())
        ),
        "## Generic priors\n",
        "Spreads used where a source states none, labelled as such. "
        "[What a band contains](../explanation/bands.md) says how they act.\n",
    ]
    figures = {one.id: one for one in priors().figure}
    for family, refs, what in (
        ("Uncertainty", priors().uncertainty, "of the typical person's value"),
        ("Between people", priors().between, "of one person around the typical one"),
        ("Between occasions", priors().occasion, "from dose to dose in one person"),
    ):
        groups: dict[str, list[str]] = {}
        for quantity, ref in refs.items():
            groups.setdefault(ref, []).append(f"`{quantity}`")
        rows = [
            (", ".join(names), shown(figures[ref]), figures[ref].note)
            for ref, names in groups.items()
        ]
        parts += [f"### {family}\n\nCoefficient of variation {what}.\n"]
        parts += [table(("quantities", "CV", "where it comes from"), rows)]
    return "\n".join(parts)


def targets() -> str:
    """Every target, its windows, and the drugs known at it."""
    held = target_table()
    figures = {one.id: one for one in held.figure}
    measured: dict[str, list[str]] = {}
    anchored: dict[str, list[str]] = {}
    for name in drug_names():
        record = drug_record(name)
        own = targets_of(record)
        for target in own:
            measured.setdefault(target, []).append(name)
        for target in targets_of(record, anchored=True):
            if target not in own:
                anchored.setdefault(target, []).append(name)
    parts = [
        NOTICE,
        "# Targets\n",
        "A window is a convention of the literature, never a prediction of response: "
        "[Windows are conventions](../explanation/windows.md).\n",
    ]
    for one in held.target:
        parts.append(f"## {one.name}\n\n{one.title}. {one.note}\n")
        if one.synonyms:
            parts.append(f"Also called {', '.join(one.synonyms)}.\n")
        for window in one.window:
            low, high = figures[window.low], figures[window.high]
            parts.append(
                f"- **{window.name}**: {_bounds(low, high)}. {window.note} {_cites(low, high)}"
            )
        if one.window:
            parts.append("")
        for label, names in (
            ("Measured in people", measured.get(one.name, [])),
            ("From Ki ratios only", anchored.get(one.name, [])),
        ):
            if names:
                links = ", ".join(f"[{name}](drugs.md#{name})" for name in names)
                parts.append(f"{label}: {links}.\n")
    missing = sorted((set(measured) | set(anchored)) - {one.name for one in held.target})
    if missing:
        parts.append(f"Bound by a drug, with no entry here: {', '.join(missing)}.\n")
    return "\n".join(parts)


def _bounds(low: Figure, high: Figure) -> str:
    first, second = (100 * one.canonical(one.central) for one in (low, high))
    return f"{first:.3g} to {second:.3g} %"


def _cites(*figures: Figure) -> str:
    works = dict.fromkeys(reference(one.cite).text() for one in figures)
    return f"Source: {'; '.join(works)}."


def drugs() -> str:
    """Every drug with forms, models, targets and gaps."""
    records = [drug_record(name) for name in drug_names()]
    classes: dict[str, list[str]] = {}
    for one in records:
        classes.setdefault(one.drug_class, []).append(f"[{one.name}](#{one.name})")
    parts = [
        NOTICE,
        "# Drugs\n",
        f"{len(records)} drugs with {sum(len(one.figure) for one in records)} figures. "
        "`occupancy evidence DRUG` prints every figure of one with its source and standing. "
        "Where several models stand in a row, the first is the default and the others can be "
        "asked for by name.\n",
        table(("class", "drugs"), ((k, ", ".join(v)) for k, v in sorted(classes.items()))),
    ]
    for one in records:
        parts.extend(_drug(one))
    return "\n".join(parts)


def _drug(record: DrugRecord) -> Iterator[str]:
    yield f"## {record.name}\n"
    names = f" Also called {', '.join(record.synonyms)}." if record.synonyms else ""
    atc = f" ATC {record.atc}." if record.atc else ""
    group = record.drug_class[:1].upper() + record.drug_class[1:].rstrip(".")
    yield f"{group}.{atc}{names} {record.note}\n"
    if record.stop_warning:
        yield f"!!! warning\n    {record.stop_warning}\n"
    if record.form:
        rows = [
            (
                form.name,
                ", ".join(form.aliases),
                form.route,
                form.strength_basis,
                f"{form.usual_interval_h:g} h",
                f"`{form.kinetics}`",
            )
            for form in record.form
        ]
        heads = ("form", "also", "route", "one labelled mg is", "usual interval", "kinetics")
        yield table(heads, rows)
    default = {form.kinetics for form in record.form}
    others = [f"`{model.name}`" for model in record.kinetics if model.name not in default]
    if others:
        yield f"Other kinetic models: {', '.join(others)}.\n"
    if record.occupancy:
        figures = record.figures()
        yield table(
            ("target", "occupancy model", "region", "Emax", "half at", "source"),
            (
                (
                    model.target,
                    f"`{model.name}`",
                    model.region,
                    shown(figures[model.Emax]),
                    _half(record, model.name, model.target),
                    reference(figures[model.Emax].cite).short(),
                )
                for model in record.occupancy
            ),
        )
    measured = targets_of(record)
    anchored = [t for t in targets_of(record, anchored=True) if t not in measured]
    if anchored:
        yield f"From Ki ratios: {', '.join(anchored)}.\n"
    if record.gap:
        yield "Gaps:\n"
        for gap in record.gap:
            yield f"- {gap.what}{f': {gap.note}' if gap.note else ''}"
        yield ""


def _half(record: DrugRecord, name: str, target: str) -> str:
    figures = record.figures()
    model = next(m for m in record.occupancy if m.name == name and m.target == target)
    if model.ED50 is not None:
        return shown(figures[model.ED50])
    return "; ".join(
        f"{one.analyte} {shown(figures[one.EC50])}" for one in model.ligands if one.EC50
    )


def people() -> str:
    """Genes, co-medication and ancestries that a person may be described by."""
    parts = [
        NOTICE,
        "# People\n",
        "The traits of a person and the names they may be given: [Describe a "
        "person](../how-to/person.md) shows how, [Genes and inhibitors "
        "together](../explanation/genes.md) what they do.\n",
        "## Genes\n",
    ]
    gene_figures = {one.id: one for one in genes().figure}
    for gene in genes().gene:
        acts = "acts" if gene.acts else "is known and changes no prediction"
        parts.append(f"### {gene.name}\n\n{gene.title}; {acts}. {gene.explanation}\n")
        rows = [(code, shown(gene_figures[ref])) for code, ref in gene.activity.items()]
        if rows:
            parts.append(table(("phenotype", "activity relative to normal"), rows))
        if gene.allele:
            names = ", ".join(f"`{one.name}`" for one in gene.allele)
            parts.append(f"Alleles on record ({gene.version or 'CPIC'}): {names}.\n")
    table_of = interactions()
    figures = {one.id: one for one in table_of.figure}
    rows = []
    for one in sorted(table_of.perpetrator, key=lambda p: (p.name.lower(), p.enzyme)):
        figure = figures[one.effect]
        what = "share inhibited" if one.kind == "inhibitor" else "relative rise"
        rows.append(
            (
                one.name,
                ", ".join(one.synonyms),
                one.enzyme,
                f"{what} {shown(figure)}",
                reference(figure.cite).short(),
            )
        )
    parts += [
        "## Co-medication that acts\n",
        table(("name", "also", "enzyme", "effect", "source"), rows),
        "## Co-medication that was looked at and does not act\n",
        table(
            ("name", "also", "note"),
            ((one.name, ", ".join(one.synonyms), one.note) for one in table_of.neutral),
        ),
        "Every drug of the [list](drugs.md) may be named too. Another name is refused, never "
        "taken as harmless.\n",
        "## Together with care, or not at all\n",
        table(
            ("one", "other", "", "why"),
            (
                (one.first, one.second, "refused" if one.refuse else "warns", one.why)
                for one in table_of.contradictory
            ),
        ),
        "## Ancestries\n",
        table(
            ("name", "also", "meaning"),
            (
                (one.name, ", ".join(one.synonyms), f"{one.title}. {one.note}")
                for one in populations().population
                if one.synonyms or one.frequency
            ),
        ),
    ]
    return "\n".join(parts)
