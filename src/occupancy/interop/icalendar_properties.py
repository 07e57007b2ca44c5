"""The calendar library, loaded when it is needed, and our own properties in a calendar."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any, Final

from occupancy.interop.saving import ExportError

#: Property of the calendar: what the plan is.
PLAN: Final = "X-OCCUPANCY-PLAN"
#: Property of an event: the stage it belongs to and what its intakes are made of.
STAGE: Final = "X-OCCUPANCY-STAGE"
#: What stands for itself in a property: no comma, semicolon, backslash or percent sign, which some
#: programs escape or take for an escape of their own. Others become "~2C" and the like.
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 !\"()*+\-./:<=>?@\[\]_{}]")
_CODED: Final = re.compile(r"~([0-9A-F]{2})")


class NoCalendarLibraryError(ExportError):
    """The optional library that reads and writes calendars is not installed."""


def library() -> ModuleType:
    """The `icalendar` module, imported only when a calendar is made or read.

    Raises:
        NoCalendarLibraryError: it is not installed.
    """
    try:
        import icalendar
    except ModuleNotFoundError as error:
        raise NoCalendarLibraryError(
            "calendars need the icalendar library: pip install 'occupancy[calendar]'"
        ) from error
    return icalendar


def coded(data: dict[str, Any]) -> str:
    """`data` as JSON in characters that every calendar program passes on unharmed."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return _UNSAFE.sub(lambda found: f"~{ord(found[0]):02X}", text)


def decoded(text: str) -> dict[str, Any]:
    """What `coded` was given.

    Raises:
        ExportError: `text` was changed by hand.
    """
    try:
        data = json.loads(_CODED.sub(lambda found: chr(int(found[1], 16)), text))
    except ValueError as error:
        raise ExportError(f"a property of the plan cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise ExportError(f"a property of the plan cannot be read: {text!r} is no object.")
    return data
