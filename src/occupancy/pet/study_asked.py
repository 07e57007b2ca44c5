"""What a person asks of tables of scans, from words to settings, fits and occupancies.

What `occupancy pet fit` and `occupancy pet occupancy` answer with, and the web likewise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from occupancy.pet.binding_table import BindingTable, Outcome
from occupancy.pet.correction import TargetChange
from occupancy.pet.documents import PetFitDocument, PetOccupancyDocument, PetPoolLine
from occupancy.pet.error import PetError
from occupancy.pet.files.stated import Stated
from occupancy.pet.occupancy_fit import fit_occupancy
from occupancy.pet.results import read_results, table_of
from occupancy.pet.scan_result import ScanFit
from occupancy.pet.study_fit import FitSettings, fit_files
from occupancy.pet.writing import Failure, Interval, fit_document, occupancy_document

Pair: TypeAlias = tuple[float, float]
#: Words of `settings_of`, each that of `FitSettings`, `Stated` or an argument of `scan_fit.fit`.
SETTINGS: Final = (
    "model", "reference", "weights", "k2prime", "t_star", "window", "vb", "delay", "regions",
    "starts", "discretisation", "unit", "time_unit", "decay_corrected", "nuclide", "convention",
    "input_unit", "metabolite_corrected", "tail", "onset", "ramp",
)  # fmt: skip
NO_CHANGE: Final = {
    "up_regulation": (0.0, 0.0),
    "agonist": (0.0, 0.0),
    "agonist_ratio": (1.0, 0.0),
}
"""What a drug may change besides occupying: a value with its standard error."""


def settings_of(given: Mapping[str, Any]) -> FitSettings:
    """What `given`, by the names in `SETTINGS`, asks of every scan; None is not said.

    Raises
    ------
    PetError
        A text that is no number and no word it may be; it is told by its name with dashes.
    """
    options: dict[str, Any] = {
        "k2prime": _number_or_text(given["k2prime"]),
        "t_star": _number_or(given["t_star"], "t-star", "auto"),
        "window": given["window"],
        "regions": list(given["regions"]) or None,
        "discretisation": given["discretisation"],
    }
    if given["vb"] is not None:
        options["vB"] = None if given["vb"] == "fit" else _number_or(given["vb"], "vb", "fit")
    onset = _number_or(given["onset"], "onset", "auto")
    if isinstance(onset, float):
        options["onset"] = onset
    for name in ("delay", "starts", "ramp"):
        if given[name] is not None:
            options[name] = given[name]
    return FitSettings(
        given["model"],
        given["reference"],
        given["weights"],
        Stated(
            given["unit"],
            given["time_unit"],
            given["decay_corrected"],
            given["nuclide"],
            given["convention"],
            corrected_if_silent=True,
        ),
        given["input_unit"],
        given["metabolite_corrected"],
        given["tail"],
        options,
    )


@dataclass(frozen=True, eq=False)
class AskedFits:
    """Fits of tables, and their document.

    Attributes
    ----------
    fits
        One per scan that was read.
    document
        Of them.
    """

    fits: tuple[ScanFit, ...]
    document: PetFitDocument


def asked_fits(
    tacs: Sequence[Path],
    settings: FitSettings,
    blood: Sequence[Path] = (),
    *,
    pooled: tuple[int, int] | None = None,
) -> AskedFits:
    """Fit every region of every scan of the files.

    Parameters
    ----------
    tacs, settings, blood
        See `fit_files`.
    pooled
        Fit all scans together (`fit_pooled`): draws per chain, as many before them, and seed.

    Raises
    ------
    PetError
        Nothing could be fitted, or see `fit_files` and `fit_pooled`.
    EngineUnavailable
        `pooled` without JAX and NumPyro.
    """
    study = fit_files(tacs, settings, blood)
    fits: tuple[ScanFit, ...] = study.fits
    if not any(scan.fits for scan in fits):
        raise PetError("nothing could be fitted: " + "; ".join(_problems(study.failures, fits)))
    notes: tuple[str, ...] = study.notes
    pool: PetPoolLine | None = None
    if pooled is not None:
        from occupancy.pet.pooled_fit import fit_pooled

        draws, seed = pooled
        together = fit_pooled(
            [scan for scan in fits if scan.fits], draws=draws, warmup=draws, seed=seed
        )
        fits = (*together.fits, *(scan for scan in fits if not scan.fits))
        notes, pool = (*notes, *together.warnings), together.document()
    return AskedFits(fits, fit_document(fits, study.failures, notes, pool))


def asked_occupancy(
    table: BindingTable,
    notes: Sequence[str] = (),
    *,
    v_nd: float | None = None,
    level: float = 0.95,
    interval: Interval = "profile",
    correlation: float = 0.0,
    seed: int = 0,
    changes: Sequence[TargetChange] = (),
) -> PetOccupancyDocument:
    """The document of the occupancies of a table; see `fit_occupancy`, `occupancy_document`."""
    return occupancy_document(
        fit_occupancy(table, v_nd=v_nd, level=level),
        interval=interval,
        correlation=correlation,
        seed=seed,
        notes=notes,
        changes=changes,
    )


def asked_table(
    paths: Sequence[Path],
    settings: FitSettings | None = None,
    blood: Sequence[Path] = (),
    *,
    outcome: Outcome | None = None,
    correlation: float = 0.0,
) -> tuple[BindingTable, tuple[str, ...]]:
    """The table of a baseline and the scans after it, and what was assumed or left out.

    Parameters
    ----------
    paths
        One file per scan, the baseline first: results of fits, or with `settings` curves.
    settings, blood
        How curves are fitted; None where the files hold results.
    outcome
        V_T or BP_ND; None takes V_T where all have it.
    correlation
        Of a region's errors between scans.

    Raises
    ------
    PetError
        A file that cannot be read, a scan that cannot be fitted, or not one scan per file.
    """
    if settings is None:
        return table_of([read_results(path) for path in paths], outcome, correlation)
    study = fit_files(paths, settings, blood)
    if study.failures:
        raise PetError("; ".join(f"{one.scan}: {one.problem}" for one in study.failures))
    if len(study.scans) != len(paths):
        raise PetError(
            f"{len(study.scans)} scans in {len(paths)} files: occupancy takes one scan per file"
        )
    if outcome is None:
        known = {name for scan in study.fits for one in scan.fits for name in one.names}
        outcome = "V_T" if "V_T" in known else "BP_ND"
    table, notes = BindingTable.of_fits(study.fits, outcome, correlation)
    return table, (*study.notes, *notes)


def target_changes(scans: int, given: Mapping[str, Sequence[Pair]]) -> list[TargetChange]:
    """What the drug changed, one per scan on drug; empty where nothing is said.

    Parameters
    ----------
    scans
        On drug.
    given
        By the names in `NO_CHANGE`: nothing, one pair for all scans, or one per scan.

    Raises
    ------
    PetError
        Another number of pairs.
    """
    if not any(given.values()):
        return []
    columns: list[Sequence[Pair]] = []
    for name, default in NO_CHANGE.items():
        pairs = given.get(name, ())
        if len(pairs) not in (0, 1, scans):
            raise PetError(
                f"{name.replace('_', '-')}: given {len(pairs)} times for {scans} scans; once, "
                "or each"
            )
        columns.append(pairs if len(pairs) == scans else (pairs[0] if pairs else default,) * scans)
    return [TargetChange(*u, *a0, *ratio) for u, a0, ratio in zip(*columns, strict=True)]


def _problems(failures: Sequence[Failure], fits: Sequence[ScanFit]) -> list[str]:
    problems = [one.problem for one in failures]
    return list(dict.fromkeys(problems + [why for scan in fits for _, why in scan.failures]))


def _number_or_text(said: float | str | None) -> float | str | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return said


def _number_or(said: float | str | None, name: str, word: str) -> float | str | None:
    found = _number_or_text(said)
    if (isinstance(found, str) and found != word) or (
        isinstance(found, float) and not math.isfinite(found)
    ):
        raise PetError(f"{name} {said}: a number, or {word}")
    return found
