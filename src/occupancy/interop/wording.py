"""Words and numbers that every exported plan carries, whatever its format."""

from __future__ import annotations

from typing import Final

from occupancy.course.answer import DISCLAIMER as SHORT_DISCLAIMER
from occupancy.taper.ladder import Band
from occupancy.taper.schedule import Schedule, ScheduledStage

#: Bound to every displayed plan.
DISCLAIMER: Final = (
    f"{SHORT_DISCLAIMER} For adults, and for preparing a visit: occupancies are those of people "
    "studied, not measured in this person, and occupancy is engagement of a target, not benefit."
)
#: Decimals of a dose or an amount: one microgram, finer than anything that is measured.
DECIMALS: Final = 6
#: Stands for a control character, which no format can show.
BLANK: Final = " "


def number(value: float) -> str:
    """`value` in plain decimals without trailing zeros: "0.35", "20", "0.000001"."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def plain(text: str) -> str:
    """`text` on one line, without control characters or what UTF-8 cannot hold."""
    shown = "".join(one if one.isprintable() else BLANK for one in text)
    return shown.encode("utf-8", "replace").decode()


def percent(band: Band) -> str:
    """An occupancy in words: "78.4 % (71.0-84.2)"; a single number when there is no spread."""
    middle = f"{100 * band.median:.1f} %"
    if band.low == band.high:
        return middle
    return f"{middle} ({100 * band.low:.1f}–{100 * band.high:.1f})"


def points(band: Band) -> str:
    """A drop in percentage points, as `percent` shows an occupancy."""
    middle = f"{100 * band.median:.1f}"
    if band.low == band.high:
        return middle
    return f"{middle} ({100 * band.low:.1f}–{100 * band.high:.1f})"


def made_by(schedule: Schedule) -> str:
    """The package and version behind a plan: "occupancy 0.1.0"."""
    return f"occupancy {plain(schedule.version)}".rstrip()


def how_to_make(stage: ScheduledStage) -> tuple[str, ...]:
    """One line for each intake of the day: "08:00: 1 tablet of 10 mg"; none for 0 mg."""
    return tuple(f"{intake.at:%H:%M}: {plain(intake.recipe.text)}" for intake in stage.intakes)
