"""Arterial input from files: PET-BIDS blood, bloodstream's input functions, PMOD, plain tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from occupancy.pet.activity_unit import NOT_STATED, activity_factor, activity_unit, minutes_in
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.delimited import Table, bracketed, read_table
from occupancy.pet.files.sidecar import Sidecar, read_json, read_sidecar, sidecar_of, unit_of
from occupancy.pet.files.stated import Stated
from occupancy.pet.files.tac_reading import scan_name
from occupancy.pet.frames import Array
from occupancy.pet.input_function import InputFunction, Tail

# a column's plain name -> what it holds; 'aif' is parent in plasma
_ROLES: Final = {
    "time": "time", "times": "time", "sampletime": "time",
    "plasmaradioactivity": "plasma", "plasma": "plasma",
    "wholebloodradioactivity": "blood", "wholeblood": "blood", "blood": "blood",
    "metaboliteparentfraction": "fraction", "parentfraction": "fraction", "parent": "fraction",
    "aif": "aif", "inputfunction": "aif", "parentplasma": "aif",
}  # fmt: skip


def read_blood(
    path: str | Path,
    stated: Stated = Stated(),  # noqa: B008 (frozen)
    *,
    sidecar: str | Path | None = None,
    scan_sidecar: str | Path | None = None,
    metabolite_corrected: bool | None = None,
    tail: Tail = "refuse",
) -> tuple[InputFunction, tuple[str, ...]]:
    """Read an input function; return it and what was assumed.

    Columns, by any of these names: `time`; `AIF` (parent in plasma) or `plasma_radioactivity`
    with `metabolite_parent_fraction`; `whole_blood_radioactivity`. Units stand in the sidecar
    (`Units` of each column), in square brackets behind a name, or in `stated`; PET-BIDS times are
    seconds. Columns sampled at different times are joined by straight lines between their own
    samples; a parent fraction begins at 1 and keeps its last value.

    Parameters
    ----------
    path
        The table, `.gz` or not.
    stated
        What the file does not say. A unit given here replaces one that is no concentration.
    sidecar
        The table's .json; by default the one beside it.
    scan_sidecar
        The scan's _pet.json, for the time of the injection and the nuclide.
    metabolite_corrected
        Whether `plasma` is the parent alone, where there is neither AIF nor fraction.
    tail
        See `InputFunction`.

    Raises
    ------
    PetFileError
        The message names file, column and line, the problem and what is allowed.
    """
    path = Path(path)
    table = read_table(path)
    beside = Path(sidecar) if sidecar is not None else sidecar_of(path)
    described = {} if beside is None else read_json(beside)
    scan = read_sidecar(Path(scan_sidecar)) if scan_sidecar is not None else Sidecar()
    where: dict[str, str] = {}
    for column in table.columns:
        plain = re.sub(r"[ _.\-]", "", bracketed(column)[0]).lower()
        role = _ROLES.get(plain)
        if role is not None:
            where.setdefault(role, column)
    if "time" not in where or not ("aif" in where or "plasma" in where):
        raise PetFileError(
            path, f"its columns are {', '.join(table.columns)}.",
            "time and plasma_radioactivity (with metabolite_parent_fraction) or AIF; "
            "whole_blood_radioactivity may stand beside.", table.lines[0] - 1,
        )  # fmt: skip
    notes: list[str] = []
    times = _times(table, where["time"], described, stated, scan, notes)
    source = "aif" if "aif" in where else "plasma"
    unit, plasma = _activity(table, where[source], described, beside, stated)
    blood = None
    if "blood" in where:
        blood_unit, blood = _activity(table, where["blood"], described, beside, stated)
        if NOT_STATED not in (unit, blood_unit):
            blood = blood * activity_factor(blood_unit, unit)
        elif unit != blood_unit:
            raise PetFileError(
                path, "only one of plasma and whole blood has a unit.", "a unit for both.",
                column=where["blood"],
            )  # fmt: skip
    fraction = _fraction(table, where, described, source)
    last = times[np.isfinite(plasma)].max(initial=0.0)
    kept = (times <= last) & (
        np.isfinite(plasma) | (False if blood is None else np.isfinite(blood))
    )
    grid = times[kept]
    if grid.size < 2:
        raise PetFileError(path, f"{grid.size} samples of plasma.", "two or more.")
    if metabolite_corrected is None and source == "plasma" and fraction is None:
        raise PetFileError(
            path, "nothing says what share of the plasma is unmetabolised.",
            "metabolite_parent_fraction, AIF, or metabolite_corrected=True for a tracer without "
            "metabolites or plasma that is corrected.", column=where["plasma"],
        )  # fmt: skip
    if fraction is not None and np.isnan(fraction[times <= last]).any():
        known = int(np.isfinite(fraction).sum())
        notes.append(f"parent fraction joined by lines between its {known} samples")
    corrected = stated.decay_of(path, _said(described), notes)
    try:
        found = InputFunction(
            grid,
            _joined(times, plasma, grid),
            unit,
            corrected,
            source == "aif" or bool(metabolite_corrected),
            None if blood is None else _joined(times, blood, grid),
            None if fraction is None else _joined(times, fraction, grid, first=1.0),
            tail,
            stated.nuclide_of(path, scan.nuclide),
            scan_name(path),
        )
    except PetError as problem:
        raise PetFileError(
            path, str(problem), "samples in order of time, with finite values."
        ) from None
    return found, tuple(notes)


def _times(
    table: Table,
    column: str,
    described: dict[str, object],
    stated: Stated,
    scan: Sidecar,
    notes: list[str],
) -> Array:
    written = bracketed(column)[1] or unit_of(described, column)
    told = stated.time_of(table.file, written)
    times = table.numbers(column, missing=False) * minutes_in(told or "s") - scan.injected
    back = np.flatnonzero(np.diff(times) <= 0)
    if back.size:
        i = int(back[0]) + 1
        raise PetFileError(
            table.file, f"the sample at {times[i]:g} min stands after one at {times[i - 1]:g}.",
            "samples in order of time, each time once.", table.lines[i], column,
        )  # fmt: skip
    early = times < 0.0
    if told is None and times[-1] * 60.0 < 300.0:
        raise PetFileError(
            table.file, f"the last sample is at {times[-1] * 60.0:g}, and no unit of time is "
            "stated.", "a unit: time_unit='s' or 'min', or Units in the sidecar.", column=column,
        )  # fmt: skip
    if told is None:
        notes.append(f"{table.file.name} names no unit of time; times are read as seconds")
    if early.any():
        notes.append(f"{int(early.sum())} samples before the injection are left out")
    return np.where(early, np.nan, times)


def _activity(
    table: Table,
    column: str,
    described: dict[str, object],
    beside: Path | None,
    stated: Stated,
) -> tuple[str, Array]:
    within, outside = bracketed(column)[1], unit_of(described, column)
    file = table.file if within is not None or beside is None else beside
    unit = stated.unit_of(file, within if within is not None else outside)
    return activity_unit(unit), table.numbers(column)


def _fraction(
    table: Table, where: dict[str, str], described: dict[str, object], source: str
) -> Array | None:
    if source == "aif" or "fraction" not in where:
        return None
    values = table.numbers(where["fraction"])
    percent = bracketed(where["fraction"])[1] or unit_of(described, where["fraction"])
    if percent is not None and percent.strip().lower() in ("%", "percent"):
        values = values / 100.0
    if not np.isfinite(values).any():
        raise PetFileError(
            table.file, "the parent fraction has no value.", "a fraction, 0 to 1, per sample.",
            column=where["fraction"],
        )  # fmt: skip
    return values


def _joined(times: Array, values: Array, at: Array, first: float | None = None) -> Array:
    known = np.isfinite(values) & np.isfinite(times)
    t, v = times[known], values[known]
    if first is not None and t[0] > 0.0:
        t, v = np.concatenate([[0.0], t]), np.concatenate([[first], v])
    return np.interp(at, t, v)


def _said(described: dict[str, object]) -> bool | None:
    said = described.get("DecayCorrected", described.get("PlasmaDecayCorrected"))
    return said if isinstance(said, bool) else None
