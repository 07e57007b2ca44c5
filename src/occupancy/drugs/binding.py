"""What a drug binds, and on what evidence: measured in people, or anchored from Ki.

A target measured in vivo has an occupancy model in its record. A target known only in vitro is
answered by moving the in-vivo half-saturating concentration of the drug's anchor target by the
ratio of the two Ki: EC50(target) = EC50(anchor) * Ki(target) / Ki(anchor), labelled, with the
wide log10 SD that the priors record for it. A Ki is never used as an in-vivo constant itself.
"""

from dataclasses import dataclass
from statistics import median

from occupancy.evidence import DrugRecord, Figure
from occupancy.evidence.drugrecord import OccupancyModel
from occupancy.evidence.posterior import stored_curves

AFFINITIES = ("Ki", "Kd")
#: Name of the model of all studies together, where a model is named.
POOLED = "all-studies"


@dataclass(frozen=True)
class Measured:
    """A target with an occupancy model of its own.

    `pooled`: its ceiling and half-saturating exposure are those of all the record's studies
    together (the stored posterior), read on the exposure of `model`; else those of `model`.
    """

    target: str
    model: OccupancyModel
    pooled: bool = False

    basis = "in vivo"

    @property
    def name(self) -> str:
        """Name of what answers: the model, or the studies together."""
        return POOLED if self.pooled else self.model.name


@dataclass(frozen=True)
class Anchored:
    """A target answered from the ratio of two affinities, on the anchor's in-vivo model."""

    target: str
    anchor: OccupancyModel
    ratio: float
    affinity: Figure
    anchor_affinity: Figure

    basis = "anchored from Ki"

    @property
    def name(self) -> str:
        """Name of the anchor's model."""
        return self.anchor.name


Binding = Measured | Anchored


class UnknownTargetError(ValueError):
    """A target for which the drug's record holds nothing."""


def models_at(record: DrugRecord, target: str) -> tuple[OccupancyModel, ...]:
    """All occupancy models of the drug at `target`, the default first."""
    return tuple(model for model in record.occupancy if model.target == target)


def binding(record: DrugRecord, target: str, model: str | None = None) -> Binding:
    """How the drug's occupancy of `target` is known.

    Args:
        record: the drug.
        target: e.g. "SERT".
        model: name of one of the record's occupancy models there; "all-studies" for the stored
            posterior of all of them, which None takes too where there is one, else the first.

    Raises:
        UnknownTargetError: neither a model nor an affinity that can be anchored; or no model
            of that name. The message lists what there is.
    """
    canonical = {one.lower(): one for one in targets_of(record, anchored=True)}
    target = canonical.get(target.lower(), target)
    measured = models_at(record, target)
    pooled = bool(measured) and (record.name, target) in stored_curves()
    if model == POOLED and pooled:
        return Measured(target, measured[0], pooled=True)
    if model is not None:
        for one in measured:
            if one.name == model:
                return Measured(target, one)
        names = ", ".join([*([POOLED] if pooled else []), *(one.name for one in measured)])
        raise UnknownTargetError(
            f"{record.name} has no occupancy model {model!r} at {target}; there are: "
            f"{names or 'none'}"
        )
    if measured:
        return Measured(target, measured[0], pooled)
    anchored = _anchored(record, target)
    if anchored is None:
        raise UnknownTargetError(
            f"{record.name} has no figure for {target!r}; "
            f"known: {', '.join(targets_of(record, anchored=True)) or 'none'}"
        )
    return anchored


def targets_of(record: DrugRecord, anchored: bool = False) -> tuple[str, ...]:
    """Targets of the drug: those measured in vivo, and with `anchored` those with a Ki too."""
    measured = dict.fromkeys(model.target for model in record.occupancy)
    if not anchored or not measured:
        return tuple(measured)
    more = dict.fromkeys(
        one.target
        for one in record.figure
        if one.quantity in AFFINITIES and one.target is not None and one.target not in measured
    )
    return (*measured, *(t for t in more if _anchored(record, t) is not None))


def target_or_first(record: DrugRecord, target: str | None, lost: str = "") -> str:
    """`target` as it was asked for, or the drug's first one measured in people where it is None.

    Raises:
        UnknownTargetError: None, and nothing was measured in people; the message names `lost`,
            what cannot be done therefore, and what was looked for.
    """
    if target is not None:
        return target
    if not record.occupancy:
        gaps = "; ".join(gap.what for gap in record.gap) or "none was recorded"
        therefore = f", so {lost}" if lost else ""
        raise UnknownTargetError(
            f"{record.name} has no occupancy figure in people{therefore}: {gaps}"
        )
    return record.occupancy[0].target


def _anchored(record: DrugRecord, target: str) -> Anchored | None:
    """The anchoring with both affinities from one source where possible, else the medians."""
    for anchor in record.occupancy:
        analyte = anchor.ligands[0].analyte
        here = _affinities(record, target, analyte)
        there = _affinities(record, anchor.target, analyte)
        if not here or not there:
            continue
        for figure in here:
            for reference in there:
                if figure.cite == reference.cite:
                    ratio = _nM(figure) / _nM(reference)
                    return Anchored(target, anchor, ratio, figure, reference)
        ratio = median(map(_nM, here)) / median(map(_nM, there))
        return Anchored(target, anchor, ratio, here[0], there[0])
    return None


def _affinities(record: DrugRecord, target: str, analyte: str) -> tuple[Figure, ...]:
    parents = {one.name for one in record.analyte if one.role != "metabolite"}
    same = {analyte} if analyte not in parents else parents
    return tuple(
        one
        for one in record.figure
        if one.quantity in AFFINITIES
        and one.target == target
        and one.status != "recalled"
        and (one.analyte is None or one.analyte in same)
    )


def _nM(figure: Figure) -> float:
    return figure.canonical(figure.central)
