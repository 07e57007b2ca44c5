"""When each frame of a scan began and ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt

from occupancy.pet.activity_unit import minutes_in
from occupancy.pet.error import PetError

Array: TypeAlias = npt.NDArray[np.float64]
ArrayLike: TypeAlias = npt.ArrayLike
Convention: TypeAlias = Literal["average", "mid"]
CONVENTIONS: Final = ("average", "mid")
# frame times written with six digits may overlap by their rounding
_ROUNDING = 1e-6


@final
@dataclass(frozen=True, eq=False)
class Frames:
    """The frames of a scan, minutes after injection; gaps are allowed, overlaps are not.

    Attributes
    ----------
    start, end
        Minutes, shape (frames,).
    """

    start: Array
    end: Array

    def __post_init__(self) -> None:
        """Refuse frames that are not in order.

        Raises
        ------
        PetError
            Unequal lengths, times that are not finite or negative, an end that is not after its
            start, or frames that are unsorted or overlap; the message names the frame, from 1.
        """
        start = np.array(self.start, dtype=np.float64, ndmin=1)
        end = np.array(self.end, dtype=np.float64, ndmin=1)
        start[np.abs(start) < _ROUNDING] = 0.0
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "end", end)
        if start.ndim != 1 or start.shape != end.shape or start.size == 0:
            raise PetError(
                f"Frame starts {start.shape} and ends {end.shape} must be two lists of one length, "
                "of at least one frame."
            )
        for name, values in (("start", start), ("end", end)):
            bad = np.flatnonzero(~np.isfinite(values) | (values < 0.0))
            if bad.size:
                raise PetError(
                    f"Frame {bad[0] + 1} has the {name} {values[bad[0]]:g} min; frame times are "
                    "finite and count from the injection, so they are not negative."
                )
        bad = np.flatnonzero(end <= start)
        if bad.size:
            i = int(bad[0])
            raise PetError(
                f"Frame {i + 1} starts at {start[i]:g} min and ends at {end[i]:g} min; a frame "
                "ends after it starts."
            )
        slack = _ROUNDING * np.maximum(end[:-1], 1.0)
        bad = np.flatnonzero(start[1:] < end[:-1] - slack)
        if bad.size:
            i = int(bad[0])
            unsorted = start[i + 1] < start[i]
            raise PetError(
                f"Frame {i + 2} starts at {start[i + 1]:g} min, before frame {i + 1} "
                f"({start[i]:g} to {end[i]:g} min) {'starts' if unsorted else 'ends'}: frames are "
                "in order of time and do not overlap. Check whether ends were given as durations."
            )
        # rounding is given back to the earlier frame, so that the frames share their boundary
        overlap = np.flatnonzero(start[1:] < end[:-1])
        end[overlap] = start[1:][overlap]

    @classmethod
    def from_durations(cls, start: ArrayLike, duration: ArrayLike, unit: str) -> Frames:
        """Return the frames with these starts and durations, in 's', 'min' or 'h'."""
        scale = minutes_in(unit)
        begin = np.asarray(start, dtype=np.float64) * scale
        return cls(begin, begin + np.asarray(duration, dtype=np.float64) * scale)

    @classmethod
    def from_ends(cls, start: ArrayLike, end: ArrayLike, unit: str) -> Frames:
        """Return the frames with these starts and ends, in 's', 'min' or 'h'."""
        scale = minutes_in(unit)
        return cls(np.asarray(start, np.float64) * scale, np.asarray(end, np.float64) * scale)

    def __len__(self) -> int:
        """Return the number of frames."""
        return int(self.start.size)

    @property
    def mid(self) -> Array:
        """The middle of each frame, min."""
        return 0.5 * (self.start + self.end)

    @property
    def duration(self) -> Array:
        """The length of each frame, min."""
        return self.end - self.start

    def take(self, chosen: Sequence[int] | npt.NDArray[Any]) -> Frames:
        """Return the chosen frames (indices or a mask)."""
        return Frames(self.start[chosen], self.end[chosen])

    def later(self, minutes: float) -> Frames:
        """Return the same frames that much later."""
        return self if minutes == 0.0 else Frames(self.start + minutes, self.end + minutes)

    def same_as(self, other: Frames) -> bool:
        """Tell whether the two have the same times, to the rounding of a file."""
        return len(self) == len(other) and bool(
            np.allclose(self.start, other.start, rtol=0, atol=1e-6)
            and np.allclose(self.end, other.end, rtol=0, atol=1e-6)
        )


def checked_convention(convention: str) -> Convention:
    """Return the convention if it is one.

    Raises
    ------
    PetError
        It is neither 'average' nor 'mid'.
    """
    if convention == "average" or convention == "mid":
        return convention
    raise PetError(
        f"Frame convention {convention!r}: allowed are 'average' (a value is the mean over its "
        "frame, as scanners measure) and 'mid' (a value is that of the middle of its frame)."
    )
