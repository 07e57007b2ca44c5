"""From a receptor profile to its document."""

import numpy as np

from occupancy.circuit.serotonin_dopamine import HYPOTHESIS
from occupancy.course.answer import Band, PersonLine, Spread
from occupancy.course.answering import answer, rounded, source_line
from occupancy.course.profile import DoseProfile, ProfileTarget
from occupancy.course.profile_document import (
    MetaboliteLine,
    MissedWindow,
    ModulationLine,
    ProfileDocument,
    ProfileLine,
)
from occupancy.course.sampling import Array
from occupancy.drugs import source_of
from occupancy.evidence import drug_record, reference
from occupancy.evidence.quantiles import quantiles
from occupancy.version import VERSION


def profile_document(found: DoseProfile, level: float) -> ProfileDocument:
    """The document of a profile, with bands of probability `level`."""

    def spread(values: Array) -> Spread:
        middle, low, high = quantiles(np.asarray(values)[:, None], level)
        return Spread(median=rounded(middle[0]), low=rounded(low[0]), high=rounded(high[0]))

    def line(one: ProfileTarget) -> ProfileLine:
        row = one.row
        return ProfileLine(
            target=one.target,
            basis=one.basis,
            occupancy=spread(one.cycle.average),
            lowest=spread(one.cycle.trough),
            highest=spread(one.cycle.peak),
            from_Ki=None if one.from_Ki is None else spread(one.from_Ki),
            parent=None if one.parent is None else spread(one.parent),
            saturated=one.saturated,
            Ki_nM=[] if row is None else [rounded(Ki) for Ki in row.Ki],
            Ki_sources=[] if row is None else [reference(key).short() for key in row.sources],
            without=[] if row is None else list(row.without),
        )

    modulation = found.modulation
    return ProfileDocument(
        **_head(found, level),
        anchor=found.anchor,
        metabolites=[
            MetaboliteLine(analyte=name, ratio=spread(ratio))
            for name, ratio in found.metabolites.items()
        ],
        targets=[line(one) for one in found.targets],
        saturated=list(found.profile.full),
        outside=[
            MissedWindow(
                target=one.target,
                name=one.window,
                side="below" if one.side == "below" else "above",
                low=one.low,
                high=one.high,
                applies=one.applies,
            )
            for one in found.profile.outside
        ],
        modulation=None
        if modulation is None
        else ModulationLine(
            hypothesis=HYPOTHESIS,
            strength=modulation.strength,
            D2_occupancy=spread(modulation.D2),
            D2_signal=spread(modulation.signal),
            D2_signal_without=spread(modulation.signal_without),
        ),
        verdict=found.profile.verdict,
        caveats=list(found.profile.caveats),
    )


def _head(found: DoseProfile, level: float) -> dict:
    """The fields of every answer; without a dose there is nobody and no kinetics behind it."""
    known = drug_record(found.drug).figures()
    used = [
        figure
        for one in found.targets
        if one.row is not None and one.target != found.anchor
        for figure in (*one.row.figures[:1], one.row.anchored_by)
        if figure is not None
    ]
    affinities = [
        source_line(source_of(figure, known)) for figure in {one.id: one for one in used}.values()
    ]
    course = found.course
    if course is not None:
        head = answer(course.setting, level, course.sources, course.reasons, found.warnings)
        head["sources"] += affinities
        return {**head, "regimen": course.plan.text}
    draws = found.targets[0].cycle.average.size
    return {
        "version": VERSION,
        "drug": found.drug,
        "form": "",
        "kinetics": "",
        "regimen": None,
        "band": Band(
            level=level,
            contains="uncertainty" if draws > 1 else "none",
            draws=draws,
            seed=found.seed,
        ),
        "person": PersonLine(),
        "sources": affinities,
        "warnings": list(found.warnings),
    }
