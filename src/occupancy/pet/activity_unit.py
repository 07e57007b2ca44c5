"""Units of radioactivity concentration and of time, converted by name and never guessed."""

from __future__ import annotations

from typing import Final

from occupancy.pet.error import PetError

# Bq/mL in one of each unit; 1 Ci = 3.7e10 Bq. One cc is one mL.
_BQ_PER_ML: Final = {
    "Bq/mL": 1.0,
    "kBq/mL": 1e3,
    "MBq/mL": 1e6,
    "nCi/mL": 37.0,
    "uCi/mL": 37e3,
}
_MINUTES: Final = {"s": 1.0 / 60.0, "min": 1.0, "h": 60.0}
_TIME_WORDS: Final = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "min": "min", "mins": "min", "minute": "min", "minutes": "min",
    "h": "h", "hr": "h", "hour": "h", "hours": "h",
}  # fmt: skip
ACTIVITY_UNITS: Final = (*_BQ_PER_ML, "SUV")
NOT_STATED: Final = ""  # the unit of curves whose file names none
TIME_UNITS: Final = tuple(_MINUTES)


def activity_unit(text: str) -> str:
    """Return the one spelling of a concentration unit: 'kBq/cc' and 'kbq/ml' are 'kBq/mL'.

    `NOT_STATED`, the empty text, is returned as it is: ratios to a reference region need no unit,
    and every conversion refuses it.

    Raises
    ------
    PetError
        The unit is not one of `ACTIVITY_UNITS`; a total activity such as 'Bq' names no volume
        and is refused.
    """
    if text == NOT_STATED:
        return text
    plain = text.strip().replace("µ", "u").replace("μ", "u").lower()
    plain = plain.replace("*", "/").replace("/cc", "/ml").replace("/cm3", "/ml")
    for known in ACTIVITY_UNITS:
        if plain == known.lower():
            return known
    raise PetError(
        f"{text!r} is not a unit of radioactivity concentration; allowed: "
        f"{', '.join(ACTIVITY_UNITS)} (cc and cm3 are read as mL). State the unit."
    )


def time_unit(text: str) -> str:
    """Return 's', 'min' or 'h' for the ways these are written.

    Raises
    ------
    PetError
        The text is none of them.
    """
    word = _TIME_WORDS.get(text.strip().lower())
    if word is None:
        raise PetError(f"{text!r} is not a unit of time; allowed: s, min, h.")
    return word


def activity_factor(unit: str, to: str) -> float:
    """Return the number that turns a value in `unit` into one in `to`.

    Raises
    ------
    PetError
        Either is unknown or not stated, or one is SUV, whose conversion needs the injected
        activity and the body weight and is not a change of unit.
    """
    unit, to = activity_unit(unit), activity_unit(to)
    if NOT_STATED in (unit, to):
        raise PetError(
            f"The unit of the {'curves' if unit == NOT_STATED else 'other side'} is not stated; "
            f"give it: {', '.join(ACTIVITY_UNITS)}."
        )
    if unit == to:
        return 1.0
    if "SUV" in (unit, to):
        raise PetError(
            f"{unit} cannot be converted to {to}: SUV also needs the injected activity and body "
            "weight. Use `suv` on the curves in Bq/mL."
        )
    return _BQ_PER_ML[unit] / _BQ_PER_ML[to]


def minutes_in(unit: str) -> float:
    """Return the minutes in one `unit` of time."""
    return _MINUTES[time_unit(unit)]
