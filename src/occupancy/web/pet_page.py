"""The PET page: time-activity curves in, binding and occupancy with their errors out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse

from occupancy.web import pages
from occupancy.web.mistakes import MistakeLine, Mistakes, about, mistake

router = APIRouter(prefix="/pet")

#: Models without arterial blood, which a browser form can ask for.
MODELS: Final = (
    ("srtm", "simplified reference tissue (SRTM)"),
    ("mrtm1", "multilinear reference tissue (MRTM1)"),
    ("reference-logan", "reference Logan"),
    ("frtm", "full reference tissue (FRTM)"),
)
#: Scans in one study.
MOST_SCANS: Final = 8
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
    from occupancy.pet.occupancy_fit import fit_occupancy
    from occupancy.pet.study_fit import FitSettings, fit_files
    from occupancy.pet.writing import fit_document, occupancy_document

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
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for k, one in enumerate(curves):
            # Never a name from outside as a path: its letters only, in a folder of its own.
            place = Path(folder) / str(k)
            place.mkdir()
            path = place / (
                pages.file_name(Path(one.filename or "scan.tsv").name)[-80:] or "scan.tsv"
            )
            path.write_bytes(one.file.read())
            paths.append(path)
        with about("curves", ", ".join(path.name for path in paths)):
            try:
                study = fit_files(paths, settings)
            except (OSError, UnicodeError, IndexError, KeyError) as error:
                raise ValueError(f"the tables cannot be read ({error}); see the formats") from error
            if not any(scan.fits for scan in study.fits):
                problems = [one.problem for one in study.failures]
                problems += [why for scan in study.fits for _, why in scan.failures]
                raise ValueError("nothing could be fitted: " + " ".join(dict.fromkeys(problems)))
    fits = fit_document(study.fits, study.failures, study.notes)
    if len(study.fits) < 2:
        return fits, None
    with about("curves", "the scans"):
        table, notes = BindingTable.of_fits(study.fits, "BP_ND", 0.0)
        return fits, occupancy_document(fit_occupancy(table), notes=notes)


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
