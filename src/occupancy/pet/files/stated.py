"""What the caller says of a file that is silent, and the names of frame columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from occupancy.pet.activity_unit import NOT_STATED, activity_unit, time_unit
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.frames import Convention
from occupancy.pet.nuclide import nuclide_name

_START: Final = ("framestart", "frametimesstart", "frametimestart", "framestarttime", "start",
                 "starttime", "tstart")  # fmt: skip
_END: Final = ("frameend", "frametimesend", "frametimeend", "frameendtime", "end", "endtime",
               "stop", "tend")  # fmt: skip
_DURATION: Final = ("frameduration", "framedur", "duration", "dur", "framelength", "length")
_MIDDLE: Final = ("framemid", "mid", "midtime", "framemidtime", "middle", "times", "time", "ttac",
                  "tmid")  # fmt: skip
_ROLES: Final = {
    **dict.fromkeys(_START, "start"),
    **dict.fromkeys(_END, "end"),
    **dict.fromkeys(_DURATION, "duration"),
    **dict.fromkeys(_MIDDLE, "middle"),
}
_UNIT = re.compile(
    r"^(?P<name>.*?)[ _.]*[\[(](?P<a>[^\])]*)[\])]$|"
    r"^(?P<plain>.*?)[ _.](?P<b>s|sec|secs|second|seconds|min|mins|minute|minutes|h|hours)$"
)


@final
@dataclass(frozen=True)
class Stated:
    """What a caller knows and a file may not say; None leaves it to the file.

    Where a file says something else, reading it fails: neither is chosen over the other.

    Attributes
    ----------
    unit
        Of concentration.
    time_unit
        's', 'min' or 'h'.
    decay_corrected
        Whether values are corrected for decay to the injection.
    nuclide
        'C-11' and its like.
    convention
        'average' for frames as scanners measure them, 'mid' for values at their middles.
    corrected_if_silent
        Take values as decay corrected, with a note, where neither file nor caller says.
    """

    unit: str | None = None
    time_unit: str | None = None
    decay_corrected: bool | None = None
    nuclide: str | None = None
    convention: Convention = "average"
    corrected_if_silent: bool = False

    def unit_of(self, file: Path, written: str | None) -> str:
        """Return the unit that file and caller agree on; `NOT_STATED` where both are silent.

        Raises
        ------
        PetFileError
            They contradict each other, or the file's is no unit and the caller gives none.
        """
        given = None if self.unit is None else activity_unit(self.unit)
        if written is None:
            return NOT_STATED if given is None else given
        try:
            found = activity_unit(written)
        except PetError as problem:
            if given is not None:  # the caller corrects what cannot be
                return given
            raise PetFileError(
                file, str(problem), "a unit of concentration; give `unit` to say what it is."
            ) from None
        if given is not None and given != found:
            raise PetFileError(
                file, f"its values are in {found}, but {given} was given.", "one of the two."
            )
        return found

    def time_of(self, file: Path, written: str | None) -> str | None:
        """Return the unit of time that file and caller agree on, None where both are silent.

        Raises
        ------
        PetFileError
            They contradict each other, or the file's is no unit of time.
        """
        given = None if self.time_unit is None else time_unit(self.time_unit)
        if written is None:
            return given
        try:
            found = time_unit(written)
        except PetError as problem:
            raise PetFileError(file, str(problem), "s, min or h.") from None
        if given is not None and given != found:
            raise PetFileError(
                file, f"its times are in {found}, but {given} was given.", "one of the two."
            )
        return found

    def decay_of(self, file: Path, said: bool | None, notes: list[str]) -> bool:
        """Return whether values are decay corrected, adding a note where that is assumed.

        Raises
        ------
        PetFileError
            File and caller contradict each other, or both are silent.
        """
        if said is not None and self.decay_corrected not in (None, said):
            raise PetFileError(
                file, f"the sidecar says ImageDecayCorrected is {str(said).lower()}, but "
                f"decay_corrected={self.decay_corrected} was given.", "one of the two.",
            )  # fmt: skip
        known = said if said is not None else self.decay_corrected
        if known is not None:
            return known
        if self.corrected_if_silent:
            notes.append(
                f"{file.name} does not say whether its values are corrected for decay; they are "
                "taken as corrected to the injection"
            )
            return True
        raise PetFileError(
            file, "nothing says whether the values are corrected for decay.",
            "decay_corrected=True or False, or ImageDecayCorrected in a sidecar.",
        )  # fmt: skip

    def nuclide_of(self, file: Path, said: str | None) -> str | None:
        """Return the nuclide that file and caller agree on, None where both are silent.

        Raises
        ------
        PetFileError
            They contradict each other.
        """
        given = None if self.nuclide is None else nuclide_name(self.nuclide)
        if said is not None and given not in (None, said):
            raise PetFileError(file, f"the nuclide is {said}, but {given} was given.", "one.")
        return said if said is not None else given


def column_role(name: str) -> tuple[str | None, str | None, bool]:
    """Return what a column says of frames, the unit in its name, and whether PET-BIDS has it.

    The role is 'start', 'end', 'duration' or 'middle', None for any other column. PET-BIDS times
    are in seconds.
    """
    found = _UNIT.match(name)
    plain, unit = name, None
    if found is not None:
        plain = found["name"] if found["a"] else found["plain"]
        unit = found["a"] or found["b"]
    word = re.sub(r"[ _.\-]", "", plain).lower()
    role = _ROLES.get(word)
    if role is None:
        return None, None, False
    try:
        unit = None if unit is None else time_unit(unit)
    except PetError:  # PMOD writes the unit of the values beside the end of a frame
        unit = None
    return role, unit, unit is None and word.startswith("frame")
