"""The band of occupancy that a target's evidence names, where it applies to a drug."""

from dataclasses import dataclass

from occupancy.drugs import Anchored, Binding
from occupancy.evidence import DrugRecord, reference, targets


@dataclass(frozen=True)
class TargetWindow:
    """A named band of occupancy; a convention of the field, never a prediction of response."""

    name: str
    low: float
    high: float
    note: str
    sources: tuple[str, ...]


def window_of(bound: Binding, record: DrugRecord) -> TargetWindow | None:
    """The window of the target that applies to this drug, or None.

    None where the window was made for other classes of drugs, names this drug (or partial
    agonists) as an exception, or the target is only anchored.
    """
    if isinstance(bound, Anchored):
        return None
    table = targets()
    figures = {one.id: one for one in table.figure}
    for target in table.target:
        if target.name != bound.target:
            continue
        for window in target.window:
            if window.classes and not any(map(record.is_of, window.classes)):
                continue
            if record.name in window.not_for:
                continue
            if bound.model.partial_agonist and "partial agonist" in window.not_for:
                continue
            low, high = figures[window.low], figures[window.high]
            return TargetWindow(
                name=window.name,
                low=low.canonical(low.central),
                high=high.canonical(high.central),
                note=window.note,
                sources=tuple(dict.fromkeys(reference(f.cite).short() for f in (low, high))),
            )
    return None
