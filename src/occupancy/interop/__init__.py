"""Plans in the formats other software and people read: calendar, FHIR, CSV, printed page, PDF.

Each function turns a dated plan into the text or bytes of one format, without a clock of its own:
the same arguments give the same bytes. `save` writes them whole or not at all. May import every
room from `taper` down; knows nothing of terminals or web pages. Names are imported on first use,
and the optional libraries (`icalendar`, `reportlab`) only when their format is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from occupancy.interop.csv_plan import plan_csv, table_csv
    from occupancy.interop.csv_report import report_csv
    from occupancy.interop.fhir_invariants import Finding, check
    from occupancy.interop.fhir_report import report_bundle, report_json
    from occupancy.interop.fhir_request import medication_requests, medication_requests_json
    from occupancy.interop.html_plan import plan_page
    from occupancy.interop.icalendar_plan import plan_calendar, withdrawn_calendar
    from occupancy.interop.icalendar_properties import NoCalendarLibraryError
    from occupancy.interop.icalendar_reading import read_calendar
    from occupancy.interop.pdf_plan import NoPdfLibraryError, plan_pdf
    from occupancy.interop.saving import ExportError, save
    from occupancy.interop.sbml_export import circuit_sbml
    from occupancy.interop.sbml_import import read_sbml
    from occupancy.interop.sbml_library import NoSbmlLibraryError, SbmlError
    from occupancy.interop.sbml_model import SbmlModel
    from occupancy.interop.sbml_run import simulate_sbml
    from occupancy.interop.wording import DISCLAIMER

__all__ = [
    "DISCLAIMER",
    "ExportError",
    "Finding",
    "NoCalendarLibraryError",
    "NoPdfLibraryError",
    "NoSbmlLibraryError",
    "SbmlError",
    "SbmlModel",
    "check",
    "circuit_sbml",
    "medication_requests",
    "medication_requests_json",
    "plan_calendar",
    "plan_csv",
    "plan_page",
    "plan_pdf",
    "read_calendar",
    "read_sbml",
    "report_bundle",
    "report_csv",
    "report_json",
    "save",
    "simulate_sbml",
    "table_csv",
    "withdrawn_calendar",
]

_MODULE_OF: Final = {
    "DISCLAIMER": "wording",
    "ExportError": "saving",
    "Finding": "fhir_invariants",
    "NoCalendarLibraryError": "icalendar_properties",
    "NoPdfLibraryError": "pdf_plan",
    "NoSbmlLibraryError": "sbml_library",
    "SbmlError": "sbml_library",
    "SbmlModel": "sbml_model",
    "check": "fhir_invariants",
    "circuit_sbml": "sbml_export",
    "medication_requests": "fhir_request",
    "medication_requests_json": "fhir_request",
    "plan_calendar": "icalendar_plan",
    "plan_csv": "csv_plan",
    "plan_page": "html_plan",
    "plan_pdf": "pdf_plan",
    "read_calendar": "icalendar_reading",
    "read_sbml": "sbml_import",
    "report_bundle": "fhir_report",
    "report_csv": "csv_report",
    "report_json": "fhir_report",
    "simulate_sbml": "sbml_run",
    "save": "saving",
    "table_csv": "csv_plan",
    "withdrawn_calendar": "icalendar_plan",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'occupancy.interop' has no attribute {name!r}")
    value = getattr(import_module(f"occupancy.interop.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value
