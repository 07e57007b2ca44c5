"""Which named windows of occupancy a receptor profile lies outside of, and for whom they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from occupancy.evidence import targets
from occupancy.evidence.drugrecord import DrugRecord


@dataclass(frozen=True)
class OutsideWindow:
    """A window that an occupancy misses.

    Attributes:
        target, window: names.
        side: "below" or "above".
        low, high: the window.
        applies: False where the window was not made for this drug.
        text: the same in words.
    """

    target: str
    window: str
    side: str
    low: float
    high: float
    applies: bool
    text: str


def outside_windows(
    record: DrugRecord, occupancy: Mapping[str, float]
) -> tuple[OutsideWindow, ...]:
    """The windows missed at the occupancies by target, one per target at most.

    The first window of the drug's class is taken. A window that names the drug as an exception
    is still shown, and said not to apply.
    """
    table = targets()
    figures = {one.id: one for one in table.figure}
    found = []
    for target in table.target:
        if target.name not in occupancy:
            continue
        window = next(
            (w for w in target.window if not w.classes or any(map(record.is_of, w.classes))), None
        )
        if window is None:
            continue
        low, high = (figures[name] for name in (window.low, window.high))
        bottom, top = low.canonical(low.central), high.canonical(high.central)
        theta = occupancy[target.name]
        if bottom <= theta <= top:
            continue
        partial = any(
            model.partial_agonist for model in record.occupancy if model.target == target.name
        )
        applies = not (
            record.name in window.not_for or (partial and "partial agonist" in window.not_for)
        )
        side = "below" if theta < bottom else "above"
        text = (
            f"{target.name} at {100 * theta:.0f} % is {side} the window of {100 * bottom:.0f} to "
            f"{100 * top:.0f} % ({window.name})"
        )
        text += "." if applies else f", which was not made for {record.name}."
        found.append(OutsideWindow(target.name, window.name, side, bottom, top, applies, text))
    return tuple(found)
