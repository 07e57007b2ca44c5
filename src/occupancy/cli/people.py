"""The person that options describe."""

from occupancy.person import Person


def person_of(
    *,
    age: float | None,
    weight: float | None,
    height: float | None,
    sex: str | None,
    cyp2d6: str | None,
    cyp2c19: str | None,
    smoker: bool | None,
    comedication: list[str] | None,
    ancestry: str | None,
) -> Person | None:
    """A person, or None when nothing was said.

    Raises:
        PersonError: a trait that is not allowed; the message says what is.
    """
    said = (age, weight, height, sex, cyp2d6, cyp2c19, smoker, ancestry)
    if all(one is None for one in said) and not comedication:
        return None
    return Person(
        age_y=age,
        weight_kg=weight,
        height_cm=height,
        sex=sex,
        cyp2d6=cyp2d6,
        cyp2c19=cyp2c19,
        smoking=smoker,
        comedication=tuple(comedication or ()),
        ancestry=ancestry,
    )
