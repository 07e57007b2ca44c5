"""The PET page: time-activity curves in, binding and occupancy with their errors out."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse

from occupancy.web import pages
from occupancy.web.mistakes import MistakeLine, Mistakes, about, mistake
from occupancy.web.tables import MOST_SCANS, Given, check_size, placed, reading

router = APIRouter(prefix="/pet")

#: Models without arterial blood, which a browser form can ask for.
MODELS: Final = (
    ("srtm", "simplified reference tissue (SRTM)"),
    ("mrtm1", "multilinear reference tissue (MRTM1)"),
    ("reference-logan", "reference Logan"),
    ("frtm", "full reference tissue (FRTM)"),
)
_SHOWN: Final = ("BP_ND", "V_T", "R1", "k2", "k2prime")


@router.get("")
def form(request: Request) -> HTMLResponse:
    """The empty form."""
    return _page(request, {}, None, None, {})


@router.post("")
def fit(
    request: Request,
    curves: Annotated[list[UploadFile], File()],
    model: Annotated[str, Form(max_length=40)] = "srtm",
    reference: Annotated[str, Form(max_length=100)] = "",
    unit: Annotated[str, Form(max_length=20)] = "",
    time_unit: Annotated[str, Form(max_length=20)] = "",
) -> HTMLResponse:
    """Fit every region of every scan; the first scan is the baseline of an occupancy."""
    typed = {"model": model, "reference": reference, "unit": unit, "time_unit": time_unit}
    try:
        fits, occupancy = _fitted(curves, typed)
    except Mistakes as error:
        return _page(request, typed, None, None, error.by_field())
    return _page(request, typed, fits, occupancy, {})


def _fitted(curves: list[UploadFile], typed: dict[str, str]) -> tuple[Any, Any]:
    from occupancy.pet.binding_table import BindingTable
    from occupancy.pet.files.stated import Stated
    from occupancy.pet.study_asked import asked_fits, asked_occupancy
    from occupancy.pet.study_fit import FitSettings

    if len(curves) > MOST_SCANS:
        raise Mistakes(
            [
                mistake(
                    "curves", len(curves), f"these are too many scans; give {MOST_SCANS} or fewer"
                )
            ]
        )
    if typed["model"] not in dict(MODELS):
        allowed = ", ".join(name for name, _ in MODELS)
        raise Mistakes([mistake("model", typed["model"], f"no such model here; choose {allowed}")])
    if not typed["reference"].strip():
        raise Mistakes(
            [mistake("reference", "", "the reference region is missing; write its column's name")]
        )
    stated = Stated(
        typed["unit"].strip() or None,
        typed["time_unit"].strip() or None,
        None,
        None,
        "average",
        corrected_if_silent=True,
    )
    settings = FitSettings(typed["model"], typed["reference"].strip(), stated=stated)
    given = [Given(one.filename or "scan.tsv", one.file.read()) for one in curves]
    with placed(given, "curves") as tables:
        check_size(tables, settings, "curves")
        with reading(tables, "curves"):
            found = asked_fits(tables.paths, settings)
        fits = tables.told(found.document)
    if len(found.fits) < 2:
        return fits, None
    with about("curves", "the scans"):
        table, notes = BindingTable.of_fits(found.fits, "BP_ND", 0.0)
        return fits, asked_occupancy(table, notes)


def _page(
    request: Request,
    typed: dict[str, str],
    fits: Any,
    occupancy: Any,
    mistakes: dict[str, MistakeLine],
) -> HTMLResponse:
    names = []
    if fits is not None:
        known = {name for line in fits.fits for name in line.parameters}
        names = [name for name in _SHOWN if name in known]
    return pages.of(request).show(
        request,
        "pet.html",
        422 if mistakes else 200,
        part=False,
        typed=typed,
        mistakes=mistakes,
        fits=fits,
        occupancy=occupancy,
        names=names,
        models=MODELS,
    )
