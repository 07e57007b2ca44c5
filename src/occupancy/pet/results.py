"""Results of scans, from files or fits, joined into the table that occupancy starts from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from occupancy.pet.binding_table import OUTCOMES, BindingTable, Outcome
from occupancy.pet.error import PetError, PetFileError
from occupancy.pet.files.kinpar import RegionResult, ScanResult, read_kinpar
from occupancy.pet.files.sidecar import read_json


def read_results(path: str | Path, scan: str | None = None) -> ScanResult:
    """Read the results of a scan: `pet fit --json`, `*_kinpar.tsv`, or a plain table.

    A plain table has a column `region` (or `name`) and one per parameter, `V_T` or `BP_ND` with
    its absolute standard error in `V_T_se` or `BP_ND_se`.

    Parameters
    ----------
    path
        The file; .json is a document of `pet fit`, anything else a table.
    scan
        Which, where a document holds several.

    Raises
    ------
    PetFileError
        It is none of these, or holds several scans and `scan` does not choose.
    """
    path = Path(path)
    if path.suffix.lower() != ".json":
        return read_kinpar(path)
    found = read_json(path)
    lines = found.get("fits")
    try:
        return _of_document(path, found, lines, scan)
    except (KeyError, TypeError, AttributeError) as problem:
        raise PetFileError(
            path, f"its fits are not those of a document ({problem!r}).",
            "what `occupancy pet fit --json` prints.",
        ) from None  # fmt: skip


def _of_document(path: Path, found: dict[str, Any], lines: Any, scan: str | None) -> ScanResult:
    if found.get("document") != "pet-fit" or not isinstance(lines, list) or not lines:
        raise PetFileError(path, "it holds no fits.", "what `occupancy pet fit --json` prints.")
    names = list(dict.fromkeys(str(line["scan"]) for line in lines))
    if scan is None and len(names) == 1:
        scan = names[0]
    if scan not in names:
        raise PetFileError(
            path, f"it holds {len(names)} scans.", f"one of them by name: {', '.join(names)}."
        )
    own = [line for line in lines if str(line["scan"]) == scan]
    regions = tuple(
        RegionResult(str(line["region"]), _known(line["parameters"]), _known(line["se"]))
        for line in own
    )
    return ScanResult(scan, str(own[0]["model"]), regions)


def _known(values: dict[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if value is not None}


def outcome_of(scans: Sequence[ScanResult]) -> Outcome:
    """Return the outcome that every scan has: V_T before BP_ND.

    Raises
    ------
    PetError
        They share neither.
    """
    for outcome in OUTCOMES:
        if all(any(outcome in r.parameters for r in scan.regions) for scan in scans):
            return outcome
    given = sorted({n for scan in scans for r in scan.regions for n in r.parameters})
    raise PetError(
        f"Occupancy needs V_T or BP_ND in every scan; the results have {', '.join(given)}."
    )


def table_of(
    scans: Sequence[ScanResult], outcome: Outcome | None = None, correlation: float = 0.0
) -> tuple[BindingTable, tuple[str, ...]]:
    """Return the table of the regions that every scan has, and what was left out and why.

    Errors are those of the results, independent between regions; where no result has a standard
    error, all values count the same and their error is estimated. `correlation` is that of a
    region's errors between scans (test-retest).

    Raises
    ------
    PetError
        Fewer than two scans, or no region with the outcome in all of them.
    """
    if len(scans) < 2:
        raise PetError("Occupancy needs a baseline and at least one other scan.")
    outcome = outcome_of(scans) if outcome is None else outcome
    by = [{r.region: r for r in scan.regions} for scan in scans]
    names = list(dict.fromkeys(r.region for scan in scans for r in scan.regions))
    any_se = any(outcome in r.se for scan in scans for r in scan.regions)
    notes: list[str] = []
    kept: list[str] = []
    for region in names:
        lacking = [
            scan.scan or str(i + 1)
            for i, (scan, own) in enumerate(zip(scans, by, strict=True))
            if region not in own
            or outcome not in own[region].parameters
            or (any_se and not own[region].se.get(outcome, 0.0) > 0)
        ]
        if lacking:
            what = f"{outcome} with a standard error" if any_se else outcome
            notes.append(f"region {region!r} is left out: no {what} in scan {', '.join(lacking)}")
        else:
            kept.append(region)
    if not kept:
        raise PetError(f"No region has {outcome} in every scan: {'; '.join(notes) or 'no regions'}")
    labels = _labels([scan.scan for scan in scans])
    values = np.array([[own[r].parameters[outcome] for own in by] for r in kept])
    if not any_se:
        notes.append("no standard errors were given; all values count the same")
        return BindingTable(outcome, tuple(kept), labels, values), tuple(notes)
    se = np.array([[own[r].se[outcome] for own in by] for r in kept])
    table = BindingTable.with_errors(outcome, kept, labels, values, se, correlation)
    return table, tuple(notes)


def _labels(names: list[str]) -> tuple[str, ...]:
    """Return a name for every scan, all different."""
    out: list[str] = []
    for i, name in enumerate(names):
        label = name or f"scan {i + 1}"
        out.append(f"{label} ({i + 1})" if label in out else label)
    return tuple(out)
