"""The figures an answer rests on, with the sources that disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from occupancy.drugs.binding import POOLED, Anchored, Binding, Measured
from occupancy.evidence import DrugRecord, Figure, reference
from occupancy.evidence.drugrecord import KineticModel
from occupancy.evidence.figure import Status
from occupancy.evidence.posterior import stored_curve
from occupancy.evidence.quantiles import quantiles


@dataclass(frozen=True)
class Source:
    """One figure behind an answer, as a person wants to read it."""

    figure: str
    quantity: str
    value: str
    status: Status
    citation: str
    short: str
    note: str
    disputed_by: tuple[str, ...]


def source_of(figure: Figure, known: Mapping[str, Figure]) -> Source:
    """The source line of one figure; rivals among `known` stand with their value and citation."""
    rivals = tuple(
        f"{reference(known[other].cite).short()}: {shown(known[other])}"
        for other in figure.disputes
        if other in known
    )
    citation = reference(figure.cite)
    return Source(
        figure=figure.id,
        quantity=figure.quantity,
        value=shown(figure),
        status=figure.status,
        citation=citation.text(),
        short=citation.short(),
        note=figure.note,
        disputed_by=rivals,
    )


def shown(figure: Figure) -> str:
    """Value with bounds and unit, as in "2.33 mg/day" or "36 (27-48) h"."""
    unit = "" if figure.unit in {"1", "fraction"} else f" {figure.unit}"
    bounds = (
        f"{figure.low:g}-{figure.high:g}"
        if figure.low is not None and figure.high is not None
        else ""
    )
    if figure.value is None:
        return f"{bounds}{unit}"
    return f"{figure.value:g}{f' ({bounds})' if bounds else ''}{unit}"


def kinetic_figures(model: KineticModel) -> tuple[str, ...]:
    """Ids of the figures a kinetic model is built of, in order of use, each once."""
    ids: list[str] = []
    for species in model.species:
        ids.extend(
            ref
            for ref in (species.CL, species.V, species.Q, species.V2, species.Q3, species.V3)
            if ref is not None
        )
        ids.extend(f.fraction for f in species.formed_from if isinstance(f.fraction, str))
    for path in model.inputs:
        ids.extend(
            ref
            for ref in (path.ka, path.lag, path.duration, path.rate, path.ktr)
            if ref is not None
        )
        if isinstance(path.fraction, str):
            ids.append(path.fraction)
    for dependence in (model.F_of_dose, model.CL_of_dose):
        if dependence is not None:
            ids.extend(
                ref
                for ref in (dependence.exponent, dependence.maximum, dependence.ED50)
                if ref is not None
            )
    if model.F is not None:
        ids.append(model.F)
    return tuple(dict.fromkeys(ids))


def binding_figures(bound: Binding) -> tuple[str, ...]:
    """Ids of the figures a binding is built of."""
    model = bound.anchor if isinstance(bound, Anchored) else bound.model
    ids = [model.Emax, model.ED50, model.Hill, *(ligand.EC50 for ligand in model.ligands)]
    if isinstance(bound, Anchored):
        ids += [bound.affinity.id, bound.anchor_affinity.id]
    return tuple(dict.fromkeys(ref for ref in ids if ref is not None))


def sources(
    record: DrugRecord,
    model: KineticModel | None,
    bindings: Iterable[Binding],
    more: Iterable[str] = (),
) -> tuple[Source, ...]:
    """Every figure behind a curve or a course, each once: binding, then kinetics, then `more`.

    A curve of all studies together stands before the figures of the study it is read on.
    """
    bindings = tuple(bindings)
    together = [
        _all_studies(record, bound)
        for bound in bindings
        if isinstance(bound, Measured) and bound.pooled
    ]
    ids = [ref for bound in bindings for ref in binding_figures(bound)]
    if model is not None:
        ids += kinetic_figures(model)
    ids += more
    known = record.figures()
    single = (source_of(known[ref], known) for ref in dict.fromkeys(ids) if ref in known)
    return (*dict.fromkeys(together), *single)


def _all_studies(record: DrugRecord, bound: Measured) -> Source:
    """The pair that all studies of the record give together, with the names of the studies."""
    stored = stored_curve(record.name, bound.target)
    assert stored is not None
    model = bound.model
    ref = model.ED50 if model.scale == "dose" else model.ligands[0].EC50
    assert ref is not None
    half = record.figures()[ref]
    emax, exposure = (
        quantiles(draws, 0.9) for draws in (100.0 * stored.emax, half.central * stored.ratio)
    )
    return Source(
        figure=f"{bound.target}-{POOLED}",
        quantity="Emax and half-saturating exposure",
        value=(
            f"Emax {emax[0]:.0f} % ({emax[1]:.0f}-{emax[2]:.0f}), {half.quantity} "
            f"{exposure[0]:.3g} {half.unit} ({exposure[1]:.3g}-{exposure[2]:.3g})"
        ),
        status="derived",
        citation=(
            f"{record.name[0].upper()}{record.name[1:]} at {bound.target}, all studies on record "
            f"estimated together: {', '.join(stored.studies)}"
        ),
        short="all studies",
        note="medians and 90% intervals; the draws are those of `occupancy meta stored`",
        disputed_by=(),
    )
