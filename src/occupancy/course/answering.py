"""What every document says of a drug: its band, its person, its sources."""

from collections.abc import Sequence

from occupancy.course.answer import Band, PersonLine, SourceLine
from occupancy.course.setting import Setting
from occupancy.drugs import Source
from occupancy.version import VERSION

#: Significant digits printed; more would pretend a precision no figure has.
DIGITS = 6


def source_line(source: Source) -> SourceLine:
    """A source as a document line."""
    return SourceLine(
        figure=source.figure,
        quantity=source.quantity,
        value=source.value,
        status=source.status,
        citation=source.citation,
        note=source.note,
        disputed_by=list(source.disputed_by),
    )


def answer(
    where: Setting,
    level: float,
    sources: Sequence[Source],
    reasons: Sequence[str],
    warnings: Sequence[str],
) -> dict:
    """The fields that every `Answer` has."""
    sampling = where.subject.sampler.sampling
    contains = "none"
    if sampling.draws > 1:
        contains = (
            "uncertainty and differences between people" if sampling.variability else "uncertainty"
        )
    return {
        "version": VERSION,
        "drug": where.product.record.name,
        "form": where.product.form.name,
        "kinetics": where.subject.model.name,
        "band": Band(level=level, contains=contains, draws=sampling.draws, seed=sampling.seed),
        "person": _person(where, reasons),
        "sources": [source_line(one) for one in sources],
        "warnings": list(warnings),
    }


def _person(where: Setting, reasons: Sequence[str]) -> PersonLine:
    person = where.person
    if person is None:
        return PersonLine(effects=list(reasons))
    return PersonLine(
        age_y=person.age_y,
        weight_kg=person.weight_kg,
        height_cm=person.height_cm,
        sex=person.sex,
        cyp2d6=person.cyp2d6,
        cyp2c19=person.cyp2c19,
        smoking=None if person.smoking is None else str(person.smoking),
        comedication=list(person.comedication),
        ancestry=person.ancestry,
        effects=list(reasons),
    )


def rounded(value: float) -> float:
    """`value` in six significant digits."""
    return float(f"{float(value):.{DIGITS}g}")
