"""Results as PET-BIDS derivatives: `*_kinpar.tsv`, a row per region, and its sidecar."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from occupancy.pet.error import PetFileError
from occupancy.pet.files.delimited import read_table
from occupancy.pet.files.sidecar import read_json, sidecar_of
from occupancy.pet.files.tac_reading import scan_name
from occupancy.pet.scan_result import ScanFit
from occupancy.version import VERSION

SE = "_se"
_BESIDE = ("wrss", "n", "aic", "n_starts", "warnings")


@final
@dataclass(frozen=True)
class RegionResult:
    """Estimates of a region and their standard errors, by name."""

    region: str
    parameters: Mapping[str, float]
    se: Mapping[str, float] = field(default_factory=dict[str, float])


@final
@dataclass(frozen=True)
class ScanResult:
    """What a file holds of a scan: its name, the model ('' where unknown), the regions."""

    scan: str
    model: str
    regions: tuple[RegionResult, ...]


def write_kinpar(
    scan: ScanFit, folder: str | Path, settings: Mapping[str, object] | None = None
) -> Path:
    """Write `SCAN_model-MODEL_kinpar.tsv` and the .json beside it; return the table's path.

    Columns: name, the parameters, each followed by its absolute standard error (`K1_se`), wrss,
    n, aic, n_starts, warnings. A region without a fit has n/a and the reason as its warning.

    Raises
    ------
    PetFileError
        The folder does not exist, or cannot be written.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise PetFileError(folder, "there is no such folder.", "a folder that exists.")
    names = list(dict.fromkeys(name for fit in scan.fits for name in fit.parameters))
    with_se = [name for name in names if any(name in fit.se for fit in scan.fits)]
    columns = [c for name in names for c in (name, *([name + SE] if name in with_se else []))]
    rows: list[list[str]] = [["name", *columns, *_BESIDE]]
    for fit in scan.fits:
        told = {**fit.parameters, **{name + SE: value for name, value in fit.se.items()}}
        cells = [_cell(told.get(column, math.nan)) for column in columns]
        beside = [_cell(fit.wrss), str(fit.n), _cell(fit.aic), str(fit.n_starts)]
        rows.append([fit.region, *cells, *beside, _words("; ".join(fit.warnings))])
    for region, why in scan.failures:
        rows.append([region, *["n/a"] * (len(columns) + len(_BESIDE) - 1), _words(why)])
    stem = f"{scan.scan or 'scan'}_model-{scan.model}_kinpar".replace(os.sep, "-")
    sidecar = {
        "Description": f"Kinetic parameters by {scan.model}; NAME{SE} is the absolute standard "
        "error of NAME. Rates in 1/min, K1 in mL/cm3/min, volumes in mL/cm3.",
        "ModelName": scan.model,
        "Parameters": columns,
        "SoftwareName": "occupancy",
        "SoftwareVersion": VERSION,
        "Settings": dict(settings if settings is not None else _settings(scan)),
    }
    path = folder / f"{stem}.tsv"
    try:
        path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
        path.with_suffix(".json").write_text(
            json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    except OSError as problem:
        raise PetFileError(path, f"{problem.strerror}.", "a folder that can be written.") from None
    return path


def read_kinpar(path: str | Path) -> ScanResult:
    """Read a table of results: a column `name` or `region`, parameters, their `_se`.

    `VT`, `VND` and `BPND` are read as V_T, V_ND and BP_ND.

    Raises
    ------
    PetFileError
        No such column, or no parameter.
    """
    path = Path(path)
    table = read_table(path)
    by = {column.lower(): column for column in table.columns}
    key = next((by[k] for k in ("name", "region", "roi") if k in by), None)
    if key is None:
        raise PetFileError(
            path, f"its columns are {', '.join(table.columns)}.",
            "a column name or region, and one per parameter.", table.lines[0] - 1,
        )  # fmt: skip
    skipped = {key, *(by[c] for c in _BESIDE if c in by)}
    columns = {c: table.numbers(c) for c in table.columns if c not in skipped}
    regions: list[RegionResult] = []
    for i, region in enumerate(table.text(key)):
        own = {_known(c): float(v[i]) for c, v in columns.items()}
        values = {n: v for n, v in own.items() if not n.endswith(SE) and math.isfinite(v)}
        se = {n.removesuffix(SE): v for n, v in own.items() if n.endswith(SE) and math.isfinite(v)}
        if values:
            regions.append(RegionResult(region, values, se))
    if not regions:
        raise PetFileError(path, "no region has a parameter.", "numbers in the columns.")
    beside = sidecar_of(path)
    model = str(read_json(beside).get("ModelName", "")) if beside is not None else ""
    return ScanResult(scan_name(path), model, tuple(regions))


def _known(column: str) -> str:
    name, mark = (column.removesuffix(SE), SE) if column.endswith(SE) else (column, "")
    plain = name.replace("_", "").lower()
    spelt = {"vt": "V_T", "vnd": "V_ND", "bpnd": "BP_ND", "bp": "BP_ND"}
    return spelt.get(plain, name) + mark


def _settings(scan: ScanFit) -> dict[str, object]:
    return dict(scan.fits[0].settings) if scan.fits else {}


def _cell(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else "n/a"


def _words(text: str) -> str:
    return " ".join(text.split()) or "n/a"
