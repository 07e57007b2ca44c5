"""Co-medication: names to recorded effects, and entries that do not go together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from occupancy.evidence import drug_names, interactions
from occupancy.person.error import PersonError

if TYPE_CHECKING:
    from occupancy.evidence.peopletables import Perpetrator


@dataclass(frozen=True)
class Comedication:
    """A medicine taken beside, and what is recorded of it.

    Attributes:
        name: the record's name.
        effects: one entry for each enzyme it inhibits or induces; empty when it is known and no
            effect is recorded.
        note: why there is no effect, where there is none.
    """

    name: str
    effects: tuple[Perpetrator, ...] = ()
    note: str = ""


def comedication(name: str) -> Comedication:
    """The recorded effects of a medicine, found by name or synonym, whatever the case.

    Raises:
        PersonError: no record of that name. An unknown name is never taken as harmless: the
            message suggests names and says how to leave it out.
    """
    wanted = " ".join(name.split()).lower()
    canonical = _names().get(wanted)
    if canonical == "smoking":
        raise PersonError("smoking is not a co-medication: set smoking='smoker'")
    if canonical is None:
        near = get_close_matches(wanted, list(_names()), n=3, cutoff=0.6)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise PersonError(
            f"co-medication {name!r} has no record: {hint}Write the name alone, without a dose; "
            "leave it out to compute without it, and keep in mind that its effect is then not "
            "counted"
        )
    effects = tuple(one for one in interactions().perpetrator if one.name == canonical)
    if effects:
        return Comedication(canonical, effects)
    note = next((one.note for one in interactions().neutral if one.name == canonical), "")
    return Comedication(canonical, (), note or "no effect on an enzyme is recorded")


def resolve(names: Iterable[str]) -> tuple[str, ...]:
    """Record names of co-medications in the order given, each once.

    Raises:
        PersonError: an unknown name, or two that do not go together.
    """
    found = tuple(dict.fromkeys(comedication(name).name for name in names))
    for one in interactions().contradictory:
        if one.refuse and one.first in found and one.second in found:
            raise PersonError(
                f"co-medication {one.first!r} and {one.second!r} contradict each other: "
                f"{one.why}; leave one out"
            )
    return found


@cache
def _names() -> dict[str, str]:
    table = interactions()
    names = {name: name for name in drug_names()}
    for one in (*table.neutral, *table.perpetrator):
        names.update({word.lower(): one.name for word in (one.name, *one.synonyms)})
    return names
