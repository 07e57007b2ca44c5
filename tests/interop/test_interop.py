"""The face of the room: every name is there, light to import, and says what is missing."""

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from occupancy import interop

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", interop.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(interop, name) is not None
    assert name in interop._MODULE_OF


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = interop.nonsense


def test_importing_all_of_it_needs_numpy_only() -> None:
    code = (
        "import sys; from occupancy.interop import *; "
        "print({'icalendar', 'reportlab', 'fhir', 'pydantic', 'scipy', 'xarray', 'pandas'}"
        " & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_missing_library_says_what_to_install(plan, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(interop.NoCalendarLibraryError, match=r"pip install 'occupancy\[calendar\]"):
        interop.plan_calendar(plan, stamped=NOW)
    for name in ("reportlab", "reportlab.lib.units", "reportlab.platypus"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(interop.NoPdfLibraryError, match="the HTML page prints without it"):
        interop.plan_pdf(plan, made_on=date(2026, 11, 21))
