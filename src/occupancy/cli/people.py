"""The person that options describe."""

from collections.abc import Mapping
from typing import Any

from occupancy.person import Person


def person_of(options: Mapping[str, Any]) -> Person | None:
    """A person from the options of `options.person`, or None when nothing was said.

    Raises:
        PersonError: a trait that is not allowed; the message says what is.
    """
    if all(value is None or value == () for value in options.values()):
        return None
    return Person(
        age_y=options["age"],
        weight_kg=options["weight"],
        height_cm=options["height"],
        sex=options["sex"],
        cyp2d6=options["cyp2d6"],
        cyp2c19=options["cyp2c19"],
        smoking=options["smoker"],
        comedication=tuple(options["comedication"]),
        ancestry=options["ancestry"],
    )
