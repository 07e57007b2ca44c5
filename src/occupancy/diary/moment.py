"""When something happened: the instant, and what the clock on the wall showed.

Both are kept with the zone's name, because a night with two half past twos cannot be told from
the wall clock alone, and a diary read in another country must still say "at breakfast".
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

from occupancy.diary.error import EntryError

Which = Literal["first", "second"]
#: Years that an entry can be of; beyond them the mistake is in the typing.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
#: No zone was ever further from UTC than this.
FURTHEST_H: Final = 16


@dataclass(frozen=True, order=True)
class Moment:
    """An instant in a place.

    Attributes:
        utc: the instant, in UTC.
        local: what the clock there showed, without a zone.
        zone: name of the time zone, "Europe/Berlin".

    Raises:
        EntryError: a time without zone, a year that cannot be meant, an unknown zone, or a local
            time that is not the instant's.
    """

    utc: datetime
    local: datetime
    zone: str

    def __post_init__(self) -> None:
        """Refuse what is no instant."""
        if self.utc.utcoffset() is None or self.utc.utcoffset() != UTC.utcoffset(None):
            raise EntryError("at", f"at = {self.utc}: the instant has to be in UTC.")
        if self.local.tzinfo is not None or self.local.fold:
            raise EntryError("at", f"at = {self.local}: the local time is written without a zone.")
        _checked_year(self.local)
        if not self.zone or len(self.zone) > 64:
            raise EntryError("zone", "zone is missing; write its name, as in Europe/Berlin.")
        offset = self.local - self.utc.replace(tzinfo=None)
        if abs(offset.total_seconds()) > 3600 * FURTHEST_H:
            raise EntryError(
                "at", f"local time {self.local} is more than {FURTHEST_H} h from {self.utc}."
            )

    @classmethod
    def of(cls, instant: datetime, zone: str) -> Self:
        """The instant (with any offset) as seen in `zone`.

        Raises:
            EntryError: an instant without offset, or a zone that is not known.
        """
        if instant.utcoffset() is None:
            raise EntryError("at", f"at = {instant}: an instant has a zone or an offset.")
        _checked_year(instant)
        there = instant.astimezone(_zone(zone))
        return cls(instant.astimezone(UTC), there.replace(tzinfo=None, fold=0), zone)

    @classmethod
    def at(cls, local: datetime, zone: str, which: Which | None = None) -> Self:
        """The moment when the clock in `zone` showed `local`.

        Args:
            local: without a zone.
            zone: its name.
            which: for an hour that the clock showed twice when summer time ended, which of them.

        Raises:
            EntryError: a time that the clock skipped, one that it showed twice without `which`,
                an unknown zone.
        """
        if local.tzinfo is not None:
            raise EntryError("at", f"at = {local}: the local time is written without a zone.")
        _checked_year(local)
        place = _zone(zone)
        first = local.replace(tzinfo=place, fold=0)
        second = local.replace(tzinfo=place, fold=1)
        if first.utcoffset() != second.utcoffset():
            back = first.astimezone(UTC).astimezone(place).replace(tzinfo=None, fold=0)
            if back != local.replace(fold=0):
                raise EntryError(
                    "at",
                    f"at = {local:%Y-%m-%d %H:%M}: the clocks in {zone} skipped this time when "
                    f"they went forward; a minute later they showed {back:%H:%M}.",
                )
            if which is None:
                raise EntryError(
                    "at",
                    f"at = {local:%Y-%m-%d %H:%M}: the clocks in {zone} showed this time twice "
                    "when they went back; say whether the first or the second is meant.",
                )
        chosen = second if which == "second" else first
        return cls(chosen.astimezone(UTC), local.replace(fold=0), zone)

    @classmethod
    def now(cls, zone: str | None = None) -> Self:
        """This minute's moment, in `zone` or where this machine is, to the second."""
        return cls.of(datetime.now(UTC).replace(microsecond=0), zone or local_zone())

    @property
    def offset_min(self) -> int:
        """Minutes that the local clock was ahead of UTC."""
        return round((self.local - self.utc.replace(tzinfo=None)).total_seconds() / 60)

    def __str__(self) -> str:
        """Return local time, offset and zone: "2026-10-25 02:30 +01:00 Europe/Berlin"."""
        minutes = abs(self.offset_min)
        sign = "-" if self.offset_min < 0 else "+"
        hours = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        return f"{self.local:%Y-%m-%d %H:%M} {hours} {self.zone}"


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise EntryError(
            "zone",
            f"zone = {name[:64]!r} is not known; write its name, as in Europe/Berlin or UTC.",
        ) from None


def check_zone(name: str) -> str:
    """`name`, when it is a time zone.

    Raises:
        EntryError: it is none.
    """
    _zone(name)
    return name


def local_zone() -> str:
    """Name of this machine's time zone: `OCCUPANCY_ZONE`, `TZ`, the system's setting, else UTC."""
    for variable in ("OCCUPANCY_ZONE", "TZ"):
        named = os.environ.get(variable, "").lstrip(":")
        if named:
            return check_zone(named)
    link = Path("/etc/localtime")
    parts = link.resolve().parts if link.is_symlink() else ()
    if "zoneinfo" in parts:
        name = "/".join(parts[parts.index("zoneinfo") + 1 :])
        return "UTC" if name.startswith("Etc/") else check_zone(name)
    return "UTC"


def _checked_year(moment: datetime) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise EntryError(
            "at", f"at: the year {moment.year} is not allowed; {FIRST_YEAR} to {LAST_YEAR} are."
        )
