"""A measured level, and the way people write one: `45 ng/mL at 14 h after dose`."""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from occupancy.units import UnitError, convert, measures, to_mass_concentration

Anchor = Literal["last dose", "day", "start"]

_SPELLINGS: Final = {
    "ng/ml": "ng/mL",
    "µg/l": "ug/L",
    "μg/l": "ug/L",
    "ug/l": "ug/L",
    "mcg/l": "ug/L",
    "µg/ml": "ug/mL",
    "μg/ml": "ug/mL",
    "ug/ml": "ug/mL",
    "mg/l": "mg/L",
    "pg/ml": "pg/mL",
    "nm": "nM",
    "nmol/l": "nM",
    "µm": "uM",
    "um": "uM",
    "µmol/l": "uM",
    "umol/l": "uM",
}
_HOURS: Final = {"h": 1.0, "m": 1 / 60, "d": 24.0, "w": 168.0}
_LEVEL: Final = re.compile(
    r"^\s*(?:(?P<analyte>[A-Za-z0-9\[][^<>]*?)[\s:]+)??"
    r"(?P<below>below|under|less than|<)?\s*"
    r"(?P<value>[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?nan|[-+]?inf)\s*"
    r"(?P<unit>[A-Za-zµμ]+(?:/[A-Za-z]+)?)\s+(?:at|@)\s+(?P<when>.+?)\s*$"
)
_TIME: Final = (
    r"(?P<hours>[-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*"
    r"(?P<unit>hours|hour|hrs|hr|h|minutes|min|days|day|d|weeks|week|w)"
)
_AFTER: Final = re.compile(
    rf"^{_TIME}\s+after\s+(?:the\s+)?(?P<which>last\s+|first\s+)?(?:dose|start)"
    r"(?:\s+(?:on|of)\s+day\s+(?P<day>-?\d+))?$",
    re.IGNORECASE,
)
_DAY: Final = re.compile(rf"^day\s+(?P<day>-?\d+)(?:\s*,?\s*{_TIME})?$", re.IGNORECASE)
_FORMS: Final = (
    "45 ng/mL at 14 h after dose",
    "45 ng/mL at trough",
    "45 ng/mL at 14 h after dose on day 10",
    "norfluoxetine 120 ng/mL at 30 h after first dose",
    "below 5 ng/mL at 20 h after dose",
)


class LevelError(ValueError):
    """A level that cannot be read or cannot be; the message says what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """One measured concentration.

    Attributes:
        value: in `unit`, above zero; an upper bound when `below`.
        unit: a mass or molar concentration known to `occupancy.units`.
        analyte: names joined by " + " are measured as a sum; None is what is given.
        below: the level lay below `value`, the limit of the assay.
        anchor: what `hours` count from: the last dose taken, the first dose of `day`, or the
            start (the first dose of all).
        hours: hours after the anchor; None is the trough, just before the next dose.
        day: 1-based day of treatment, with anchor "day".
        assay_cv: coefficient of variation of the assay; None takes the labelled default.
    """

    value: float
    unit: str = "ng/mL"
    analyte: str | None = None
    below: bool = False
    anchor: Anchor = "last dose"
    hours: float | None = None
    day: int | None = None
    assay_cv: float | None = None

    def __post_init__(self) -> None:
        """Check value, unit, time and day."""
        if not (math.isfinite(self.value) and self.value > 0):
            raise LevelError(
                f"level = {self.value:g} {self.unit} is not allowed; a concentration is above 0. "
                "One under the limit of the assay is written 'below 5 ng/mL'"
            )
        try:
            measured = measures(self.unit)
        except UnitError:
            measured = ""
        if measured not in ("ng/mL", "nM"):
            raise LevelError(
                f"unit {self.unit!r} is not a concentration; write ng/mL, ug/L, mg/L or nmol/L"
            )
        if self.hours is not None and not (math.isfinite(self.hours) and self.hours >= 0):
            raise LevelError(
                f"a level {self.hours:g} h after the dose lies before it; give 0 h or more"
            )
        if (self.anchor == "day") != (self.day is not None):
            raise LevelError("a day goes with a level counted from a day, and only with one")
        if self.day is not None and self.day < 1:
            raise LevelError(
                f"day {self.day} lies before the first dose; day 1 begins with the first dose"
            )
        if self.assay_cv is not None and not 0 < self.assay_cv < 2:
            raise LevelError(f"assay CV = {self.assay_cv:g} is not allowed; give 0 to 2")

    def ng_per_mL(self, molar_mass: float) -> float:
        """The level as a mass concentration."""
        if measures(self.unit) == "nM":
            return to_mass_concentration(convert(self.value, self.unit, "nM"), molar_mass)
        return convert(self.value, self.unit, "ng/mL")

    def text(self) -> str:
        """The level as it would be written."""
        parts = [self.analyte] if self.analyte else []
        parts += ["below"] if self.below else []
        parts += [f"{self.value:g} {self.unit} at"]
        if self.hours is None:
            parts.append("trough")
        elif self.anchor == "start":
            parts.append(f"{self.hours:g} h after first dose")
        else:
            parts.append(f"{self.hours:g} h after dose")
        if self.day is not None:
            parts.append(f"on day {self.day}" if self.hours is not None else f"of day {self.day}")
        return " ".join(parts)


def parse_level(text: str, *, assay_cv: float | None = None) -> Level:
    """The level that a text describes.

    `[analyte] [below] number unit at (trough | time after [last|first] dose [on day n] |
    day n [time])`

    Raises:
        LevelError: anything else; the message shows forms that are read.
    """
    found = _LEVEL.match(text)
    if found is None:
        raise LevelError(f"{text!r} is not a level; write it as in {'; '.join(map(repr, _FORMS))}")
    anchor, hours, day = _when(found["when"], text)
    unit = found["unit"]
    return Level(
        value=_number(found["value"]),
        unit=_SPELLINGS.get(unit.lower(), unit),
        analyte=found["analyte"],
        below=found["below"] is not None,
        anchor=anchor,
        hours=hours,
        day=day,
        assay_cv=assay_cv,
    )


def _when(when: str, text: str) -> tuple[Anchor, float | None, int | None]:
    if re.fullmatch(r"(the\s+)?trough", when, re.IGNORECASE):
        return "last dose", None, None
    after = _AFTER.match(when)
    if after is not None:
        hours = _hours(after)
        if after["day"] is not None:
            return "day", hours, int(after["day"])
        first = (after["which"] or "").strip().lower() == "first" or when.lower().endswith("start")
        return ("start" if first else "last dose"), hours, None
    day = _DAY.match(when)
    if day is not None:
        return "day", 0.0 if day["hours"] is None else _hours(day), int(day["day"])
    before = re.search(r"before", when, re.IGNORECASE)
    raise LevelError(
        f"{when!r} in {text!r} is not a time of a level"
        + ("; one before the next dose is written 'at trough'" if before else "")
        + f"; write it as in {'; '.join(map(repr, _FORMS))}"
    )


def _hours(found: "re.Match[str]") -> float:
    hours = _number(found["hours"])
    if hours < 0:
        raise LevelError(
            f"a level {hours:g} {found['unit']} after a dose lies before it; give 0 or more"
        )
    return hours * _HOURS[found["unit"][0].lower()]


def _number(text: str) -> float:
    return float(text.replace("−", "-"))
