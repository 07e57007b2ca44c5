"""A folder of scans: whose they are, which is the baseline, and what they give together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, final

from occupancy.pet.binding_table import BindingTable
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.tac_reading import scan_name
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.person_occupancy import PersonOccupancy
from occupancy.pet.scan_fit import ARTERIAL
from occupancy.pet.shared_v_nd import SharedVnd, fit_shared_v_nd
from occupancy.pet.study_fit import FitSettings, FittedScan, FittedStudy, fit_files
from occupancy.pet.writing import Failure

_CURVES: Final = re.compile(
    r"(tacs?|timeseries)\.(tsv|csv|txt)(\.gz)?$|\.(tac|voistat|dft)(\.gz)?$|\.csv$", re.I
)
_OTHER: Final = re.compile(r"kinpar|blood|inputfunction|participants|dosing", re.I)
_BLOOD: Final = re.compile(r"(inputfunction|blood)\.(tsv|csv|txt)(\.gz)?$", re.I)
BASELINE: Final = "base"


@final
@dataclass(frozen=True, eq=False)
class Study:
    """What a folder gave.

    Attributes
    ----------
    folder
        Where it is.
    settings
        What was asked.
    fitted
        Every scan, failures and notes.
    people
        Those with a baseline and another scan.
    shared
        All of them with one population of V_ND, for V_T of two or more people.
    files
        Names of what was read and the first 16 digits of their SHA-256.
    """

    folder: Path
    settings: FitSettings
    fitted: FittedStudy
    people: tuple[PersonOccupancy, ...]
    shared: SharedVnd | None
    files: tuple[tuple[str, str], ...]


def curve_files(folder: Path) -> list[Path]:
    """Return the files of curves in a folder and the ones below it, in order of their names.

    `.tac`, `.voistat`, `.dft`, `.csv`, and tables whose name ends with tacs, tac or timeseries.

    Raises
    ------
    PetFileError
        There is no such folder, or no such file in it.
    """
    if not folder.is_dir():
        raise PetFileError(folder, "there is no such folder.", "a folder with a file per scan.")
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and _CURVES.search(path.name) and not _OTHER.search(path.name)
    ]
    if not found:
        raise PetFileError(
            folder, "it holds no curves.",
            "files ending with _tacs.tsv, _timeseries.tsv, .tac, .voistat, .dft or .csv.",
        )  # fmt: skip
    return found


def blood_beside(curves: Path) -> Path:
    """Return the input function of a scan: of the same subject and session, in the same folder.

    An input function goes before blood samples.

    Raises
    ------
    PetFileError
        There is none.
    """
    name = scan_name(curves)
    own = [
        path
        for path in sorted(curves.parent.iterdir())
        if _BLOOD.search(path.name)
        and (scan_name(path) == name or path.name.startswith(_stem(curves)))
        and "autosampler" not in path.name
    ]
    own.sort(key=lambda path: "inputfunction" not in path.name)
    if not own:
        raise PetFileError(
            curves, f"no arterial input of {name!r} beside it.",
            "a file of the same subject and session ending with _inputfunction.tsv or _blood.tsv.",
        )  # fmt: skip
    return own[0]


def _stem(path: Path) -> str:
    return re.sub(r"_?(tacs?|timeseries)$", "", path.name.split(".")[0])


def fit_study(
    folder: str | Path,
    settings: FitSettings,
    *,
    baseline: str = BASELINE,
    correlation: float = 0.0,
    level: float = 0.95,
) -> Study:
    """Fit every scan of a folder, and the occupancy of everyone with a baseline.

    Scans named by PET-BIDS belong to their subject (`sub-01_ses-drug_tacs.tsv`), all others to
    one person. The baseline is the scan whose name holds the word `baseline`; without one, a
    person's occupancy is not computed, and that is said.

    Parameters
    ----------
    folder
        Files of curves, see `curve_files`; with arterial models their inputs, see `blood_beside`.
    settings
        Model and how the files are read.
    baseline
        The word.
    correlation, level
        Of a region's errors between scans; of the intervals.

    Raises
    ------
    PetError
        The folder holds no curves, or nothing in it could be fitted.
    """
    folder = Path(folder)
    paths = curve_files(folder)
    scans: list[FittedScan] = []
    failures: list[Failure] = []
    notes: list[str] = []
    read: list[Path] = []
    for path in paths:
        blood: list[Path] = []
        if settings.model in ARTERIAL:
            try:
                blood = [blood_beside(path)]
            except PetFileError as problem:
                failures.append(Failure(scan_name(path), None, str(problem)))
                continue
        part = fit_files([path], settings, blood)
        scans += part.scans
        failures += part.failures
        notes += part.notes
        read += [path, *blood]
    if not any(scan.fits.fits for scan in scans):
        whys = [one.problem for one in failures]
        whys += [why for scan in scans for _, why in scan.fits.failures]
        raise PetError("Nothing could be fitted: " + "; ".join(dict.fromkeys(whys)))
    people = _people(scans, baseline, correlation, level, failures)
    shared = None
    tables = [one.table for one in people if one.table.outcome == "V_T"]
    if len(tables) > 1:
        try:
            shared = fit_shared_v_nd(tables, level=level)
        except PetError as problem:
            notes.append(f"V_ND is not shared between people: {problem}")
    files = tuple(
        (str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()[:16])
        for path in read
    )
    fitted = FittedStudy(tuple(scans), tuple(failures), tuple(dict.fromkeys(notes)))
    return Study(folder, settings, fitted, tuple(people), shared, files)


def _people(
    scans: Sequence[FittedScan],
    baseline: str,
    correlation: float,
    level: float,
    failures: list[Failure],
) -> list[PersonOccupancy]:
    by: dict[str, list[FittedScan]] = {}
    for scan in scans:
        if scan.fits.fits:
            by.setdefault(_person(scan.fits.scan), []).append(scan)
    out: list[PersonOccupancy] = []
    for person, own in by.items():
        first = [s for s in own if baseline.lower() in s.fits.scan.lower()]
        if len(own) < 2:
            continue
        if len(first) != 1:
            failures.append(
                Failure(
                    person or "study", None, f"no occupancy: {len(first)} of its {len(own)} scans "
                    f"have {baseline!r} in their name; one baseline is needed",
                )
            )  # fmt: skip
            continue
        ordered = [first[0], *(s for s in own if s is not first[0])]
        fits = [replace(s.fits, scan=_short(s.fits.scan, person)) for s in ordered]
        known = {name for one in fits for line in one.fits for name in line.names}
        try:
            table, notes = BindingTable.of_fits(
                fits, "V_T" if "V_T" in known else "BP_ND", correlation
            )
            out.append(PersonOccupancy(person, table, fit_occupancy(table, level=level), notes))
        except PetError as problem:
            failures.append(Failure(person or "study", None, f"no occupancy: {problem}"))
    return out


def _person(scan: str) -> str:
    found = re.match(r"(sub-[A-Za-z0-9]+)", scan)
    return found[1] if found else ""


def _short(scan: str, person: str) -> str:
    return scan.removeprefix(person).strip("_") or scan
